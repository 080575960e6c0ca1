//! Who answers: the reader name keeps someone who serves, gives weight to nobody who does not, and falls back on the primary.

use super::capacity::FULL_AT_MOST;
use super::case::{Case, Touched};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{Standing, WeightedRecord};
use crate::ownership::FLOOR_SET_ID;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if case.batches().next().is_none() {
        return;
    }
    for touched in case.touched() {
        state(case, &touched, findings);
    }
    last_serving(case, findings);
    floor(case, findings);
}

/// I3.
fn state(case: &Case<'_>, touched: &Touched<'_>, findings: &mut Findings) {
    let Some(after) = touched.after else { return };
    let (set_id, weight) = (touched.set_id, after.weight);
    if touched.is_floor() {
        if touched.raises() && case.serving_source().is_none() {
            let status = case.seen.source.as_ref().map_or("missing", |source| source.status.0.as_str());
            findings.refuse(
                invariant::SERVING_STATE,
                format!("the floor would get weight {weight} while {} is {status}", case.rds.source),
            );
        }
        return;
    }
    let Some(replica) = case.instance(set_id.as_str()) else {
        findings.refuse(
            invariant::SERVING_STATE,
            format!("{set_id} would get weight {weight}, but there is no such instance"),
        );
        return;
    };
    if touched.raises() && replica.source.as_ref() != Some(&case.rds.source) {
        findings.refuse(
            invariant::SERVING_STATE,
            format!(
                "{set_id} would get weight {weight} as a replica of {:?}, not of {}",
                replica.source, case.rds.source
            ),
        );
    }
    let refused = match replica.status.standing() {
        Standing::Operational | Standing::Changing => false,
        // A swap to less weight is a demotion, which I2 may stop short of 0; one that keeps it mends another field.
        Standing::Creating | Standing::Interrupted | Standing::Terminal => {
            touched.before.is_none() || touched.raises()
        }
        Standing::Deleting => !touched.keeps_weight(),
    };
    if refused {
        findings.refuse(
            invariant::SERVING_STATE,
            format!("{set_id} would get weight {weight} while it is {}", replica.status.0),
        );
    }
}

/// I2. Where nobody with a weight served before, it must not become less likely that an answer serves.
fn last_serving(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.group_before(), case.group_after());
    let holds = |group: &[&WeightedRecord]| {
        group.iter().any(|record| record.weight.is_positive() && case.reaches_someone(record))
    };
    let kept = if holds(&before) {
        holds(&after)
    } else {
        let ((serving_before, all_before), (serving_after, all_after)) =
            (answers(case, &before), answers(case, &after));
        serving_after * all_before >= serving_before * all_after
    };
    if !kept {
        findings.refuse(
            invariant::LAST_SERVING,
            format!(
                "{} would have no positive weight on an instance that serves: {}",
                case.rds.reader.name,
                weights(&after)
            ),
        );
    }
}

/// Of how many answers how many serve: by weight, or by head when all weights are 0. An empty group gives none.
fn answers(case: &Case<'_>, group: &[&WeightedRecord]) -> (u64, u64) {
    let by_weight = group.iter().any(|record| record.weight.is_positive());
    let share = |record: &WeightedRecord| if by_weight { u64::from(record.weight.0) } else { 1 };
    let serving = group.iter().filter(|record| case.reaches_someone(record));
    let all: u64 = group.iter().map(|record| share(record)).sum();
    (serving.map(|record| share(record)).sum(), all.max(1))
}

fn floor(case: &Case<'_>, findings: &mut Findings) {
    let after = case.group_after();
    let replicas = |group: &[&WeightedRecord]| {
        group.iter().any(|record| record.weight.is_positive() && case.reaches_replica(record))
    };
    let raised =
        after.iter().any(|record| record.set_id.as_str() == FLOOR_SET_ID && record.weight.is_positive());
    if case.rds.floor && replicas(&case.group_before()) && !replicas(&after) && !raised {
        findings.refuse(
            invariant::FLOOR,
            format!("no replica would have a weight, nor the floor: {}", weights(&after)),
        );
    }
    for touched in case.touched().iter().filter(|touched| touched.is_floor()) {
        if touched.lowers() {
            floor_lowered(case, touched, replicas(&after), findings);
        }
        if touched.raises() {
            floor_raised(case, touched, findings);
        }
    }
}

/// A replica that has only begun to climb cannot take at once what the primary took.
fn floor_lowered(case: &Case<'_>, touched: &Touched<'_>, replicas: bool, findings: &mut Findings) {
    let full = case.answering_after().iter().any(|(replica, weight)| *weight >= case.full_weight(replica));
    let all = weights(&case.group_after());
    if !replicas {
        findings.refuse(
            invariant::FLOOR,
            format!("the floor would be lowered while no replica has a weight: {all}"),
        );
    } else if touched.weight_after() == 0 && !full {
        findings.refuse(
            invariant::FLOOR,
            format!("the floor would go to 0 while no replica that serves has its full weight: {all}"),
        );
    }
}

fn floor_raised(case: &Case<'_>, touched: &Touched<'_>, findings: &mut Findings) {
    if !case.rds.floor {
        findings.refuse(invariant::FLOOR, "the policy has no floor, but it would be raised".to_owned());
    }
    // What a person's hold takes out of the answers may go to the primary, whoever else is on the way up.
    let held = case
        .touched()
        .iter()
        .any(|touched| touched.lowers() && case.ours(touched.set_id.as_str()).is_some_and(Case::is_held));
    let answering = case.answering_after();
    if let Some((replica, weight)) = answering.first().filter(|_| !held) {
        findings.refuse(
            invariant::FLOOR,
            format!("the floor would be raised while {} serves at weight {weight}", replica.id),
        );
    }
    if touched.weight_after() > FULL_AT_MOST {
        findings.refuse(
            invariant::FLOOR,
            format!("the floor would get weight {}, more than {FULL_AT_MOST}", touched.weight_after()),
        );
    }
}

fn weights(group: &[&WeightedRecord]) -> String {
    if group.is_empty() {
        return "no records".to_owned();
    }
    let lines: Vec<_> = group.iter().map(|record| format!("{}@{}", record.set_id, record.weight)).collect();
    lines.join(" ")
}

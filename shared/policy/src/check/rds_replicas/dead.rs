//! Dead capacity: what a decision counts from is who serves or is about to. Nobody is left out before its time, and nobody counts after it.

use super::case::{Case, is_coming};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::NotServing;
use crate::observation::{Reading, Replica, Replication, Standing};
use crate::units::{Count, friendly};

/// So many of the newest lag points within the bound, and it is certain that the replica keeps up, by any engine's rule.
const CERTAIN_POINTS: usize = 3;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    clocks(case, findings);
    let Some(begun) = case.intent_begun() else { return };
    let (least, most) = counted(case);
    let promised = promised(case);
    let (least, most) = (least.plus(promised), most.plus(promised));
    if begun.from < least || begun.from > most {
        findings.refuse(
            invariant::DEAD_CAPACITY,
            format!(
                "decision {} counts from {}, but of ours {least} to {most} serve, are about to, or have not been silent for {}",
                begun.decision,
                begun.from,
                friendly(case.rds.replace_after)
            ),
        );
    }
}

/// What was decided before and cannot be told to be ours yet: RDS does not show it, or does not say of which source it makes it.
fn promised(case: &Case<'_>) -> Count {
    let coming = case.additions_before().filter(|addition| is_coming(addition));
    let unseen = coming.filter(|addition| {
        case.instance(addition.id.as_str())
            .is_none_or(|replica| replica.source.is_none() && replica.status.standing() == Standing::Creating)
    });
    Count::of_len(unseen.count())
}

/// How many of ours are capacity: those that certainly are, and those that may be, by what the ledger knew before the plan.
pub(super) fn counted(case: &Case<'_>) -> (Count, Count) {
    let mut certain = Count::ZERO;
    let mut possible = Count::ZERO;
    for replica in &case.seen.replicas {
        let standing = replica.status.standing();
        // What a person holds is theirs.
        if !case.strangeness(replica).is_empty()
            || Case::is_held(replica)
            || case.removal_before(&replica.id).is_some()
            || matches!(standing, Standing::Terminal | Standing::Deleting)
        {
            continue;
        }
        let silent = case.history.rds_replicas.not_serving.get(&replica.id);
        let silent = silent.filter(|clock| case.now.duration_since(clock.since) >= case.rds.replace_after);
        match silent {
            Some(clock) if is_still_silent(case, replica, *clock) => {
                if replica.status.serves() {
                    possible = possible.plus(Count::ONE);
                }
            }
            Some(_) | None => certain = certain.plus(Count::ONE),
        }
    }
    (certain, certain.plus(possible))
}

/// Whether nothing shows that the clock has ended. Of one that is up it depends on its lag, which engines read differently.
fn is_still_silent(case: &Case<'_>, replica: &Replica, clock: NotServing) -> bool {
    let making = replica.status.standing() == Standing::Creating;
    clock.making == making && !(replica.status.serves() && certainly_serves(case, replica))
}

/// More than the trickle of who joins, or all that makes it fit for more.
fn certainly_serves(case: &Case<'_>, replica: &Replica) -> bool {
    let weight = case.seen.records.record(replica.id.as_str()).map_or(0, |record| record.weight.0);
    weight > 1
        || (replica.status.standing() == Standing::Operational
            && replica.endpoint.is_some()
            && replica.replication == Replication::Normal
            && (weight == 1 || logs_in_as_its_source(case, replica))
            && lag_is_certainly_low(case, replica))
}

/// Without a weight it may not join otherwise, so that it is silent for as long.
fn logs_in_as_its_source(case: &Case<'_>, replica: &Replica) -> bool {
    case.source().is_none_or(|source| source.settings.iam_authentication == replica.iam_authentication)
}

fn lag_is_certainly_low(case: &Case<'_>, replica: &Replica) -> bool {
    let Reading::Fresh(series) = &replica.signals.lag else { return false };
    let points = series.points();
    let bound = case.rds.lag_bound.as_secs_f64();
    points.len() >= CERTAIN_POINTS
        && points[points.len() - CERTAIN_POINTS..].iter().all(|point| (0.0..=bound).contains(&point.value))
}

/// A clock begins now or goes on as it was; it ends only with the silence.
fn clocks(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) =
        (&case.history.rds_replicas.not_serving, &case.plan.history.rds_replicas.not_serving);
    for (id, clock) in after {
        let goes_on =
            before.get(id).is_some_and(|known| (known.since, known.making) == (clock.since, clock.making));
        if !goes_on && clock.since < case.now {
            findings.refuse(
                invariant::DEAD_CAPACITY,
                format!("{id} would be remembered as silent since {}, which nobody saw", clock.since),
            );
        }
        let serves = case.instance(id.as_str()).is_some_and(|replica| {
            let weight = case.seen.records.record(id.as_str()).map_or(0, |record| record.weight.0);
            replica.status.serves() && weight > 1 && case.strangeness(replica).is_empty()
        });
        if serves {
            findings
                .refuse(invariant::DEAD_CAPACITY, format!("{id} serves, but would be remembered as silent"));
        }
    }
    for (id, known) in before {
        let silent = case.ours(id.as_str()).is_some_and(|replica| {
            let standing = replica.status.standing();
            matches!(standing, Standing::Creating | Standing::Interrupted)
                && !Case::is_held(replica)
                && known.making == (standing == Standing::Creating)
        });
        let kept = after.get(id).is_some_and(|clock| clock.since == known.since);
        if silent && !kept {
            findings.refuse(
                invariant::DEAD_CAPACITY,
                format!("{id} has been silent since {}, which would be forgotten", known.since),
            );
        }
    }
}

//! On the way out, as far as the record: a removal begins with data and a minimum left, and ends in silence.

use jiff::{SignedDuration, Timestamp};

use super::carried;
use super::case::{Case, Touched, is_coming, removals};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Intent, Removal};
use crate::names::InstanceId;
use crate::observation::{MemberSignals, OtherUses, Replica, Standing};
use crate::ownership::{FLOOR_SET_ID, HOLD_TAG, PIN_TAG};
use crate::units::{Count, friendly};

/// So many may be on their way out at a time.
const REMOVALS_AT_MOST: usize = 2;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    if let Some(begun) = case.removal_begun() {
        named_victim(case, begun, findings);
        data(case, findings);
        minimum(case, &begun.id, findings);
        beside_others(case, begun, findings);
        carried::judge(case, findings);
    }
    for touched in case.touched() {
        if touched.is_floor() {
            continue;
        }
        let Some(replica) = case.ours(touched.set_id.as_str()) else { continue };
        let is_victim =
            case.removal_before(&replica.id).is_some() || case.removal_after(&replica.id).is_some();
        match replica.status.standing() {
            // Clearing these away takes nothing from anyone; a removal is drained by its rules whatever became of its victim.
            Standing::Deleting => {}
            Standing::Terminal if !is_victim => {}
            _ if touched.before.is_some() && touched.after.is_none() => {
                leaves(case, &touched, replica, findings);
            }
            _ if touched.lowers() && touched.weight_after() == 0 => {
                falls_silent(case, replica, findings);
            }
            _ => {}
        }
    }
}

fn named_victim(case: &Case<'_>, removal: &Removal, findings: &mut Findings) {
    let Some(replica) = case.instance(removal.id.as_str()) else {
        findings.refuse(invariant::VICTIM, format!("{} is to leave, but was not found", removal.id));
        return;
    };
    let lacks = case.strangeness(replica);
    if !lacks.is_empty() {
        findings.refuse(
            invariant::OWNERSHIP,
            format!("{} is to leave without our {}", removal.id, lacks.join(", ")),
        );
    }
    if replica.resource_id != removal.resource_id {
        findings.refuse(
            invariant::VICTIM,
            format!("{} is {}, but {} is to leave", removal.id, replica.resource_id, removal.resource_id),
        );
    }
    held(case, replica, findings);
}

/// What makes a replica stay, whoever decided otherwise.
pub(super) fn held(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    let id = &replica.id;
    if replica.deletion_protection {
        findings.refuse(invariant::VICTIM, format!("{id} has deletion protection"));
    }
    if replica.tags.contains_key(PIN_TAG) {
        findings.refuse(invariant::VICTIM, format!("{id} carries the tag {PIN_TAG}"));
    }
    if Case::is_held(replica) {
        findings.refuse(invariant::VICTIM, format!("{id} carries the tag {HOLD_TAG}"));
    }
    if let Some(child) = replica.children.first() {
        findings.refuse(
            invariant::VICTIM,
            format!("{id} has {} replicas of its own, such as {child}", replica.children.len()),
        );
    }
    let elsewhere = match &case.seen.records.other_uses {
        OtherUses::Known(uses) => {
            uses.iter().find(|other| Some(&other.endpoint) == replica.endpoint.as_ref())
        }
        OtherUses::Unknown(_) => None,
    };
    if let Some(other) = elsewhere {
        findings.refuse(invariant::RECORD_FIRST, format!("{id} is what the record {} points at", other.name));
    }
}

/// An endpoint may be named anywhere in the zone: who leaves does so only after all of it was read.
pub(super) fn read_zone(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    if let OtherUses::Unknown(why) = &case.seen.records.other_uses {
        let detail = format!("{} would leave, but what else points at it is not known: {why}", replica.id);
        findings.refuse(invariant::RECORD_FIRST, detail);
    }
}

/// I6: that fewer will do is concluded from everyone behind the reader name, and from the source.
fn data(case: &Case<'_>, findings: &mut Findings) {
    let behind =
        case.seen.replicas.iter().filter(|replica| {
            replica.status.serves()
                && case.seen.records.weighted.iter().any(|record| {
                    record.weight.is_positive() && Some(&record.value) == replica.endpoint.as_ref()
                })
        });
    let members = behind.map(|replica| (&replica.id, &replica.signals));
    let source = case.seen.source.iter().map(|source| (&source.id, &source.signals));
    for (id, signals) in source.chain(members) {
        for what in not_fresh(signals) {
            findings.refuse(
                invariant::MISSING_DATA,
                format!("a removal would begin although the {what} of {id} is not fresh"),
            );
        }
    }
    if case.seen.source.is_none() {
        findings.refuse(
            invariant::MISSING_DATA,
            format!("a removal would begin although the source {} was not found", case.rds.source),
        );
    }
}

fn not_fresh(signals: &MemberSignals) -> impl Iterator<Item = &'static str> {
    let cpu = signals.cpu.fresh().is_none().then_some("CPU");
    let connections = signals.connections.fresh().is_none().then_some("connection count");
    cpu.into_iter().chain(connections)
}

/// The least is the smallest that the policy has at any hour, as with the maximum of a creation.
fn minimum(case: &Case<'_>, victim: &InstanceId, findings: &mut Findings) {
    let windows = case.scaling.windows.iter().filter_map(|window| window.min);
    let least = windows.fold(case.scaling.min, Count::min);
    let after = case.group_after();
    let in_service = case.seen.replicas.iter().filter(|replica| {
        replica.id != *victim
            && case.removal_after(&replica.id).is_none()
            && !Case::is_held(replica)
            && replica.status.serves()
            && case.strangeness(replica).is_empty()
            && after
                .iter()
                .any(|record| record.set_id.as_str() == replica.id.as_str() && record.weight.is_positive())
    });
    let left = Count::of_len(in_service.count());
    if left < least {
        findings.refuse(
            invariant::MINIMUM,
            format!("without {victim} only {left} of ours would be in service, of at least {least}"),
        );
    }
}

/// Two may be on their way out at a time, not while others are on their way in, and no zone loses its last of ours by it.
fn beside_others(case: &Case<'_>, begun: &Removal, findings: &mut Findings) {
    if let Some(coming) = case.additions_after().find(|addition| is_coming(addition)) {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("{} is to leave while {} is on its way in", begun.id, coming.id),
        );
    }
    let leaving: Vec<_> = removals(case.intents_after()).map(|(_, removal)| &removal.id).collect();
    if leaving.len() > REMOVALS_AT_MOST {
        findings.refuse(
            invariant::ONE_TRANSITION,
            format!("{} replicas would be on their way out, of at most {REMOVALS_AT_MOST}", leaving.len()),
        );
    }
    let Some(victim) = case.instance(begun.id.as_str()).filter(|_| leaving.len() > 1) else { return };
    let stays = case.answering_after().into_iter().any(|(replica, _)| {
        replica.id != victim.id && replica.zone == victim.zone && !leaving.contains(&&replica.id)
    });
    if !stays {
        findings.refuse(
            invariant::MINIMUM,
            format!(
                "{} is to leave beside another, and is the last of its zone {:?}",
                victim.id, victim.zone
            ),
        );
    }
}

/// R2, or a demotion of a replica that is not fit.
fn falls_silent(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    if let Some((_, removal)) = case.removal_after(&replica.id) {
        // A removal that begins here was judged above. A victim that does not serve takes nothing from the minimum.
        // Who lags or does not serve loses its weight whatever else points at it.
        if case.unfitness(replica).is_none() {
            read_zone(case, replica, findings);
        }
        if case.removal_begun().is_none_or(|begun| begun.id != replica.id) && replica.status.serves() {
            named_victim(case, removal, findings);
            minimum(case, &replica.id, findings);
        }
        if replica.status.serves() {
            successor(case, replica, false, findings);
        }
    } else if Case::is_held(replica) {
        // Where there is no floor to raise, it is enough that somebody answers; what does not serve loses its weight like any other.
        if replica.status.serves()
            && case.rds.floor
            && case.serving_source().is_some()
            && case.seen.records.record(FLOOR_SET_ID).is_some()
        {
            successor(case, replica, true, findings);
        }
    } else if case.unfitness(replica).is_none() {
        findings.refuse(
            invariant::DRAIN,
            format!("{} is fit, but would get weight 0 without an intent to remove it", replica.id),
        );
    }
}

/// The load of a victim goes to one who can take it at once: a replica at its full weight that keeps up, or the primary. One that is to leave
/// itself is nobody to follow for another that leaves. For one that a person holds it is: its own drain needs a successor again.
fn successor(case: &Case<'_>, victim: &Replica, leaving_too: bool, findings: &mut Findings) {
    let replica = case.answering_after().iter().any(|(other, weight)| {
        other.id != victim.id
            && (leaving_too || case.removal_after(&other.id).is_none())
            && *weight >= case.full_weight(other)
            && case.keeps_up(other)
    });
    if !replica && !case.floor_answers_after() {
        findings.refuse(
            invariant::DRAIN,
            format!(
                "{} would drain with neither another at its full weight nor the floor to follow",
                victim.id
            ),
        );
    }
}

/// R4.
fn leaves(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica, findings: &mut Findings) {
    let id = &replica.id;
    let under_way = case.removal_before(id).filter(|(intent, removal)| {
        removal.resource_id == replica.resource_id && case.goes_on(intent).is_some()
    });
    let Some((intent, removal)) = under_way else {
        findings.refuse(
            invariant::DRAIN,
            format!("the record of {id} would go without an intent to remove {}", replica.resource_id),
        );
        return;
    };
    named_victim(case, removal, findings);
    read_zone(case, replica, findings);
    if touched.weight_before() != 0 {
        findings.refuse(
            invariant::DRAIN,
            format!("the record of {id} would go at weight {}", touched.weight_before()),
        );
        return;
    }
    let known = case.remembered(id.as_str());
    let known = known.filter(|known| known.weight.is_some_and(|weight| !weight.is_positive()));
    let Some(spread) = known.and_then(|known| case.spread_since(known)) else {
        findings.refuse(invariant::DRAIN, format!("weight 0 of {id} is not known to be INSYNC"));
        return;
    };
    let wait = case.three_ttl(touched.before);
    let from = spread.checked_add(wait).unwrap_or(Timestamp::MAX);
    let proof = Proof { wait, from, points: case.rds.drain.quiet_points };
    silence(case, intent, replica, spread, proof, findings);
}

/// What shows that nobody is left.
#[derive(Clone, Copy)]
pub(super) struct Proof {
    /// How long resolvers may go on after the name servers.
    pub(super) wait: SignedDuration,
    /// Since when the points count.
    pub(super) from: Timestamp,
    /// How many of them in a row must be quiet.
    pub(super) points: u32,
}

/// Resolvers have let go of it, `wait` after the name servers did, and nobody was connected since.
pub(super) fn silence(
    case: &Case<'_>,
    intent: &Intent,
    replica: &Replica,
    spread: Timestamp,
    proof: Proof,
    findings: &mut Findings,
) {
    let id = &replica.id;
    let Proof { wait, from, points } = proof;
    let waited = case.now.duration_since(spread);
    if waited < wait {
        findings.refuse(
            invariant::DRAIN,
            format!("what {id} lost is INSYNC for {} of {}", friendly(waited), friendly(wait)),
        );
    }
    // Only clients are forced, never name servers and resolvers.
    if !case.is_forced(intent)
        && let Some(why) = clients(case, replica, from, points)
    {
        findings.refuse(invariant::DRAIN, format!("{id} would go a step further, but {why}"));
    }
}

/// Who may still be connected; `None` when as many of the newest points as are needed show nobody. What was measured before
/// `from` proves nothing, and neither do points with a gap between them.
fn clients(case: &Case<'_>, replica: &Replica, from: Timestamp, points: u32) -> Option<String> {
    let Some(series) = replica.signals.connections.fresh() else {
        return Some("its connection count is not fresh".to_owned());
    };
    let needed = usize::try_from(points.max(1)).unwrap_or(usize::MAX);
    let newest = series.newest().minute.0;
    let proving = series.points().iter().rev().zip(0_i64..).take_while(|(point, ago)| {
        point.minute.0 == newest - ago && point.minute.start().is_some_and(|start| start >= from)
    });
    let proving: Vec<_> = proving.take(needed).map(|(point, _)| point.value).collect();
    if proving.len() < needed {
        return Some(format!(
            "its connection count has {} of {needed} points in a row from after resolvers let go of it",
            proving.len()
        ));
    }
    let idle = case.rds.drain.idle_connections;
    let busy = proving.iter().find(|connected| **connected > f64::from(idle));
    busy.map(|connected| format!("{connected} clients were connected, {idle} are idle ones"))
}

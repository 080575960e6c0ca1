//! What the plan remembers: the counts and times that later plans are held to, which none may wind back or on.

use jiff::{SignedDuration, Timestamp};

use super::case::Case;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Addition, NotOffered, WeightSince};
use crate::names::SetId;
use crate::observation::ChangeStatus;
use crate::ownership::FLOOR_SET_ID;
use crate::units::Weight;

/// Route 53 tells of a change for longer than this: one that it does not show until then may yet be shown.
const MAY_YET_BE_SHOWN: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    decisions(case, findings);
    deleted_records(case, findings);
    not_offered(case, findings);
    unread_deployments(case, findings);
    for (set_id, after) in &case.plan.history.rds_replicas.weights {
        if let Some(why) = unfounded(case, set_id, after) {
            findings.refuse(invariant::SPREAD, format!("of {set_id} would be remembered {why}"));
        }
    }
}

/// Deployments that cannot be read are alerted after a while of it, which begins once.
fn unread_deployments(case: &Case<'_>, findings: &mut Findings) {
    if case.seen.blue_green.is_ok() {
        return;
    }
    let begun = case.history.rds_replicas.deployments_unread_since.unwrap_or(case.now);
    let kept = case.plan.history.rds_replicas.deployments_unread_since;
    if kept != Some(begun) {
        findings.refuse(
            invariant::BLUE_GREEN,
            format!("that deployments cannot be read since {begun} would be remembered as since {kept:?}"),
        );
    }
}

/// What of the memory of a record's weight does not follow from the memory before and from what was observed. Every drain and every step
/// of a ramp waits by it.
fn unfounded(case: &Case<'_>, set_id: &SetId, after: &WeightSince) -> Option<String> {
    let told =
        |weight: Option<Weight>| weight.map_or("no record".to_owned(), |weight| format!("weight {weight}"));
    let found = case.seen.records.record(set_id.as_str()).map(|record| record.weight);
    // A policy whose prefix changed has memories of records that are not ours any more.
    let placed_by_us = set_id.as_str() == FLOOR_SET_ID || set_id.as_str().starts_with(&case.rds.prefix);
    if placed_by_us && after.weight != found {
        return Some(format!("{}, and {} was found", told(after.weight), told(found)));
    }
    let before = case.history.rds_replicas.weights.get(set_id);
    let Some(before) = before.filter(|before| before.weight == after.weight && before.since == after.since)
    else {
        // What came of the plan's own changes is remembered after their outcomes.
        let anew = after.since >= case.now && after.change.is_none() && after.insync_at.is_none();
        return (!anew).then(|| format!("{} since {}, which was not so", told(after.weight), after.since));
    };
    let spread = match (before.insync_at, after.insync_at) {
        (None, Some(at)) => at >= case.now && case.spread_since(before).is_some(),
        (Some(one), Some(other)) => one <= other,
        (_, None) => true,
    };
    if !spread {
        return Some(format!(
            "that it is on all name servers since {:?}, which is not known",
            after.insync_at
        ));
    }
    // Without its id a change counts as spread after a while.
    let same_change = match (&before.change, &after.change) {
        (Some(change), None) => {
            after.insync_at.is_some()
                || (case.is_seen(change, ChangeStatus::Unknown)
                    && case.now.duration_since(before.since) >= MAY_YET_BE_SHOWN)
        }
        (one, other) => one == other,
    };
    (!same_change).then(|| format!("the change {:?} instead of {:?}", after.change, before.change))
}

/// What others deleted is remembered for an hour: three of it are a quarrel that a person has to end.
fn deleted_records(case: &Case<'_>, findings: &mut Findings) {
    let recent = |at: &&Timestamp| case.now.duration_since(**at) < SignedDuration::from_hours(1);
    let kept = &case.plan.history.rds_replicas.records_deleted;
    if let Some(at) =
        case.history.rds_replicas.records_deleted.iter().filter(recent).find(|at| !kept.contains(at))
    {
        findings.refuse(invariant::DELETED_RECORDS, format!("the deletion of {at} would be forgotten"));
    }
    let seen_now = kept.iter().any(|at| !case.history.rds_replicas.records_deleted.contains(at));
    if let Some(action) = case.plan.actions.first().filter(|_| seen_now && !case.plan.write_ahead) {
        findings.refuse(
            invariant::WRITE_AHEAD,
            format!("{action} would hide a deletion by others that is only written down afterwards"),
        );
    }
    if kept.len() > case.history.rds_replicas.records_deleted.len() + 1 {
        findings.refuse(
            invariant::DELETED_RECORDS,
            format!(
                "one look would remember {} deletions more",
                kept.len() - case.history.rds_replicas.records_deleted.len()
            ),
        );
    }
}

/// The count is part of the next decision's name, and so of its replicas'.
fn decisions(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history.decisions, case.plan.history.decisions);
    let sound = match after.checked_sub(before) {
        Some(0) => case.intent_begun().is_none(),
        Some(1) => true,
        Some(_) | None => false,
    };
    if !sound {
        let begun = case.intent_begun().map_or("none", |intent| intent.decision.as_str());
        findings.refuse(
            invariant::UNIQUE_NAMES,
            format!("decisions would go from {before} to {after}, and the one that begins is {begun}"),
        );
    }
}

/// What RDS did not make is not forgotten within an hour, and is learned anew only of an addition whose instance says so.
fn not_offered(case: &Case<'_>, findings: &mut Findings) {
    let kept = &case.plan.history.rds_replicas.not_offered;
    let counts = |refused: &&NotOffered| case.now.duration_since(refused.at) < SignedDuration::from_hours(1);
    let same = |one: &NotOffered, other: &NotOffered| one.class == other.class && one.zone == other.zone;
    for refused in case.history.rds_replicas.not_offered.iter().filter(counts) {
        if !kept.iter().any(|kept| same(kept, refused) && kept.at >= refused.at) {
            findings.refuse(
                invariant::MADE_TO_POLICY,
                format!("that {} was refused at {} would be forgotten", refused.class, refused.at),
            );
        }
    }
    for refused in kept.iter().filter(|kept| !case.history.rds_replicas.not_offered.contains(kept)) {
        let of_it = |addition: &&Addition| addition.zone == refused.zone;
        let said = case.additions_before().filter(of_it).any(|addition| {
            let there = case.instance(addition.id.as_str());
            there.is_some_and(|instance| {
                instance.class == refused.class && instance.status.0 == "insufficient-capacity"
            })
        });
        if !said || refused.at != case.now || refused.retry_at <= case.now {
            findings.refuse(
                invariant::MADE_TO_POLICY,
                format!("nobody said that RDS has no room for {}", refused.class),
            );
        }
    }
}

//! What is spent: a day holds no more creations than the policy allows, and none of them is forgotten.

use jiff::SignedDuration;

use super::case::{Case, additions};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::{Addition, History};
use crate::units::Count;

/// What `creations_per_day` counts in.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    asked(case, findings);
    remembered(case, findings);
}

/// A name is charged once, and from the last time on that RDS was asked for it: a day holds no more creations than the policy allows, however long
/// after its decision one is made.
fn asked(case: &Case<'_>, findings: &mut Findings) {
    let all = case.creations().count();
    if all == 0 {
        return;
    }
    let new = all.saturating_sub(charged(case));
    let recent = |history: &History| {
        history.rds_replicas.creations.iter().filter(|at| case.now.duration_since(**at) < DAY).count()
    };
    let spent = recent(case.history);
    let daily = case.rds.creations_per_day;
    if new > 0 && Count::of_len(spent + new) > daily {
        findings.refuse(
            invariant::BUDGET,
            format!("{spent} creations in 24 hours and {new} new ones exceed {daily}"),
        );
    }
    let counted = recent(&case.plan.history);
    if counted + never_made(case) < spent + new {
        findings.refuse(
            invariant::BUDGET,
            format!("{counted} creations would be remembered, of {spent} and {new} new ones"),
        );
    }
    let from_now = case.plan.history.rds_replicas.creations.iter().filter(|at| **at >= case.now).count();
    if from_now < all {
        findings.refuse(
            invariant::BUDGET,
            format!("{all} replicas are asked for now, and {from_now} would be counted from now on"),
        );
    }
    if !case.plan.write_ahead {
        findings.refuse(
            invariant::WRITE_AHEAD,
            format!("{all} creations are only counted after they were asked for"),
        );
    }
}

/// How many of the creations the ledger already counts.
fn charged(case: &Case<'_>) -> usize {
    let mut charges: Vec<_> = case.history.rds_replicas.creations.iter().collect();
    let mut counted = 0;
    for intent in case.intents_before() {
        let known = additions(intent);
        let retried = case.creations().filter(|create| known.iter().any(|known| known.id == create.id));
        for _ in retried {
            // Each takes a charge of its own, made when its decision was, or later; after a day there is none left to take.
            let charge = charges.iter().position(|at| **at >= intent.since);
            counted += usize::from(charge.is_some() || case.now.duration_since(intent.since) >= DAY);
            charge.map(|charge| charges.swap_remove(charge));
        }
    }
    counted
}

/// Of the creations of a decision only those may be forgotten early that RDS refused to the last and knows nothing of, and those that are asked for
/// again: these count anew.
fn remembered(case: &Case<'_>, findings: &mut Findings) {
    let mut kept = case.plan.history.rds_replicas.creations.clone();
    let mut excused = never_made(case) + charged(case);
    for at in &case.history.rds_replicas.creations {
        if case.now.duration_since(*at) >= DAY {
            continue;
        }
        match kept.iter().position(|kept| kept == at) {
            Some(found) => {
                kept.swap_remove(found);
            }
            None if excused > 0 && case.intents_before().iter().any(|begun| begun.since <= *at) => {
                excused -= 1;
            }
            None => findings.refuse(
                invariant::BUDGET,
                format!("the creation of {at} would be forgotten within 24 hours"),
            ),
        }
    }
}

/// How many additions the plan gives up that were never made: RDS was asked for them by name, and its last word was that it has no room.
fn never_made(case: &Case<'_>) -> usize {
    let given_up = |addition: &&Addition| {
        let still = case.additions_after().find(|other| other.id == addition.id);
        !addition.given_up && still.is_none_or(|other| other.given_up)
    };
    case.additions_before()
        .filter(given_up)
        .filter(|one| one.not_offered && one.resource_id.is_none() && case.known_gone(one.id.as_str()))
        .count()
}

//! What the plan remembers: later plans, and the notice of foreign writes, are held to it.

use jiff::{SignedDuration, Timestamp};

use super::case::Case;
use super::{strategy, warm};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::history::Asked;
use crate::observation::CapacityBounds;
use crate::plan::{Action, EcsServiceAction};
use crate::units::Count;

/// As long as a quarrel with another writer is looked for.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    write_ahead(case, findings);
    asked(case, findings);
    foreign_writes(case, findings);
    starting(case, findings);
    decisions(case, findings);
    signal_floor(case, findings);
    strategy::remembered(case, findings);
    warm::remembered(case, findings);
}

/// An attempt that dies behind its call leaves nobody who knows whose it was.
fn write_ahead(case: &Case<'_>, findings: &mut Findings) {
    if let Some(action) = case.plan.actions.first().filter(|_| !case.plan.write_ahead) {
        findings.refuse(
            invariant::WRITE_AHEAD,
            format!("{action}, which the ledger would not know of before AWS does"),
        );
    }
}

/// What the plan asks of capacity.
fn asks(case: &Case<'_>) -> Option<Asked> {
    case.plan.actions.iter().find_map(|action| match action {
        Action::EcsService(EcsServiceAction::SetDesiredCount(set)) => Some(Asked::Desired(set.to)),
        Action::EcsService(EcsServiceAction::SetBounds(set)) => Some(Asked::Bounds(set.to)),
        _ => None,
    })
}

/// A value that was never asked for would make a foreign write pass for ours, and ours for a foreign one.
fn asked(case: &Case<'_>, findings: &mut Findings) {
    let after = case.plan.history.ecs_service.asked;
    let sound = match (asks(case), after) {
        (Some(asks), after) => after == Some(asks),
        // What was found is taken as it is, or there is another lever now.
        (None, Some(after)) => case.history.ecs_service.asked == Some(after) || observed(case) == Some(after),
        (None, None) => true,
    };
    if !sound {
        findings.refuse(
            invariant::ASKED,
            format!("{} is asked for, but {} would be remembered", shown(asks(case)), shown(after)),
        );
    }
}

fn observed(case: &Case<'_>) -> Option<Asked> {
    match (case.registered(), &case.seen.look.service) {
        (Some(registered), _) => Some(Asked::Bounds(registered.bounds)),
        (None, Some(service)) => Some(Asked::Desired(service.desired)),
        (None, None) => None,
    }
}

fn shown(asked: Option<Asked>) -> String {
    match asked {
        Some(Asked::Desired(count)) => format!("a desired count of {count}"),
        Some(Asked::Bounds(bounds)) => format!("bounds of {bounds}"),
        None => "nothing".to_owned(),
    }
}

fn foreign_writes(case: &Case<'_>, findings: &mut Findings) {
    let mut kept = case.plan.history.ecs_service.foreign_writes.clone();
    let recent = |at: &&Timestamp| case.now.duration_since(**at) < HOUR;
    for at in case.history.ecs_service.foreign_writes.iter().filter(recent) {
        match kept.iter().position(|kept| kept == at) {
            Some(found) => {
                kept.swap_remove(found);
            }
            None => findings.refuse(
                invariant::FOREIGN_WRITES,
                format!("the foreign write of {at} would be forgotten within the hour"),
            ),
        }
    }
}

fn starting(case: &Case<'_>, findings: &mut Findings) {
    for action in &case.plan.actions {
        let Action::EcsService(EcsServiceAction::SetDesiredCount(set)) = action else { continue };
        let known = case.plan.history.ecs_service.starting.map(|starting| starting.to);
        if set.to > set.from && known != Some(set.to) {
            let known = known.map_or_else(|| "none".to_owned(), |to| to.to_string());
            findings.refuse(
                invariant::STARTING,
                format!("{action}, but the tasks remembered as coming up are {known}"),
            );
        }
    }
}

/// The number of a decision is its name in activities and logs.
fn decisions(case: &Case<'_>, findings: &mut Findings) {
    let (before, after) = (case.history.decisions, case.plan.history.decisions);
    let moves = case
        .plan
        .actions
        .iter()
        .any(|action| matches!(action, Action::EcsService(EcsServiceAction::SetDesiredCount(_))));
    // Bounds may follow the clock without any decision on the capacity.
    let may = case.plan.actions.iter().any(|action| {
        matches!(
            action,
            Action::EcsService(EcsServiceAction::SetStrategy(_))
                | Action::EcsService(EcsServiceAction::SetBounds(_))
        )
    });
    let sound = match after.checked_sub(before) {
        Some(0) => !moves,
        Some(1) => moves || may,
        Some(_) | None => false,
    };
    if !sound {
        let calls = case.plan.actions.len();
        findings.refuse(
            invariant::DECISIONS,
            format!("decisions would go from {before} to {after} with {calls} actions"),
        );
    }
}

/// Whether data is needed to lower a minimum is told by this memory, so that it must not be lost before.
fn signal_floor(case: &Case<'_>, findings: &mut Findings) {
    let Some(registered) = case.registered() else { return };
    let bounds: CapacityBounds = case
        .plan
        .actions
        .iter()
        .find_map(|action| match action {
            Action::EcsService(EcsServiceAction::SetBounds(set)) => Some(set.to),
            _ => None,
        })
        .unwrap_or(registered.bounds);
    if bounds.min <= case.in_force.min {
        return;
    }
    let before = case.history.ecs_service.signal_floor;
    let least = if bounds.min > registered.bounds.min {
        bounds.min
    } else {
        before.map_or(Count::ZERO, |floor| floor.min(bounds.min))
    };
    let after = case.plan.history.ecs_service.signal_floor.unwrap_or(Count::ZERO);
    if after < least {
        findings.refuse(
            invariant::SIGNAL_FLOOR,
            format!(
                "the registered minimum is {} where {} is the least, but {after} of it would be remembered as raised by signals",
                bounds.min, case.in_force.min
            ),
        );
    }
}

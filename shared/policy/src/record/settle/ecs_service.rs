//! What is remembered of calls about a service.

use jiff::{SignedDuration, Timestamp};

use crate::history::{History, back_off};
use crate::plan::{EcsServiceAction, WarmUp};
use crate::record::Outcome;

/// What AWS will not take of a strategy it will hardly take a minute later; somebody has to look.
const STRATEGY_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn settle(history: &mut History, action: &EcsServiceAction, outcome: &Outcome, now: Timestamp) {
    match action {
        EcsServiceAction::SetDesiredCount(_) | EcsServiceAction::SetBounds(_) => {
            capacity_set(history, outcome, now);
        }
        EcsServiceAction::SetStrategy(_) => strategy_set(history, outcome, now),
        EcsServiceAction::Warm(warm) => warmed(history, warm, outcome),
    }
}

/// A desired count, or bounds.
fn capacity_set(history: &mut History, outcome: &Outcome, now: Timestamp) {
    let lasts = match outcome {
        Outcome::Applied { .. } | Outcome::AlreadySatisfied => {
            history.ecs_service.refusals = 0;
            history.ecs_service.retry_at = None;
            return;
        }
        Outcome::Stale { .. } => false,
        Outcome::Failed { class, .. } => class.lasts(),
    };
    // An addition that did not happen uses up no rate limit: it is asked for again. A removal may have happened all the same.
    history.changes.retain(|change| change.at != now || change.delta < 0);
    if lasts {
        history.ecs_service.refusals += 1;
        history.ecs_service.retry_at = now.checked_add(back_off(history.ecs_service.refusals)).ok();
    }
    // What came of a lost answer is not known: whatever is found next is taken as it is.
    history.ecs_service.asked = None;
    history.ecs_service.asked_over = None;
    history.ecs_service.asked_at = None;
    history.ecs_service.starting = None;
}

/// A capacity-provider strategy. One that was not taken is no fallback.
fn strategy_set(history: &mut History, outcome: &Outcome, now: Timestamp) {
    match outcome {
        Outcome::Applied { .. } | Outcome::AlreadySatisfied => {}
        Outcome::Stale { .. } => history.ecs_service.fallback = None,
        Outcome::Failed { class, .. } => {
            history.ecs_service.fallback = None;
            if class.lasts() {
                history.ecs_service.strategy_retry_at = now.checked_add(STRATEGY_RETRY_AFTER).ok();
            }
        }
    }
}

/// A warm-up is done once its requests were answered.
fn warmed(history: &mut History, warm: &WarmUp, outcome: &Outcome) {
    match outcome {
        Outcome::Applied { .. } => {
            if let Some(warmed) = history.ecs_service.warmed.get_mut(&warm.event) {
                warmed.done = true;
            }
        }
        Outcome::AlreadySatisfied | Outcome::Stale { .. } | Outcome::Failed { .. } => {}
    }
}

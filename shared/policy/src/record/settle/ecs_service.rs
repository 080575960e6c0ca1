//! What is remembered of calls about a service.

use jiff::{SignedDuration, Timestamp};

use crate::history::{History, back_off};
use crate::plan::WarmUp;
use crate::record::Outcome;

/// What AWS will not take of a strategy it will hardly take a minute later; somebody has to look.
const STRATEGY_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// A desired count, or bounds.
pub(super) fn capacity_set(history: &mut History, outcome: &Outcome, now: Timestamp) {
    let lasts = match outcome {
        Outcome::Applied { .. } | Outcome::AlreadySatisfied => {
            history.service.refusals = 0;
            history.service.retry_at = None;
            return;
        }
        Outcome::Stale { .. } => false,
        Outcome::Failed { class, .. } => class.lasts(),
    };
    // An addition that did not happen uses up no rate limit: it is asked for again. A removal may have happened all the same.
    history.changes.retain(|change| change.at != now || change.delta < 0);
    if lasts {
        history.service.refusals += 1;
        history.service.retry_at = now.checked_add(back_off(history.service.refusals)).ok();
    }
    // What came of a lost answer is not known: whatever is found next is taken as it is.
    history.service.asked = None;
    history.service.asked_over = None;
    history.service.asked_at = None;
    history.service.starting = None;
}

/// A capacity-provider strategy. One that was not taken is no fallback.
pub(super) fn strategy_set(history: &mut History, outcome: &Outcome, now: Timestamp) {
    match outcome {
        Outcome::Applied { .. } | Outcome::AlreadySatisfied => {}
        Outcome::Stale { .. } => history.service.fallback = None,
        Outcome::Failed { class, .. } => {
            history.service.fallback = None;
            if class.lasts() {
                history.service.strategy_retry_at = now.checked_add(STRATEGY_RETRY_AFTER).ok();
            }
        }
    }
}

/// A warm-up is done once its requests were answered.
pub(super) fn warmed(history: &mut History, warm: &WarmUp, outcome: &Outcome) {
    match outcome {
        Outcome::Applied { .. } => {
            if let Some(warmed) = history.service.warmed.get_mut(&warm.event) {
                warmed.done = true;
            }
        }
        Outcome::AlreadySatisfied | Outcome::Stale { .. } | Outcome::Failed { .. } => {}
    }
}

//! A person's pause is kept whatever becomes of the attempt: it needs no look at the target, no plan, and no turn.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::History;
use tidegate_policy::order::{Order, take};
use tidegate_policy::policy::Target;
use tidegate_policy::reason::Explanation;
use tidegate_policy::record::{Activity, ActivityKind};

use crate::terms::{Attempt, NOT_TAKEN};

/// How long whoever is at work on the target is waited for at a time.
pub(crate) const WAITED: SignedDuration = SignedDuration::from_secs(2);

/// Said of a target at which the attempt failed with a pause, or its end, in its hands.
const KEPT: &str = "; the command to pause or to resume is kept all the same";

/// Whether an order asks for a pause or for its end, and for nothing else.
fn is_one(order: &Order) -> bool {
    matches!(order, Order::Pause { .. } | Order::Resume { .. })
}

/// This target's commands to pause and to resume.
fn pauses<'a>(target: &Target, attempt: &'a Attempt<'_>) -> impl Iterator<Item = &'a Order> {
    let of_it = attempt.orders.iter().filter(|(name, order)| *name == target.name && is_one(order));
    of_it.map(|(_, order)| order)
}

/// Whether a person paused it, or ended its pause.
pub(crate) fn is_sent(target: &Target, attempt: &Attempt<'_>) -> bool {
    pauses(target, attempt).next().is_some()
}

/// What becomes of this target's commands where nothing else can be done with it, by what it remembers.
pub(crate) fn what_of_orders(
    target: &Target,
    history: &History,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> String {
    let of_it = || attempt.orders.iter().filter(|(name, _)| *name == target.name);
    if of_it().any(|(_, order)| !is_one(order)) {
        return NOT_TAKEN.to_owned();
    }
    match keep(target, &mut history.clone(), now, attempt) {
        Err(why) => format!("; the command is refused: {}", why.detail),
        Ok(kept) if kept.is_empty() => String::new(),
        Ok(_) => KEPT.to_owned(),
    }
}

/// Takes them into the target's memory, with a line of the log for each.
///
/// # Errors
/// Why one of them cannot be taken.
pub(crate) fn keep(
    target: &Target,
    history: &mut History,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<Vec<Activity>, Explanation> {
    let kept = pauses(target, attempt).map(|order| take(target, history, order, now));
    kept.map(|taken| Ok(Activity::new(now, &target.name, ActivityKind::Order, &taken?))).collect()
}

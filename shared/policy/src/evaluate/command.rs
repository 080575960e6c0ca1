//! What a direct command makes of the bounds of a moment. Every kind of target follows it alike.

use jiff::Timestamp;

use super::window::{Bounds, bounds_at};
use crate::history::{OrdersMemory, StandingOrder};
use crate::policy::Scaling;
use crate::units::Count;

/// The bounds of a kind without planned events: windows, and a direct command above them.
pub(crate) fn bounds_with_command(scaling: &Scaling, orders: &OrdersMemory, now: Timestamp) -> Bounds {
    let mut bounds = bounds_at(scaling, now);
    if let Some(order) = orders.bounds_at(now) {
        command(&mut bounds, order, scaling, None);
    }
    bounds
}

/// Puts what a direct command names in the place of what windows and events say, within the policy's own `min` and `max`. `needed` is what a
/// planned event needs, and its name: "never fewer than 4" is no word against its 12, only a max goes below those.
pub(crate) fn command(
    bounds: &mut Bounds,
    order: &StandingOrder,
    scaling: &Scaling,
    needed: Option<(Count, String)>,
) {
    let by = || Some(named(order));
    // A policy may have become narrower since the command was taken.
    let within = |count: Count| count.clamp(scaling.min, scaling.max.max(scaling.min));
    if let Some(min) = order.min.map(within) {
        (bounds.min, bounds.min_by) = match needed.filter(|(needed, _)| *needed > min) {
            Some((needed, event)) => (needed, Some(event)),
            None => (min, by()),
        };
        bounds.raise_max_to_min();
    }
    if let Some(max) = order.max.map(within) {
        if bounds.min > max {
            (bounds.min, bounds.min_by) = (max, by());
        }
        (bounds.max, bounds.max_by) = (max, by());
    }
}

/// What the bounds that it sets are said to be set by.
pub(crate) fn named(order: &StandingOrder) -> String {
    format!("the direct command of {}", order.at)
}

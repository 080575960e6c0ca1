//! Rate limit: so many members in a period, measured from what there was when the period began.

use jiff::Timestamp;

use super::course::Limit;
use crate::history::History;
use crate::policy::{PerDirection, RateLimit};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, HALF_A_TICK, friendly};

/// Up to `min` nothing is limited.
pub(super) fn limit(
    limits: PerDirection<Option<RateLimit>>,
    history: &History,
    current: Count,
    desired: Count,
    min: Option<Count>,
    now: Timestamp,
) -> Option<Limit> {
    let (limit, out) = match desired.cmp(&current) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => (limits.out?, true),
        std::cmp::Ordering::Less => (limits.in_?, false),
    };
    let mut used = 0;
    let mut oldest = None;
    for change in &history.changes {
        if now.duration_since(change.at) + HALF_A_TICK < limit.period && (change.delta > 0) == out {
            used += change.delta.unsigned_abs();
            oldest = oldest.or(Some(change.at));
        }
    }
    let left = limit.members.minus(Count(used));
    let allowed = if out {
        current.plus(left).max(min.unwrap_or(current)).min(desired)
    } else {
        current.minus(left).max(desired)
    };
    if allowed == desired {
        return None;
    }
    let detail = format!("{used} of {} changes in {} are used up", limit.members, friendly(limit.period));
    Some(Limit {
        desired: allowed,
        explanation: Explanation::new(Reason::RateLimited, detail),
        until: oldest.and_then(|at| at.checked_add(limit.period).ok()),
        instead: None,
    })
}

//! A planned event at a moment: how many tasks it holds, and which maximum it brings. Derived anew from the policy's numbers.

use jiff::Timestamp;

use crate::history::CapacityChange;
use crate::policy::PlannedEvent;
use crate::units::{Count, Percent};

/// What an event asks for while it lasts.
pub(super) struct Claim {
    /// So many tasks at least.
    pub(super) tasks: Count,
    /// From the lead until the load is over: nothing is taken away.
    pub(super) holds: bool,
}

/// `None` before its lead, and once its last task may go.
pub(super) fn claim(event: &PlannedEvent, now: Timestamp) -> Option<Claim> {
    let needed = needed(event);
    if event.from.duration_since(now) > event.lead {
        return None;
    }
    if now < event.to {
        return Some(Claim { tasks: Count(needed), holds: true });
    }
    // At the very end the first may go, then as many at each full period.
    let since = now.duration_since(event.to).as_secs();
    let periods = since / event.descent.period.as_secs().max(1);
    let released = i128::from(event.descent.members.0) * (i128::from(periods) + 1);
    let left = i128::from(needed) - released;
    u32::try_from(left).ok().filter(|left| *left > 0).map(|left| Claim { tasks: Count(left), holds: false })
}

/// A wake-up is not on the second.
const EARLY_SECONDS: i64 = 30;

/// How many more may go now, after this event: what its descent says, less what went within its period. `None` once even the most that there can be
/// has had the time to go.
pub(super) fn may_still_go(
    event: &PlannedEvent,
    max: Count,
    changes: &[CapacityChange],
    now: Timestamp,
) -> Option<u32> {
    let (members, period) = (event.descent.members.0, event.descent.period.as_secs());
    let over_for = now.duration_since(event.to).as_secs();
    let most = needed(event).max(max.0).max(event.max.map_or(0, |most| most.0));
    let lasts = i64::from(most.div_ceil(members.max(1))) * period;
    if now < event.to || over_for >= lasts {
        return None;
    }
    let recent = changes.iter().filter(|change| change.delta < 0);
    let recent = recent.filter(|change| now.duration_since(change.at).as_secs() + EARLY_SECONDS < period);
    let gone: u32 = recent.map(|change| change.delta.unsigned_abs()).sum();
    Some(members.saturating_sub(gone))
}

/// Expected requests with the buffer, by what a task serves, rounded up; in whole numbers throughout.
fn needed(event: &PlannedEvent) -> u32 {
    let expected = u128::from(event.expected) * (1_000 + tenths(event.buffer));
    let tasks = expected.div_ceil(1_000 * u128::from(event.per_task.max(1)));
    u32::try_from(tasks).unwrap_or(u32::MAX)
}

/// A share in tenths of a percent.
fn tenths(share: Percent) -> u128 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is small, and a cast saturates at zero"
    )]
    let tenths = (share.0 * 10.0).round() as u32;
    u128::from(tenths)
}

//! A planned event at a moment: how many tasks it holds, and which maximum it brings. Derived anew from the policy's numbers.

use jiff::Timestamp;

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

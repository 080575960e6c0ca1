//! What a forecast says when its newest minute is old, or ahead of the clock: nothing is removed, and after half an hour what is usual is kept.

use jiff::SignedDuration;

use crate::evaluate::Vote;
use crate::reason::Reason;
use crate::units::{Count, friendly};

/// A newest minute that is older than this says nothing of fewer.
const STALE_AFTER: i64 = 15;
/// One that is older than this says nothing at all: what is usual at this time of day is kept.
const STALE_FOR_LONG: i64 = 30;

/// Now, and the minute after the last that is known. In minutes since the Unix epoch.
pub(super) struct Clock {
    pub(super) minute: i64,
    pub(super) newest: i64,
}

impl Clock {
    /// What is said in place of a forecast, and why, where the last known minute is not of now. `reads_on`: minutes in between are read in the next
    /// attempts. `usual` says how many members are enough at a minute of the day.
    pub(super) fn objects(
        &self,
        reads_on: bool,
        current: Count,
        usual: impl Fn(i64) -> Count,
    ) -> Option<(Vote, String)> {
        let age = self.minute - self.newest;
        let stale = Vote::Unknown { why: Reason::SignalStale };
        let friendly = friendly(SignedDuration::from_mins(age.abs()));
        if age < 0 {
            // The clock went back. What is known is of a time to come, and an order for it would come hours too early.
            let detail =
                format!("the newest minute of which the work is known is {friendly} ahead of the clock");
            return Some((stale, detail));
        }
        if age <= STALE_AFTER {
            return None;
        }
        if reads_on {
            let detail =
                format!("the history up to {friendly} ago is read, and a day of it more in each attempt");
            return Some((stale, detail));
        }
        let detail = format!("the newest minute of which the work is known is {friendly} old");
        let usual = usual(self.minute);
        if age <= STALE_FOR_LONG || usual <= current {
            return Some((stale, detail));
        }
        let detail = format!("{detail}; at this time of day {usual} were enough on nine of ten days");
        Some((Vote::Out(usual), detail))
    }
}

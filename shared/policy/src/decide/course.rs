//! A desired count on its way through the pipeline, and what limits it.

use jiff::Timestamp;

use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// A limit that took something away from what was recommended.
pub(crate) struct Limit {
    pub(crate) desired: Count,
    pub(crate) explanation: Explanation,
    pub(crate) until: Option<Timestamp>,
    /// Why what is left is done all the same, if that is another reason.
    pub(crate) instead: Option<Explanation>,
}

impl Limit {
    /// What the clock takes away goes all the same.
    pub(super) fn no_further_than(mut self, clocks: Option<Count>) -> Limit {
        self.desired = self.desired.min(clocks.unwrap_or(self.desired));
        self
    }
}

/// A desired count on its way through the pipeline.
pub(crate) struct Course {
    pub(super) current: Count,
    pub(super) desired: Count,
    pub(super) because: Explanation,
    pub(super) limited_by: Option<Reason>,
    pub(super) until: Option<Timestamp>,
    /// Down to this the clock itself takes capacity away, at once.
    pub(super) clocks: Option<Count>,
}

impl Course {
    pub(super) fn limit(&mut self, limit: Limit) {
        // What the clock takes away passes a window or a cooldown, which then is no limit.
        if limit.desired == self.desired && limit.instead.is_none() {
            return;
        }
        self.limited_by = Some(limit.explanation.reason);
        self.until = limit.until;
        if limit.desired == self.current {
            self.because = limit.explanation;
        } else if let Some(instead) = limit.instead {
            self.because = instead;
        }
        self.desired = limit.desired;
    }
}

//! What one rule says: a vote with the numbers that it saw.

use crate::reason::Reason;
use crate::units::Count;

/// What one rule said.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The rule, as the person wrote it.
    pub rule: String,
    /// What it wants.
    pub vote: Vote,
    /// The numbers that it saw.
    pub detail: String,
}

/// What a rule wants. Absolute counts, never increments: delivery is at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// At least this many.
    Out(Count),
    /// This many will do.
    In(Count),
    /// The capacity as it is.
    Stay,
    /// No fewer, for a reason of its own; more would not help.
    Keep {
        /// `ErrorsUnexplained`.
        why: Reason,
    },
    /// Nothing may be concluded; fewer is out of the question.
    Unknown {
        /// `SignalMissing`, `SignalStale` or `TieringUnmeasured`.
        why: Reason,
    },
}

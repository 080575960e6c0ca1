//! What was decided, and everything that led to it.

use jiff::Timestamp;

use crate::evaluate::{Recommendation, Vote};
use crate::forecast::need::Expected;
use crate::forecast::shadow::Scores;
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// How many members a target should have, why, and what held it back.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Members of ours that serve or are on their way in.
    pub current: Count,
    /// What the rules ask for, before anything limits it.
    pub recommended: Count,
    /// What is to be: equal to `current` for a hold.
    pub desired: Count,
    /// Why `desired` differs from `current`, or why it does not.
    pub explanation: Explanation,
    /// The constraint that bound: what kept `desired` from `recommended`.
    pub limited_by: Option<Reason>,
    /// When the binding constraint ends by itself, where that is known.
    pub next_eligible: Option<Timestamp>,
    /// What each rule, tracking rule and window said.
    pub recommendations: Vec<Recommendation>,
    /// What the forecast said, whether or not it acts. Where it acts it is one of `recommendations` too.
    pub ahead: Option<Recommendation>,
    /// What the days before would have cost with the rules and with the forecast, on paper.
    pub on_paper: Option<Scores>,
    /// What it expects of the minutes for which an order of now is in time; for charts, and kept nowhere.
    pub expected: Option<Expected>,
}

impl Decision {
    /// The most that any rule of the out side asks for, whether or not that is there already, with the rule.
    pub fn demanded(&self) -> Option<(Count, &Recommendation)> {
        let out = self.recommendations.iter().filter_map(|said| match said.vote {
            Vote::Out(count) => Some((count, said)),
            Vote::In(_) | Vote::Stay | Vote::Keep { .. } | Vote::Unknown { .. } => None,
        });
        out.max_by_key(|(count, _)| *count)
    }

    /// Whether it asks for a change, and in which direction.
    pub fn direction(&self) -> Option<Direction> {
        match self.desired.cmp(&self.current) {
            std::cmp::Ordering::Greater => Some(Direction::Out),
            std::cmp::Ordering::Less => Some(Direction::In),
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// Towards more or fewer members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards more.
    Out,
    /// Towards fewer.
    In,
}

//! One line of a target's log: what `explain` prints and what is published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::TargetName;
use crate::reason::Reason;

/// One line of a target's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub target: TargetName,
    /// What sort of line it is.
    pub kind: ActivityKind,
    /// The stable code.
    pub reason: Reason,
    /// One sentence with numbers.
    pub detail: String,
}

/// The sorts of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Capacity is to change.
    Decision,
    /// Capacity is not to change, for a reason that is new.
    Hold,
    /// A step of the life cycle was taken, or is waited for.
    Step,
    /// What became of a call.
    Outcome,
    /// A person should know.
    Alert,
    /// Something was seen and left alone.
    Note,
}

impl ActivityKind {
    /// As written in documents.
    pub fn name(self) -> &'static str {
        match self {
            ActivityKind::Decision => "decision",
            ActivityKind::Hold => "hold",
            ActivityKind::Step => "step",
            ActivityKind::Outcome => "outcome",
            ActivityKind::Alert => "alert",
            ActivityKind::Note => "note",
        }
    }
}

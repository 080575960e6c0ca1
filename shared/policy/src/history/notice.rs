//! One thing that is to be told outside, as it waits in a target's memory until it is published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::severity::Severity;

/// How many characters of a sentence are kept: fifty notices wait at most, in an item of 400 KB (DynamoDB developer guide, "Item size").
const SENTENCE: usize = 1_000;

/// One thing that is to be told outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Grows with each notice of a target: what comes with a lower number is late.
    pub number: u64,
    /// What sort it is.
    pub kind: NoticeKind,
    /// The stable code; of a recovery that of the alert which is over.
    pub reason: Reason,
    /// One sentence with numbers, 1,000 characters at most.
    pub detail: String,
    /// Since when it is so, or, of a recovery, was.
    pub since: Timestamp,
    /// When it was found.
    pub at: Timestamp,
}

impl Notice {
    /// How soon a person has to look; of a recovery, had to.
    pub fn severity(&self) -> Severity {
        self.reason.severity()
    }

    /// Whether it is a decision or a step: what matters for a day at most, as against what a person waits for.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.kind, NoticeKind::Decision | NoticeKind::Step)
    }
}

/// The sorts of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Capacity is to change.
    Decision,
    /// A step of the life cycle was taken.
    Step,
    /// A person should know; told again once a day while it stands.
    Alert,
    /// An alert is over.
    Recovery,
}

/// The sentence as far as it is kept.
pub(super) fn kept(detail: &str) -> String {
    match detail.char_indices().nth(SENTENCE) {
        None => detail.to_owned(),
        Some(_) => detail.chars().take(SENTENCE - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_by_characters() {
        assert_eq!(kept("ä"), "ä");
        assert_eq!(kept(&"ä".repeat(1_000)), "ä".repeat(1_000));
        assert_eq!(kept(&"ä".repeat(1_001)), format!("{}…", "ä".repeat(999)));
    }
}

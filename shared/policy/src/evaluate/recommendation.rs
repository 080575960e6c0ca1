//! What one rule says: a vote with the numbers that it saw.

use crate::number::{Number, Sentence};
use crate::reason::Reason;
use crate::units::Count;

/// What one rule said.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The rule, as the person wrote it.
    pub rule: String,
    /// What it wants.
    pub vote: Vote,
    /// The numbers that it saw, in words.
    pub detail: String,
    /// The same for machines.
    pub numbers: Vec<Number>,
}

impl Recommendation {
    /// What this rule said.
    pub(crate) fn new(rule: &str, vote: Vote, said: impl Into<Sentence>) -> Self {
        let Sentence { text, numbers } = said.into();
        Self { rule: rule.to_owned(), vote, detail: text, numbers }
    }

    /// What it saw, with these words around it.
    pub(crate) fn said(&self, words: impl FnOnce(&Self) -> String) -> Sentence {
        Sentence { text: words(self), numbers: self.numbers.clone() }
    }
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

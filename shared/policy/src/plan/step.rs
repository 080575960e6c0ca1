//! A step of a target: what one method came to, and the one that is taken.

use super::Action;
use crate::reason::Explanation;

/// What a method came to.
pub(super) enum Step {
    /// It has nothing to say; the next one is asked.
    Pass,
    /// It waits for something; the next one is asked all the same.
    Wait(Explanation),
    /// It changes what is remembered, and nothing else.
    Remember(Explanation),
    /// It makes its mutation, and nothing else is made in this attempt.
    Act(Explanation, Vec<Action>),
    /// The same, once the ledger holds what was decided and charged.
    Begin(Explanation, Vec<Action>),
}

/// The step of this attempt.
pub(super) struct Taken {
    /// `None` when the target rests.
    pub(super) step: Option<Explanation>,
    pub(super) actions: Vec<Action>,
    /// Whether the ledger must hold it first.
    pub(super) begins: bool,
}

impl Taken {
    pub(super) fn waiting(why: Explanation) -> Self {
        Taken { step: Some(why), actions: Vec::new(), begins: false }
    }
}

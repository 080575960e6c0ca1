//! A step of a target: what one method came to, and which of them is taken.

use super::Action;
use super::draft::Draft;
use super::spine::Kind;
use crate::reason::Explanation;

/// Looks at the world, and acts or does not.
pub(super) type Method<K> = for<'a> fn(&<K as Kind>::Scene<'a>, &mut Draft) -> Step;

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
    /// The same, once the ledger holds the intent.
    Begin(Explanation, Vec<Action>),
}

/// The step of this attempt.
pub(super) struct Taken {
    /// `None` when the target rests.
    pub(super) step: Option<Explanation>,
    pub(super) actions: Vec<Action>,
    /// Whether an intent begins with it.
    pub(super) begins: bool,
}

impl Taken {
    pub(super) fn waiting(why: Explanation) -> Self {
        Taken { step: Some(why), actions: Vec::new(), begins: false }
    }
}

/// The first method that acts wins; else the first that waits is told.
pub(super) fn first<K: Kind>(scene: &K::Scene<'_>, draft: &mut Draft) -> Taken {
    let mut waiting = None;
    for method in K::METHODS {
        let (why, actions, begins) = match method(scene, draft) {
            Step::Pass => continue,
            Step::Wait(why) => {
                waiting = waiting.or(Some(why));
                continue;
            }
            Step::Remember(why) => (why, Vec::new(), false),
            Step::Act(why, actions) => (why, actions, false),
            Step::Begin(why, actions) => (why, actions, true),
        };
        return Taken { step: Some(why), actions, begins };
    }
    Taken { step: waiting, actions: Vec::new(), begins: false }
}

//! The steps of a target that one call changes at a time: of a service, of a replication group.

use super::Action;
use super::draft::Draft;
use crate::reason::Explanation;

/// What a method came to.
pub(super) enum Step {
    /// It has nothing to say; the next one is asked.
    Pass,
    /// It waits for something; the next one is asked all the same.
    Wait(Explanation),
    /// It makes its mutation, and nothing else is made in this attempt.
    Act(Explanation, Action),
}

/// The first method that acts wins; else the first that waits is told.
pub(super) fn first<S>(
    methods: &[fn(&S, &mut Draft) -> Step],
    scene: &S,
    draft: &mut Draft,
) -> (Option<Explanation>, Vec<Action>) {
    let mut waiting = None;
    for method in methods {
        match method(scene, draft) {
            Step::Pass => {}
            Step::Wait(why) => waiting = waiting.or(Some(why)),
            Step::Act(why, action) => return (Some(why), vec![action]),
        }
    }
    (waiting, Vec::new())
}

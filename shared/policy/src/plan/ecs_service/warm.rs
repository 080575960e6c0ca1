//! Warm-up: a bounded number of requests once a planned event's tasks run, before its load comes.

use super::scene::Scene;
use crate::history::Warmed;
use crate::plan::draft::Draft;
use crate::plan::step::Step;
use crate::plan::{Action, EcsServiceAction, WarmUp};
use crate::reason::{Explanation, Reason};

/// After so many tries the event begins cold, and a person knows.
const TRIES: u32 = 3;

pub(super) fn warm(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Some(event) = scene.clock.warming else { return Step::Pass };
    let Some(warm) = &event.warm else { return Step::Pass };
    let so_far = draft.history.ecs_service.warmed.get(&event.name).copied();
    if so_far.is_some_and(|warmed| warmed.done) {
        return Step::Pass;
    }
    // Its tasks are not asked for either.
    if scene.pauses.out().is_some() {
        return Step::Pass;
    }
    let tries = so_far.map_or(0, |warmed| warmed.tries);
    if tries >= TRIES {
        let detail = format!(
            "nothing answered at {} in {TRIES} tries before the event \"{}\": it begins cold; check the address and that the function reaches it",
            warm.url, event.name
        );
        draft.alert(format!("the warm-up of \"{}\"", event.name), Reason::WarmUpFailed, detail);
        return Step::Pass;
    }
    let service = scene.service;
    if service.running < service.desired || service.running < event.tasks().min(scene.clock.bounds.max) {
        return Step::Pass;
    }
    // Written as tried before it is known: settling marks it done. A warm-up that was cut short counts as one try.
    draft
        .history
        .ecs_service
        .warmed
        .insert(event.name.clone(), Warmed { at: scene.now, tries: tries + 1, done: false });
    let detail = format!(
        "{} requests to {} before the event \"{}\", whose load comes at {}",
        warm.requests, warm.url, event.name, event.from
    );
    let action = Action::EcsService(EcsServiceAction::Warm(WarmUp {
        event: event.name.clone(),
        url: warm.url.clone(),
        requests: warm.requests,
    }));
    Step::Act(Explanation::new(Reason::WarmUp, detail), vec![action])
}

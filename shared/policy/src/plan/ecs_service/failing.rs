//! What ECS says of tasks that do not come up: told with its own words, and long before `start_within` is over.

use jiff::{SignedDuration, Timestamp};

use super::scene::Scene;
use crate::history::{FAILED_IN_A_ROW, Failing};
use crate::number::{Number, Sentence};
use crate::observation::stopped::why_most_stopped;
use crate::observation::{ServiceEvent, Stopped};
use crate::plan::draft::Draft;
use crate::reason::Reason;

/// What ECS said before that is about other tasks. It says again what lasts.
const STILL_SAID: SignedDuration = SignedDuration::from_mins(15);
/// So many characters of an answer that says why nothing could be read are kept.
const AWS_WORDS: usize = 200;

/// Tells of tasks that fail as they start, and of those that find no place.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    failing(scene, draft);
    unplaced(scene, draft);
}

/// A deployment that ECS gave up is told as such. What only stands is no news: the number of failures stays until a task runs.
fn failing(scene: &Scene<'_>, draft: &mut Draft) {
    let memory = &mut draft.history.ecs_service.failing;
    let known = memory.take();
    *memory = Failing::after(known.as_ref(), scene.service, scene.stopped.and_then(said_by_tasks), scene.now);
    let Some(failing) = memory.clone().filter(|failing| failing.goes_on(scene.now)) else { return };
    let said = recent(scene.service.trouble.as_ref(), scene.now).map_or(String::new(), quoted);
    let why = failing.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
    let detail = format!(
        "{} tasks of the deployment {} have failed in a row, and none of it has run yet{why}{said}: look at its stopped tasks and their log; deploy again, or go back",
        failing.failed, failing.deployment
    );
    let number = Number::count("failed tasks", failing.failed).against_count(FAILED_IN_A_ROW);
    let said = Sentence::from(detail).with(number);
    draft.alert("the tasks that fail as they start", Reason::TasksFailing, said);
}

/// Why tasks stop, in one clause; that it could not be read is one too.
fn said_by_tasks(stopped: &Stopped) -> Option<String> {
    match stopped {
        Ok(tasks) => why_most_stopped(tasks),
        Err(why) => Some(format!("why they stop could not be read ({})", in_short(why))),
    }
}

/// The beginning of AWS's own words, in one line: they are kept in the ledger.
fn in_short(words: &str) -> String {
    words.chars().take(AWS_WORDS).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Tasks that are missing, and ECS says that it finds no place for them.
fn unplaced(scene: &Scene<'_>, draft: &mut Draft) {
    let service = scene.service;
    if service.running >= service.desired {
        return;
    }
    let Some(event) = recent(service.unplaced.as_ref(), scene.now) else { return };
    // Where the policy allows it, such a service is moved off Spot, which tells of itself. What ECS said before that is over.
    let for_want = service.unplaced_at == Some(event.at);
    let leaves_spot = scene.ecs.spot.as_ref().is_some_and(|spot| spot.force_deployment);
    let left = draft.history.ecs_service.fallback.is_some_and(|fallback| fallback.since < event.at);
    if for_want && leaves_spot && !left {
        return;
    }
    let detail = format!("{} of {} tasks run{}", service.running, service.desired, quoted(event));
    let running = Number::count("running", service.running).against_count(service.desired);
    draft.alert(
        "the tasks that find no place",
        Reason::PlacementFailed,
        Sentence::from(detail).with(running),
    );
}

fn recent(event: Option<&ServiceEvent>, now: Timestamp) -> Option<&ServiceEvent> {
    event.filter(|event| now.duration_since(event.at) < STILL_SAID)
}

fn quoted(event: &ServiceEvent) -> String {
    format!("; ECS said at {}: \"{}\"", event.at, event.said)
}

//! What ECS says of tasks that do not come up: told with its own words, and long before `start_within` is over.

use jiff::{SignedDuration, Timestamp};

use super::scene::Scene;
use crate::observation::{Rollout, ServiceEvent};
use crate::plan::draft::Draft;
use crate::reason::Reason;
use crate::units::Count;

/// So many failures in a row are no chance: the fewest at which ECS's own circuit breaker trips ("How the Amazon ECS deployment circuit breaker
/// detects failures").
const FAILED_IN_A_ROW: Count = Count(3);
/// What ECS said before that is about other tasks. It says again what lasts.
const STILL_SAID: SignedDuration = SignedDuration::from_mins(15);

/// Tells of tasks that fail as they start, and of those that find no place.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    failing(scene, draft);
    unplaced(scene, draft);
}

/// A deployment that ECS gave up is told as such.
fn failing(scene: &Scene<'_>, draft: &mut Draft) {
    let deployments = scene.service.deployments.iter();
    let failing = deployments
        .filter(|one| one.primary && one.rollout != Rollout::Failed)
        .find(|one| one.failed_tasks >= FAILED_IN_A_ROW);
    let Some(failing) = failing else { return };
    let said = recent(scene.service.trouble.as_ref(), scene.now).map_or(String::new(), quoted);
    let detail = format!(
        "{} tasks of the deployment {} have failed in a row, and none of it has run yet{said}: look at its stopped tasks and their log; deploy again, or go back",
        failing.failed_tasks, failing.id
    );
    draft.alert("the tasks that fail as they start", Reason::TasksFailing, detail);
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
    draft.alert("the tasks that find no place", Reason::PlacementFailed, detail);
}

fn recent(event: Option<&ServiceEvent>, now: Timestamp) -> Option<&ServiceEvent> {
    event.filter(|event| now.duration_since(event.at) < STILL_SAID)
}

fn quoted(event: &ServiceEvent) -> String {
    format!("; ECS said at {}: \"{}\"", event.at, event.said)
}

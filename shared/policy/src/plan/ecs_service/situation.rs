//! What forbids a change of a service, and what a person should know of it.

use jiff::Timestamp;

use super::failing;
use super::follow::{QUARREL_AT, QUARREL_WITHIN};
use super::lever::Lever;
use super::scene::Scene;
use crate::decide::Situation;
use crate::evaluate::ecs_service::{Signals, over_for_good, unnamed_groups};
use crate::history::History;
use crate::number::Number;
use crate::observation::ecs_service::DESIRED_COUNT;
use crate::observation::{
    Deployment, DeploymentController, EcsObservation, Rollout, Scheduling, Service, ServiceStatus,
};
use crate::plan::draft::Draft;
use crate::policy::{EcsService, PerDirection};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// The service, if the number of its tasks is ours to move.
pub(super) fn scalable<'a>(ecs: &EcsService, seen: &'a EcsObservation) -> Result<&'a Service, Explanation> {
    let name = format!("{}/{}", ecs.cluster, ecs.service);
    let forbid = |reason, detail: String| Err(Explanation::new(reason, detail));
    let Some(service) = &seen.look.service else {
        let detail = format!(
            "ECS knows no service {name}: check `cluster` and `service` of the policy and the Region"
        );
        return forbid(Reason::ServiceMissing, detail);
    };
    match &service.status {
        ServiceStatus::Active => {}
        ServiceStatus::Draining => {
            let detail = format!("{name} is being deleted: remove the target from the policy");
            return forbid(Reason::ServiceNotActive, detail);
        }
        ServiceStatus::Inactive => {
            let detail = format!("{name} was deleted: create it again, or remove the target from the policy");
            return forbid(Reason::ServiceNotActive, detail);
        }
        ServiceStatus::Other(word) => {
            return forbid(
                Reason::ServiceNotActive,
                format!("{name} is \"{word}\", which we do not know: it is left alone"),
            );
        }
    }
    if service.controller == DeploymentController::External {
        let detail = format!(
            "{name} has the deployment controller EXTERNAL: its task sets decide how many tasks run; scale it where they are made"
        );
        return forbid(Reason::ExternalController, detail);
    }
    if service.scheduling == Scheduling::Daemon {
        let detail =
            format!("{name} runs one task on each container instance (DAEMON): there is no count to choose");
        return forbid(Reason::DaemonService, detail);
    }
    if let Some(other) = seen.look.scalable.as_ref().filter(|scalable| scalable.dimension != DESIRED_COUNT) {
        let detail = format!(
            "the scalable target of {name} is of the dimension {}, and tasks are of {DESIRED_COUNT}: nothing is moved beside it",
            other.dimension
        );
        return forbid(Reason::ForeignDimension, detail);
    }
    Ok(service)
}

/// The deployment under way, in words. The gate is exactly one deployment, completed; task sets count as deployments.
pub(super) fn rollout(service: &Service) -> Option<String> {
    match service.deployments.as_slice() {
        [] if service.running == Count::ZERO => None,
        [] => Some("ECS tells of no deployment, though tasks run".to_owned()),
        [only] if only.rollout == Rollout::Completed => None,
        // ECS tells no rollout state of a service behind a Classic Load Balancer: there its tasks must do.
        [only] if only.rollout == Rollout::Unknown && service.running >= service.desired => None,
        // A service that was just made, or whose only deployment failed, has nothing to fall back on.
        [only] if only.rollout == Rollout::Failed => {
            Some(format!("the deployment {} failed, and another one has to complete", only.id))
        }
        [only] => Some(format!("the deployment {} is {}", only.id, word(only.rollout))),
        several => Some(match failed(service) {
            Some(failed) => format!("the deployment {} failed beside {}", failed.id, others(several)),
            None => format!("{} deployments are under way", several.len()),
        }),
    }
}

/// What of the deployments keeps tasks from being taken away. One that failed and has no task of its own does not, beside one that
/// completed and has them all: a circuit breaker without rollback leaves the two there until somebody deploys.
pub(super) fn holds_removal(service: &Service) -> Option<String> {
    let rollout = rollout(service)?;
    let carriers: Vec<_> =
        service.deployments.iter().filter(|deployment| deployment.rollout != Rollout::Failed).collect();
    let at_rest = matches!(carriers[..], [carrier]
        if carrier.rollout == Rollout::Completed && carrier.tasks == service.running)
        && service.deployments.iter().filter(|deployment| deployment.primary).count() == 1
        && service.running == service.desired
        && service.pending == Count::ZERO;
    let carried = at_rest
        && service
            .deployments
            .iter()
            .all(|deployment| deployment.rollout != Rollout::Failed || deployment.tasks == Count::ZERO);
    (!carried).then_some(rollout)
}

/// The deployment that failed: of several, the one that was to stay.
fn failed(service: &Service) -> Option<&Deployment> {
    let failed = service.deployments.iter().filter(|deployment| deployment.rollout == Rollout::Failed);
    failed.max_by_key(|deployment| deployment.primary)
}

fn others(deployments: &[Deployment]) -> String {
    match deployments.len() - 1 {
        1 => "another one".to_owned(),
        others => format!("{others} others"),
    }
}

/// Whether a deployment is on its way to an end: one that failed stays so until somebody deploys. The one that is to stay decides.
pub(super) fn rolls(service: &Service) -> bool {
    let failed = failed(service).is_some_and(|failed| failed.primary);
    !failed && holds_removal(service).is_some()
}

fn word(rollout: Rollout) -> &'static str {
    match rollout {
        Rollout::Completed => "completed",
        Rollout::InProgress => "in progress",
        Rollout::Failed => "failed",
        Rollout::Unknown => "in a state that ECS does not tell",
    }
}

pub(super) fn situation(scene: &Scene<'_>, signals: &Signals<'_>, history: &History) -> Situation {
    let service = scene.service;
    let quarrel = quarrel(history, scene.now);
    let suspended = match &scene.lever {
        Lever::Bounds { scalable, .. } => scalable.suspended,
        Lever::DesiredCount => crate::observation::Suspended::default(),
    };
    let hold = |reason, detail: &str| Explanation::new(reason, detail);
    let out_blocked = quarrel.clone().or_else(|| {
        suspended.scaling_out.then(|| {
            (
                hold(
                    Reason::ScalingSuspended,
                    "scale-out is suspended in the scalable target: resume it there",
                ),
                None,
            )
        })
    });
    let in_blocked = quarrel
        .map(|(why, _)| why)
        .or_else(|| {
            suspended.scaling_in.then(|| {
                hold(
                    Reason::ScalingSuspended,
                    "scale-in is suspended in the scalable target: resume it there",
                )
            })
        })
        .or_else(|| {
            let rollout = holds_removal(service)?;
            Some(hold(
                Reason::RolloutInProgress,
                &format!("{rollout}: nothing is taken away until it is done"),
            ))
        })
        .or_else(|| scene.clock.held.clone())
        .or_else(|| raised_by_hand(scene, history))
        .or_else(|| {
            let missing = service.desired.minus(service.running);
            (missing > Count::ZERO && service.desired <= scene.clock.bounds.max).then(|| {
                hold(
                    Reason::TasksPending,
                    &format!(
                        "{} of {} tasks run: fewer is not concluded before all do",
                        service.running, service.desired
                    ),
                )
            })
        });
    Situation {
        current: service.desired,
        room: Count(u32::MAX),
        out_blocked,
        in_blocked,
        in_progress: PerDirection { out: None, in_: None },
        leaving_at_most: Count(u32::MAX),
        descent: scene.clock.descent,
        least: signals.fewest(&scene.target.scaling),
        most: None,
        clock_at_once: true,
    }
}

/// Without signals nothing says whether what somebody else raised is still needed. So it is left to them for an hour, and not put back in
/// the minute in which it was found; a maximum and a direct command hold at once.
pub(super) fn raised_by_hand(scene: &Scene<'_>, history: &History) -> Option<Explanation> {
    let ends = |at: &Timestamp| at.checked_add(QUARREL_WITHIN).ok().filter(|ends| scene.now < *ends);
    let ends = history.ecs_service.foreign_writes.last().and_then(ends)?;
    let is_theirs =
        scene.schedule_only && scene.clock.order.is_none() && scene.service.desired <= scene.clock.bounds.max;
    is_theirs.then(|| {
        let (desired, min) = (scene.service.desired, scene.clock.bounds.min);
        let detail = format!(
            "somebody else changed the capacity: the {desired} there are stay until {ends}, although the schedule's minimum is {min}; a direct command sets another number, or holds this one for longer"
        );
        Explanation::new(Reason::ForeignWrite, detail)
    })
}

/// Somebody else keeps changing what we change. Two writers that take turns serve nobody: we stand back until it is quiet.
pub(super) fn quarrel(history: &History, now: Timestamp) -> Option<(Explanation, Option<Timestamp>)> {
    let writes = &history.ecs_service.foreign_writes;
    let last = writes.last().filter(|_| writes.len() >= QUARREL_AT)?;
    // A person who commands after it has said which of the two holds; the next foreign write makes it a quarrel again.
    if history.orders.bounds_at(now).is_some_and(|order| order.at > *last) {
        return None;
    }
    let until = last.checked_add(QUARREL_WITHIN).ok();
    let detail = format!(
        "somebody else changed the capacity {} times within {}: nothing is changed until it was quiet for as long; let one of the two go, or send a direct command (the last was {} ago)",
        writes.len(),
        friendly(QUARREL_WITHIN),
        friendly(now.duration_since(*last))
    );
    let number = Number::of_len("foreign writes", writes.len()).against_count(Count::of_len(QUARREL_AT));
    Some((Explanation::new(Reason::WritersFight, detail).with(number), until))
}

/// What a person should know, and what is seen and left alone.
pub(super) fn look_around(scene: &Scene<'_>, draft: &mut Draft) {
    if let Some((why, until)) = quarrel(&draft.history, scene.now) {
        let bounds = &scene.clock.bounds;
        let short = if scene.service.desired < bounds.min {
            let by = bounds.min_by.as_deref().unwrap_or("the policy");
            format!("; meanwhile the minimum of {} set by {by} is not kept", bounds.min)
        } else {
            String::new()
        };
        let said = why.said().reworded(|detail| format!("{detail}{short}"));
        draft.alert_until("the quarrel over the capacity", why.reason, said, until);
    }
    if let Some(failed) = failed(scene.service) {
        let why = failed.failure.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        let what = match holds_removal(scene.service) {
            Some(_) => "nothing is taken away until another one is complete",
            None => "the one that completed has all the tasks, and they are scaled as ever",
        };
        let detail = format!("the deployment {} failed{why}: {what}; deploy again, or go back", failed.id);
        draft.alert("the failed deployment", Reason::RolloutFailed, detail);
    }
    failing::look(scene, draft);
    let unnamed = unnamed_groups(scene.ecs, scene.service);
    if let Some(balancer) = scene.ecs.load_balancer.as_ref().filter(|_| !unnamed.is_empty()) {
        let quoted: Vec<_> =
            balancer.target_groups.iter().chain(unnamed).map(|group| format!("\"{group}\"")).collect();
        let detail = format!(
            "the service is behind {} target groups in turn, and the policy names {}: the requests of all of them count, but alarms and dashboards watch those of the policy alone; write target_group = [{}]",
            quoted.len(),
            balancer.target_groups.len(),
            quoted.join(", ")
        );
        draft.note(Reason::TargetGroupUnnamed, detail);
    }
    if let Some(resolved) = &scene.clock.resolved {
        draft.note(Reason::ScaleOutMinimum, resolved.clone());
    }
    if let Lever::Bounds { scalable, .. } = &scene.lever
        && scalable.suspended.scheduled
    {
        draft.note(
            Reason::ScalingSuspended,
            "scheduled scaling is suspended in the scalable target: windows and events move nothing until it is resumed there",
        );
    }
    // Told once, so that somebody takes them out of the policy.
    draft.notes.extend(over_for_good(scene.ecs, scene.now));
}

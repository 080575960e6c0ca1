//! The change of capacity: one absolute number, by the lever there is.

use jiff::SignedDuration;

use super::lever::{self, Lever};
use super::scene::Scene;
use super::{follow, situation};
use crate::decide::Direction;
use crate::history::{Asked, CapacityChange, Starting};
use crate::observation::{CapacityBounds, ScalableTarget};
use crate::plan::draft::Draft;
use crate::plan::step::Step;
use crate::plan::{Action, EcsServiceAction, SetBounds, SetDesiredCount};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, HALF_A_TICK};

/// Application Auto Scaling has acted on bounds long before.
const PULL_IN_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn change(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let before = draft.history.clone();
    let step = match &scene.lever {
        Lever::DesiredCount => set_desired_count(scene, draft),
        Lever::Bounds { scalable, signal_floor } => set_bounds(scene, draft, scalable, *signal_floor),
    };
    match (step, before.ecs_service.retry_at.filter(|at| at.duration_since(scene.now) > HALF_A_TICK)) {
        (Step::Act(_, actions), Some(at)) => {
            let times = before.ecs_service.refusals;
            draft.history = before;
            let calls = if times == 1 { "call".to_owned() } else { format!("{times} such calls") };
            let asked = actions.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let detail = format!(
                "{asked} is put off: the last {calls} failed for what only a person can mend, and the next is made at {at}"
            );
            Step::Wait(Explanation::new(Reason::CallFailed, detail))
        }
        (step, _) => step,
    }
}

fn set_desired_count(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let (from, to) = (scene.service.desired, draft.decision.desired);
    if from == to {
        return waiting(scene, draft);
    }
    if to > from {
        start(scene, draft, to);
    } else {
        draft.history.scaled_in_at = Some(scene.now);
    }
    remember(scene, draft, from, to, Asked::Desired(to));
    let action =
        SetDesiredCount { cluster: scene.ecs.cluster.clone(), service: scene.ecs.service.clone(), from, to };
    let detail = format!("asks ECS for {} instead of {from}", tasks(to));
    Step::Act(
        Explanation::new(Reason::SetDesiredCount, detail),
        vec![Action::EcsService(EcsServiceAction::SetDesiredCount(action))],
    )
}

fn set_bounds(
    scene: &Scene<'_>,
    draft: &mut Draft,
    scalable: &ScalableTarget,
    signal_floor: Option<Count>,
) -> Step {
    let (from, desired) = (scalable.bounds, scene.service.desired);
    let (wanted, floor) = lever::bounds_for(signal_floor, &draft.decision, &scene.clock);
    let to = if may_lower(scene, draft, scalable) {
        wanted
    } else {
        CapacityBounds { min: wanted.min.max(from.min), max: wanted.max.max(from.max) }
    };
    // What signals once raised is not raised again against a switch.
    let to = if scalable.suspended.scaling_out {
        CapacityBounds { min: to.min.min(from.min.max(scene.clock.bounds.min)), ..to }
    } else {
        to
    };
    // Windows and events are scheduled scaling; what signals ask for and what a person commands are not.
    let by_signals =
        draft.decision.direction() == Some(Direction::Out) && draft.decision.desired > scene.clock.bounds.min;
    let lowers_floor = signal_floor.is_some()
        && draft.decision.direction() == Some(Direction::In)
        && draft.decision.explanation.reason != Reason::ScaleInMaximum;
    let to = match (scalable.suspended.scheduled, scene.clock.order) {
        (true, None) if by_signals => CapacityBounds { min: to.min.max(from.min), max: from.max.max(to.min) },
        // What signals raised while the schedule stood still, they lower while it does.
        (true, None) if lowers_floor => CapacityBounds { min: to.min.min(from.min), ..from },
        (true, None) => from,
        // All of it switched off is meant, whatever a command says.
        (true, Some(_)) if scalable.suspended.scaling_out => from,
        _ => to,
    };
    let to = scene.native.keep(from, to);
    // Windows and commands move bounds without a decision: a pause holds those too.
    let paused = scene.pauses.out();
    let to = match paused {
        Some(_) => CapacityBounds { min: to.min.min(from.min), max: to.max.min(from.max) },
        None => to,
    };
    // Application Auto Scaling leaves a count outside its bounds as it is; registering the bounds again pulls it in.
    let asked_lately = draft
        .history
        .ecs_service
        .asked_at
        .is_some_and(|at| scene.now.duration_since(at) < PULL_IN_AGAIN_AFTER);
    // Above the maximum the decision says when: it waits for cooldowns and rate limits.
    let above = desired > to.max && draft.decision.direction() == Some(Direction::In);
    let outside =
        to == wanted && (desired < to.min || above) && !asked_lately && !scalable.suspended.scheduled;
    if (from == to && !outside)
        || situation::quarrel(&draft.history, scene.now).is_some()
        // Whatever is registered pulls the count into its range.
        || (desired > to.max && !may_lower(scene, draft, scalable))
        || scene.native.forbids_pull(desired, to)
        || (desired < to.min && paused.is_some())
        // A minimum above the maximum is a scheduled action's, and theirs to keep.
        || (to.min > scene.clock.bounds.max && desired < to.min)
    {
        return waiting(scene, draft);
    }
    let raised = draft.history.ecs_service.signal_floor;
    draft.history.ecs_service.signal_floor = floor.or_else(|| scene.native.raised_by_signals(raised, to.min));
    if to.min > desired {
        start(scene, draft, to.min);
    }
    if to.min < from.min || to.max < from.max || desired > to.max {
        draft.history.scaled_in_at = Some(scene.now);
    }
    remember(scene, draft, from.min, to.min, Asked::Bounds(to));
    let why = match (floor, scene.clock.bounds.min_by.as_deref()) {
        (Some(_), _) => draft.decision.explanation.detail.clone(),
        (None, Some(by)) => format!("the minimum is set by {by}"),
        (None, None) => "the policy's own bounds hold".to_owned(),
    };
    let detail = format!("registers {to} instead of {from}, with {} wanted now: {why}", tasks(desired));
    let action = SetBounds {
        cluster: scene.ecs.cluster.clone(),
        service: scene.ecs.service.clone(),
        from,
        to,
        pulls_down: desired > to.max,
        by_command: scene.native.commanded(),
    };
    Step::Act(
        Explanation::new(Reason::SetBounds, detail),
        vec![Action::EcsService(EcsServiceAction::SetBounds(action))],
    )
}

/// Lower bounds let tasks go: not during a rollout, not during a planned event, not while tasks are on their way up, not where a person
/// switched that off.
fn may_lower(scene: &Scene<'_>, draft: &Draft, scalable: &ScalableTarget) -> bool {
    let service = scene.service;
    let settled = service.running >= service.desired || service.desired > scene.clock.bounds.max;
    situation::holds_removal(service).is_none()
        && scene.clock.held.is_none()
        && situation::raised_by_hand(scene, &draft.history).is_none()
        && settled
        && scene.pauses.in_().is_none()
        && !scalable.suspended.scaling_in
}

/// Tasks asked for while others are still on their way belong to the same addition.
fn start(scene: &Scene<'_>, draft: &mut Draft, to: Count) {
    let starting = &mut draft.history.ecs_service.starting;
    let begun = Starting { since: scene.now, from: scene.service.desired, to };
    *starting = Some(starting.map_or(begun, |before| Starting { to, ..before }));
}

fn remember(scene: &Scene<'_>, draft: &mut Draft, from: Count, to: Count, asked: Asked) {
    let limits = &scene.target.scaling.rate_limit;
    let limits = [limits.out, limits.in_, scene.clock.descent].into_iter().flatten();
    let longest = limits.map(|limit| limit.period).max().unwrap_or_default();
    let history = &mut draft.history;
    history.changes.retain(|change| scene.now.duration_since(change.at) < longest);
    if from != to && !longest.is_zero() {
        let delta = i64::from(to.0) - i64::from(from.0);
        history
            .changes
            .push(CapacityChange { at: scene.now, delta: i32::try_from(delta).unwrap_or(i32::MAX) });
    }
    // Bounds that follow the clock are no decision on how many tasks there are to be: their step says why.
    history.decisions += u64::from(draft.decision.direction().is_some());
    history.ecs_service.asked_over = Some(follow::found_now(scene.service, scene.scalable));
    history.ecs_service.asked = Some(asked);
    history.ecs_service.asked_at = Some(scene.now);
}

fn tasks(count: Count) -> String {
    if count == Count::ONE { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// Tasks on their way up are told while nothing else is done.
fn waiting(scene: &Scene<'_>, draft: &Draft) -> Step {
    let service = scene.service;
    match draft.history.ecs_service.starting {
        Some(_) if service.running < service.desired => {
            let detail =
                format!("{} of {} tasks run, {} pending", service.running, service.desired, service.pending);
            Step::Wait(Explanation::new(Reason::AwaitTasks, detail))
        }
        _ => Step::Pass,
    }
}

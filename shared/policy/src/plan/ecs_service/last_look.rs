//! The last look before capacity is taken away or every task is replaced, on what was read a moment ago.

use super::situation::{holds_removal, rollout};
use super::strategy::same;
use crate::names::{ClusterName, ServiceName};
use crate::observation::ecs_service::DESIRED_COUNT;
use crate::observation::{DeploymentController, NativeScaling, Scheduling, ServiceLook, ServiceStatus};
use crate::plan::{EcsServiceAction, LastLook, SetBounds};
use crate::policy::EcsService;
use crate::units::Count;

/// What scheduled actions and predictive policies forbid, read anew: a person may have made one since.
fn native_forbids(set: &SetBounds, desired: Count, native: Option<&NativeScaling>) -> Option<String> {
    if set.by_command {
        return None;
    }
    let Some(native) = native else {
        return Some("scheduled actions and predictive policies could not be read".to_owned());
    };
    let below =
        |bound: Option<Count>, from: Count, to: Count| bound.is_some_and(|bound| bound <= from && to < bound);
    let (from, to) = (set.from, set.to);
    let raised = native
        .actions
        .iter()
        .find(|action| below(action.min, from.min, to.min) || below(action.max, from.max, to.max));
    if let Some(action) = raised {
        return Some(format!("it would lower what the scheduled action \"{}\" may have raised", action.name));
    }
    (native.lifts_maximum && (to.max < from.max || desired > to.max))
        .then(|| "a predictive policy may have lifted the maximum".to_owned())
}

/// Whether capacity may still be taken away, by a look made right before the call.
pub(in crate::plan) fn may_still_change(
    ecs: &EcsService,
    action: &EcsServiceAction,
    seen: &ServiceLook,
) -> LastLook {
    let stop = |why: String| LastLook::Stop(format!("{action} is not made: {why}"));
    let Some(service) = &seen.service else { return stop("the service is gone".to_owned()) };
    if service.status != ServiceStatus::Active {
        return stop("the service is no longer active".to_owned());
    }
    if service.controller == DeploymentController::External || service.scheduling == Scheduling::Daemon {
        return stop("its number of tasks is not ours to move".to_owned());
    }
    let named = |cluster: &ClusterName, name: &ServiceName| *cluster == ecs.cluster && *name == ecs.service;
    let other = || stop("the call is about another service".to_owned());
    match action {
        EcsServiceAction::SetDesiredCount(set) => {
            if !named(&set.cluster, &set.service) {
                return other();
            }
            if let Some(scalable) = &seen.scalable {
                return stop(format!("a scalable target with the bounds {} was registered", scalable.bounds));
            }
            if service.desired == set.to {
                return LastLook::AlreadyGone;
            }
            if service.desired != set.from {
                return stop(format!("the desired count is {} by now", service.desired));
            }
        }
        EcsServiceAction::SetBounds(set) => {
            if !named(&set.cluster, &set.service) {
                return other();
            }
            let Some(scalable) =
                seen.scalable.as_ref().filter(|scalable| scalable.dimension == DESIRED_COUNT)
            else {
                return stop("the scalable target is gone, and the call would create one".to_owned());
            };
            if scalable.bounds == set.to && (set.to.min..=set.to.max).contains(&service.desired) {
                return LastLook::AlreadyGone;
            }
            if scalable.bounds != set.from {
                return stop(format!("its bounds are {} by now", scalable.bounds));
            }
            if service.desired > set.to.max && !set.pulls_down {
                return stop(format!(
                    "{} tasks are wanted by now, and registering would take away those above {}",
                    service.desired, set.to.max
                ));
            }
            if !action.is_destructive() {
                return LastLook::Go;
            }
            if scalable.suspended.scaling_in {
                return stop("scale-in was suspended in the scalable target".to_owned());
            }
            if let Some(why) =
                native_forbids(set, service.desired, seen.native.as_ref().map(|fact| &fact.value))
            {
                return stop(why);
            }
        }
        EcsServiceAction::SetStrategy(set) => {
            if !named(&set.cluster, &set.service) {
                return other();
            }
            if !same(&service.strategy, &set.from) {
                return stop("its capacity providers were changed".to_owned());
            }
            // Tasks that cannot be placed are why Spot is left; a rollout that waits for them would wait for ever.
            let stuck = service.running < service.desired && service.unplaced_at.is_some();
            if !stuck && let Some(rollout) = rollout(service) {
                return stop(rollout);
            }
            return LastLook::Go;
        }
        EcsServiceAction::Warm(_) => return LastLook::Go,
    }
    match holds_removal(service) {
        Some(rollout) => stop(rollout),
        None => LastLook::Go,
    }
}

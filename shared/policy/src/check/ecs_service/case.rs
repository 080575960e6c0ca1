//! The case under judgement: its inputs side by side, and each action beside the service that it would change.

use jiff::Timestamp;

use crate::check::clock::{self, InForce};
use crate::check::judged::Judged;
use crate::check::pause::PausedNow;
use crate::history::History;
use crate::observation::{EcsObservation, Rollout, ScalableTarget, Service};
use crate::plan::{Action, EcsServiceAction, Plan, SetBounds, SetDesiredCount};
use crate::policy::{EcsService, Scaling};
use crate::units::Count;

/// Everything that a plan is judged by.
pub(super) struct Case<'a> {
    pub(super) ecs: &'a EcsService,
    pub(super) scaling: &'a Scaling,
    pub(super) seen: &'a EcsObservation,
    /// The memory before the plan.
    pub(super) history: &'a History,
    pub(super) plan: &'a Plan,
    pub(super) paused: PausedNow,
    pub(super) now: Timestamp,
    /// What the clock and a direct command say now.
    pub(super) in_force: InForce<'a>,
}

impl<'a> Case<'a> {
    pub(super) fn new(judged: Judged<'a>, ecs: &'a EcsService, seen: &'a EcsObservation) -> Self {
        let Judged { target, history, plan, paused, now } = judged;
        let order = history.orders.bounds.as_ref();
        let in_force = clock::in_force(&target.scaling, &ecs.events, order, now);
        Self { ecs, scaling: &target.scaling, seen, history, plan, paused, now, in_force }
    }

    /// What is registered with Application Auto Scaling, of whatever dimension.
    pub(super) fn registered(&self) -> Option<&'a ScalableTarget> {
        self.seen.look.scalable.as_ref()
    }
}

/// One action, and the service as it was observed.
pub(super) struct Step<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) service: &'a Service,
    pub(super) action: &'a Action,
}

impl<'a> Step<'a> {
    /// A desired count that is set where it is the lever.
    pub(super) fn desired(&self) -> Option<&'a SetDesiredCount> {
        match self.action {
            Action::EcsService(EcsServiceAction::SetDesiredCount(set))
                if self.case.registered().is_none() =>
            {
                Some(set)
            }
            _ => None,
        }
    }

    /// Bounds that are set where they are the lever, beside those that are registered.
    pub(super) fn bounds(&self) -> Option<(&'a SetBounds, &'a ScalableTarget)> {
        match self.action {
            Action::EcsService(EcsServiceAction::SetBounds(set)) => {
                self.case.registered().map(|registered| (set, registered))
            }
            _ => None,
        }
    }

    /// What of the deployments forbids to take tasks away: whatever is unsettled, but for failures that have no task left beside one complete
    /// deployment that has every task there is to be.
    pub(super) fn deploying(&self) -> Option<String> {
        let why = self.unsettled()?;
        let service = self.service;
        let (mut whole, mut spent, mut primaries) = (0, 0, 0);
        for deployment in &service.deployments {
            primaries += usize::from(deployment.primary);
            match deployment.rollout {
                Rollout::Completed if deployment.tasks == service.desired => whole += 1,
                Rollout::Failed if deployment.tasks == Count::ZERO => spent += 1,
                Rollout::Completed | Rollout::Failed | Rollout::InProgress | Rollout::Unknown => {
                    return Some(why);
                }
            }
        }
        let calm = service.running == service.desired && service.pending == Count::ZERO;
        (!calm || whole != 1 || spent == 0 || primaries != 1).then_some(why)
    }

    /// How far the deployments are, where anything else than one that is complete; `None` when the service has settled.
    pub(super) fn unsettled(&self) -> Option<String> {
        match self.service.deployments.as_slice() {
            [only] if only.rollout == Rollout::Completed => None,
            // ECS tells no state behind a Classic Load Balancer; there it must do that all tasks run.
            [only] if only.rollout == Rollout::Unknown && self.service.running >= self.service.desired => {
                None
            }
            // Without a deployment or task set nothing can be under way, as long as nothing runs.
            [] if self.service.running == Count::ZERO => None,
            [only] => Some(format!("deployment {} is {:?}", only.id, only.rollout)),
            deployments => Some(format!("there are {} deployments", deployments.len())),
        }
    }
}

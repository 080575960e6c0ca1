//! The parts of an account: one for each target, as its kind needs it.

use tidegate_policy::policy::{Metric, TargetKind};

use crate::random::Streams;
use crate::world::WorldEvent;

use super::beginning::Beginning;
use super::shared::Shared;
use super::simulated::Simulated;
use super::{ecs_service, rds_replicas, redis_nodes};

/// Everything there is of one target.
#[derive(Debug)]
pub(super) enum Part {
    Replicas(Box<rds_replicas::State>),
    Service(Box<ecs_service::State>),
    Nodes(Box<redis_nodes::State>),
}

impl Part {
    pub(super) fn new(mut shared: Shared, beginning: &Beginning) -> Self {
        let streams = Streams::new(beginning.seed);
        if shared.target.scaling.forecast.is_some() {
            shared.metrics.keep_for_days(work_of(&shared.target.kind));
        }
        match shared.target.kind.clone() {
            TargetKind::RdsReplicas(kind) => {
                Part::Replicas(Box::new(rds_replicas::State::new(shared, &kind, streams)))
            }
            TargetKind::EcsService(kind) => {
                Part::Service(Box::new(ecs_service::State::new(shared, &kind, &beginning.service, streams)))
            }
            TargetKind::RedisNodes(kind) => {
                Part::Nodes(Box::new(redis_nodes::State::new(shared, &kind, &beginning.group, streams)))
            }
        }
    }

    /// Whatever its kind.
    pub(super) fn any(&self) -> &dyn Simulated {
        match self {
            Part::Replicas(state) => &**state,
            Part::Service(state) => &**state,
            Part::Nodes(state) => &**state,
        }
    }

    /// Whatever its kind.
    pub(super) fn any_mut(&mut self) -> &mut dyn Simulated {
        match self {
            Part::Replicas(state) => &mut **state,
            Part::Service(state) => &mut **state,
            Part::Nodes(state) => &mut **state,
        }
    }

    pub(super) fn replicas(&self) -> Option<&rds_replicas::State> {
        if let Part::Replicas(state) = self { Some(state) } else { None }
    }

    pub(super) fn replicas_mut(&mut self) -> Option<&mut rds_replicas::State> {
        if let Part::Replicas(state) = self { Some(state) } else { None }
    }

    pub(super) fn service(&self) -> Option<&ecs_service::State> {
        if let Part::Service(state) = self { Some(state) } else { None }
    }

    pub(super) fn nodes(&self) -> Option<&redis_nodes::State> {
        if let Part::Nodes(state) = self { Some(state) } else { None }
    }

    /// Lets something happen that this kind of target knows; the sentence that says what.
    pub(super) fn befall(&mut self, event: &WorldEvent) -> String {
        self.any_mut().befall(event).unwrap_or_else(|| {
            let kind = self.any().shared().target.kind.name();
            format!("nothing: {} does not happen to a target of kind {kind}", event.code())
        })
    }
}

/// The series that a target's work is in.
fn work_of(kind: &TargetKind) -> &'static [usize] {
    match kind {
        TargetKind::RdsReplicas(_) => &[Metric::Cpu as usize],
        TargetKind::EcsService(_) => ecs_service::KEPT,
        TargetKind::RedisNodes(_) => redis_nodes::KEPT,
    }
}

//! The parts of an account: one for each target, as its kind needs it.

use tidegate_policy::policy::TargetKind;

use crate::document::Body;
use crate::random::Streams;
use crate::world::WorldEvent;

use super::beginning::Beginning;
use super::change::Change;
use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::watched::Breach;
use super::{ecs_service, rds_replicas, redis_nodes};

/// Everything there is of one target.
#[derive(Debug)]
pub(super) enum Part {
    Replicas(Box<rds_replicas::State>),
    Service(Box<ecs_service::State>),
    Nodes(Box<redis_nodes::State>),
}

/// The same of each kind: `$state` is the part's own.
macro_rules! each {
    ($part:expr, $state:ident => $of_state:expr) => {
        match $part {
            Part::Replicas($state) => $of_state,
            Part::Service($state) => $of_state,
            Part::Nodes($state) => $of_state,
        }
    };
}

impl Part {
    pub(super) fn new(shared: Shared, beginning: &Beginning) -> Self {
        let streams = Streams::new(beginning.seed);
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

    pub(super) fn shared(&self) -> &Shared {
        each!(self, state => &state.shared)
    }

    pub(super) fn shared_mut(&mut self) -> &mut Shared {
        each!(self, state => &mut state.shared)
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

    pub(super) fn advance(&mut self, to: Millis) {
        each!(self, state => state.advance(to))
    }

    pub(super) fn end_minute(&mut self, demand: f64) -> Served {
        each!(self, state => state.end_minute(demand))
    }

    /// Lets something happen that this kind of target knows; the sentence that says what.
    pub(super) fn befall(&mut self, event: &WorldEvent) -> String {
        let own = each!(self, state => state.befall(event));
        own.unwrap_or_else(|| {
            let kind = self.shared().target.kind.name();
            format!("nothing: {} does not happen to a target of kind {kind}", event.code())
        })
    }

    pub(super) fn unit_hours(&self) -> f64 {
        each!(self, state => state.unit_hours())
    }

    pub(super) fn take_events(&mut self) -> bool {
        self.replicas_mut().is_some_and(rds_replicas::State::take_events)
    }

    pub(super) fn take_breaches(&mut self) -> Vec<Breach> {
        each!(self, state => state.take_breaches())
    }

    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        each!(self, state => state.take_changes())
    }

    pub(super) fn frame(&self) -> Body {
        match self {
            Part::Replicas(state) => Body::Replicas(state.frame()),
            Part::Service(state) => Body::Service(state.frame()),
            Part::Nodes(state) => Body::Nodes(state.frame()),
        }
    }
}

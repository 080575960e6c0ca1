//! The parts of an account: one for each target, as its kind needs it.

use tidegate_policy::policy::TargetKind;

use crate::document::Body;
use crate::random::Streams;
use crate::world::WorldEvent;

use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::watched::Breach;
use super::{Beginning, Change, ecs_service, rds_replicas, redis_nodes};

/// Everything there is of one target.
#[derive(Debug)]
pub(super) enum Part {
    Replicas(Box<rds_replicas::State>),
    Service(Box<ecs_service::State>),
    Nodes(Box<redis_nodes::State>),
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
        match self {
            Part::Replicas(state) => &state.shared,
            Part::Service(state) => &state.shared,
            Part::Nodes(state) => &state.shared,
        }
    }

    pub(super) fn shared_mut(&mut self) -> &mut Shared {
        match self {
            Part::Replicas(state) => &mut state.shared,
            Part::Service(state) => &mut state.shared,
            Part::Nodes(state) => &mut state.shared,
        }
    }

    pub(super) fn replicas(&self) -> Option<&rds_replicas::State> {
        match self {
            Part::Replicas(state) => Some(state),
            Part::Service(_) | Part::Nodes(_) => None,
        }
    }

    pub(super) fn replicas_mut(&mut self) -> Option<&mut rds_replicas::State> {
        match self {
            Part::Replicas(state) => Some(state),
            Part::Service(_) | Part::Nodes(_) => None,
        }
    }

    pub(super) fn service(&self) -> Option<&ecs_service::State> {
        match self {
            Part::Service(state) => Some(state),
            Part::Replicas(_) | Part::Nodes(_) => None,
        }
    }

    pub(super) fn nodes(&self) -> Option<&redis_nodes::State> {
        match self {
            Part::Nodes(state) => Some(state),
            Part::Replicas(_) | Part::Service(_) => None,
        }
    }

    pub(super) fn advance(&mut self, to: Millis) {
        match self {
            Part::Replicas(state) => state.advance(to),
            Part::Service(state) => state.advance(to),
            Part::Nodes(state) => state.advance(to),
        }
    }

    pub(super) fn end_minute(&mut self, demand: f64) -> Served {
        match self {
            Part::Replicas(state) => state.end_minute(demand),
            Part::Service(state) => state.end_minute(demand),
            Part::Nodes(state) => state.end_minute(demand),
        }
    }

    /// Lets something happen that this kind of target knows; the sentence that says what.
    pub(super) fn befall(&mut self, event: &WorldEvent) -> String {
        let own = match self {
            Part::Replicas(state) => state.befall(event),
            Part::Service(state) => state.befall(event),
            Part::Nodes(state) => state.befall(event),
        };
        own.unwrap_or_else(|| {
            let kind = self.shared().target.kind.name();
            format!("nothing: {} does not happen to a target of kind {kind}", event.code())
        })
    }

    pub(super) fn unit_hours(&self) -> f64 {
        match self {
            Part::Replicas(state) => state.unit_hours(),
            Part::Service(state) => state.unit_hours(),
            Part::Nodes(state) => state.unit_hours(),
        }
    }

    pub(super) fn take_events(&mut self) -> bool {
        match self {
            Part::Replicas(state) => state.take_events(),
            Part::Service(_) | Part::Nodes(_) => false,
        }
    }

    pub(super) fn take_breaches(&mut self) -> Vec<Breach> {
        match self {
            Part::Replicas(state) => state.take_breaches(),
            Part::Service(state) => state.take_breaches(),
            Part::Nodes(state) => state.take_breaches(),
        }
    }

    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        match self {
            Part::Replicas(_) => Vec::new(),
            Part::Service(state) => state.take_changes(),
            Part::Nodes(state) => state.take_changes(),
        }
    }

    pub(super) fn frame(&self) -> Body {
        match self {
            Part::Replicas(state) => Body::Replicas(state.frame()),
            Part::Service(state) => Body::Service(state.frame()),
            Part::Nodes(state) => Body::Nodes(state.frame()),
        }
    }
}

//! The mutations there are, by kind. Each carries the state that it expects, so that execution has no choice left.

mod ecs_service;
mod rds_replicas;
mod redis_nodes;

pub use ecs_service::{EcsServiceAction, SetBounds, SetDesiredCount, SetStrategy, WarmUp};
pub use rds_replicas::{
    ChangeRecords, CreateReplica, DeleteReplica, Ending, RdsReplicasAction, RecordChange,
};
pub use redis_nodes::{
    DecreaseReplicas, IncreaseReplicas, RedisNodesAction, SetNodeType, SetShards, ShardReplicas,
};

use std::fmt;

/// One mutation.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Of a source's replicas.
    RdsReplicas(RdsReplicasAction),
    /// Of an ECS service.
    EcsService(EcsServiceAction),
    /// Of a replication group.
    RedisNodes(RedisNodesAction),
}

impl Action {
    /// Whether it takes capacity away.
    pub fn is_destructive(&self) -> bool {
        match self {
            Self::RdsReplicas(action) => action.is_destructive(),
            Self::EcsService(action) => action.is_destructive(),
            Self::RedisNodes(action) => action.is_destructive(),
        }
    }

    /// Whether it takes capacity away, or may by what happened since it was planned; such a call is preceded by a fresh look.
    pub fn may_take_away(&self) -> bool {
        match self {
            Self::EcsService(action) => action.may_take_away(),
            Self::RdsReplicas(_) | Self::RedisNodes(_) => self.is_destructive(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RdsReplicas(action) => action.fmt(f),
            Self::EcsService(action) => action.fmt(f),
            Self::RedisNodes(action) => action.fmt(f),
        }
    }
}

impl From<RdsReplicasAction> for Action {
    fn from(action: RdsReplicasAction) -> Self {
        Self::RdsReplicas(action)
    }
}

impl From<EcsServiceAction> for Action {
    fn from(action: EcsServiceAction) -> Self {
        Self::EcsService(action)
    }
}

impl From<RedisNodesAction> for Action {
    fn from(action: RedisNodesAction) -> Self {
        Self::RedisNodes(action)
    }
}

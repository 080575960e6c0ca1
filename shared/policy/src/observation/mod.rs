//! Observe: what AWS says of a target at one moment. Filled in by a fleet; the core only reads it.

pub mod ecs_service;
pub mod facts;
pub mod past;
pub mod rds_replicas;
pub mod reading;
pub mod redis_nodes;
pub mod stopped;

pub use ecs_service::{
    Deployment, DeploymentController, EcsObservation, Rollout, ScalableTarget, Scheduling, Service,
    ServiceEvent, ServiceLook, ServiceStatus, StrategyItem, Suspended,
};
pub use facts::{Fact, Facts, NativeScaling, ScheduledAction, ZoneFact};
pub use past::{Lacking, Past, PastMember, PastMinutes, Worked};
pub use rds_replicas::{
    BlueGreen, BlueGreenMember, ChangeSeen, ChangeStatus, EndpointUse, Insights, Inspection, InstanceStatus,
    MemberSignals, NotCopied, OtherUses, RdsObservation, RecordGroup, Replica, Replication, Settings, Source,
    Standing, Storage, WeightedRecord,
};
pub use reading::{Minute, Point, Reading, Series};
pub use redis_nodes::{
    Availability, DataTiering, Failover, Found, Group, GroupLook, MaintenanceWindow, Node, RedisObservation,
    Role, Shard,
};

pub use stopped::{Stopped, StoppedContainer, StoppedTask};

pub use crate::units::CapacityBounds;

/// What a fleet saw of one target. A closed enum, as `TargetKind` is.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one a target and an attempt, which is moved twice")]
pub enum Observation {
    /// Of a target of kind `rds-replicas`.
    RdsReplicas(RdsObservation),
    /// Of a target of kind `ecs-service`.
    EcsService(EcsObservation),
    /// Of a target of kind `redis-nodes`.
    RedisNodes(RedisObservation),
}

/// What is read again of a target right before something is taken away from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// Of a target of kind `rds-replicas`: the replica that is to go, and the reader name.
    RdsReplicas(Inspection),
    /// Of a target of kind `ecs-service`.
    EcsService(ServiceLook),
    /// Of a target of kind `redis-nodes`.
    RedisNodes(GroupLook),
}

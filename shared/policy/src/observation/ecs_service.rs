//! What ECS, Application Auto Scaling and CloudWatch say of one service.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::stopped::Stopped;
use super::{Fact, NativeScaling, Reading};
use crate::policy::ServiceMetric;
use crate::units::{CapacityBounds, Count};

/// One target at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct EcsObservation {
    /// When it was asked for.
    pub at: Timestamp,
    /// The service and what limits it.
    pub look: ServiceLook,
    /// Why tasks of its newest deployment stopped. `None`: not asked, since no more of them have failed.
    pub stopped: Option<Stopped>,
    /// What the target's rules need, and nothing else. One that is not there was not asked for. Those of a target group are of the first
    /// that the policy names.
    pub signals: BTreeMap<ServiceMetric, Reading>,
    /// The same of every other target group that the policy names or that the service alternates with, by `targetgroup/NAME/ID`.
    pub other_groups: BTreeMap<String, BTreeMap<ServiceMetric, Reading>>,
    /// Whether the metrics could be read. If not, every reading is missing, and they are read at the next wake-up.
    pub signals_read: bool,
}

/// The service without its metrics: what is read again right before capacity is taken away.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLook {
    /// `None`: ECS knows no such service.
    pub service: Option<Service>,
    /// What Application Auto Scaling holds on it, of whatever dimension.
    pub scalable: Option<ScalableTarget>,
    /// What it does to that by itself. `None`: not known, or nothing is registered.
    pub native: Option<Fact<NativeScaling>>,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `status`.
    pub status: ServiceStatus,
    /// `desiredCount`: the capacity that there is to be.
    pub desired: Count,
    /// `runningCount`: of all its deployments together.
    pub running: Count,
    /// `pendingCount`.
    pub pending: Count,
    /// Its deployments; with the controllers CODE_DEPLOY and EXTERNAL its task sets.
    pub deployments: Vec<Deployment>,
    /// Who deploys.
    pub controller: DeploymentController,
    /// Whether the number of its tasks is ours to choose.
    pub scheduling: Scheduling,
    /// `launchType`, where it was made with one instead of a strategy.
    pub launch_type: Option<String>,
    /// Its capacity-provider strategy, in the order of ECS; empty where it has a launch type.
    pub strategy: Vec<StrategyItem>,
    /// The target groups that its tasks are registered with, each as `targetgroup/NAME/ID`: of each entry of `loadBalancers` those that it
    /// alternates between, by `targetGroupArn` and `alternateTargetGroupArn` of the service and of its task sets. Which of them has the
    /// traffic, ECS does not say here.
    pub target_groups: Vec<BTreeSet<String>>,
    /// When it last said that it could place no task for want of capacity, of the events that ECS still shows.
    pub unplaced_at: Option<Timestamp>,
    /// The newest event by which it could place no task, for whatever reason.
    pub unplaced: Option<ServiceEvent>,
    /// The newest event about a task that failed, is unhealthy, or cannot be started or placed.
    pub trouble: Option<ServiceEvent>,
}

/// One of a service's `events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEvent {
    /// `createdAt`.
    pub at: Timestamp,
    /// `message`.
    pub said: String,
}

/// `status` of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceStatus {
    /// It can be scaled.
    Active,
    /// It is being deleted.
    Draining,
    /// It was deleted.
    Inactive,
    /// A word that we do not know: left alone.
    Other(String),
}

/// One deployment or task set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// Whether it is the one that stays.
    pub primary: bool,
    /// How far it is.
    pub rollout: Rollout,
    /// `runningCount` and `pendingCount`: how many tasks are its own.
    pub tasks: Count,
    /// `failedTasks`: so many failed in a row to start or to become healthy. Once one runs it is zero for good (ECS API reference, `Deployment`).
    /// A task set has none.
    pub failed_tasks: Count,
    /// `rolloutStateReason`, where it failed and ECS says why.
    pub failure: Option<String>,
}

/// `rolloutState`; of a task set its `stabilityStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// All its tasks run and are healthy.
    Completed,
    /// It is under way.
    InProgress,
    /// It failed.
    Failed,
    /// ECS does not say.
    Unknown,
}

/// `deploymentController.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentController {
    /// Rolling updates by ECS.
    Ecs,
    /// Blue and green by CodeDeploy.
    CodeDeploy,
    /// Somebody else's task sets: the service's own desired count says nothing.
    External,
}

/// `schedulingStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// So many tasks as desired.
    Replica,
    /// One on each container instance: there is no count to choose.
    Daemon,
}

/// One line of a capacity-provider strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyItem {
    /// `FARGATE`, `FARGATE_SPOT` or the name of another provider.
    pub provider: String,
    /// Its share is weight / sum of the tasks beyond the base; 0 to 1000.
    pub weight: u32,
    /// So many tasks first; positive for one line at most.
    pub base: u32,
}

/// What Application Auto Scaling holds on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalableTarget {
    /// What it scales: for us it must be [`DESIRED_COUNT`].
    pub dimension: String,
    /// Its bounds.
    pub bounds: CapacityBounds,
    /// What a person switched off.
    pub suspended: Suspended,
}

/// The dimension of a service's number of tasks.
pub const DESIRED_COUNT: &str = "ecs:service:DesiredCount";

/// `SuspendedState`: three independent switches, all off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// `DynamicScalingInSuspended`.
    pub scaling_in: bool,
    /// `DynamicScalingOutSuspended`.
    pub scaling_out: bool,
    /// `ScheduledScalingSuspended`.
    pub scheduled: bool,
}

//! What a person asked for, after validation: every value here has its unit, its bounds hold, and its rules parse.
//!
//! There is no `Default`: a value that a person may leave out is filled in by `document`, in one place, where it is documented.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::kind::Kind;
use crate::names::{
    AvailabilityZone, ClusterName, DnsName, GroupName, InstanceClass, InstanceId, NodeType, ParameterName,
    QueueName, ServiceName, SlackChannel, Stage, TargetName, ZoneId,
};
use crate::severity::Severity;
use crate::units::{CapacityBounds, Count, Percent, TtlSeconds};

/// The stage of what is told none.
pub const DEFAULT_STAGE: &str = "default";

/// One policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// In the order of the document; names are unique.
    pub targets: Vec<Target>,
    /// The channels that are told of alerts, in the order of the document.
    pub notify: Vec<Notify>,
}

impl Policy {
    /// The target of this name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name.as_str() == name)
    }

    /// The same policy as this deployment follows it: what it makes carries the stage, and what carries another is not its own.
    #[must_use]
    pub fn in_stage(mut self, stage: &Stage) -> Self {
        for target in &mut self.targets {
            if let TargetKind::RdsReplicas(kind) = &mut target.kind {
                kind.stage = stage.clone();
            }
        }
        self
    }
}

/// A channel that is told of alerts. Its secret stays in Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Which.
    pub channel: Channel,
    /// The parameter that has its address, key or token; Amazon Q has none.
    pub secret: Option<ParameterName>,
    /// The least urgent that it is told of.
    pub severity: Severity,
    /// Whose alerts; `None`: those of all targets.
    pub targets: Option<Vec<TargetName>>,
}

/// The kinds of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Slack: with an id the secret is the token of a bot, else the address of an incoming webhook.
    Slack {
        /// Where the bot writes.
        id: Option<SlackChannel>,
    },
    /// PagerDuty's Events API v2.
    PagerDuty {
        /// Where the account is.
        region: PagerDutyRegion,
    },
    /// Amazon Q Developer in chat applications, by a topic of the stack.
    AmazonQ,
    /// Any HTTPS endpoint: the secret is its address.
    Https,
}

/// The service regions of PagerDuty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagerDutyRegion {
    /// The United States.
    Us,
    /// Europe.
    Eu,
}

/// Something whose capacity is scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Unique in the policy.
    pub name: TargetName,
    /// What is scaled, and where it lives.
    pub kind: TargetKind,
    /// When, how far and how fast.
    pub scaling: Scaling,
}

/// The kinds of target. A closed enum: a new kind makes the compiler show every place that must know it.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetKind {
    /// Read replicas of a plain (not Aurora) RDS instance behind a weighted reader name.
    RdsReplicas(RdsReplicas),
    /// The tasks of an ECS service.
    EcsService(EcsService),
    /// The nodes of an ElastiCache replication group of Redis or Valkey.
    RedisNodes(RedisNodes),
}

impl TargetKind {
    /// Which.
    pub fn kind(&self) -> Kind {
        match self {
            TargetKind::RdsReplicas(_) => Kind::RdsReplicas,
            TargetKind::EcsService(_) => Kind::EcsService,
            TargetKind::RedisNodes(_) => Kind::RedisNodes,
        }
    }

    /// As written in the document's `kind`.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// Of a target of kind `rds-replicas`.
    pub fn rds_replicas(&self) -> Option<&RdsReplicas> {
        if let TargetKind::RdsReplicas(rds) = self { Some(rds) } else { None }
    }

    /// Of a target of kind `ecs-service`.
    pub fn ecs_service(&self) -> Option<&EcsService> {
        if let TargetKind::EcsService(ecs) = self { Some(ecs) } else { None }
    }

    /// Of a target of kind `redis-nodes`.
    pub fn redis_nodes(&self) -> Option<&RedisNodes> {
        if let TargetKind::RedisNodes(redis) = self { Some(redis) } else { None }
    }
}

/// One ECS service. What exists only of it is kept here; when, how far and how fast is [`Scaling`].
#[derive(Clone, Debug, PartialEq)]
pub struct EcsService {
    /// The cluster's short name.
    pub cluster: ClusterName,
    /// The service's short name.
    pub service: ServiceName,
    /// Where its requests come from: needed by the signals of requests, latency and errors.
    pub load_balancer: Option<LoadBalancer>,
    /// The SQS queue that it works off: needed by the signals of queues.
    pub queue: Option<QueueName>,
    /// Fargate Spot, where it is wanted.
    pub spot: Option<Spot>,
    /// Planned events, in the order of the document.
    pub events: Vec<PlannedEvent>,
    /// Tasks that do not run after this time are told to a person.
    pub start_within: SignedDuration,
}

impl EcsService {
    /// The resource id that Application Auto Scaling knows it by: `service/CLUSTER/SERVICE`.
    pub fn resource_id(&self) -> String {
        format!("service/{}/{}", self.cluster, self.service)
    }
}

/// The CloudWatch dimensions of an Application Load Balancer's target groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadBalancer {
    /// `app/NAME/ID`.
    pub load_balancer: String,
    /// Each as `targetgroup/NAME/ID`, of at least one: blue and green, or several at once.
    pub target_groups: Vec<String>,
}

/// How much of a service runs on Fargate Spot.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// The share of tasks beyond the base that is Spot: 1 to 100.
    pub share: Percent,
    /// So many tasks are on demand in any case.
    pub base: Count,
    /// How long the service stays on demand after Spot could place no task.
    pub retry_after: SignedDuration,
    /// Whether the strategy may be changed at all: AWS takes a new one only with a forced deployment, which replaces every task. Opt-in.
    pub force_deployment: bool,
}

/// A time of known load.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedEvent {
    /// What it is called; unique among the target's events.
    pub name: String,
    /// When the load begins.
    pub from: Timestamp,
    /// When it is over.
    pub to: Timestamp,
    /// Requests a minute.
    pub expected: u32,
    /// Requests a minute that one task serves.
    pub per_task: u32,
    /// Added to what is expected.
    pub buffer: Percent,
    /// How long before `from` the tasks are there.
    pub lead: SignedDuration,
    /// Lifts the target's `max` from the lead until capacity has come down.
    pub max: Option<Count>,
    /// How many tasks may go in how long once it is over.
    pub descent: RateLimit,
    /// What is asked for before the load comes.
    pub warm: Option<Warm>,
}

impl PlannedEvent {
    /// The tasks that it needs: `ceil(expected / per_task x (1 + buffer))`; 5,000 requests a minute at 500 a task and 20% are 12.
    pub fn tasks(&self) -> Count {
        // In whole numbers as far as the buffer allows: 5000 x 1.2 / 500 must not become 13.
        let tenths_of_percent = (1000.0 + self.buffer.0 * 10.0).round();
        let needed =
            f64::from(self.expected) * tenths_of_percent / (f64::from(self.per_task.max(1)) * 1000.0);
        Count::ceil(needed)
    }

    /// When its tasks are asked for.
    pub fn begins(&self) -> Timestamp {
        self.from.saturating_sub(self.lead).unwrap_or(Timestamp::MIN)
    }
}

/// Requests that warm what is behind a load balancer before the load comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warm {
    /// An `https://` or `http://` address.
    pub url: String,
    /// How many requests at most.
    pub requests: u32,
}

/// One replication group. `min` and `max` of [`Scaling`] count nodes: primary and replicas with cluster mode disabled,
/// shards x (1 + replicas) with cluster mode enabled.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisNodes {
    /// The replication group's id.
    pub group: GroupName,
    /// Whether the data is in one shard or in many.
    pub cluster_mode: ClusterMode,
    /// Whether the group fails over by itself, and so keeps a replica in every shard. Always with cluster mode enabled.
    pub failover: bool,
    /// Of each shard: 0 to 5, and at least 1 with `failover`.
    pub replicas: CapacityBounds,
    /// How many shards there may be. `None`: their number is never changed. Cluster mode enabled only. Opt-in.
    pub shards: Option<CapacityBounds>,
    /// The node types that the group may grow through, the smallest first. Empty: its type is never changed. Opt-in.
    pub node_types: Vec<NodeType>,
    /// A change that takes longer is told to a person.
    pub change_within: SignedDuration,
}

/// The most replicas that ElastiCache lets a shard have (ElastiCache user guide, "Replication: Valkey and Redis OSS cluster mode disabled vs. enabled").
pub const REPLICAS_A_SHARD: Count = Count(5);

/// `ClusterEnabled` of a replication group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterMode {
    /// One shard.
    Disabled,
    /// One shard or more, among which the keys are divided.
    Enabled,
}

impl ClusterMode {
    /// As written in the document's `cluster_mode`.
    pub fn name(self) -> &'static str {
        match self {
            ClusterMode::Disabled => "disabled",
            ClusterMode::Enabled => "enabled",
        }
    }
}

/// Read replicas of one source behind one reader name.
#[derive(Clone, Debug, PartialEq)]
pub struct RdsReplicas {
    /// The primary, which is never deleted, modified or tagged.
    pub source: InstanceId,
    /// Decides the replica limit and the lag rule.
    pub engine: Engine,
    /// The class of new replicas; `None` takes the source's.
    pub class: Option<InstanceClass>,
    /// What is asked for where RDS has no room for the class, in this order. Opt-in.
    pub fallback_classes: Vec<InstanceClass>,
    /// Where it is asked for, in this order, after RDS had no room in a zone of its choice. Opt-in.
    pub fallback_zones: Vec<AvailabilityZone>,
    /// VPC security groups of new replicas; empty takes the source's.
    pub security_groups: Vec<String>,
    /// Where readers connect.
    pub reader: ReaderName,
    /// What every replica of ours is called first, as `tg-orders-`.
    pub prefix: String,
    /// The value of the owner tag.
    pub owner: String,
    /// What new replicas are tagged with besides: no key of AWS' own or of Tidegate's.
    pub tags: BTreeMap<String, String>,
    /// The value of the stage tag: no document says it, since one document may be deployed to several stages ([`Policy::in_stage`]).
    pub stage: Stage,
    /// Whether a `primary-floor` record takes reads while no replica serves.
    pub floor: bool,
    /// A replica joins, climbs and stays only with lag at or below this.
    pub lag_bound: SignedDuration,
    /// Replaces what the parameter group says.
    pub max_connections: Option<u32>,
    /// The longest that a client's pool keeps a connection.
    pub pool_lifetime: SignedDuration,
    /// The most creations in any 24 hours.
    pub creations_per_day: Count,
    /// A replica of ours that has not served for so long is no longer counted, and so is replaced.
    pub replace_after: SignedDuration,
    /// How a leaving replica is drained.
    pub drain: Drain,
}

/// The weighted name that readers resolve.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderName {
    /// The hosted zone.
    pub zone: ZoneId,
    /// The record name.
    pub name: DnsName,
    /// The same on every record of the group.
    pub ttl: TtlSeconds,
}

/// Clients of a victim are gone before its record goes: after that, so many quiet points prove that nobody came back.
pub(crate) const POINTS_WITHOUT_RECORD: u32 = 2;

/// How a leaving replica is drained.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// How long a drain may take before `on_deadline` decides.
    pub deadline: SignedDuration,
    /// How many consecutive present points must show no clients.
    pub quiet_points: u32,
    /// Connections that are always there, such as a monitoring agent's; at or below is "no clients".
    pub idle_connections: u32,
    /// What happens when the deadline passes.
    pub on_deadline: OnDeadline,
}

/// What happens when a drain's deadline passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDeadline {
    /// The weight is restored, and a person is told.
    Cancel,
    /// The replica is removed with clients still connected. Opt-in.
    Force,
}

/// The database engines that have read replicas outside Aurora.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// PostgreSQL.
    Postgres,
    /// Oracle.
    Oracle,
    /// SQL Server.
    SqlServer,
    /// Db2.
    Db2,
}

impl Engine {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Engine; 6] =
        [Engine::MySql, Engine::MariaDb, Engine::Postgres, Engine::Oracle, Engine::SqlServer, Engine::Db2];

    /// As written in the document's `engine`.
    pub fn name(self) -> &'static str {
        match self {
            Engine::MySql => "mysql",
            Engine::MariaDb => "mariadb",
            Engine::Postgres => "postgres",
            Engine::Oracle => "oracle",
            Engine::SqlServer => "sqlserver",
            Engine::Db2 => "db2",
        }
    }

    /// How many replicas RDS lets one source have (RDS user guide, "Working with DB instance read replicas").
    pub fn replica_limit(self) -> Count {
        match self {
            Engine::MySql | Engine::MariaDb | Engine::Postgres => Count(15),
            Engine::Oracle | Engine::SqlServer => Count(5),
            Engine::Db2 => Count(3),
        }
    }
}

/// When, how far and how fast a target is scaled. Shared by every kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Never fewer than this, outside windows.
    pub min: Count,
    /// Never more than this.
    pub max: Count,
    /// How often signals are bought while nothing is under way.
    pub evaluate_every: SignedDuration,
    /// Out if any of these says so.
    pub scale_out: Vec<ThresholdRule>,
    /// In only if all of these agree.
    pub scale_in: Vec<ThresholdRule>,
    /// Target tracking: out if any says so, in only if all agree.
    pub track: Vec<TrackingRule>,
    /// Told to a person; they change nothing.
    pub alert: Vec<ThresholdRule>,
    /// Bounds by the clock.
    pub windows: Vec<CapacityWindow>,
    /// The least time between two actions.
    pub cooldown: PerDirection<SignedDuration>,
    /// For how long a recommendation must have stood.
    pub stabilization: PerDirection<SignedDuration>,
    /// How many members may come or go in a period.
    pub rate_limit: PerDirection<Option<RateLimit>>,
    /// A removal is held unless the projected load stays this share below every out-threshold.
    pub margin: Percent,
    /// How long more may be wanted than the maximum until a person is told.
    pub at_maximum_for: SignedDuration,
    /// A forecast of the next hour, if one is asked for.
    pub forecast: Option<Forecast>,
    /// How long a direct command or a pause lasts that does not say until when.
    pub override_for: SignedDuration,
}

impl Scaling {
    /// Whether a rule adds capacity for CPU: what a forecast learns from, and the floor that acts when it is wrong.
    #[must_use]
    pub fn has_floor(&self) -> bool {
        self.scale_out.iter().any(|rule| rule.signal.is_cpu())
    }
}

/// What is expected of a forecast: one recommendation more, in the terms of a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Whether it acts.
    pub mode: ForecastMode,
    /// What a violating minute is worth, in unit-minutes of capacity.
    pub price: f64,
    /// The share of capacity above which a minute violates.
    pub objective: Percent,
    /// How far ahead is planned.
    pub horizon: SignedDuration,
    /// What an action costs beyond the capacity that it makes, in unit-minutes.
    pub start_cost: f64,
}

impl Forecast {
    /// What holds where nothing else is written: docs/decisions.md says how it was found.
    pub const USUAL: Forecast = Forecast {
        mode: ForecastMode::Shadow,
        price: 27.0,
        objective: Percent(85.0),
        horizon: SignedDuration::from_mins(60),
        start_cost: 8.0,
    };
}

/// Whether a forecast acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecastMode {
    /// It recommends, and is compared with the rules.
    Shadow,
    /// It acts where it has proven itself.
    Act,
}

/// A value for each direction of scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerDirection<T> {
    /// Towards more members.
    pub out: T,
    /// Towards fewer members.
    pub in_: T,
}

/// What can be measured, in the unit that [`Signal::unit`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// CPU of the source.
    PrimaryCpu,
    /// CPU of the replicas behind the reader name.
    ReplicaCpu,
    /// Connections of the source as a share of its max_connections.
    PrimaryConnections,
    /// Connections of the replicas behind the reader name as a share of their max_connections.
    ReplicaConnections,
    /// Connections of the source and of the replicas, as a share of max_connections.
    Connections,
    /// How far the replicas behind the reader name are behind the source.
    Lag,
    /// How long one read of the source's disk takes on average.
    PrimaryReadLatency,
    /// How long one read of the disk takes on average, at a replica behind the reader name.
    ReplicaReadLatency,
    /// Reads and writes that wait for the source's disk.
    PrimaryDiskQueue,
    /// Reads and writes that wait for the disk of a replica behind the reader name.
    ReplicaDiskQueue,
    /// CPU of a service's running tasks, as a share of what they reserve; of a Redis node, as a share of the one core that its engine uses.
    Cpu,
    /// Memory of a service's running tasks, as a share of what they reserve; of a Redis shard, as a share of what it may hold.
    Memory,
    /// Requests a minute for each running task.
    RequestsPerTarget,
    /// The 95th percentile of the time that targets take to answer.
    Latency,
    /// Answers of the 5XX class as a share of requests.
    ErrorRate,
    /// Messages that wait in the queue.
    QueueDepth,
    /// The age of the oldest message in the queue.
    QueueAge,
    /// Messages that wait for each running task.
    BacklogPerTask,
    /// Keys that a Redis shard drops in a minute for want of memory.
    Evictions,
    /// Clients that are connected to a Redis node.
    NodeConnections,
}

/// What a signal is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 0 to 100.
    Percent,
    /// Seconds.
    Seconds,
    /// A plain number: of requests a minute, of messages.
    Number,
}

impl Signal {
    /// Whether it is the CPU of members or of a source: what a forecast counts work by.
    pub fn is_cpu(self) -> bool {
        matches!(self, Signal::PrimaryCpu | Signal::ReplicaCpu | Signal::Cpu)
    }

    /// Those of replicas, in the order in which messages list them.
    pub const OF_REPLICAS: [Signal; 10] = [
        Signal::PrimaryCpu,
        Signal::ReplicaCpu,
        Signal::PrimaryConnections,
        Signal::ReplicaConnections,
        Signal::Connections,
        Signal::Lag,
        Signal::PrimaryReadLatency,
        Signal::ReplicaReadLatency,
        Signal::PrimaryDiskQueue,
        Signal::ReplicaDiskQueue,
    ];

    /// Those of a service, in the order in which messages list them.
    pub const OF_SERVICE: [Signal; 8] = [
        Signal::Cpu,
        Signal::Memory,
        Signal::RequestsPerTarget,
        Signal::Latency,
        Signal::ErrorRate,
        Signal::QueueDepth,
        Signal::QueueAge,
        Signal::BacklogPerTask,
    ];

    /// Those of Redis nodes, in the order in which messages list them.
    pub const OF_NODES: [Signal; 4] =
        [Signal::Cpu, Signal::Memory, Signal::Evictions, Signal::NodeConnections];

    /// Whether it is how long a disk takes: a matter of milliseconds.
    pub fn is_read_latency(self) -> bool {
        matches!(self, Signal::PrimaryReadLatency | Signal::ReplicaReadLatency)
    }

    /// As written in a rule.
    pub fn name(self) -> &'static str {
        match self {
            Signal::PrimaryCpu => "primary cpu",
            Signal::ReplicaCpu => "replica cpu",
            Signal::PrimaryConnections => "primary connections",
            Signal::ReplicaConnections => "replica connections",
            // Of an instance a share of what is allowed, of a node a number; a document has one of the two kinds.
            Signal::Connections | Signal::NodeConnections => "connections",
            Signal::Lag => "lag",
            Signal::PrimaryReadLatency => "primary read latency",
            Signal::ReplicaReadLatency => "replica read latency",
            Signal::PrimaryDiskQueue => "primary disk queue",
            Signal::ReplicaDiskQueue => "replica disk queue",
            Signal::Cpu => "cpu",
            Signal::Memory => "memory",
            Signal::RequestsPerTarget => "requests per target",
            Signal::Latency => "p95 latency",
            Signal::ErrorRate => "error rate",
            Signal::QueueDepth => "queue depth",
            Signal::QueueAge => "queue age",
            Signal::BacklogPerTask => "backlog per task",
            Signal::Evictions => "evictions",
        }
    }

    /// What it is measured in.
    pub fn unit(self) -> Unit {
        match self {
            Signal::PrimaryCpu
            | Signal::ReplicaCpu
            | Signal::PrimaryConnections
            | Signal::ReplicaConnections
            | Signal::Connections
            | Signal::Cpu
            | Signal::Memory
            | Signal::ErrorRate => Unit::Percent,
            Signal::Lag
            | Signal::PrimaryReadLatency
            | Signal::ReplicaReadLatency
            | Signal::Latency
            | Signal::QueueAge => Unit::Seconds,
            Signal::PrimaryDiskQueue
            | Signal::ReplicaDiskQueue
            | Signal::RequestsPerTarget
            | Signal::QueueDepth
            | Signal::BacklogPerTask
            | Signal::Evictions
            | Signal::NodeConnections => Unit::Number,
        }
    }

    /// A value of it, as explanations print it: `71.3%`, `1.2s`, `980`, of a disk `8.3ms`.
    pub fn shown(self, value: f64) -> String {
        match self.unit() {
            Unit::Percent => Percent(value).to_string(),
            Unit::Seconds if self.is_read_latency() && value.abs() < 1.0 => format!("{:.1}ms", value * 1e3),
            Unit::Seconds => format!("{value:.1}s"),
            Unit::Number if value.abs() < 10.0 && value.fract().abs() > 0.05 => format!("{value:.1}"),
            Unit::Number => format!("{value:.0}"),
        }
    }

    /// What is read from CloudWatch of each instance for it; `None` for a signal of a service.
    pub fn metric(self) -> Option<Metric> {
        match self {
            Signal::PrimaryCpu | Signal::ReplicaCpu => Some(Metric::Cpu),
            Signal::PrimaryConnections | Signal::ReplicaConnections | Signal::Connections => {
                Some(Metric::Connections)
            }
            Signal::Lag => Some(Metric::Lag),
            Signal::PrimaryReadLatency | Signal::ReplicaReadLatency => Some(Metric::ReadLatency),
            Signal::PrimaryDiskQueue | Signal::ReplicaDiskQueue => Some(Metric::DiskQueue),
            Signal::Cpu
            | Signal::Memory
            | Signal::RequestsPerTarget
            | Signal::Latency
            | Signal::ErrorRate
            | Signal::QueueDepth
            | Signal::QueueAge
            | Signal::BacklogPerTask
            | Signal::Evictions
            | Signal::NodeConnections => None,
        }
    }

    /// What is read from CloudWatch of a service for it; empty for a signal of replicas.
    pub fn service_metrics(self) -> &'static [ServiceMetric] {
        match self {
            Signal::Cpu => &[ServiceMetric::Cpu],
            Signal::Memory => &[ServiceMetric::Memory],
            // A group that shows no request is idle only where it has a task that is healthy.
            Signal::RequestsPerTarget => &[ServiceMetric::Requests, ServiceMetric::HealthyHosts],
            Signal::Latency => {
                &[ServiceMetric::Latency, ServiceMetric::Requests, ServiceMetric::HealthyHosts]
            }
            // Where requests come and no target answers, the load balancer's own 5XX are nobody's: only the missing response time tells.
            Signal::ErrorRate => &[
                ServiceMetric::Errors,
                ServiceMetric::Requests,
                ServiceMetric::Latency,
                ServiceMetric::HealthyHosts,
            ],
            // What a task works on is no longer visible: without it a busy service looks idle.
            Signal::QueueDepth | Signal::BacklogPerTask => {
                &[ServiceMetric::QueueDepth, ServiceMetric::QueueInFlight]
            }
            Signal::QueueAge => {
                &[ServiceMetric::QueueAge, ServiceMetric::QueueDepth, ServiceMetric::QueueInFlight]
            }
            Signal::PrimaryCpu
            | Signal::ReplicaCpu
            | Signal::PrimaryConnections
            | Signal::ReplicaConnections
            | Signal::Connections
            | Signal::Lag
            | Signal::PrimaryReadLatency
            | Signal::ReplicaReadLatency
            | Signal::PrimaryDiskQueue
            | Signal::ReplicaDiskQueue
            | Signal::Evictions
            | Signal::NodeConnections => &[],
        }
    }
}

/// What is read from CloudWatch of one service, its target groups or its queue; one-minute points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceMetric {
    /// `AWS/ECS CPUUtilization`, Average, percent. Absent while no task runs.
    Cpu,
    /// `AWS/ECS MemoryUtilization`, Average, percent. Absent while no task runs.
    Memory,
    /// `AWS/ApplicationELB RequestCount` of the target group, Sum. Absent, or 0, in a minute without requests.
    Requests,
    /// `AWS/ApplicationELB TargetResponseTime`, p95, seconds. Absent in a minute without requests.
    Latency,
    /// `AWS/ApplicationELB HTTPCode_Target_5XX_Count`, Sum. Absent in a minute without any.
    Errors,
    /// `AWS/SQS ApproximateNumberOfMessagesVisible`, Maximum. Absent of a queue that was idle for six hours.
    QueueDepth,
    /// `AWS/SQS ApproximateAgeOfOldestMessage`, Maximum, seconds.
    QueueAge,
    /// `AWS/SQS ApproximateNumberOfMessagesNotVisible`, Maximum: what tasks have received and not yet deleted. Absent as the depth is.
    QueueInFlight,
    /// `AWS/ApplicationELB HealthyHostCount` of the target group, Maximum: "reported if health checks are enabled" ("CloudWatch metrics for
    /// your Application Load Balancer"), and so without requests too. Absent of a group without a target.
    HealthyHosts,
}

impl ServiceMetric {
    /// Those that each target group has of its own.
    pub const OF_A_GROUP: [ServiceMetric; 4] =
        [ServiceMetric::Requests, ServiceMetric::Latency, ServiceMetric::Errors, ServiceMetric::HealthyHosts];

    /// Whether each target group has one of its own.
    pub fn is_of_a_group(self) -> bool {
        Self::OF_A_GROUP.contains(&self)
    }

    /// All of them.
    pub const ALL: [ServiceMetric; 9] = [
        ServiceMetric::Cpu,
        ServiceMetric::Memory,
        ServiceMetric::Requests,
        ServiceMetric::Latency,
        ServiceMetric::Errors,
        ServiceMetric::QueueDepth,
        ServiceMetric::QueueAge,
        ServiceMetric::QueueInFlight,
        ServiceMetric::HealthyHosts,
    ];
}

/// What is read from CloudWatch of one Redis node (`AWS/ElastiCache`, dimensions `CacheClusterId` and `CacheNodeId` = `0001`); one-minute points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeMetric {
    /// `EngineCPUUtilization`, Average, percent of the engine's one thread. Read of nodes with four vCPUs or more.
    EngineCpu,
    /// `CPUUtilization`, Average, percent of all vCPUs. Read of smaller nodes, where the engine shares its core with the rest.
    HostCpu,
    /// `DatabaseMemoryUsagePercentage`, Average, percent of `maxmemory`. Read of nodes without data tiering.
    Memory,
    /// `DatabaseCapacityUsagePercentage`, Average, percent of memory and SSD together. Read of nodes with data tiering, whose memory is full by
    /// design; of others it says what `DatabaseMemoryUsagePercentage` does.
    Capacity,
    /// `Evictions`, Sum.
    Evictions,
    /// `CurrConnections`, Average: clients, without replication; two to four of them are ElastiCache's own monitoring.
    Connections,
    /// `IsMaster`, Maximum: 1 of a primary, 0 of a replica. ElastiCache itself tells no roles with cluster mode enabled.
    IsPrimary,
}

impl NodeMetric {
    /// All of them.
    pub const ALL: [NodeMetric; 7] = [
        NodeMetric::EngineCpu,
        NodeMetric::HostCpu,
        NodeMetric::Memory,
        NodeMetric::Capacity,
        NodeMetric::Evictions,
        NodeMetric::Connections,
        NodeMetric::IsPrimary,
    ];
}

/// What is read from CloudWatch of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// `CPUUtilization`, percent.
    Cpu,
    /// `DatabaseConnections`, a count.
    Connections,
    /// `ReplicaLag`, seconds; -1 when replication does not run.
    Lag,
    /// `ReadLatency`, seconds: the average of one disk read. Read only where a rule asks for it.
    ReadLatency,
    /// `DiskQueueDepth`, a count: reads and writes that wait for the disk. Read only where a rule asks for it.
    DiskQueue,
}

impl Metric {
    /// All of them.
    pub const ALL: [Metric; 5] =
        [Metric::Cpu, Metric::Connections, Metric::Lag, Metric::ReadLatency, Metric::DiskQueue];
}

/// Which side of the threshold is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Any member above it.
    Above,
    /// All members below it.
    Below,
}

/// `primary cpu > 70% for 10m, 8 of 10 points add 2`, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdRule {
    /// What is compared.
    pub signal: Signal,
    /// Which side counts.
    pub comparison: Comparison,
    /// In the signal's unit.
    pub threshold: f64,
    /// The minutes looked at, of which the newest is the newest complete one.
    pub points: PointsRequired,
    /// How many members it adds; meaningless for `scale_in` and `alert`.
    pub step: Count,
    /// As the person wrote it: what explanations quote.
    pub text: String,
}

/// M of N one-minute points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsRequired {
    /// Every present point of the last `of`, of which at most a tenth (rounded up) may be missing.
    All {
        /// N.
        of: u32,
    },
    /// At least `at_least` of the last `of`; the others may say anything or be missing.
    AtLeast {
        /// M.
        at_least: u32,
        /// N.
        of: u32,
    },
}

impl PointsRequired {
    /// N: how many minutes are looked at.
    pub fn of(self) -> u32 {
        match self {
            PointsRequired::All { of } | PointsRequired::AtLeast { of, .. } => of,
        }
    }

    /// M: the fewest minutes in which it can come to hold.
    pub fn at_least(self) -> u32 {
        match self {
            PointsRequired::All { of } => of,
            PointsRequired::AtLeast { at_least, .. } => at_least,
        }
    }
}

/// `replica cpu at 60%`, `requests per target at 1000`: capacity follows the mean so that it stays at the target.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingRule {
    /// What is tracked: a signal that falls as members are added.
    pub signal: Signal,
    /// The value to keep, in the signal's unit.
    pub target: f64,
    /// As the person wrote it.
    pub text: String,
}

/// Bounds that hold while a clock in a zone says so.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityWindow {
    /// The days on which it opens, in its own zone.
    pub days: WindowDays,
    /// When it opens.
    pub from: jiff::civil::Time,
    /// When it closes; `None` is midnight at the end of the day.
    pub to: Option<jiff::civil::Time>,
    /// The zone of both.
    pub zone: jiff::tz::TimeZone,
    /// Never fewer while open.
    pub min: Option<Count>,
    /// Never more while open.
    pub max: Option<Count>,
    /// How long before it opens `min` holds already, so that what is ordered then serves when it opens.
    pub lead: SignedDuration,
    /// How long `min` takes to rise to its value once it holds; zero is at once.
    pub over: SignedDuration,
    /// As `mon-fri 08:00-20:00 Europe/Madrid`: what explanations quote.
    pub text: String,
}

/// On which days a window opens.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowDays {
    /// On these days of the week, except on these dates: holidays.
    Weekdays {
        /// Never empty.
        on: Vec<jiff::civil::Weekday>,
        /// Of the calendar that the window excepts.
        except: Arc<BTreeSet<Date>>,
    },
    /// On these dates only, whatever day of the week they are.
    Dates(Arc<BTreeSet<Date>>),
}

impl WindowDays {
    /// Whether it opens on this date.
    pub fn contains(&self, date: Date) -> bool {
        match self {
            WindowDays::Weekdays { on, except } => on.contains(&date.weekday()) && !except.contains(&date),
            WindowDays::Dates(dates) => dates.contains(&date),
        }
    }
}

/// `2 per 15m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many members.
    pub members: Count,
    /// In how long, counted back from now.
    pub period: SignedDuration,
}

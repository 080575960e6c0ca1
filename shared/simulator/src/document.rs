//! What a simulation says of itself: the JSON document, and the recording that pages are drawn from.

mod account;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use tidegate_policy::forecast::need::Expected;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::observation::CapacityBounds;

pub use account::{AccountDocument, ScalerDocument, Simulations};

use crate::split::Split;

/// One simulation of one target.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// What `--json` prints.
    pub document: Document,
    /// What charts are drawn from.
    pub recording: Recording,
    /// What a forecast had learned at the end; `None` where the target has none.
    pub outlook: Option<Outlook>,
}

/// The document that `tidegate simulate --json` prints. Its fields are a stable interface.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// The shape's name, or the trace's file name.
    pub scenario: String,
    /// The policy file, as it was named.
    pub policy: String,
    /// The target's name.
    pub target: String,
    /// Reproduces the run.
    pub seed: u64,
    /// How long the run was, in days.
    pub days: f64,
    /// Hours of replicas or nodes billed, from creation to deletion, or of tasks, from their start until they are gone; summed over all.
    pub unit_hours: f64,
    /// Minutes in which demand was above 85% of capacity.
    pub violation_minutes: u64,
    /// Minutes in which demand was above capacity.
    pub severe_minutes: u64,
    /// Additions and removals of replicas that were decided; changes that the scaler made to a service's desired count or bounds, or to a
    /// replication group.
    pub actions: u64,
    /// The violation minutes by why the capacity was not there, each counted once.
    pub violation_causes: Split,
    /// Actions within 60 minutes of one in the other direction.
    pub reversals: u64,
    /// Times that a standing invariant was broken, or a plan refused by its judge; anything but 0 is a defect.
    pub invariant_violations: u64,
    /// Decisions, steps, alerts and recoveries that were published. After a lost answer one counts again.
    pub announcements: u64,
    /// Calls by AWS operation. On an account of several targets: those of the scaler that looks after this one, which makes most of them for
    /// all its targets at once.
    pub api_calls: BTreeMap<String, u64>,
    /// The operator's log.
    pub timeline: Vec<TimelineEntry>,
}

/// One line of the operator's log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// When, in simulated time.
    pub at: Timestamp,
    /// Whose.
    pub target: String,
    /// `decision`, `hold`, `step`, `outcome`, `alert`, `note`; `world` for what the scenario does; `invariant` for a breach.
    pub kind: String,
    /// The stable code.
    pub reason: String,
    /// One sentence with numbers.
    pub detail: String,
}

/// What was seen minute by minute, thinned out to a few thousand frames.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// In ascending order of time.
    pub frames: Vec<Frame>,
    /// The thresholds that a chart may draw: the rule as written, the signal, the value in the signal's unit.
    pub thresholds: Vec<Threshold>,
}

/// A threshold of the policy.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// As the person wrote it.
    pub rule: String,
    /// What is compared.
    pub signal: tidegate_policy::policy::Signal,
    /// In the signal's unit.
    pub value: f64,
}

/// The account as it truly was at one minute, whether or not the scaler could see it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The start of the minute.
    pub at: Timestamp,
    /// Demand in unit capacities.
    pub demand: f64,
    /// What could be served, in unit capacities: the primary's share and the replicas that clients reach, the tasks that run, or what the
    /// nodes of a replication group that take reads can serve.
    pub capacity: f64,
    /// How many members the last decision wanted.
    pub desired: u32,
    /// What a forecast had expected of the minute when an order could still be in time for it; `None` where nothing was said.
    pub expected: Option<Expected>,
    /// What only this kind of target has.
    pub body: Body,
}

impl Frame {
    /// Every replica there is; none of another kind of target.
    pub fn replicas(&self) -> &[ReplicaFrame] {
        self.replica_set().map_or(&[], |set| &set.replicas)
    }

    /// Of a target of replicas.
    pub fn replica_set(&self) -> Option<&ReplicaSet> {
        if let Body::Replicas(set) = &self.body { Some(set) } else { None }
    }

    /// Of a service.
    pub fn task_set(&self) -> Option<&TaskSet> {
        if let Body::Service(set) = &self.body { Some(set) } else { None }
    }

    /// Of a replication group.
    pub fn node_set(&self) -> Option<&NodeSet> {
        if let Body::Nodes(set) = &self.body { Some(set) } else { None }
    }
}

/// What a frame shows besides demand and capacity, by the target's kind.
#[derive(Clone, Debug)]
pub enum Body {
    /// Of a target of replicas.
    Replicas(ReplicaSet),
    /// Of a service.
    Service(TaskSet),
    /// Of a replication group.
    Nodes(NodeSet),
}

/// A source and its replicas at one minute.
#[derive(Clone, Debug)]
pub struct ReplicaSet {
    /// CPU of the primary, percent.
    pub primary_cpu: f64,
    /// Connections of the primary, as a share of its max_connections, percent.
    pub primary_connections: f64,
    /// The primary's.
    pub primary_disk: DiskFrame,
    /// The weight of the floor record, if there is one.
    pub floor_weight: Option<u8>,
    /// Every replica there is.
    pub replicas: Vec<ReplicaFrame>,
}

/// A disk at one minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFrame {
    /// Seconds of one read, on average.
    pub read_latency: f64,
    /// Reads and writes that wait.
    pub queue: f64,
}

/// A service at one minute. What was measured is as published; `None` where nothing was.
#[derive(Clone, Debug)]
pub struct TaskSet {
    /// The minimum in force: the policy's, a window's, an event's or a direct command's.
    pub min: u32,
    /// The maximum in force.
    pub max: u32,
    /// What is registered with Application Auto Scaling.
    pub registered: Option<CapacityBounds>,
    /// The service's desired count.
    pub desired: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that start.
    pub pending: u32,
    /// Of those that run, on Spot.
    pub on_spot: u32,
    /// Percent.
    pub cpu: Option<f64>,
    /// Percent.
    pub memory: Option<f64>,
    /// A minute, of all tasks together.
    pub requests: Option<f64>,
    /// p95, seconds.
    pub latency: Option<f64>,
    /// A minute.
    pub errors: Option<f64>,
    /// Messages that wait.
    pub queue_depth: Option<f64>,
    /// Of the oldest message, seconds.
    pub queue_age: Option<f64>,
    /// Whether a deployment is under way, or failed.
    pub deploying: bool,
    /// The planned event whose tasks are to be there.
    pub event: Option<String>,
    /// Whether CloudWatch publishes nothing.
    pub dark: bool,
}

/// A replication group at one minute.
#[derive(Clone, Debug)]
pub struct NodeSet {
    /// The fewest nodes of the policy.
    pub min: u32,
    /// The most nodes of the policy.
    pub max: u32,
    /// The nodes that there will be once what was asked for is done.
    pub desired: u32,
    /// As `cache.t3.medium`.
    pub node_type: String,
    /// How many shards serve keys, those on their way out too.
    pub shards: u32,
    /// `Status`, as ElastiCache says it.
    pub status: String,
    /// Every node there is, by shard and name.
    pub nodes: Vec<NodeFrame>,
    /// Whether CloudWatch publishes nothing.
    pub dark: bool,
}

/// One node at one minute. What was measured is as published; `None` where nothing was.
#[derive(Clone, Debug)]
pub struct NodeFrame {
    /// Its name.
    pub id: String,
    /// The shard's id.
    pub shard: String,
    /// Whether it takes writes.
    pub role: NodeRole,
    /// Where in its life it stands.
    pub state: NodeState,
    /// Percent of the one core that the engine uses.
    pub cpu: Option<f64>,
    /// Percent of what it may hold.
    pub memory: Option<f64>,
    /// Keys dropped in the minute for want of memory.
    pub evictions: Option<f64>,
    /// Clients that are connected.
    pub connections: Option<f64>,
}

/// Whether a node takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// It takes writes.
    Primary,
    /// It takes reads.
    Replica,
}

/// The life of a node, as a person would name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// ElastiCache is making it.
    Creating,
    /// It serves.
    Serving,
    /// It is being replaced by one of another type.
    Modifying,
    /// ElastiCache is deleting it.
    Deleting,
}

impl NodeState {
    /// All of them, in the order of a life.
    pub const ALL: [NodeState; 4] =
        [NodeState::Creating, NodeState::Serving, NodeState::Modifying, NodeState::Deleting];

    /// As a legend says it.
    pub fn name(self) -> &'static str {
        match self {
            NodeState::Creating => "creating",
            NodeState::Serving => "serving",
            NodeState::Modifying => "modifying",
            NodeState::Deleting => "deleting",
        }
    }
}

/// One replica at one minute.
#[derive(Clone, Debug)]
pub struct ReplicaFrame {
    /// Its name.
    pub id: String,
    /// Where in its life it stands.
    pub stage: Stage,
    /// The weight of its record, if it has one.
    pub weight: Option<u8>,
    /// Percent.
    pub cpu: f64,
    /// As a share of max_connections, percent.
    pub connections: f64,
    /// Seconds.
    pub lag: f64,
    /// Its own.
    pub disk: DiskFrame,
    /// What it could serve in the minute, in capacities of one replica: by its share of the connections, and by how warm it is.
    pub serves: f64,
}

/// The life of a replica, as a person would name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A1, A2: RDS is making it.
    Creating,
    /// A3, A4: up, without weight, catching up.
    CatchingUp,
    /// A5: weight rising.
    Ramping,
    /// A6: full weight.
    Serving,
    /// It served, and has less than its full share though nobody removes it: it lags or does not answer, and may come back.
    Demoted,
    /// R2, R3: weight 0, clients leaving.
    Draining,
    /// R5: RDS is deleting it.
    Deleting,
    /// AX: its creation failed.
    Failed,
    /// Not ours.
    Foreign,
}

impl Stage {
    /// All of them, in the order of a life.
    pub const ALL: [Stage; 9] = [
        Stage::Creating,
        Stage::CatchingUp,
        Stage::Ramping,
        Stage::Serving,
        Stage::Demoted,
        Stage::Draining,
        Stage::Deleting,
        Stage::Failed,
        Stage::Foreign,
    ];

    /// As a legend says it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Creating => "creating",
            Stage::CatchingUp => "catching up",
            Stage::Ramping => "ramping",
            Stage::Serving => "serving",
            Stage::Demoted => "taken out",
            Stage::Draining => "draining",
            Stage::Deleting => "deleting",
            Stage::Failed => "failed",
            Stage::Foreign => "foreign",
        }
    }
}

//! What the keys of scaling are checked against where the kinds differ.

use jiff::SignedDuration;

use super::defaults;
use super::node_count::NodeCount;
use super::place::Placed;
use super::table::Key;
use crate::policy::{Engine, PerDirection, Signal};

/// How many tasks one service may run (Amazon ECS service quotas, "Tasks per service").
pub(super) const MOST_TASKS: u32 = 5_000;

/// What was read of a target's kind. What could not be read is not held against the rest.
#[derive(Clone, Copy)]
pub(super) enum Facts {
    /// Of `rds-replicas`.
    RdsReplicas {
        /// Whose replica limit bounds `max`.
        engine: Option<Engine>,
        /// What the cooldown has to outlast; placed where it, or for want of it the target, is written.
        pool_lifetime: Option<Placed<SignedDuration>>,
    },
    /// Of `ecs-service`.
    EcsService {
        /// Whether a load balancer is named.
        load_balancer: bool,
        /// Whether a queue is named.
        queue: bool,
        /// Whether an event of the document names the target.
        event: bool,
    },
    /// Of `redis-nodes`.
    RedisNodes {
        /// Whether cluster mode is enabled, where that could be read.
        clustered: bool,
        /// What bounds `min` and `max`; `None` where that could not be read.
        nodes: Option<NodeCount>,
    },
}

/// The keys of rules and pauses, with the examples of a kind.
pub(super) struct Examples {
    pub(super) scale_out: Key,
    pub(super) scale_in: Key,
    pub(super) alert: Key,
    /// `None` of a kind that tracks nothing.
    pub(super) track: Option<Tracking>,
    pub(super) cooldown: Key,
}

/// What can be tracked.
pub(super) struct Tracking {
    pub(super) key: Key,
    /// A rule.
    pub(super) example: &'static str,
    /// Those that fall as members are added.
    pub(super) signals: &'static [Signal],
}

const OF_REPLICAS: Examples = Examples {
    scale_out: Key { name: "scale_out", example: "[\"primary cpu > 70% for 10m\"]" },
    scale_in: Key { name: "scale_in", example: "[\"replica cpu < 40% for 30m\"]" },
    alert: Key { name: "alert", example: "[\"lag > 1s for 1m\"]" },
    track: Some(Tracking {
        key: Key { name: "track", example: "[\"replica cpu at 60%\"]" },
        example: "replica cpu at 60%",
        signals: &[Signal::ReplicaCpu, Signal::ReplicaConnections],
    }),
    cooldown: Key { name: "cooldown", example: "{ out = \"10m\", in = \"30m\" }" },
};

const OF_SERVICES: Examples = Examples {
    scale_out: Key { name: "scale_out", example: "[\"cpu > 70% for 10m\"]" },
    scale_in: Key { name: "scale_in", example: "[\"cpu < 50% for 25m\"]" },
    alert: Key { name: "alert", example: "[\"error rate > 1% for 5m\"]" },
    track: Some(Tracking {
        key: Key { name: "track", example: "[\"requests per target at 1000\"]" },
        example: "requests per target at 1000",
        signals: &[Signal::Cpu, Signal::Memory, Signal::RequestsPerTarget, Signal::BacklogPerTask],
    }),
    cooldown: Key { name: "cooldown", example: "{ out = \"60s\", in = \"300s\" }" },
};

const OF_NODES: Examples = Examples {
    scale_out: Key { name: "scale_out", example: "[\"memory > 75% for 10m\", \"cpu > 70% for 10m\"]" },
    scale_in: Key { name: "scale_in", example: "[\"memory < 40% for 30m\", \"cpu < 40% for 30m\"]" },
    alert: Key { name: "alert", example: "[\"evictions > 100 for 5m\"]" },
    track: None,
    cooldown: Key { name: "cooldown", example: "{ out = \"10m\", in = \"15m\" }" },
};

impl Facts {
    /// The signals that rules may compare.
    pub(super) fn signals(&self) -> &'static [Signal] {
        match self {
            Facts::RdsReplicas { .. } => &Signal::OF_REPLICAS,
            Facts::EcsService { .. } => &Signal::OF_SERVICE,
            Facts::RedisNodes { .. } => &Signal::OF_NODES,
        }
    }

    /// What the target has to name before `signal` can be read, if it does not.
    pub(super) fn lacks(&self, signal: Signal) -> Option<&'static str> {
        match (self, signal) {
            (
                Facts::EcsService { load_balancer: false, .. },
                Signal::RequestsPerTarget | Signal::Latency | Signal::ErrorRate,
            ) => Some(
                "is that of a load balancer, and the target names none: add load_balancer = { load_balancer = \"app/prod/50dc6c495c0c9188\", target_group = \"targetgroup/api/6d0ecf831eec9f09\" }",
            ),
            (
                Facts::EcsService { queue: false, .. },
                Signal::QueueDepth | Signal::QueueAge | Signal::BacklogPerTask,
            ) => Some("is that of an SQS queue, and the target names none: add queue = \"jobs\""),
            _ => None,
        }
    }

    /// Why no rule of `scale_out` may compare `signal`, and what to write instead, where no lever lowers it.
    pub(super) fn never_adds(&self, signal: Signal) -> Option<&'static str> {
        match (self, signal) {
            (Facts::RedisNodes { clustered: true, .. }, Signal::NodeConnections) => Some(
                "with cluster mode enabled clients connect to every node, and more nodes lower the connections of none: move the rule to alert",
            ),
            _ => None,
        }
    }

    /// Whether `signal` says something while the target has no member.
    pub(super) fn speaks_at_zero(&self, signal: Signal) -> bool {
        match self {
            Facts::RdsReplicas { .. } => {
                matches!(
                    signal,
                    Signal::PrimaryCpu
                        | Signal::PrimaryConnections
                        | Signal::Connections
                        | Signal::PrimaryReadLatency
                        | Signal::PrimaryDiskQueue
                )
            }
            Facts::EcsService { .. } => {
                matches!(signal, Signal::QueueDepth | Signal::QueueAge | Signal::BacklogPerTask)
            }
            Facts::RedisNodes { .. } => false,
        }
    }

    /// `cooldown`, where it is left out.
    pub(super) fn cooldown(&self) -> PerDirection<SignedDuration> {
        match self {
            Facts::RdsReplicas { .. } => defaults::COOLDOWN_OF_REPLICAS,
            Facts::EcsService { .. } => defaults::COOLDOWN_OF_SERVICES,
            Facts::RedisNodes { .. } => defaults::COOLDOWN_OF_NODES,
        }
    }

    /// The keys of rules and pauses.
    pub(super) fn examples(&self) -> &'static Examples {
        match self {
            Facts::RdsReplicas { .. } => &OF_REPLICAS,
            Facts::EcsService { .. } => &OF_SERVICES,
            Facts::RedisNodes { .. } => &OF_NODES,
        }
    }

    /// What bounds the number of nodes, of a kind that has nodes.
    pub(super) fn nodes(&self) -> Option<NodeCount> {
        match *self {
            Facts::RedisNodes { nodes, .. } => nodes,
            Facts::RdsReplicas { .. } | Facts::EcsService { .. } => None,
        }
    }
}

//! The nodes' points: reads, writes and keys are said, and what each node shows of them follows from the nodes that serve.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Plant;
use crate::account::{Account, GROUP, Point};
use crate::shim::{NODE_TYPES, Shim};

/// What a replication group has to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Percent of the one core that an engine uses, of all reads together. They go to replicas, and to a primary that has none.
    pub reads: f64,
    /// The same, of all writes: each is its shard's primary's, and costs each replica half of that.
    pub writes: f64,
    /// What all keys fill, in percent of the memory of one `cache.m7g.xlarge`.
    pub keys: f64,
    /// Keys that each primary drops in a minute.
    pub evictions: f64,
}

impl Traffic {
    /// A shard with one replica minds nothing of this.
    pub const CALM: Self = Self { reads: 45.0, writes: 20.0, keys: 50.0, evictions: 0.0 };
    /// Two replicas bear these reads, and one does not.
    pub const READ: Self = Self { reads: 90.0, ..Self::CALM };
    /// More keys than fit into one shard.
    pub const FULL: Self = Self { keys: 90.0, ..Self::CALM };
    /// Next to nothing.
    pub const IDLE: Self = Self { reads: 5.0, writes: 2.0, keys: 10.0, evictions: 0.0 };

    /// The same traffic of this many shards.
    #[must_use]
    pub fn times(self, shards: u32) -> Self {
        let times = f64::from(shards);
        let Self { reads, writes, keys, evictions } = self;
        Self { reads: reads * times, writes: writes * times, keys: keys * times, evictions }
    }
}

impl Plant for Traffic {
    fn measure(self, account: &Account, shim: &Shim, minutes: &[Timestamp]) {
        let mut nodes = shim.redis().nodes(account.key(), GROUP);
        nodes.retain(|node| node.status == "available");
        let shards: BTreeSet<&str> = nodes.iter().map(|node| node.shard.as_str()).collect();
        let mut replicas: BTreeMap<&str, u32> = BTreeMap::new();
        for node in nodes.iter().filter(|node| !node.is_primary) {
            *replicas.entry(&node.shard).or_default() += 1;
        }
        let of_a_shard = |all: f64| all / f64::from(u32::try_from(shards.len().max(1)).unwrap_or(u32::MAX));
        let (reads, writes, keys) = (of_a_shard(self.reads), of_a_shard(self.writes), of_a_shard(self.keys));
        let mut points = Vec::new();
        for node in &nodes {
            let readers = replicas.get(node.shard.as_str()).copied().unwrap_or(0);
            let engine = match (node.is_primary, readers) {
                (true, 0) => writes + reads,
                (true, _) => writes,
                (false, readers) => writes / 2.0 + reads / f64::from(readers),
            };
            let engine = engine.min(100.0);
            let cores = cores(&node.node_type);
            let memory = (keys * 4.0 / cores).min(100.0);
            let connections = 40.0 + if node.is_primary { 10.0 } else { 0.0 };
            let values = [
                ("EngineCPUUtilization", engine),
                ("CPUUtilization", engine / cores),
                ("DatabaseMemoryUsagePercentage", memory),
                ("Evictions", if node.is_primary { self.evictions } else { 0.0 }),
                ("CurrConnections", connections),
                ("IsMaster", if node.is_primary { 1.0 } else { 0.0 }),
            ];
            for (metric, value) in values {
                points.extend(minutes.iter().map(|at| Point {
                    namespace: "AWS/ElastiCache",
                    of: vec![("CacheClusterId", node.id.clone()), ("CacheNodeId", "0001".to_owned())],
                    metric,
                    at: *at,
                    value,
                }));
            }
        }
        account.put_points(&points);
    }

    fn look(self, account: &Account, shim: &Shim) -> String {
        format!("nodes {:?}", shim.redis().nodes(account.key(), GROUP))
    }
}

/// The vCPUs of a node type, which its memory grows with.
fn cores(node_type: &str) -> f64 {
    let size = NODE_TYPES.iter().position(|name| *name == node_type).unwrap_or(1);
    [2.0, 4.0, 8.0][size]
}

//! How many nodes a replication group can have, and with it which `min` and `max` could never be kept.

use crate::policy::REPLICAS_A_SHARD;
use crate::units::{CapacityBounds, Count};

/// How many nodes, and so how many shards, ElastiCache lets a group have (ElastiCache user guide, "Working with shards in ElastiCache"; a
/// quota above 90 is asked for).
pub(super) const MOST_NODES: Count = Count(500);

/// What makes up the nodes of a group: each shard has a primary and its replicas.
#[derive(Clone, Copy)]
pub(super) enum NodeCount {
    /// Cluster mode disabled.
    OneShard {
        /// Whether there is always a replica.
        failover: bool,
    },
    /// Cluster mode enabled, where there is always a replica in every shard.
    Shards {
        /// How many there may be; `None`: however many there are.
        shards: Option<CapacityBounds>,
        /// Of each.
        replicas: CapacityBounds,
    },
}

impl NodeCount {
    /// The fewest nodes that a group can have.
    pub(super) fn fewest(self) -> Count {
        match self {
            NodeCount::OneShard { failover: true } => Count(2),
            NodeCount::OneShard { failover: false } => Count::ONE,
            NodeCount::Shards { shards, replicas } => {
                let shards = shards.map_or(Count::ONE, |shards| shards.min);
                nodes(shards, replicas.min)
            }
        }
    }

    /// What is wrong with a `min` of so many nodes, if anything is: what to write instead is in it.
    pub(super) fn complaint_of_min(self, min: Count) -> Option<String> {
        self.too_few(min).or_else(|| self.above_shards(min)).or_else(|| self.too_many(min))
    }

    /// What is wrong with a `max` of so many nodes, if anything is: what to write instead is in it.
    pub(super) fn complaint_of_max(self, max: Count) -> Option<String> {
        self.too_few(max).or_else(|| self.below_shards(max)).or_else(|| self.too_many(max))
    }

    /// More nodes than the most shards and replicas of the policy are.
    fn above_shards(self, min: Count) -> Option<String> {
        let NodeCount::Shards { shards: Some(shards), replicas } = self else { return None };
        let (shards, replicas) = (shards.max, replicas.max);
        let most = nodes(shards, replicas);
        (min > most && most < MOST_NODES).then(|| {
            format!("{min} is more than the {most} nodes that shards.max and replicas.max allow, {shards} x (1 + {replicas}): write {most} or less, or raise shards.max")
        })
    }

    /// Fewer nodes than the fewest shards and replicas of the policy are.
    fn below_shards(self, max: Count) -> Option<String> {
        let NodeCount::Shards { shards, replicas } = self else { return None };
        let (fewest, replicas) = (self.fewest(), replicas.min);
        let (what, sum, mend) = match shards {
            Some(CapacityBounds { min, .. }) => (
                "shards.min and replicas.min ask",
                format!("{min} x (1 + {replicas})"),
                "shards.min or replicas.min",
            ),
            None => ("replicas.min asks", format!("1 + {replicas} in one shard"), "replicas.min"),
        };
        (max < fewest).then(|| {
            format!("{max} is less than the {fewest} nodes that {what} for, {sum}: write {fewest} or more, or lower {mend}")
        })
    }

    /// Fewer nodes than any group of this make has.
    fn too_few(self, count: Count) -> Option<String> {
        let (least, what) = match self {
            NodeCount::OneShard { failover: false } => (1, "no primary: write 1 or more"),
            NodeCount::OneShard { failover: true } => {
                (2, "no replica, and failover needs one: write 2 or more, or failover = false")
            }
            NodeCount::Shards { .. } => (
                2,
                "no replica, and with cluster mode enabled every shard needs one to fail over to: write 2 or more",
            ),
        };
        (count < Count(least)).then(|| format!("{count} leaves {what}"))
    }

    /// More nodes than ElastiCache lets a group have.
    fn too_many(self, count: Count) -> Option<String> {
        let (most, what) = match self {
            NodeCount::OneShard { .. } => (
                nodes(Count::ONE, REPLICAS_A_SHARD),
                format!(
                    "that a group with cluster mode disabled can have, a primary and {REPLICAS_A_SHARD} replicas"
                ),
            ),
            NodeCount::Shards { .. } => (MOST_NODES, "that ElastiCache lets a group have".to_owned()),
        };
        (count > most).then(|| format!("{count} is more than the {most} nodes {what}: write {most} or less"))
    }
}

/// So many shards with so many replicas each.
fn nodes(shards: Count, replicas: Count) -> Count {
    Count(shards.0.saturating_mul(replicas.0.saturating_add(1)))
}

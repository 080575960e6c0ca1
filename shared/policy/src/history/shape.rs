//! How large a replication group is, and what can be asked of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::{NodeType, ShardId};
use crate::units::Count;

/// How large a replication group is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The replicas of each shard, by shard.
    pub replicas: BTreeMap<ShardId, Count>,
    /// The type of every node.
    pub node_type: NodeType,
}

impl Shape {
    /// How many shards.
    pub fn shards(&self) -> Count {
        Count::of_len(self.replicas.len())
    }

    /// How many nodes: a primary a shard, and the replicas.
    pub fn nodes(&self) -> Count {
        self.replicas.values().fold(self.shards(), |sum, replicas| sum.plus(*replicas))
    }
}

/// What was asked of a replication group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// So many replicas, by shard: of those that change.
    Replicas(BTreeMap<ShardId, Count>),
    /// So many shards; ElastiCache gives each new one as many replicas as the smallest has.
    Shards(Count),
    /// Every node of this type.
    NodeType(NodeType),
}

impl Goal {
    /// What is changed.
    pub fn lever(&self) -> Lever {
        match self {
            Goal::Replicas(_) => Lever::Replicas,
            Goal::Shards(_) => Lever::Shards,
            Goal::NodeType(_) => Lever::NodeType,
        }
    }

    /// Whether it is more than `from` has.
    pub fn is_out(&self, from: &Shape) -> bool {
        match self {
            Goal::Replicas(replicas) => {
                replicas.iter().any(|(shard, count)| from.replicas.get(shard).is_none_or(|had| count > had))
            }
            Goal::Shards(count) => *count > from.shards(),
            Goal::NodeType(_) => true,
        }
    }

    /// Whether a group of this shape has it.
    pub fn is_reached(&self, shape: &Shape) -> bool {
        match self {
            Goal::Replicas(replicas) => {
                replicas.iter().all(|(shard, count)| shape.replicas.get(shard) == Some(count))
            }
            Goal::Shards(count) => shape.shards() == *count,
            Goal::NodeType(node_type) => shape.node_type == *node_type,
        }
    }
}

/// What can be changed of a replication group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// How many replicas a shard has: what helps reads.
    Replicas,
    /// How many shards there are: what helps memory, and writes.
    Shards,
    /// What every node runs on: what helps memory.
    NodeType,
}

impl Lever {
    /// As sentences name it.
    pub fn name(self) -> &'static str {
        match self {
            Lever::Replicas => "replicas",
            Lever::Shards => "shards",
            Lever::NodeType => "node type",
        }
    }
}

//! What can be done to a replication group.

use std::fmt;

use crate::names::{GroupName, NodeId, NodeType, ShardId};
use crate::units::Count;

/// One mutation of a replication group.
#[derive(Clone, Debug, PartialEq)]
pub enum RedisNodesAction {
    /// IncreaseReplicaCount. Expects every shard that it names with the replicas given.
    IncreaseReplicas(IncreaseReplicas),
    /// DecreaseReplicaCount. Expects the same, and of a node that it names that it is a replica.
    DecreaseReplicas(DecreaseReplicas),
    /// ModifyReplicationGroupShardConfiguration. Expects this number of shards.
    SetShards(SetShards),
    /// ModifyReplicationGroup, its node type alone, at once. Expects this node type.
    SetNodeType(SetNodeType),
}

impl RedisNodesAction {
    /// Whether it takes capacity away.
    pub(super) fn is_destructive(&self) -> bool {
        match self {
            Self::IncreaseReplicas(_) => false,
            Self::DecreaseReplicas(_) => true,
            Self::SetShards(set) => set.to < set.from,
            // Every node is replaced, and the primary fails over.
            Self::SetNodeType(_) => true,
        }
    }

    /// The group that it changes.
    pub fn group(&self) -> &GroupName {
        match self {
            Self::IncreaseReplicas(more) => &more.group,
            Self::DecreaseReplicas(fewer) => &fewer.group,
            Self::SetShards(set) => &set.group,
            Self::SetNodeType(set) => &set.group,
        }
    }
}

/// More replicas for some shards, or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncreaseReplicas {
    /// Whose.
    pub group: GroupName,
    /// Of the shards that change, in the order of their ids; never empty.
    pub shards: Vec<ShardReplicas>,
}

/// Fewer replicas for some shards, or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecreaseReplicas {
    /// Whose.
    pub group: GroupName,
    /// Of the shards that change, in the order of their ids; never empty.
    pub shards: Vec<ShardReplicas>,
    /// The replica that goes, with cluster mode disabled. `None`: ElastiCache chooses, since it alone knows the roles with cluster mode enabled.
    pub named: Option<NodeId>,
}

/// How many replicas a shard has, and is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardReplicas {
    /// Which.
    pub shard: ShardId,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
}

/// How many shards a group is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetShards {
    /// Whose.
    pub group: GroupName,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
    /// Those that go; empty on the way out.
    pub removed: Vec<ShardId>,
}

/// What every node of a group is to run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetNodeType {
    /// Whose.
    pub group: GroupName,
    /// What it must still be.
    pub from: NodeType,
    /// What it is to be.
    pub to: NodeType,
}

impl fmt::Display for RedisNodesAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IncreaseReplicas(more) => {
                write!(f, "more replicas of {}:", more.group)?;
                more.shards.iter().try_for_each(|shard| write!(f, " {shard}"))
            }
            Self::DecreaseReplicas(fewer) => {
                write!(f, "fewer replicas of {}:", fewer.group)?;
                fewer.shards.iter().try_for_each(|shard| write!(f, " {shard}"))?;
                fewer.named.iter().try_for_each(|node| write!(f, " without {node}"))
            }
            Self::SetShards(set) => {
                write!(f, "shards of {}: {} -> {}", set.group, set.from, set.to)?;
                set.removed.iter().try_for_each(|shard| write!(f, " without {shard}"))
            }
            Self::SetNodeType(set) => {
                write!(f, "node type of {}: {} -> {}", set.group, set.from, set.to)
            }
        }
    }
}

impl fmt::Display for ShardReplicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} {} -> {}", self.shard, self.from, self.to)
    }
}

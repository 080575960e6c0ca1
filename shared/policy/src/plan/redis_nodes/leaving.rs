//! What may go of a group at once.

use std::collections::BTreeMap;

use crate::names::{NodeId, ShardId};
use crate::units::Count;

/// What goes at once.
pub(super) struct Leaving {
    /// How many nodes.
    pub(super) nodes: Count,
    pub(super) what: Going,
}

/// What goes.
pub(super) enum Going {
    /// One replica of each of these shards, which are then left with so many.
    Replicas { left: BTreeMap<ShardId, Count>, named: Option<(NodeId, String)> },
    /// One shard with all its nodes.
    Shard(ShardId),
}

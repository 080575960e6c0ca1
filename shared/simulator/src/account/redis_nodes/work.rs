//! The one change of a replication group that is under way.

use tidegate_policy::names::{NodeId, NodeType};

use crate::account::clock::Millis;

/// The one change under way.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Replicas come or go. The group is available before the last of them is done.
    Replicas { until: Millis },
    /// Shards come or go.
    Shards { moves_from: Millis, until: Millis, fails: bool },
    /// Every node is replaced: in each shard one after the other, in this order, each for this long.
    NodeType { to: NodeType, order: Vec<Vec<NodeId>>, slice: usize, each: Millis, until: Millis },
}

impl Work {
    /// When it goes on.
    pub(super) fn until(&self) -> Millis {
        match self {
            Work::Replicas { until } | Work::Shards { until, .. } | Work::NodeType { until, .. } => *until,
        }
    }

    /// How much of the slots that move was moved, 0 to 1.
    pub(super) fn progress(&self, now: Millis) -> f64 {
        match self {
            Work::Shards { moves_from, until, .. } => {
                ((now - *moves_from).in_minutes() / (*until - *moves_from).in_minutes()).clamp(0.0, 1.0)
            }
            Work::Replicas { .. } | Work::NodeType { .. } => 1.0,
        }
    }

    /// Whether slots move at this moment.
    pub(super) fn moves_slots(&self, now: Millis) -> bool {
        matches!(self, Work::Shards { moves_from, until, .. } if *moves_from <= now && now < *until)
    }
}

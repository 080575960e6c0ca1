//! What each rule says of a replication group.

mod cores;
mod larger;

use std::collections::{BTreeMap, BTreeSet};

use crate::names::NodeId;
use crate::observation::{Group, Role};
use crate::policy::{ClusterMode, NodeMetric, Signal, Target, TargetKind};
use crate::units::Count;

pub use larger::larger_types_matter;

/// What is bought of each node: what the target's rules need, and nothing of a node that cannot say it.
///
/// Memory and evictions are those of primaries: replicas hold the same keys. Connections are those of replicas of which one may go.
pub fn node_metrics_needed(target: &Target, group: &Group) -> BTreeMap<NodeId, BTreeSet<NodeMetric>> {
    let TargetKind::RedisNodes(redis) = &target.kind else { return BTreeMap::new() };
    let scaling = &target.scaling;
    let rules = || scaling.scale_out.iter().chain(&scaling.scale_in).chain(&scaling.alert);
    let asked = |signal| rules().any(|rule| rule.signal == signal);
    let may_shrink = !scaling.scale_in.is_empty();
    let memory = asked(Signal::Memory) || (may_shrink && redis.shards.is_some());
    let nodes = Count::of_len(group.nodes().count());
    let choice = group.cluster_mode == ClusterMode::Disabled && may_shrink && nodes > scaling.min;
    let mut needed = BTreeMap::new();
    for shard in &group.shards {
        for node in &shard.nodes {
            let mut metrics = BTreeSet::new();
            if asked(Signal::Cpu) {
                metrics.insert(cores::cpu_metric(&group.node_type).0);
                if group.cluster_mode == ClusterMode::Enabled && shard.nodes.len() > 1 {
                    metrics.insert(NodeMetric::IsPrimary);
                }
            }
            let holds_keys = node.role != Role::Replica;
            if memory && holds_keys {
                metrics.insert(NodeMetric::Memory);
            }
            if asked(Signal::Evictions) && holds_keys {
                metrics.insert(NodeMetric::Evictions);
            }
            if choice && node.role == Role::Replica && shard.nodes.len() > 2 {
                metrics.insert(NodeMetric::Connections);
            }
            needed.insert(node.id.clone(), metrics);
        }
    }
    needed
}

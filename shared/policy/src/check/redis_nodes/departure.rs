//! Which node leaves: the primary never, the last one of another zone never, and one at a time.

use std::collections::BTreeSet;

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::names::{AvailabilityZone, NodeId};
use crate::observation::{Role, Shard};
use crate::plan::{Action, DecreaseReplicas, RedisNodesAction};
use crate::policy::ClusterMode;
use crate::units::Count;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    match step.action {
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
            for line in fewer.shards.iter().filter(|line| line.from.minus(line.to) > Count::ONE) {
                findings.refuse(
                    invariant::ONE_LEAVES,
                    format!("{}: more than one leaves the shard {}", step.action, line.shard),
                );
            }
            leaving(step, fewer, findings);
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.from.minus(set.to) > Count::ONE => {
            findings.refuse(
                invariant::ONE_LEAVES,
                format!("{}: {} shards leave", step.action, set.from.minus(set.to)),
            )
        }
        _ => {}
    }
}

fn leaving(step: &Step<'_>, fewer: &DecreaseReplicas, findings: &mut Findings) {
    let mut refuse = |invariant, why: String| {
        findings.refuse(invariant, format!("{}, but {why}", step.action));
    };
    match (step.group.cluster_mode, &fewer.named) {
        // ElastiCache alone knows the roles there: a name is a guess.
        (ClusterMode::Enabled, Some(node)) => {
            refuse(
                invariant::LEAVING_NODE,
                format!("nobody knows the role of {node} with cluster mode enabled"),
            );
        }
        (ClusterMode::Enabled, None) => {}
        (ClusterMode::Disabled, None) => {
            refuse(invariant::LEAVING_NODE, "ElastiCache would choose which".to_owned());
        }
        (ClusterMode::Disabled, Some(named)) => {
            let shards = &step.group.shards;
            let Some((shard, node)) = shards
                .iter()
                .filter(|shard| fewer.shards.iter().any(|line| line.shard == shard.id))
                .find_map(|shard| Some((shard, shard.nodes.iter().find(|node| node.id == *named)?)))
            else {
                refuse(invariant::LEAVING_NODE, format!("{named} is not in that shard"));
                return;
            };
            match node.role {
                Role::Replica => {}
                Role::Primary => refuse(invariant::LEAVING_NODE, format!("{named} is the primary")),
                Role::Unknown => refuse(invariant::LEAVING_NODE, format!("nobody knows the role of {named}")),
            }
            if step.group.multi_az && !keeps_spread(shard, named) {
                refuse(invariant::ZONE_SPREAD, format!("without {named} all nodes may be in one zone"));
            }
        }
    }
}

/// Whether the others are in two zones, or it was never otherwise. A zone that is not told may be any.
fn keeps_spread(shard: &Shard, named: &NodeId) -> bool {
    let mut all: BTreeSet<Option<&AvailabilityZone>> = BTreeSet::new();
    let mut stay: BTreeSet<&AvailabilityZone> = BTreeSet::new();
    for node in &shard.nodes {
        all.insert(node.zone.as_ref());
        if node.id != *named {
            stay.extend(&node.zone);
        }
    }
    let together = all.len() == 1 && !all.contains(&None);
    stay.len() > 1 || together
}

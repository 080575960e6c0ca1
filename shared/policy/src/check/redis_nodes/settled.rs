//! Whether a group is at rest: ElastiCache changes one thing of a group at a time, and shows it as available too early.

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{Availability, Failover, Group, Role};
use crate::policy::ClusterMode;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    if let Some(why) = unsettled(step.group) {
        findings.refuse(invariant::SETTLED, format!("{}, although {why}", step.action));
    }
}

/// What of the group is not at rest, or not told; `None` when it has settled.
pub(super) fn unsettled(group: &Group) -> Option<String> {
    let busy = |what: String, status: &Availability| match status {
        Availability::Available => None,
        Availability::Other(word) => Some(format!("{what} is {word}")),
    };
    if let Some(why) = busy("the group".to_owned(), &group.status) {
        return Some(why);
    }
    for shard in &group.shards {
        if let Some(why) = busy(format!("the shard {}", shard.id), &shard.status) {
            return Some(why);
        }
        if shard.nodes.is_empty() {
            return Some(format!("the shard {} has no nodes", shard.id));
        }
        let nodes = shard.nodes.iter();
        if let Some(why) = nodes.filter_map(|node| busy(format!("the node {}", node.id), &node.status)).next()
        {
            return Some(why);
        }
    }
    if let Some(stray) = group.strays.first() {
        return Some(format!("the node {} is in no shard", stray.id));
    }
    if let Some(pending) = group.pending.first() {
        return Some(format!("{pending} is pending"));
    }
    if group.failover == Failover::Changing {
        return Some("automatic failover is being switched".to_owned());
    }
    roles(group)
}

/// With cluster mode disabled there is one shard, and ElastiCache tells who takes writes: nobody or two is a failover on its way.
fn roles(group: &Group) -> Option<String> {
    let shards = group.shards.len();
    match group.cluster_mode {
        ClusterMode::Enabled => (shards == 0).then(|| "it has no shards".to_owned()),
        ClusterMode::Disabled if shards != 1 => Some(format!("it has {shards} shards without cluster mode")),
        ClusterMode::Disabled => {
            let primaries = group.nodes().filter(|node| node.role == Role::Primary).count();
            (primaries != 1).then(|| format!("it has {primaries} primaries"))
        }
    }
}

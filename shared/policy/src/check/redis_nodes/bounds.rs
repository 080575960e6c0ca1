//! Between which numbers nodes, shards and replicas may move. What lies outside already may come nearer in steps; it never moves further away.

use super::case::{Step, smallest};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{CapacityBounds, Failover};
use crate::plan::{Action, RedisNodesAction, ShardReplicas};
use crate::units::Count;

/// ElastiCache user guide, "Replication: Valkey and Redis OSS cluster mode disabled vs. enabled".
const MOST_REPLICAS: Count = Count(5);

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    nodes(step, findings);
    match step.action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => {
            more.shards.iter().for_each(|line| replicas(step, line, findings))
        }
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => {
            fewer.shards.iter().for_each(|line| replicas(step, line, findings))
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => {
            if let Some(bounds) = step.case.redis.shards {
                within(step, "shards", set.from, set.to, bounds, findings);
            }
            if set.to > set.from && needs_a_replica(step) && smallest(step.group) == Count::ZERO {
                findings.refuse(
                    invariant::FAILOVER_REPLICA,
                    format!("{}, and the new ones would have no replica", step.action),
                );
            }
        }
        _ => {}
    }
}

fn nodes(step: &Step<'_>, findings: &mut Findings) {
    let (before, after, now) = (step.nodes(), step.nodes_after(), &step.case.in_force);
    let mut refuse = |invariant, what: &str, bound: Count| {
        findings.refuse(
            invariant,
            format!("{}: the nodes would go from {before} to {after}, {what} {bound}", step.action),
        );
    };
    if after > before {
        if after > now.most {
            refuse(invariant::NODE_BOUNDS, "and the policy's most is", now.most);
        } else if after > now.max {
            refuse(invariant::NODES_IN_FORCE, "and the most now is", now.max);
        }
    } else if after < before {
        if after < step.case.scaling.min {
            refuse(invariant::NODE_BOUNDS, "and the policy's least is", step.case.scaling.min);
        } else if after < now.min {
            refuse(invariant::NODES_IN_FORCE, "and the least now is", now.min);
        }
    }
}

/// Multi-AZ, automatic failover or the policy ask for somebody to fail over to.
pub(super) fn needs_a_replica(step: &Step<'_>) -> bool {
    let group = step.group;
    step.case.redis.failover || group.multi_az || group.failover != Failover::Disabled
}

fn replicas(step: &Step<'_>, line: &ShardReplicas, findings: &mut Findings) {
    let asked = step.case.redis.replicas;
    let bounds = CapacityBounds { min: asked.min, max: asked.max.min(MOST_REPLICAS) };
    within(step, &format!("replicas of the shard {}", line.shard), line.from, line.to, bounds, findings);
    if line.to == Count::ZERO && needs_a_replica(step) {
        findings.refuse(
            invariant::FAILOVER_REPLICA,
            format!("{}, which leaves the shard {} without a replica", step.action, line.shard),
        );
    }
}

fn within(
    step: &Step<'_>,
    what: &str,
    from: Count,
    to: Count,
    bounds: CapacityBounds,
    findings: &mut Findings,
) {
    let beyond = (to > from && to > bounds.max) || (to < from && to < bounds.min);
    if beyond {
        findings.refuse(invariant::NODE_BOUNDS, format!("{}: {to} {what}, of {bounds} at all", step.action));
    }
}

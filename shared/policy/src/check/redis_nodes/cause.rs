//! What capacity is added for: replicas for CPU and clients (whose, reads or writes, is the planner's to tell), a larger type for memory alone, shards
//! for CPU and memory and never for clients; and all but the type for a minimum.

use super::bounds::needs_a_replica;
use super::case::{Step, replicas};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{Group, Node, Role};
use crate::plan::{Action, RedisNodesAction, ShardReplicas};
use crate::policy::{ClusterMode, ForecastMode, Signal};
use crate::units::Count;

/// Whether there are fewer nodes or shards than a minimum asks for.
pub(super) fn too_few(step: &Step<'_>) -> bool {
    let lacks = step.case.redis.shards.is_some_and(|bounds| shards(step.group) < bounds.min);
    lacks || step.nodes() < step.case.in_force.min
}

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let too_few = step.nodes() < step.case.in_force.min;
    let (sound, lacks) = match step.action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => {
            // Where the policy lets a forecast act, replicas may come before the load does; whatever else comes, never.
            let ahead = step.case.scaling.forecast.is_some_and(|forecast| forecast.mode == ForecastMode::Act);
            let lacks = too_few || lacks_replicas(step, &more.shards);
            let sound = lacks || ahead || was_above(step, &[Signal::Cpu]) || readers_crowd(step);
            (sound, "no CPU and no reader's connections were above a threshold, and no minimum asks for them")
        }
        Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to > set.from => {
            let lacks = step.case.redis.shards.is_some_and(|bounds| shards(step.group) < bounds.min);
            let high = was_above(step, &[Signal::Cpu, Signal::Memory, Signal::Evictions]);
            (too_few || lacks || high, "nothing was above a threshold, and no minimum asks for them")
        }
        Action::RedisNodes(RedisNodesAction::SetNodeType(_)) => {
            let sound = was_above(step, &[Signal::Memory, Signal::Evictions]);
            (sound, "neither memory nor evictions were above a threshold")
        }
        _ => return,
    };
    if !sound {
        findings.refuse(invariant::RIGHT_LEVER, format!("{}, although {lacks}", step.action));
    }
}

fn shards(group: &Group) -> Count {
    Count::of_len(group.shards.len())
}

/// Whether a shard that gets replicas has fewer than the policy's least, or none where failover needs one.
fn lacks_replicas(step: &Step<'_>, lines: &[ShardReplicas]) -> bool {
    let least = step.case.redis.replicas.min.max(Count(u32::from(needs_a_replica(step))));
    let mut found = step.group.shards.iter().filter(|shard| lines.iter().any(|line| line.shard == shard.id));
    found.any(|shard| replicas(shard) < least)
}

/// Whether a node that answers reads had more clients than a rule allows. A primary with a replica beside it is none, and with cluster mode enabled
/// every node has every client.
fn readers_crowd(step: &Step<'_>) -> bool {
    let one_shard = step.group.cluster_mode == ClusterMode::Disabled;
    let answers = |node: &&Node| node.role != Role::Primary || step.nodes() == Count::ONE;
    one_shard
        && step.group.nodes().filter(answers).any(|node| {
            let known = step.known(node, Signal::NodeConnections);
            known.is_ok_and(|known| step.out_rules(Signal::NodeConnections).any(|rule| known.was_above(rule)))
        })
}

/// Whether any node was above any out-threshold of these, in any minute that its rule looks at.
pub(super) fn was_above(step: &Step<'_>, signals: &[Signal]) -> bool {
    signals.iter().any(|signal| {
        step.group.nodes().filter(|node| step.speaks(node, *signal)).any(|node| {
            let known = step.known(node, *signal);
            known.is_ok_and(|known| step.out_rules(*signal).any(|rule| known.was_above(rule)))
        })
    })
}

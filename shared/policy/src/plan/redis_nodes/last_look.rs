//! The last look before nodes go or are replaced, on what was read a moment ago: roles may have changed since the plan.

use super::victim::keeps_zones;
use crate::evaluate::redis_nodes::{busy, shape};
use crate::history::{Goal, Shape};
use crate::observation::{Group, GroupLook, Role};
use crate::plan::{DecreaseReplicas, LastLook, RedisNodesAction, SetShards};
use crate::policy::{ClusterMode, RedisNodes};
use crate::units::Count;

/// Whether a group may still be changed, by a look made right before the call.
pub(in crate::plan) fn may_still_change(
    redis: &RedisNodes,
    action: &RedisNodesAction,
    seen: &GroupLook,
) -> LastLook {
    let stop = |why: String| LastLook::Stop(format!("{action} is not made: {why}"));
    if *action.group() != redis.group {
        return stop("the call is about something else".to_owned());
    }
    let Some(group) = seen.group() else { return stop("the replication group is gone".to_owned()) };
    if let Some(word) = &group.migrating {
        return stop(format!("its cluster mode is {word} by now"));
    }
    if group.cluster_mode != redis.cluster_mode {
        return stop(format!("its cluster mode is {} by now", group.cluster_mode.name()));
    }
    if let Some(scalable) = seen.scalable.first() {
        return stop(format!("native auto scaling was registered on it ({})", scalable.dimension));
    }
    if let Some(words) = busy(group) {
        return stop(words);
    }
    let shape = shape(group);
    let judged = match action {
        RedisNodesAction::DecreaseReplicas(fewer) => fewer_replicas(redis, fewer, group, &shape),
        RedisNodesAction::SetShards(set) => shards(redis, set, group, &shape),
        RedisNodesAction::SetNodeType(set) => {
            if group.node_type == set.to {
                return LastLook::AlreadyGone;
            }
            let offered = seen.larger_types.as_ref().is_some_and(|types| types.contains(&set.to));
            if group.node_type != set.from {
                Err(format!("its nodes are of type {} by now", group.node_type))
            } else if group.global.is_some() {
                Err("it belongs to a Global Datastore by now".to_owned())
            } else if !offered {
                Err(format!("ElastiCache does not offer {} to it", set.to))
            } else {
                Ok(false)
            }
        }
        RedisNodesAction::IncreaseReplicas(_) => Ok(false),
    };
    match judged {
        Ok(true) => LastLook::AlreadyGone,
        Ok(false) => LastLook::Go,
        Err(why) => stop(why),
    }
}

/// Whether it is so already.
fn fewer_replicas(
    redis: &RedisNodes,
    fewer: &DecreaseReplicas,
    group: &Group,
    shape: &Shape,
) -> Result<bool, String> {
    let goal = Goal::Replicas(fewer.shards.iter().map(|change| (change.shard.clone(), change.to)).collect());
    if goal.is_reached(shape) {
        return Ok(true);
    }
    let needed = if group.needs_a_replica() || redis.failover { Count::ONE } else { Count::ZERO };
    for change in &fewer.shards {
        let found = shape.replicas.get(&change.shard);
        if found != Some(&change.from) {
            let found = found.map_or("gone".to_owned(), |count| format!("at {count} replicas"));
            return Err(format!("shard {} is {found} by now", change.shard));
        }
        if change.to < needed {
            return Err(format!("failover needs a replica in shard {}", change.shard));
        }
    }
    let Some(named) = &fewer.named else {
        return match group.cluster_mode {
            ClusterMode::Enabled => Ok(false),
            ClusterMode::Disabled => Err("it names no replica".to_owned()),
        };
    };
    let shard = group.shards.iter().find(|shard| shard.nodes.iter().any(|node| node.id == *named));
    let Some(shard) = shard else { return Err(format!("{named} is gone")) };
    let node = |wanted: Role| shard.nodes.iter().find(move |node| node.role == wanted);
    node(Role::Primary).ok_or("which node is the primary is not told")?;
    let leaving = shard.nodes.iter().find(|node| node.id == *named && node.role == Role::Replica);
    let Some(leaving) = leaving else { return Err(format!("{named} is no replica any more")) };
    if group.multi_az && !keeps_zones(leaving, shard) {
        return Err(format!("without {named} every node would be in one zone"));
    }
    Ok(false)
}

fn shards(redis: &RedisNodes, set: &SetShards, group: &Group, shape: &Shape) -> Result<bool, String> {
    if shape.shards() == set.to {
        return Ok(true);
    }
    if shape.shards() != set.from {
        return Err(format!("there are {} shards by now", shape.shards()));
    }
    if let Some(gone) = set.removed.iter().find(|shard| !shape.replicas.contains_key(*shard)) {
        return Err(format!("shard {gone} is gone"));
    }
    if group.global.is_some() || redis.shards.is_none() {
        return Err("the number of its shards is not ours to change".to_owned());
    }
    Ok(false)
}

//! What forbids a change of a group, what would go next, and what a person should know.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::leaving::{Going, Leaving};
use super::scene::Scene;
use super::victim;
use crate::decide::Situation;
use crate::evaluate::Bounds;
use crate::evaluate::redis_nodes::{Reach, Readings, busy, carries_with_one_less, holds_without_shard};
use crate::history::{History, Lever};
use crate::number::Number;
use crate::observation::{Found, Group, RedisObservation};
use crate::plan::draft::Draft;
use crate::policy::{ClusterMode, PerDirection, RedisNodes, Target};
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// The group, if the number of its nodes is ours to move.
pub(super) fn scalable<'a>(redis: &RedisNodes, seen: &'a RedisObservation) -> Result<&'a Group, Explanation> {
    let name = &redis.group;
    let forbid = |reason, detail: String| Err(Explanation::new(reason, detail));
    let group = match &seen.look.found {
        Found::Group(group) => group,
        Found::Nothing => {
            let detail = format!(
                "ElastiCache knows no replication group {name}: check `group` of the policy and the Region"
            );
            return forbid(Reason::GroupMissing, detail);
        }
        Found::SingleNode => {
            let detail = format!(
                "{name} is a single Redis node without a replication group: make a replication group of it, and name that"
            );
            return forbid(Reason::NotAGroup, detail);
        }
        Found::Memcached => {
            let detail = format!(
                "{name} is a Memcached cluster: it has no replicas, and this kind scales Redis and Valkey; remove the target"
            );
            return forbid(Reason::NotAGroup, detail);
        }
        Found::Serverless => {
            let detail = format!(
                "{name} is a serverless cache: it has no nodes, and AWS scales it; remove the target"
            );
            return forbid(Reason::NotAGroup, detail);
        }
    };
    if let Some(word) = &group.migrating {
        let detail = format!(
            "{name} has cluster mode {word}, on the way from disabled to enabled: ElastiCache takes no scaling meanwhile, and nothing is asked for; \
             set cluster mode to enabled once every client can do with it, and `cluster_mode` in the policy with it"
        );
        return forbid(Reason::ClusterModeCompatible, detail);
    }
    if group.cluster_mode != redis.cluster_mode {
        let detail = format!(
            "{name} has cluster mode {}, and the policy says {}: correct `cluster_mode`, and with it what `min` and `max` count",
            group.cluster_mode.name(),
            redis.cluster_mode.name()
        );
        return forbid(Reason::ClusterModeMismatch, detail);
    }
    if let Some(scalable) = seen.look.scalable.first() {
        let detail = format!(
            "native auto scaling is registered on {name} ({}, {}): it is left to it; deregister it there, or remove the target",
            scalable.dimension, scalable.bounds
        );
        return forbid(Reason::NativeScaling, detail);
    }
    Ok(group)
}

/// The bounds of the moment, and never fewer than failover needs, as far as the maximum lets it.
pub(super) fn bounds(mut bounds: Bounds, reach: &Reach<'_>) -> Bounds {
    let lowest = reach.lowest();
    let short = reach.shape.replicas.values().any(|replicas| *replicas < lowest);
    let needed = reach.nodes_with_replicas(lowest);
    // The maximum is a person's word: what does not fit is told.
    if short && needed > bounds.min && needed <= bounds.max {
        bounds.min = needed;
        let by = if reach.group.needs_a_replica() { "failover" } else { "`replicas`" };
        bounds.min_by = Some(by.to_owned());
    }
    bounds
}

/// What would go, replicas before shards: they come back sooner. Down to the maximum replicas go whatever the load, for the maximum is a
/// person's word; keys are never dropped for it.
pub(super) fn leaving(
    target: &Target,
    reach: &Reach<'_>,
    readings: &Readings<'_>,
    most: Count,
) -> Result<Leaving, Explanation> {
    replicas_leaving(target, reach, readings, most).or_else(|why| {
        // Why no shard goes is said only where shards may go at all.
        if reach.may_reshard().is_err() {
            return Err(why);
        }
        let last = reach.fewer_shards()?;
        let shards = &reach.group.shards;
        let shard = shards.iter().find(|shard| shard.id == last).ok_or(why)?;
        holds_without_shard(shard, &target.scaling, readings)?;
        Ok(Leaving { nodes: Count::of_len(shard.nodes.len()), what: Going::Shard(last) })
    })
}

fn replicas_leaving(
    target: &Target,
    reach: &Reach<'_>,
    readings: &Readings<'_>,
    most: Count,
) -> Result<Leaving, Explanation> {
    let left = reach.fewer_replicas()?;
    // A step that goes below the maximum is the rules' doing, and answers for the load.
    let for_the_maximum = reach.nodes().minus(Count::of_len(left.len())) >= most;
    let mut named = None;
    for shard in reach.group.shards.iter().filter(|shard| left.contains_key(&shard.id)) {
        if !for_the_maximum {
            carries_with_one_less(shard, &target.scaling, readings)?;
        }
        if reach.group.cluster_mode == ClusterMode::Disabled {
            named = Some(victim::choose(shard, reach.group.multi_az, readings)?);
        }
    }
    Ok(Leaving { nodes: Count::of_len(left.len()), what: Going::Replicas { left, named } })
}

/// What is under way, in words: nothing else is begun before it ends.
pub(super) fn under_way(reach: &Reach<'_>, history: &History, now: Timestamp) -> Option<String> {
    let asked = history.redis_nodes.changing.as_ref().map(|changing| {
        let ago = friendly(now.duration_since(changing.since));
        format!("a change of {} was asked for {ago} ago", changing.to.lever().name())
    });
    match (busy(reach.group), asked) {
        (Some(busy), Some(asked)) => Some(format!("{asked}, and {busy}")),
        (Some(busy), None) => Some(busy),
        (None, asked) => asked.map(|asked| format!("{asked}, and ElastiCache does not show it yet")),
    }
}

pub(super) fn situation(
    reach: &Reach<'_>,
    history: &History,
    leaving: Result<&Leaving, Explanation>,
    now: Timestamp,
) -> Situation {
    let memory = &history.redis_nodes;
    let ours = memory.changing.is_some();
    let in_progress = under_way(reach, history, now);
    let foreign =
        in_progress.clone().filter(|_| !ours).map(|words| Explanation::new(Reason::GroupBusy, words));
    let lever_in = leaving.as_ref().map_or(Lever::Replicas, |leaving| match leaving.what {
        Going::Replicas { .. } => Lever::Replicas,
        Going::Shard(_) => Lever::Shards,
    });
    let refused = |lever, out| refused(history, lever, out, now);
    // Whether the lever of the way out was refused is held against the lever, once it is known which one it is.
    let out_blocked = foreign.clone().map(|why| (why, None));
    let in_blocked = foreign
        .or_else(|| refused(lever_in, false).map(|(why, _)| why))
        .or_else(|| leaving.as_ref().err().cloned());
    Situation {
        current: reach.nodes(),
        room: Count(u32::MAX),
        out_blocked,
        in_blocked,
        in_progress: PerDirection {
            out: in_progress.clone().filter(|_| ours),
            in_: in_progress.filter(|_| ours),
        },
        leaving_at_most: leaving.as_ref().map_or(Count::ONE, |leaving| leaving.nodes),
        descent: None,
        least: None,
        most: None,
        clock_at_once: false,
    }
}

/// Why a lever rests in a direction, and until when.
pub(super) fn refused(
    history: &History,
    lever: Lever,
    out: bool,
    now: Timestamp,
) -> Option<(Explanation, Timestamp)> {
    let memory = &history.redis_nodes;
    let refused = if out { &memory.refused_out } else { &memory.refused_in }.get(&lever)?;
    (now < refused.retry_at).then(|| {
        let detail = format!(
            "AWS refused the last change of this sort, or did not carry it out ({} in a row): it is asked for again in {}",
            refused.times,
            friendly(refused.retry_at.duration_since(now))
        );
        let number = Number::count("refusals in a row", Count(refused.times));
        (Explanation::new(Reason::ChangeRefused, detail).with(number), refused.retry_at)
    })
}

/// What a person should know, and what is seen and left alone.
pub(super) fn look_around(scene: &Scene<'_>, draft: &mut Draft) {
    let (reach, group) = (&scene.reach, scene.group);
    let policy = &scene.target.scaling;
    let fewest = reach.nodes_with_replicas(reach.lowest());
    if policy.max < fewest {
        let detail = format!(
            "failover needs {fewest} nodes, and the policy's max is {}: no replica that it needs is taken away, and none is added beyond the max; write a larger max, or switch failover and Multi-AZ off",
            policy.max
        );
        draft.alert("the bounds below what failover needs", Reason::FailoverMinimum, detail);
    }
    if group.needs_a_replica() && !scene.redis.failover {
        let detail = "the policy says failover = false, and the group fails over or has Multi-AZ: a replica is kept in each shard";
        draft.note(Reason::FailoverMinimum, detail);
    }
    for (lever, out) in [Lever::Replicas, Lever::Shards, Lever::NodeType]
        .into_iter()
        .flat_map(|lever| [(lever, true), (lever, false)])
    {
        if let Some((why, until)) = refused(&draft.history, lever, out, scene.now) {
            let (what, which) = (lever.name(), if out { "more" } else { "fewer" });
            let said = why.said().reworded(|detail| format!("{which} {what}: {detail}"));
            let key = format!("the refused change ({which} {what})");
            draft.alert_until(key, why.reason, said, Some(until));
        }
    }
    if group.multi_az {
        for shard in group.shards.iter().filter(|shard| shard.nodes.len() > 1) {
            let zones: BTreeSet<_> = shard.nodes.iter().filter_map(|node| node.zone.as_ref()).collect();
            let known = shard.nodes.iter().all(|node| node.zone.is_some());
            if let (true, [zone]) = (known, zones.into_iter().collect::<Vec<_>>().as_slice()) {
                let detail = format!(
                    "all nodes of shard {} are in {zone}, although the group has Multi-AZ: add a replica in another zone",
                    shard.id
                );
                draft.alert(format!("the zones of shard {}", shard.id), Reason::SingleZone, detail);
            }
        }
    }
}

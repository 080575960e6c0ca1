//! The keys of the kind `redis-nodes`: which replication group, and which of its levers may be pulled how far.

use jiff::SignedDuration;

use super::duration::{self, Allowed};
use super::facts::Facts;
use super::identifier::checked_text;
use super::node_count::{MOST_NODES, NodeCount};
use super::place::Placed;
use super::problems::Problems;
use super::spelling::did_you_mean;
use super::table::{Entry, Key, Table};
use super::{defaults, identifier, node_types};
use crate::names::GroupName;
use crate::policy::{ClusterMode, REPLICAS_A_SHARD, RedisNodes};
use crate::units::{CapacityBounds, Count};

/// Tells the kind where a target does not say it.
pub(super) const GROUP: Key = Key { name: "group", example: "\"sessions\"" };
const CLUSTER_MODE: Key = Key { name: "cluster_mode", example: "\"enabled\"" };
const FAILOVER: Key = Key { name: "failover", example: "true" };
const REPLICAS: Key = Key { name: "replicas", example: "{ min = 1, max = 3 }" };
const SHARDS: Key = Key { name: "shards", example: "{ min = 2, max = 6 }" };
const LEAST: Key = Key { name: "min", example: "1" };
const MOST: Key = Key { name: "max", example: "3" };
const NODE_TYPES: Key = Key { name: "node_types", example: "[\"cache.t3.medium\", \"cache.m7g.large\"]" };
const CHANGE_WITHIN: Key = Key { name: "change_within", example: "\"1h\"" };

const CHANGE: Allowed = Allowed {
    least: SignedDuration::from_mins(10),
    most: SignedDuration::from_hours(24),
    step: SignedDuration::from_secs(1),
    why_not_more: "a change that takes a day is stuck, so ",
};

/// Reads the keys of the kind.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> (Option<RedisNodes>, Facts) {
    let group = table.need(GROUP, problems).and_then(|entry| {
        checked_text(&entry, "a replication group's id", identifier::group_complaint, problems)
    });
    let cluster_mode = table
        .find(CLUSTER_MODE)
        .map_or(Some(ClusterMode::Disabled), |entry| read_cluster_mode(&entry, problems));
    let failover =
        table.find(FAILOVER).map_or(Some(true), |entry| read_failover(&entry, cluster_mode, problems));
    let replicas = read_replicas(table, cluster_mode, failover, problems);
    let shards = read_shards(table, cluster_mode, problems);
    let node_types =
        table.find(NODE_TYPES).map_or(Some(Vec::new()), |entry| node_types::read(&entry, problems));
    let change_within = table
        .find(CHANGE_WITHIN)
        .map_or(Some(defaults::CHANGE_WITHIN), |entry| duration::read(&entry, &CHANGE, problems));
    let nodes = count(cluster_mode, failover, replicas, shards, problems);

    let read = || {
        Some(RedisNodes {
            group: GroupName::new(group?.value),
            cluster_mode: cluster_mode?,
            failover: failover?,
            replicas: replicas?,
            shards: shards?.map(|shards| shards.value),
            node_types: node_types?,
            change_within: change_within?,
        })
    };
    let clustered = cluster_mode == Some(ClusterMode::Enabled);
    (read(), Facts::RedisNodes { clustered, nodes })
}

/// What `min` and `max` of the target are checked against; `None` where that contradicts itself, or could not be read.
fn count(
    cluster_mode: Option<ClusterMode>,
    failover: Option<bool>,
    replicas: Option<CapacityBounds>,
    shards: Option<Option<Placed<CapacityBounds>>>,
    problems: &mut Problems<'_>,
) -> Option<NodeCount> {
    let (shards, replicas, failover) = (shards?, replicas?, failover?);
    if cluster_mode? == ClusterMode::Disabled {
        return Some(NodeCount::OneShard { failover });
    }
    let nodes = NodeCount::Shards { shards: shards.map(|shards| shards.value), replicas };
    let fewest = nodes.fewest();
    if let Some(shards) = shards
        && fewest > MOST_NODES
    {
        let (least, each) = (shards.value.min, replicas.min.plus(Count::ONE));
        let most = MOST_NODES.0 / each.0;
        let message = format!(
            "shards.min: {least} x (1 + {}) are {fewest} nodes, more than the {MOST_NODES} that ElastiCache lets a group have: write {most} or less",
            replicas.min
        );
        problems.tell(shards.at, message);
        return None;
    }
    Some(nodes)
}

fn read_cluster_mode(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<ClusterMode> {
    const MODES: [ClusterMode; 2] = [ClusterMode::Disabled, ClusterMode::Enabled];
    let text = entry.text("\"disabled\" or \"enabled\"", problems)?;
    let known = MODES.into_iter().find(|mode| mode.name() == text.value);
    if known.is_none() {
        let meant = did_you_mean(text.value, MODES.map(ClusterMode::name))
            .unwrap_or_else(|| ": write \"disabled\" or \"enabled\"".to_owned());
        problems.tell(text.at, format!("{}: unknown choice {:?}{meant}", entry.path, text.value));
    }
    known
}

fn read_failover(
    entry: &Entry<'_>,
    cluster_mode: Option<ClusterMode>,
    problems: &mut Problems<'_>,
) -> Option<bool> {
    let failover = entry.boolean(problems)?;
    if !failover && cluster_mode == Some(ClusterMode::Enabled) {
        let message = "failover: with cluster mode enabled every shard fails over by itself, and keeps a replica for it: write true, or leave it out";
        problems.tell(entry.at(), message);
        return None;
    }
    Some(failover)
}

/// The replicas of a shard: with cluster mode disabled they are what `min` and `max` of the target leave beside the primary.
fn read_replicas(
    table: &mut Table<'_>,
    cluster_mode: Option<ClusterMode>,
    failover: Option<bool>,
    problems: &mut Problems<'_>,
) -> Option<CapacityBounds> {
    let least = if failover == Some(false) { Count::ZERO } else { Count::ONE };
    let default = CapacityBounds { min: least, max: REPLICAS_A_SHARD };
    let Some(entry) = table.find(REPLICAS) else { return Some(default) };
    if cluster_mode == Some(ClusterMode::Disabled) {
        problems.tell(entry.key_at(), "replicas: with cluster mode disabled min and max of the target say how many replicas there are, one less than nodes: remove it, or write cluster_mode = \"enabled\"");
        return None;
    }
    let mut table = entry.table(problems)?;
    let mut bound = |key: Key, default: Count, problems: &mut Problems<'_>| {
        let Some(entry) = table.find(key) else { return Some(Placed { value: default, at: table.at }) };
        let Placed { value, at } = entry.number(0, u32::MAX, problems)?;
        let (path, value, most) = (&entry.path, Count(value), REPLICAS_A_SHARD);
        let complaint = if value > most {
            format!(
                "{value} is more than the {most} replicas that ElastiCache lets a shard have: write {most} or less"
            )
        } else if value < least {
            format!("{value} leaves no replica, and failover needs one: write {least} or more")
        } else {
            return Some(Placed { value, at });
        };
        problems.tell(at, format!("{path}: {complaint}"));
        None
    };
    let (min, max) = (bound(LEAST, default.min, problems), bound(MOST, default.max, problems));
    table.tell_unknown_keys(problems);
    ordered("replicas", min?, max?, problems)
}

/// How many shards there may be, and where that is written.
fn read_shards(
    table: &mut Table<'_>,
    cluster_mode: Option<ClusterMode>,
    problems: &mut Problems<'_>,
) -> Option<Option<Placed<CapacityBounds>>> {
    let Some(entry) = table.find(SHARDS) else { return Some(None) };
    if cluster_mode == Some(ClusterMode::Disabled) {
        problems.tell(entry.key_at(), "shards: with cluster mode disabled there is one shard for ever: remove it, or write cluster_mode = \"enabled\"");
        return None;
    }
    let mut table = entry.table(problems)?;
    let mut bound = |key: Key, problems: &mut Problems<'_>| {
        let bound = table.need(key, problems)?.number(1, MOST_NODES.0, problems)?;
        Some(Placed { value: Count(bound.value), at: bound.at })
    };
    let (min, max) = (bound(LEAST, problems), bound(MOST, problems));
    table.tell_unknown_keys(problems);
    let (min, max) = (min?, max?);
    let at = min.at;
    Some(Some(Placed { value: ordered("shards", min, max, problems)?, at }))
}

/// Both bounds of `path`, of which `min` has to be the smaller one.
fn ordered(
    path: &str,
    min: Placed<Count>,
    max: Placed<Count>,
    problems: &mut Problems<'_>,
) -> Option<CapacityBounds> {
    let Placed { value: most, .. } = max;
    let Placed { value: least, at } = min;
    if least > most {
        let message =
            format!("{path}.min: {least} is above {path}.max, which is {most}: write {most} or less");
        problems.tell(at, message);
        return None;
    }
    Some(CapacityBounds { min: least, max: most })
}

//! What ElastiCache, Application Auto Scaling and CloudWatch say of one replication group.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Reading, ScalableTarget};
use crate::names::{AvailabilityZone, GroupName, NodeId, NodeType, ShardId};
use crate::policy::{ClusterMode, NodeMetric};

/// One target at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisObservation {
    /// When it was asked for.
    pub at: Timestamp,
    /// The group and what limits it.
    pub look: GroupLook,
    /// What the target's rules need of each node, as `node_metrics_needed` says, and nothing else.
    pub signals: BTreeMap<NodeId, BTreeMap<NodeMetric, Reading>>,
    /// Whether the metrics could be read. If not, every reading is missing, and they are read at the next wake-up.
    pub signals_read: bool,
}

/// The group without its metrics: what is read again right before something is taken away.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupLook {
    /// What there is under the name of the policy.
    pub found: Found,
    /// What Application Auto Scaling holds on it, of whatever dimension.
    pub scalable: Vec<ScalableTarget>,
    /// The node types that ElastiCache lets the group grow to (`ScaleUpModifications`); `None` where the policy names no types, or they could
    /// not be read.
    pub larger_types: Option<Vec<NodeType>>,
}

impl GroupLook {
    /// The group, if it is one.
    pub fn group(&self) -> Option<&Group> {
        match &self.found {
            Found::Group(group) => Some(group),
            Found::Nothing | Found::SingleNode | Found::Memcached | Found::Serverless => None,
        }
    }
}

/// What ElastiCache has under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A replication group.
    Group(Group),
    /// Nothing of that name.
    Nothing,
    /// A Redis node that is in no replication group.
    SingleNode,
    /// A Memcached cluster: it has no replicas.
    Memcached,
    /// A serverless cache: it has no nodes.
    Serverless,
}

/// One replication group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// `Status`.
    pub status: Availability,
    /// `ClusterEnabled`.
    pub cluster_mode: ClusterMode,
    /// `ClusterMode` where it is neither `enabled` nor `disabled`: `compatible` while a person migrates the group from one to the other, in which
    /// ElastiCache takes no other change ("Modifying cluster mode"), or a word that is not known.
    pub migrating: Option<String>,
    /// `MultiAZ`.
    pub multi_az: bool,
    /// `AutomaticFailover`.
    pub failover: Failover,
    /// `CacheNodeType`.
    pub node_type: NodeType,
    /// `DataTiering`.
    pub tiering: DataTiering,
    /// `NodeGroups`, by id.
    pub shards: Vec<Shard>,
    /// Members that no shard names: on their way in or out.
    pub strays: Vec<Node>,
    /// What is asked of it and not done (`PendingModifiedValues`), in words; resharding with its progress.
    pub pending: Vec<String>,
    /// The Global Datastore that it belongs to: number of shards and node type are then changed there.
    pub global: Option<String>,
    /// When ElastiCache does its own maintenance, of the member that tells it.
    pub maintenance: Option<MaintenanceWindow>,
}

impl Group {
    /// Every node that a shard names.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.shards.iter().flat_map(|shard| &shard.nodes)
    }

    /// Whether something needs a replica in every shard: it is then never taken away.
    pub fn needs_a_replica(&self) -> bool {
        self.multi_az || !matches!(self.failover, Failover::Disabled)
    }
}

/// One shard, which ElastiCache calls a node group.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// Its id.
    pub id: ShardId,
    /// `Status`.
    pub status: Availability,
    /// Its primary and its replicas.
    pub nodes: Vec<Node>,
}

/// One node, which ElastiCache calls a cache cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// `CurrentRole`. Told with cluster mode disabled only.
    pub role: Role,
    /// `CacheClusterStatus`.
    pub status: Availability,
    /// Where it is.
    pub zone: Option<AvailabilityZone>,
    /// `CacheClusterCreateTime`: a name that comes again inherits another node's metrics.
    pub created: Option<Timestamp>,
}

/// A status of ElastiCache, of a group, a shard or a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// `available`: it can be changed.
    Available,
    /// Any other word, as `modifying`, `creating`, `deleting`, `snapshotting`; `unknown` where nothing is told.
    Other(String),
}

impl Availability {
    /// As ElastiCache says it.
    pub fn word(&self) -> &str {
        match self {
            Availability::Available => "available",
            Availability::Other(word) => word,
        }
    }
}

/// Whether a node takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It takes reads.
    Replica,
    /// ElastiCache does not say.
    Unknown,
}

/// `AutomaticFailover`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failover {
    /// A replica takes over by itself.
    Enabled,
    /// Nobody takes over.
    Disabled,
    /// It is being switched on or off.
    Changing,
}

/// `DataTiering`: whether values move between memory and SSD (ElastiCache user guide, "Data tiering in ElastiCache").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataTiering {
    /// Values that are seldom read move to SSD once memory is full.
    Enabled,
    /// Everything is in memory.
    Disabled,
    /// ElastiCache does not say, or in a word that is not known.
    Unknown,
}

/// `PreferredMaintenanceWindow`, as `sun:23:00-mon:01:30`, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// Minutes since Monday 00:00 UTC; below 10,080.
    pub from: u32,
    /// The same; it is before `from` where the window crosses the end of Sunday.
    pub to: u32,
}

/// The minutes of a week.
const WEEK: u32 = 7 * 24 * 60;

impl MaintenanceWindow {
    /// Reads AWS's form; `None` where it is none, or no time at all.
    pub fn parse(text: &str) -> Option<MaintenanceWindow> {
        let (from, to) = text.split_once('-')?;
        let window = MaintenanceWindow { from: minute_of_week(from)?, to: minute_of_week(to)? };
        (window.from != window.to).then_some(window)
    }

    /// Whether it is open.
    pub fn contains(self, at: Timestamp) -> bool {
        // 1970-01-01 was a Thursday.
        let minute = (at.as_second().div_euclid(60) + 3 * 24 * 60).rem_euclid(i64::from(WEEK));
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        if from < to { from <= minute && minute < to } else { minute >= from || minute < to }
    }
}

fn minute_of_week(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (day, hour, minute) = (parts.next()?, parts.next()?, parts.next()?);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|name| *name == day)?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let valid = parts.next().is_none() && hour < 24 && minute < 60;
    valid.then_some(u32::try_from(day).ok()? * 24 * 60 + hour * 60 + minute)
}

impl std::fmt::Display for MaintenanceWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = |minute: u32| {
            let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(minute / (24 * 60) % 7) as usize];
            format!("{day}:{:02}:{:02}", minute / 60 % 24, minute % 60)
        };
        write!(f, "{}-{} UTC", words(self.from), words(self.to))
    }
}

/// The resource id that Application Auto Scaling knows a group by.
pub fn resource_id(group: &GroupName) -> String {
    format!("replication-group/{group}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_maintenance_window_holds_across_the_end_of_the_week() {
        let window = MaintenanceWindow::parse("sun:23:00-mon:01:30").unwrap();
        assert_eq!(window.to_string(), "sun:23:00-mon:01:30 UTC");
        // 2026-11-22 is a Sunday.
        for (moment, open) in [
            ("2026-11-22T22:59:59Z", false),
            ("2026-11-22T23:00:00Z", true),
            ("2026-11-23T01:29:59Z", true),
            ("2026-11-23T01:30:00Z", false),
            ("2026-11-24T00:30:00Z", false),
        ] {
            assert_eq!(window.contains(at(moment)), open, "{moment}");
        }
        let weekday = MaintenanceWindow::parse("wed:03:00-wed:04:00").unwrap();
        assert!(
            weekday.contains(at("2026-11-25T03:30:00Z")) && !weekday.contains(at("2026-11-25T04:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_maintenance_window_is_none() {
        for text in [
            "",
            "sun",
            "sun:25:00-mon:01:00",
            "sun:01:60-mon:01:00",
            "day:01:00-mon:01:00",
            "sun:01:00-sun:01:00",
        ] {
            assert_eq!(MaintenanceWindow::parse(text), None, "{text}");
        }
    }
}

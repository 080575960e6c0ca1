//! What ElastiCache says of the group: roles where it tells them, members on their way beside the shards, and all of it up to a minute old.

use std::collections::BTreeMap;

use tidegate_policy::names::NodeId;
use tidegate_policy::observation::{
    Availability, DataTiering, Failover, Group, MaintenanceWindow, Node, Role,
};
use tidegate_policy::policy::ClusterMode;

use crate::account::clock::Millis;

use super::group::{DESCRIBE_LATENESS, Life, Member, Nodes, Shard};
use super::node_types;
use super::work::Work;

/// Sunday, 03:00 to 04:00 UTC.
const MAINTENANCE: MaintenanceWindow = MaintenanceWindow { from: 6 * 1_440 + 180, to: 6 * 1_440 + 240 };

impl Nodes {
    /// DescribeReplicationGroups and DescribeCacheClusters, each as it was true a moment ago.
    pub(super) fn describe(&mut self, now: Millis) -> Option<Group> {
        let mut group = self.some_answer(now)?.clone();
        // The states of nodes come from the second call, and a node that the group does not know yet too.
        let clusters = self.some_answer(now)?;
        let mut nodes: BTreeMap<NodeId, Node> =
            clusters.nodes().chain(&clusters.strays).map(|node| (node.id.clone(), node.clone())).collect();
        for node in group.shards.iter_mut().flat_map(|shard| &mut shard.nodes) {
            match nodes.remove(&node.id) {
                Some(told) => (node.status, node.created) = (told.status, told.created),
                None => (node.status, node.created) = (Availability::Other("unknown".to_owned()), None),
            }
        }
        group.strays = nodes.into_values().collect();
        for stray in &mut group.strays {
            stray.role = Role::Unknown;
        }
        Some(group)
    }

    fn some_answer(&mut self, now: Millis) -> Option<&Group> {
        self.describes += 1;
        let mut draws = self.stale.member(self.describes);
        let lateness = if draws.chance(0.05) {
            Millis::of_minutes(draws.between(0.0, DESCRIBE_LATENESS.in_minutes()))
        } else {
            Millis(0)
        };
        let moment = now - lateness;
        let old = self.earlier.iter().find(|(until, _)| *until > moment);
        old.map(|(_, answer)| answer).or(self.current.as_ref())
    }

    pub(super) fn answer(&self, now: Millis) -> Group {
        let of_group = availability(self.status());
        let snapshot = self.snapshot_until.and(self.shards.first()).and_then(|shard| shard.members.last());
        let node = |member: &Member| Node {
            id: member.id.clone(),
            role: match (self.cluster_mode, member.primary) {
                (ClusterMode::Enabled, _) => Role::Unknown,
                (ClusterMode::Disabled, true) => Role::Primary,
                (ClusterMode::Disabled, false) => Role::Replica,
            },
            status: match member.life {
                Life::Creating { .. } => availability(Some("creating")),
                Life::Modifying => availability(Some("modifying")),
                Life::Deleting { .. } => availability(Some("deleting")),
                Life::Serving if snapshot.is_some_and(|at_work| at_work.id == member.id) => {
                    availability(Some("snapshotting"))
                }
                Life::Serving => Availability::Available,
            },
            zone: Some(member.zone.clone()),
            created: Some(member.created.timestamp()),
        };
        let mut strays: Vec<Node> = self.strays.iter().map(node).collect();
        let mut shards = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            let named = |member: &&Member| is_named(shard, member, now);
            let nodes = shard.members.iter().filter(named).map(node).collect();
            strays.extend(shard.members.iter().filter(|member| !named(member)).map(node));
            let id = shard.id.clone();
            shards.push(tidegate_policy::observation::Shard { id, status: of_group.clone(), nodes });
        }
        let pending = match &self.work {
            Some(work @ Work::Shards { .. }) => {
                vec![format!("resharding {:.0}%", 100.0 * work.progress(now))]
            }
            Some(Work::NodeType { to, .. }) => vec![format!("node type {to}")],
            Some(Work::Replicas { .. }) | None => Vec::new(),
        };
        Group {
            status: of_group,
            cluster_mode: self.cluster_mode,
            migrating: self.compatible_until.map(|_| "compatible".to_owned()),
            multi_az: self.multi_az,
            failover: if self.failover { Failover::Enabled } else { Failover::Disabled },
            node_type: self.node_type.clone(),
            tiering: if node_types::is_tiered(&self.node_type) {
                DataTiering::Enabled
            } else {
                DataTiering::Disabled
            },
            shards,
            strays,
            pending,
            global: None,
            maintenance: Some(MAINTENANCE),
        }
    }
}

/// Whether its shard names a node: a new one only when it is half made, one that goes not to its end (?).
fn is_named(shard: &Shard, member: &Member, now: Millis) -> bool {
    let is_new = !shard.members.iter().any(Member::is_up);
    match member.life {
        Life::Serving | Life::Modifying => true,
        Life::Creating { since, until, .. } => is_new || now - since >= until - now,
        Life::Deleting { since, until } => now - since < until - now,
    }
}

fn availability(word: Option<&str>) -> Availability {
    word.map_or(Availability::Available, |word| Availability::Other(word.to_owned()))
}

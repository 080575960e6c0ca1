//! A replication group: its shards and nodes in ElastiCache, what Application Auto Scaling holds on it, and its keys.

#[cfg(test)]
mod behaviour;
mod change;
mod describe;
pub(super) mod fleet;
mod group;
mod measured;
mod node_types;
mod past;
mod plant;
mod start;
mod watcher;
mod work;

use tidegate_policy::observation::{Minute, ScalableTarget};
use tidegate_policy::policy::RedisNodes;

use crate::document::{Body, NodeFrame, NodeRole, NodeSet, NodeState};
use crate::random::Streams;
use crate::world::{NodeShortage, WorldEvent};

use super::change::Change;
use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::simulated::Simulated;
use super::watched::Breach;
use group::{Life, Nodes, number};
use plant::Plant;
use watcher::Watcher;
use work::Work;

pub(super) use measured::KEPT;
pub use start::{GroupStart, Keys};

/// Everything there is of one replication group.
#[derive(Debug)]
pub(super) struct State {
    pub(super) shared: Shared,
    kind: RedisNodes,
    nodes: Nodes,
    native: Vec<ScalableTarget>,
    plant: Plant,
    watcher: Watcher,
    /// Why the next change that needs nodes is refused.
    shortage: Option<NodeShortage>,
    changes: Vec<Change>,
}

impl Simulated for State {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn shared_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// In order of time: whatever becomes of nodes, and of the change under way.
    fn advance(&mut self, to: Millis) {
        while self.shared.now < to {
            let next = to.min(self.nodes.next_step()).max(self.shared.now);
            self.shared.now = next;
            self.nodes.settle(next);
        }
    }

    fn end_minute(&mut self, demand: f64) -> Served {
        let now = self.shared.now;
        let minute = Minute(now.minute().0 - 1);
        let capacity = self.plant.serve(demand, &mut self.nodes, now, minute, &mut self.shared.metrics);
        let dark = self.shared.metrics.is_dark(minute);
        self.watcher.look(&self.nodes, &self.plant, dark, now);
        Served::of(demand, capacity)
    }

    fn live_before(&mut self, before: &[f64]) {
        self.publish_before(before);
    }

    fn befall(&mut self, event: &WorldEvent) -> Option<String> {
        let now = self.shared.now;
        let until = now + event.lasting().map_or(Millis(0), Millis::of_duration);
        match event {
            WorldEvent::NodeFailover { shard } => {
                let swapped = self.nodes.shards.get_mut(*shard).and_then(|shard| shard.fail_over(now));
                self.nodes.touch(now);
                return Some(swapped.map_or_else(
                    || format!("nothing: shard {} has no replica to fail over to", shard + 1),
                    |(old, new)| format!("{new} takes over from {old}"),
                ));
            }
            WorldEvent::RefuseNextChange { why } => self.shortage = Some(*why),
            WorldEvent::FailNextCreation => self.nodes.fail_creation = true,
            WorldEvent::ReshardingFails => match &mut self.nodes.work {
                Some(Work::Shards { fails, .. }) => *fails = true,
                _ => self.nodes.fail_resharding = true,
            },
            WorldEvent::MemorySurge { percent, .. } => self.plant.surge = Some((*percent, until)),
            WorldEvent::MemoryHoard { percent, .. } => self.plant.hoard = Some((*percent, until)),
            WorldEvent::ClusterModeCompatible { .. } => {
                if self.nodes.is_busy() {
                    return Some("nothing: the group is busy, and its cluster mode stays".to_owned());
                }
                (self.nodes.compatible_since, self.nodes.compatible_until) = (Some(now), Some(until));
                self.nodes.touch(now);
            }
            WorldEvent::ForeignChange => {
                let shard = self.nodes.shards.iter().find(|shard| shard.replicas() < 5);
                let wanted = shard.map(|shard| vec![(shard.id.clone(), shard.replicas() + 1)]);
                match wanted.filter(|_| self.nodes.takes_changes().is_ok()) {
                    Some(wanted) => self.nodes.increase(&wanted, now),
                    None => return Some("nothing: ElastiCache takes no replica more at present".to_owned()),
                }
            }
            WorldEvent::SnapshotRunning { .. } => {
                if self.nodes.is_busy() {
                    return Some("nothing: the group is busy, and no backup begins".to_owned());
                }
                self.nodes.snapshot_until = Some(until);
                self.nodes.touch(now);
            }
            _ => return None,
        }
        Some(event.sentence(None))
    }

    fn unit_hours(&self) -> f64 {
        self.nodes.unit_hours(self.shared.now)
    }

    fn take_breaches(&mut self) -> Vec<Breach> {
        self.watcher.take()
    }

    fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn frame(&self) -> Body {
        Body::Nodes(self.node_set())
    }
}

impl State {
    /// The nodes as a chart shows them.
    fn node_set(&self) -> NodeSet {
        let scaling = &self.shared.target.scaling;
        let of_shard = |shard: &str, member: &group::Member| NodeFrame {
            id: member.id.to_string(),
            shard: shard.to_owned(),
            role: if member.primary { NodeRole::Primary } else { NodeRole::Replica },
            state: match member.life {
                Life::Creating { .. } => NodeState::Creating,
                Life::Serving => NodeState::Serving,
                Life::Modifying => NodeState::Modifying,
                Life::Deleting { .. } => NodeState::Deleting,
            },
            cpu: member.measured.engine,
            memory: member.measured.memory,
            evictions: member.measured.evictions,
            connections: member.measured.connections,
        };
        let mut nodes: Vec<NodeFrame> = self
            .nodes
            .shards
            .iter()
            .flat_map(|shard| shard.members.iter().map(|member| of_shard(shard.id.as_str(), member)))
            .collect();
        // The shard of a node that outlives it is in its name.
        let shard_of = |id: &str| id.rsplit('-').nth(1).unwrap_or_default().to_owned();
        nodes.extend(self.nodes.strays.iter().map(|member| of_shard(&shard_of(member.id.as_str()), member)));
        nodes.sort_by(|a, b| (&a.shard, &a.id).cmp(&(&b.shard, &b.id)));
        NodeSet {
            min: scaling.min.0,
            max: scaling.max.0,
            desired: self.nodes.desired(),
            node_type: self.nodes.node_type.to_string(),
            shards: number(self.nodes.shards.len()),
            status: self.nodes.status().unwrap_or("available").to_owned(),
            nodes,
            dark: self.shared.metrics.is_dark(Minute(self.shared.now.minute().0 - 1)),
        }
    }

    /// The group as it stood for long.
    pub(super) fn new(shared: Shared, kind: &RedisNodes, start: &GroupStart, streams: Streams) -> Self {
        let key = |purpose: &str| streams.key(kind.group.as_str(), purpose);
        let shape = start.shape(&shared.target, kind);
        let keys = (key("creation"), key("stale describe"));
        let multi_az = start.multi_az.unwrap_or(kind.failover);
        let nodes = Nodes::new(keys, kind, shape, start.node_type(kind), multi_az, shared.now);
        let plant = Plant::new(start.keys, &nodes, key("noise"));
        let watcher = Watcher::new(&shared.target, kind);
        let native = start.native.clone();
        Self {
            shared,
            kind: kind.clone(),
            nodes,
            native,
            plant,
            watcher,
            shortage: None,
            changes: Vec::new(),
        }
    }

    /// How many nodes there are, those that come and go too.
    pub(super) fn members(&self) -> usize {
        self.nodes.shards.iter().map(|shard| shard.members.len()).sum::<usize>() + self.nodes.strays.len()
    }
}

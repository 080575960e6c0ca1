//! The signals of every node in their own units, and who is a primary.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{cores, tiering};
use crate::evaluate::series::{MemberSeries, mapped};
use crate::names::NodeId;
use crate::observation::{Group, Node, Reading, RedisObservation, Role, Shard};
use crate::policy::{NodeMetric, Signal};
use crate::reason::Reason;

/// From here on the value of `IsMaster` means a primary.
const IS_PRIMARY: f64 = 0.5;

/// What is known of each node.
pub(crate) struct Readings<'a> {
    pub(crate) group: &'a Group,
    /// Whether the metrics could be read at all.
    read: bool,
    nodes: BTreeMap<&'a NodeId, Known<'a>>,
}

struct Known<'a> {
    role: Role,
    cpu: Reading,
    memory: &'a Reading,
    evictions: &'a Reading,
    connections: &'a Reading,
}

impl<'a> Readings<'a> {
    pub(crate) fn new(seen: &'a RedisObservation, group: &'a Group, now: Timestamp) -> Self {
        let (metric, scale) = cores::cpu_metric(&group.node_type);
        let memory = tiering::memory_metric(group);
        let mut nodes = BTreeMap::new();
        for shard in &group.shards {
            for node in &shard.nodes {
                let raw = |metric| {
                    let signals = seen.signals.get(&node.id);
                    signals.and_then(|signals| signals.get(&metric)).unwrap_or(&Reading::Missing)
                };
                // The engine has one thread: two busy cores are one busy engine and something else.
                let cpu = mapped(raw(metric), now, |point| (point.value * scale).min(100.0));
                let known = Known {
                    role: role(node, shard, raw(NodeMetric::IsPrimary)),
                    cpu,
                    memory: raw(memory),
                    evictions: raw(NodeMetric::Evictions),
                    connections: raw(NodeMetric::Connections),
                };
                nodes.insert(&node.id, known);
            }
        }
        Self { group, read: seen.signals_read, nodes }
    }

    pub(crate) fn role(&self, node: &Node) -> Role {
        self.nodes.get(&node.id).map_or(Role::Unknown, |known| known.role)
    }

    /// Connections of a replica, where they were bought.
    pub(crate) fn connections(&self, node: &Node) -> Option<f64> {
        Some(self.nodes.get(&node.id)?.connections.fresh()?.newest().value)
    }

    /// One node's reading of a signal of nodes.
    pub(super) fn reading(&self, node: &Node, signal: Signal) -> &Reading {
        let Some(known) = self.nodes.get(&node.id) else { return &Reading::Missing };
        match signal {
            Signal::Cpu => &known.cpu,
            Signal::Memory => known.memory,
            Signal::Evictions => known.evictions,
            Signal::NodeConnections => known.connections,
            _ => &Reading::Missing,
        }
    }

    /// The nodes that a signal is about: CPU and connections of all, memory and evictions of those that ElastiCache does not call replicas.
    pub(super) fn members(&self, signal: Signal) -> Vec<&'a Node> {
        let all = self.group.nodes();
        let of_all = matches!(signal, Signal::Cpu | Signal::NodeConnections);
        all.filter(|node| of_all || node.role != Role::Replica).collect()
    }

    /// The series of a signal, of the nodes that it is about.
    pub(super) fn series(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        self.members(signal).into_iter().map(|node| self.one(node, signal)).collect()
    }

    /// Why a signal says nothing, where that is data tiering: CloudWatch does not publish what counts there, and what it publishes of memory does
    /// not count.
    pub(super) fn untold_by_tiering(&self, signal: Signal, why: Reason) -> Option<Reason> {
        let asked = signal == Signal::Memory && why == Reason::SignalMissing && self.read;
        let silent = |node| *self.reading(node, signal) == Reading::Missing;
        let untold = asked && tiering::is_tiered(self.group) && self.members(signal).into_iter().any(silent);
        untold.then_some(Reason::TieringUnmeasured)
    }

    /// The series of one node.
    pub(super) fn one(&self, node: &'a Node, signal: Signal) -> MemberSeries<'_> {
        MemberSeries {
            member: node.id.as_str(),
            scale: Some(1.0),
            reading: self.reading(node, signal),
            smallest_of: None,
        }
    }
}

/// As ElastiCache tells it, or as the node's own metric does; alone in its shard a node is the primary.
fn role(node: &Node, shard: &Shard, is_primary: &Reading) -> Role {
    if node.role != Role::Unknown {
        return node.role;
    }
    if shard.nodes.len() == 1 {
        return Role::Primary;
    }
    match is_primary.fresh().map(|series| series.newest().value) {
        Some(value) if value >= IS_PRIMARY => Role::Primary,
        Some(_) => Role::Replica,
        None => Role::Unknown,
    }
}

//! What is known of each node, and who its shard's primary is. Missing data is never low.

use super::case::Step;
use super::{cores, tiers};
use crate::observation::{Node, Reading, Role, Shard};
use crate::policy::{ClusterMode, NodeMetric, Signal, ThresholdRule};
use crate::units::friendly;

/// Minutes whose mean stands for the present.
const RECENT: i64 = 10;

/// One-minute points that may be acted on, each with its minute, in the signal's own unit.
pub(super) struct Known(Vec<(i64, f64)>);

impl Known {
    /// Those of so many minutes, counted back from the newest point.
    fn last(&self, minutes: i64) -> impl Iterator<Item = f64> {
        let newest = self.0.iter().map(|(minute, _)| *minute).max().unwrap_or(0);
        self.0.iter().filter(move |(minute, _)| newest - minute < minutes).map(|(_, value)| *value)
    }

    /// The lowest and the highest of the recent past.
    pub(super) fn span(&self) -> (f64, f64) {
        self.last(RECENT).fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        })
    }

    /// The mean of the recent past.
    pub(super) fn recent(&self) -> f64 {
        let (sum, points) =
            self.last(RECENT).fold((0.0, 0.0), |(sum, points), value| (sum + value, points + 1.0));
        sum / points
    }

    /// Whether one of the minutes that the rule looks at is above its threshold.
    pub(super) fn was_above(&self, rule: &ThresholdRule) -> bool {
        self.last(i64::from(rule.points.of())).any(|value| value > rule.threshold)
    }

    /// Whether the newest three points are all above the threshold.
    pub(super) fn is_above(&self, rule: &ThresholdRule) -> bool {
        self.0.iter().rev().take(3).all(|(_, value)| *value > rule.threshold)
    }

    fn newest(&self) -> Option<f64> {
        self.0.last().map(|(_, value)| *value)
    }
}

impl Step<'_> {
    /// A signal of a node.
    ///
    /// # Errors
    /// Why nothing may be concluded from it.
    pub(super) fn known(&self, node: &Node, signal: Signal) -> Result<Known, String> {
        let (metric, scale) = match signal {
            Signal::Cpu => cores::cpu(&self.group.node_type),
            Signal::Memory => (tiers::fullness(self.group), 1.0),
            Signal::Evictions => (NodeMetric::Evictions, 1.0),
            Signal::NodeConnections => (NodeMetric::Connections, 1.0),
            other => return Err(format!("a node has no {}", other.name())),
        };
        self.measured(node, metric, scale)
    }

    fn measured(&self, node: &Node, metric: NodeMetric, scale: f64) -> Result<Known, String> {
        let readings = self.case.seen.signals.get(&node.id);
        match readings.and_then(|readings| readings.get(&metric)) {
            Some(Reading::Fresh(series)) => {
                Ok(Known(series.points().iter().map(|point| (point.minute.0, point.value * scale)).collect()))
            }
            Some(Reading::Stale(series)) => {
                let age = series.newest().minute.end().map(|end| self.case.now.duration_since(end));
                let age = age.map_or_else(String::new, friendly);
                Err(format!("{metric:?} of {} is {age} old", node.id))
            }
            Some(Reading::Missing) => Err(format!("{metric:?} of {} has no points", node.id)),
            None => Err(format!("{metric:?} of {} was not read", node.id)),
        }
    }

    /// Whether the signal is to be judged by this node. Replicas hold the same keys as their primary; with cluster mode enabled nobody says
    /// which they are.
    pub(super) fn speaks(&self, node: &Node, signal: Signal) -> bool {
        matches!(signal, Signal::Cpu | Signal::NodeConnections)
            || self.group.cluster_mode == ClusterMode::Enabled
            || node.role != Role::Replica
    }

    /// The rules that may ask for more.
    pub(super) fn out_rules(&self, signal: Signal) -> impl Iterator<Item = &ThresholdRule> {
        self.case.scaling.scale_out.iter().filter(move |rule| rule.signal == signal)
    }

    /// Whether a rule that may change anything looks at the signal.
    pub(super) fn is_read(&self, signal: Signal) -> bool {
        let scaling = self.case.scaling;
        scaling.scale_out.iter().chain(&scaling.scale_in).any(|rule| rule.signal == signal)
    }

    /// The shard's primary, where exactly one node is known to be it.
    pub(super) fn primary<'a>(&self, shard: &'a Shard) -> Option<&'a Node> {
        let takes_writes = |node: &Node| match self.group.cluster_mode {
            ClusterMode::Disabled => match node.role {
                Role::Primary => Some(true),
                Role::Replica => Some(false),
                Role::Unknown => None,
            },
            ClusterMode::Enabled if shard.nodes.len() == 1 => Some(true),
            ClusterMode::Enabled => {
                Some(self.measured(node, NodeMetric::IsPrimary, 1.0).ok()?.newest()? >= 0.5)
            }
        };
        let mut primary = None;
        for node in &shard.nodes {
            if takes_writes(node)? && primary.replace(node).is_some() {
                return None;
            }
        }
        primary
    }
}

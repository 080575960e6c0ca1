//! What was measured of one minute of one node.

use tidegate_policy::policy::NodeMetric;

/// How many series a node has.
pub(super) const SERIES: usize = NodeMetric::ALL.len();

/// What is kept for days, and read of a node: of the engine's one thread, and of all vCPUs.
pub(in crate::account) const KEPT: &[usize] = &[NodeMetric::EngineCpu as usize, NodeMetric::HostCpu as usize];

/// One minute of one node; `None` where nothing is published.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// Percent of the engine's one thread.
    pub(super) engine: Option<f64>,
    /// Percent of all vCPUs.
    pub(super) host: Option<f64>,
    /// Percent.
    pub(super) memory: Option<f64>,
    /// Percent of memory and SSD together.
    pub(super) capacity: Option<f64>,
    /// In the minute.
    pub(super) evictions: Option<f64>,
    pub(super) connections: Option<f64>,
    pub(super) is_primary: Option<f64>,
}

impl Measured {
    pub(super) fn of(&self, metric: NodeMetric) -> Option<f64> {
        match metric {
            NodeMetric::EngineCpu => self.engine,
            NodeMetric::HostCpu => self.host,
            NodeMetric::Memory => self.memory,
            NodeMetric::Capacity => self.capacity,
            NodeMetric::Evictions => self.evictions,
            NodeMetric::Connections => self.connections,
            NodeMetric::IsPrimary => self.is_primary,
        }
    }
}

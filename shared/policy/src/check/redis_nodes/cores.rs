//! By which metric a node's CPU is judged, and what makes it a share of the one core that the engine runs on. From AWS's table of node types.

use crate::names::NodeType;
use crate::policy::NodeMetric;

/// "Supported node types" of the ElastiCache user guide, those with one vCPU.
const ONE_CORE: [&str; 6] = [
    "cache.t1.micro",
    "cache.t2.micro",
    "cache.t2.small",
    "cache.m1.small",
    "cache.m1.medium",
    "cache.m3.medium",
];

/// Sizes with two vCPUs, of whatever other family.
const TWO_CORES: [&str; 4] = [".micro", ".small", ".medium", ".large"];

/// The metric, and by what its percentage is multiplied. `CPUUtilization` is a share of all vCPUs, of which the engine fills one.
pub(super) fn cpu(node_type: &NodeType) -> (NodeMetric, f64) {
    let name = node_type.as_str();
    if ONE_CORE.contains(&name) {
        (NodeMetric::HostCpu, 1.0)
    } else if name.starts_with("cache.") && TWO_CORES.iter().any(|size| name.ends_with(size)) {
        (NodeMetric::HostCpu, 2.0)
    } else {
        (NodeMetric::EngineCpu, 1.0)
    }
}

//! How many cores a node has, and with them which of the two CPU metrics says how busy its one-threaded engine is.

use crate::names::NodeType;
use crate::policy::NodeMetric;

/// With so many vCPUs and more, the engine's own metric is the one to read (ElastiCache user guide, "Which metrics should I monitor?").
const ENGINE_METRIC_FROM: u32 = 4;

/// The metric of a node's CPU, and what makes it a share of the one core that the engine uses.
pub(crate) fn cpu_metric(node_type: &NodeType) -> (NodeMetric, f64) {
    match vcpus(node_type) {
        Some(cores) if cores < ENGINE_METRIC_FROM => (NodeMetric::HostCpu, f64::from(cores)),
        // What a later generation is called is not known here; every node reports its engine.
        Some(_) | None => (NodeMetric::EngineCpu, 1.0),
    }
}

/// The vCPUs of a node type, by its size; `None` for a size that is not known.
fn vcpus(node_type: &NodeType) -> Option<u32> {
    let mut parts = node_type.as_str().split('.');
    let (Some("cache"), Some(family), Some(size), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    match size {
        // Every family since t3 has two in its smallest; before, only the medium t2 had.
        "micro" | "small" if matches!(family, "t1" | "t2" | "m1") => Some(1),
        "medium" if matches!(family, "m1" | "m3") => Some(1),
        "micro" | "small" | "medium" => Some(2),
        "large" => Some(2),
        "xlarge" => Some(4),
        _ => size.strip_suffix("xlarge")?.parse::<u32>().ok()?.checked_mul(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_nodes_are_read_by_their_host_and_large_ones_by_their_engine() {
        for (name, metric, scale) in [
            ("cache.t2.micro", NodeMetric::HostCpu, 1.0),
            ("cache.t2.medium", NodeMetric::HostCpu, 2.0),
            ("cache.t3.medium", NodeMetric::HostCpu, 2.0),
            ("cache.t9.micro", NodeMetric::HostCpu, 2.0),
            ("cache.m3.medium", NodeMetric::HostCpu, 1.0),
            ("cache.m7g.large", NodeMetric::HostCpu, 2.0),
            ("cache.r6g.xlarge", NodeMetric::EngineCpu, 1.0),
            ("cache.r7g.16xlarge", NodeMetric::EngineCpu, 1.0),
            ("cache.z9.huge", NodeMetric::EngineCpu, 1.0),
            ("db.t3.medium", NodeMetric::EngineCpu, 1.0),
        ] {
            assert_eq!(cpu_metric(&NodeType::new(name)), (metric, scale), "{name}");
        }
    }
}

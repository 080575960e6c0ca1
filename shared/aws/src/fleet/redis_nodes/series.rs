//! What CloudWatch calls the metrics of a node.

use tidegate_policy::names::NodeId;
use tidegate_policy::policy::NodeMetric;

use crate::fleet::metrics::Series;

/// A cluster of Redis or Valkey is one node, which ElastiCache always numbers so (ElastiCache user guide, "Monitoring CloudWatch cluster and
/// node metrics").
const ONLY_NODE: &str = "0001";

/// What names a node among the dimensions of its metrics.
pub(super) const CLUSTER: &str = "CacheClusterId";

/// The series of `metric`.
///
/// Sources: "Host-level metrics" and "Metrics for Valkey and Redis OSS" in the ElastiCache user guide.
pub(super) fn of(node: &NodeId, metric: NodeMetric) -> Series {
    let (metric, statistic) = match metric {
        NodeMetric::EngineCpu => ("EngineCPUUtilization", "Average"),
        NodeMetric::HostCpu => ("CPUUtilization", "Average"),
        NodeMetric::Memory => ("DatabaseMemoryUsagePercentage", "Average"),
        NodeMetric::Capacity => ("DatabaseCapacityUsagePercentage", "Average"),
        NodeMetric::Evictions => ("Evictions", "Sum"),
        NodeMetric::Connections => ("CurrConnections", "Average"),
        NodeMetric::IsPrimary => ("IsMaster", "Maximum"),
    };
    let dimensions = vec![(CLUSTER, node.to_string()), ("CacheNodeId", ONLY_NODE.to_owned())];
    Series { namespace: "AWS/ElastiCache", dimensions, metric, statistic }
}

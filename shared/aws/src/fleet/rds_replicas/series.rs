//! What CloudWatch calls the metrics of an instance.

use tidegate_policy::names::InstanceId;
use tidegate_policy::policy::Metric;

use crate::fleet::metrics::Series;

/// What names an instance among the dimensions of its metrics.
pub(super) const INSTANCE: &str = "DBInstanceIdentifier";

/// CloudWatch's name of a metric. RDS publishes one point a minute; where it publishes more, the worst counts.
pub(super) fn of(instance: &InstanceId, metric: Metric) -> Series {
    let (metric, statistic) = match metric {
        Metric::Cpu => ("CPUUtilization", "Average"),
        Metric::Connections => ("DatabaseConnections", "Maximum"),
        Metric::Lag => ("ReplicaLag", "Maximum"),
        Metric::ReadLatency => ("ReadLatency", "Average"),
        Metric::DiskQueue => ("DiskQueueDepth", "Average"),
    };
    let dimensions = vec![(INSTANCE, instance.to_string())];
    Series { namespace: "AWS/RDS", dimensions, metric, statistic }
}

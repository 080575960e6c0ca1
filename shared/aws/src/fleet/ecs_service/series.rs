//! What CloudWatch calls the metrics of a service, of its target groups and of its queue.

use tidegate_policy::policy::{EcsService, ServiceMetric};

use crate::fleet::metrics::{PastOf, Series, Whose};

/// The series of `metric`, of a target group of `group`'s; `None` where the policy does not name the load balancer or the queue that it is of.
///
/// Sources: "Amazon ECS CloudWatch metrics", "CloudWatch metrics for your Application Load Balancer", "Available CloudWatch metrics for
/// Amazon SQS".
pub(super) fn of(kind: &EcsService, group: Option<&str>, metric: ServiceMetric) -> Option<Series> {
    let service = || {
        let dimensions =
            vec![("ClusterName", kind.cluster.to_string()), ("ServiceName", kind.service.to_string())];
        Some(("AWS/ECS", dimensions))
    };
    // Of this target group behind this load balancer: a group may stand behind several.
    let balancer = || {
        let of = kind.load_balancer.as_ref()?;
        let dimensions = vec![("TargetGroup", group?.to_owned()), ("LoadBalancer", of.load_balancer.clone())];
        Some(("AWS/ApplicationELB", dimensions))
    };
    let queue = || Some(("AWS/SQS", vec![("QueueName", kind.queue.as_ref()?.to_string())]));
    let (of, metric, statistic) = match metric {
        ServiceMetric::Cpu => (service(), "CPUUtilization", "Average"),
        ServiceMetric::Memory => (service(), "MemoryUtilization", "Average"),
        ServiceMetric::Requests => (balancer(), "RequestCount", "Sum"),
        ServiceMetric::Latency => (balancer(), "TargetResponseTime", "p95"),
        ServiceMetric::Errors => (balancer(), "HTTPCode_Target_5XX_Count", "Sum"),
        ServiceMetric::HealthyHosts => (balancer(), "HealthyHostCount", "Maximum"),
        ServiceMetric::QueueDepth => (queue(), "ApproximateNumberOfMessagesVisible", "Maximum"),
        ServiceMetric::QueueAge => (queue(), "ApproximateAgeOfOldestMessage", "Maximum"),
        ServiceMetric::QueueInFlight => (queue(), "ApproximateNumberOfMessagesNotVisible", "Maximum"),
    };
    let (namespace, dimensions) = of?;
    Some(Series { namespace, dimensions, metric, statistic })
}

/// Whose past a forecast of a service learns from. Each task adds one sample a minute to its service's CPU, so that their number is that of the
/// tasks that ran (ECS developer guide, "Viewing the service running task count").
pub(super) fn past(kind: &EcsService) -> Option<PastOf> {
    let cpu = of(kind, None, ServiceMetric::Cpu)?;
    let members = Series { statistic: "SampleCount", ..cpu.clone() };
    Some(PastOf(Whose::Together { cpu, members }))
}

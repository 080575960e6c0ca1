//! What CloudWatch calls the metrics that alarms and dashboards read: the dimensions are those that the functions ask for.

use serde_json::Value;
use tidegate_policy::names::{InstanceId, QueueName};
use tidegate_policy::policy::{EcsService, LoadBalancer, Target};

use crate::resource::reference;

/// A cluster of Redis or Valkey is one node, which ElastiCache always numbers so (ElastiCache user guide, "Monitoring CloudWatch cluster and
/// node metrics").
const ONLY_NODE: &str = "0001";

/// One metric, with the statistic that is read of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// As `AWS/RDS`.
    pub(crate) namespace: &'static str,
    /// As `CPUUtilization`.
    pub(crate) metric: &'static str,
    /// Names and values; a value is text, or a reference to the stage.
    pub(crate) dimensions: Vec<(&'static str, Value)>,
    /// As `Average`.
    pub(crate) statistic: &'static str,
}

/// Of a service ("Amazon ECS CloudWatch metrics").
pub(crate) fn service(of: &EcsService, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions =
        vec![("ClusterName", of.cluster.as_str().into()), ("ServiceName", of.service.as_str().into())];
    Series { namespace: "AWS/ECS", metric, dimensions, statistic }
}

/// Of each target group behind this load balancer, in the order of the policy ("CloudWatch metrics for your Application Load Balancer").
pub(crate) fn balancer(of: &LoadBalancer, metric: &'static str, statistic: &'static str) -> Vec<Series> {
    let of_group = |group: &String| {
        let dimensions =
            vec![("TargetGroup", group.as_str().into()), ("LoadBalancer", of.load_balancer.as_str().into())];
        Series { namespace: "AWS/ApplicationELB", metric, dimensions, statistic }
    };
    of.target_groups.iter().map(of_group).collect()
}

/// Of the load balancer itself, whatever target group its requests are for: of what it answers in the targets' stead CloudWatch knows no group.
pub(crate) fn whole_balancer(of: &LoadBalancer, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions = vec![("LoadBalancer", of.load_balancer.as_str().into())];
    Series { namespace: "AWS/ApplicationELB", metric, dimensions, statistic }
}

/// Of a queue ("Available CloudWatch metrics for Amazon SQS").
pub(crate) fn queue(of: &QueueName, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions = vec![("QueueName", of.as_str().into())];
    Series { namespace: "AWS/SQS", metric, dimensions, statistic }
}

/// Of a database instance ("Amazon CloudWatch metrics for Amazon RDS").
pub(crate) fn instance(of: &InstanceId, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions = vec![("DBInstanceIdentifier", of.as_str().into())];
    Series { namespace: "AWS/RDS", metric, dimensions, statistic }
}

/// Of a Redis node ("Metrics for Valkey and Redis OSS").
pub(crate) fn node(of: &str, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions = vec![("CacheClusterId", of.into()), ("CacheNodeId", ONLY_NODE.into())];
    Series { namespace: "AWS/ElastiCache", metric, dimensions, statistic }
}

/// What the functions publish of a target.
pub(crate) fn ours(of: &Target, metric: &'static str, statistic: &'static str) -> Series {
    let dimensions = vec![("Stage", reference("Stage")), ("Target", of.name.as_str().into())];
    Series { namespace: "Tidegate", metric, dimensions, statistic }
}

//! ECS events and those of Application Auto Scaling, over EventBridge (also carried by SNS).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::resource::Resource;
use super::text::text;

/// The services that the event names. `None` if this is no event of a service.
///
/// Sources: "Amazon ECS service action events", "… service deployment state change events" and "… task state change events" in the ECS
/// developer guide; "Monitor Application Auto Scaling events using Amazon EventBridge".
pub(super) fn resources(event: &Map<String, Value>) -> Option<BTreeSet<Resource>> {
    let detail = |key| event.get("detail").and_then(|detail| detail.get(key)).and_then(Value::as_str);
    let resource = match (text(event, "source")?, text(event, "detail-type")?) {
        // Of whatever news: which of them matter is for the rule's pattern, and at last for the plan.
        ("aws.ecs", "ECS Service Action" | "ECS Deployment State Change") => {
            let named = event.get("resources").and_then(|all| all.get(0)).and_then(Value::as_str);
            named.and_then(|arn| of_arn(arn, detail("clusterArn")))
        }
        ("aws.ecs", "ECS Task State Change") => {
            // Tasks that come up, or go because the service is to have fewer, are what a change of ours brings: to look again at each would
            // be an echo.
            let is_news = !matches!(detail("stopCode"), None | Some("ServiceSchedulerInitiated"));
            let service = detail("group").and_then(|group| group.strip_prefix("service:"));
            let cluster = detail("clusterArn").and_then(|arn| arn.rsplit('/').next());
            let named = || Resource::service(cluster?, service?);
            Some(is_news.then(named).flatten().unwrap_or(Resource::NoTarget))
        }
        ("aws.application-autoscaling", "Application Auto Scaling Scaling Activity State Change") => {
            let mut parts = detail("resourceId").unwrap_or_default().split('/');
            let named = match (detail("serviceNamespace"), parts.next(), parts.next(), parts.next()) {
                (Some("ecs"), Some("service"), Some(cluster), Some(service)) => {
                    Resource::service(cluster, service)
                }
                (Some("elasticache"), Some("replication-group"), Some(group), None) => Resource::group(group),
                // Of a table or a fleet, which a pattern by source alone sends too.
                _ => None,
            };
            Some(named.unwrap_or(Resource::NoTarget))
        }
        _ => return None,
    };
    Some(resource.into_iter().collect())
}

/// The service in `arn:aws:ecs:<region>:<account>:service/<cluster>/<service>`, in any partition; old ones leave the cluster out.
fn of_arn(arn: &str, cluster: Option<&str>) -> Option<Resource> {
    let (_, path) = arn.split_once(":service/")?;
    match path.split_once('/') {
        Some((cluster, service)) => Resource::service(cluster, service),
        None => Resource::service(cluster?.rsplit('/').next()?, path),
    }
}

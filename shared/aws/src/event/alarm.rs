//! CloudWatch alarms in their three shapes: over SNS, as a Lambda action, over EventBridge, where one series of many tells of itself too.
//!
//! Only the dimensions are read. `aws_lambda_events` has types for all of it, which fail on alarms as they come: without a
//! description, composite, or over a day (`period` 86,400).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::resource::Resource;
use super::text::text;

/// What an alarm watches: instances, services, nodes, queues, target groups; none for a composite one, which watches alarms. `None` if this is no alarm.
///
/// Any alarm will do, whatever it watches and whichever way it went: it only wakes.
pub(super) fn resources(event: &Map<String, Value>) -> Option<BTreeSet<Resource>> {
    // SNS: keys in Pascal case, dimensions as a list. `Trigger` is absent or null for composite alarms.
    if text(event, "AlarmName").is_some() && text(event, "NewStateValue").is_some() {
        let trigger = event.get("Trigger");
        let alone = trigger.and_then(|trigger| trigger.get("Dimensions"));
        let of_expression = each(trigger.and_then(|trigger| trigger.get("Metrics")))
            .filter_map(|metric| metric.pointer("/MetricStat/Metric/Dimensions"));
        return Some(watched(alone.into_iter().chain(of_expression)));
    }
    if text(event, "source") != Some("aws.cloudwatch") {
        return None;
    }
    // The other two: keys in camel case, dimensions as an object, under `detail` or `alarmData`.
    let alarm = match text(event, "detail-type") {
        Some("CloudWatch Alarm State Change" | "CloudWatch Alarm Contributor State Change") => {
            event.get("detail").or_else(|| event.get("alarmData"))
        }
        None if text(event, "alarmArn").is_some() => Some(event.get("alarmData")?),
        _ => return None,
    };
    let metrics = each(alarm.and_then(|alarm| alarm.pointer("/configuration/metrics")));
    let of_metrics = metrics.filter_map(|metric| metric.pointer("/metricStat/metric/dimensions"));
    // One series of an alarm on a query over many: the query names none, and the contributor has the dimensions of its own.
    let of_contributor = alarm.and_then(|alarm| alarm.pointer("/alarmContributor/contributorAttributes"));
    Some(watched(of_metrics.chain(of_contributor)))
}

/// The elements of what should be a list.
fn each(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

/// What sets of dimensions name.
fn watched<'e>(sets: impl Iterator<Item = &'e Value>) -> BTreeSet<Resource> {
    let mut found = BTreeSet::new();
    for set in sets {
        let named = dimensions(set);
        let named = |dimension| named.get(dimension).copied();
        found.extend(named("DBInstanceIdentifier").and_then(Resource::instance));
        if let (Some(cluster), Some(service)) = (named("ClusterName"), named("ServiceName")) {
            found.extend(Resource::service(cluster, service));
        }
        found.extend(named("CacheClusterId").and_then(Resource::node));
        found.extend(named("ReplicationGroupId").and_then(Resource::group));
        found.extend(named("QueueName").and_then(Resource::queue));
        found.extend(named("Target").and_then(Resource::target));
        found.extend(named("TargetGroup").and_then(Resource::target_group));
    }
    found
}

/// One set, written as `{"name": "value"}`, or as `[{"name": .., "value": ..}]` in either case.
fn dimensions(set: &Value) -> BTreeMap<&str, &str> {
    let in_object = set.as_object().into_iter().flatten();
    let in_object = in_object.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let in_list = each(Some(set)).filter_map(|dimension| {
        let field = |lower: &str, upper: &str| {
            dimension.get(lower).or_else(|| dimension.get(upper)).and_then(Value::as_str)
        };
        Some((field("name", "Name")?, field("value", "Value")?))
    });
    in_object.chain(in_list).collect()
}

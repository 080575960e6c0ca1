//! CloudWatch alarms in their three shapes: over SNS, as a Lambda action, over EventBridge.
//!
//! Only the names of instances are read. `aws_lambda_events` has types for all of it, which fail on alarms as they come: without a
//! description, composite, or over a day (`period` 86,400).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Resource, text};

/// The dimension by which RDS's metrics tell instances apart.
const DIMENSION: &str = "DBInstanceIdentifier";

/// The instances that an alarm watches; none for a composite one, which watches alarms. `None` if this is no alarm.
///
/// Any alarm will do, whatever it watches and whichever way it went: it only wakes.
pub(super) fn resources(event: &Map<String, Value>) -> Option<BTreeSet<Resource>> {
    // SNS: keys in Pascal case, dimensions as a list. `Trigger` is absent or null for composite alarms.
    if text(event, "AlarmName").is_some() && text(event, "NewStateValue").is_some() {
        let trigger = event.get("Trigger");
        let alone = trigger.and_then(|trigger| trigger.get("Dimensions"));
        let of_expression = each(trigger.and_then(|trigger| trigger.get("Metrics")))
            .filter_map(|metric| metric.pointer("/MetricStat/Metric/Dimensions"));
        return Some(instances(alone.into_iter().chain(of_expression)));
    }
    if text(event, "source") != Some("aws.cloudwatch") {
        return None;
    }
    // The other two: keys in camel case, dimensions as an object, under `detail` or `alarmData`.
    let alarm = match text(event, "detail-type") {
        Some("CloudWatch Alarm State Change") => event.get("detail").or_else(|| event.get("alarmData")),
        None if text(event, "alarmArn").is_some() => Some(event.get("alarmData")?),
        _ => return None,
    };
    let metrics = each(alarm.and_then(|alarm| alarm.pointer("/configuration/metrics")));
    Some(instances(metrics.filter_map(|metric| metric.pointer("/metricStat/metric/dimensions"))))
}

/// The elements of what should be a list.
fn each(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

/// The instances that sets of dimensions name: `{"name": "value"}`, or `[{"name": .., "value": ..}]` in either case.
fn instances<'e>(sets: impl Iterator<Item = &'e Value>) -> BTreeSet<Resource> {
    let field = |dimension: &'e Value, lower: &str, upper: &str| {
        dimension.get(lower).or_else(|| dimension.get(upper)).and_then(Value::as_str)
    };
    let mut found = BTreeSet::new();
    for set in sets {
        let in_object = set.get(DIMENSION).and_then(Value::as_str);
        let in_list = each(Some(set))
            .filter(|dimension| field(dimension, "name", "Name") == Some(DIMENSION))
            .filter_map(|dimension| field(dimension, "value", "Value"));
        found.extend(in_object.into_iter().chain(in_list).filter_map(Resource::instance));
    }
    found
}

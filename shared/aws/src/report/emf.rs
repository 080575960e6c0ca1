//! The embedded metric format: CloudWatch Logs makes metrics of what `_aws` names in a line, without a call or a permission.
//!
//! Written by hand: the format is one object, and a crate for it would bring more than it saves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::metrics::{Measured, Metric};
use crate::environment::PublishedMetrics;

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "Tidegate";

/// Adds every value as a field, and names those that are published. A line that publishes nothing has no `_aws`, and is then nothing but a
/// line. The dimensions must be fields of the line.
pub(super) fn embed(
    mut line: Map<String, Value>,
    at: Timestamp,
    measured: Vec<Measured>,
    published: PublishedMetrics,
) -> Value {
    let mut named: BTreeMap<&[&str], Vec<Value>> = BTreeMap::new();
    for Measured { metric, value } in measured {
        if metric.is_published(&value, published) {
            let Metric { name, unit, dimensions, .. } = *metric;
            named.entry(dimensions).or_default().push(json!({"Name": name, "Unit": unit}));
        }
        line.insert(metric.name.to_owned(), value);
    }
    line.insert("timestamp".to_owned(), json!(at));
    if !named.is_empty() {
        let directive = |(dimensions, metrics): (&[&str], Vec<Value>)| json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics});
        let directives: Vec<_> = named.into_iter().map(directive).collect();
        let aws = json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": directives});
        line.insert("_aws".to_owned(), aws);
    }
    Value::Object(line)
}

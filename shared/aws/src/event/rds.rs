//! RDS events: over SNS, as event subscriptions send them, and over EventBridge.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::resource::Resource;
use super::text::text;

/// The instances that an RDS event names. `None` if this is no RDS event.
///
/// Events of snapshots, parameter groups and the like wake too and name no instance: a subscription without a source type sends
/// them all, and an error for each nightly backup would drown the one that matters.
pub(super) fn resources(event: &Map<String, Value>) -> Option<BTreeSet<Resource>> {
    let (of_instance, name, arn) = if let Some(kind) = text(event, "Event Source") {
        text(event, "Event ID")?;
        (kind == "db-instance", text(event, "Source ID"), text(event, "Source ARN"))
    } else {
        let kind = text(event, "detail-type")?;
        // API calls that CloudTrail records come from aws.rds as well, under a detail type of their own.
        let is_event = kind.starts_with("RDS ") && kind.ends_with(" Event");
        if text(event, "source") != Some("aws.rds") || !is_event {
            return None;
        }
        let detail = |key| event.get("detail").and_then(|detail| detail.get(key)).and_then(Value::as_str);
        (kind == "RDS DB Instance Event", detail("SourceIdentifier"), detail("SourceArn"))
    };
    let instance = || {
        name.and_then(Resource::instance).or_else(|| arn.and_then(name_in_arn).and_then(Resource::instance))
    };
    Some(of_instance.then(instance).flatten().into_iter().collect())
}

/// Whether this is the text that RDS publishes when an event subscription is made, the only one of its messages that is no JSON.
///
/// It wakes like any other: an error would raise the alarm on failed invocations in the minute in which somebody sets this up.
/// Source: "Using AWS Lambda with Amazon RDS" in the Lambda developer guide, as of 2019.
pub(super) fn announces_subscription(message: &str) -> bool {
    message.contains("RDS will attempt to send you event notifications")
}

/// The name in `arn:aws:rds:<region>:<account>:db:<name>`, in any partition.
fn name_in_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_instance = parts.next()? == "arn" && parts.nth(1)? == "rds" && parts.nth(2)? == "db";
    if is_instance { parts.next() } else { None }
}

//! ElastiCache events: over SNS, as a group's notifications send them, and over EventBridge.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::resource::Resource;
use super::text::text;

/// What every event name begins with.
const PREFIX: &str = "ElastiCache:";

/// The nodes and groups that an ElastiCache event names. `None` if this is no ElastiCache event.
///
/// Whatever the event is called: a node that was replaced, a failover and a resharding are all news of a group, and so is what later versions
/// will tell. One that names nothing that could be a node wakes all the same.
///
/// Sources: "Event notifications and Amazon SNS" in the ElastiCache user guide; "Amazon ElastiCache events" in the EventBridge events reference.
pub(super) fn resources(event: &Map<String, Value>) -> Option<BTreeSet<Resource>> {
    let over_sns = event.keys().any(|key| key.starts_with(PREFIX));
    if over_sns {
        // `{"ElastiCache:FailoverComplete": "sessions-002"}`
        let told = event.iter().filter(|(key, _)| key.starts_with(PREFIX));
        let named = told.filter_map(|(_, value)| value.as_str());
        return Some(named.filter_map(Resource::node).collect());
    }
    match (text(event, "source")?, text(event, "detail-type")?) {
        ("aws.elasticache", "AWS API Call via CloudTrail") => Some(called(event)),
        // ElastiCache itself sends these of serverless caches, which have no nodes.
        ("aws.elasticache", kind) if kind.starts_with("Cache ") || kind.starts_with("Snapshot ") => {
            Some(BTreeSet::from([Resource::NoTarget]))
        }
        _ => None,
    }
}

/// What an API call was about; one about a user or a parameter group is nothing that a target waits for. One that only read, or was refused,
/// changed nothing: to look for it would be an echo of our own looks, for ever.
fn called(event: &Map<String, Value>) -> BTreeSet<Resource> {
    let told = |key| event.get("detail").and_then(|detail| detail.get(key));
    let nothing_new = told("readOnly") == Some(&Value::Bool(true)) || told("errorCode").is_some();
    let asked = told("requestParameters").filter(|_| !nothing_new);
    let named = |key| asked.and_then(|asked| asked.get(key)).and_then(Value::as_str);
    let group = named("replicationGroupId").and_then(Resource::group);
    let node = named("cacheClusterId").and_then(Resource::node);
    let found: BTreeSet<_> = group.into_iter().chain(node).collect();
    if found.is_empty() { BTreeSet::from([Resource::NoTarget]) } else { found }
}

//! What AWS sends of itself, by whichever way it comes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::wake_up::{Trigger, WakeUp};
use super::{alarm, ecs, elasticache, rds, schedule};

/// What AWS sends of itself, be it the payload or carried by SNS. `None` if it is none of ours.
pub(super) fn notice(event: &Map<String, Value>) -> Option<WakeUp> {
    if schedule::is_one(event) {
        return Some(WakeUp::by(Trigger::Schedule, BTreeSet::new()));
    }
    if let Some(resources) = alarm::resources(event) {
        return Some(WakeUp::by(Trigger::Alarm, resources));
    }
    if let Some(resources) = ecs::resources(event) {
        return Some(WakeUp::by(Trigger::ServiceEvent, resources));
    }
    if let Some(resources) = elasticache::resources(event) {
        return Some(WakeUp::by(Trigger::NodeEvent, resources));
    }
    rds::resources(event).map(|resources| WakeUp::by(Trigger::InstanceEvent, resources))
}

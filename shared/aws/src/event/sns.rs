//! What SNS carries: records, each with a message that is a *text* holding JSON.
//!
//! Of the envelope only `Type` and `Message` are read, off the JSON itself. The types of `aws_lambda_events` demand signature, certificate
//! and time stamp, none of which is needed here, and fail on an event that somebody wrote by hand to try the function.

use std::collections::BTreeSet;

use serde_json::Value;

use super::notice::notice;
use super::text::text;
use super::wake_up::{Trigger, WakeUp};
use super::{EventError, command, foreign, orders, rds};

/// Reads all `records`, which together are one wake-up. One that cannot be read makes the event an error, since SNS delivers it whole.
pub(super) fn read(records: &Value) -> Result<WakeUp, EventError> {
    let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut trigger = None;
    let mut resources = BTreeSet::new();
    for (index, record) in records.iter().enumerate() {
        let wake_up = read_one(record).map_err(|cause| match records.len() {
            1 => cause,
            of => EventError::Record { number: index + 1, of, cause: Box::new(cause) },
        })?;
        trigger = trigger.or(Some(wake_up.trigger));
        resources.extend(wake_up.resources);
    }
    trigger.map(|trigger| WakeUp::by(trigger, resources)).ok_or_else(foreign::without_records)
}

fn read_one(record: &Value) -> Result<WakeUp, EventError> {
    let Some(Value::Object(envelope)) = record.get("Sns") else {
        return Err(foreign::record(record));
    };
    if matches!(text(envelope, "Type"), Some("SubscriptionConfirmation" | "UnsubscribeConfirmation")) {
        return Err(foreign::confirmation());
    }
    let Some(message) = text(envelope, "Message") else {
        return Err(foreign::without_message());
    };
    match serde_json::from_str(message) {
        // Who may publish to a topic may be many more than who may invoke the function.
        Ok(Value::Object(event)) if orders::are_in(&event) || command::is_envelope(&event) => {
            Err(EventError::OrdersByTopic)
        }
        Ok(Value::Object(event)) => notice(&event).ok_or_else(|| foreign::message_of(&event)),
        _ if rds::announces_subscription(message) => Ok(WakeUp::by(Trigger::InstanceEvent, BTreeSet::new())),
        _ => Err(foreign::message_in_words(message)),
    }
}

//! Recognises what does not belong here, so that whoever wired it up is told what it is and what to do.

use serde_json::{Map, Value};

use super::text::text;
use super::{EventError, excerpt};

const REMOVE: &str = "remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache";
const BY_HAND: &str = "to run the function by hand send {\"dry_run\": true}, {\"targets\": [\"orders-readers\"]} or both in one";
const SUBSCRIBE: &str = "subscribe the function itself to the topic, with the protocol lambda";

const OWN_TOPIC: &str = "give the function a topic of its own, to which only alarms and events of RDS, ECS and ElastiCache are published";

const NEITHER: &str = "it is neither an alarm nor an event of RDS, ECS or ElastiCache";
const NO_NEWS: &str = "it says nothing of a database, a service or a cache";

/// What services call themselves in the records and batches that they hand to functions.
const SERVICES: [(&str, &str); 10] = [
    ("aws:sqs", "an SQS message"),
    ("aws:s3", "an S3 event"),
    ("aws:kinesis", "a Kinesis record"),
    ("aws:dynamodb", "a DynamoDB stream record"),
    ("aws:ses", "an SES message"),
    ("aws:codecommit", "a CodeCommit event"),
    ("aws:kafka", "a batch of Kafka records"),
    ("SelfManagedKafka", "a batch of Kafka records"),
    ("aws:mq", "a batch of ActiveMQ messages"),
    ("aws:rmq", "a batch of RabbitMQ messages"),
];

fn foreign(arrived: impl Into<String>, why: &'static str, remedy: &'static str) -> EventError {
    EventError::Foreign { arrived: arrived.into(), why, remedy }
}

/// What kind of JSON a value is.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(text) if text.trim().is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(list) if list.is_empty() => "an empty list",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A payload that is not even an object.
pub(super) fn not_an_object(payload: &Value) -> EventError {
    let arrived = match payload {
        // JSON in a text is an envelope too many, and may hold anything: it is not quoted.
        Value::String(text) if text.trim_start().starts_with(['{', '[', '"']) => {
            "a text holding JSON".to_owned()
        }
        Value::String(text) => format!("the text {}", excerpt::of(text)),
        Value::Array(_) => "a list".to_owned(),
        other => kind_of(other).to_owned(),
    };
    foreign(arrived, "an event is an object", BY_HAND)
}

/// A batch in which nothing is.
pub(super) fn without_records() -> EventError {
    foreign("an event with `Records` that hold nothing", NO_NEWS, REMOVE)
}

/// A record that is not of SNS.
pub(super) fn record(record: &Value) -> EventError {
    match source_of(record) {
        Some("aws:sns") => without_message(),
        Some(source) => service(source),
        None => foreign("a record that does not say where it is from", NO_NEWS, REMOVE),
    }
}

/// A confirmation, which SNS asks of addresses and queues, but not of functions.
pub(super) fn confirmation() -> EventError {
    foreign("the confirmation of an SNS subscription", "a function's subscription needs none", SUBSCRIBE)
}

/// An SNS record in which nothing stands.
pub(super) fn without_message() -> EventError {
    foreign("an SNS record without a text in `Sns.Message`", NO_NEWS, REMOVE)
}

/// An SNS message that is no JSON object.
pub(super) fn message_in_words(message: &str) -> EventError {
    foreign(format!("the SNS message {}", excerpt::of(message)), NEITHER, OWN_TOPIC)
}

/// An SNS message that is an object, but none of ours.
pub(super) fn message_of(event: &Map<String, Value>) -> EventError {
    match describe(event) {
        EventError::Foreign { arrived, .. } => {
            foreign(format!("an SNS message holding {arrived}"), NEITHER, OWN_TOPIC)
        }
        other => other,
    }
}

/// An object that is none of ours.
pub(super) fn describe(event: &Map<String, Value>) -> EventError {
    if event.is_empty() {
        return foreign(
            "an empty object",
            "it does not say whether the clock or a person sent it",
            "for a schedule leave `Input` out, so that EventBridge says that it is one; by hand send {\"dry_run\": true}",
        );
    }
    if let (Some(source), Some(kind)) = (text(event, "source"), text(event, "detail-type")) {
        return foreign(
            format!("the EventBridge event {} of {}", excerpt::name(kind), excerpt::name(source)),
            NO_NEWS,
            "let the rule's pattern match `Scheduled Event`, `CloudWatch Alarm State Change`, `RDS DB Instance Event`, `ECS Service Action`, \
             `ECS Deployment State Change`, `ECS Task State Change` or, of `aws.elasticache`, `AWS API Call via CloudTrail` only",
        );
    }
    match text(event, "Type") {
        Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => return confirmation(),
        Some("Notification") if event.contains_key("TopicArn") => {
            return foreign(
                "an SNS notification without its record",
                "functions are sent `Records`",
                SUBSCRIBE,
            );
        }
        _ => {}
    }
    let first_record = event.get("Records").and_then(|records| records.get(0)).and_then(source_of);
    if let Some(source) = first_record.or_else(|| text(event, "eventSource")) {
        return service(source);
    }
    if event.contains_key("requestContext") {
        return foreign(
            "an HTTP request (API Gateway, a function URL or a load balancer)",
            "the function answers no requests",
            REMOVE,
        );
    }
    if event.contains_key("awslogs") {
        return foreign("a batch of CloudWatch Logs", NO_NEWS, REMOVE);
    }
    if text(event, "Event") == Some("s3:TestEvent") {
        return service("aws:s3");
    }
    foreign(format!("an object with {}", keys(event)), "this is no event that the function knows", BY_HAND)
}

/// Something of another service.
fn service(source: &str) -> EventError {
    let known = SERVICES.iter().find(|(name, _)| *name == source);
    foreign(
        known.map_or_else(|| format!("a record of {}", excerpt::name(source)), |(_, it)| (*it).to_owned()),
        NO_NEWS,
        REMOVE,
    )
}

/// Where a record says that it is from; SNS writes the key with a capital.
fn source_of(record: &Value) -> Option<&str> {
    record.get("EventSource").or_else(|| record.get("eventSource")).and_then(Value::as_str)
}

/// The first keys of an object; its values may be anything, secrets too.
fn keys(event: &Map<String, Value>) -> String {
    const SHOWN: usize = 4;
    let first: Vec<String> = event.keys().take(SHOWN).map(|key| excerpt::name(key)).collect();
    let (noun, more) =
        (if event.len() == 1 { "the key" } else { "the keys" }, event.len().saturating_sub(SHOWN));
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{noun} {}{rest}", first.join(", "))
}

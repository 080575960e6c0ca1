//! What woke the delivery: events of the bus, alarms on the stack's topics, the clock, the week's end, or a person who tests the channels.
//!
//! What it cannot read is an error with its reason: nothing that somebody sent here is passed over without a word.

use aws_lambda_events::sns::{SnsEvent, SnsRecord};
use serde_json::{Value, json};
use thiserror::Error;
use tidegate_policy::policy::Policy;
use tidegate_policy::severity::Severity;

use crate::channel::Origin;
use crate::deployment::Deployment;
use crate::envelope::{self, FromBus, UnreadableEnvelope};
use crate::event::Event;
use crate::stack_alarm::{self, Heard, UnreadableAlarm};
use crate::text::cut;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrived {
    /// These events are told, in this order.
    Events {
        /// Each with where it came from.
        events: Vec<(Event, Origin)>,
        /// What is not told, in words, for the log.
        passed_over: Vec<String>,
    },
    /// What waits is sent.
    Wake,
    /// The digest of the week is sent.
    Digest,
    /// Each channel is tested.
    Test,
}

/// The topics whose alarms are told, by their ARNs.
#[derive(Clone, Copy, Debug)]
pub struct Alarms<'a> {
    /// Those on it are critical.
    pub critical: &'a str,
    /// Those on it are warnings.
    pub warning: &'a str,
}

/// Why nothing is done.
#[derive(Debug, Error)]
pub enum UnreadableArrival {
    /// An event of the bus that cannot be read.
    #[error(transparent)]
    Bus(#[from] UnreadableEnvelope),
    /// An event of another deployment.
    #[error("this event is of the stage {found:?}, not of {own:?}: correct the rule that sends it here")]
    OtherStage {
        /// Its stage.
        found: String,
        /// Ours.
        own: String,
    },
    /// Records of SNS that cannot be read.
    #[error("these are no records of SNS: {0}")]
    Sns(serde_json::Error),
    /// What is no notification.
    #[error("SNS sent a {found:?}: only notifications are read here")]
    NoNotification {
        /// Its type.
        found: String,
    },
    /// A topic that is not the stack's.
    #[error(
        "this message is of the topic {found}: only the stack's topics critical and warning are read here"
    )]
    OtherTopic {
        /// Its ARN.
        found: String,
    },
    /// A message that is no alarm.
    #[error("record {number} of {of}: {cause}")]
    Alarm {
        /// Which record, from 1 on.
        number: usize,
        /// Of how many.
        of: usize,
        /// What is wrong.
        cause: UnreadableAlarm,
    },
    /// Anything else.
    #[error(
        "{found} is nothing that is sent here: send {{\"test\": true}}, {{\"digest\": true}}, an event of the bus, or an alarm by a topic of the stack"
    )]
    Unknown {
        /// The names of its fields, or what else it is.
        found: String,
    },
}

/// Reads the payload of an invocation. The policy names the targets that alarms watch.
///
/// # Errors
/// What is none of these, or came from elsewhere.
pub fn read(
    payload: &Value,
    deployment: &Deployment,
    alarms: Alarms<'_>,
    policy: &Policy,
) -> Result<Arrived, UnreadableArrival> {
    if *payload == json!({ "test": true }) {
        return Ok(Arrived::Test);
    }
    if *payload == json!({ "digest": true }) {
        return Ok(Arrived::Digest);
    }
    if payload.get("Records").is_some() {
        return of_topics(payload, deployment, alarms, policy);
    }
    let (source, kind) = (&payload["source"], &payload["detail-type"]);
    // A schedule with a constant input may lack the rest of the envelope.
    if (source == "aws.events" || source == "aws.scheduler") && kind == "Scheduled Event" {
        return Ok(Arrived::Wake);
    }
    if source.is_string() && kind.is_string() {
        return of_bus(payload, deployment);
    }
    Err(UnreadableArrival::Unknown { found: in_words(payload) })
}

fn of_bus(payload: &Value, deployment: &Deployment) -> Result<Arrived, UnreadableArrival> {
    let event = match envelope::read(payload)? {
        FromBus::Event(event) => event.bounded(),
        FromBus::Replayed { replay } => {
            let passed_over = vec![format!("an event of the replay {:?}, told before", cut(&replay, 100))];
            return Ok(Arrived::Events { events: Vec::new(), passed_over });
        }
    };
    if event.stage != deployment.stage {
        let (found, own) = (event.stage.to_string(), deployment.stage.to_string());
        return Err(UnreadableArrival::OtherStage { found, own });
    }
    Ok(Arrived::Events { events: vec![(event, Origin::Bus)], passed_over: Vec::new() })
}

fn of_topics(
    payload: &Value,
    deployment: &Deployment,
    alarms: Alarms<'_>,
    policy: &Policy,
) -> Result<Arrived, UnreadableArrival> {
    let SnsEvent { records, .. } = serde_json::from_value(payload.clone()).map_err(UnreadableArrival::Sns)?;
    if records.is_empty() {
        return Err(UnreadableArrival::Unknown { found: "an empty list of records".to_owned() });
    }
    let (mut events, mut passed_over) = (Vec::new(), Vec::new());
    for (index, record) in records.iter().enumerate() {
        let severity = severity(record, alarms)?;
        let heard = stack_alarm::read(&record.sns.message, severity, deployment, policy);
        let (number, of) = (index + 1, records.len());
        match heard.map_err(|cause| UnreadableArrival::Alarm { number, of, cause })? {
            Heard::Event(event) => events.push((*event, Origin::Topic)),
            Heard::Own => passed_over.push("an alarm of alerts, which are told singly".to_owned()),
            Heard::NoData { alarm } => {
                passed_over.push(format!("the alarm {:?}, which has too little data", cut(&alarm, 255)));
            }
        }
    }
    Ok(Arrived::Events { events, passed_over })
}

/// How urgent the alarms of the record's topic are.
fn severity(record: &SnsRecord, alarms: Alarms<'_>) -> Result<Severity, UnreadableArrival> {
    let sns = &record.sns;
    if sns.sns_message_type != "Notification" {
        return Err(UnreadableArrival::NoNotification { found: cut(&sns.sns_message_type, 100) });
    }
    match sns.topic_arn.as_str() {
        arn if arn == alarms.critical => Ok(Severity::Critical),
        arn if arn == alarms.warning => Ok(Severity::Warning),
        other => Err(UnreadableArrival::OtherTopic { found: cut(other, 300) }),
    }
}

/// What a payload is, without its values: they may be anything.
fn in_words(payload: &Value) -> String {
    match payload {
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(fields) => {
            let names: Vec<String> =
                fields.keys().take(8).map(|name| format!("{:?}", cut(name, 40))).collect();
            format!("an object with {}", names.join(", "))
        }
        Value::Array(_) => "a list".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "a truth value".to_owned(),
        Value::Null => "nothing".to_owned(),
    }
}

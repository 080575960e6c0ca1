//! An alarm of CloudWatch, as it comes through a topic of the stack, as an alert or recovery of the target that it watches, or of the stack itself.
//!
//! `aws_lambda_events` has a type for alarms, which demands a description and a metric: composite alarms, and alarms without a description, fail there.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::policy::Policy;
use tidegate_policy::severity::Severity;

use crate::alarm;
use crate::deployment::{Deployment, stack};
use crate::event::{Event, EventKind, Version};

/// The alarms that the fixed template has, without the stack's name: they are of no target, also where one is called `rds` or `notify`.
const OF_THE_STACK: [&str; 15] = [
    "rds-replicas-silent",
    "rds-replicas-failing",
    "ecs-capacity-silent",
    "ecs-capacity-failing",
    "redis-nodes-silent",
    "redis-nodes-failing",
    "notify-failing",
    "critical-alerts",
    "warning-alerts",
    "no-attempt",
    "stuck-transition",
    "drain-cancelled",
    "lease-contention",
    "bad-policy",
    "events-failed",
];

/// What is read of an alarm.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarm {
    alarm_name: String,
    #[serde(default)]
    alarm_description: Option<String>,
    new_state_value: String,
    #[serde(default)]
    new_state_reason: Option<String>,
    state_change_time: String,
}

/// What an alarm is for the channels.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// An alert or a recovery.
    Event(Box<Event>),
    /// What the delivery published itself: every channel has it already.
    Own,
    /// The alarm has too little data, which opens and closes nothing.
    NoData {
        /// Its name.
        alarm: String,
    },
}

/// Why a message of a topic is no alarm.
#[derive(Debug, Error)]
pub enum UnreadableAlarm {
    /// It is no JSON, or lacks a field.
    #[error("this message is no alarm of CloudWatch: {0}")]
    Shape(#[from] serde_json::Error),
    /// A state that CloudWatch does not have.
    #[error("the alarm {alarm:?} has the state {state:?}, which is none of CloudWatch's")]
    State {
        /// Its name.
        alarm: String,
        /// What stands there.
        state: String,
    },
    /// A time in another form.
    #[error("the alarm {alarm:?} changed at {time:?}, which is no time")]
    Time {
        /// Its name.
        alarm: String,
        /// What stands there.
        time: String,
    },
}

/// Reads the message of a topic. Its edge is the time of the change in milliseconds: the same message twice is the same edge, and a later one is higher.
///
/// # Errors
/// What is no alarm.
pub fn read(
    message: &str,
    severity: Severity,
    deployment: &Deployment,
    policy: &Policy,
) -> Result<Heard, UnreadableAlarm> {
    let json: Value = serde_json::from_str(message)?;
    if alarm::is_told(&json) {
        return Ok(Heard::Own);
    }
    let read: Alarm = serde_json::from_value(json)?;
    let name = read.alarm_name;
    let kind = match read.new_state_value.as_str() {
        "ALARM" => EventKind::Alert,
        "OK" => EventKind::Recovery,
        "INSUFFICIENT_DATA" => return Ok(Heard::NoData { alarm: name }),
        _ => return Err(UnreadableAlarm::State { alarm: name, state: read.new_state_value }),
    };
    let Some(at) = time(&read.state_change_time) else {
        return Err(UnreadableAlarm::Time { alarm: name, time: read.state_change_time });
    };
    let description = read.alarm_description.as_deref().unwrap_or_default();
    let cause = read.new_state_reason.as_deref().unwrap_or_default();
    let sentence = sentence(kind, description, cause)
        .unwrap_or_else(|| format!("The alarm {name} is {}.", read.new_state_value));
    let target = target_of(&name, &deployment.stage, policy).unwrap_or_else(stack);
    let Deployment { stage, account, region, policy: version } = deployment.clone();
    let quoted = name.replace('\'', "");
    let event = Event {
        version: Version,
        kind,
        stage,
        target,
        severity,
        sentence,
        numbers: Vec::new(),
        doing: None,
        since: at,
        at,
        edge: u64::try_from(at.as_millisecond()).unwrap_or_default(),
        policy: version,
        account,
        command: format!("aws cloudwatch describe-alarm-history --region {region} --alarm-name '{quoted}'"),
        region,
        reason: name,
    };
    Ok(Heard::Event(Box::new(event.bounded())))
}

/// The target that an alarm watches, by its name `tidegate-STAGE-TARGET-WHAT`. Of `api` and `api-eu` the longer name that fits is meant.
fn target_of(alarm: &str, stage: &Stage, policy: &Policy) -> Option<TargetName> {
    let rest = alarm.strip_prefix("tidegate-")?.strip_prefix(stage.as_str())?.strip_prefix('-')?;
    if OF_THE_STACK.contains(&rest) {
        return None;
    }
    let names = policy.targets.iter().map(|target| &target.name);
    let watched =
        names.filter(|name| rest.strip_prefix(name.as_str()).is_some_and(|what| what.starts_with('-')));
    watched.max_by_key(|name| name.as_str().len()).cloned()
}

/// What an alarm says. Its description is of the alert: first what is so, then what to do. Of a recovery the first is over, and there is nothing to do.
fn sentence(kind: EventKind, description: &str, cause: &str) -> Option<String> {
    let is_over = kind == EventKind::Recovery;
    let description = if is_over { first_sentence(description) } else { description };
    let said: Vec<&str> = [description, cause].into_iter().filter(|text| !text.is_empty()).collect();
    let said = (!said.is_empty()).then(|| said.join(" "))?;
    Some(if is_over { format!("over: {said}") } else { said })
}

/// Up to the first full stop or question mark that a space follows. `0.5` and `example.com` go on.
fn first_sentence(text: &str) -> &str {
    let ends = [". ", "? "].into_iter().filter_map(|end| text.find(end));
    ends.min().and_then(|end| text.get(..=end)).unwrap_or(text)
}

/// A time as CloudWatch writes it, `2026-03-02T12:45:06.123+0000`, or as everybody else does.
fn time(text: &str) -> Option<Timestamp> {
    let of_cloudwatch =
        strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).and_then(|parsed| parsed.to_timestamp());
    of_cloudwatch.or_else(|_| text.parse()).ok()
}

//! An alert as CloudWatch writes an alarm to SNS, so that what reads those opens and resolves its incidents by it.
//!
//! PagerDuty's CloudWatch integration drops without a word what differs: the subject begins with the state, that word equals `NewStateValue`, and
//! both edges have one `AlarmName`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::event::{Event, EventKind};
use crate::key;
use crate::text::{cut, in_one_line};
use crate::words;

/// SNS's longest subject, in characters of ASCII without line breaks (API reference, Publish).
pub const SUBJECT: usize = 100;

/// CloudWatch's longest alarm name (API reference, PutMetricAlarm).
pub const ALARM_NAME: usize = 255;

/// CloudWatch's longest reason of a state (API reference, MetricAlarm).
const STATE_REASON: usize = 1_023;

/// The metric of the stage's alerts, and the dimension by which what is published here is known again.
const NAMESPACE: &str = "Tidegate";
const METRIC: &str = "Alerts";
const REASON: &str = "Reason";

/// What is published to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The subject: at most [`SUBJECT`] characters of ASCII.
    pub subject: String,
    /// The message, as JSON.
    pub message: String,
}

/// The fields of a notification, in CloudWatch's order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    alarm_name: String,
    alarm_description: Option<String>,
    #[serde(rename = "AWSAccountId")]
    account: String,
    alarm_configuration_updated_timestamp: String,
    new_state_value: &'static str,
    new_state_reason: String,
    state_change_time: String,
    region: String,
    alarm_arn: String,
    old_state_value: &'static str,
    #[serde(rename = "OKActions")]
    ok_actions: [String; 1],
    alarm_actions: [String; 1],
    insufficient_data_actions: [String; 0],
    trigger: Value,
}

/// The name of the alarm that an alert is: the same in both edges, whatever their severity, sentence and time.
pub fn alarm_name(event: &Event) -> String {
    key::bounded(&format!("tidegate-{}-{}-{}", event.stage, event.target, event.reason), ALARM_NAME)
}

/// The notification of an alert or its recovery, for the topic of this ARN. Decisions and steps are no alarms. `None` too if JSON cannot hold it,
/// which is not known to happen.
pub fn notification(event: &Event, topic: &str) -> Option<Notification> {
    let (state, before) = match event.kind {
        EventKind::Alert => ("ALARM", "OK"),
        EventKind::Recovery => ("OK", "ALARM"),
        EventKind::Decision | EventKind::Step => return None,
    };
    let name = alarm_name(event);
    let Event { account, region, .. } = event;
    let (account, region) = (cut(&in_one_line(account), 20), cut(&in_one_line(region), 40));
    let message = Message {
        alarm_description: Some(cut(&in_one_line(&event.command), STATE_REASON)),
        // When the alarm was last written: nothing is known of that, and what is before the state changed is never wrong.
        alarm_configuration_updated_timestamp: stamp(event.since.min(event.at)),
        new_state_value: state,
        new_state_reason: cut(&words::sentence(event), STATE_REASON),
        state_change_time: stamp(event.at),
        alarm_arn: format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
        old_state_value: before,
        ok_actions: [topic.to_owned()],
        alarm_actions: [topic.to_owned()],
        insufficient_data_actions: [],
        trigger: trigger(event),
        alarm_name: name.clone(),
        account,
        region,
    };
    Some(Notification { subject: subject(state, &name), message: serde_json::to_string(&message).ok()? })
}

fn subject(state: &str, name: &str) -> String {
    let room = SUBJECT - state.len() - ": \"\"".len();
    // The name is ASCII: a character is a byte.
    format!("{state}: \"{}\"", &name[..name.len().min(room)])
}

/// Whether an alarm's JSON is of alerts that were told singly: one that [`notification`] wrote, or one of the stack's two alarms on how many alerts
/// stand. Those are the second way, for whoever subscribes to the topics: where this reads them, the first way works.
pub fn is_told(alarm: &Value) -> bool {
    let trigger = &alarm["Trigger"];
    trigger["Namespace"] == NAMESPACE && trigger["MetricName"] == METRIC
}

/// The metric of the alarm: that of the stage's alerts, by their reason.
fn trigger(event: &Event) -> Value {
    json!({
        "MetricName": METRIC,
        "Namespace": NAMESPACE,
        "StatisticType": "Statistic",
        "Statistic": "MAXIMUM",
        "Unit": null,
        "Dimensions": [
            { "value": cut(&in_one_line(event.stage.as_str()), 255), "name": "Stage" },
            { "value": event.severity.name(), "name": "Severity" },
            { "value": cut(&in_one_line(&event.reason), 255), "name": REASON },
        ],
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    })
}

/// CloudWatch's own way to write a time: milliseconds, and an offset without a colon.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

//! An alert that is right, and what is asked of messages in many tests.

use jiff::Timestamp;
use serde_json::Value;
use tidegate_notify::event::{Event, EventKind, Number, Unit, Version};
use tidegate_notify::verdict::{Answer, Sent, Verdict};
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::severity::Severity;

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    time("2026-03-02T16:41:00Z")
}

/// Memory of a group that no lever helps.
pub(crate) fn alert() -> Event {
    Event {
        version: Version,
        kind: EventKind::Alert,
        stage: Stage::new("production"),
        target: TargetName::new("sessions"),
        reason: "no_memory_lever".to_owned(),
        severity: Severity::Critical,
        sentence: "memory of sessions-001 91% > 75%, 10 of 10 points.".to_owned(),
        numbers: vec![Number {
            name: "memory of sessions-001".to_owned(),
            value: 91.0,
            unit: Unit::Percent,
            bound: Some(75.0),
        }],
        doing: Some("Nothing is changed; it looks again each minute.".to_owned()),
        since: time("2026-03-02T16:31:00Z"),
        at: now(),
        edge: 7,
        policy: "4f1c2a9be07d".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        command: "tidegate explain --target sessions --since 30m".to_owned(),
    }
}

/// The same, over after 1 hour and 44 minutes.
pub(crate) fn recovery() -> Event {
    Event {
        kind: EventKind::Recovery,
        sentence: "memory of sessions-001 is 61%.".to_owned(),
        at: time("2026-03-02T18:15:00Z"),
        edge: 8,
        ..alert()
    }
}

/// A warning of another target.
pub(crate) fn warning(reason: &str) -> Event {
    Event {
        target: TargetName::new("api"),
        reason: reason.to_owned(),
        severity: Severity::Warning,
        ..alert()
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Every text anywhere in a JSON value.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

pub(crate) const SLACK: Sent<'_> = Sent { host: "hooks.slack.com", secrets: &[], tries: 1 };

pub(crate) fn answer<'a>(status: u16, headers: &'a [(&'a str, &'a str)], body: &'a str) -> Answer<'a> {
    Answer { status, headers, body }
}

/// A verdict in a few words: `delivered`, `again in 30s: ...`, `refused: ...`.
pub(crate) fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Delivered { reference: None } => "delivered".to_owned(),
        Verdict::Delivered { reference: Some(reference) } => format!("delivered as {reference}"),
        Verdict::Retry { not_before, why } => {
            format!("again in {}s: {why}", not_before.duration_since(now()).as_secs())
        }
        Verdict::Refused { why, secret_may_be_old: false } => format!("refused: {why}"),
        Verdict::Refused { why, secret_may_be_old: true } => format!("refused, or rotated: {why}"),
    }
}

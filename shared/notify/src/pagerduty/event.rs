//! An alert as PagerDuty's trigger, and its recovery as the resolve of the same key.

use serde::Serialize;
use serde_json::{Value, json};

use super::routing_key::RoutingKey;
use crate::event::{Event, EventKind};
use crate::key;
use crate::text::{cut, first_of, in_one_line};
use crate::words;

/// Characters of a summary (PagerDuty/developer-docs, Events API v2): one more, and the event is refused.
pub const SUMMARY: usize = 1_024;

/// Characters of a key.
pub const DEDUP_KEY: usize = 255;

/// Bytes of an event in all.
pub const ALL: usize = 512 * 1024;

/// Characters of each text in the details: with escapes six bytes each, so that all of them stay far below [`ALL`].
const DETAIL: usize = 8_000;

/// How many numbers the details list.
const LISTED: usize = 50;

#[derive(Serialize)]
struct Body<'a> {
    routing_key: &'a str,
    event_action: &'static str,
    dedup_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload>,
    client: &'static str,
}

#[derive(Serialize)]
struct Payload {
    summary: String,
    source: String,
    severity: &'static str,
    timestamp: String,
    component: String,
    group: String,
    class: String,
    custom_details: Value,
}

/// By what PagerDuty knows the alert again: account, Region, stage, target and reason. No severity, number or time: the same alert would open a second
/// incident, or never be closed.
pub fn dedup_key(event: &Event) -> String {
    let Event { account, region, stage, target, reason, .. } = event;
    key::bounded(&format!("tidegate/{account}/{region}/{stage}/{target}/{reason}"), DEDUP_KEY)
}

/// The body that opens or closes the incident of an alert. Decisions and steps page nobody. `None` too if JSON cannot hold it, which is not known to
/// happen.
///
/// A resolve needs the routing key of its trigger: another key, after a rotation, would close nothing.
pub fn body(event: &Event, routing_key: &RoutingKey) -> Option<String> {
    let (event_action, payload) = match event.kind {
        EventKind::Alert => ("trigger", Some(payload(event))),
        EventKind::Recovery => ("resolve", None),
        EventKind::Decision | EventKind::Step => return None,
    };
    let routing_key = routing_key.secret();
    let body = Body { routing_key, event_action, dedup_key: dedup_key(event), payload, client: "Tidegate" };
    serde_json::to_string(&body).ok()
}

fn payload(event: &Event) -> Payload {
    let word = |text: &str| cut(&in_one_line(text), 255);
    let sentence = words::sentence(event);
    let Event { stage, target, account, region, .. } = event;
    Payload {
        summary: cut(
            &format!(
                "{stage} {target}: {sentence}",
                stage = word(stage.as_str()),
                target = word(target.as_str())
            ),
            SUMMARY,
        ),
        source: word(&format!("{account}/{region}/{target}")),
        severity: event.severity.name(),
        timestamp: event.at.to_string(),
        component: word(target.as_str()),
        group: word(stage.as_str()),
        class: word(&event.reason),
        custom_details: json!({
            "sentence": cut(&sentence, DETAIL),
            "numbers": first_of(&event.numbers, LISTED, words::number),
            "doing": event.doing.as_deref().map(|doing| cut(&in_one_line(doing), DETAIL)),
            "advice": event.advice(),
            "since": event.since.to_string(),
            "policy": word(&event.policy),
            "command": cut(&in_one_line(&event.command), DETAIL),
        }),
    }
}

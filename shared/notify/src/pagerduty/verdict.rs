//! What PagerDuty's answer means. 202 says that the event was taken, not that an incident is open.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::verdict::{Answer, Sent, Verdict};

/// After 429 PagerDuty asks for minutes.
const AFTER_TOO_MANY: SignedDuration = SignedDuration::from_mins(2);

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<String>,
}

/// What the Events API answered. After 400 its `errors` say what is wrong with the event: it is sent again only if that is the routing key, and by a newer
/// key. PagerDuty has no status of its own for a key that is unknown or disabled: it says `Invalid routing key` (robusta-dev/robusta#571).
pub fn of(answer: &Answer<'_>, sent: &Sent<'_>, now: Timestamp) -> Verdict {
    if answer.status == 202 {
        return Verdict::Delivered { reference: None };
    }
    let said = serde_json::from_str::<Said>(answer.body).map_or_else(
        |_| answer.body.to_owned(),
        |said| [vec![said.message], said.errors].concat().join("; "),
    );
    match sent.by_status(answer, &said, now) {
        Verdict::Retry { not_before, why } if answer.status == 429 => {
            let least = now.checked_add(AFTER_TOO_MANY).unwrap_or(now);
            Verdict::Retry { not_before: not_before.max(least), why }
        }
        Verdict::Refused { why, .. } if answer.status == 400 && names_the_routing_key(&said) => {
            Verdict::Refused { why, secret_may_be_old: true }
        }
        verdict => verdict,
    }
}

/// Whether an answer is about the routing key, in either of PagerDuty's spellings: `Invalid routing key`, `'routing_key' is missing or blank`.
fn names_the_routing_key(said: &str) -> bool {
    said.to_ascii_lowercase().replace('_', " ").contains("routing key")
}

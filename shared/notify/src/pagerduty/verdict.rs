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

/// What the Events API answered. 400 is never sent again: its `errors` say what is wrong with the event.
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
        verdict => verdict,
    }
}

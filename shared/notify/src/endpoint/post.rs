//! What an endpoint is sent, and what its answer means.

use jiff::Timestamp;
use serde_json::json;

use crate::event::{Event, VERSION};
use crate::notice::Notice;
use crate::verdict::{Answer, Sent, Verdict};

/// The type of the body.
pub const CONTENT_TYPE: &str = "application/json";

/// The versioned event, within its lengths. `None` if JSON cannot hold it, which is not known to happen.
pub fn body(event: &Event) -> Option<String> {
    event.clone().bounded().to_json().ok()
}

/// What is no event, as an object whose `kind` no event has.
pub fn notice(notice: &Notice) -> String {
    let Notice { kind, stage, at, lines } = notice;
    json!({ "version": VERSION, "kind": kind.name(), "stage": stage, "at": at, "lines": lines }).to_string()
}

/// What an endpoint answered: any 2xx has taken it.
pub fn verdict(answer: &Answer<'_>, sent: &Sent<'_>, now: Timestamp) -> Verdict {
    if (200..300).contains(&answer.status) {
        return Verdict::Delivered { reference: None };
    }
    sent.by_status(answer, answer.body, now)
}

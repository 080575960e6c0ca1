//! What Slack's answer means. A webhook says `ok`. The Web API says 200 whatever happened: only `"ok": true` in the body is success.

use jiff::Timestamp;
use serde::Deserialize;

use crate::verdict::{Answer, Sent, Verdict};

/// What the Web API says of itself, not of the message (docs.slack.dev, chat.postMessage): the message is sent again.
const PASSING: [&str; 6] = [
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
];

/// What an incoming webhook answered. Its errors are words in the body, as `channel_is_archived`.
pub fn of_webhook(answer: &Answer<'_>, sent: &Sent<'_>, now: Timestamp) -> Verdict {
    if answer.status == 200 && answer.body.trim() == "ok" {
        return Verdict::Delivered { reference: None };
    }
    sent.by_status(answer, answer.body, now)
}

#[derive(Deserialize)]
struct Said {
    ok: bool,
    error: Option<String>,
    ts: Option<String>,
}

/// What `chat.postMessage` answered.
pub fn of_web_api(answer: &Answer<'_>, sent: &Sent<'_>, now: Timestamp) -> Verdict {
    let said = serde_json::from_str::<Said>(answer.body).ok();
    match said {
        Some(said) if answer.status == 200 && said.ok => Verdict::Delivered { reference: said.ts },
        Some(Said { error, .. }) => {
            let word = error.as_deref().unwrap_or("it is not ok, and does not say why");
            let token = ["invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"];
            if PASSING.contains(&word) {
                sent.again(answer, word, now)
            } else if token.contains(&word)
                && let Verdict::Refused { why, .. } = sent.refused(answer, word)
            {
                Verdict::Refused { why, secret_may_be_old: true }
            } else {
                sent.by_status(answer, word, now)
            }
        }
        None => sent.by_status(answer, answer.body, now),
    }
}

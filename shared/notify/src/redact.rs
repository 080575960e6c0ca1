//! What of a channel's answer may be told: the host, the status and 200 cleaned characters. Never an address, a key or a token.
//!
//! Addresses of webhooks are secrets, errors of HTTP clients quote them, and answers echo keys. So nothing of a request is told, and of an answer
//! only what cannot be a secret.

use std::fmt;

use crate::text::{cut, in_one_line};

/// How much of an answer is told, in characters.
pub const SAID: usize = 200;

/// From this length on a run of letters and digits may be a secret: Slack's and PagerDuty's have 24 and more.
const RUN: usize = 20;

/// A part of a secret address that is shorter is a word, as `services`, and hides nothing.
const PART: usize = 6;

/// What stands for what was taken out.
const ADDRESS: &str = "[address]";
const REDACTED: &str = "[redacted]";

/// Why a channel did not take a message, in words that may be logged and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The host, without path and query.
    pub host: String,
    /// What it answered, if it did.
    pub status: Option<u16>,
    /// What it said, cleaned, or what kept it from answering.
    pub said: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) if self.said.is_empty() => write!(f, "{} answered {status}", self.host),
            Some(status) => write!(f, "{} answered {status}: {}", self.host, self.said),
            None => write!(f, "{}: {}", self.host, self.said),
        }
    }
}

/// A failure of `host`, whose words are cleaned of `secrets` and of all that looks like one.
pub fn failure(host: &str, status: Option<u16>, said: &str, secrets: &[&str]) -> Failure {
    Failure { host: host.to_owned(), status, said: cleaned(said, secrets) }
}

/// At most [`SAID`] characters of `text` in one line, without `secrets`, their parts, addresses and long runs of letters and digits.
pub fn cleaned(text: &str, secrets: &[&str]) -> String {
    let mut text = in_one_line(text);
    // The longest first: what is left of a part says nothing.
    let parts = secrets.iter().flat_map(|secret| secret.split(['/', '?', '&', '=', ':', '@']));
    let parts = parts.filter(|part| part.len() >= PART && !is_word(part));
    let mut parts: Vec<&str> =
        parts.chain(secrets.iter().copied().filter(|secret| !secret.is_empty())).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    for part in parts {
        text = text.replace(part, REDACTED);
    }
    let mut told: Vec<String> = Vec::new();
    for piece in text.split_whitespace() {
        told.push(if is_address(piece) { ADDRESS.to_owned() } else { without_runs(piece) });
    }
    cut(&told.join(" "), SAID)
}

/// Whether a part of a secret is a mere word of its address: `https`, `services`, `hooks.slack.com`.
fn is_word(part: &str) -> bool {
    part.len() < RUN && part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '.')
}

fn is_address(piece: &str) -> bool {
    // JSON may write a slash with a backslash before it.
    let plain = piece.replace('\\', "").to_ascii_lowercase();
    ["://", "%3a%2f%2f", "hooks.slack", "/services/", "/integration/"].iter().any(|sign| plain.contains(sign))
}

/// The same without runs that may be secrets. Error words are long too, and are of small letters and underscores alone.
fn without_runs(piece: &str) -> String {
    let part_of_run = |letter: char| letter.is_alphanumeric() || "_-+/=.%\\".contains(letter);
    let mut told = String::with_capacity(piece.len());
    let mut run = String::new();
    for letter in piece.chars().map(Some).chain([None]) {
        match letter {
            Some(letter) if part_of_run(letter) => run.push(letter),
            other => {
                let word = run.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
                told.push_str(if run.chars().count() >= RUN && !word { REDACTED } else { &run });
                run.clear();
                told.extend(other);
            }
        }
    }
    told
}

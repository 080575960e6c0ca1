//! What is to be told outside: each decision, step, alert and recovery, written with the memory that it tells of and kept until it is sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reason::{Explanation, Reason};

/// So many wait at most. Where nobody can send for days, alerts and recoveries stay, and the oldest of the others go.
const WAIT_AT_MOST: usize = 50;

/// What is told, and what was told and stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outbox {
    /// The number of the newest notice.
    number: u64,
    /// What waits to be sent, in ascending order.
    waiting: Vec<Notice>,
    /// The alerts that were told and are not over, by what they are about.
    standing: BTreeMap<String, Standing>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Grows with each notice of a target: what comes with a lower number is late.
    pub number: u64,
    /// What sort it is.
    pub kind: NoticeKind,
    /// The stable code; of a recovery that of the alert which is over.
    pub reason: Reason,
    /// One sentence with numbers.
    pub detail: String,
    /// Since when it is so, or, of a recovery, was.
    pub since: Timestamp,
    /// When it was found.
    pub at: Timestamp,
}

/// The sorts of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Capacity is to change.
    Decision,
    /// A step of the life cycle was taken.
    Step,
    /// A person should know.
    Alert,
    /// An alert is over.
    Recovery,
}

/// An alert that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    reason: Reason,
    since: Timestamp,
}

impl Outbox {
    /// What waits to be sent, the oldest first.
    pub fn waiting(&self) -> &[Notice] {
        &self.waiting
    }

    /// Whether nothing was ever told: it is then not stored.
    pub fn is_new(&self) -> bool {
        *self == Outbox::default()
    }

    /// The first `count` of them were sent.
    pub fn sent(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
    }

    /// What happened, and is over with it.
    pub(crate) fn happened(&mut self, kind: NoticeKind, reason: Reason, detail: String, at: Timestamp) {
        self.push(kind, reason, detail, at, at);
    }

    /// An alert, about `key` if it lasts.
    pub(crate) fn alert(&mut self, key: Option<&str>, why: &Explanation, at: Timestamp) {
        if let Some(key) = key {
            self.standing.insert(key.to_owned(), Standing { reason: why.reason, since: at });
        }
        self.push(NoticeKind::Alert, why.reason, why.detail.clone(), at, at);
    }

    /// What `key` was about is over. Receivers know an alert by its reason: while another of the same reason stands it is not over for them.
    pub(crate) fn over(&mut self, key: &str, at: Timestamp) {
        let Some(Standing { reason, since }) = self.standing.remove(key) else { return };
        if self.standing.values().all(|other| other.reason != reason) {
            self.push(NoticeKind::Recovery, reason, format!("over: {key}"), since, at);
        }
    }

    fn push(&mut self, kind: NoticeKind, reason: Reason, detail: String, since: Timestamp, at: Timestamp) {
        self.number += 1;
        self.waiting.push(Notice { number: self.number, kind, reason, detail, since, at });
        let is_news = |notice: &Notice| matches!(notice.kind, NoticeKind::Decision | NoticeKind::Step);
        while self.waiting.len() > WAIT_AT_MOST {
            let oldest = self.waiting.iter().position(is_news).unwrap_or(0);
            self.waiting.remove(oldest);
        }
    }
}

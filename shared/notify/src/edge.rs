//! Which edge of an alert is still to be sent to one channel. Messages arrive twice and out of order: a late retry of an alert after its recovery
//! would open an incident that nobody closes.
//!
//! The state is of one channel, so that one that fails does not make others send again. What may have been shown counts as sent: a recovery too many
//! is better than an incident for ever.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};
use crate::key;

/// How long a key that is over is remembered: SNS tries to reach a function for 23 days.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many keys are remembered at most: with the longest names and threads some 140 kB of JSON.
pub const KEYS: usize = 350;

/// How long a key is written, in characters. A longer one keeps its beginning and a hash.
const KEY: usize = 150;

/// What one channel was sent, by the key of its events ([`Event::key`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edges(BTreeMap<String, Edge>);

/// The newest edge of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Edge {
    /// Its number.
    number: u64,
    /// What came of this edge.
    sent: Shown,
    /// Whether an alert of this key stands in the channel, or may.
    open: bool,
    /// Whether one did before this edge was begun the last time.
    stood: bool,
    /// When it was found.
    at: Timestamp,
    /// What the channel calls the message that began the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    /// The version of the secret by which the alert was sent: its recovery needs the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_version: Option<u64>,
}

/// What came of sending an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shown {
    No,
    /// It was begun, and no answer is known.
    Perhaps,
    Yes,
}

/// What is to be done with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is sent.
    Send {
        /// The thread that it belongs to, where the channel has threads.
        thread: Option<String>,
        /// The version of the secret to send it by; `None`: the newest.
        secret_version: Option<u64>,
    },
    /// It is not.
    Drop(Late),
}

/// Why an event is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// A newer edge of the same key arrived before it.
    Older,
    /// The channel took this edge already.
    SentAlready,
    /// A recovery of an alert that the channel never got.
    NothingToClear,
}

impl Edges {
    /// What is to be done with an event that arrived, and that from now on nothing older of its key is sent. Decisions and steps have no other edge:
    /// they are sent each time that they arrive, twice rather than never.
    pub fn arrive(&mut self, event: &Event) -> Judgement {
        let alert = match event.kind {
            EventKind::Decision | EventKind::Step => {
                return Judgement::Send { thread: None, secret_version: None };
            }
            EventKind::Alert => true,
            EventKind::Recovery => false,
        };
        let edge = self.0.entry(key_of(event)).or_insert_with(|| Edge {
            number: event.edge,
            sent: Shown::No,
            open: false,
            stood: false,
            at: event.at,
            thread: None,
            secret_version: None,
        });
        if event.edge < edge.number {
            return Judgement::Drop(Late::Older);
        }
        if event.edge == edge.number && edge.sent == Shown::Yes {
            return Judgement::Drop(Late::SentAlready);
        }
        if event.edge > edge.number {
            *edge = Edge { number: event.edge, sent: Shown::No, at: event.at, ..edge.clone() };
        }
        if !alert && !edge.open {
            return Judgement::Drop(Late::NothingToClear);
        }
        Judgement::Send { thread: edge.thread.clone(), secret_version: edge.secret_version }
    }

    /// Sending begins, by this version of the secret. Written before the call: whoever is killed in it may have been heard.
    pub fn begin(&mut self, event: &Event, secret_version: Option<u64>) {
        if let Some(edge) = self.newest(event) {
            edge.sent = Shown::Perhaps;
            edge.stood = edge.open;
            if event.kind == EventKind::Alert {
                edge.open = true;
                edge.secret_version = edge.secret_version.or(secret_version);
            }
        }
    }

    /// The channel took it, and calls it so. A recovery ends the thread.
    pub fn delivered(&mut self, event: &Event, reference: Option<String>) {
        if let Some(edge) = self.newest(event) {
            edge.sent = Shown::Yes;
            edge.open = event.kind == EventKind::Alert;
            if edge.open {
                edge.thread = edge.thread.take().or(reference);
            } else {
                (edge.thread, edge.secret_version) = (None, None);
            }
        }
    }

    /// The channel answered that it did not take it, so nothing of this try stands there. Only for an answer, never for silence.
    pub fn refused(&mut self, event: &Event) {
        if let Some(edge) = self.newest(event) {
            edge.open = edge.stood;
            // A try before this one that got no answer may have been shown.
            edge.sent = if edge.stood { edge.sent } else { Shown::No };
            if !edge.open {
                (edge.thread, edge.secret_version) = (None, None);
            }
        }
    }

    /// It is not sent any more, whatever came of it: given up for good, or told together with others. What stands goes on standing.
    pub fn ended(&mut self, event: &Event) {
        if let Some(edge) = self.newest(event) {
            edge.sent = Shown::Yes;
        }
    }

    /// The alert was sent by this version of the secret after all.
    pub fn sent_by(&mut self, event: &Event, secret_version: Option<u64>) {
        if event.kind == EventKind::Alert
            && let Some(edge) = self.newest(event)
        {
            edge.secret_version = secret_version;
        }
    }

    /// Whether the edge of this event, or a newer one of its key, is known here.
    pub fn knows(&self, event: &Event) -> bool {
        self.0.get(&key_of(event)).is_some_and(|edge| edge.number >= event.edge)
    }

    /// When the newest edge of this key was found, if an alert of it stands.
    pub fn stood_at(&self, event: &Event) -> Option<Timestamp> {
        self.0.get(&key_of(event)).filter(|edge| edge.open).map(|edge| edge.at)
    }

    /// Makes room for the key of an event: what was over and told for the longest time is forgotten. Whether there is room; there is none while [`KEYS`]
    /// alerts stand or wait.
    pub fn make_room(&mut self, event: &Event) -> bool {
        if self.0.len() < KEYS || self.0.contains_key(&key_of(event)) {
            return true;
        }
        let over = self.0.iter().filter(|(_, edge)| !edge.open && edge.sent == Shown::Yes);
        let Some(key) = over.min_by_key(|(_, edge)| edge.at).map(|(key, _)| key.clone()) else {
            return false;
        };
        self.0.remove(&key).is_some()
    }

    /// Whether an alert of this key stands in the channel, or may.
    pub fn stands(&self, event: &Event) -> bool {
        self.0.get(&key_of(event)).is_some_and(|edge| edge.open)
    }

    /// Forgets keys that are over and whose late messages cannot arrive any more.
    pub fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, edge| edge.open || now.duration_since(edge.at) < REMEMBERED);
    }

    /// The edge of the event, if it is the newest of its key.
    fn newest(&mut self, event: &Event) -> Option<&mut Edge> {
        self.0.get_mut(&key_of(event)).filter(|edge| edge.number == event.edge)
    }
}

/// The key of an event as it is written.
fn key_of(event: &Event) -> String {
    key::bounded(&event.key(), KEY)
}

//! An event as EventBridge hands it on: its detail, and whether somebody replays an archive.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::event::{Event, SOURCE, UnreadableEvent};

/// What arrived from the bus.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrived {
    /// An event of now.
    Event(Box<Event>),
    /// One from an archive: it was told when it happened, and is not told again.
    Replayed {
        /// The name of the replay.
        replay: String,
    },
}

/// Why nothing is told of what arrived.
#[derive(Debug, Error)]
pub enum UnreadableEnvelope {
    /// It is no event of EventBridge.
    #[error("this is no event of EventBridge: {0}")]
    Envelope(serde_json::Error),
    /// Somebody else sent it.
    #[error("this event is of {found:?}, not of \"{SOURCE}\": correct the rule that sends it here")]
    Foreign {
        /// Its `source`.
        found: String,
    },
    /// Its detail cannot be read.
    #[error(transparent)]
    Detail(#[from] UnreadableEvent),
}

#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(rename = "replay-name")]
    replay: Option<String>,
    detail: Value,
}

/// Reads what the bus sends.
///
/// # Errors
/// What is no envelope, is from somebody else, or has a detail that is no event.
pub fn read(text: &str) -> Result<Arrived, UnreadableEnvelope> {
    let envelope: Envelope = serde_json::from_str(text).map_err(UnreadableEnvelope::Envelope)?;
    if envelope.source != SOURCE {
        return Err(UnreadableEnvelope::Foreign { found: crate::text::cut(&envelope.source, 100) });
    }
    if let Some(replay) = envelope.replay {
        return Ok(Arrived::Replayed { replay });
    }
    Ok(Arrived::Event(Box::new(Event::of_json(envelope.detail)?)))
}

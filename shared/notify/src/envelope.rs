//! An event as EventBridge hands it on: its detail, and whether somebody replays an archive.
//!
//! The type of `aws_lambda_events` reads it. It leaves out `replay-name`, which is therefore read beside it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde_json::Value;
use thiserror::Error;

use crate::event::{Event, SOURCE, UnreadableEvent};

/// What arrived from the bus.
#[derive(Clone, Debug, PartialEq)]
pub enum FromBus {
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

/// Reads what the bus sends.
///
/// # Errors
/// What is no envelope, is from somebody else, or has a detail that is no event.
pub fn read(json: &Value) -> Result<FromBus, UnreadableEnvelope> {
    let envelope: EventBridgeEvent<Value> =
        serde_json::from_value(json.clone()).map_err(UnreadableEnvelope::Envelope)?;
    if envelope.source != SOURCE {
        return Err(UnreadableEnvelope::Foreign { found: crate::text::cut(&envelope.source, 100) });
    }
    if let Some(replay) = json["replay-name"].as_str() {
        return Ok(FromBus::Replayed { replay: replay.to_owned() });
    }
    Ok(FromBus::Event(Box::new(Event::of_json(envelope.detail)?)))
}

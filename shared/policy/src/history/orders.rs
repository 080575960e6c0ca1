//! What a person asked of a target for a time: bounds, and a pause. Every kind of target remembers it alike.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pause::Paused;
use crate::units::Count;

/// What a person asked of a target for a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrdersMemory {
    /// A direct command that sets bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<StandingOrder>,
    /// When the newest command on bounds was sent that was taken, also one that is over or ended another: an older one is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds_sent_at: Option<Timestamp>,
    /// A pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<StandingPause>,
    /// The same of pauses and of what ends them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_sent_at: Option<Timestamp>,
}

impl OrdersMemory {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The bounds that a direct command sets at a moment.
    pub fn bounds_at(&self, now: Timestamp) -> Option<&StandingOrder> {
        self.bounds.as_ref().filter(|order| now < order.until)
    }

    /// The pause that stands at a moment.
    pub fn pause_at(&self, now: Timestamp) -> Option<&StandingPause> {
        self.pause.as_ref().filter(|pause| now < pause.until)
    }
}

/// A direct command that stands until its time is over. Absolute counts: a command delivered twice says the same twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingOrder {
    /// When it was taken.
    pub at: Timestamp,
    /// When it is over by itself.
    pub until: Timestamp,
    /// Never fewer meanwhile; `None` leaves the schedule's.
    pub min: Option<Count>,
    /// Never more meanwhile; `None` leaves the schedule's.
    pub max: Option<Count>,
}

/// A pause that stands until its time is over, or a person ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingPause {
    /// What is paused.
    pub what: Paused,
    /// When it was taken.
    pub at: Timestamp,
    /// When it is over by itself.
    pub until: Timestamp,
    /// When a person was last told that it stands.
    pub told_at: Timestamp,
}

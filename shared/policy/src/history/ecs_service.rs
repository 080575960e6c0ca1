//! What is remembered of an ECS service.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::failing::Failing;
use super::orders::StandingOrder;
use crate::observation::CapacityBounds;
use crate::units::Count;

/// What is remembered of an ECS service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsServiceMemory {
    /// What was last asked for: another value found is somebody else's.
    pub asked: Option<Asked>,
    /// What it was before that, until the change was seen: an attempt that died on the way may or may not have made its call.
    pub asked_over: Option<Asked>,
    /// When; ECS may show the old value for a while after.
    pub asked_at: Option<Timestamp>,
    /// How often in a row a change of the capacity failed for what only a person can fix.
    pub refusals: u32,
    /// It is not asked for again before this.
    pub retry_at: Option<Timestamp>,
    /// Tasks that were asked for and do not all run yet.
    pub starting: Option<Starting>,
    /// How many tasks ran from when on, in ascending order: what a mean over tasks has to be multiplied by.
    pub running: Vec<RunningSince>,
    /// The minimum that signals or somebody else raised in a scalable target, where it is above the schedule's.
    pub signal_floor: Option<Count>,
    /// When somebody else changed the capacity, in ascending order; as far back as a quarrel is looked for.
    pub foreign_writes: Vec<Timestamp>,
    /// How often tasks of the newest deployment have failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// Since Spot could place no task, the service is on demand.
    pub fallback: Option<Fallback>,
    /// A strategy that AWS refused is not asked for again before this.
    pub strategy_retry_at: Option<Timestamp>,
    /// The warm-up of each planned event, by the event's name.
    pub warmed: BTreeMap<String, Warmed>,
    /// A direct command as it was stored while services alone took any. It is read, and kept where every kind has its own.
    #[serde(rename = "order", skip_serializing)]
    pub(super) stored_order: Option<StandingOrder>,
    /// When the newest one was sent, stored likewise.
    #[serde(rename = "order_sent_at", skip_serializing)]
    pub(super) stored_order_sent_at: Option<Timestamp>,
}

impl EcsServiceMemory {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was last asked for, and what it was about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A desired count.
    Desired(Count),
    /// The bounds of a scalable target.
    Bounds(CapacityBounds),
}

/// Tasks on their way up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Starting {
    /// When they were asked for.
    pub since: Timestamp,
    /// The capacity before.
    pub from: Count,
    /// The capacity to come.
    pub to: Count,
}

/// How many tasks ran from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningSince {
    /// When it was first seen.
    pub at: Timestamp,
    /// How many.
    pub count: Count,
}

/// A service that was moved off Spot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// Since when.
    pub since: Timestamp,
    /// Spot is tried again from then on.
    pub retry_at: Timestamp,
}

/// How the warm-up of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warmed {
    /// When it was last tried.
    pub at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// Whether it was answered.
    pub done: bool,
}

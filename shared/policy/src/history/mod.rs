//! What observation cannot give: the intent, since-times, cooldowns, what was recommended. It lives in the ledger, never in process memory.

mod back_off;
mod compact;
mod ecs_service;
mod failing;
mod not_offered;
mod notice;
mod orders;
mod outbox;
mod rds_replicas;
mod redis_nodes;
mod relief;
mod shape;
mod standing;
mod tally;

pub use ecs_service::{Asked, EcsServiceMemory, Fallback, RunningSince, Starting, Warmed};
pub use failing::{Failing, fails_more};
pub use not_offered::NotOffered;
pub use notice::{Next, Notice, NoticeKind};
pub use orders::{OrdersMemory, StandingOrder, StandingPause};
pub use outbox::Outbox;
pub use rds_replicas::{Addition, Intent, NotServing, RdsReplicasMemory, Removal, Transition, WeightSince};
pub use redis_nodes::{Changing, RedisNodesMemory, Refused};
pub use relief::{MemoryBefore, Relief};
pub use shape::{Goal, Lever, Shape};
pub use standing::Read;
pub use tally::{Tally, Week};

pub(crate) use back_off::back_off;
pub(crate) use failing::FAILED_IN_A_ROW;
pub(crate) use notice::kept_numbers;
pub(crate) use tally::Found;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::observation::{Facts, ScalableTarget};
use crate::reason::Reason;
use crate::units::Count;

/// One target's memory, as the ledger keeps it between attempts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct History {
    /// How many decisions to add or remove were made: part of the next decision's name.
    pub decisions: u64,
    /// Whether something is under way that must be looked at every minute.
    pub in_transition: bool,
    /// Whether a signal was so near to a level at which something is added that it must be looked at every minute.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub near: bool,
    /// When signals were last bought.
    pub evaluated_at: Option<Timestamp>,
    /// The last addition that ended, with what it started from and wanted.
    pub scaled_out: Option<ScaledOut>,
    /// When the last removal ended, or was cancelled.
    pub scaled_in_at: Option<Timestamp>,
    /// What was recommended, clamped: one entry a change, in ascending order; as far back as the stabilization windows look.
    pub recommendations: Vec<Recommended>,
    /// Members that came or went, in ascending order; as far back as the rate limits look.
    pub changes: Vec<CapacityChange>,
    /// What lasts, and is told to a person once it has lasted.
    #[serde(skip_serializing_if = "Watched::is_nothing")]
    pub watched: Watched,
    /// The alerts that stand, by what they are about: each is reported once when it comes and once when it goes.
    pub alerting: BTreeSet<String>,
    /// When each hold was last reported since the last decision.
    pub holds_told: BTreeMap<Reason, Timestamp>,
    /// The reason last recorded: a hold is recorded when it changes, not every minute.
    pub last_reason: Option<Reason>,
    /// What a person asked for a time.
    #[serde(skip_serializing_if = "OrdersMemory::is_empty")]
    pub orders: OrdersMemory,
    /// What is to be told outside.
    #[serde(skip_serializing_if = "Outbox::is_new")]
    pub outbox: Outbox,
    /// What is counted of the week.
    #[serde(skip_serializing_if = "Tally::is_nothing")]
    pub tally: Tally,
    /// What the fleet learned and need not buy again today. No decision rests on it.
    pub facts: Facts,
    /// What only the replicas of a source have. Stored beside what all kinds have, as it always was.
    #[serde(flatten)]
    pub rds_replicas: RdsReplicasMemory,
    /// What only a service has.
    #[serde(rename = "service", skip_serializing_if = "EcsServiceMemory::is_empty")]
    pub ecs_service: EcsServiceMemory,
    /// What only a replication group has.
    #[serde(rename = "group", skip_serializing_if = "RedisNodesMemory::is_empty")]
    pub redis_nodes: RedisNodesMemory,
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for History {
    /// Reads what was written while only a service could be commanded, too.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut history = Self::deserialize(from)?;
        let (order, sent_at) =
            (history.ecs_service.stored_order.take(), history.ecs_service.stored_order_sent_at.take());
        history.orders.bounds = history.orders.bounds.or(order);
        history.orders.bounds_sent_at = history.orders.bounds_sent_at.or(sent_at);
        Ok(history)
    }
}

impl History {
    /// Whether scheduled actions and predictive policies are to be read again: once a day, and where the bounds are not as we left them, or
    /// capacity stands above them and no policy is known to lift it.
    pub fn native_is_due(&self, scalable: &ScalableTarget, desired: Count, now: Timestamp) -> bool {
        let as_left = self.ecs_service.asked.is_none_or(|asked| asked == Asked::Bounds(scalable.bounds));
        let known = self.facts.native.as_ref().filter(|fact| fact.is_believed(now));
        let explained = known.is_some_and(|fact| desired <= scalable.bounds.max || fact.value.lifts_maximum);
        !(as_left && explained)
    }
}

/// What lasts and changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watched {
    /// More is wanted than the maximum.
    pub at_maximum: Option<Lasting>,
    /// Fewer are wanted, and neither clocks nor load keep them.
    pub blocked: Option<Lasting>,
    /// The last decisions of two hours that changed the direction, in ascending order.
    pub turns: Vec<Turn>,
}

impl Watched {
    fn is_nothing(&self) -> bool {
        *self == Watched::default()
    }
}

/// From when until when something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lasting {
    /// First.
    pub since: Timestamp,
    /// Last, or nobody knew that it was over.
    pub seen_at: Timestamp,
}

/// A decision that changed the direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// Towards more.
    pub out: bool,
}

/// What was recommended from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    /// Since when.
    pub at: Timestamp,
    /// Clamped to the bounds of that time.
    pub desired: Count,
}

/// Members that came or went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityChange {
    /// When it was decided.
    pub at: Timestamp,
    /// Positive out, negative in.
    pub delta: i32,
}

/// The last addition that ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaledOut {
    /// When it ended.
    pub at: Timestamp,
    /// The capacity it started from.
    pub from: Count,
    /// The capacity it wanted.
    pub to: Count,
}

//! How an account begins: its seed, its time, and how its services and groups stand.

use jiff::{SignedDuration, Timestamp};

use super::ecs_service::ServiceStart;
use super::redis_nodes::GroupStart;

/// How an account begins.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Reproduces everything that is left to chance.
    pub seed: u64,
    /// The first moment.
    pub start: Timestamp,
    /// How long it will be watched: the blackout falls within.
    pub lasting: SignedDuration,
    /// Whether CloudWatch has one 20-minute blackout and one batch out of order of every target.
    pub blackout: bool,
    /// How services stand; says nothing of the others.
    pub service: ServiceStart,
    /// How replication groups stand; says nothing of the others.
    pub group: GroupStart,
}

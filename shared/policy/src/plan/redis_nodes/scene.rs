//! The world of one attempt at a group that can be scaled, read only.

use jiff::Timestamp;

use super::follow::Followed;
use super::leaving::Leaving;
use crate::evaluate::redis_nodes::{Reach, Readings};
use crate::evaluate::{Bounds, Pauses};
use crate::history::{Lever, MemoryBefore};
use crate::number::Sentence;
use crate::observation::Group;
use crate::policy::{self, Target};
use crate::reason::Explanation;

/// The world of one attempt at a group that can be scaled, read only.
pub(in crate::plan) struct Scene<'a> {
    pub(super) target: &'a Target,
    pub(super) redis: &'a policy::RedisNodes,
    pub(super) group: &'a Group,
    pub(super) reach: Reach<'a>,
    pub(super) readings: Readings<'a>,
    pub(super) followed: Followed,
    /// The fewest and the most nodes of this moment.
    pub(super) bounds: Bounds,
    /// What makes more nodes, where a rule asks for more.
    pub(super) out: Option<Lever>,
    /// What would go next; else why nothing may.
    pub(super) leaving: Result<Leaving, Explanation>,
    /// Memory is short, and nodes of a larger type are what helps.
    pub(super) larger_nodes: Option<Sentence>,
    /// How full it is, which an addition for memory will be held against.
    pub(super) memory: MemoryBefore,
    /// What a person paused.
    pub(super) pauses: Pauses,
    pub(super) now: Timestamp,
}

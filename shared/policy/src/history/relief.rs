//! What was added for memory, and memory before: whether it helped is seen against that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::shape::{Goal, Shape};
use crate::units::Count;

/// Shards or larger nodes that were added, and memory as it was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relief {
    /// Since when they are there.
    pub at: Timestamp,
    /// How the group stood before.
    pub from: Shape,
    /// What was added.
    pub to: Goal,
    /// Memory when it was asked for. What has fallen since is taken off.
    pub before: MemoryBefore,
}

/// Memory when shards or larger nodes were asked for, of the shard that had most: means of ten minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryBefore {
    /// Percent; `None` where no rule of the way out reads it, or nothing was known.
    pub memory: Option<f64>,
    /// Evictions a minute; `None` as above.
    pub evictions: Option<f64>,
    /// The policy's `max` then: a larger one is a person's word that more is wanted.
    pub max: Count,
    /// The policy's `shards.max` then, for the same.
    pub shards_max: Option<Count>,
}

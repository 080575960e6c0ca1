//! What is remembered of a replication group.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::relief::{MemoryBefore, Relief};
use super::shape::{Goal, Lever, Shape};

/// What is remembered of a replication group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RedisNodesMemory {
    /// How it stood when it was last at rest: another shape found is somebody else's, or what was asked for.
    pub shape: Option<Shape>,
    /// What was asked for, and is not there yet.
    pub changing: Option<Changing>,
    /// Since when the group or one of its members is not available.
    pub busy_since: Option<Timestamp>,
    /// What AWS refused, or did not carry out, towards more.
    pub refused_out: BTreeMap<Lever, Refused>,
    /// The same towards less: it holds nothing back that goes the other way.
    pub refused_in: BTreeMap<Lever, Refused>,
    /// The last shards or larger nodes that were added, until memory is seen to have fallen: no more of what does not help.
    pub relief: Option<Relief>,
}

/// What AWS refused, or did not carry out, is asked for again after this, and after twice as long each time it fails again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// A call that AWS refuses costs nothing: so long at most, lest what a person has fixed by then goes unnoticed.
const RETRY_REFUSED_AT_MOST: SignedDuration = SignedDuration::from_hours(1);
/// A change that AWS took and did not carry out kept the group busy for nothing: so long at most.
const RETRY_FAILED_AT_MOST: SignedDuration = SignedDuration::from_hours(6);

impl RedisNodesMemory {
    /// What AWS refused of the direction that a change has.
    pub(crate) fn refused(&mut self, changing: &Changing) -> &mut BTreeMap<Lever, Refused> {
        if changing.to.is_out(&changing.from) { &mut self.refused_out } else { &mut self.refused_in }
    }

    /// Remembers that AWS refused such a call once more.
    pub(crate) fn refuse(&mut self, changing: &Changing, now: Timestamp) {
        let _ = self.put_off(changing, RETRY_REFUSED_AT_MOST, now);
    }

    /// Remembers that such a change was taken and not carried out once more; from when on it is asked for again.
    pub(crate) fn fail(&mut self, changing: &Changing, now: Timestamp) -> Timestamp {
        self.put_off(changing, RETRY_FAILED_AT_MOST, now)
    }

    fn put_off(&mut self, changing: &Changing, at_most: SignedDuration, now: Timestamp) -> Timestamp {
        let lever = changing.to.lever();
        let refused = self.refused(changing);
        let times = refused.get(&lever).map_or(1, |before| before.times.saturating_add(1));
        let wait = (RETRY_AFTER * (1 << times.saturating_sub(1).min(8))).min(at_most);
        let retry_at = now.checked_add(wait).unwrap_or(now);
        refused.insert(lever, Refused { times, retry_at });
        retry_at
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of a replication group on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changing {
    /// When it was asked for.
    pub since: Timestamp,
    /// How it stood before.
    pub from: Shape,
    /// What was asked for.
    pub to: Goal,
    /// Whether ElastiCache took the call, or was seen at work since: an attempt that died on the way may or may not have made its call.
    pub begun: bool,
    /// Memory before, of shards and larger nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<MemoryBefore>,
}

/// A change that did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How often in a row.
    pub times: u32,
    /// It is not asked for again before this.
    pub retry_at: Timestamp,
}

//! Follow: what became of what was asked for, and what somebody else changed. Before anything is decided.

use jiff::{SignedDuration, Timestamp};

use super::Draft;
use crate::evaluate::redis_nodes::{Reach, busy};
use crate::history::{Changing, History, Lever, MemoryBefore, Relief, ScaledOut, Shape};
use crate::number::Number;
use crate::policy::RedisNodes;
use crate::reason::{Explanation, Reason};
use crate::units::{Count, friendly};

/// ElastiCache may show a group as it was for so long after a call.
const SHOWN_LATE: SignedDuration = SignedDuration::from_mins(2);

/// The status of a group while ElastiCache backs it up; it takes no change meanwhile.
const BACKUP: &str = "snapshotting";

/// What following found.
#[derive(Default)]
pub(in crate::plan) struct Followed {
    /// Whether the group is at rest, and nothing is waited for.
    pub(super) at_rest: bool,
    events: Vec<Explanation>,
    slow: Option<Explanation>,
}

impl Followed {
    pub(super) fn tell(self, draft: &mut Draft) {
        for told in self.events {
            draft.event(told.reason, told.said());
        }
        if let Some(slow) = self.slow {
            draft.alert("the change that does not end", slow.reason, slow.said());
        }
    }
}

pub(super) fn follow(
    history: &mut History,
    redis: &RedisNodes,
    reach: &Reach<'_>,
    now: Timestamp,
) -> Followed {
    let mut followed = Followed::default();
    let memory = &mut history.redis_nodes;
    if let Some(words) = busy(reach.group) {
        let since = *memory.busy_since.get_or_insert(now);
        // A backup is nobody's change: it says nothing of a call of which nobody knows whether it was made.
        let backup = reach.group.status.word() == BACKUP;
        if let Some(changing) = memory.changing.as_mut().filter(|_| !backup) {
            changing.begun = true;
        }
        let since = memory.changing.as_ref().map_or(since, |changing| changing.since);
        let lasts = now.duration_since(since);
        if lasts >= redis.change_within {
            let detail = format!(
                "{words}, and so it has been for {}: look at the group's events; nothing can be changed meanwhile",
                friendly(lasts)
            );
            let number = Number::lasting("changing", lasts).against_time(redis.change_within);
            followed.slow = Some(Explanation::new(Reason::ChangeSlow, detail).with(number));
        }
        return followed;
    }
    memory.busy_since = None;
    match memory.changing.take() {
        Some(changing) if changing.to.is_reached(&reach.shape) => done(history, &changing, &reach.shape, now),
        // Not there yet: it may still show.
        Some(changing) if now.duration_since(changing.since) < SHOWN_LATE && now >= changing.since => {
            memory.changing = Some(changing);
            return followed;
        }
        Some(changing) if changing.begun => failed(history, &changing, &reach.shape, now, &mut followed),
        // The call was never made, or was lost.
        Some(changing) => history.changes.retain(|change| change.at != changing.since),
        None => foreign(history, &reach.shape, now, &mut followed),
    }
    history.redis_nodes.shape = Some(reach.shape.clone());
    followed.at_rest = true;
    followed
}

/// Cooldowns count from the end of a change, not from its call: it takes its ten minutes.
fn done(history: &mut History, changing: &Changing, shape: &Shape, now: Timestamp) {
    if changing.to.is_out(&changing.from) {
        history.scaled_out = Some(ScaledOut { at: now, from: changing.from.nodes(), to: shape.nodes() });
    } else {
        history.scaled_in_at = Some(now);
    }
    // Without a level there is nothing to hold it against.
    let levels = |before: &MemoryBefore| before.memory.is_some() || before.evictions.is_some();
    if let Some(before) = changing.before.filter(levels) {
        let (from, to) = (changing.from.clone(), changing.to.clone());
        history.redis_nodes.relief = Some(Relief { at: now, from, to, before });
    }
    history.redis_nodes.refused(changing).remove(&changing.to.lever());
}

/// ElastiCache took the call or was at work, and what was asked for is not there.
fn failed(
    history: &mut History,
    changing: &Changing,
    shape: &Shape,
    now: Timestamp,
    followed: &mut Followed,
) {
    let retry = history.redis_nodes.fail(changing, now);
    history.changes.retain(|change| change.at != changing.since);
    if !changing.to.is_out(&changing.from) {
        history.scaled_in_at = Some(now);
    }
    let (asked, why) = match changing.to.lever() {
        Lever::Replicas => ("replicas", "a node could not be made, or somebody else changed the group"),
        Lever::Shards => (
            "shards",
            "items above 256 MB cannot be moved, and `reserved-memory-percent` may leave too little room to move slots",
        ),
        Lever::NodeType => ("node type", "the new nodes could not be made, or the data does not fit"),
    };
    let detail = format!(
        "the change of {asked} asked for at {} ended without it: there are {}; look at the group's events ({why}); it is tried again from {retry} on",
        changing.since,
        words(shape),
    );
    followed.events.push(Explanation::new(Reason::ChangeFailed, detail));
}

/// Another shape than the last one at rest is somebody else's. It is taken as it is: told, and the way in waits as after a change of ours.
fn foreign(history: &mut History, shape: &Shape, now: Timestamp, followed: &mut Followed) {
    let Some(known) = history.redis_nodes.shape.as_ref().filter(|known| *known != shape) else { return };
    let detail = format!(
        "there are {}, and there were {}: somebody else changed the group, and it is taken as it is, as far as the policy's bounds allow",
        words(shape),
        words(known)
    );
    history.scaled_in_at = Some(now);
    followed.events.push(Explanation::new(Reason::ForeignWrite, detail));
}

/// As `3 nodes of cache.t3.medium in 1 shard`.
fn words(shape: &Shape) -> String {
    let shards = shape.shards();
    let shards = if shards == Count::ONE { "1 shard".to_owned() } else { format!("{shards} shards") };
    format!("{} nodes of {} in {shards}", shape.nodes(), shape.node_type)
}

//! What observation cannot give: the intent, since-times, cooldowns, what was recommended. It lives in the ledger, never in process memory.

mod not_offered;
mod relief;

pub use not_offered::NotOffered;
pub use relief::{MemoryBefore, Relief};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::names::{
    AvailabilityZone, ChangeId, DecisionId, InstanceClass, InstanceId, NodeType, ResourceId, SetId, ShardId,
};
use crate::observation::{CapacityBounds, Facts, ScalableTarget};
use crate::reason::Reason;
use crate::units::{Count, Weight};

/// One target's memory, as the ledger keeps it between attempts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// How many decisions to add or remove were made: part of the next decision's name.
    pub decisions: u64,
    /// The transition under way. At most one a target.
    pub intent: Option<Intent>,
    /// Whether something is under way that must be looked at every minute.
    pub in_transition: bool,
    /// When signals were last bought.
    pub evaluated_at: Option<Timestamp>,
    /// The last addition that ended, with what it started from and wanted.
    pub scaled_out: Option<ScaledOut>,
    /// When the last removal ended, or was cancelled.
    pub scaled_in_at: Option<Timestamp>,
    /// How many removals in a row were taken back because the replica could not be drained or touched.
    pub failed_removals: u32,
    /// Whose removal was last taken back for such a reason: others are tried first.
    pub unremovable: Option<InstanceId>,
    /// When the last addition ended without all that it asked for.
    pub gave_up_at: Option<Timestamp>,
    /// Since when the source has kept a wanted addition from being made.
    pub held_back_since: Option<Timestamp>,
    /// Since when nobody can tell whether a blue/green deployment is under way.
    pub deployments_unread_since: Option<Timestamp>,
    /// What was recommended, clamped: one entry a change, in ascending order; as far back as the stabilization windows look.
    pub recommendations: Vec<Recommended>,
    /// Members that came or went, in ascending order; as far back as the rate limits look.
    pub changes: Vec<CapacityChange>,
    /// When replicas were asked for, in ascending order; 24 hours of them.
    pub creations: Vec<Timestamp>,
    /// What RDS did not make of late; as far back as it counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_offered: Vec<NotOffered>,
    /// Since when each record of ours has its weight.
    pub weights: BTreeMap<SetId, WeightSince>,
    /// When somebody else deleted records of ours, in ascending order; as far back as a quarrel is looked for.
    pub records_deleted: Vec<Timestamp>,
    /// The replicas of ours that do not serve, each until it serves again or is gone.
    pub not_serving: BTreeMap<InstanceId, NotServing>,
    /// The alerts that stand, by what they are about: each is told once when it comes and once when it goes.
    pub alerting: BTreeSet<String>,
    /// When each hold was last told since the last decision.
    pub holds_told: BTreeMap<Reason, Timestamp>,
    /// The reason last recorded: a hold is recorded when it changes, not every minute.
    pub last_reason: Option<Reason>,
    /// What the fleet learned and need not buy again today. No decision rests on it.
    pub facts: Facts,
    /// What only a service has.
    #[serde(skip_serializing_if = "ServiceMemory::is_empty")]
    pub service: ServiceMemory,
    /// What only a replication group has.
    #[serde(skip_serializing_if = "GroupMemory::is_empty")]
    pub group: GroupMemory,
}

impl History {
    /// The record change to ask Route 53 for: the oldest that is not known to be INSYNC.
    pub fn pending_change(&self) -> Option<&ChangeId> {
        let pending =
            self.weights.values().filter(|since| since.insync_at.is_none() && since.change.is_some());
        pending.min_by_key(|since| since.since).and_then(|since| since.change.as_ref())
    }

    /// Whether scheduled actions and predictive policies are to be read again: once a day, and where the bounds are not as we left them, or
    /// capacity stands above them and no policy is known to lift it.
    pub fn native_is_due(&self, scalable: &ScalableTarget, desired: Count, now: Timestamp) -> bool {
        let as_left = self.service.asked.is_none_or(|asked| asked == Asked::Bounds(scalable.bounds));
        let known = self.facts.native.as_ref().filter(|fact| fact.is_believed(now));
        let explained = known.is_some_and(|fact| desired <= scalable.bounds.max || fact.value.lifts_maximum);
        !(as_left && explained)
    }

    /// Remembers that RDS does not make `class` in `zone`, and forgets what does not count any more.
    pub(crate) fn refuse_class(
        &mut self,
        class: &InstanceClass,
        zone: Option<&AvailabilityZone>,
        now: Timestamp,
    ) {
        self.not_offered.retain(|refused| refused.counts(now));
        let same = |refused: &&mut NotOffered| refused.class == *class && refused.zone.as_ref() == zone;
        // A batch that is refused as a whole is one refusal.
        if self.not_offered.iter_mut().find(same).is_some_and(|refused| refused.at == now) {
            return;
        }
        let refusals = self.not_offered.iter_mut().find(same).map_or(0, |refused| refused.refusals) + 1;
        let retry_at = now.checked_add(back_off(refusals)).unwrap_or(now);
        let refused = NotOffered { class: class.clone(), zone: zone.cloned(), at: now, refusals, retry_at };
        match self.not_offered.iter_mut().find(same) {
            Some(before) => *before = refused,
            None => self.not_offered.push(refused),
        }
    }

    /// Forgets that RDS did not make `class` in `zone`: it did now. What it refused in the same moment it may refuse again.
    pub(crate) fn class_made(
        &mut self,
        class: &InstanceClass,
        zone: Option<&AvailabilityZone>,
        now: Timestamp,
    ) {
        self.not_offered
            .retain(|refused| refused.class != *class || refused.zone.as_ref() != zone || refused.at == now);
    }

    /// The replica that a removal under way is about.
    pub fn removing(&self) -> Option<&InstanceId> {
        match &self.intent.as_ref()?.transition {
            Transition::Remove(removal) => Some(&removal.id),
            Transition::Add(_) => None,
        }
    }
}

/// A transition, written before its first call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Names what it makes.
    pub decision: DecisionId,
    /// When it was decided.
    pub since: Timestamp,
    /// How many replicas the target had, and how many it was to have.
    pub from: Count,
    /// See `from`.
    pub to: Count,
    /// What is to be done.
    pub transition: Transition,
}

/// The two transitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Transition {
    /// Replicas on their way in, from A1 to A6.
    Add(Vec<Addition>),
    /// One replica on its way out, from R1 to R6.
    Remove(Removal),
}

/// One replica on its way in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Addition {
    /// The name that the decision gives it.
    pub id: InstanceId,
    /// The class that it is made with.
    pub class: InstanceClass,
    /// The zone that is asked for; `None` leaves it to RDS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<AvailabilityZone>,
    /// Its identity, once it was seen.
    pub resource_id: Option<ResourceId>,
    /// When it last came a step further, once it is up.
    pub progress_at: Option<Timestamp>,
    /// Since when an instance that was seen is no longer there.
    pub missing_since: Option<Timestamp>,
    /// How often its creation was refused.
    pub refusals: u32,
    /// Its creation is not tried again before this.
    pub retry_at: Option<Timestamp>,
    /// Set when it will not come: refused for good, failed, or its name is another's.
    pub given_up: bool,
    /// Whether RDS had no room for it when it was last asked for: refused at the call, or given up later.
    #[serde(default)]
    pub not_offered: bool,
    /// Set once it had a record: it may have served, and from then on it is never deleted for its state.
    #[serde(default)]
    pub joined: bool,
    /// Set once it took its full share: whatever becomes of it afterwards is no longer this addition's.
    #[serde(default)]
    pub served: bool,
}

impl Addition {
    /// Whether it is still on its way in.
    pub fn is_coming(&self) -> bool {
        !self.given_up && !self.served
    }
}

/// One replica on its way out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// Its name.
    pub id: InstanceId,
    /// Its identity.
    pub resource_id: ResourceId,
    /// The weight that it had when it was chosen: the most that a cancelled removal gives back.
    pub weight: Weight,
    /// Since when it has been out of the answers; the drain's deadline counts from here.
    pub draining_since: Option<Timestamp>,
    /// Set before its deletion is first asked for: from here on it is taken back only if RDS shows that it did not happen.
    pub delete_requested: bool,
    /// When its deletion was last asked for.
    pub asked_at: Option<Timestamp>,
    /// How often its deletion was asked for.
    pub asks: u32,
    /// Set when the last ask failed: it is not asked again before this.
    pub retry_at: Option<Timestamp>,
}

/// Since when a record has its weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightSince {
    /// The weight; `None` when the record was removed.
    pub weight: Option<Weight>,
    /// When the change was made, or first seen.
    pub since: Timestamp,
    /// The change that made it, until it is known to be INSYNC; `None` too when somebody else made it or its id was lost.
    pub change: Option<ChangeId>,
    /// When the change was first seen INSYNC.
    pub insync_at: Option<Timestamp>,
}

/// Since when a replica of ours does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotServing {
    /// When that was first seen; a lost ledger restarts the clock.
    pub since: Timestamp,
    /// Whether RDS is still making it: what it has to catch up with afterwards has a clock of its own.
    pub making: bool,
    /// When the instance was last seen: one description without it forgets nothing.
    pub seen: Timestamp,
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

/// What is remembered of an ECS service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceMemory {
    /// What was last asked for: another value found is somebody else's.
    pub asked: Option<Asked>,
    /// What it was before that, until the change was seen: an attempt that died on the way may or may not have made its call.
    pub asked_over: Option<Asked>,
    /// When; ECS may show the old value for a while after.
    pub asked_at: Option<Timestamp>,
    /// How often in a row a change of the capacity failed for what only a person can mend.
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
    /// A person's direct command.
    pub order: Option<StandingOrder>,
    /// When the newest direct command was sent that was taken, also one that is over or ended another: an older one is not taken.
    pub order_sent_at: Option<Timestamp>,
    /// Since Spot could place no task, the service is on demand.
    pub fallback: Option<Fallback>,
    /// A strategy that AWS refused is not asked for again before this.
    pub strategy_retry_at: Option<Timestamp>,
    /// The warm-up of each planned event, by the event's name.
    pub warmed: BTreeMap<String, Warmed>,
}

impl ServiceMemory {
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

/// What is remembered of a replication group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupMemory {
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
/// A call that AWS refuses costs nothing: so long at most, lest what a person has mended by then goes unnoticed.
const RETRY_REFUSED_AT_MOST: SignedDuration = SignedDuration::from_hours(1);
/// A change that AWS took and did not carry out kept the group busy for nothing: so long at most.
const RETRY_FAILED_AT_MOST: SignedDuration = SignedDuration::from_hours(6);

impl GroupMemory {
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

/// How large a replication group is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The replicas of each shard, by shard.
    pub replicas: BTreeMap<ShardId, Count>,
    /// The type of every node.
    pub node_type: NodeType,
}

impl Shape {
    /// How many shards.
    pub fn shards(&self) -> Count {
        Count::of_len(self.replicas.len())
    }

    /// How many nodes: a primary a shard, and the replicas.
    pub fn nodes(&self) -> Count {
        self.replicas.values().fold(self.shards(), |sum, replicas| sum.plus(*replicas))
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

/// What was asked of a replication group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// So many replicas, by shard: of those that change.
    Replicas(BTreeMap<ShardId, Count>),
    /// So many shards; ElastiCache gives each new one as many replicas as the smallest has.
    Shards(Count),
    /// Every node of this type.
    NodeType(NodeType),
}

impl Goal {
    /// What is changed.
    pub fn lever(&self) -> Lever {
        match self {
            Goal::Replicas(_) => Lever::Replicas,
            Goal::Shards(_) => Lever::Shards,
            Goal::NodeType(_) => Lever::NodeType,
        }
    }

    /// Whether it is more than `from` has.
    pub fn is_out(&self, from: &Shape) -> bool {
        match self {
            Goal::Replicas(replicas) => {
                replicas.iter().any(|(shard, count)| from.replicas.get(shard).is_none_or(|had| count > had))
            }
            Goal::Shards(count) => *count > from.shards(),
            Goal::NodeType(_) => true,
        }
    }

    /// Whether a group of this shape has it.
    pub fn is_reached(&self, shape: &Shape) -> bool {
        match self {
            Goal::Replicas(replicas) => {
                replicas.iter().all(|(shard, count)| shape.replicas.get(shard) == Some(count))
            }
            Goal::Shards(count) => shape.shards() == *count,
            Goal::NodeType(node_type) => shape.node_type == *node_type,
        }
    }
}

/// What can be changed of a replication group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// How many replicas a shard has: what helps reads.
    Replicas,
    /// How many shards there are: what helps memory, and writes.
    Shards,
    /// What every node runs on: what helps memory.
    NodeType,
}

impl Lever {
    /// As sentences name it.
    pub fn name(self) -> &'static str {
        match self {
            Lever::Replicas => "replicas",
            Lever::Shards => "shards",
            Lever::NodeType => "node type",
        }
    }
}

/// A change that did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// How often in a row.
    pub times: u32,
    /// It is not asked for again before this.
    pub retry_at: Timestamp,
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

/// What only a person can help is tried again after 1, 2, 4, 8, 16, 30 minutes, and then every 30.
const RETRY_AT_MOST: SignedDuration = SignedDuration::from_mins(30);

/// How long to wait after so many refusals.
pub(crate) fn back_off(refusals: u32) -> SignedDuration {
    SignedDuration::from_mins(1_i64 << refusals.saturating_sub(1).min(5)).min(RETRY_AT_MOST)
}

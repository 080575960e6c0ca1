//! What is remembered of a source's replicas: the transitions under way, the weights, and what stands in the way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::back_off::back_off;
use super::not_offered::NotOffered;
use crate::names::{AvailabilityZone, ChangeId, DecisionId, InstanceClass, InstanceId, ResourceId, SetId};
use crate::units::{Count, Weight};

/// What is remembered of the replicas of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RdsReplicasMemory {
    /// The transitions under way, in the order in which they were decided: additions and removals side by side.
    #[serde(alias = "intent", deserialize_with = "intents", skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<Intent>,
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
    /// When replicas were asked for, in ascending order; 24 hours of them.
    pub creations: Vec<Timestamp>,
    /// What RDS did not make of late; as far back as it counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_offered: Vec<NotOffered>,
    /// How many additions in a row were decided while everybody was saturated; none once somebody is not.
    #[serde(skip_serializing_if = "is_zero")]
    pub saturated: u32,
    /// Since when each record of ours has its weight.
    pub weights: BTreeMap<SetId, WeightSince>,
    /// When somebody else deleted records of ours, in ascending order; as far back as a quarrel is looked for.
    pub records_deleted: Vec<Timestamp>,
    /// The replicas of ours that do not serve, each until it serves again or is gone.
    pub not_serving: BTreeMap<InstanceId, NotServing>,
}

impl RdsReplicasMemory {
    /// The record change to ask Route 53 for: the oldest that is not known to be INSYNC.
    pub fn pending_change(&self) -> Option<&ChangeId> {
        let pending =
            self.weights.values().filter(|since| since.insync_at.is_none() && since.change.is_some());
        pending.min_by_key(|since| since.since).and_then(|since| since.change.as_ref())
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

    /// The replicas that additions under way are about, those too that are done or given up while others of their decision are not.
    pub fn additions(&self) -> impl Iterator<Item = &Addition> {
        self.intents.iter().flat_map(|intent| intent.additions())
    }

    /// The same, to be changed.
    pub fn additions_mut(&mut self) -> impl Iterator<Item = &mut Addition> {
        let lists = self.intents.iter_mut().filter_map(|intent| match &mut intent.transition {
            Transition::Add(additions) => Some(additions),
            Transition::Remove(_) => None,
        });
        lists.flatten()
    }

    /// The removals under way, each with its decision.
    pub fn removals(&self) -> impl Iterator<Item = (&Intent, &Removal)> {
        self.intents.iter().filter_map(|intent| Some((intent, intent.removal()?)))
    }

    /// The replicas that removals under way are about.
    pub fn removing(&self) -> impl Iterator<Item = &InstanceId> {
        self.removals().map(|(_, removal)| &removal.id)
    }

    /// Whether a removal under way is about it.
    pub fn is_removing(&self, id: &InstanceId) -> bool {
        self.removing().any(|leaving| leaving == id)
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

impl Intent {
    /// The replicas that it adds; none for a removal.
    pub fn additions(&self) -> &[Addition] {
        match &self.transition {
            Transition::Add(additions) => additions,
            Transition::Remove(_) => &[],
        }
    }

    /// The removal, if it is one.
    pub fn removal(&self) -> Option<&Removal> {
        match &self.transition {
            Transition::Remove(removal) => Some(removal),
            Transition::Add(_) => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Reads what was written when there was at most one transition at a time, too.
fn intents<'de, D: Deserializer<'de>>(stored: D) -> Result<Vec<Intent>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Many(Vec<Intent>),
        One(Intent),
        None(()),
    }
    Ok(match Stored::deserialize(stored)? {
        Stored::Many(intents) => intents,
        Stored::One(intent) => vec![intent],
        Stored::None(()) => Vec::new(),
    })
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

//! The case under judgement: its inputs side by side, and the notions of the life cycle derived anew from them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::capacity;
use super::saw_tooth::only_looks_late;
use crate::check::judged::Judged;
use crate::check::pause::PausedNow;
use crate::history::{Addition, History, Intent, Removal, Transition, WeightSince};
use crate::names::{ChangeId, InstanceId, SetId};
use crate::observation::{
    ChangeStatus, RdsObservation, Reading, Replica, Replication, Source, Standing, WeightedRecord,
};
use crate::ownership::{FLOOR_SET_ID, HOLD_TAG, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use crate::plan::{
    Action, ChangeRecords, CreateReplica, DeleteReplica, Plan, RdsReplicasAction, RecordChange,
};
use crate::policy::{Engine, RdsReplicas, Scaling, Target};
use crate::units::TtlSeconds;

/// Route 53 is on all name servers within a minute as a rule; after twice that, a change whose id was lost counts as spread.
const SPREAD_UNWATCHED: SignedDuration = SignedDuration::from_mins(2);

/// How many minutes of PostgreSQL's lag are looked at: on an idle source it is a saw-tooth of up to five.
const SAW_TOOTH_MINUTES: i64 = 6;

/// How many of the newest lag points must all be good.
const LAG_POINTS: usize = 3;

/// Everything that a plan is judged by.
pub(super) struct Case<'a> {
    pub(super) target: &'a Target,
    pub(super) rds: &'a RdsReplicas,
    pub(super) scaling: &'a Scaling,
    pub(super) seen: &'a RdsObservation,
    /// The memory before the plan.
    pub(super) history: &'a History,
    pub(super) plan: &'a Plan,
    pub(super) paused: PausedNow,
    pub(super) now: Timestamp,
}

/// A SetIdentifier that the plan's batch touches: what was found, and what is left.
pub(super) struct Touched<'a> {
    pub(super) set_id: &'a SetId,
    pub(super) before: Option<&'a WeightedRecord>,
    pub(super) after: Option<&'a WeightedRecord>,
}

impl Touched<'_> {
    pub(super) fn is_floor(&self) -> bool {
        self.set_id.as_str() == FLOOR_SET_ID
    }

    /// A new record with a weight, or more weight than before.
    pub(super) fn raises(&self) -> bool {
        self.weight_after() > self.weight_before()
    }

    /// Less weight than before, or no record any more.
    pub(super) fn lowers(&self) -> bool {
        self.weight_after() < self.weight_before()
    }

    /// A swap that mends another field than the weight.
    pub(super) fn keeps_weight(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.weight_before() == self.weight_after()
    }

    pub(super) fn weight_before(&self) -> u8 {
        self.before.map_or(0, |record| record.weight.0)
    }

    pub(super) fn weight_after(&self) -> u8 {
        self.after.map_or(0, |record| record.weight.0)
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(judged: Judged<'a>, rds: &'a RdsReplicas, seen: &'a RdsObservation) -> Self {
        let Judged { target, history, plan, paused, now } = judged;
        Self { target, rds, scaling: &target.scaling, seen, history, plan, paused, now }
    }

    // What the plan does.

    pub(super) fn creations(&self) -> impl Iterator<Item = &'a CreateReplica> {
        self.plan.actions.iter().filter_map(|action| match action {
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => Some(create),
            _ => None,
        })
    }

    pub(super) fn batches(&self) -> impl Iterator<Item = &'a ChangeRecords> {
        self.plan.actions.iter().filter_map(|action| match action {
            Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) => Some(batch),
            _ => None,
        })
    }

    pub(super) fn deletions(&self) -> impl Iterator<Item = &'a DeleteReplica> {
        self.plan.actions.iter().filter_map(|action| match action {
            Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) => Some(delete),
            _ => None,
        })
    }

    fn changes(&self) -> impl Iterator<Item = &'a RecordChange> {
        self.batches().flat_map(|batch| &batch.changes)
    }

    /// What becomes of each SetIdentifier that is touched.
    pub(super) fn touched(&self) -> Vec<Touched<'a>> {
        let mut left: BTreeMap<&SetId, Option<&WeightedRecord>> = BTreeMap::new();
        for change in self.changes() {
            match change {
                RecordChange::Delete(record) => {
                    left.entry(&record.set_id).or_default();
                }
                RecordChange::Create(record) => {
                    left.insert(&record.set_id, Some(record));
                }
            }
        }
        left.into_iter()
            .map(|(set_id, after)| Touched {
                set_id,
                before: self.seen.records.record(set_id.as_str()),
                after,
            })
            .collect()
    }

    /// The record group as it is.
    pub(super) fn group_before(&self) -> Vec<&'a WeightedRecord> {
        self.seen.records.weighted.iter().collect()
    }

    /// The record group as the plan leaves it.
    pub(super) fn group_after(&self) -> Vec<&'a WeightedRecord> {
        let touched = self.touched();
        let kept = self.seen.records.weighted.iter();
        let kept = kept.filter(|record| touched.iter().all(|touched| *touched.set_id != record.set_id));
        kept.chain(touched.iter().filter_map(|touched| touched.after)).collect()
    }

    // Intents.

    pub(super) fn intents_before(&self) -> &'a [Intent] {
        &self.history.rds_replicas.intents
    }

    pub(super) fn intents_after(&self) -> &'a [Intent] {
        &self.plan.history.rds_replicas.intents
    }

    /// What the plan leaves of an intent that was there before.
    pub(super) fn goes_on(&self, before: &Intent) -> Option<&'a Intent> {
        self.intents_after().iter().find(|after| after.decision == before.decision)
    }

    /// The intents that this plan begins; more than one is judged elsewhere.
    pub(super) fn intents_begun(&self) -> impl Iterator<Item = &'a Intent> {
        let before = self.intents_before();
        let known = move |after: &&Intent| before.iter().all(|one| one.decision != after.decision);
        self.intents_after().iter().filter(known)
    }

    /// The intent that this plan begins.
    pub(super) fn intent_begun(&self) -> Option<&'a Intent> {
        self.intents_begun().next()
    }

    /// The removal of this replica that was under way before the plan.
    pub(super) fn removal_before(&self, id: &InstanceId) -> Option<(&'a Intent, &'a Removal)> {
        removals(self.intents_before()).find(|(_, removal)| removal.id == *id)
    }

    /// The removal of this replica that is under way with the plan.
    pub(super) fn removal_after(&self, id: &InstanceId) -> Option<(&'a Intent, &'a Removal)> {
        removals(self.intents_after()).find(|(_, removal)| removal.id == *id)
    }

    /// The removal that this plan begins.
    pub(super) fn removal_begun(&self) -> Option<&'a Removal> {
        self.intents_begun().find_map(removal)
    }

    /// The replicas that additions under way before the plan are about.
    pub(super) fn additions_before(&self) -> impl Iterator<Item = &'a Addition> {
        self.intents_before().iter().flat_map(additions)
    }

    /// The replicas that additions under way with the plan are about.
    pub(super) fn additions_after(&self) -> impl Iterator<Item = &'a Addition> {
        self.intents_after().iter().flat_map(additions)
    }

    /// Whether the drain's deadline has passed, and a person chose to go on regardless.
    pub(super) fn is_forced(&self, intent: &Intent) -> bool {
        self.rds.drain.on_deadline == crate::policy::OnDeadline::Force
            && self.now.duration_since(intent.since) >= self.rds.drain.deadline
    }

    // Instances.

    /// I1: what makes an instance ours and is not so; empty for ours.
    pub(super) fn strangeness(&self, replica: &Replica) -> Vec<&'static str> {
        let tagged = |key: &str, value: &str| replica.tags.get(key).is_some_and(|found| found == value);
        [
            (tagged(OWNER_TAG, &self.rds.owner), "owner tag"),
            (tagged(STAGE_TAG, self.rds.stage.as_str()), "stage tag"),
            (tagged(TARGET_TAG, self.target.name.as_str()), "target tag"),
            (replica.id.as_str().starts_with(&self.rds.prefix), "prefix"),
            (replica.source.as_ref() == Some(&self.rds.source), "source"),
        ]
        .into_iter()
        .filter_map(|(holds, what)| (!holds).then_some(what))
        .collect()
    }

    /// Whether a person wants it out of the answers, and kept.
    pub(super) fn is_held(replica: &Replica) -> bool {
        replica.tags.keys().any(|key| key == HOLD_TAG)
    }

    pub(super) fn ours(&self, id: &str) -> Option<&'a Replica> {
        self.instance(id).filter(|replica| self.strangeness(replica).is_empty())
    }

    /// The instance that a record of ours is named after.
    pub(super) fn instance(&self, id: &str) -> Option<&'a Replica> {
        self.seen.replicas.iter().find(|replica| replica.id.as_str() == id)
    }

    /// Whether it is known to be gone, and not only left out of a listing.
    pub(super) fn known_gone(&self, id: &str) -> bool {
        self.instance(id).is_none() && self.seen.absent.contains(&InstanceId::new(id))
    }

    /// What was observed as the source, if it is the source.
    pub(super) fn source(&self) -> Option<&'a Source> {
        self.seen.source.as_ref().filter(|source| source.id == self.rds.source)
    }

    pub(super) fn serving_source(&self) -> Option<&'a Source> {
        self.source().filter(|source| source.status.serves())
    }

    /// Whether what a record points at serves; told by where it points, for foreign records too.
    pub(super) fn reaches_someone(&self, record: &WeightedRecord) -> bool {
        self.reaches_replica(record)
            || self.serving_source().is_some_and(|source| source.endpoint.as_ref() == Some(&record.value))
    }

    /// Whether it points at a replica of this source that serves. A promoted one does not: its data have gone their own way. Nor does one whose
    /// source is another by now.
    pub(super) fn reaches_replica(&self, record: &WeightedRecord) -> bool {
        self.seen.replicas.iter().any(|replica| {
            replica.source.as_ref() == Some(&self.rds.source)
                && replica.status.serves()
                && replica.endpoint.as_ref() == Some(&record.value)
        })
    }

    /// The weight of a replica that takes its whole share beside the largest of ours that will be of use.
    pub(super) fn full_weight(&self, replica: &Replica) -> u8 {
        let staying = self.seen.replicas.iter().filter(|other| {
            self.strangeness(other).is_empty()
                && !matches!(other.status.standing(), Standing::Terminal | Standing::Deleting)
        });
        let largest = staying.map(|other| capacity::capacity(&other.class)).max().unwrap_or_default();
        capacity::full(capacity::capacity(&replica.class), largest)
    }

    /// Our replicas that serve and are answered with once the plan is done, each with its weight.
    pub(super) fn answering_after(&self) -> Vec<(&'a Replica, u8)> {
        let after = self.group_after();
        let answered = after.into_iter().filter(|record| record.weight.is_positive());
        let ours = answered.filter_map(|record| {
            let replica = self.ours(record.set_id.as_str())?;
            let serves = replica.status.serves() && replica.endpoint.as_ref() == Some(&record.value);
            serves.then_some((replica, record.weight.0))
        });
        ours.collect()
    }

    /// Whether the plan leaves the floor up, on a source that serves.
    pub(super) fn floor_answers_after(&self) -> bool {
        let endpoint = self.serving_source().and_then(|source| source.endpoint.as_ref());
        self.group_after().iter().any(|record| {
            record.set_id.as_str() == FLOOR_SET_ID
                && record.weight.is_positive()
                && endpoint == Some(&record.value)
        })
    }

    /// Whether it is known to follow its source closely enough.
    pub(super) fn keeps_up(&self, replica: &Replica) -> bool {
        !matches!(replica.replication, Replication::Broken(_)) && self.lagging(&replica.signals.lag).is_none()
    }

    /// What keeps a replica from more weight; `None` when it is fit for it.
    pub(super) fn unfitness(&self, replica: &Replica) -> Option<String> {
        if replica.status.standing() != Standing::Operational {
            Some(format!("its status is {}", replica.status.0))
        } else if replica.endpoint.is_none() {
            Some("it has no endpoint".to_owned())
        } else if replica.replication != Replication::Normal {
            Some(format!("its replication is {:?}", replica.replication))
        } else {
            self.lagging(&replica.signals.lag).or_else(|| self.source_lagging())
        }
    }

    /// Whether a replica that still lags does not by now: two points in a row, and on a straight line the next one or two, of minutes that have
    /// begun, are within the bound. What is above the bound itself must fall as fast as time passes.
    pub(super) fn nearly_caught_up(&self, replica: &Replica) -> bool {
        let works = replica.status.standing() == Standing::Operational
            && replica.endpoint.is_some()
            && replica.replication == Replication::Normal
            && self.source_lagging().is_none();
        let Reading::Fresh(series) = &replica.signals.lag else { return false };
        let [.., earlier, later] = series.points() else { return false };
        let bound = self.rds.lag_bound.as_secs_f64();
        let in_a_row = later.minute.0 - earlier.minute.0 == 1;
        let slope = later.value - earlier.value;
        let two_more = self.now.as_second().div_euclid(60) >= later.minute.0 + 2;
        let third = later.value + if two_more { 2.0 * slope } else { slope };
        let measured = earlier.value >= 0.0 && later.value >= 0.0;
        works
            && in_a_row
            && measured
            && third <= bound
            && (later.value <= bound || earlier.value - later.value >= 60.0)
    }

    /// Whether the newest point of its lag is within the bound.
    pub(super) fn measured_within(&self, replica: &Replica) -> bool {
        let newest = replica.signals.lag.fresh().map(|series| series.newest().value);
        newest.is_some_and(|newest| (0.0..=self.rds.lag_bound.as_secs_f64()).contains(&newest))
    }

    /// What keeps the source from being followed, if it follows another itself: its replicas inherit every second of it.
    fn source_lagging(&self) -> Option<String> {
        let source = self.source().filter(|source| source.source.is_some())?;
        let why = match &source.replication {
            Replication::Broken(word) => Some(format!("its replication is {word}")),
            Replication::Normal | Replication::Unknown => self.lagging(&source.signals.lag),
        };
        why.map(|why| format!("of its source {}, which is a replica itself, {why}", source.id))
    }

    /// The engine's own rule of lag.
    fn lagging(&self, lag: &Reading) -> Option<String> {
        let bound = self.rds.lag_bound.as_secs_f64();
        let Reading::Fresh(series) = lag else {
            return Some("its lag has no fresh points".to_owned());
        };
        let points = series.points();
        let newest = &points[points.len().saturating_sub(LAG_POINTS)..];
        if newest.len() < LAG_POINTS {
            return Some(format!("its lag has {} of {LAG_POINTS} points", newest.len()));
        }
        if self.rds.engine == Engine::Postgres {
            let first = series.newest().minute.0 - (SAW_TOOTH_MINUTES - 1);
            // Below zero it says that replication stopped, or that nobody knows: that is no lag, and least of all a low one.
            if newest.iter().all(|point| point.value < 0.0) {
                return Some("none of its newest lag points shows replication".to_owned());
            }
            let window = points.iter().filter(|point| point.minute.0 >= first && point.value >= 0.0);
            let window: Vec<(i64, f64)> = window.map(|point| (point.minute.0, point.value)).collect();
            let least = window.iter().map(|(_, lag)| *lag).reduce(f64::min);
            match least {
                Some(least) if least <= bound || only_looks_late(&window) => None,
                Some(least) => Some(format!("its least lag of 6 minutes is {least} s, the bound {bound} s")),
                None => Some("its lag of 6 minutes shows no replication".to_owned()),
            }
        } else {
            let bad = newest.iter().find(|point| !(0.0..=bound).contains(&point.value));
            bad.map(|point| format!("one of its newest lags is {} s, the bound {bound} s", point.value))
        }
    }

    // Time and Route 53.

    /// How long resolvers and their clients may go on with an old answer.
    pub(super) fn three_ttl(&self, record: Option<&WeightedRecord>) -> SignedDuration {
        let found = record.map_or(TtlSeconds(0), |record| record.ttl);
        self.rds.reader.ttl.max(found).duration() * 3
    }

    /// What the ledger remembers of a record.
    pub(super) fn remembered(&self, id: &str) -> Option<&'a WeightSince> {
        self.history.rds_replicas.weights.get(&SetId::new(id))
    }

    /// Since when the name servers all agree on a remembered weight; `None` while they may not.
    pub(super) fn spread_since(&self, remembered: &WeightSince) -> Option<Timestamp> {
        match (remembered.insync_at, &remembered.change) {
            // It was judged when it was written (`memory`). Of two clocks that disagree the later time counts.
            (Some(insync_at), _) => Some(insync_at.max(remembered.since)).filter(|at| *at <= self.now),
            (None, None) => {
                let spread = remembered.since.checked_add(SPREAD_UNWATCHED).ok()?;
                (spread <= self.now).then_some(spread)
            }
            (None, Some(change)) => self.is_seen(change, ChangeStatus::InSync).then_some(self.now),
        }
    }

    /// Whether Route 53 was asked for this very change, and found so. Of any other that is on its way it says nothing.
    pub(super) fn is_seen(&self, change: &ChangeId, status: ChangeStatus) -> bool {
        self.seen.change.as_ref().is_some_and(|seen| seen.id == *change && seen.status == status)
    }
}

/// The removals among them, each with its decision.
pub(super) fn removals(intents: &[Intent]) -> impl Iterator<Item = (&Intent, &Removal)> {
    intents.iter().filter_map(|intent| Some((intent, removal(intent)?)))
}

/// The removal, if the intent is one.
pub(super) fn removal(intent: &Intent) -> Option<&Removal> {
    match &intent.transition {
        Transition::Remove(removal) => Some(removal),
        Transition::Add(_) => None,
    }
}

/// The replicas that an intent adds; none for a removal.
pub(super) fn additions(intent: &Intent) -> &[Addition] {
    match &intent.transition {
        Transition::Add(additions) => additions,
        Transition::Remove(_) => &[],
    }
}

/// Whether a replica is still on its way in.
pub(super) fn is_coming(addition: &Addition) -> bool {
    !addition.served && !addition.given_up
}

/// The instances that an intent names.
pub(super) fn named(intent: &Intent) -> Vec<&InstanceId> {
    match &intent.transition {
        Transition::Add(additions) => additions.iter().map(|addition| &addition.id).collect(),
        Transition::Remove(removal) => vec![&removal.id],
    }
}

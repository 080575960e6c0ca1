//! Record batches: swaps that fail when the zone is not as observed, and what the reader name would answer afterwards.

use std::collections::BTreeMap;

use super::scene::Scene;
use crate::evaluate::keeps_up;
use crate::evaluate::rds_replicas::roster::{Member, is_our_record};
use crate::evaluate::rds_replicas::weights::FULL;
use crate::names::{DnsName, SetId};
use crate::observation::WeightedRecord;
use crate::ownership::FLOOR_SET_ID;
use crate::plan::action::{Action, ChangeRecords, RdsReplicasAction, RecordChange};
use crate::units::Weight;

/// One atomic batch in the making.
pub(super) struct Batch<'s, 'a> {
    scene: &'s Scene<'a>,
    changes: Vec<RecordChange>,
    /// The weights as they would be.
    after: BTreeMap<SetId, Weight>,
}

impl<'s, 'a> Batch<'s, 'a> {
    pub(super) fn new(scene: &'s Scene<'a>) -> Self {
        let weighted = &scene.observation.records.weighted;
        let after = weighted.iter().map(|record| (record.set_id.clone(), record.weight)).collect();
        Self { scene, changes: Vec::new(), after }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// DELETE of the record as observed and CREATE with another weight: a compare-and-swap.
    pub(super) fn swap(&mut self, record: &WeightedRecord, weight: Weight) {
        let ttl = self.scene.rds.reader.ttl;
        self.replace(record, WeightedRecord { weight, ttl, ..record.clone() });
    }

    pub(super) fn replace(&mut self, record: &WeightedRecord, with: WeightedRecord) {
        self.changes.push(RecordChange::Delete(record.clone()));
        self.create(with);
    }

    pub(super) fn create(&mut self, record: WeightedRecord) {
        self.after.insert(record.set_id.clone(), record.weight);
        self.changes.push(RecordChange::Create(record));
    }

    /// A record as the policy would have it.
    pub(super) fn record(&self, set_id: &str, weight: Weight, value: &DnsName) -> WeightedRecord {
        let ttl = self.scene.rds.reader.ttl;
        WeightedRecord { set_id: SetId::new(set_id), weight, ttl, value: value.clone() }
    }

    pub(super) fn delete(&mut self, record: &WeightedRecord) {
        self.after.remove(&record.set_id);
        self.changes.push(RecordChange::Delete(record.clone()));
    }

    /// I2: whether some record would have a positive weight on an instance that serves.
    pub(super) fn answers_after(&self) -> bool {
        self.replica_answers_after(|_, _| true) || self.floor_answers_after()
    }

    /// Whether a replica at its full weight that keeps up with its source would answer.
    pub(super) fn full_replica_answers_after(&self) -> bool {
        self.replica_answers_after(|member, weight| {
            member.ours.is_ok() && !member.held && weight >= member.full && keeps_up(member, self.scene.rds)
        })
    }

    fn replica_answers_after(&self, counts: impl Fn(&Member<'_>, Weight) -> bool) -> bool {
        let serves = |member: &&Member<'_>| member.serves_the_name() && member.replica.endpoint.is_some();
        self.scene.roster.members.iter().filter(serves).any(|member| {
            let weight = self.after.iter().find(|(set_id, _)| set_id.as_str() == member.id().as_str());
            weight.is_some_and(|(_, weight)| weight.is_positive() && counts(member, *weight))
        })
    }

    fn floor_answers_after(&self) -> bool {
        let weight =
            self.after.iter().find(|(set_id, _)| set_id.as_str() == FLOOR_SET_ID).map(|(_, weight)| *weight);
        weight.is_some_and(Weight::is_positive) && self.scene.serving_source().is_some()
    }

    /// Raises the floor, if the policy has one and the source can take reads. Returns whether it will be up.
    pub(super) fn raise_floor(&mut self) -> bool {
        let Some(endpoint) = self.scene.serving_source().and_then(|source| source.endpoint.as_ref()) else {
            return false;
        };
        if !self.scene.rds.floor {
            return false;
        }
        let floor = self.scene.observation.records.record(FLOOR_SET_ID);
        if floor.is_none() && self.scene.conflict().is_some() {
            return false;
        }
        match floor {
            Some(floor) if floor.weight.is_positive() && floor.value == *endpoint => {}
            Some(floor) => {
                let weight = if floor.weight.is_positive() { floor.weight } else { FULL };
                let raised = self.record(FLOOR_SET_ID, weight, endpoint);
                self.replace(floor, raised);
            }
            None => {
                let raised = self.record(FLOOR_SET_ID, FULL, endpoint);
                self.create(raised);
            }
        }
        true
    }

    /// Lowers the floor to 0, where it would be up.
    pub(super) fn lower_floor(&mut self) {
        let up = self.after.get(&SetId::new(FLOOR_SET_ID)).is_some_and(|weight| weight.is_positive());
        if let Some(floor) = self.scene.observation.records.record(FLOOR_SET_ID).filter(|_| up) {
            self.swap(floor, Weight::ZERO);
        }
    }

    /// The batch, which also brings every other record of ours to the policy's TTL: a group has one, and the last value written wins.
    pub(super) fn into_actions(mut self) -> Vec<Action> {
        if self.changes.is_empty() {
            return Vec::new();
        }
        let scene = self.scene;
        for record in &scene.observation.records.weighted {
            let touched = self.changes.iter().any(|change| {
                let (RecordChange::Delete(other) | RecordChange::Create(other)) = change;
                other.set_id == record.set_id
            });
            if !touched && record.ttl != scene.rds.reader.ttl && self.still_points_at_somebody(record) {
                self.swap(record, record.weight);
            }
        }
        // A CREATE writes the group's TTL, after which a DELETE with the old one would no longer match.
        self.changes.sort_by_key(|change| matches!(change, RecordChange::Create(_)));
        let reader = &scene.rds.reader;
        vec![Action::RdsReplicas(RdsReplicasAction::ChangeRecords(ChangeRecords {
            zone: reader.zone.clone(),
            name: reader.name.clone(),
            changes: self.changes,
        }))]
    }

    /// Ours, and not one that only waits to be swept, or of which nobody can say where it should point.
    fn still_points_at_somebody(&self, record: &WeightedRecord) -> bool {
        if record.set_id.as_str() == FLOOR_SET_ID {
            let source = self.scene.observation.source.as_ref();
            return source.is_some_and(|source| source.endpoint.as_ref() == Some(&record.value));
        }
        let member =
            self.scene.roster.members.iter().find(|member| member.id().as_str() == record.set_id.as_str());
        is_our_record(record, self.scene.rds) && member.is_some_and(|member| member.ours.is_ok())
    }
}

//! What every step of the life cycle looks at, and what it may leave behind.

use jiff::Timestamp;

use crate::evaluate::rds_replicas::roster::{Roster, is_our_record};
use crate::evaluate::rds_replicas::saturation::{Saturation, saturation};
use crate::evaluate::{Bounds, Pauses, bounds_with_command};
use crate::history::History;
use crate::observation::{RdsObservation, Source, WeightedRecord};
use crate::ownership::FLOOR_SET_ID;
pub(super) use crate::plan::draft::Draft;
pub(super) use crate::plan::step::Step;
use crate::policy::{RdsReplicas, Target};

/// The world of one attempt, read only.
pub(in crate::plan) struct Scene<'a> {
    pub(super) target: &'a Target,
    pub(super) rds: &'a RdsReplicas,
    pub(super) observation: &'a RdsObservation,
    pub(super) roster: Roster<'a>,
    /// The memory before this attempt.
    pub(super) before: &'a History,
    /// What a person paused.
    pub(super) pauses: Pauses,
    pub(super) now: Timestamp,
}

impl<'a> Scene<'a> {
    /// The fewest and the most of this moment.
    pub(super) fn bounds(&self) -> Bounds {
        bounds_with_command(&self.target.scaling, &self.before.orders, self.now)
    }

    /// What keeps our weighted records out of the reader name, if anything does: a record of another sort, or somebody else's of another TTL.
    pub(super) fn conflict(&self) -> Option<String> {
        let records = &self.observation.records;
        let ttl = self.rds.reader.ttl;
        let other = |record: &&WeightedRecord| !is_our_record(record, self.rds) && record.ttl != ttl;
        records.conflict.clone().or_else(|| {
            let foreign = records.weighted.iter().find(other)?;
            Some(format!(
                "the weighted record {} with a TTL of {}, where ours have {ttl}",
                foreign.set_id, foreign.ttl
            ))
        })
    }

    /// Whether the record points at an instance of another Region, which cannot be seen from here; or may, for nobody says which Region this is.
    pub(super) fn is_elsewhere(&self, record: &WeightedRecord) -> bool {
        let seen = self.roster.members.iter().any(|member| member.id().as_str() == record.set_id.as_str());
        let floor = record.set_id.as_str() == FLOOR_SET_ID;
        !seen && !floor && self.observation.region() != Some(record.value.region())
    }

    /// What of the fleet has nothing left to give.
    pub(super) fn saturation(&self, history: &History) -> Saturation {
        saturation(self.rds, self.observation, &self.roster, history, self.now)
    }

    /// Whether RDS was asked for it by name and does not know it: that a listing leaves it out is no proof.
    pub(super) fn is_absent(&self, id: &str) -> bool {
        self.observation.absent.iter().any(|absent| absent.as_str() == id)
    }

    /// The source, if the primary can take reads in its own name.
    pub(super) fn serving_source(&self) -> Option<&'a Source> {
        self.observation.source.as_ref().filter(|source| source.status.serves() && source.endpoint.is_some())
    }
}

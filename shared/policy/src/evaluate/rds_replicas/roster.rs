//! Who is who: every replica of the source sorted into ours and others', with its record and where it stands.

use crate::evaluate::rds_replicas::weights;
use crate::history::History;
use crate::names::InstanceId;
use crate::observation::{RdsObservation, Replica, Standing, WeightedRecord};
use crate::ownership::{FLOOR_SET_ID, HOLD_TAG, NotOurs, is_ours};
use crate::policy::{RdsReplicas, Target};
use crate::units::{Count, Weight};

/// Every replica there is, once.
pub(crate) struct Roster<'a> {
    pub(crate) members: Vec<Member<'a>>,
    /// Replicas that were decided on and that RDS does not show yet.
    planned: u32,
    /// Those that it shows, and does not say yet of which source.
    unsaid: u32,
}

/// One replica.
pub(crate) struct Member<'a> {
    pub(crate) replica: &'a Replica,
    pub(crate) record: Option<&'a WeightedRecord>,
    pub(crate) ours: Result<(), NotOurs>,
    /// Whether it is a replica of this very source. What only has our name and tags may be another database's by now: the primary was renamed
    /// and restored under its name, or switched over, and RDS rewrote the replica's source.
    pub(crate) follows: bool,
    pub(crate) standing: Standing,
    /// Its weight once it takes its full share.
    pub(crate) full: Weight,
    /// Its capacity, comparable between members only.
    pub(crate) capacity: f64,
    /// Whether a removal is about it.
    pub(crate) leaving: bool,
    /// Whether a person holds it out of the answers.
    pub(crate) held: bool,
    /// Whether it has not served for so long that it is no capacity any more.
    pub(crate) dead: bool,
}

impl<'a> Roster<'a> {
    pub(crate) fn new(
        target: &Target,
        rds: &RdsReplicas,
        observation: &'a RdsObservation,
        history: &History,
    ) -> Self {
        let mut members: Vec<Member<'a>> = observation
            .replicas
            .iter()
            .map(|replica| Member {
                replica,
                record: observation.records.record(replica.id.as_str()),
                ours: is_ours(replica, &target.name, rds),
                follows: replica.source.as_ref() == Some(&rds.source),
                standing: replica.status.standing(),
                full: weights::FULL,
                capacity: weights::capacity(&replica.class),
                leaving: history.rds_replicas.is_removing(&replica.id),
                held: replica.tags.contains_key(HOLD_TAG),
                dead: false,
            })
            .collect();
        let largest =
            members.iter().filter(|member| member.stays()).map(|member| member.capacity).fold(0.0, f64::max);
        for member in &mut members {
            member.full = weights::full(member.capacity, largest);
        }
        let coming = || history.rds_replicas.additions().filter(|addition| addition.is_coming());
        let planned = coming().filter(|addition| observation.replica(&addition.id).is_none());
        let unsaid = coming()
            .filter_map(|addition| observation.replica(&addition.id))
            .filter(|replica| replica.source.is_none() && replica.status.standing() == Standing::Creating);
        Roster { members, planned: Count::of_len(planned.count()).0, unsaid: Count::of_len(unsaid.count()).0 }
    }

    /// Replicas of ours that serve or are on their way in, and are to stay. Dead capacity is none, and neither is one that is leaving.
    pub(crate) fn current(&self) -> Count {
        let stays = |member: &&Member<'_>| member.counts() && !member.leaving;
        let seen = Count::of_len(self.members.iter().filter(stays).count());
        seen.plus(Count(self.planned)).plus(Count(self.unsaid))
    }

    /// Everything that counts against the maximum and the engine's limit (I5): foreign, unfinished, failed and leaving ones too.
    pub(crate) fn occupied(&self, rds: &RdsReplicas) -> Count {
        let counts = |member: &&Member<'_>| match &member.replica.source {
            Some(source) => *source == rds.source,
            // While it is being made RDS may not say yet whose replica it will be.
            None => member.standing == Standing::Creating,
        };
        let there = self.members.iter().filter(counts).count();
        Count::of_len(there).plus(Count(self.planned))
    }

    pub(crate) fn member(&self, id: &InstanceId) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.replica.id == *id)
    }

    /// The replicas that answer for the reader name.
    pub(crate) fn readers(&self) -> impl Iterator<Item = &Member<'a>> {
        self.members.iter().filter(|member| member.answers())
    }
}

impl Member<'_> {
    /// Ours, and neither failed nor on its way out of RDS.
    pub(crate) fn stays(&self) -> bool {
        self.ours.is_ok() && !matches!(self.standing, Standing::Terminal | Standing::Deleting)
    }

    /// Whether it is capacity: it serves, is about to, or has not been found out to be dead; what a person holds is theirs.
    pub(crate) fn counts(&self) -> bool {
        self.stays() && !self.dead && !self.held
    }

    pub(crate) fn weight(&self) -> Weight {
        self.record.map_or(Weight::ZERO, |record| record.weight)
    }

    /// Whether clients of the reader name may be sent to it: it serves, and what it serves is this source's.
    pub(crate) fn serves_the_name(&self) -> bool {
        self.follows && self.replica.status.serves()
    }

    /// A positive weight on an instance that serves the name.
    pub(crate) fn answers(&self) -> bool {
        self.weight().is_positive() && self.serves_the_name()
    }

    /// Ours in everything but the source, which is another by now.
    pub(crate) fn astray(&self) -> Option<&InstanceId> {
        self.replica.source.as_ref().filter(|_| self.ours == Err(NotOurs::Source))
    }

    pub(crate) fn id(&self) -> &InstanceId {
        &self.replica.id
    }
}

/// Whether the record is one of ours: a replica's by prefix, or the floor.
pub(crate) fn is_our_record(record: &WeightedRecord, rds: &RdsReplicas) -> bool {
    record.set_id.as_str() == FLOOR_SET_ID || record.set_id.as_str().starts_with(&rds.prefix)
}

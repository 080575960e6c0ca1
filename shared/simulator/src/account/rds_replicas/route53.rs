//! Route 53 in virtual time: atomic batches, exact deletes, and name servers that learn of a change later than the API does.

use std::collections::BTreeMap;

use tidegate_policy::names::{ChangeId, DnsName, ZoneId};
use tidegate_policy::observation::{ChangeStatus, EndpointUse, WeightedRecord};
use tidegate_policy::plan::{ChangeRecords, RecordChange};

use crate::random::Key;

use crate::account::clock::Millis;

/// At most this many weighted records a name and type.
const GROUP_LIMIT: usize = 100;

/// A batch that was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchRefusal {
    /// Another zone.
    NoSuchHostedZone,
    /// `InvalidChangeBatch`, with AWS's sentence.
    InvalidChangeBatch(String),
}

#[derive(Debug)]
struct Spreading {
    id: ChangeId,
    insync: Millis,
    /// The reader name's group as the name servers see it from `insync` on.
    group: Vec<WeightedRecord>,
}

/// One hosted zone.
#[derive(Debug)]
pub(crate) struct Route53 {
    key: Key,
    zone: ZoneId,
    reader: DnsName,
    groups: BTreeMap<DnsName, Vec<WeightedRecord>>,
    /// CNAME records without a weight.
    simple: Vec<EndpointUse>,
    /// Not yet on all name servers, in order.
    pending: Vec<Spreading>,
    /// INSYNC, newest last; Route 53 forgets in the end.
    settled: Vec<ChangeId>,
    visible: Vec<WeightedRecord>,
    changes: u64,
}

impl Route53 {
    pub(crate) fn new(key: Key, zone: ZoneId, reader: DnsName) -> Self {
        Self {
            key,
            zone,
            reader,
            groups: BTreeMap::new(),
            simple: Vec::new(),
            pending: Vec::new(),
            settled: Vec::new(),
            visible: Vec::new(),
            changes: 0,
        }
    }

    /// Records that are there already, on all name servers.
    pub(crate) fn seed(&mut self, records: Vec<WeightedRecord>) {
        let mut records = records;
        records.sort_by(|a, b| a.set_id.cmp(&b.set_id));
        self.visible.clone_from(&records);
        self.groups.insert(self.reader.clone(), records);
    }

    /// A record without weight that somebody else keeps in the zone.
    pub(crate) fn seed_simple(&mut self, name: DnsName, endpoint: DnsName) {
        self.simple.push(EndpointUse { name, endpoint });
    }

    /// The reader name's group by the API: committed, perhaps PENDING.
    pub(crate) fn group(&self) -> &[WeightedRecord] {
        self.groups.get(&self.reader).map_or(&[], Vec::as_slice)
    }

    /// The reader name's group by the name servers: only what is INSYNC.
    pub(crate) fn visible(&self) -> &[WeightedRecord] {
        &self.visible
    }

    /// Records of other names that point at `endpoint`.
    pub(crate) fn other_uses(&self, endpoint: &DnsName) -> Vec<EndpointUse> {
        let weighted =
            self.groups.iter().filter(|(name, _)| **name != self.reader).flat_map(|(name, group)| {
                group.iter().map(|record| EndpointUse { name: name.clone(), endpoint: record.value.clone() })
            });
        weighted
            .chain(self.simple.iter().filter(|used| used.name != self.reader).cloned())
            .filter(|used| used.endpoint == *endpoint)
            .collect()
    }

    /// What keeps weighted records away from the reader name.
    pub(crate) fn conflict(&self) -> Option<String> {
        let simple = self.simple.iter().find(|used| used.name == self.reader)?;
        Some(format!("a simple CNAME record to {}", simple.endpoint))
    }

    /// How many record sets the zone lists.
    pub(crate) fn record_sets(&self) -> usize {
        self.groups.values().map(Vec::len).sum::<usize>() + self.simple.len()
    }

    /// GetChange.
    pub(crate) fn change(&self, id: &ChangeId) -> ChangeStatus {
        if self.pending.iter().any(|change| change.id == *id) {
            ChangeStatus::Pending
        } else if self.settled.contains(id) {
            ChangeStatus::InSync
        } else {
            ChangeStatus::Unknown
        }
    }

    /// When the next change reaches all name servers.
    pub(crate) fn next_insync(&self) -> Millis {
        self.pending.first().map_or(Millis::NEVER, |change| change.insync)
    }

    /// Lets changes reach the name servers that are due; whether any did.
    pub(crate) fn settle(&mut self, now: Millis) -> bool {
        let due = self.pending.partition_point(|change| change.insync <= now);
        for change in self.pending.drain(..due) {
            self.visible = change.group;
            self.settled.push(change.id);
        }
        if self.settled.len() > 1_000 {
            self.settled.drain(..500);
        }
        due > 0
    }

    /// ChangeResourceRecordSets: all or nothing.
    pub(crate) fn submit(&mut self, batch: &ChangeRecords, now: Millis) -> Result<ChangeId, BatchRefusal> {
        if batch.zone != self.zone {
            return Err(BatchRefusal::NoSuchHostedZone);
        }
        let after = self.after(batch).map_err(BatchRefusal::InvalidChangeBatch)?;
        let mut draws = self.key.member(self.changes);
        self.changes += 1;
        let id = ChangeId::new(format!("C{:013X}", draws.bits() >> 12));
        let delay = Millis::of_minutes(draws.between(10.0, 60.0) / 60.0);
        self.groups.insert(batch.name.clone(), after);
        // The name servers learn of changes in order.
        let earliest = self.pending.last().map_or(now, |change| change.insync);
        let group = self.group().to_vec();
        self.pending.push(Spreading { id: id.clone(), insync: earliest.max(now + delay), group });
        Ok(id)
    }

    /// Somebody else deletes this record of the reader name.
    pub(crate) fn lose(&mut self, set_id: &str, now: Millis) {
        let found = self.group().iter().find(|record| record.set_id.as_str() == set_id).cloned();
        let Some(record) = found else { return };
        let batch = ChangeRecords {
            zone: self.zone.clone(),
            name: self.reader.clone(),
            changes: vec![RecordChange::Delete(record)],
        };
        // It is there, exactly as it is deleted.
        let _ = self.submit(&batch, now);
    }

    /// Whether the group already is what the batch wants: a retry after a lost answer.
    pub(crate) fn already_so(&self, batch: &ChangeRecords) -> bool {
        let group = self.groups.get(&batch.name).map_or(&[][..], Vec::as_slice);
        let created = |set_id| {
            batch
                .changes
                .iter()
                .any(|change| matches!(change, RecordChange::Create(to) if to.set_id == set_id))
        };
        batch.changes.iter().all(|change| match change {
            RecordChange::Create(record) => group.contains(record),
            RecordChange::Delete(record) => {
                created(record.set_id.clone()) || group.iter().all(|other| other.set_id != record.set_id)
            }
        })
    }

    fn after(&self, batch: &ChangeRecords) -> Result<Vec<WeightedRecord>, String> {
        if self.simple.iter().any(|used| used.name == batch.name) {
            return Err(format!("{} has a simple record of the same type", batch.name));
        }
        if batch.changes.is_empty() {
            return Err("the batch is empty".to_owned());
        }
        let mut group = self.groups.get(&batch.name).cloned().unwrap_or_default();
        for change in &batch.changes {
            match change {
                RecordChange::Delete(record) => {
                    let Some(at) = group.iter().position(|other| other.set_id == record.set_id) else {
                        return Err(format!("tried to delete {}, but it was not found", record.set_id));
                    };
                    if group[at] != *record {
                        return Err(format!(
                            "tried to delete {}, but the values provided do not match the current values",
                            record.set_id
                        ));
                    }
                    group.remove(at);
                }
                RecordChange::Create(record) => {
                    if !(1..=128).contains(&record.set_id.as_str().len()) {
                        return Err(format!(
                            "the SetIdentifier {:?} is not 1-128 characters long",
                            record.set_id
                        ));
                    }
                    if group.iter().any(|other| other.set_id == record.set_id) {
                        return Err(format!("tried to create {}, but it already exists", record.set_id));
                    }
                    group.push(record.clone());
                    // The last TTL written wins for the whole group.
                    for other in &mut group {
                        other.ttl = record.ttl;
                    }
                }
            }
        }
        if group.len() > GROUP_LIMIT {
            return Err(format!("more than {GROUP_LIMIT} weighted records for {}", batch.name));
        }
        group.sort_by(|a, b| a.set_id.cmp(&b.set_id));
        Ok(group)
    }
}

//! The shape of a batch: a compare-and-swap on this reader name, whose every line says what it replaces.

use std::collections::BTreeSet;

use super::case::Case;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::WeightedRecord;
use crate::ownership::FLOOR_SET_ID;
use crate::plan::{ChangeRecords, RecordChange};

/// Weighted records of one name and type (Route 53 quotas).
const RECORDS_PER_NAME: usize = 100;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for batch in case.batches() {
        shape(case, batch, findings);
    }
    if case.batches().next().is_some() {
        group(case, findings);
        values(case, findings);
    }
}

fn shape(case: &Case<'_>, batch: &ChangeRecords, findings: &mut Findings) {
    let reader = &case.rds.reader;
    if batch.changes.is_empty() {
        findings.refuse(invariant::BATCH, format!("the batch of {} is empty", batch.name));
    }
    if batch.zone != reader.zone || batch.name != reader.name {
        findings.refuse(
            invariant::BATCH,
            format!("it is for {} in {}, not {} in {}", batch.name, batch.zone, reader.name, reader.zone),
        );
    }
    let (mut deleted, mut created) = (BTreeSet::new(), BTreeSet::new());
    let mut written = Vec::new();
    for change in &batch.changes {
        match change {
            RecordChange::Delete(record) => {
                let id = &record.set_id;
                if !deleted.insert(id) {
                    findings.refuse(invariant::BATCH, format!("{id} would be deleted twice"));
                }
                let found = case.seen.records.record(id.as_str());
                if found != Some(record) {
                    let found = found.map_or("nothing".to_owned(), line);
                    findings
                        .refuse(invariant::BATCH, format!("deletes {}, but {found} was found", line(record)));
                }
                // Route 53 gives the whole group the TTL that was written last: this line then matches nothing any more.
                if let Some(ttl) = written.iter().find(|ttl| **ttl != record.ttl) {
                    findings.refuse(
                        invariant::BATCH,
                        format!(
                            "deletes {} after a line that makes the group's time to live {ttl}",
                            line(record)
                        ),
                    );
                }
            }
            RecordChange::Create(record) => {
                let id = &record.set_id;
                if !created.insert(id) {
                    findings.refuse(invariant::BATCH, format!("{id} would be created twice"));
                }
                if case.seen.records.record(id.as_str()).is_some() && !deleted.contains(id) {
                    findings.refuse(
                        invariant::BATCH,
                        format!("creates {} over one that is not deleted first", line(record)),
                    );
                }
                written.push(record.ttl);
                if record.ttl != reader.ttl
                    && !(lowers_the_floor_blindly(case, record)
                        && case.seen.records.record(id.as_str()).is_some_and(|found| found.ttl == record.ttl))
                {
                    findings.refuse(
                        invariant::BATCH,
                        format!("creates {}, but the reader's time to live is {}", line(record), reader.ttl),
                    );
                }
            }
        }
    }
}

/// The group that a record enters must be able to hold it.
fn group(case: &Case<'_>, findings: &mut Findings) {
    let after = case.group_after();
    if after.len() > RECORDS_PER_NAME {
        findings.refuse(invariant::BATCH, format!("{} records are more than a name holds", after.len()));
    }
    for touched in case.touched() {
        if touched.before.is_some() && touched.before == touched.after {
            findings.refuse(invariant::FIXED_POINT, format!("{} is already as it would be", touched.set_id));
        }
        if touched.before.is_some() || touched.after.is_none() {
            continue;
        }
        if let Some(conflict) = &case.seen.records.conflict {
            findings.refuse(
                invariant::BATCH,
                format!("{} cannot join {}: {conflict}", touched.set_id, case.rds.reader.name),
            );
        }
        // Route 53 gives the whole group the TTL written last: that is ours to change on records of ours, placed or not, and on no others.
        let others = |set_id: &str| set_id != FLOOR_SET_ID && !set_id.starts_with(&case.rds.prefix);
        let differs =
            |record: &&WeightedRecord| record.ttl != case.rds.reader.ttl && others(record.set_id.as_str());
        if let Some(other) = after.iter().copied().find(|record| differs(record)) {
            findings.refuse(
                invariant::BATCH,
                format!("{} would join a group that has {}", touched.set_id, line(other)),
            );
        }
    }
}

/// A record points at the instance that it is named after.
fn values(case: &Case<'_>, findings: &mut Findings) {
    for touched in case.touched() {
        let Some(after) = touched.after else { continue };
        if touched.is_floor() {
            let endpoint = case.source().and_then(|source| source.endpoint.as_ref());
            if endpoint != Some(&after.value) && !lowers_the_floor_blindly(case, after) {
                findings.refuse(
                    invariant::SOURCE,
                    format!("the floor would point at {}, the source is at {endpoint:?}", after.value),
                );
            }
            continue;
        }
        let endpoint = case.instance(touched.set_id.as_str()).and_then(|replica| replica.endpoint.as_ref());
        // Less weight may be given to where it points already, even when RDS does not say where the instance is.
        let keeps = touched.before.is_some_and(|before| before.value == after.value) && !touched.raises();
        if endpoint != Some(&after.value) && !keeps {
            findings.refuse(
                invariant::BATCH,
                format!("{} would point at {}, the instance is at {endpoint:?}", touched.set_id, after.value),
            );
        }
    }
}

/// Whether this lowers the floor where it points, while nobody says where the source is.
fn lowers_the_floor_blindly(case: &Case<'_>, record: &WeightedRecord) -> bool {
    let unknown = case.source().is_none_or(|source| source.endpoint.is_none());
    unknown
        && record.set_id.as_str() == FLOOR_SET_ID
        && case
            .seen
            .records
            .record(FLOOR_SET_ID)
            .is_some_and(|found| found.weight > record.weight && found.value == record.value)
}

fn line(record: &WeightedRecord) -> String {
    format!("{} {} {} {}", record.set_id, record.weight, record.ttl, record.value)
}

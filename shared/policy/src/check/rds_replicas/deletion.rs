//! The call without a way back: this very instance, out of the answers, and either drained or never of use.

use super::case::Case;
use super::departure::{Proof, held, read_zone, silence};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::{Replica, Replication, Standing};
use crate::plan::{DeleteReplica, Ending};

/// Clients were gone before its record was. So many quiet points show that none came back since.
const AFTER_ITS_RECORD: u32 = 2;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for delete in case.deletions() {
        let Some(replica) = case.instance(delete.id.as_str()) else {
            findings.refuse(invariant::FIXED_POINT, format!("{} is already gone", delete.id));
            continue;
        };
        if replica.status.standing() == Standing::Deleting {
            findings.refuse(invariant::FIXED_POINT, format!("{} is already {}", delete.id, replica.status.0));
        }
        if replica.resource_id != delete.resource_id {
            findings.refuse(
                invariant::VICTIM,
                format!("{} is {}, not {}", delete.id, replica.resource_id, delete.resource_id),
            );
        }
        held(case, replica, findings);
        no_record(case, replica, findings);
        match delete.ending {
            Ending::Drained => drained(case, delete, replica, findings),
            Ending::Abandoned => abandoned(case, replica, findings),
        }
    }
}

/// A weight-0 record of a deleted host is answered as soon as all weights are 0.
fn no_record(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    let records =
        case.group_before().into_iter().chain(case.touched().into_iter().filter_map(|touched| touched.after));
    for record in records {
        if record.set_id.as_str() == replica.id.as_str() || Some(&record.value) == replica.endpoint.as_ref() {
            findings.refuse(
                invariant::RECORD_FIRST,
                format!(
                    "{} would be deleted while record {} has weight {}",
                    replica.id, record.set_id, record.weight
                ),
            );
        }
    }
}

/// R5.
fn drained(case: &Case<'_>, delete: &DeleteReplica, replica: &Replica, findings: &mut Findings) {
    let id = &delete.id;
    let under_way = case.removal_before(id).filter(|(intent, removal)| {
        removal.resource_id == delete.resource_id && case.goes_on(intent).is_some()
    });
    let Some((intent, _)) = under_way else {
        findings.refuse(
            invariant::DRAIN,
            format!("{id} would be deleted without an intent to remove {}", delete.resource_id),
        );
        return;
    };
    read_zone(case, replica, findings);
    let removed = case.remembered(id.as_str()).filter(|known| known.weight.is_none());
    match removed.and_then(|known| Some((known.since, case.spread_since(known)?))) {
        Some((from, spread)) => {
            let points = case.rds.drain.quiet_points.min(AFTER_ITS_RECORD);
            let proof = Proof { wait: case.three_ttl(None), from, points };
            silence(case, intent, replica, spread, proof, findings);
        }
        None => findings.refuse(
            invariant::DRAIN,
            format!("{id} would be deleted, but the removal of its record is not known to be INSYNC"),
        ),
    }
    at_rest(replica, findings);
    let someone =
        case.group_before().iter().any(|record| record.weight.is_positive() && case.reaches_someone(record));
    if !someone {
        findings.refuse(
            invariant::LAST_SERVING,
            format!("{id} would be deleted while nobody behind {} serves", case.rds.reader.name),
        );
    }
}

/// A replica under promotion keeps its source until the end: all that RDS shows is that something is going on. No deadline forces this.
fn at_rest(replica: &Replica, findings: &mut Findings) {
    // What is on its way out already was judged above.
    let works = matches!(
        replica.status.0.as_str(),
        "available" | "storage-optimization" | "deleting" | "delete-precheck"
    );
    let replicates = replica.replication == Replication::Normal;
    if !works || !replicates || !replica.pending.is_empty() {
        findings.refuse(
            invariant::AT_REST,
            format!(
                "{} would be deleted while it is {}, its replication {:?} and {} changes of it pending",
                replica.id,
                replica.status.0,
                replica.replication,
                replica.pending.len()
            ),
        );
    }
}

/// AX: what failed as the addition that was asked for. Whatever else fails may have served, and is for a person to delete.
fn abandoned(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    let id = &replica.id;
    if replica.status.standing() != Standing::Terminal {
        findings.refuse(
            invariant::ABANDON,
            format!("{id} is {}, which is no state to give up", replica.status.0),
        );
    }
    let asked = case.additions_before().find(|addition| addition.id == *id);
    let Some(asked) = asked else {
        findings
            .refuse(invariant::ABANDON, format!("{id} would be given up, but no addition under way made it"));
        return;
    };
    // A record, there or once there, is a weight that clients may have followed.
    if asked.joined || asked.served || case.remembered(id.as_str()).is_some() {
        findings.refuse(
            invariant::ABANDON,
            format!(
                "{id} would be given up, but it had a record at {} and may have served",
                case.rds.reader.name
            ),
        );
    }
    let known = asked.resource_id.as_ref();
    // One that was given up before anyone saw it was another's, or never came: this is not known to be it.
    if known.map_or(asked.given_up, |known| *known != replica.resource_id) {
        findings.refuse(
            invariant::ABANDON,
            format!("{id} is {}, but the addition was {known:?}", replica.resource_id),
        );
    }
}

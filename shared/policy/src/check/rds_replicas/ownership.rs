//! Whose is it? Nothing is done to another's instance or record, and nothing at all to the source.

use super::case::{Case, Touched};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::Standing;

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for create in case.creations() {
        if create.id == case.rds.source {
            findings
                .refuse(invariant::SOURCE, format!("a replica would be named as the source {}", create.id));
        }
        if create.source != case.rds.source {
            findings.refuse(
                invariant::SOURCE,
                format!("{} would replicate {}, not {}", create.id, create.source, case.rds.source),
            );
        }
    }
    for delete in case.deletions() {
        if delete.id == case.rds.source {
            findings.refuse(invariant::SOURCE, format!("the source {} would be deleted", delete.id));
        }
        if delete.source != case.rds.source {
            findings.refuse(
                invariant::SOURCE,
                format!(
                    "{} is deleted as a replica of {}, not {}",
                    delete.id, delete.source, case.rds.source
                ),
            );
        }
        if let Some(replica) = case.instance(delete.id.as_str()) {
            let lacks = case.strangeness(replica);
            if !lacks.is_empty() {
                findings.refuse(
                    invariant::OWNERSHIP,
                    format!("{} would be deleted without our {}", delete.id, lacks.join(", ")),
                );
            }
        }
    }
    for touched in case.touched() {
        record(case, &touched, findings);
    }
}

fn record(case: &Case<'_>, touched: &Touched<'_>, findings: &mut Findings) {
    let set_id = touched.set_id.as_str();
    if set_id == case.rds.source.as_str() {
        findings.refuse(invariant::SOURCE, format!("record {set_id} would be in the source's name"));
    }
    if touched.is_floor() {
        return;
    }
    if !set_id.starts_with(&case.rds.prefix) {
        findings.refuse(
            invariant::OWNERSHIP,
            format!("record {set_id} begins not with {} and is not the floor", case.rds.prefix),
        );
        return;
    }
    let Some(replica) = case.instance(set_id) else {
        // Nobody sees the instances of another Region from here, and its readers need the record.
        let endpoints = case.seen.replicas.iter().map(|replica| &replica.endpoint);
        let mut of_here = case
            .seen
            .source
            .iter()
            .map(|source| &source.endpoint)
            .chain(endpoints)
            .filter_map(Option::as_ref);
        if let Some(before) = touched.before
            && !of_here
                .any(|one| before.value.as_str().split('.').skip(2).eq(one.as_str().split('.').skip(2)))
        {
            findings.refuse(
                invariant::OWNERSHIP,
                format!(
                    "record {set_id} points at {}, which is not known to be of this Region",
                    before.value
                ),
            );
        }
        if touched.before.is_some() && !case.known_gone(set_id) {
            findings.refuse(
                invariant::ABSENT,
                format!("record {set_id} would be changed, but RDS was not asked for the instance by name"),
            );
        }
        return;
    };
    let lacks = case.strangeness(replica);
    let gone = replica.source.is_none() || replica.status.standing() == Standing::Deleting;
    let sweeps = gone && touched.after.is_none();
    // Of what is ours but for its source nothing is wanted any more, and nothing else is known to be wrong with it: weight 0, where it points.
    let silences = lacks == ["source"]
        && replica.source.is_some()
        && touched.lowers()
        && touched.after.is_some_and(|after| !after.weight.is_positive())
        && touched.before.zip(touched.after).is_some_and(|(before, after)| before.value == after.value);
    if !lacks.is_empty() && !sweeps && !silences {
        findings.refuse(
            invariant::OWNERSHIP,
            format!("the record of {set_id} would be changed without our {}", lacks.join(", ")),
        );
    }
}

//! A paused target: no replica is made, and none is deleted, chosen to leave or drained. What keeps the reader name safe goes on.

use super::case::{Case, removal};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::plan::{Action, RdsReplicasAction};

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for action in &case.plan.actions {
        let adds = matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)));
        let removes = matches!(action, Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_)));
        case.paused.judge(action, adds, removes, findings);
    }
    begun(case, findings);
    if case.paused.removals {
        drained(case, findings);
    }
}

/// A transition is begun by what is remembered, whether or not a call goes with it.
fn begun(case: &Case<'_>, findings: &mut Findings) {
    for intent in case.intents_begun() {
        let (paused, what) = match removal(intent) {
            Some(_) => (case.paused.removals, "removal"),
            None => (case.paused.additions, "addition"),
        };
        if paused {
            findings.refuse(
                invariant::PAUSED,
                format!("the {what} {} would begin, although it is paused", intent.decision),
            );
        }
    }
}

/// A victim that serves keeps its weight and its record. One that does not, or lags, loses its weight as any other would.
fn drained(case: &Case<'_>, findings: &mut Findings) {
    for touched in case.touched() {
        let Some(replica) = case.ours(touched.set_id.as_str()) else { continue };
        let leaves = case.removal_after(&replica.id).is_some();
        let gone = touched.before.is_some() && touched.after.is_none();
        let serves = replica.status.serves();
        if leaves && serves && (gone || (touched.lowers() && case.unfitness(replica).is_none())) {
            findings.refuse(
                invariant::PAUSED,
                format!(
                    "{} would go a step further on its way out, although removals are paused",
                    replica.id
                ),
            );
        }
    }
}

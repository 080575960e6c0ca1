//! The judges of plans for read replicas.

mod batch;
mod blue_green;
mod capacity;
mod carried;
mod case;
mod cooldown;
mod creation;
mod dead;
mod deletion;
mod departure;
mod intent;
mod memory;
mod ownership;
mod ramp;
mod serving;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::{Findings, invariant};
use crate::history::History;
use crate::observation::RdsObservation;
use crate::plan::{Action, Plan, RdsReplicasAction};
use crate::policy::{RdsReplicas, Target};

pub(super) fn judge(
    target: &Target,
    rds: &RdsReplicas,
    seen: &RdsObservation,
    history: &History,
    plan: &Plan,
    now: Timestamp,
    findings: &mut Findings,
) {
    let case = case::Case::new(target, rds, seen, history, plan, now);
    for action in &case.plan.actions {
        if !matches!(
            action,
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(_))
                | Action::RdsReplicas(RdsReplicasAction::ChangeRecords(_))
                | Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_))
        ) {
            findings.refuse(invariant::KIND, format!("{action} is no action on replicas"));
        }
    }
    for judge in [
        intent::judge,
        memory::judge,
        dead::judge,
        ownership::judge,
        blue_green::judge,
        creation::judge,
        batch::judge,
        serving::judge,
        ramp::judge,
        departure::judge,
        cooldown::judge,
        deletion::judge,
    ] {
        judge(&case, findings);
    }
}

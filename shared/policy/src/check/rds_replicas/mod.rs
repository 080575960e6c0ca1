//! The judges of plans for read replicas.

mod batch;
mod blue_green;
mod budget;
mod capacity;
mod carried;
mod case;
mod commanded;
mod compared;
mod cooldown;
mod creation;
mod dead;
mod deletion;
mod departure;
mod intent;
mod memory;
mod ownership;
mod pause;
mod ramp;
mod saw_tooth;
mod serving;
#[cfg(test)]
mod tests;

use super::judged::Judged;
use super::{Findings, invariant};
use crate::observation::RdsObservation;
use crate::plan::{Action, RdsReplicasAction};
use crate::policy::RdsReplicas;

pub(super) fn judge(judged: Judged<'_>, rds: &RdsReplicas, seen: &RdsObservation, findings: &mut Findings) {
    let case = case::Case::new(judged, rds, seen);
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
        budget::judge,
        batch::judge,
        serving::judge,
        ramp::judge,
        departure::judge,
        compared::judge,
        commanded::judge,
        pause::judge,
        cooldown::judge,
        deletion::judge,
    ] {
        judge(&case, findings);
    }
}

//! Why a target counts as failed: an invocation that has one must not look like one that rests.

use tidegate_policy::plan::Action;
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::report::{TargetReport, TargetResult};

/// Alerts that only a change of the policy or of the account's set-up ends, or a person's repair of a replica. An invocation that meets one
/// fails, so that it is found out before capacity is needed.
///
/// `service_not_active` is not among them: somebody is deleting the service on purpose, or replaces it under its name, and it ends by itself.
/// Either the service is back, or ECS forgets it, and `service_missing` is.
const MISCONFIGURED: [Reason; 20] = [
    Reason::SourceMissing,
    Reason::SourceChanged,
    Reason::SourceWithoutBackups,
    Reason::SourceInCluster,
    Reason::SourceSecretManaged,
    Reason::SourceIsReplica,
    Reason::EngineMismatch,
    Reason::ClassNotOffered,
    Reason::BlueGreenUnknown,
    Reason::ReaderNameConflict,
    Reason::ReplicaFailed,
    Reason::ReplicaNotServing,
    Reason::ServiceMissing,
    Reason::ExternalController,
    Reason::DaemonService,
    Reason::ForeignDimension,
    Reason::GroupMissing,
    Reason::NotAGroup,
    Reason::ClusterModeMismatch,
    Reason::NodeTypeUnreachable,
];

/// Why the target failed, if it did: it could not be looked at, changed or recorded, or is set up so that it cannot be scaled.
///
/// A call that only a person can help is a failure too: an attempt whose every change is denied must not look like one that rests.
///
/// So is one of which nobody outside is told: the function's alarm then goes the other way to people.
pub fn failure(target: &TargetReport) -> Option<Explanation> {
    let untold =
        || target.unpublished.as_ref().map(|why| Explanation::new(Reason::PublishFailed, why.as_str()));
    let failed = match &target.result {
        TargetResult::Failed(why) | TargetResult::Unrecorded { why, .. } => Some(why.clone()),
        TargetResult::Planned { plan, outcomes } => {
            let alerts = plan.alerts.iter().map(|alert| &alert.explanation);
            let mut misconfigured = alerts.filter(|why| MISCONFIGURED.contains(&why.reason));
            misconfigured.next().cloned().or_else(|| outcomes.iter().find_map(refused))
        }
        TargetResult::Skipped(_) => None,
    };
    failed.or_else(untold)
}

/// The call that was refused until a person acts.
fn refused((action, outcome): &(Action, Outcome)) -> Option<Explanation> {
    match outcome {
        Outcome::Failed { class: FailureClass::PersonNeeded, message } => {
            Some(Explanation::new(Reason::CallFailed, format!("{action}: {message}")))
        }
        _ => None,
    }
}

//! The glance at a target that rests: whether there is anything that cannot wait until its signals are due.

use jiff::Timestamp;
use tidegate_policy::observation::Observation;
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction, plan};
use tidegate_policy::reason::Reason;

use crate::due::Due;
use crate::port::FleetError;

/// Whether the target is to be looked at in full now: something is to be done, is under way, or is to be told to a person.
///
/// Nothing of the glance itself is kept: without signals a hold is no news, and a decision no decision. One that failed finds nothing, since the
/// look that is due within minutes fails as loudly.
pub(crate) fn finds_something(due: &Due<'_>, seen: Result<Observation, FleetError>, now: Timestamp) -> bool {
    let Ok(observation) = seen else { return false };
    let Ok(observed) = Observed::new(due.target, &observation) else { return false };
    let plan = plan(observed, &due.history, now);
    let is_told = |key: &String| due.history.alerting.contains(key);
    let has_news = plan.alerts.iter().any(|alert| !alert.key.as_ref().is_some_and(is_told));
    if creates_alone(&plan) && is_held_back_by_a_deployment(due) {
        // The creation's intent is no finding either: it would be held again.
        return has_news;
    }
    !plan.actions.is_empty()
        || plan.history.rds_replicas.intents != due.history.rds_replicas.intents
        || plan.history.in_transition
        || has_news
}

/// Whether it asks for new replicas, and for nothing else.
fn creates_alone(plan: &Plan) -> bool {
    let creates =
        |action: &Action| matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)));
    !plan.actions.is_empty() && plan.actions.iter().all(creates)
}

/// Whether the last look in full held an addition back for a blue/green deployment. A glance does not ask for deployments, so it would find
/// that addition at every minute, and buy all metrics for a look that holds it again. That a deployment is over is found once signals are due.
/// What else holds a source back, a glance sees itself.
fn is_held_back_by_a_deployment(due: &Due<'_>) -> bool {
    due.history.rds_replicas.held_back_since.is_some()
        && due.history.last_reason == Some(Reason::BlueGreenInProgress)
}

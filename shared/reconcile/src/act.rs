//! Act: the plan's actions in order, each destructive one after a last look.

use jiff::Timestamp;
use tidegate_policy::plan::{Action, LastLook, Plan, may_still_delete};
use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};

use crate::port::Fleet;

/// Applies a plan. What was stale ends it; a creation that fails does not stop the others of its batch.
pub(crate) async fn act<F: Fleet>(
    fleet: &F,
    target: &Target,
    plan: &Plan,
    now: Timestamp,
) -> Vec<(Action, Outcome)> {
    let mut outcomes = Vec::with_capacity(plan.actions.len());
    for action in &plan.actions {
        let outcome = match action {
            Action::CreateReplica(_) | Action::ChangeRecords(_) => fleet.apply(target, action).await,
            Action::DeleteReplica(delete) => match fleet.inspect(target, &delete.id, now).await {
                Ok(seen) => match may_still_delete(target, delete, &seen) {
                    LastLook::Go => fleet.apply(target, action).await,
                    LastLook::AlreadyGone => Outcome::AlreadySatisfied,
                    LastLook::Stop(why) => Outcome::Stale { why },
                },
                Err(error) => Outcome::Failed {
                    class: FailureClass::RetryNextWake,
                    message: format!("the last look: {error}"),
                },
            },
        };
        let stale = matches!(outcome, Outcome::Stale { .. });
        outcomes.push((action.clone(), outcome));
        if stale {
            break;
        }
    }
    outcomes
}

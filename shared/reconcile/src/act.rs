//! Act: the plan's actions in order, each destructive one after a last look.

use jiff::Timestamp;
use tidegate_policy::plan::{Action, LastLook, Plan, may_still_change, may_still_delete};
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
        let last_look = match action {
            Action::DeleteReplica(delete) => fleet
                .inspect(target, &delete.id, now)
                .await
                .map(|seen| may_still_delete(target, delete, &seen)),
            _ if action.is_destructive() => {
                fleet.look_again(target, now).await.map(|seen| may_still_change(target, action, &seen))
            }
            _ => Ok(LastLook::Go),
        };
        let outcome = match last_look {
            Ok(LastLook::Go) => fleet.apply(target, action).await,
            Ok(LastLook::AlreadyGone) => Outcome::AlreadySatisfied,
            Ok(LastLook::Stop(why)) => Outcome::Stale { why },
            Err(error) => Outcome::Failed {
                class: FailureClass::RetryNextWake,
                message: format!("the last look: {error}"),
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

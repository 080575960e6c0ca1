//! Act: the plan's actions in order, each that may take capacity away after a last look.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::plan::{Action, LastLook, Plan, may_still_change};
use tidegate_policy::policy::Target;
use tidegate_policy::record::{FailureClass, Outcome};

use crate::port::{Fleet, FleetError};
use crate::time::{Clock, Limit};

/// Applies a plan. What was stale ends it; a creation that fails does not stop the others of its batch.
///
/// After `limit` no call is waited for and none is begun. What a call that was abandoned did is found by the next attempt, like that of one
/// whose answer was lost.
pub(crate) async fn act<F: Fleet, C: Clock>(
    fleet: &F,
    target: &Target,
    plan: &Plan,
    now: Timestamp,
    limit: &Limit<'_, C>,
) -> Vec<(Action, Outcome)> {
    let mut outcomes = Vec::with_capacity(plan.actions.len());
    for action in &plan.actions {
        if limit.left().is_some_and(|left| !left.is_positive()) {
            break;
        }
        let last_look = match limit.wait(look(fleet, target, action, now)).await {
            Ok(Ok(last_look)) => Ok(last_look),
            Ok(Err(error)) => Err(error.to_string()),
            Err(waited) => Err(abandoned(waited)),
        };
        let outcome = match last_look {
            Ok(LastLook::Go) => match limit.wait(fleet.apply(target, action)).await {
                Ok(outcome) => outcome,
                Err(waited) => failed(abandoned(waited)),
            },
            Ok(LastLook::AlreadyGone) => Outcome::AlreadySatisfied,
            Ok(LastLook::Stop(why)) => Outcome::Stale { why },
            Err(why) => failed(format!("the last look: {why}")),
        };
        let stale = matches!(outcome, Outcome::Stale { .. });
        outcomes.push((action.clone(), outcome));
        if stale {
            break;
        }
    }
    outcomes
}

async fn look<F: Fleet>(
    fleet: &F,
    target: &Target,
    action: &Action,
    now: Timestamp,
) -> Result<LastLook, FleetError> {
    if !action.may_take_away() {
        return Ok(LastLook::Go);
    }
    let seen = fleet.look_again(target, action, now).await?;
    Ok(may_still_change(target, action, &seen))
}

fn failed(message: String) -> Outcome {
    Outcome::Failed { class: FailureClass::RetryNextWake, message }
}

fn abandoned(waited: SignedDuration) -> String {
    format!("no answer came within {:.1} s, and it was waited for no longer", waited.as_secs_f64())
}

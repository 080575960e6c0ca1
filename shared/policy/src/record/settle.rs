//! Settle: what is remembered once the outcomes are known.

use jiff::{SignedDuration, Timestamp};

use super::outcome::{FailureClass, Outcome};
use crate::history::{History, Transition, WeightSince, back_off};
use crate::plan::{Action, RecordChange};

/// What AWS will not take of a strategy it will hardly take a minute later; somebody has to look.
const STRATEGY_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The memory after `outcomes`, starting from what the plan remembered.
#[must_use]
pub fn settle(mut history: History, outcomes: &[(Action, Outcome)], now: Timestamp) -> History {
    for (action, outcome) in outcomes {
        match (action, outcome) {
            (Action::ChangeRecords(batch), Outcome::Applied { change }) => {
                for line in &batch.changes {
                    let (record, weight) = match line {
                        RecordChange::Create(record) => (record, Some(record.weight)),
                        RecordChange::Delete(record) => (record, None),
                    };
                    let since = WeightSince { weight, since: now, change: change.clone(), insync_at: None };
                    history.weights.insert(record.set_id.clone(), since);
                }
            }
            (Action::CreateReplica(create), Outcome::Failed { class, .. }) if class.lasts() => {
                let not_offered = *class == FailureClass::NotOffered;
                if not_offered {
                    history.refuse_class(&create.class, create.zone.as_ref(), now);
                }
                if let Some(Transition::Add(additions)) =
                    history.intent.as_mut().map(|intent| &mut intent.transition)
                    && let Some(addition) = additions.iter_mut().find(|addition| addition.id == create.id)
                {
                    addition.refusals += 1;
                    // A class that is not to be had has a clock of its own: another may be asked for at once.
                    let wait = (!not_offered).then(|| back_off(addition.refusals));
                    addition.retry_at = wait.and_then(|wait| now.checked_add(wait).ok());
                }
            }
            (Action::DeleteReplica(delete), Outcome::Failed { class, .. }) => {
                if let Some(Transition::Remove(removal)) =
                    history.intent.as_mut().map(|intent| &mut intent.transition)
                    && removal.id == delete.id
                {
                    let wait = if class.lasts() { back_off(removal.asks) } else { SignedDuration::ZERO };
                    removal.retry_at = now.checked_add(wait).ok();
                }
            }
            (
                Action::SetDesiredCount(_) | Action::SetBounds(_),
                Outcome::Applied { .. } | Outcome::AlreadySatisfied,
            ) => {
                history.service.refusals = 0;
                history.service.retry_at = None;
            }
            (
                Action::SetDesiredCount(_) | Action::SetBounds(_),
                Outcome::Failed { .. } | Outcome::Stale { .. },
            ) => {
                // An addition that did not happen uses up no rate limit: it is asked for again. A removal may have happened all the same.
                history.changes.retain(|change| change.at != now || change.delta < 0);
                if matches!(outcome, Outcome::Failed { class, .. } if class.lasts()) {
                    history.service.refusals += 1;
                    history.service.retry_at = now.checked_add(back_off(history.service.refusals)).ok();
                }
                // What came of a lost answer is not known: whatever is found next is taken as it is.
                history.service.asked = None;
                history.service.asked_over = None;
                history.service.asked_at = None;
                history.service.starting = None;
            }
            (Action::SetStrategy(_), Outcome::Failed { class, .. }) => {
                history.service.fallback = None;
                if class.lasts() {
                    history.service.strategy_retry_at = now.checked_add(STRATEGY_RETRY_AFTER).ok();
                }
            }
            (Action::SetStrategy(_), Outcome::Stale { .. }) => history.service.fallback = None,
            (
                Action::IncreaseReplicas(_)
                | Action::DecreaseReplicas(_)
                | Action::SetShards(_)
                | Action::SetNodeType(_),
                outcome @ (Outcome::Stale { .. }
                | Outcome::Failed {
                    class: FailureClass::PersonNeeded | FailureClass::NotOffered,
                    ..
                }),
            ) => {
                // It was not made. What became of a lost answer is not known: what is found next tells.
                history.changes.retain(|change| change.at != now);
                let group = &mut history.group;
                if let (Some(asked), Outcome::Failed { .. }) = (group.changing.take(), outcome) {
                    group.refuse(&asked, now);
                }
            }
            (
                Action::IncreaseReplicas(_)
                | Action::DecreaseReplicas(_)
                | Action::SetShards(_)
                | Action::SetNodeType(_),
                Outcome::Applied { .. },
            ) => {
                // What AWS took and does not do is a failure, however soon it gives it up.
                if let Some(asked) = &mut history.group.changing {
                    asked.begun = true;
                }
            }
            (Action::Warm(warm), Outcome::Applied { .. }) => {
                if let Some(warmed) = history.service.warmed.get_mut(&warm.event) {
                    warmed.done = true;
                }
            }
            _ => {}
        }
    }
    history
}

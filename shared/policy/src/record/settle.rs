//! Settle: what is remembered once the outcomes are known.

use jiff::{SignedDuration, Timestamp};

use super::outcome::{FailureClass, Outcome};
use crate::history::{History, Transition, WeightSince};
use crate::plan::{Action, RecordChange};

/// A creation that only a person can help is tried again after 1, 2, 4, 8, 16, 30 minutes, and then every 30.
const RETRY_AT_MOST: SignedDuration = SignedDuration::from_mins(30);

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
            (Action::CreateReplica(create), Outcome::Failed { class: FailureClass::PersonNeeded, .. }) => {
                if let Some(Transition::Add(additions)) =
                    history.intent.as_mut().map(|intent| &mut intent.transition)
                    && let Some(addition) = additions.iter_mut().find(|addition| addition.id == create.id)
                {
                    addition.refusals += 1;
                    let wait =
                        SignedDuration::from_mins(1_i64 << (addition.refusals - 1).min(5)).min(RETRY_AT_MOST);
                    addition.retry_at = now.checked_add(wait).ok();
                }
            }
            _ => {}
        }
    }
    history
}

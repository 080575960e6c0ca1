//! What is remembered of calls about replicas and their records.

use jiff::{SignedDuration, Timestamp};

use crate::history::{History, Transition, WeightSince, back_off};
use crate::plan::{ChangeRecords, CreateReplica, DeleteReplica, RdsReplicasAction, RecordChange};
use crate::record::{FailureClass, Outcome};

pub(super) fn settle(history: &mut History, action: &RdsReplicasAction, outcome: &Outcome, now: Timestamp) {
    match action {
        RdsReplicasAction::CreateReplica(create) => created(history, create, outcome, now),
        RdsReplicasAction::ChangeRecords(batch) => changed(history, batch, outcome, now),
        RdsReplicasAction::DeleteReplica(delete) => deleted(history, delete, outcome, now),
    }
}

/// A creation that was refused is tried again later. What came of a lost answer is seen at the next look.
fn created(history: &mut History, create: &CreateReplica, outcome: &Outcome, now: Timestamp) {
    let refused = match outcome {
        Outcome::Failed { class, .. } if class.lasts() => Some(*class),
        Outcome::Applied { .. } => {
            history.rds_replicas.class_made(&create.class, create.zone.as_ref(), now);
            None
        }
        Outcome::Failed { .. } | Outcome::AlreadySatisfied | Outcome::Stale { .. } => None,
    };
    let not_offered = refused == Some(FailureClass::NotOffered);
    if not_offered {
        history.rds_replicas.refuse_class(&create.class, create.zone.as_ref(), now);
    }
    if let Some(addition) = history.rds_replicas.additions_mut().find(|addition| addition.id == create.id) {
        addition.not_offered = not_offered;
        if refused.is_some() {
            addition.refusals += 1;
            // A class that is not to be had has a clock of its own: another may be asked for at once.
            let wait = (!not_offered).then(|| back_off(addition.refusals));
            addition.retry_at = wait.and_then(|wait| now.checked_add(wait).ok());
        }
    }
}

/// Since when each record has its weight, once Route 53 took the batch. A batch that it did not take is seen at the next look.
fn changed(history: &mut History, batch: &ChangeRecords, outcome: &Outcome, now: Timestamp) {
    let change = match outcome {
        Outcome::Applied { change } => change,
        Outcome::AlreadySatisfied | Outcome::Stale { .. } | Outcome::Failed { .. } => return,
    };
    for line in &batch.changes {
        let (record, weight) = match line {
            RecordChange::Create(record) => (record, Some(record.weight)),
            RecordChange::Delete(record) => (record, None),
        };
        let since = WeightSince { weight, since: now, change: change.clone(), insync_at: None };
        history.rds_replicas.weights.insert(record.set_id.clone(), since);
    }
}

/// A deletion that failed is asked for again, later where only a person can help.
fn deleted(history: &mut History, delete: &DeleteReplica, outcome: &Outcome, now: Timestamp) {
    let class = match outcome {
        Outcome::Failed { class, .. } => class,
        Outcome::Applied { .. } | Outcome::AlreadySatisfied | Outcome::Stale { .. } => return,
    };
    for intent in &mut history.rds_replicas.intents {
        if let Transition::Remove(removal) = &mut intent.transition
            && removal.id == delete.id
        {
            let wait = if class.lasts() { back_off(removal.asks) } else { SignedDuration::ZERO };
            removal.retry_at = now.checked_add(wait).ok();
        }
    }
}

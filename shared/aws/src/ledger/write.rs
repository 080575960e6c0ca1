//! Writes a target's memory under a condition, with its log in one transaction.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::Timestamp;
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::record::Activity;
use tidegate_reconcile::port::{AfterWrite, Lease, LedgerError, LedgerWrite};

use super::DynamoLedger;
use super::item::{
    self, ATTEMPTED_AT, Attributes, HISTORY, LEASE_OWNER, LEASE_UNTIL, TARGET, VERSION, WRITTEN_BY, number,
    text,
};
use super::refusal::Call;
use super::token::token;

/// TransactWriteItems' own limit.
const ITEMS_A_TRANSACTION: usize = 100;

/// So many further transactions carry the lines that do not fit beside the state. An attempt has a line for each thing it saw for
/// the first time, so this many only come from an account that is full of foreign records.
const FURTHER_TRANSACTIONS: usize = 4;

/// One conditional write of a target's state item.
pub(super) struct StateWrite<'a> {
    pub(super) target: &'a TargetName,
    /// The version that the write makes.
    pub(super) next: u64,
    condition: &'static str,
    /// What the condition names beyond `sets` and `removes`, and its values.
    named: &'static [&'static str],
    values: Vec<(&'static str, AttributeValue)>,
    sets: BTreeMap<&'static str, AttributeValue>,
    removes: &'static [&'static str],
}

impl<'a> StateWrite<'a> {
    /// Takes the lease, if the version still stands and nobody else holds it.
    pub(super) fn claim(
        call: &Call<'_>,
        target: &'a TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let next = next(call, version)?;
        let mut sets = BTreeMap::from([
            (VERSION, number(next)),
            (WRITTEN_BY, text(&*lease.owner)),
            (LEASE_OWNER, text(&*lease.owner)),
            (LEASE_UNTIL, item::lease_end(lease.until)),
            // In the claim, and nowhere else: it stands whatever becomes of the attempt.
            (ATTEMPTED_AT, item::instant(now)),
        ]);
        if version == 0 {
            // The first write: the empty memory is written down, so that a memory that is missing later is known to be lost.
            sets.insert(HISTORY, text(json(call, &History::default())?));
            let (condition, named) = ("attribute_not_exists(#target)", &[TARGET][..]);
            return Ok(Self { target, next, condition, named, values: Vec::new(), sets, removes: &[] });
        }
        Ok(Self {
            target,
            next,
            condition: "#version = :expected AND (attribute_not_exists(#lease_owner) OR #lease_owner = :lease_owner OR #lease_until <= :now)",
            named: &[],
            values: vec![(":expected", number(version)), (":now", item::instant(now))],
            sets,
            removes: &[],
        })
    }

    /// Writes the memory, if the version still stands and the lease is the writer's.
    pub(super) fn store(
        call: &Call<'_>,
        target: &'a TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<Self, LedgerError> {
        let next = next(call, version)?;
        Ok(Self {
            target,
            next,
            condition: "#version = :expected AND #lease_owner = :written_by",
            named: &[LEASE_OWNER],
            values: vec![(":expected", number(version))],
            sets: BTreeMap::from([
                (VERSION, number(next)),
                (WRITTEN_BY, text(write.owner)),
                (HISTORY, text(json(call, write.history)?)),
            ]),
            removes: match write.lease {
                AfterWrite::Keep => &[],
                AfterWrite::Release => &[LEASE_OWNER, LEASE_UNTIL],
            },
        })
    }

    /// The item after this write and nothing else: the version is the next one, the writer the same attempt, the content the same.
    /// An attempt writes a version once, so this is the first try of this very call, whose answer was lost.
    fn was_done(&self, found: Option<&Attributes>) -> bool {
        found.is_some_and(|found| {
            self.sets.iter().all(|(name, value)| found.get(*name) == Some(value))
                && self.removes.iter().all(|name| !found.contains_key(*name))
        })
    }

    fn expression(&self) -> String {
        let sets: Vec<_> = self.sets.keys().map(|name| format!("#{name} = :{name}")).collect();
        let removes: Vec<_> = self.removes.iter().map(|name| format!("#{name}")).collect();
        let remove =
            if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
        format!("SET {}{remove}", sets.join(", "))
    }

    fn names(&self) -> HashMap<String, String> {
        item::placeholders(self.sets.keys().chain(self.removes).chain(self.named).copied())
    }

    fn placeholder_values(&self) -> Attributes {
        let sets = self.sets.iter().map(|(name, value)| (format!(":{name}"), value.clone()));
        let values = self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        sets.chain(values).collect()
    }

    fn conflict(&self) -> LedgerError {
        LedgerError::Conflict { target: self.target.clone() }
    }
}

impl DynamoLedger {
    /// Writes the state alone.
    pub(super) async fn update(&self, write: &StateWrite<'_>) -> Result<(), LedgerError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::state_key(write.target)))
            .update_expression(write.expression())
            .condition_expression(write.condition)
            .set_expression_attribute_names(Some(write.names()))
            .set_expression_attribute_values(Some(write.placeholder_values()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                if write.was_done(failed.item()) { Ok(()) } else { Err(write.conflict()) }
            }
            // A transaction of another attempt is writing this very item. Nothing is broken: that attempt was faster.
            Some(UpdateItemError::TransactionConflictException(_)) => Err(write.conflict()),
            _ => Err(self.call("UpdateItem", Some(write.target)).failed(&error)),
        }
    }

    /// Writes the state and its log, both or neither; a log that is too long for one transaction goes on in further ones.
    pub(super) async fn transact(
        &self,
        write: &StateWrite<'_>,
        owner: &str,
        activities: &[Activity],
    ) -> Result<(), LedgerError> {
        let call = self.call("UpdateItem", Some(write.target)).by("TransactWriteItems");
        let mut lines = Vec::with_capacity(activities.len());
        for (index, activity) in activities.iter().enumerate() {
            lines.push(self.line(&call, item::activity(activity, write.next, index))?);
        }
        let state = Update::builder()
            .table_name(&self.table)
            .set_key(Some(item::state_key(write.target)))
            .update_expression(write.expression())
            .condition_expression(write.condition)
            .set_expression_attribute_names(Some(write.names()))
            .set_expression_attribute_values(Some(write.placeholder_values()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|reason| call.unbuilt(&reason))?;
        let rest = lines.split_off(lines.len().min(ITEMS_A_TRANSACTION - 1));
        let mut items = vec![TransactWriteItem::builder().update(state).build()];
        items.extend(lines);
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token(write.target, owner, write.next, 0))
            .send()
            .await;
        if let Err(error) = answer {
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(call.failed(&error));
            };
            let reasons = cancelled.cancellation_reasons();
            let condition = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed"));
            match condition {
                Some(reason) if write.was_done(reason.item()) => {}
                Some(_) => return Err(write.conflict()),
                None => return Err(call.cancelled(reasons)),
            }
        }
        if !rest.is_empty() {
            self.write_rest(&call, write, owner, rest).await;
        }
        Ok(())
    }

    /// The lines that did not fit beside the state. The state is written by now, and it alone decides what is done next: a failure
    /// here is told and costs lines of the log, it must not make the attempt believe that its memory was not kept.
    async fn write_rest(
        &self,
        call: &Call<'_>,
        write: &StateWrite<'_>,
        owner: &str,
        mut lines: Vec<TransactWriteItem>,
    ) {
        for part in 1..=FURTHER_TRANSACTIONS {
            if lines.is_empty() {
                return;
            }
            let later = lines.split_off(lines.len().min(ITEMS_A_TRANSACTION));
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(std::mem::replace(&mut lines, later)))
                .client_request_token(token(write.target, owner, write.next, part))
                .send()
                .await;
            if let Err(error) = sent {
                let error = match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                        call.cancelled(cancelled.cancellation_reasons())
                    }
                    _ => call.failed(&error),
                };
                tracing::warn!(item = %write.target, part, %error, "lines of the log are lost");
            }
        }
        if !lines.is_empty() {
            tracing::warn!(item = %write.target, lost = lines.len(), "an attempt's log is too long; its end is lost");
        }
    }

    fn line(&self, call: &Call<'_>, attributes: Attributes) -> Result<TransactWriteItem, LedgerError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(attributes))
            .build()
            .map_err(|reason| call.unbuilt(&reason))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn next(call: &Call<'_>, version: u64) -> Result<u64, LedgerError> {
    version.checked_add(1).ok_or_else(|| {
        call.unusable(
            "attribute `version` is at its end, which only an edit can do: set it to a lower number that it never had",
        )
    })
}

fn json(call: &Call<'_>, history: &History) -> Result<String, LedgerError> {
    serde_json::to_string(history)
        .map_err(|reason| call.unusable(&format!("the memory cannot be written as JSON: {reason}")))
}

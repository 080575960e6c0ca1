//! Writes a target's memory under a condition, with its log in one transaction.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use tidegate_policy::record::Activity;
use tidegate_reconcile::port::LedgerError;

use super::DynamoLedger;
use super::item::{self, Attributes};
use super::refusal::Call;
use super::state_write::StateWrite;
use super::token::token;

/// TransactWriteItems' own limit.
const ITEMS_A_TRANSACTION: usize = 100;

/// So many further transactions carry the lines that do not fit beside the state. An attempt has a line for each thing it saw for
/// the first time, so this many only come from an account that is full of foreign records.
const FURTHER_TRANSACTIONS: usize = 4;

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

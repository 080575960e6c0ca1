//! The mailboxes of the channels, in the ledger's table: one item a channel, written by its version.
//!
//! Partition key `target` is `notify#` and the channel's id, which no target can be called; sort key `entry` is `mailbox`. `version` (N) goes up by one
//! with each write, `written_by` (S) is drawn for each write, and `mailbox` (S) is JSON. Nothing expires: a channel that is gone from the policy leaves
//! one item.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use tidegate_notify::channel::ChannelId;
use tidegate_notify::mailbox::Mailbox;
use tidegate_notify::port::{MailboxError, Mailboxes};

use tokio::time::timeout;

use super::call::{CALL, TOO_SLOW};
use crate::failure::{Failure, Operation};

const TARGET: &str = "target";
const ENTRY: &str = "entry";
const VERSION: &str = "version";
const WRITTEN_BY: &str = "written_by";
const MAILBOX: &str = "mailbox";

/// What the partition keys of all mailboxes begin with. The role of `notify` writes no other item.
const PREFIX: &str = "notify#";

/// The table.
#[derive(Clone, Debug)]
pub(super) struct MailboxTable {
    client: Client,
    table: String,
}

impl MailboxTable {
    pub(super) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    fn key(id: &ChannelId) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (TARGET.to_owned(), AttributeValue::S(format!("{PREFIX}{id}"))),
            (ENTRY.to_owned(), AttributeValue::S(MAILBOX.to_owned())),
        ])
    }
}

impl Mailboxes for MailboxTable {
    async fn load(&self, id: &ChannelId) -> Result<(Mailbox, u64), MailboxError> {
        let Self { client, table } = self;
        let get = client
            .get_item()
            .table_name(table)
            .set_key(Some(MailboxTable::key(id)))
            .consistent_read(true)
            .send();
        let sent = timeout(CALL, get).await.map_err(|_| too_slow())?;
        let answer = sent.map_err(|error| unreachable(&Failure::of(Operation::READ_ITEM, &error)))?;
        let Some(item) = answer.item else { return Ok((Mailbox::default(), 0)) };
        let version = item.get(VERSION).and_then(|value| value.as_n().ok()?.parse().ok());
        let text = item.get(MAILBOX).and_then(|value| value.as_s().ok());
        let (Some(version), Some(text)) = (version, text) else {
            return Err(unreadable(id, "it has no `version` or no `mailbox`"));
        };
        let mailbox = serde_json::from_str(text).map_err(|error| unreadable(id, &error.to_string()))?;
        Ok((mailbox, version))
    }

    async fn store(&self, id: &ChannelId, version: u64, mailbox: &Mailbox) -> Result<u64, MailboxError> {
        let Self { client, table } = self;
        let next = version + 1;
        let text = serde_json::to_string(mailbox).map_err(|error| unreadable(id, &error.to_string()))?;
        let written_by = uuid::Uuid::new_v4().to_string();
        let mut item = MailboxTable::key(id);
        item.insert(VERSION.to_owned(), AttributeValue::N(next.to_string()));
        item.insert(WRITTEN_BY.to_owned(), AttributeValue::S(written_by.clone()));
        item.insert(MAILBOX.to_owned(), AttributeValue::S(text));
        let put = client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if version == 0 {
            put.condition_expression("attribute_not_exists(#target)")
                .expression_attribute_names("#target", TARGET)
        } else {
            put.condition_expression("#version = :expected")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":expected", AttributeValue::N(version.to_string()))
        };
        let sent = timeout(CALL, put.send()).await.map_err(|_| too_slow())?;
        let Err(error) = sent else { return Ok(next) };
        match error.as_service_error() {
            // The SDK repeats a call whose answer was lost: what is there may be what this very call wrote.
            Some(PutItemError::ConditionalCheckFailedException(failed))
                if failed.item().and_then(|item| item.get(WRITTEN_BY))
                    == Some(&AttributeValue::S(written_by)) =>
            {
                Ok(next)
            }
            Some(PutItemError::ConditionalCheckFailedException(_)) => Err(MailboxError::Conflict),
            _ => Err(unreachable(&Failure::of(Operation::WRITE_ITEM, &error))),
        }
    }
}

fn too_slow() -> MailboxError {
    MailboxError::Unreachable { words: TOO_SLOW.to_owned() }
}

fn unreachable(failure: &Failure) -> MailboxError {
    MailboxError::Unreachable { words: format!("{}: {}", failure.operation.name, failure.message) }
}

fn unreadable(id: &ChannelId, said: &str) -> MailboxError {
    let words = format!(
        "{said}: look at the item {PREFIX}{id} of the ledger's table, and delete it if nobody can fix it; the channel may then be told again what it knows"
    );
    MailboxError::Unreadable { words }
}

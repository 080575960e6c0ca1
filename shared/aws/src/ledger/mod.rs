//! The ledger in DynamoDB: one item a target, conditional writes, and the target's log beside it.
//!
//! # The table
//!
//! Partition key `target` (S), sort key `entry` (S), TTL attribute `expires_at` (N, epoch seconds). On-demand capacity is enough.
//!
//! The item of a target's memory, `entry = "state"`; it never expires:
//!
//! | attribute | type | what it is |
//! |---|---|---|
//! | `version` | N | goes up by one with every write, from 1 |
//! | `written_by` | S | the attempt that wrote last: how a write whose answer was lost is known again |
//! | `history` | S | the target's memory as JSON text: it grows with serde's defaults, and a person can read it in the console |
//! | `lease_owner` | S | the attempt that holds the lease; absent when it is free |
//! | `lease_until` | N | epoch milliseconds, from when anyone may take the lease; absent when it is free |
//!
//! `lease_until` is a number because the condition compares it inside DynamoDB: as text, RFC 3339 orders times only if every
//! writer of every version keeps to one width of the fraction.
//!
//! A line of the log, `entry = "activity#<at>#<version>#<index>"`, where `at` has milliseconds and the numbers are padded, so that
//! a query returns them in the order of time:
//!
//! | attribute | type | what it is |
//! |---|---|---|
//! | `at` | S | RFC 3339 |
//! | `kind`, `reason` | S | the stable names |
//! | `detail` | S | one sentence |
//! | `expires_at` | N | 90 days after `at` |
//!
//! What was learned of a target's load has items of its own: see `outlook.rs`.
//!
//! # IAM
//!
//! `dynamodb:BatchGetItem`, `dynamodb:UpdateItem` and `dynamodb:PutItem` on the table; `dynamodb:LeadingKeys` may narrow them to the
//! names of the policy's targets.
//!
//! # Answers that are lost
//!
//! The SDK repeats a call whose answer did not come. If the first one was done, the second finds the item changed, by ourselves. A
//! failed condition therefore returns the item, and an item that is exactly what the write would have made of it, by the same
//! attempt and with the next version, is the write's success. Transactions carry a token besides, which DynamoDB honours for ten
//! minutes.

mod item;
mod kept;
mod load;
mod outlook;
mod refusal;
mod state_write;
mod token;
mod write;

use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{Learned, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite};

use crate::clients::CALLS_AT_A_TIME;
use refusal::Call;
use state_write::StateWrite;

/// The ledger in a DynamoDB table. Whatever is not a plain yes or a failed condition is `Unreachable`: nothing is then changed anywhere.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    outlooks: kept::Kept,
}

impl DynamoLedger {
    /// The ledger in this table, by name or ARN. No call is made.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, outlooks: kept::Kept::default() }
    }

    /// What an error of this call is told with.
    fn call<'a>(&'a self, operation: &'static str, target: Option<&'a TargetName>) -> Call<'a> {
        let region = self.client.config().region().map(AsRef::as_ref);
        Call { operation, table: &self.table, region, target }
    }
}

impl Ledger for DynamoLedger {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        self.read_all(targets).await
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let write = StateWrite::claim(&self.call("UpdateItem", Some(target)), target, version, lease, now)?;
        self.update(&write).await?;
        Ok(write.next)
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        let state = StateWrite::store(&self.call("UpdateItem", Some(target)), target, version, write)?;
        if write.activities.is_empty() {
            self.update(&state).await?;
        } else {
            self.transact(&state, write.owner, write.activities).await?;
        }
        Ok(state.next)
    }

    /// A table tells nobody: [`crate::bus::Bus`] does, for whoever has one.
    async fn publish(&self, _: &TargetName, _: &[Notice]) -> Result<usize, LedgerError> {
        Err(LedgerError::Unpublished { message: "a table has no bus".to_owned() })
    }

    async fn outlooks(&self, targets: &[&TargetName]) -> Vec<Learned> {
        let each = stream::iter(targets).map(|target| self.outlook(target));
        each.buffered(CALLS_AT_A_TIME).collect().await
    }

    async fn give_back(&self, target: &TargetName, outlook: Outlook, learned: bool) {
        self.take_back(target, outlook, learned).await;
    }
}

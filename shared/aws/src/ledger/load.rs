//! Reads many targets' memories in as few calls as DynamoDB allows.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::{StreamExt, TryStreamExt, stream};
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{LedgerError, LedgerItem};

use super::DynamoLedger;
use super::item::{self, ATTEMPTED_AT, Attributes, HISTORY, LEASE_OWNER, LEASE_UNTIL, TARGET, VERSION};
use crate::clients::CALLS_AT_A_TIME;

/// BatchGetItem's own limit.
const KEYS_A_CALL: usize = 100;

/// What DynamoDB left unread (throttling, or more than 16 MB) is asked for again this often, after pauses that double.
const ASKED_AGAIN: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

const NEEDED: [&str; 6] = [TARGET, VERSION, LEASE_OWNER, LEASE_UNTIL, HISTORY, ATTEMPTED_AT];

impl DynamoLedger {
    /// Reads these targets' items, in order; one call for up to 100 of them.
    pub(super) async fn read_all(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        // A key that is asked for twice in one call is refused.
        let mut names = targets.to_vec();
        names.sort_unstable();
        names.dedup();
        let chunks = stream::iter(names.chunks(KEYS_A_CALL)).map(|chunk| self.read_chunk(chunk));
        let chunks: Vec<_> = chunks.buffered(CALLS_AT_A_TIME).try_collect().await?;
        let found: HashMap<String, Attributes> = chunks.into_iter().flatten().collect();
        let items = targets.iter().map(|target| {
            let item = found.get(target.as_str()).map_or_else(|| Ok(LedgerItem::default()), item::read);
            item.map_err(|what| LedgerError::Unreachable {
                message: format!("table `{}`: item `{target}`, entry `state`: {what}", self.table),
            })
        });
        Ok(items.collect())
    }

    async fn read_chunk(&self, names: &[TargetName]) -> Result<HashMap<String, Attributes>, LedgerError> {
        let mut found = HashMap::with_capacity(names.len());
        let call = self.call("BatchGetItem", None);
        let projection: Vec<_> = NEEDED.iter().map(|name| format!("#{name}")).collect();
        let mut open: Vec<Attributes> = names.iter().map(item::state_key).collect();
        let mut pause = FIRST_PAUSE;
        for ask in 0..=ASKED_AGAIN {
            if ask > 0 {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(open))
                // An attempt that has just ended wrote the cooldown that this one must keep.
                .consistent_read(true)
                .projection_expression(projection.join(", "))
                .set_expression_attribute_names(Some(item::placeholders(NEEDED)))
                .build()
                .map_err(|reason| call.unbuilt(&reason))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(|error| call.failed(&error))?;
            // One table was asked for, so whatever name the answer gives it does not matter.
            for attributes in answer.responses.into_iter().flatten().flat_map(|(_, items)| items) {
                let Some(AttributeValue::S(name)) = attributes.get(TARGET) else {
                    return Err(call.unusable("an item came without its partition key `target`"));
                };
                found.insert(name.clone(), attributes);
            }
            open = answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys).collect();
            if open.is_empty() {
                return Ok(found);
            }
        }
        Err(call.unusable(&format!(
            "{} of {} items were still not read after {} asks: the table is throttled; give it on-demand capacity or more read units",
            open.len(),
            names.len(),
            ASKED_AGAIN + 1,
        )))
    }
}

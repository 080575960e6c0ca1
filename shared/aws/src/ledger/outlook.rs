//! What was learned of a target's load: an item of its own and one a day of minutes, kept by a warm process between its attempts.
//!
//! `entry = "outlook"` and `entry = "outlook#DAY"`, where DAY counts from the Unix epoch:
//!
//! | attribute | type | what it is |
//! |---|---|---|
//! | `state` | B | the learned state, or a day's minutes (`tidegate_policy::forecast::snapshot`) |
//! | `version` | N | of the first: goes up by one with every write |
//! | `expires_at` | N | of a day: 17 days after it |
//!
//! Whatever cannot be read is learned anew, and whatever cannot be written is written five minutes later: a forecast is never worth a failed
//! attempt.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::snapshot;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::Learned;
use tokio::time::Instant;

use super::DynamoLedger;
use super::item::{Attributes, ENTRY, TARGET, VERSION, number, placeholders, text};
use super::kept::One;

const ENTRY_OF_STATE: &str = "outlook";
const STATE: &str = "state";
const EXPIRES_AT: &str = "expires_at";
const MINUTES_A_DAY: i64 = 1_440;
const SECONDS_A_DAY: i64 = 86_400;
/// Minutes are kept for 15 days, and the oldest day goes as a whole.
const DAYS_KEPT: i64 = 17;
/// What learns in steps of five minutes is written as often.
const WRITTEN_EACH: i64 = 5;
/// A process that was not woken for so long asks the table: another one may have gone on.
const KEPT_FOR: Duration = Duration::from_secs(600);

impl DynamoLedger {
    /// Hands one out: what this process has, else what the table has.
    pub(super) async fn outlook(&self, target: &TargetName) -> Learned {
        let kept = self.outlooks.with(|kept| {
            let one = kept.get_mut(target).filter(|one| one.used.elapsed() < KEPT_FOR)?;
            one.outlook.take()
        });
        if let Some(outlook) = kept {
            return Learned::Known(Box::new(outlook));
        }
        let Some((outlook, version)) = self.read_outlook(target).await else { return Learned::Unread };
        let written = outlook.as_ref().and_then(Outlook::end).unwrap_or(0);
        let one = One { outlook: None, version, written, used: Instant::now() };
        self.outlooks.with(|kept| kept.insert(target.clone(), one));
        outlook.map_or(Learned::Nothing, |outlook| Learned::Known(Box::new(outlook)))
    }

    /// Takes it back, and writes it where five minutes were learned since.
    pub(super) async fn take_back(&self, target: &TargetName, outlook: Outlook, learned: bool) {
        let kept = self.outlooks.with(|kept| kept.get(target).map(|one| (one.version, one.written)));
        let (version, written) = kept.unwrap_or((0, 0));
        let end = outlook.end().unwrap_or(0);
        let due = learned && end.div_euclid(WRITTEN_EACH) > written.div_euclid(WRITTEN_EACH);
        let stored =
            if due { self.write_outlook(target, &outlook, version, written).await } else { Some(version) };
        let Some(now) = stored else {
            // Somebody else wrote it, or nobody can: the table is asked again.
            self.outlooks.with(|kept| kept.remove(target));
            return;
        };
        let written = if due { end } else { written };
        let one = One { outlook: Some(outlook), version: now, written, used: Instant::now() };
        self.outlooks.with(|kept| kept.insert(target.clone(), one));
    }

    /// The state and its days, in one call, with the version; no state if there is none, or none of use. `None` where the table did not answer.
    async fn read_outlook(&self, target: &TargetName) -> Option<(Option<Outlook>, u64)> {
        let today = jiff::Timestamp::now().as_second().div_euclid(SECONDS_A_DAY);
        let days = (today - DAYS_KEPT..=today + 1).map(|day| format!("{ENTRY_OF_STATE}#{day}"));
        let entries = std::iter::once(ENTRY_OF_STATE.to_owned()).chain(days);
        let keys = entries.map(|entry| key(target, entry)).collect();
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .projection_expression(format!("#{ENTRY}, #{STATE}, #{VERSION}"))
            .set_expression_attribute_names(Some(placeholders([ENTRY, STATE, VERSION])))
            .build()
            .ok()?;
        let answer = self.client.batch_get_item().request_items(&self.table, wanted).send().await.ok()?;
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            return None;
        }
        let items: Vec<Attributes> =
            answer.responses.into_iter().flatten().flat_map(|(_, items)| items).collect();
        let (live, days): (Vec<_>, Vec<_>) = items.iter().partition(|item| {
            item.get(ENTRY).and_then(|entry| entry.as_s().ok()).is_some_and(|entry| entry == ENTRY_OF_STATE)
        });
        let Some(live) = live.first() else { return Some((None, 0)) };
        let version = live.get(VERSION).and_then(|version| version.as_n().ok()?.parse().ok()).unwrap_or(0);
        let days: Vec<&[u8]> = days.into_iter().filter_map(state).collect();
        let outlook = state(live).and_then(|live| {
            let shape = snapshot::stored_shape(live).ok()?;
            snapshot::decode(live, &days, shape).ok()
        });
        Some((outlook, version))
    }

    /// Writes the days that changed, and then the state that follows from them. The new version; none if it was not written.
    async fn write_outlook(
        &self,
        target: &TargetName,
        outlook: &Outlook,
        version: u64,
        written: i64,
    ) -> Option<u64> {
        let since = written.div_euclid(MINUTES_A_DAY);
        for day in snapshot::days(outlook).filter(|day| *day >= since) {
            let minutes = snapshot::encode_day(outlook, day)?;
            let mut item = key(target, format!("{ENTRY_OF_STATE}#{day}"));
            item.insert(STATE.to_owned(), AttributeValue::B(Blob::new(minutes)));
            item.insert(EXPIRES_AT.to_owned(), number((day + DAYS_KEPT) * SECONDS_A_DAY));
            self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await.ok()?;
        }
        let next = version + 1;
        let mut item = key(target, ENTRY_OF_STATE.to_owned());
        item.insert(STATE.to_owned(), AttributeValue::B(Blob::new(snapshot::encode(outlook))));
        item.insert(VERSION.to_owned(), number(next));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists(#{ENTRY}) OR #{VERSION} = :{VERSION}"))
            .set_expression_attribute_names(Some(placeholders([ENTRY, VERSION])))
            .set_expression_attribute_values(Some(HashMap::from([(format!(":{VERSION}"), number(version))])));
        match put.send().await {
            Ok(_) => Some(next),
            Err(error) => {
                let code =
                    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("no answer");
                lambda_runtime::tracing::warn!(
                    "PutItem on table `{}` for target `{target}`: what was learned of its load was not written ({code}); it is in five minutes",
                    self.table
                );
                None
            }
        }
    }
}

fn key(target: &TargetName, entry: String) -> Attributes {
    Attributes::from([(TARGET.to_owned(), text(target.as_str())), (ENTRY.to_owned(), text(entry))])
}

fn state(item: &Attributes) -> Option<&[u8]> {
    item.get(STATE)?.as_b().ok().map(AsRef::as_ref)
}

//! The stack's bus: each decision, step, alert and recovery as one event of EventBridge.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::DateTime;
use tidegate_notify::deployment::Deployment;
use tidegate_notify::event::{Event, EventKind, SOURCE, Version};
use tidegate_policy::history::{Notice, NoticeKind};
use tidegate_policy::names::TargetName;

use crate::failure::{Failure, Operation};

/// PutEvents takes so many (API reference). Ten events of ours have at most some 90 kB; it takes 1 MB, and targets hold 256 kB.
const ENTRIES: usize = 10;

/// A bus, by ARN. A name that no bus has *succeeds* at EventBridge, so that none is ever typed.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    arn: String,
}

impl Bus {
    /// The bus of this ARN. No call is made.
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }

    /// Puts events, in their order. Returns how many of the first were taken; what was taken beyond the first that was not is put again with it, and its
    /// number shows that it is the same.
    ///
    /// # Errors
    /// Why the first was not taken.
    pub async fn put(&self, events: &[Event]) -> Result<usize, String> {
        let mut taken = 0;
        for some in events.chunks(ENTRIES) {
            match self.put_some(some).await {
                Ok(count) if count == some.len() => taken += count,
                Ok(count) => return Ok(taken + count),
                Err(why) if taken == 0 => return Err(why),
                Err(_) => return Ok(taken),
            }
        }
        Ok(taken)
    }

    async fn put_some(&self, events: &[Event]) -> Result<usize, String> {
        let entries = events.iter().map(|event| self.entry(event)).collect::<Result<Vec<_>, _>>()?;
        let sent = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| Failure::of(Operation::PUT_EVENTS, &error).message)?;
        // 200 says nothing of the entries.
        let failed = answer.entries().iter().position(|entry| entry.error_code().is_some());
        match failed {
            None if answer.failed_entry_count() == 0 => Ok(events.len()),
            None => Err("EventBridge counted failed entries and named none".to_owned()),
            Some(0) => {
                let entry = &answer.entries()[0];
                let said = entry.error_message().unwrap_or("without a message");
                Err(format!("{}: {said}", entry.error_code().unwrap_or_default()))
            }
            Some(place) => Ok(place),
        }
    }

    fn entry(&self, event: &Event) -> Result<PutEventsRequestEntry, String> {
        let detail = event.to_json().map_err(|error| error.to_string())?;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.arn)
            .source(SOURCE)
            .detail_type(event.kind.detail_type())
            .time(DateTime::from_millis(event.at.as_millisecond()))
            .detail(detail)
            .build())
    }
}

/// What waits in a target's outbox, as the event that is published. `logs` is the group in which the function writes its lines.
pub fn event(notice: &Notice, target: &TargetName, deployment: &Deployment, logs: &str) -> Event {
    let Deployment { stage, account, region, policy } = deployment.clone();
    Event {
        version: Version,
        kind: match notice.kind {
            NoticeKind::Decision => EventKind::Decision,
            NoticeKind::Step => EventKind::Step,
            NoticeKind::Alert => EventKind::Alert,
            NoticeKind::Recovery => EventKind::Recovery,
        },
        stage,
        target: target.clone(),
        reason: notice.reason.code().to_owned(),
        severity: notice.severity(),
        sentence: notice.detail.clone(),
        numbers: notice.numbers.clone(),
        doing: notice.doing(),
        since: notice.since,
        at: notice.at,
        edge: notice.number,
        policy,
        account,
        region,
        command: format!("aws logs tail {logs} --since 1h --filter-pattern '{{ $.Target = \"{target}\" }}'"),
    }
    .bounded()
}

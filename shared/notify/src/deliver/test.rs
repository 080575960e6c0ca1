//! A test of one channel, for a person who set it up: what is sent is marked as a test, and what was answered is told.

use serde::Serialize;
use tidegate_policy::severity::Severity;

use super::overheard::Overheard;
use super::send::{Key, Parcel, send};
use crate::channel::{Channel, ChannelId};
use crate::deployment::{Deployment, stack};
use crate::endpoint::address::Private;
use crate::event::{Event, EventKind, Version};
use crate::mailbox::Content;
use crate::port::{Which, World};
use crate::verdict::Verdict;

/// The reason of a test. No alert has it.
const REASON: &str = "channel_test";

/// What a channel answered to a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replied {
    /// Which.
    pub channel: ChannelId,
    /// Whether it took the test.
    pub taken: bool,
    /// What it answered, in words without addresses and keys: `hooks.slack.com answered 200: ok`.
    pub reply: String,
}

impl Replied {
    pub(super) fn cut_off(channel: &Channel) -> Self {
        let reply = "no answer before the function's time was over".to_owned();
        Self { channel: channel.id.clone(), taken: false, reply }
    }
}

/// Where people or endpoints read it, one step, which opens nothing. Where alarms alone are shown, an alert of no urgency and at once its recovery.
pub(super) async fn test<W: World>(
    world: &W,
    channel: &Channel,
    deployment: &Deployment,
    private: Private,
) -> Replied {
    let (taken, reply) = match try_all(world, channel, deployment, private).await {
        Ok(reply) => (true, reply),
        Err(reply) => (false, reply),
    };
    Replied { channel: channel.id.clone(), taken, reply }
}

async fn try_all<W: World>(
    world: &W,
    channel: &Channel,
    deployment: &Deployment,
    private: Private,
) -> Result<String, String> {
    let secret = match channel.way.secret() {
        Some(name) => {
            let secret = world.read(name, Which::Newest, true).await;
            Some(secret.map_err(|error| format!("{name}: {error}"))?)
        }
        None => None,
    };
    let key = Key::read(&channel.way, secret.as_ref())?;
    let kinds: &[EventKind] = if channel.way.takes_notices() {
        &[EventKind::Step]
    } else {
        &[EventKind::Alert, EventKind::Recovery]
    };
    let overheard = Overheard::new(world, secret.as_ref().map_or("", |secret| &secret.text));
    for kind in kinds {
        let content = Content::Event(Box::new(event(*kind, deployment, world)));
        let parcel = Parcel { content: &content, thread: None, tries: 1, private };
        match send(&overheard, &key, parcel).await {
            Verdict::Delivered { .. } => {}
            Verdict::Retry { why, .. } | Verdict::Refused { why, .. } => return Err(why.to_string()),
        }
    }
    Ok(overheard.last().unwrap_or_else(|| "taken".to_owned()))
}

fn event<W: World>(kind: EventKind, deployment: &Deployment, world: &W) -> Event {
    let now = world.now();
    Event {
        version: Version,
        kind,
        stage: deployment.stage.clone(),
        target: stack(),
        reason: REASON.to_owned(),
        severity: Severity::Info,
        sentence: "This is a test of the channel: nothing is wrong.".to_owned(),
        numbers: Vec::new(),
        doing: None,
        since: now,
        at: now,
        edge: u64::try_from(now.as_millisecond()).unwrap_or_default()
            + u64::from(kind == EventKind::Recovery),
        policy: deployment.policy.clone(),
        account: deployment.account.clone(),
        region: deployment.region.clone(),
        command: "invoke the function notify with {\"test\": true}".to_owned(),
    }
}

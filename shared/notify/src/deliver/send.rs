//! One message on its way to one channel: which key, which body, and what the answer means. It knows no mailbox.

use tidegate_policy::names::SlackChannel;
use tidegate_policy::policy::PagerDutyRegion;
use url::Url;

use crate::channel::Way;
use crate::endpoint::address::Private;
use crate::endpoint::url::checked;
use crate::event::Event;
use crate::mailbox::Content;
use crate::pagerduty::region::Region;
use crate::pagerduty::routing_key::RoutingKey;
use crate::port::{Answered, Clock, Post, Request, Secret, Topic, Topics, Unanswered};
use crate::redact::failure;
use crate::retry;
use crate::slack::blocks::Message;
use crate::slack::credential::Credential;
use crate::verdict::{Answer, Sent, Verdict};
use crate::{alarm, amazon_q, endpoint, pagerduty, slack};

/// `chat.postMessage` (docs.slack.dev).
const SLACK_API: &str = "https://slack.com/api/chat.postMessage";

const JSON: &str = "application/json; charset=utf-8";

/// What a secret turned out to be.
#[derive(Debug)]
pub(super) enum Key {
    Webhook(Url),
    Bot { token: String, channel: SlackChannel },
    PagerDuty { key: RoutingKey, region: Region },
    Https(Url),
    Topic(Topic),
}

impl Key {
    /// The key of a channel, or why its secret is none. The words quote no secret.
    pub(super) fn read(way: &Way, secret: Option<&Secret>) -> Result<Key, String> {
        let text = secret.map_or("", |secret| secret.text.as_str());
        match way {
            Way::Slack { id, .. } => match (Credential::read(text).map_err(|error| error.to_string())?, id) {
                (Credential::Webhook(url), None) => Ok(Key::Webhook(url)),
                (Credential::Bot(token), Some(channel)) => Ok(Key::Bot { token, channel: channel.clone() }),
                (Credential::Webhook(_), Some(_)) => {
                    Err("this is the address of a webhook, which has one channel: \
                    remove channel_id from the policy, or store the token of a bot"
                        .to_owned())
                }
                (Credential::Bot(_), None) => {
                    Err("this is the token of a bot: write into the policy the channel_id that it writes to"
                        .to_owned())
                }
            },
            Way::PagerDuty { region, .. } => {
                let key = RoutingKey::read(text).map_err(|error| error.to_string())?;
                let region = match region {
                    PagerDutyRegion::Us => Region::Us,
                    PagerDutyRegion::Eu => Region::Eu,
                };
                Ok(Key::PagerDuty { key, region })
            }
            Way::Https { .. } => checked(text).map(Key::Https).map_err(|error| error.to_string()),
            Way::AmazonQ => Ok(Key::Topic(Topic::AmazonQ)),
            Way::Critical => Ok(Key::Topic(Topic::Critical)),
            Way::Warning => Ok(Key::Topic(Topic::Warning)),
        }
    }
}

/// What is sent.
#[derive(Clone, Copy)]
pub(super) struct Parcel<'a> {
    pub(super) content: &'a Content,
    pub(super) thread: Option<&'a str>,
    pub(super) tries: u32,
    pub(super) private: Private,
}

/// Sends it once.
pub(super) async fn send<W: Post + Topics + Clock>(world: &W, key: &Key, parcel: Parcel<'_>) -> Verdict {
    match key {
        Key::Webhook(url) => {
            let host = url.host_str().unwrap_or_default();
            let sent = Sent { host, secrets: &[url.as_str()], tries: parcel.tries };
            let body = slack_message(parcel.content).for_webhook();
            post(world, url, Vec::new(), Some(body), parcel, &sent, slack::verdict::of_webhook).await
        }
        Key::Bot { token, channel } => {
            let sent = Sent { host: "slack.com", secrets: &[token], tries: parcel.tries };
            let body = slack_message(parcel.content).for_channel(channel.as_str(), parcel.thread);
            let bearer = vec![("authorization", format!("Bearer {token}"))];
            to_fixed(world, SLACK_API, bearer, Some(body), parcel, &sent, slack::verdict::of_web_api).await
        }
        Key::PagerDuty { key, region } => {
            let sent = Sent { host: region.host(), secrets: &[key.secret()], tries: parcel.tries };
            let body = parcel.content.event().and_then(|event| pagerduty::event::body(event, key));
            to_fixed(world, region.enqueue(), Vec::new(), body, parcel, &sent, pagerduty::verdict::of).await
        }
        Key::Https(url) => {
            let host = url.host_str().unwrap_or_default();
            let sent = Sent { host, secrets: &[url.as_str()], tries: parcel.tries };
            let body = match parcel.content {
                Content::Event(event) => endpoint::post::body(event),
                Content::Notice(notice) => Some(endpoint::post::notice(notice)),
            };
            post(world, url, Vec::new(), body, parcel, &sent, endpoint::post::verdict).await
        }
        Key::Topic(topic) => publish(world, *topic, parcel).await,
    }
}

fn slack_message(content: &Content) -> Message {
    match content {
        Content::Event(event) => slack::message::message(event),
        Content::Notice(notice) => slack::message::notice(notice),
    }
}

type Judge = fn(&Answer<'_>, &Sent<'_>, jiff::Timestamp) -> Verdict;

/// To an address that stands here.
async fn to_fixed<W: Post + Clock>(
    world: &W,
    address: &str,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    parcel: Parcel<'_>,
    sent: &Sent<'_>,
    judge: Judge,
) -> Verdict {
    match checked(address) {
        Ok(url) => post(world, &url, headers, body, parcel, sent, judge).await,
        Err(error) => refused(sent.host, &error.to_string()),
    }
}

async fn post<W: Post + Clock>(
    world: &W,
    url: &Url,
    mut headers: Vec<(&'static str, String)>,
    body: Option<String>,
    parcel: Parcel<'_>,
    sent: &Sent<'_>,
    judge: Judge,
) -> Verdict {
    let Some(body) = body else {
        return refused(sent.host, "this channel is sent alerts and recoveries alone");
    };
    headers.push(("content-type", JSON.to_owned()));
    match world.post(Request { url, headers, body, private: parcel.private }).await {
        Ok(Answered { status, retry_after, body }) => {
            let headers: Vec<(&str, &str)> =
                retry_after.as_deref().map(|said| ("retry-after", said)).into_iter().collect();
            judge(&Answer { status, headers: &headers, body: &body }, sent, world.now())
        }
        Err(Unanswered::Unreached(why)) => sent.unreached(why, world.now()),
        Err(Unanswered::Unfit(why)) => refused(sent.host, &why.to_string()),
    }
}

async fn publish<W: Topics + Clock>(world: &W, topic: Topic, parcel: Parcel<'_>) -> Verdict {
    let of_alarm = |event: &Event| alarm::notification(event, world.arn(topic));
    let (subject, message) = match (topic, parcel.content) {
        (Topic::AmazonQ, Content::Event(event)) => (None, amazon_q::message(event)),
        (Topic::AmazonQ, Content::Notice(notice)) => (None, amazon_q::notice(notice)),
        (Topic::Critical | Topic::Warning, content) => {
            let alarm = content.event().and_then(of_alarm);
            alarm.map_or((None, None), |alarm| (Some(alarm.subject), Some(alarm.message)))
        }
    };
    let host = match topic {
        Topic::Critical => "the topic critical",
        Topic::Warning => "the topic warning",
        Topic::AmazonQ => "the topic of Amazon Q",
    };
    let Some(message) = message else {
        return refused(host, "this topic is sent alerts and recoveries alone");
    };
    match world.publish(topic, subject.as_deref(), &message).await {
        Ok(()) => Verdict::Delivered { reference: None },
        Err(error) if error.passing => Verdict::Retry {
            not_before: retry::not_before(None, parcel.tries, world.now()),
            why: failure(host, None, &error.words, &[]),
        },
        Err(error) => refused(host, &error.words),
    }
}

fn refused(host: &str, words: &str) -> Verdict {
    Verdict::Refused { why: failure(host, None, words, &[]), secret_may_be_old: false }
}

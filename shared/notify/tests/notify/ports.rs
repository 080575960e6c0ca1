//! The ports on the world of fakes.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use tidegate_notify::channel::ChannelId;
use tidegate_notify::endpoint::address::refused;
use tidegate_notify::mailbox::Mailbox;
use tidegate_notify::port::{
    Answered, Clock, MailboxError, Mailboxes, Post, Request, Secret, SecretError, Secrets, Topic, Topics,
    Unanswered, Unpublished, Which,
};
use tidegate_notify::verdict::Unreached;
use tidegate_policy::names::ParameterName;

use crate::world::{Death, Posted, Reply, World};

impl Mailboxes for World {
    async fn load(&self, id: &ChannelId) -> Result<(Mailbox, u64), MailboxError> {
        let number = self.begin(format!("load {id}")).await;
        self.die(Death::After(number)).await;
        let state = self.0.borrow();
        if state.table_fails {
            return Err(MailboxError::Unreachable { words: "ProvisionedThroughputExceeded".to_owned() });
        }
        let item = state.boxes.get(id.as_str());
        Ok(item
            .map_or_else(Default::default, |(json, version)| (serde_json::from_str(json).unwrap(), *version)))
    }

    async fn store(&self, id: &ChannelId, version: u64, mailbox: &Mailbox) -> Result<u64, MailboxError> {
        let number = self.begin(format!("store {id}")).await;
        let stored = {
            let mut state = self.0.borrow_mut();
            let found = state.boxes.get(id.as_str()).map_or(0, |(_, version)| *version);
            if state.table_fails {
                Err(MailboxError::Unreachable { words: "InternalServerError".to_owned() })
            } else if found == version {
                let json = serde_json::to_string(mailbox).unwrap();
                assert!(json.len() < 300_000, "{} bytes", json.len());
                state.boxes.insert(id.as_str().to_owned(), (json, version + 1));
                Ok(version + 1)
            } else {
                Err(MailboxError::Conflict)
            }
        };
        self.die(Death::After(number)).await;
        stored
    }
}

impl Secrets for World {
    async fn read(&self, name: &ParameterName, which: Which, fresh: bool) -> Result<Secret, SecretError> {
        let number = self.begin(format!("read {name}{}", if fresh { " anew" } else { "" })).await;
        self.die(Death::After(number)).await;
        let mut state = self.0.borrow_mut();
        let missing = || SecretError::Missing { words: "ParameterNotFound".to_owned() };
        let versions = state.secrets.get(name.as_str()).cloned().ok_or_else(missing)?;
        let newest = versions.len() as u64;
        let version = match which {
            Which::Number(version) => version,
            Which::Newest if fresh => {
                state.cached.insert(name.to_string(), newest);
                newest
            }
            Which::Newest => *state.cached.entry(name.to_string()).or_insert(newest),
        };
        let text = versions.get(usize::try_from(version).unwrap() - 1).cloned();
        let text = text.filter(|text| !text.is_empty()).ok_or_else(missing)?;
        Ok(Secret { text, version })
    }
}

impl Post for World {
    async fn post(&self, request: Request<'_>) -> Result<Answered, Unanswered> {
        let host = request.url.host_str().unwrap().to_owned();
        let number = self.begin(format!("post {host}")).await;
        let reply = {
            let mut state = self.0.borrow_mut();
            let next = state.replies.get_mut(&host).and_then(VecDeque::pop_front);
            let reply = next.unwrap_or_else(|| state.always[&host].clone());
            let shown =
                matches!(reply, Reply::Says(200..=299, ..) | Reply::TakesItsTime(_) | Reply::ShowsAndIsLost);
            let Request { url, headers, body, .. } = request.clone();
            state.posts.push(Posted { url: url.to_string(), headers, body, shown });
            reply
        };
        self.die(Death::After(number)).await;
        match reply {
            Reply::Says(status, retry_after, body) => {
                Ok(Answered { status, retry_after: retry_after.map(str::to_owned), body })
            }
            Reply::TakesItsTime(seconds) => {
                self.0.borrow_mut().now += SignedDuration::from_secs(seconds);
                Ok(Answered { status: 200, retry_after: None, body: "ok".to_owned() })
            }
            Reply::ShowsAndIsLost | Reply::TimesOut => {
                self.0.borrow_mut().now += SignedDuration::from_secs(5);
                Err(Unanswered::Unreached(Unreached::TimedOut))
            }
            Reply::IsInside => {
                let inside = refused("10.0.0.7".parse().unwrap(), request.private).unwrap_err();
                Err(Unanswered::Unfit(inside.into()))
            }
            Reply::Hangs => pending().await,
        }
    }
}

impl Topics for World {
    fn arn(&self, topic: Topic) -> &str {
        match topic {
            Topic::Critical => "arn:aws:sns:eu-west-1:123456789012:tidegate-production-critical",
            Topic::Warning => "arn:aws:sns:eu-west-1:123456789012:tidegate-production-warning",
            Topic::AmazonQ => "arn:aws:sns:eu-west-1:123456789012:tidegate-production-amazon-q",
        }
    }

    async fn publish(&self, topic: Topic, subject: Option<&str>, message: &str) -> Result<(), Unpublished> {
        let number = self.begin(format!("publish {topic:?}")).await;
        let fails = self.0.borrow().topic_fails.clone();
        if fails.is_none() {
            let published = (topic, subject.map(str::to_owned), message.to_owned());
            self.0.borrow_mut().published.push(published);
        }
        self.die(Death::After(number)).await;
        fails.map_or(Ok(()), Err)
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    async fn sleep_until(&self, at: Timestamp) {
        poll_fn(|_| {
            let mut state = self.0.borrow_mut();
            if state.now >= at {
                return Poll::Ready(());
            }
            state.sleepers.push(at);
            Poll::Pending
        })
        .await;
    }
}

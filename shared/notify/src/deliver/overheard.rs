//! The ports of a test, which keep what was answered last: a verdict says that a channel took a message, and a person also wants to read its own word.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::port::{Answered, Clock, Post, Request, Topic, Topics, Unanswered, Unpublished};
use crate::redact::failure;

/// A world whose answers are kept, in words without addresses and keys.
pub(super) struct Overheard<'a, W> {
    world: &'a W,
    /// What the channel's parameter holds.
    secret: &'a str,
    last: Mutex<Option<String>>,
}

impl<'a, W> Overheard<'a, W> {
    pub(super) fn new(world: &'a W, secret: &'a str) -> Self {
        Self { world, secret, last: Mutex::new(None) }
    }

    /// What was answered last: `hooks.slack.com answered 200: ok`.
    pub(super) fn last(self) -> Option<String> {
        self.last.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, words: String) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }
}

impl<W: Post> Post for Overheard<'_, W> {
    async fn post(&self, request: Request<'_>) -> Result<Answered, Unanswered> {
        let url = request.url;
        let answered = self.world.post(request).await?;
        let secrets = [url.as_str(), self.secret];
        let secrets = if self.secret.is_empty() { &secrets[..1] } else { &secrets[..] };
        let host = url.host_str().unwrap_or_default();
        self.keep(failure(host, Some(answered.status), &answered.body, secrets).to_string());
        Ok(answered)
    }
}

impl<W: Topics> Topics for Overheard<'_, W> {
    fn arn(&self, topic: Topic) -> &str {
        self.world.arn(topic)
    }

    async fn publish(&self, topic: Topic, subject: Option<&str>, message: &str) -> Result<(), Unpublished> {
        self.world.publish(topic, subject, message).await?;
        self.keep("SNS took it".to_owned());
        Ok(())
    }
}

impl<W: Clock> Clock for Overheard<'_, W> {
    fn now(&self) -> Timestamp {
        self.world.now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.world.sleep_until(at).await;
    }
}

//! What delivers alerts, on AWS: mailboxes in the ledger's table, secrets of Systems Manager, topics of SNS, and posts over HTTPS.

mod call;
mod mailboxes;
mod post;
mod resolver;
mod secrets;
mod topics;

use jiff::Timestamp;
use tidegate_notify::channel::ChannelId;
use tidegate_notify::mailbox::Mailbox;
use tidegate_notify::port::{
    Answered, Clock, MailboxError, Mailboxes, Post, Request, Secret, SecretError, Secrets, Topic, Topics,
    Unanswered, Unpublished, Which,
};
use tidegate_policy::names::ParameterName;

use self::mailboxes::MailboxTable;
use self::post::Poster;
use self::secrets::ParameterSecrets;
use self::topics::SnsTopics;
pub use self::topics::TopicArns;
use crate::clients::Clients;

/// All ports of the delivery, as the function `notify` has them.
#[derive(Debug)]
pub struct Ports {
    mailboxes: MailboxTable,
    secrets: ParameterSecrets,
    poster: Poster,
    topics: SnsTopics,
}

impl Ports {
    /// With the ledger's table, the topics of the stack and, for stand-ins alone, the address that everything is posted to. No call is made.
    pub fn new(clients: &Clients, table: String, topics: TopicArns, stand_in: Option<String>) -> Self {
        Self {
            mailboxes: MailboxTable::new(clients.dynamodb.clone(), table),
            secrets: ParameterSecrets::new(clients.ssm.clone()),
            poster: Poster::new(stand_in),
            topics: SnsTopics::new(clients.sns().clone(), topics),
        }
    }
}

impl Clock for Ports {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let left = at.duration_since(Timestamp::now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
    }
}

impl Mailboxes for Ports {
    async fn load(&self, id: &ChannelId) -> Result<(Mailbox, u64), MailboxError> {
        self.mailboxes.load(id).await
    }

    async fn store(&self, id: &ChannelId, version: u64, mailbox: &Mailbox) -> Result<u64, MailboxError> {
        self.mailboxes.store(id, version, mailbox).await
    }
}

impl Secrets for Ports {
    async fn read(&self, name: &ParameterName, which: Which, fresh: bool) -> Result<Secret, SecretError> {
        self.secrets.read(name, which, fresh).await
    }
}

impl Post for Ports {
    async fn post(&self, request: Request<'_>) -> Result<Answered, Unanswered> {
        self.poster.post(request).await
    }
}

impl Topics for Ports {
    fn arn(&self, topic: Topic) -> &str {
        self.topics.arn(topic)
    }

    async fn publish(&self, topic: Topic, subject: Option<&str>, message: &str) -> Result<(), Unpublished> {
        self.topics.publish(topic, subject, message).await
    }
}

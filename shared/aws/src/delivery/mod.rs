//! What delivers alerts, on AWS: mailboxes in the ledger's table, secrets of Systems Manager, topics of SNS, and posts over HTTPS.

mod mailboxes;
mod post;
mod resolver;
mod secrets;
mod topics;

use std::time::Duration;

use jiff::Timestamp;
use tidegate_notify::port::Clock;

use self::mailboxes::MailboxTable;
use self::post::Poster;
use self::secrets::ParameterSecrets;
use self::topics::SnsTopics;
pub use self::topics::TopicArns;
use crate::clients::Clients;

/// One read or write. The delivery gives a letter the time of four of them and two posts ([`tidegate_notify::deliver::A_LETTER`]).
const CALL: Duration = Duration::from_millis(2_500);

/// What a call that takes longer is told by.
const TOO_SLOW: &str = "no answer within 2.5 s";

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

//! The topics of the stack: what people and PagerDuty subscribe to, and what Amazon Q Developer listens to.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use tidegate_notify::port::{PUBLISHED, Topic, Topics, Unpublished};

use tokio::time::timeout;

use super::call::{CALL, TOO_SLOW};
use crate::failure::{Failure, Operation, Sorting};

/// The topics, by ARN, as the stack tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicArns {
    /// Critical alarms.
    pub critical: String,
    /// Warnings.
    pub warning: String,
    /// Amazon Q Developer's notifications.
    pub amazon_q: String,
}

/// SNS.
#[derive(Clone, Debug)]
pub(super) struct SnsTopics {
    client: Client,
    arns: TopicArns,
}

impl SnsTopics {
    pub(super) fn new(client: Client, arns: TopicArns) -> Self {
        Self { client, arns }
    }
}

impl Topics for SnsTopics {
    fn arn(&self, topic: Topic) -> &str {
        let TopicArns { critical, warning, amazon_q } = &self.arns;
        match topic {
            Topic::Critical => critical,
            Topic::Warning => warning,
            Topic::AmazonQ => amazon_q,
        }
    }

    async fn publish(&self, topic: Topic, subject: Option<&str>, message: &str) -> Result<(), Unpublished> {
        let (name, value) = PUBLISHED;
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let attribute =
            attribute.map_err(|error| Unpublished { passing: false, words: error.to_string() })?;
        let client = &self.client;
        let publish = client
            .publish()
            .topic_arn(self.arn(topic))
            .set_subject(subject.map(str::to_owned))
            .message(message)
            .message_attributes(name, attribute)
            .send();
        let too_slow = |_| Unpublished { passing: true, words: TOO_SLOW.to_owned() };
        let sent = timeout(CALL, publish).await.map_err(too_slow)?;
        sent.map(drop).map_err(|error| {
            let failure = Failure::of(Operation::PUBLISH, &error);
            // What SNS says of the message, the topic or the role stays so.
            let passing = matches!(failure.sorting, Sorting::RetryNow | Sorting::RetryNextWake);
            Unpublished { passing, words: failure.message }
        })
    }
}

//! A scenario's stage for what tells people: an account with topics, a bus and secrets, a stand-in for the channels, and the binary `notify`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use xmltree::Element;

use crate::account::{Account, REGION, TABLE};
use crate::channels::Channels;
use crate::clock::Clock;
use crate::form::{self, SNS};
use crate::function::{Function, Invocation, notify};
use crate::json;
use crate::stand_ins::ministack;

/// The stage.
pub const STAGE: &str = "wire";

/// A policy with a service, and who is told of it.
const POLICY: &str = r#"
[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 1
max = 3
scale_out = ["cpu > 70% for 5m"]
scale_in = ["cpu < 40% for 15m"]

[[notify]]
channel = "slack"
secret  = "ssm:/wire/slack"

[[notify]]
channel = "pagerduty"
secret  = "ssm:/wire/pagerduty"
"#;

/// An address as Slack gives it, and a routing key as PagerDuty does.
pub const WEBHOOK: &str = "https://hooks.slack.com/services/T0000/B0000/aVerySecretWord";
/// See [`WEBHOOK`].
pub const ROUTING_KEY: &str = "0123456789abcdef0123456789abcdef";

/// See the module's first line.
pub struct Messenger {
    /// Straight to the stand-in.
    pub account: Account,
    /// Moved by the scenario.
    pub clock: Arc<Clock>,
    /// What stands in for the channels.
    pub channels: Channels,
    topics: [String; 3],
    queue: String,
    folder: TempDir,
    function: Option<Function>,
}

impl Messenger {
    /// With both secrets, and a queue that gets what is published on the topics.
    pub fn new() -> Self {
        let account = Account::new();
        let topics = ["critical", "warning", "amazon-q"].map(|name| topic(&account, name));
        let queue = queue(&account, "told");
        let (_, arn) = (&queue, format!("arn:aws:sqs:{REGION}:{}:told", account.key()));
        for topic in &topics {
            let fields = [("TopicArn", topic.as_str()), ("Protocol", "sqs"), ("Endpoint", arn.as_str())];
            form::ask(SNS, ministack(), account.key(), "Subscribe", &fields).expect("a queue can subscribe");
        }
        let folder = TempDir::with_prefix("tidegate-messenger-").expect("a folder for the policy");
        let messenger = Self {
            account,
            clock: Arc::new(Clock::start()),
            channels: Channels::start(),
            topics,
            queue,
            folder,
            function: None,
        };
        messenger.policy(POLICY);
        messenger.secret("/wire/slack", WEBHOOK);
        messenger.secret("/wire/pagerduty", ROUTING_KEY);
        messenger
    }

    /// Another policy document, from the binary's next start.
    pub fn policy(&self, text: &str) {
        std::fs::write(self.folder.path().join("policy.toml"), text).expect("the folder is ours");
    }

    /// Writes a secret, anew if it is there.
    pub fn secret(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        json::ask(ministack(), self.account.key(), "SSM.PutParameter", &body)
            .expect("a parameter can be written");
    }

    /// Takes one away.
    pub fn without_secret(&self, name: &str) {
        json::ask(ministack(), self.account.key(), "SSM.DeleteParameter", &json!({"Name": name}))
            .expect("it was there");
    }

    /// Ends the process; the next event starts a new one, as a cold start does.
    pub fn restart(&mut self) {
        self.function = None;
    }

    /// Hands this event to the binary.
    pub fn invoke(&mut self, event: &Value) -> Invocation {
        let variables = [
            ("AWS_ENDPOINT_URL", ministack().to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", self.account.key().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("TIDEGATE_POLICY", format!("file:{}", self.folder.path().join("policy.toml").display())),
            ("TIDEGATE_LEDGER_TABLE", TABLE.to_owned()),
            ("TIDEGATE_STAGE", STAGE.to_owned()),
            ("TIDEGATE_CRITICAL_TOPIC", self.topics[0].clone()),
            ("TIDEGATE_WARNING_TOPIC", self.topics[1].clone()),
            ("TIDEGATE_AMAZON_Q_TOPIC", self.topics[2].clone()),
            ("TIDEGATE_CHANNELS", self.channels.url()),
        ];
        let clock = self.clock.clone();
        let function = self.function.get_or_insert_with(|| Function::spawn(&notify(), &clock, &variables));
        function.invoke(&clock, &event.to_string(), Duration::from_secs(60))
    }

    /// All that the binary wrote since its start.
    pub fn said(&self) -> String {
        self.function.as_ref().map(Function::said).unwrap_or_default()
    }

    /// The ARN of the topic of critical alarms.
    pub fn critical(&self) -> &str {
        &self.topics[0]
    }

    /// What was published on the topics since this was last asked: each with its subject.
    pub fn published(&self) -> Vec<(String, Value)> {
        let key = self.account.key();
        let mut all = Vec::new();
        loop {
            let body = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10});
            let answer =
                json::ask(ministack(), key, "SQS.ReceiveMessage", &body).expect("a queue can be read");
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return all;
            }
            for message in messages {
                let envelope: Value = text(&message["Body"]);
                let subject = envelope["Subject"].as_str().unwrap_or_default().to_owned();
                all.push((subject, text(&envelope["Message"])));
                let gone = json!({"QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"]});
                json::ask(ministack(), key, "SQS.DeleteMessage", &gone).expect("a message can be deleted");
            }
        }
    }
}

impl Default for Messenger {
    fn default() -> Self {
        Self::new()
    }
}

/// JSON in a text.
fn text(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

fn topic(account: &Account, name: &str) -> String {
    let made = form::ask(SNS, ministack(), account.key(), "CreateTopic", &[("Name", name)]);
    let made = made.expect("a topic can be made");
    let arn = made.get_child("CreateTopicResult").and_then(|result| result.get_child("TopicArn"));
    arn.and_then(Element::get_text).expect("a topic has an ARN").into_owned()
}

/// A queue, by its URL.
fn queue(account: &Account, name: &str) -> String {
    let made = json::ask(ministack(), account.key(), "SQS.CreateQueue", &json!({"QueueName": name}));
    made.expect("a queue can be made")["QueueUrl"].as_str().expect("a queue has a URL").to_owned()
}

/// A bus whose events all go into a queue: the bus's ARN and the queue's URL.
pub fn bus(account: &Account) -> (String, String) {
    let ask = |operation: &str, body: Value| {
        json::ask(ministack(), account.key(), operation, &body).expect("the stand-in has a bus")
    };
    let made = ask("Events.CreateEventBus", json!({"Name": "happened"}));
    let arn = made["EventBusArn"].as_str().expect("a bus has an ARN").to_owned();
    let queue = queue(account, "happened");
    ask(
        "Events.PutRule",
        json!({"Name": "all", "EventBusName": "happened", "EventPattern": "{\"source\":[\"tidegate\"]}", "State": "ENABLED"}),
    );
    let target = json!({"Id": "queue", "Arn": format!("arn:aws:sqs:{REGION}:{}:happened", account.key())});
    ask("Events.PutTargets", json!({"Rule": "all", "EventBusName": "happened", "Targets": [target]}));
    (arn, queue)
}

/// What came out of the bus into its queue, in no order.
pub fn happened(account: &Account, queue: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let body = json!({"QueueUrl": queue, "MaxNumberOfMessages": 10});
        let answer =
            json::ask(ministack(), account.key(), "SQS.ReceiveMessage", &body).expect("a queue can be read");
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            return all;
        }
        for message in messages {
            all.push(text(&message["Body"]));
            let gone = json!({"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]});
            json::ask(ministack(), account.key(), "SQS.DeleteMessage", &gone)
                .expect("a message can be deleted");
        }
    }
}

//! The ports of the delivery against what AWS says on the wire: a mailbox is written by its version, a secret is read rarely and told never.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use serde_json::{Value, json};
use tidegate_aws::delivery::{Ports, TopicArns};
use tidegate_notify::channel::{Channel, ChannelId};
use tidegate_notify::mailbox::Mailbox;
use tidegate_notify::port::{MailboxError, Mailboxes, SecretError, Secrets, Which};
use tidegate_policy::document::parse;
use tidegate_policy::names::ParameterName;

use crate::scripted::{Answer, Scripted};

fn ports(scripted: &Scripted) -> Ports {
    let arn = |name: &str| format!("arn:aws:sns:eu-west-1:123456789012:{name}");
    let topics = TopicArns { critical: arn("critical"), warning: arn("warning"), amazon_q: arn("amazon-q") };
    Ports::new(&scripted.clients(), "tidegate-ledger".to_owned(), topics, None)
}

/// The channel of a webhook.
fn slack() -> ChannelId {
    let text = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 1\nmax = 3\n\
                scale_out = [\"cpu > 70% for 5m\"]\nscale_in = [\"cpu < 40% for 15m\"]\n\
                [[notify]]\nchannel = \"slack\"\nsecret = \"ssm:/tidegate/slack\"\n";
    let policy = parse(text).unwrap();
    Channel::all(&policy).pop().unwrap().id
}

fn empty() -> String {
    serde_json::to_string(&Mailbox::default()).unwrap()
}

#[tokio::test]
async fn a_mailbox_is_read_consistently_and_one_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let item = |version: Value, mailbox: &str| {
        Answer::Says(json!({"Item": {"version": version, "mailbox": {"S": mailbox}}}))
    };
    let scripted = Scripted::new([
        Answer::Says(json!({})),
        item(json!({"N": "7"}), &empty()),
        item(json!({"S": "seven"}), &empty()),
        item(json!({"N": "7"}), "{"),
    ]);
    let ports = ports(&scripted);
    assert_eq!(ports.load(&slack()).await, Ok((Mailbox::default(), 0)));
    assert_eq!(ports.load(&slack()).await, Ok((Mailbox::default(), 7)));
    for _ in 0..2 {
        let unreadable = ports.load(&slack()).await.unwrap_err();
        assert!(matches!(unreadable, MailboxError::Unreadable { .. }), "{unreadable}");
        assert!(unreadable.to_string().contains("notify#slack:/tidegate/slack"), "{unreadable}");
    }
    let asked = scripted.asked();
    assert_eq!(asked[0].body["ConsistentRead"], true);
    assert_eq!(
        asked[0].body["Key"],
        json!({"target": {"S": "notify#slack:/tidegate/slack"}, "entry": {"S": "mailbox"}})
    );
}

#[tokio::test]
async fn a_mailbox_is_written_by_its_version_alone() {
    let scripted = Scripted::new([
        Answer::Says(json!({})),
        Answer::Says(json!({})),
        Answer::Refuses(
            "ConditionalCheckFailedException",
            json!({"Item": {"written_by": {"S": "another"}, "version": {"N": "9"}}}),
        ),
        Answer::Refuses("AccessDeniedException", json!({"message": "no"})),
    ]);
    let ports = ports(&scripted);
    assert_eq!(ports.store(&slack(), 0, &Mailbox::default()).await, Ok(1));
    assert_eq!(ports.store(&slack(), 7, &Mailbox::default()).await, Ok(8));
    assert_eq!(ports.store(&slack(), 7, &Mailbox::default()).await, Err(MailboxError::Conflict));
    let denied = ports.store(&slack(), 7, &Mailbox::default()).await.unwrap_err().to_string();
    assert!(denied.contains("dynamodb:PutItem"), "{denied}");
    let asked = scripted.asked();
    assert_eq!(asked[0].body["ConditionExpression"], "attribute_not_exists(#target)");
    assert_eq!(asked[1].body["ConditionExpression"], "#version = :expected");
    assert_eq!(asked[1].body["ExpressionAttributeValues"][":expected"], json!({"N": "7"}));
    assert_eq!(asked[1].body["Item"]["version"], json!({"N": "8"}));
}

#[tokio::test]
async fn a_secret_is_read_once_in_five_minutes_and_anew_where_it_may_be_old() {
    let parameter = |value: &str, version: u64, kind: &str| {
        Answer::Says(
            json!({"Parameter": {"Name": "/tidegate/slack", "Type": kind, "Value": value, "Version": version}}),
        )
    };
    let scripted = Scripted::new([
        parameter("https://hooks.slack.com/services/T/B/one\n", 1, "SecureString"),
        parameter("https://hooks.slack.com/services/T/B/two", 2, "SecureString"),
        parameter("https://hooks.slack.com/services/T/B/one", 1, "SecureString"),
    ]);
    let (ports, name) = (ports(&scripted), ParameterName::new("/tidegate/slack"));
    for (which, fresh, end, version) in [
        (Which::Newest, false, "one", 1),
        (Which::Newest, false, "one", 1),
        (Which::Newest, true, "two", 2),
        (Which::Newest, false, "two", 2),
        (Which::Number(1), false, "one", 1),
    ] {
        let secret = ports.read(&name, which, fresh).await.unwrap();
        assert!(secret.text.ends_with(end) && secret.version == version, "{which:?}");
        assert!(!format!("{secret:?}").contains("hooks"), "{secret:?}");
    }
    let asked = scripted.asked();
    let names: Vec<_> = asked.iter().map(|asked| asked.body["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["/tidegate/slack", "/tidegate/slack", "/tidegate/slack:1"]);
    assert!(asked.iter().all(|asked| asked.body["WithDecryption"] == true));
}

#[tokio::test]
async fn a_secret_that_is_not_there_may_not_be_read_or_lies_open_is_named_with_the_mend() {
    let plain =
        json!({"Parameter": {"Name": "/tidegate/slack", "Type": "String", "Value": "aSecret", "Version": 1}});
    let scripted = Scripted::new([
        Answer::Refuses("ParameterNotFound", json!({})),
        Answer::Refuses("AccessDeniedException", json!({"message": "no"})),
        Answer::Says(plain),
    ]);
    let (ports, name) = (ports(&scripted), ParameterName::new("/tidegate/slack"));
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(ports.read(&name, Which::Newest, false).await.unwrap_err());
    }
    assert!(
        matches!(&told[0], SecretError::Missing { words } if words.contains("create it as a SecureString")),
        "{told:?}"
    );
    assert!(
        matches!(&told[1], SecretError::Denied { words } if words.contains("deploy the stack again")),
        "{told:?}"
    );
    assert!(
        matches!(&told[2], SecretError::Missing { words } if words.contains("no SecureString") && !words.contains("aSecret")),
        "{told:?}"
    );
}

//! What a document says of channels: which, whose alerts, and in which parameter the secret lies.

use insta::assert_snapshot;
use tidegate_policy::names::{ParameterName, SlackChannel, TargetName};
use tidegate_policy::policy::{Channel, Notify, PagerDutyRegion};
use tidegate_policy::severity::Severity;

use crate::{RIGHT, edit, read, told};

/// A right channel: it begins in line 11 of the document.
const CHANNEL: &str = r#"[[notify]]
channel = "slack"
secret = "ssm:/tidegate/production/slack"
"#;

fn document(lines: &[&str]) -> String {
    format!("{RIGHT}{}\n", edit(CHANNEL, lines))
}

fn with(lines: &[&str]) -> String {
    told(&document(lines))
}

fn without(key: &str) -> String {
    let kept: Vec<&str> = CHANNEL.lines().filter(|line| !line.starts_with(key)).collect();
    told(&format!("{RIGHT}{}\n", kept.join("\n")))
}

fn parameter(name: &str) -> Option<ParameterName> {
    Some(ParameterName::new(name))
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    assert_eq!(read(RIGHT).notify, []);
    let slack = Notify {
        channel: Channel::Slack { id: None },
        secret: parameter("/tidegate/production/slack"),
        severity: Severity::Warning,
        targets: None,
    };
    assert_eq!(read(&document(&[])).notify, [slack]);
    // Who is paged is paged for what cannot wait.
    let pagerduty = &read(&document(&["channel = \"pagerduty\""])).notify[0];
    assert_eq!(pagerduty.channel, Channel::PagerDuty { region: PagerDutyRegion::Us });
    assert_eq!(pagerduty.severity, Severity::Critical);
}

#[test]
fn every_key_is_read() {
    let slack = [
        "secret = \"ssm:/team-a/slack_bot.1\"",
        "severity = \"info\"",
        "targets = [\"orders\"]",
        "channel_id = \"C0123456789\"",
    ];
    let pagerduty =
        "[[notify]]\nchannel = \"pagerduty\"\nsecret = \"ssm:/p\"\nregion = \"eu\"\nseverity = \"warning\"\n";
    let rest = "[[notify]]\nchannel = \"amazon-q\"\n[[notify]]\nchannel = \"https\"\nsecret = \"ssm:/h\"\n";
    let notify = read(&format!("{}{pagerduty}{rest}", document(&slack))).notify;
    let expected = [
        Notify {
            channel: Channel::Slack { id: Some(SlackChannel::new("C0123456789")) },
            secret: parameter("/team-a/slack_bot.1"),
            severity: Severity::Info,
            targets: Some(vec![TargetName::new("orders")]),
        },
        Notify {
            channel: Channel::PagerDuty { region: PagerDutyRegion::Eu },
            secret: parameter("/p"),
            severity: Severity::Warning,
            targets: None,
        },
        Notify { channel: Channel::AmazonQ, secret: None, severity: Severity::Warning, targets: None },
        Notify {
            channel: Channel::Https,
            secret: parameter("/h"),
            severity: Severity::Warning,
            targets: None,
        },
    ];
    assert_eq!(notify, expected);
}

#[test]
fn a_channel_is_one_that_there_is() {
    assert_snapshot!(without("channel"), @r#"11:1: the notify table has no "channel": add it, as channel = "slack""#);
    assert_snapshot!(with(&["channel = \"slak\""]), @r#"12:11: notify.channel: unknown channel "slak": did you mean "slack"?"#);
    assert_snapshot!(with(&["channel = \"sms\""]), @r#"12:11: notify.channel: unknown channel "sms": write "slack", "pagerduty", "amazon-q" or "https""#);
    assert_snapshot!(with(&["channel = 3"]), @r#"12:11: notify.channel: expected a channel in quotes, found the number 3: write notify.channel = "slack""#);
    assert_snapshot!(told(&format!("{RIGHT}[notify]\nchannel = \"slack\"\n")), @"11:1: [notify] is a single table: write [[notify]]");
}

#[test]
fn a_secret_is_the_name_of_a_parameter() {
    assert_snapshot!(without("secret"), @r#"11:1: the notify table of "slack" has no "secret": add it, as secret = "ssm:/tidegate/production/slack""#);
    assert_snapshot!(with(&["secret = \"ssm:tidegate/slack\""]), @r#"13:10: notify.secret: the name of a parameter is up to 15 levels of letters, digits and . - _ that each begin with a slash: write one, as "ssm:/tidegate/production/slack""#);
    assert_snapshot!(with(&["secret = \"ssm:/aws/slack\""]), @r#"13:10: notify.secret: names that begin with /aws or /ssm are AWS's own: write another, as "ssm:/tidegate/production/slack""#);
    assert_snapshot!(with(&["secret = 3"]), @r#"13:10: notify.secret: expected the name of a parameter in quotes, found the number 3: write notify.secret = "ssm:/tidegate/production/slack""#);
    assert_snapshot!(with(&["channel = \"amazon-q\""]), @"13:1: notify.secret: Amazon Q Developer is told by a topic of the stack and has no secret: remove it");
    let levels = format!("secret = \"ssm:{}\"", "/a".repeat(16));
    for wrong in ["secret = \"ssm:/\"", "secret = \"ssm:/a//b\"", "secret = \"ssm:/a b\"", &levels] {
        assert!(with(&[wrong]).contains("the name of a parameter"), "{wrong}");
    }
}

#[test]
fn a_secret_in_the_policy_is_not_told_again() {
    for secret in ["https://hooks.slack.com/services/T0/B0/s3cr3t", "s3cr3t", "ssm:/s3cr3t!"] {
        let told = with(&[&format!("secret = \"{secret}\"")]);
        assert!(!told.contains("s3cr3t") && told.contains("secret"), "{told}");
    }
    assert_snapshot!(with(&["secret = \"https://hooks.slack.com/services/T0/B0/s3cr3t\""]), @r#"13:10: notify.secret: a secret never stands in a policy: put it into a SecureString of Systems Manager, and write ssm: and its name, as "ssm:/tidegate/production/slack""#);
}

#[test]
fn what_is_told_to_whom() {
    assert_snapshot!(with(&["severity = \"criticl\""]), @r#"14:12: notify.severity: unknown severity "criticl": did you mean "critical"?"#);
    assert_snapshot!(with(&["severity = \"page\""]), @r#"14:12: notify.severity: unknown severity "page": write "info", "warning" or "critical""#);
    assert_snapshot!(with(&["targets = [\"order\"]"]), @r#"14:12: notify.targets: there is no target "order": did you mean "orders"?"#);
    assert_snapshot!(with(&["targets = [\"orders\", \"orders\", \"web\"]"]), @r#"
    14:22: notify.targets: "orders" is named twice: name each target once
    14:32: notify.targets: there is no target "web": write "orders"
    "#);
    assert_snapshot!(with(&["targets = []"]), @"14:11: notify.targets: no target is named: write one or more, or leave it out for all");
}

#[test]
fn a_key_is_of_its_channel() {
    assert_snapshot!(with(&["region = \"eu\""]), @r#"14:1: unknown key "region" in the notify table of "slack": remove it; known are "channel", "channel_id", "secret", "severity" and "targets""#);
    assert_snapshot!(with(&["channel = \"pagerduty\"", "region = \"de\""]), @r#"14:10: notify.region: "de" is no service region of PagerDuty: write "eu" for an account whose address has .eu. in it, else "us""#);
    assert_snapshot!(with(&["channel = \"pagerduty\"", "channel_id = \"C0123456789\""]), @r#"14:1: unknown key "channel_id" in the notify table of "pagerduty": did you mean "channel"?"#);
    assert_snapshot!(with(&["channel_id = \"#alerts\""]), @r##"14:14: notify.channel_id: "#alerts" is no id of a channel: write the one at the end of the channel's details in Slack, as "C0123456789""##);
}

#[test]
fn nobody_is_told_twice_and_ten_channels_are_enough() {
    assert_snapshot!(told(&format!("{}{CHANNEL}", document(&["severity = \"info\""]))), @"15:1: notify: this is the channel of line 11 again, which would be told twice of the same targets: write one table for both, or other targets");
    // A channel may be told of one target's warnings, and of what is critical of another.
    let second = RIGHT.replace("orders", "web").replace("ro.example.com", "web.example.com");
    let apart = format!("{second}{}{CHANNEL}targets = [\"web\"]\n", document(&["targets = [\"orders\"]"]));
    assert_eq!(read(&apart).notify.len(), 2);
    let many: String = (0..11).map(|index| CHANNEL.replace("/slack", &format!("/slack-{index}"))).collect();
    assert_snapshot!(told(&format!("{RIGHT}{many}")), @"41:1: notify: 11 channels are too many: write up to 10");
}

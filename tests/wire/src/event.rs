//! The events that wake the function, as AWS sends them.

use jiff::Timestamp;
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";
const ALARM: &str = "orders-primary-cpu";

/// EventBridge's schedule.
pub fn schedule(at: Timestamp) -> String {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": at.to_string(),
        "region": "eu-west-1",
        "resources": ["arn:aws:events:eu-west-1:123456789012:rule/tidegate-every-minute"],
        "detail": {},
    })
    .to_string()
}

/// An SNS notification of this message, as Lambda hands it over.
pub fn sns(message: &str, at: Timestamp) -> String {
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:eu-west-1:123456789012:tidegate:c9135db0-26c4-47ec-8998-413945fb5a96",
            "Sns": {
                "Type": "Notification",
                "MessageId": "b42ec8b2-6a7c-5b1f-8a50-ee0fcb1a4a5e",
                "TopicArn": "arn:aws:sns:eu-west-1:123456789012:tidegate",
                "Subject": "ALARM: \"orders-primary-cpu\" in EU (Ireland)",
                "Message": message,
                "Timestamp": at.to_string(),
                "SignatureVersion": "1",
                "Signature": "c2lnbmF0dXJl",
                "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService.pem",
                "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
                "MessageAttributes": {},
            },
        }],
    })
    .to_string()
}

fn alarm_message(state: &str, at: Timestamp) -> Value {
    json!({
        "AlarmName": ALARM,
        // Null when nobody wrote one.
        "AlarmDescription": null,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": at.to_string(),
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 3 out of the last 3 datapoints were greater than the threshold (70.0).",
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string(),
        // A display name, not a Region.
        "Region": "EU (Ireland)",
        "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{ALARM}"),
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:tidegate"],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/RDS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": null,
            "Dimensions": [{ "value": "orders-primary", "name": "DBInstanceIdentifier" }],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 3,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 70.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    })
}

/// An alarm that went into ALARM, over SNS.
pub fn sns_alarm(at: Timestamp) -> String {
    sns(&alarm_message("ALARM", at).to_string(), at)
}

/// A composite alarm over SNS: it has no Trigger.
pub fn sns_composite_alarm(at: Timestamp) -> String {
    let mut message = alarm_message("ALARM", at);
    if let Some(message) = message.as_object_mut() {
        message.remove("Trigger");
        message.insert("AlarmRule".to_owned(), json!("ALARM(orders-primary-cpu) OR ALARM(orders-lag)"));
    }
    sns(&message.to_string(), at)
}

/// An alarm whose action is the function itself.
pub fn direct_alarm(at: Timestamp) -> String {
    json!({
        "source": "aws.cloudwatch",
        "alarmArn": format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{ALARM}"),
        "accountId": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string(),
        "region": "eu-west-1",
        "alarmData": {
            "alarmName": ALARM,
            "state": { "value": "ALARM", "reason": "Threshold Crossed", "timestamp": at.to_string() },
            "previousState": { "value": "OK", "reason": "calm", "timestamp": at.to_string() },
            "configuration": { "metrics": [{
                "id": "cpu",
                "metricStat": {
                    "metric": { "namespace": "AWS/RDS", "name": "CPUUtilization",
                                "dimensions": { "DBInstanceIdentifier": "orders-primary" } },
                    // More than a `u16` holds.
                    "period": 86_400,
                    "stat": "Average",
                },
                "returnData": true,
            }] },
        },
    })
    .to_string()
}

/// The same over EventBridge.
pub fn alarm_state_change(at: Timestamp) -> String {
    json!({
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": at.to_string(),
        "region": "eu-west-1",
        "resources": [format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{ALARM}")],
        "detail": {
            "alarmName": ALARM,
            "configuration": {},
            "previousState": { "value": "OK" },
            "state": { "value": "ALARM", "reason": "Threshold Crossed" },
        },
    })
    .to_string()
}

/// What RDS itself sends over SNS, about this instance.
pub fn rds_event(instance: &str, at: Timestamp) -> String {
    let message = json!({
        "Event Source": "db-instance",
        "Event Time": at.strftime("%Y-%m-%d %H:%M:%S.000").to_string(),
        "Identifier Link": format!("https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id={instance}"),
        "Source ID": instance,
        "Source ARN": format!("arn:aws:rds:eu-west-1:{ACCOUNT}:db:{instance}"),
        "Event ID": "http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-0005",
        "Event Message": "DB instance created",
    });
    sns(&message.to_string(), at)
}

/// What ElastiCache sends over SNS about this node, as `ElastiCache:FailoverComplete`.
pub fn elasticache_event(what: &str, node: &str, at: Timestamp) -> String {
    let mut message = serde_json::Map::new();
    message.insert(what.to_owned(), json!(node));
    sns(&Value::Object(message).to_string(), at)
}

/// A person who wants to know what would be done.
pub fn by_hand(dry_run: bool, targets: &[&str]) -> String {
    json!({ "dry_run": dry_run, "targets": targets }).to_string()
}

/// A direct command, as a person sends it.
pub fn command(command: &str) -> String {
    command.to_owned()
}

/// The same as an event on a bus.
///
/// # Panics
/// When the command is no JSON.
pub fn command_on_a_bus(command: &str, at: Timestamp) -> String {
    let detail: Value = serde_json::from_str(command).expect("a scenario's command is JSON");
    json!({
        "version": "0",
        "id": "1a3c496d-f4a8-65d1-70f4-a69d52e9b584",
        "detail-type": "Tidegate Command",
        "source": "com.example.deploy",
        "account": ACCOUNT,
        "time": at.to_string(),
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    })
    .to_string()
}

/// An event that the adapters' tests hold, as AWS sends it: of the service `prod/api`, and the queue `jobs.fifo`.
///
/// # Panics
/// When there is none of this name.
pub fn recorded(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/aws/tests/aws/events");
    std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

//! What wakes the delivery, read off payloads as AWS sends them.

use serde_json::{Value, json};
use tidegate_notify::alarm;
use tidegate_notify::arrived::{Alarms, Arrived, read};
use tidegate_notify::channel::Origin;
use tidegate_notify::deployment::stack;
use tidegate_notify::event::{Event, EventKind};
use tidegate_policy::document::parse;
use tidegate_policy::names::{Stage, TargetName};
use tidegate_policy::policy::Policy;
use tidegate_policy::severity::Severity;

use crate::fixture::{alert, recovery, time};
use crate::invocations::deployment;

const CRITICAL: &str = "arn:aws:sns:eu-west-1:123456789012:tidegate-production-critical";
const WARNING: &str = "arn:aws:sns:eu-west-1:123456789012:tidegate-production-warning";
const ALARMS: Alarms<'_> = Alarms { critical: CRITICAL, warning: WARNING };

macro_rules! corpus {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../aws/tests/aws/events/", $name, ".json")))),*]
    };
}

/// Of the corpus that the scalers' events are tested with.
const CORPUS: [(&str, &str); 14] = corpus![
    "alarm-sns-metric",
    "alarm-sns-composite",
    "alarm-sns-math",
    "alarm-sns-node",
    "alarm-sns-other-metric",
    "alarm-sns-own-metric",
    "alarm-sns-queue",
    "rds-eventbridge-instance",
    "schedule-rule",
    "schedule-scheduler",
    "schedule-scheduler-input",
    "sns-batch",
    "unreadable-sns-budget",
    "unreadable-sns-text",
];

fn payload(name: &str) -> Value {
    let found = CORPUS.iter().find(|(known, _)| *known == name);
    crate::fixture::json(found.unwrap_or_else(|| panic!("{name} is not in the list")).1)
}

/// The same, as a topic of the stack would send it.
fn by(topic: &str, mut payload: Value) -> Value {
    for record in payload["Records"].as_array_mut().unwrap() {
        record["Sns"]["TopicArn"] = json!(topic);
    }
    payload
}

fn with_message(topic: &str, message: &str) -> Value {
    let mut payload = by(topic, payload("alarm-sns-metric"));
    payload["Records"][0]["Sns"]["Message"] = json!(message);
    payload
}

fn of_bus(event: &Event) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": event.kind.detail_type(),
        "source": "tidegate", "account": "123456789012", "time": "2026-03-02T18:15:01Z", "region": "eu-west-1",
        "resources": [], "detail": serde_json::to_value(event).unwrap(),
    })
}

/// A policy with services of these names.
fn services(names: &[&str]) -> Policy {
    let tables = names.iter().map(|name| {
        format!(
            "[[target]]\nname = '{name}'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = '{name}'\nmin = 1\nmax = 9\n\
             scale_out = ['cpu > 70% for 5m']\nscale_in = ['cpu < 50% for 25m']\n"
        )
    });
    parse(&tables.collect::<String>()).unwrap()
}

/// An alarm of this name, as it begins to ring.
fn rings(name: &str) -> Event {
    let message = json!({
        "AlarmName": name, "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed", "StateChangeTime": "2026-03-02T13:45:06.123+0000",
    });
    events(&with_message(CRITICAL, &message.to_string())).remove(0).0
}

fn arrived(payload: &Value) -> Arrived {
    read(payload, &deployment(), ALARMS, &services(&["api", "api-eu", "rds"])).unwrap()
}

fn told(payload: &Value) -> String {
    read(payload, &deployment(), ALARMS, &services(&["api"])).unwrap_err().to_string()
}

fn events(payload: &Value) -> Vec<(Event, Origin)> {
    let Arrived::Events { events, .. } = arrived(payload) else { panic!("{payload}") };
    events
}

fn passed_over(payload: &Value) -> Vec<String> {
    let Arrived::Events { events, passed_over } = arrived(payload) else { panic!("{payload}") };
    assert_eq!(events, []);
    passed_over
}

#[test]
fn an_event_of_the_bus_is_told_and_a_replayed_one_is_not_told_again() {
    assert_eq!(events(&of_bus(&alert())), [(alert(), Origin::Bus)]);
    let mut replayed = of_bus(&alert());
    replayed["replay-name"] = json!("after the outage");
    assert_eq!(passed_over(&replayed), ["an event of the replay \"after the outage\", told before"]);
}

#[test]
fn an_event_from_elsewhere_is_an_error() {
    let other = Event { stage: Stage::new("staging"), ..alert() };
    assert_eq!(
        told(&of_bus(&other)),
        "this event is of the stage \"staging\", not of \"production\": correct the rule that sends it here"
    );
    assert!(told(&payload("rds-eventbridge-instance")).starts_with("this event is of \"aws.rds\""));
    let mut later = of_bus(&alert());
    later["detail"]["version"] = json!(2);
    assert!(told(&later).contains("version 2 is not read here"), "{}", told(&later));
}

#[test]
fn an_alarm_of_the_stack_is_an_alert_of_the_stack() {
    let found = events(&by(CRITICAL, payload("alarm-sns-metric")));
    let [(event, Origin::Topic)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(event.kind, EventKind::Alert);
    assert_eq!((&event.target, event.severity), (&TargetName::new("stack"), Severity::Critical));
    assert_eq!(event.reason, "orders-readers-cpu");
    assert_eq!((event.at, event.since), (time("2026-03-02T12:45:06.123Z"), time("2026-03-02T12:45:06.123Z")));
    assert_eq!(event.edge, 1_772_455_506_123);
    assert!(
        event.sentence.starts_with("Threshold Crossed: 1 out of the last 1 datapoints"),
        "{}",
        event.sentence
    );
    assert_eq!(
        event.command,
        "aws cloudwatch describe-alarm-history --region eu-west-1 --alarm-name 'orders-readers-cpu'"
    );
    assert_eq!(events(&by(WARNING, payload("alarm-sns-metric")))[0].0.severity, Severity::Warning);
}

#[test]
fn an_alarm_that_watches_a_target_is_an_alert_of_that_target() {
    for (name, target) in [
        ("tidegate-production-api-cpu-critical", "api"),
        ("tidegate-production-api-eu-unhealthy", "api-eu"),
        ("tidegate-production-rds-primary-cpu", "rds"),
        ("tidegate-production-apis-cpu-critical", "stack"),
        ("tidegate-production-api", "stack"),
        ("tidegate-staging-api-cpu-critical", "stack"),
        ("api-cpu-critical", "stack"),
    ] {
        let event = rings(name);
        assert_eq!((event.target.as_str(), event.reason.as_str()), (target, name));
    }
}

/// Their names begin as those of targets that may be called `rds` or `notify`.
#[test]
fn the_fixed_alarms_are_of_the_stack_whatever_targets_are_called() {
    let template = include_str!("../../../../infra/template.yaml");
    let marked =
        template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub \"${AWS::StackName}-"));
    let names: Vec<&str> = marked.map(|rest| rest.trim_end_matches('"')).collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        let target = name.split('-').next().unwrap();
        let policy = services(&[target]);
        let message = json!({
            "AlarmName": format!("tidegate-production-{name}"), "NewStateValue": "ALARM", "StateChangeTime": "2026-03-02T13:45:06.123+0000",
        });
        let payload = with_message(CRITICAL, &message.to_string());
        let Arrived::Events { events, .. } = read(&payload, &deployment(), ALARMS, &policy).unwrap() else {
            panic!("{name}")
        };
        assert_eq!(events[0].0.target, stack(), "{name}");
    }
}

#[test]
fn every_alarm_of_the_corpus_is_read() {
    let alarms = CORPUS.iter().filter(|(name, _)| name.starts_with("alarm-sns-"));
    for (name, text) in alarms {
        let found = events(&by(WARNING, crate::fixture::json(text)));
        assert_eq!(found.len(), 1, "{name}");
        assert!(!found[0].0.sentence.is_empty() && !found[0].0.reason.is_empty(), "{name}");
    }
}

#[test]
fn the_state_of_an_alarm_is_an_edge_or_none() {
    let message = |state: &str, time: &str| {
        json!({ "AlarmName": "a", "AlarmDescription": "What to do.", "NewStateValue": state, "NewStateReason": "Threshold Crossed", "StateChangeTime": time })
            .to_string()
    };
    let ok = events(&with_message(WARNING, &message("OK", "2026-03-02T13:45:06.123+0000"))).remove(0).0;
    assert_eq!((ok.kind, ok.sentence.as_str()), (EventKind::Recovery, "over: What to do. Threshold Crossed"));
    assert!(ok.edge > events(&by(WARNING, payload("alarm-sns-metric")))[0].0.edge);
    let without = with_message(WARNING, &message("INSUFFICIENT_DATA", "2026-03-02T13:45:06.123+0000"));
    assert_eq!(passed_over(&without), ["the alarm \"a\", which has too little data"]);
    assert_eq!(
        told(&with_message(WARNING, &message("FINE", "2026-03-02T13:45:06.123+0000"))),
        "record 1 of 1: the alarm \"a\" has the state \"FINE\", which is none of CloudWatch's"
    );
    assert_eq!(
        told(&with_message(WARNING, &message("OK", "yesterday"))),
        "record 1 of 1: the alarm \"a\" changed at \"yesterday\", which is no time"
    );
}

#[test]
fn the_recovery_of_an_alarm_says_what_is_over_and_asks_for_nothing() {
    let message = |state: &str, description: Value, cause: Value| {
        let json = json!({ "AlarmName": "a", "AlarmDescription": description, "NewStateValue": state, "NewStateReason": cause, "StateChangeTime": "2026-03-02T13:45:06.123+0000" });
        let event = events(&with_message(CRITICAL, &json.to_string())).remove(0).0;
        event.sentence
    };
    let cpu = "CPU of the primary orders.main has been above 90.5% for ten minutes. Look at what it runs.";
    assert_eq!(message("ALARM", json!(cpu), json!("3 points > 90.")), format!("{cpu} 3 points > 90."));
    assert_eq!(
        message("OK", json!(cpu), json!("1 point < 90.")),
        "over: CPU of the primary orders.main has been above 90.5% for ten minutes. 1 point < 90."
    );
    assert_eq!(message("OK", json!("Is it on? Turn it on."), Value::Null), "over: Is it on?");
    assert_eq!(message("OK", Value::Null, json!("1 point < 90.")), "over: 1 point < 90.");
    assert_eq!(message("OK", Value::Null, Value::Null), "The alarm a is OK.");
}

const TOLD: &str = "an alarm of alerts, which are told singly";

#[test]
fn what_was_published_from_here_is_not_told_again() {
    for event in [alert(), recovery()] {
        let message = alarm::notification(&event, CRITICAL).unwrap().message;
        assert_eq!(passed_over(&with_message(CRITICAL, &message)), [TOLD]);
    }
    // The stack's own alarms on the same metric count what was told singly.
    let mut own: Value = crate::fixture::json(&alarm::notification(&alert(), CRITICAL).unwrap().message);
    own["Trigger"]["Dimensions"].as_array_mut().unwrap().truncate(2);
    assert_eq!(passed_over(&with_message(CRITICAL, &own.to_string())), [TOLD]);
    // Any other alarm of the stack is news.
    own["Trigger"]["MetricName"] = json!("PolicyErrors");
    assert_eq!(events(&with_message(CRITICAL, &own.to_string())).len(), 1);
}

#[test]
fn what_sns_sends_and_is_no_alarm_of_the_stack_is_an_error() {
    assert_eq!(
        told(&payload("alarm-sns-metric")),
        "this message is of the topic arn:aws:sns:eu-west-1:123456789012:orders-alarms: only the stack's topics critical and warning are read here"
    );
    assert!(
        told(&by(CRITICAL, payload("unreadable-sns-budget")))
            .starts_with("record 1 of 1: this message is no alarm")
    );
    assert!(
        told(&by(CRITICAL, payload("unreadable-sns-text")))
            .starts_with("record 1 of 1: this message is no alarm")
    );
    assert!(told(&by(CRITICAL, payload("sns-batch"))).starts_with("record 2 of 3: this message is no alarm"));
    let mut confirmation = by(CRITICAL, payload("alarm-sns-metric"));
    confirmation["Records"][0]["Sns"]["Type"] = json!("SubscriptionConfirmation");
    assert_eq!(
        told(&confirmation),
        "SNS sent a \"SubscriptionConfirmation\": only notifications are read here"
    );
    assert!(
        told(&json!({ "Records": [{ "body": "{}" }] }))
            .starts_with("these are no records of SNS: missing field")
    );
    assert!(
        told(&json!({ "Records": [] })).starts_with("an empty list of records is nothing that is sent here")
    );
}

#[test]
fn the_clock_the_week_and_a_person_wake_it_too() {
    for name in ["schedule-rule", "schedule-scheduler", "schedule-scheduler-input"] {
        assert_eq!(arrived(&payload(name)), Arrived::Wake, "{name}");
    }
    assert_eq!(arrived(&json!({ "digest": true })), Arrived::Digest);
    assert_eq!(arrived(&json!({ "test": true })), Arrived::Test);
}

#[test]
fn anything_else_is_an_error_that_says_what_may_be_sent() {
    let may = "is nothing that is sent here: send {\"test\": true}, {\"digest\": true}, an event of the bus, or an alarm by a topic of the stack";
    for (payload, found) in [
        (json!({ "test": false }), "an object with \"test\""),
        (json!({ "digest": true, "test": true }), "an object with \"digest\", \"test\""),
        (json!({ "secret": "s3cr3t" }), "an object with \"secret\""),
        (json!({}), "an empty object"),
        (json!(null), "nothing"),
        (json!([1]), "a list"),
        (json!("test"), "a text"),
        (json!(1), "a number"),
        (json!(true), "a truth value"),
    ] {
        assert_eq!(told(&payload), format!("{found} {may}"));
    }
}

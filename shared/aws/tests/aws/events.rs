//! Every event that AWS is known to send, as it is sent; what is not read, with the whole of what a person is told; and any JSON at all.
#![expect(clippy::panic, reason = "a test that cannot go on should say where")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tidegate_aws::event::{Addressee, Command, EventError, Orders, Resource, Trigger, WakeUp, parse};
use tidegate_policy::names::{
    ClusterName, GroupName, InstanceId, NodeId, QueueName, ServiceName, TargetName,
};
use tidegate_policy::order::{Order, Until};
use tidegate_policy::pause::Paused;
use tidegate_policy::units::Count;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/aws/events")
}

/// A payload of the directory.
fn payload(name: &str) -> Value {
    let path = directory().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn wake_up(trigger: Trigger, instances: &[&str]) -> WakeUp {
    let resources = instances.iter().map(|name| Resource::Instance(InstanceId::new(name))).collect();
    WakeUp { trigger, resources, orders: None }
}

const ONE: &[&str] = &["orders-ro-1"];
const BOTH: &[&str] = &["orders-ro-1", "orders-ro-2"];

const READ: [(&str, Trigger, &[&str]); 21] = [
    ("schedule-rule", Trigger::Schedule, &[]),
    ("schedule-scheduler", Trigger::Schedule, &[]),
    ("schedule-scheduler-input", Trigger::Schedule, &[]),
    ("alarm-sns-metric", Trigger::Alarm, ONE),
    ("alarm-sns-math", Trigger::Alarm, BOTH),
    ("alarm-sns-composite", Trigger::Alarm, &[]),
    ("alarm-sns-other-metric", Trigger::Alarm, &[]),
    ("alarm-action-metric", Trigger::Alarm, ONE),
    ("alarm-action-composite", Trigger::Alarm, &[]),
    ("alarm-eventbridge-metric", Trigger::Alarm, ONE),
    ("alarm-eventbridge-math", Trigger::Alarm, BOTH),
    ("alarm-eventbridge-composite", Trigger::Alarm, &[]),
    ("alarm-eventbridge-contributor", Trigger::Alarm, ONE),
    ("alarm-eventbridge-contributor-unnamed", Trigger::Alarm, &[]),
    ("rds-sns-instance", Trigger::InstanceEvent, ONE),
    ("rds-sns-snapshot", Trigger::InstanceEvent, &[]),
    ("rds-sns-subscription", Trigger::InstanceEvent, &[]),
    ("rds-eventbridge-instance", Trigger::InstanceEvent, ONE),
    ("rds-eventbridge-arn-only", Trigger::InstanceEvent, ONE),
    ("rds-eventbridge-parameter-group", Trigger::InstanceEvent, &[]),
    ("sns-eventbridge", Trigger::InstanceEvent, ONE),
];

fn api() -> Resource {
    Resource::Service { cluster: ClusterName::new("prod"), service: ServiceName::new("api") }
}

/// What concerns services, and what each names.
fn of_services() -> Vec<(&'static str, Trigger, Vec<Resource>)> {
    let queue = || Resource::Queue(QueueName::new("jobs.fifo"));
    let group = Resource::TargetGroup("targetgroup/api/73e2d6bc24d8a067".to_owned());
    vec![
        ("ecs-action-placement-failure", Trigger::ServiceEvent, vec![api()]),
        ("ecs-action-steady-state", Trigger::ServiceEvent, vec![api()]),
        ("ecs-action-short-arn", Trigger::ServiceEvent, vec![api()]),
        ("ecs-deployment-failed", Trigger::ServiceEvent, vec![api()]),
        ("ecs-task-spot-interruption", Trigger::ServiceEvent, vec![api()]),
        // Nothing is looked at sooner for these: not the service, and not everything.
        ("ecs-task-scheduler-stop", Trigger::ServiceEvent, vec![Resource::NoTarget]),
        ("ecs-task-running", Trigger::ServiceEvent, vec![Resource::NoTarget]),
        ("ecs-task-standalone", Trigger::ServiceEvent, vec![Resource::NoTarget]),
        ("autoscaling-activity-service", Trigger::ServiceEvent, vec![api()]),
        ("autoscaling-activity-table", Trigger::ServiceEvent, vec![Resource::NoTarget]),
        ("alarm-eventbridge-service", Trigger::Alarm, vec![api(), queue(), group]),
        ("alarm-eventbridge-contributor-bare", Trigger::Alarm, vec![api()]),
        ("alarm-sns-queue", Trigger::Alarm, vec![queue()]),
    ]
}

/// As EventBridge delivers them, and when each was sent.
fn of_commands() -> [(&'static str, Order); 2] {
    let sent_at = "2026-11-27T19:27:22Z".parse().unwrap_or_else(|error| panic!("{error}"));
    [
        ("command-eventbridge", hold(Some(4), None, Some("2026-11-27T23:00:00Z")).sent(sent_at)),
        ("command-eventbridge-clear", Order::Clear { sent_at: Some(sent_at) }),
    ]
}

#[test]
fn a_command_over_a_bus_is_as_old_as_its_event() {
    for (name, order) in of_commands() {
        assert_eq!(parse(&payload(name)), commanded(false, order), "{name}");
    }
}

fn node(name: &str) -> Resource {
    Resource::Node(NodeId::new(name))
}

/// What concerns groups and their nodes, and what each names.
fn of_groups() -> Vec<(&'static str, Trigger, Vec<Resource>)> {
    let group = || Resource::Group(GroupName::new("sessions"));
    vec![
        ("elasticache-sns-failover", Trigger::NodeEvent, vec![node("sessions-002")]),
        ("elasticache-sns-new-name", Trigger::NodeEvent, vec![node("sessions-0001-002")]),
        ("elasticache-sns-without-node", Trigger::NodeEvent, vec![]),
        ("elasticache-cloudtrail-group", Trigger::NodeEvent, vec![group()]),
        ("elasticache-cloudtrail-node", Trigger::NodeEvent, vec![node("sessions-002")]),
        // Nothing is looked at sooner for these: an echo of a look, a refusal, what is no group's, a cache without nodes.
        ("elasticache-cloudtrail-read", Trigger::NodeEvent, vec![Resource::NoTarget]),
        ("elasticache-cloudtrail-refused", Trigger::NodeEvent, vec![Resource::NoTarget]),
        ("elasticache-cloudtrail-user", Trigger::NodeEvent, vec![Resource::NoTarget]),
        ("elasticache-serverless-updated", Trigger::NodeEvent, vec![Resource::NoTarget]),
        ("autoscaling-activity-group", Trigger::ServiceEvent, vec![group()]),
        ("alarm-sns-node", Trigger::Alarm, vec![node("sessions-001")]),
        ("alarm-sns-own-metric", Trigger::Alarm, vec![Resource::Target(TargetName::new("orders-readers"))]),
    ]
}

const UNREADABLE: [&str; 14] = [
    "unreadable-sns-batch",
    "unreadable-sns-text",
    "unreadable-sns-orders",
    "unreadable-sns-command",
    "unreadable-sns-budget",
    "unreadable-sns-confirmation",
    "unreadable-sqs",
    "unreadable-s3",
    "unreadable-http",
    "unreadable-eventbridge",
    "unreadable-ecs-container-instance",
    "unreadable-cloudtrail",
    "unreadable-elasticache",
    "unreadable-null-message",
];

#[test]
fn what_aws_sends_wakes_and_names_its_instances() {
    for (name, trigger, instances) in READ {
        assert_eq!(parse(&payload(name)), Ok(wake_up(trigger, instances)), "{name}");
    }
}

#[test]
fn what_aws_sends_of_services_wakes_and_names_them() {
    for (name, trigger, resources) in of_services() {
        assert_eq!(parse(&payload(name)), Ok(WakeUp { trigger, resources, orders: None }), "{name}");
    }
}

#[test]
fn what_aws_sends_of_groups_wakes_and_names_them() {
    for (name, trigger, resources) in of_groups() {
        assert_eq!(parse(&payload(name)), Ok(WakeUp { trigger, resources, orders: None }), "{name}");
    }
}

#[test]
fn names_that_no_cache_has_are_left_out() {
    for name in ["", "a b", "a/b", "line\nbreak", "ünï", &"long".repeat(20)] {
        let told = json!({"ElastiCache:FailoverComplete": name});
        let called = json!({
            "source": "aws.elasticache", "detail-type": "AWS API Call via CloudTrail",
            "detail": {"requestParameters": {"replicationGroupId": name}}
        });
        let event = json!({"Records": [{"Sns": {"Message": told.to_string()}}]});
        assert_eq!(parse(&event), Ok(wake_up(Trigger::NodeEvent, &[])), "{name:?}");
        let nobody =
            WakeUp { trigger: Trigger::NodeEvent, resources: vec![Resource::NoTarget], orders: None };
        assert_eq!(parse(&called), Ok(nobody), "{name:?}");
    }
    // What is no text names nothing, and wakes all the same.
    for value in [json!(null), json!(7), json!(["sessions-001"]), json!({"id": "sessions-001"})] {
        let event = json!({"ElastiCache:FailoverComplete": value});
        assert_eq!(parse(&event), Ok(wake_up(Trigger::NodeEvent, &[])), "{value}");
    }
    let event = json!({"ElastiCache:FailoverComplete": " Sessions-001 "});
    let woken = WakeUp { trigger: Trigger::NodeEvent, resources: vec![node("sessions-001")], orders: None };
    assert_eq!(parse(&event), Ok(woken));
}

#[test]
fn names_that_no_service_has_are_left_out() {
    for (cluster, service) in [("", "api"), ("prod", ""), ("pr od", "api"), ("prod", "a\nb"), ("prod", "a/b")]
    {
        let event = json!({
            "source": "aws.ecs", "detail-type": "ECS Service Action",
            "resources": [format!("arn:aws:ecs:eu-west-1:123456789012:service/{cluster}/{service}")], "detail": {}
        });
        let woken = WakeUp { trigger: Trigger::ServiceEvent, resources: Vec::new(), orders: None };
        assert_eq!(parse(&event), Ok(woken), "{cluster:?} {service:?}");
        let dimensions =
            json!([{"name": "ServiceName", "value": service}, {"name": "ClusterName", "value": cluster}]);
        let message = json!({"AlarmName": "a", "NewStateValue": "OK", "Trigger": {"Dimensions": dimensions}});
        let event = json!({"Records": [{"Sns": {"Message": message.to_string()}}]});
        assert_eq!(parse(&event), Ok(wake_up(Trigger::Alarm, &[])), "{cluster:?} {service:?}");
    }
    // A whole cluster is no service.
    let message = json!({
        "AlarmName": "a", "NewStateValue": "OK", "Trigger": {"Dimensions": [{"name": "ClusterName", "value": "prod"}]}
    });
    let event = json!({"Records": [{"Sns": {"Message": message.to_string()}}]});
    assert_eq!(parse(&event), Ok(wake_up(Trigger::Alarm, &[])));
}

#[test]
fn a_batch_of_different_kinds_is_one_wake_up() {
    assert_eq!(parse(&payload("sns-batch")), Ok(wake_up(Trigger::Alarm, BOTH)));
}

#[test]
fn no_payload_lies_in_the_directory_untried() {
    let tried: BTreeSet<String> = READ
        .iter()
        .map(|(name, ..)| *name)
        .chain(UNREADABLE)
        .chain(["sns-batch"])
        .chain(of_services().iter().map(|(name, ..)| *name))
        .chain(of_groups().iter().map(|(name, ..)| *name))
        .chain(of_commands().iter().map(|(name, ..)| *name))
        .map(|name| format!("{name}.json"))
        .collect();
    let there: BTreeSet<String> = std::fs::read_dir(directory())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, tried);
}

#[test]
fn sns_records_written_by_hand_need_only_their_message() {
    let message = json!({"AlarmName": "by hand", "NewStateValue": "ALARM"}).to_string();
    let event = json!({"Records": [{"Sns": {"Message": message}}]});
    assert_eq!(parse(&event), Ok(wake_up(Trigger::Alarm, &[])));
}

#[test]
fn names_that_no_instance_has_are_left_out() {
    for name in ["", "a b", "line\nbreak", &"long".repeat(20), "ünï"] {
        let event = json!({
            "source": "aws.rds", "detail-type": "RDS DB Instance Event", "detail": {"SourceIdentifier": name}
        });
        assert_eq!(parse(&event), Ok(wake_up(Trigger::InstanceEvent, &[])), "{name}");
    }
}

#[test]
fn a_person_s_orders_are_read() {
    let order = |dry_run, targets: &[&str]| {
        let targets = targets.iter().map(TargetName::new).collect();
        Ok(WakeUp {
            trigger: Trigger::Person,
            resources: Vec::new(),
            orders: Some(Orders { dry_run, targets, command: None, by_bus: false }),
        })
    };
    for (event, expected) in [
        (json!({"dry_run": true, "targets": ["orders-readers"]}), order(true, &["orders-readers"])),
        (json!({"dry_run": true}), order(true, &[])),
        (json!({"dry_run": false}), order(false, &[])),
        (json!({"targets": ["b", "a", "b"]}), order(false, &["b", "a"])),
    ] {
        assert_eq!(parse(&event), expected, "{event}");
    }
}

/// What a direct command for `api` is read as.
fn commanded(dry_run: bool, order: Order) -> Result<WakeUp, EventError> {
    let api = TargetName::new("api");
    // What came by a bus says when it was sent.
    let by_bus = order.sent_at().is_some();
    let command = Some(Command { order, to: Addressee::Named });
    let orders = Orders { dry_run, targets: vec![api], command, by_bus };
    Ok(WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) })
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn hold(min: Option<u32>, max: Option<u32>, until: Option<&str>) -> Order {
    let until = until.map(|until| Until::At(moment(until)));
    Order::Hold { min: min.map(Count), max: max.map(Count), until, sent_at: None }
}

#[test]
fn direct_commands_are_read() {
    const EVENING: Option<&str> = Some("2026-11-27T20:00:00Z");
    for (command, dry_run, order) in [
        (json!({"target": "api", "count": 2}), false, hold(Some(2), Some(2), None)),
        (json!({"target": " api ", "count": 0}), false, hold(Some(0), Some(0), None)),
        (
            json!({"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}),
            false,
            hold(Some(4), None, EVENING),
        ),
        (
            json!({"target": "api", "max": 3, "until": "2026-11-27T21:00:00+01:00"}),
            false,
            hold(None, Some(3), EVENING),
        ),
        (
            json!({"target": "api", "min": 1, "max": 3, "until": "2026-11-27T21:00:00[Europe/Madrid]"}),
            false,
            hold(Some(1), Some(3), EVENING),
        ),
        (json!({"target": "api", "clear": true}), false, Order::Clear { sent_at: None }),
        (json!({"target": "api", "clear": true, "dry_run": true}), true, Order::Clear { sent_at: None }),
        (json!({"target": "api", "count": 2, "dry_run": true}), true, hold(Some(2), Some(2), None)),
        (json!({"target": "api", "count": 2, "dry_run": false}), false, hold(Some(2), Some(2), None)),
    ] {
        assert_eq!(parse(&command), commanded(dry_run, order.clone()), "{command}");
        let event = json!({
            "version": "0", "id": "1", "detail-type": "Tidegate Command", "source": "ops.console", "account": "123456789012",
            "time": "2026-11-27T19:27:22Z", "region": "eu-west-1", "resources": [], "detail": command
        });
        let sent_at = "2026-11-27T19:27:22Z".parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parse(&event), commanded(dry_run, order.sent(sent_at)), "{event}");
    }
    let event = json!({"detail-type": "Tidegate Command", "source": "ops", "detail": {"dry_run": true}});
    let orders = Orders { dry_run: true, targets: Vec::new(), command: None, by_bus: true };
    let woken = WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) };
    assert_eq!(parse(&event), Ok(woken));
}

/// A pause, its end, a duration beside a time, and commands to several targets, to all and to nobody by name.
#[test]
fn pauses_and_commands_to_several_are_read() {
    let pause = |what, until| Order::Pause { what, until, sent_at: None };
    let resume = || Order::Resume { sent_at: None };
    let six_hours = Some(Until::For(jiff::SignedDuration::from_hours(6)));
    let three = |until| Order::Hold { min: Some(Count(3)), max: Some(Count(3)), until, sent_at: None };
    let evening = Some(Until::At(moment("2026-11-27T20:00:00Z")));
    for (event, targets, to, order) in [
        (json!({"target": "api", "pause": "all"}), &["api"][..], Addressee::Named, pause(Paused::All, None)),
        (
            json!({"target": "api", "pause": "in", "until": "2026-11-27T20:00:00Z"}),
            &["api"],
            Addressee::Named,
            pause(Paused::In, evening),
        ),
        (
            json!({"targets": ["b", "a", "b"], "pause": "out", "for": "6h"}),
            &["b", "a"],
            Addressee::Named,
            pause(Paused::Out, six_hours),
        ),
        (json!({"targets": "*", "pause": "all"}), &[], Addressee::All, pause(Paused::All, None)),
        (json!({"target": "api", "resume": true}), &["api"], Addressee::Named, resume()),
        (json!({"targets": "*", "resume": true}), &[], Addressee::All, resume()),
        (json!({"targets": "*", "clear": true}), &[], Addressee::All, Order::Clear { sent_at: None }),
        (json!({"targets": ["a", "b"], "count": 3}), &["a", "b"], Addressee::Named, three(None)),
        (json!({"target": "api", "count": 3, "for": "6h"}), &["api"], Addressee::Named, three(six_hours)),
        (json!({"count": 3}), &[], Addressee::OnlyService, three(None)),
        (json!({"count": 3, "for": "6h"}), &[], Addressee::OnlyService, three(six_hours)),
    ] {
        let targets = targets.iter().map(TargetName::new).collect();
        let orders = Orders { dry_run: false, targets, command: Some(Command { order, to }), by_bus: false };
        let woken = WakeUp { trigger: Trigger::Person, resources: Vec::new(), orders: Some(orders) };
        assert_eq!(parse(&event), Ok(woken), "{event}");
    }
}

#[test]
fn a_command_that_is_not_understood_is_told_with_a_remedy() {
    let commands = [
        json!({"target": "api"}),
        json!({"target": "api", "dry_run": true}),
        json!({"target": "api", "until": "2026-11-27T20:00:00Z"}),
        json!({"target": ["api"], "count": 2}),
        json!({"target": "", "count": 2}),
        json!({"Target": "api", "count": 2}),
        json!({"target": "api", "targets": ["api"], "count": 2}),
        json!({"targets": "*", "count": 2}),
        json!({"targets": "all", "pause": "in"}),
        json!({"pause": "in"}),
        json!({"resume": true}),
        json!({"target": "api", "pause": "scale-in"}),
        json!({"target": "api", "pause": true}),
        json!({"target": "api", "resume": false}),
        json!({"target": "api", "pause": "in", "resume": true}),
        json!({"target": "api", "pause": "in", "min": 2}),
        json!({"target": "api", "resume": true, "for": "1h"}),
        json!({"target": "api", "pause": "in", "until": "2026-11-27T20:00:00Z", "for": "1h"}),
        json!({"target": "api", "pause": "in", "for": "8d"}),
        json!({"target": "api", "pause": "in", "for": "30s"}),
        json!({"target": "api", "pause": "in", "for": "an hour"}),
        json!({"target": "api", "pause": "in", "for": 3600}),
        json!({"target": "api", "Count": 2}),
        json!({"target": "api", "desired": 2}),
        json!({"target": "api", "count": "2"}),
        json!({"target": "api", "count": 2.5}),
        json!({"target": "api", "count": -1}),
        json!({"target": "api", "count": 5_000_000_000_u64}),
        json!({"target": "api", "count": null}),
        json!({"target": "api", "count": 2, "min": 2}),
        json!({"target": "api", "count": 2, "max": 2}),
        json!({"target": "api", "clear": false}),
        json!({"target": "api", "clear": true, "min": 2}),
        json!({"target": "api", "clear": true, "until": "2026-11-27T20:00:00Z"}),
        json!({"target": "api", "min": 2, "until": "2026-11-27T20:00:00"}),
        json!({"target": "api", "min": 2, "until": "tomorrow"}),
        json!({"target": "api", "min": 2, "until": 1_795_000_000}),
        json!({"target": "api", "min": 2, "dry_run": "yes"}),
        json!({"target": "api", "min": 2, "dryRun": true}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "time": "2026-11-27T19:27:22Z", "detail": {"target": "api", "cuont": 2}}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "detail": {"count": 2}}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "detail": "api"}),
        json!({"detail-type": "Tidegate Command", "source": "ops"}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "dry_run": true, "detail": {"target": "api", "count": 2}}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "detail": {"target": "api", "count": 2}}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "time": "yesterday", "detail": {"target": "api", "clear": true}}),
        json!({"detail-type": "Tidegate Command", "source": "ops", "time": 1_795_000_000, "detail": {"target": "api", "count": 2}}),
    ];
    let lines: Vec<String> = commands.iter().map(|event| format!("{event}\n  {}", told(event))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"target":"api"}
      the command is not clear: it says of one `target` nothing that is to be: give `count`, `min`, `max`, `clear`, `pause` or `resume`; to look at some targets name them in `targets`, a list
    {"target":"api","dry_run":true}
      the command is not clear: it says of one `target` nothing that is to be: give `count`, `min`, `max`, `clear`, `pause` or `resume`; to look at some targets name them in `targets`, a list
    {"target":"api","until":"2026-11-27T20:00:00Z"}
      the command is not clear: it says of one `target` nothing that is to be: give `count`, `min`, `max`, `clear`, `pause` or `resume`; to look at some targets name them in `targets`, a list
    {"target":["api"],"count":2}
      `target` in the order has to be the name of one target of the policy, and is a list
    {"target":"","count":2}
      `target` in the order has to be the name of one target of the policy, and is an empty text
    {"Target":"api","count":2}
      the command has the key `Target`, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in {"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}
    {"target":"api","targets":["api"],"count":2}
      the command is not clear: `target` is one and `targets` are several: send one of the two keys
    {"targets":"*","count":2}
      the command is not clear: bounds differ from target to target: name those that they are for in `targets`, a list; "*" goes with `pause`, `resume` and `clear`
    {"targets":"all","pause":"in"}
      `targets` in the order has to be a list of names of targets of the policy, or left out to mean all, and is a text
    {"pause":"in"}
      `target` in the order has to be the name of one target of the policy, and is null
    {"resume":true}
      `target` in the order has to be the name of one target of the policy, and is null
    {"target":"api","pause":"scale-in"}
      `pause` in the order has to be "all", "in" for removals or "out" for additions, and is `scale-in`
    {"target":"api","pause":true}
      `pause` in the order has to be "all", "in" for removals or "out" for additions, and is true
    {"target":"api","resume":false}
      `resume` in the order has to be true, or left out, and is false
    {"target":"api","pause":"in","resume":true}
      the command is not clear: `pause`, `resume`, `clear` and bounds are each a command of its own: send one of them
    {"target":"api","pause":"in","min":2}
      the command is not clear: `pause`, `resume`, `clear` and bounds are each a command of its own: send one of them
    {"target":"api","resume":true,"for":"1h"}
      the command is not clear: `resume` ends a pause and goes with no `count`, `min`, `max`, `until` or `for`
    {"target":"api","pause":"in","until":"2026-11-27T20:00:00Z","for":"1h"}
      the command is not clear: `until` is a time and `for` a duration: send one of the two keys
    {"target":"api","pause":"in","for":"8d"}
      `for` in the order has to be a duration of 1m to 7d, as "30m", "6h" or "1d12h", and is `8d`
    {"target":"api","pause":"in","for":"30s"}
      `for` in the order has to be a duration of 1m to 7d, as "30m", "6h" or "1d12h", and is `30s`
    {"target":"api","pause":"in","for":"an hour"}
      `for` in the order has to be a duration of 1m to 7d, as "30m", "6h" or "1d12h", and is `an hour`
    {"target":"api","pause":"in","for":3600}
      `for` in the order has to be a duration of 1m to 7d, as "30m", "6h" or "1d12h", and is 3600
    {"target":"api","Count":2}
      the command has the key `Count`, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in {"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}
    {"target":"api","desired":2}
      the command has the key `desired`, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in {"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}
    {"target":"api","count":"2"}
      `count` in the order has to be a whole number of tasks, 0 or more, without quotation marks, and is a text
    {"target":"api","count":2.5}
      `count` in the order has to be a whole number of tasks, 0 or more, without quotation marks, and is 2.5
    {"target":"api","count":-1}
      `count` in the order has to be a whole number of tasks, 0 or more, without quotation marks, and is -1
    {"target":"api","count":5000000000}
      `count` in the order has to be a whole number of tasks, 0 or more, without quotation marks, and is 5000000000
    {"target":"api","count":null}
      `count` in the order has to be a whole number of tasks, 0 or more, without quotation marks, and is null
    {"target":"api","count":2,"min":2}
      the command is not clear: `count` is `min` and `max` in one, and goes with neither
    {"target":"api","count":2,"max":2}
      the command is not clear: `count` is `min` and `max` in one, and goes with neither
    {"target":"api","clear":false}
      `clear` in the order has to be true, or left out, and is false
    {"target":"api","clear":true,"min":2}
      the command is not clear: `clear` ends what stands and goes with no `count`, `min`, `max`, `until` or `for`
    {"target":"api","clear":true,"until":"2026-11-27T20:00:00Z"}
      the command is not clear: `clear` ends what stands and goes with no `count`, `min`, `max`, `until` or `for`
    {"target":"api","min":2,"until":"2026-11-27T20:00:00"}
      `until` in the order has to be a time with its offset or zone, as 2026-11-27T20:00:00Z, 2026-11-27T20:00:00+01:00 or 2026-11-27T20:00:00[Europe/Madrid], and is `2026-11-27T20:00:00`
    {"target":"api","min":2,"until":"tomorrow"}
      `until` in the order has to be a time with its offset or zone, as 2026-11-27T20:00:00Z, 2026-11-27T20:00:00+01:00 or 2026-11-27T20:00:00[Europe/Madrid], and is `tomorrow`
    {"target":"api","min":2,"until":1795000000}
      `until` in the order has to be a time with its offset or zone, as 2026-11-27T20:00:00Z, 2026-11-27T20:00:00+01:00 or 2026-11-27T20:00:00[Europe/Madrid], and is 1795000000
    {"target":"api","min":2,"dry_run":"yes"}
      `dry_run` in the order has to be true or false, without quotation marks, and is a text
    {"target":"api","min":2,"dryRun":true}
      the command has the key `dryRun`, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in {"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}
    {"detail-type":"Tidegate Command","source":"ops","time":"2026-11-27T19:27:22Z","detail":{"target":"api","cuont":2}}
      the command has the key `cuont`, which is not known: besides `target` or `targets` a command has `count`, or `min`, `max` or both, or `clear`, `pause` or `resume`, and may have `until` or `for`, and `dry_run`, as in {"target": "api", "min": 4, "until": "2026-11-27T20:00:00Z"}
    {"detail-type":"Tidegate Command","source":"ops","detail":{"count":2}}
      `time` in the order has to be when the event was sent, as EventBridge fills it in: 2026-11-27T20:00:00Z, and is missing
    {"detail-type":"Tidegate Command","source":"ops","detail":"api"}
      `detail` in the order has to be an object with a `target`, as {"target": "api", "min": 4}, and is a text
    {"detail-type":"Tidegate Command","source":"ops"}
      `detail` in the order has to be an object with a `target`, as {"target": "api", "min": 4}, and is missing
    {"detail-type":"Tidegate Command","source":"ops","dry_run":true,"detail":{"target":"api","count":2}}
      the order has the key `detail-type`, which is not known: an order has `dry_run`, `targets` or both and nothing else, as in {"dry_run": true, "targets": ["orders-readers"]}; a command names its `target`, as {"target": "api", "min": 4}
    {"detail-type":"Tidegate Command","source":"ops","detail":{"target":"api","count":2}}
      `time` in the order has to be when the event was sent, as EventBridge fills it in: 2026-11-27T20:00:00Z, and is missing
    {"detail-type":"Tidegate Command","source":"ops","time":"yesterday","detail":{"target":"api","clear":true}}
      `time` in the order has to be when the event was sent, as EventBridge fills it in: 2026-11-27T20:00:00Z, and is `yesterday`
    {"detail-type":"Tidegate Command","source":"ops","time":1795000000,"detail":{"target":"api","count":2}}
      `time` in the order has to be when the event was sent, as EventBridge fills it in: 2026-11-27T20:00:00Z, and is 1795000000
    "#);
}

#[test]
fn triggers_have_stable_names() {
    let triggers =
        [Trigger::Schedule, Trigger::Alarm, Trigger::InstanceEvent, Trigger::ServiceEvent, Trigger::Person];
    let names = triggers.map(Trigger::name);
    assert_eq!(names, ["schedule", "alarm", "instance_event", "service_event", "person"]);
}

/// What a person is told of `event`.
fn told(event: &Value) -> String {
    match parse(event) {
        Ok(wake_up) => panic!("{event} was read as {wake_up:?}"),
        Err(error) => {
            assert_eq!(error.kind(), "UnreadableEvent");
            error.to_string()
        }
    }
}

#[test]
fn what_does_not_belong_here_is_told_with_a_remedy() {
    let lines: Vec<String> =
        UNREADABLE.iter().map(|name| format!("{name}:\n  {}", told(&payload(name)))).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    unreadable-sns-batch:
      record 2 of 3: the SNS message `deploy finished at 12:40, all green` arrived, and is not read: it is neither an alarm nor an event of RDS, ECS or ElastiCache; give the function a topic of its own, to which only alarms and events of RDS, ECS and ElastiCache are published
    unreadable-sns-text:
      the SNS message `deploy finished at 12:40, all green` arrived, and is not read: it is neither an alarm nor an event of RDS, ECS or ElastiCache; give the function a topic of its own, to which only alarms and events of RDS, ECS and ElastiCache are published
    unreadable-sns-orders:
      an order arrived over SNS, and is not read: whoever may publish to a topic need not be allowed to give orders; invoke the function itself with it
    unreadable-sns-command:
      an order arrived over SNS, and is not read: whoever may publish to a topic need not be allowed to give orders; invoke the function itself with it
    unreadable-sns-budget:
      an SNS message holding an object with the keys `budgetName`, `notificationType` arrived, and is not read: it is neither an alarm nor an event of RDS, ECS or ElastiCache; give the function a topic of its own, to which only alarms and events of RDS, ECS and ElastiCache are published
    unreadable-sns-confirmation:
      the confirmation of an SNS subscription arrived, and is not read: a function's subscription needs none; subscribe the function itself to the topic, with the protocol lambda
    unreadable-sqs:
      an SQS message arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    unreadable-s3:
      an S3 event arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    unreadable-http:
      an HTTP request (API Gateway, a function URL or a load balancer) arrived, and is not read: the function answers no requests; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    unreadable-eventbridge:
      the EventBridge event `EC2 Instance State-change Notification` of `aws.ec2` arrived, and is not read: it says nothing of a database, a service or a cache; let the rule's pattern match `Scheduled Event`, `CloudWatch Alarm State Change`, `RDS DB Instance Event`, `ECS Service Action`, `ECS Deployment State Change`, `ECS Task State Change` or, of `aws.elasticache`, `AWS API Call via CloudTrail` only
    unreadable-ecs-container-instance:
      the EventBridge event `ECS Container Instance State Change` of `aws.ecs` arrived, and is not read: it says nothing of a database, a service or a cache; let the rule's pattern match `Scheduled Event`, `CloudWatch Alarm State Change`, `RDS DB Instance Event`, `ECS Service Action`, `ECS Deployment State Change`, `ECS Task State Change` or, of `aws.elasticache`, `AWS API Call via CloudTrail` only
    unreadable-cloudtrail:
      the EventBridge event `AWS API Call via CloudTrail` of `aws.rds` arrived, and is not read: it says nothing of a database, a service or a cache; let the rule's pattern match `Scheduled Event`, `CloudWatch Alarm State Change`, `RDS DB Instance Event`, `ECS Service Action`, `ECS Deployment State Change`, `ECS Task State Change` or, of `aws.elasticache`, `AWS API Call via CloudTrail` only
    unreadable-elasticache:
      the EventBridge event `Something Of A Later Version` of `aws.elasticache` arrived, and is not read: it says nothing of a database, a service or a cache; let the rule's pattern match `Scheduled Event`, `CloudWatch Alarm State Change`, `RDS DB Instance Event`, `ECS Service Action`, `ECS Deployment State Change`, `ECS Task State Change` or, of `aws.elasticache`, `AWS API Call via CloudTrail` only
    unreadable-null-message:
      an SNS record without a text in `Sns.Message` arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    ");
}

#[test]
fn what_a_person_got_wrong_is_told_with_a_remedy() {
    let events = [
        json!({}),
        json!(null),
        json!(true),
        json!(7),
        json!([]),
        json!("scale up please"),
        json!("{\"dry_run\": true}"),
        json!({"key1": "value1", "key2": "value2", "key3": "value3"}),
        json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}),
        json!({"dry_run": true, "target": "orders-readers"}),
        json!({"dryRun": true}),
        json!({"dry_run": "true"}),
        json!({"dry_run": null}),
        json!({"targets": "orders-readers"}),
        json!({"targets": []}),
        json!({"targets": ["orders-readers", 7]}),
        json!({"targets": [" "]}),
        // Somebody wants a dry run of what the schedule does: to pass `dry_run` over would change the account.
        json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "dry_run": true}),
        json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "Dry-Run": true}),
        json!({"Records": []}),
        json!({"Records": "none"}),
        json!({"Records": [7]}),
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification"}}]}),
        json!({"Records": [{"EventSource": "aws:someday"}]}),
    ];
    let lines: Vec<String> = events.iter().map(|event| format!("{event}\n  {}", told(event))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {}
      an empty object arrived, and is not read: it does not say whether the clock or a person sent it; for a schedule leave `Input` out, so that EventBridge says that it is one; by hand send {"dry_run": true}
    null
      null arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    true
      a boolean arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    7
      a number arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    []
      a list arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    "scale up please"
      the text `scale up please` arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    "{\"dry_run\": true}"
      a text holding JSON arrived, and is not read: an event is an object; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    {"key1":"value1","key2":"value2","key3":"value3"}
      an object with the keys `key1`, `key2`, `key3` arrived, and is not read: this is no event that the function knows; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    {"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}
      an object with the keys `a`, `b`, `c`, `d` and 2 more arrived, and is not read: this is no event that the function knows; to run the function by hand send {"dry_run": true}, {"targets": ["orders-readers"]} or both in one
    {"dry_run":true,"target":"orders-readers"}
      the command is not clear: it says of one `target` nothing that is to be: give `count`, `min`, `max`, `clear`, `pause` or `resume`; to look at some targets name them in `targets`, a list
    {"dryRun":true}
      the order has the key `dryRun`, which is not known: an order has `dry_run`, `targets` or both and nothing else, as in {"dry_run": true, "targets": ["orders-readers"]}; a command names its `target`, as {"target": "api", "min": 4}
    {"dry_run":"true"}
      `dry_run` in the order has to be true or false, without quotation marks, and is a text
    {"dry_run":null}
      `dry_run` in the order has to be true or false, without quotation marks, and is null
    {"targets":"orders-readers"}
      `targets` in the order has to be a list of names of targets of the policy, or left out to mean all, and is a text
    {"targets":[]}
      `targets` in the order has to be a list of names of targets of the policy, or left out to mean all, and is an empty list
    {"targets":["orders-readers",7]}
      `targets` in the order has to be a list of names of targets of the policy, or left out to mean all, and is a list with a number in it
    {"targets":[" "]}
      `targets` in the order has to be a list of names of targets of the policy, or left out to mean all, and is a list with an empty text in it
    {"source":"aws.scheduler","detail-type":"Scheduled Event","dry_run":true}
      the order has the key `source`, which is not known: an order has `dry_run`, `targets` or both and nothing else, as in {"dry_run": true, "targets": ["orders-readers"]}; a command names its `target`, as {"target": "api", "min": 4}
    {"source":"aws.scheduler","detail-type":"Scheduled Event","Dry-Run":true}
      the order has the key `Dry-Run`, which is not known: an order has `dry_run`, `targets` or both and nothing else, as in {"dry_run": true, "targets": ["orders-readers"]}; a command names its `target`, as {"target": "api", "min": 4}
    {"Records":[]}
      an event with `Records` that hold nothing arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    {"Records":"none"}
      an event with `Records` that hold nothing arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    {"Records":[7]}
      a record that does not say where it is from arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    {"Records":[{"EventSource":"aws:sns","Sns":{"Type":"Notification"}}]}
      an SNS record without a text in `Sns.Message` arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    {"Records":[{"EventSource":"aws:someday"}]}
      a record of `aws:someday` arrived, and is not read: it says nothing of a database, a service or a cache; remove this trigger from the function, which is woken by schedules, CloudWatch alarms and events of RDS, ECS and ElastiCache
    "#);
}

#[test]
fn nothing_that_signs_or_confirms_is_quoted() {
    for name in UNREADABLE {
        let told = told(&payload(name));
        for secret in ["EXAMPLE", "2336412f", "https://"] {
            assert!(!told.contains(secret), "{name}: {told}");
        }
    }
    // Nor where an envelope arrives as a text, or as a message.
    let confirmation = payload("unreadable-sns-confirmation").to_string();
    for event in [
        json!(confirmation),
        json!({"Records": [{"Sns": {"Message": format!("see: {confirmation}")}}]}),
        json!({"Records": [{"Sns": {"Message": confirmation}}]}),
    ] {
        let told = told(&event);
        assert!(!told.contains("2336412f") && !told.contains("EXAMPLE"), "{told}");
    }
}

/// Any JSON whose keys are drawn from `keys` and whose texts are drawn from `texts`.
fn any_json(keys: BoxedStrategy<String>, texts: BoxedStrategy<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        4 => texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::btree_map(keys.clone(), inner, 0..6)
                .prop_map(|object| Value::Object(Map::from_iter(object))),
        ]
    })
}

/// What our readers look for, so that random objects come deep into them.
fn marked() -> impl Strategy<Value = Value> {
    let keys = [
        "source",
        "detail-type",
        "detail",
        "Records",
        "Sns",
        "Type",
        "Message",
        "EventSource",
        "eventSource",
        "AlarmName",
        "NewStateValue",
        "Trigger",
        "Metrics",
        "MetricStat",
        "Metric",
        "Dimensions",
        "name",
        "value",
        "alarmArn",
        "alarmData",
        "configuration",
        "metrics",
        "Event Source",
        "Event ID",
        "Source ID",
        "SourceIdentifier",
        "SourceArn",
        "dry_run",
        "targets",
        "Signature",
        "requestContext",
        "DBInstanceIdentifier",
        "target",
        "count",
        "min",
        "until",
        "clear",
        "resources",
        "group",
        "clusterArn",
        "stopCode",
        "resourceId",
        "ServiceName",
        "ClusterName",
        "TargetGroup",
    ];
    let texts = [
        "aws.events",
        "aws.scheduler",
        "aws.cloudwatch",
        "aws.rds",
        "Scheduled Event",
        "CloudWatch Alarm State Change",
        "RDS DB Instance Event",
        "RDS  Event",
        "aws.ecs",
        "aws.application-autoscaling",
        "ECS Service Action",
        "ECS Task State Change",
        "Tidegate Command",
        "service:api",
        "arn:aws:ecs:::service/",
        "2026-11-27T20:00:00Z",
        "aws:sns",
        "aws:sqs",
        "Notification",
        "db-instance",
        "DBInstanceIdentifier",
        "arn:aws:rds:::db:",
        "arn",
        ":::",
        "{\"AlarmName\":\"a\",\"NewStateValue\":\"OK\",\"Trigger\":[]}",
        "{}",
        "[]",
        "\u{0}é",
    ];
    let named = |names: &[&str]| {
        prop::sample::select(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    };
    any_json(named(&keys).boxed(), prop_oneof![4 => named(&texts), 1 => ".{0,300}"].boxed())
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(event in marked()) {
        match parse(&event) {
            Ok(wake_up) => prop_assert!(wake_up.resources.is_sorted()),
            Err(error) => prop_assert!(error.to_string().chars().count() < 600, "{}", error),
        }
    }

    #[test]
    fn an_object_without_our_marks_never_wakes(
        event in any_json("[a-zA-Z_]{1,5}".boxed(), ".{0,40}".boxed()),
    ) {
        prop_assert!(parse(&event).is_err());
    }

    #[test]
    fn no_message_in_words_wakes(message in "[^{]{0,80}") {
        let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]});
        prop_assert!(parse(&event).is_err());
    }

    #[test]
    fn the_record_that_cannot_be_read_is_named(of in 2_usize..8, bad in 0_usize..8) {
        let bad = bad % of;
        let records: Vec<Value> = (0..of)
            .map(|index| if index == bad { json!({"Sns": {"Message": "words"}}) } else { payload("alarm-sns-metric")["Records"][0].clone() })
            .collect();
        let error = parse(&json!({"Records": records})).err();
        let named = matches!(error, Some(EventError::Record { number, of: all, .. }) if number == bad + 1 && all == of);
        prop_assert!(named);
    }
}

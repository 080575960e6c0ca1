//! What a document says of ECS services: their keys, their signals, and what they need before a rule can be read.

use insta::assert_snapshot;
use jiff::SignedDuration;
use tidegate_policy::policy::{EcsService, PointsRequired, Scaling, Signal, TargetKind};
use tidegate_policy::units::Count;

use crate::{RIGHT, edit, minutes, read, told};

/// A right document: ten lines, so that what is added stands in line 11.
pub(crate) const SERVICE: &str = r#"[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 2
max = 10
scale_out = ["cpu > 70% for 10m"]
scale_in = ["cpu < 50% for 25m"]
alert = []
"#;

const LOAD_BALANCER: &str = "load_balancer = { load_balancer = 'app/prod/50dc6c495c0c9188', target_group = 'targetgroup/api/6d0ecf831eec9f09' }";
const QUEUE: &str = "queue = 'jobs'";

fn with(line: &str) -> String {
    told(&edit(SERVICE, &[line]))
}

fn target(lines: &[&str]) -> (EcsService, Scaling) {
    let target = read(&edit(SERVICE, lines)).targets.remove(0);
    let TargetKind::EcsService(service) = target.kind else { panic!("{:?}", target.kind) };
    (service, target.scaling)
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    let (service, scaling) = target(&[]);
    assert_snapshot!(format!("{service:#?}"), @r#"
    EcsService {
        cluster: "prod",
        service: "api",
        load_balancer: None,
        queue: None,
        spot: None,
        events: [],
        start_within: 600s,
    }
    "#);
    assert_eq!((scaling.cooldown.out, scaling.cooldown.in_), (SignedDuration::from_secs(60), minutes(5)));
    assert_eq!((scaling.stabilization.out, scaling.stabilization.in_), (SignedDuration::ZERO, minutes(5)));
    assert_eq!((scaling.evaluate_every, scaling.margin.0), (minutes(5), 10.0));
}

#[test]
fn every_key_is_read() {
    let (service, _) = target(&[
        "cluster = 'Prod_2'",
        LOAD_BALANCER,
        "queue = 'jobs.fifo'",
        "spot = { share = '62.5%', base = 2, retry_after = '1h', force_deployment = true }",
        "override_for = '2h'",
        "start_within = '20m'",
    ]);
    assert_snapshot!(format!("{service:#?}"), @r#"
    EcsService {
        cluster: "Prod_2",
        service: "api",
        load_balancer: Some(
            LoadBalancer {
                load_balancer: "app/prod/50dc6c495c0c9188",
                target_groups: [
                    "targetgroup/api/6d0ecf831eec9f09",
                ],
            },
        ),
        queue: Some(
            "jobs.fifo",
        ),
        spot: Some(
            Spot {
                share: Percent(
                    62.5,
                ),
                base: Count(
                    2,
                ),
                retry_after: 3600s,
                force_deployment: true,
            },
        ),
        events: [],
        start_within: 1200s,
    }
    "#);
}

#[test]
fn required_keys_are_asked_for_and_the_kind_is_told_by_the_others() {
    assert_snapshot!(told("[[target]]\nname = 'api'\nkind = 'ecs-service'\n"), @r#"
    1:1: target "api" has no "min": add it, as min = 1
    1:1: target "api" has no "max": add it, as max = 5
    1:1: target "api" has no "cluster": add it, as cluster = "prod"
    1:1: target "api" has no "service": add it, as service = "api"
    "#);
    assert_snapshot!(told("[[target]]\nname = 'api'\ncluster = 'prod'\nmin = 1\nmax = 2\n"), @r#"
    1:1: target "api" has no "kind": add it, as kind = "ecs-service"
    1:1: target "api" has no "service": add it, as service = "api"
    1:1: nothing would ever scale target "api": add scale_out and scale_in, track, windows or an [[event]]
    "#);
    assert_snapshot!(with("load_balancer = { }"), @r#"
    11:17: "load_balancer" has no "load_balancer": add it, as load_balancer = "app/prod/50dc6c495c0c9188"
    11:17: "load_balancer" has no "target_group": add it, as target_group = "targetgroup/api/6d0ecf831eec9f09"
    "#);
    assert_snapshot!(with("spot = { base = 1 }"), @r#"11:8: "spot" has no "share": add it, as share = "50%""#);
}

#[test]
fn names_are_those_that_aws_takes() {
    assert_snapshot!(with("cluster = 'arn:aws:ecs:eu-west-1:123456789012:cluster/prod'"), @r#"4:11: cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/prod" is not an ECS cluster's name: this is an ARN: write the short name at its end, "prod""#);
    assert_snapshot!(with("service = 'arn:aws:ecs:eu-west-1:123456789012:service/prod/api'"), @r#"5:11: service: "arn:aws:ecs:eu-west-1:123456789012:service/prod/api" is not an ECS service's name: this is an ARN: write the short name at its end, "api""#);
    assert_snapshot!(with("service = 'my api'"), @r#"5:11: service: "my api" is not an ECS service's name: write 1 to 255 letters, digits, hyphens and underscores"#);
    assert_snapshot!(with("cluster = ''"), @r#"4:11: cluster: "" is not an ECS cluster's name: write 1 to 255 letters, digits, hyphens and underscores"#);
    assert_eq!(with(&format!("service = '{}'", "a".repeat(255))), "nothing");
    assert!(with(&format!("service = '{}'", "a".repeat(256))).starts_with("5:11: service: "));
    assert_snapshot!(with("queue = 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs'"), @r#"11:9: queue: "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs" is not an SQS queue's name: write the name at its end, "jobs""#);
    assert_snapshot!(with("queue = 'arn:aws:sqs:eu-west-1:123456789012:jobs.fifo'"), @r#"11:9: queue: "arn:aws:sqs:eu-west-1:123456789012:jobs.fifo" is not an SQS queue's name: write the name at its end, "jobs.fifo""#);
    assert_snapshot!(with("queue = 'jobs.lifo'"), @r#"11:9: queue: "jobs.lifo" is not an SQS queue's name: write 1 to 80 letters, digits, hyphens and underscores, with ".fifo" at the end of a FIFO queue's"#);
    assert_snapshot!(with("queue = '.fifo'"), @r#"11:9: queue: ".fifo" is not an SQS queue's name: write 1 to 80 letters, digits, hyphens and underscores, with ".fifo" at the end of a FIFO queue's"#);
    assert_eq!(with(&format!("queue = '{}.fifo'", "a".repeat(75))), "nothing");
    assert!(with(&format!("queue = '{}.fifo'", "a".repeat(76))).starts_with("11:9: queue: "));
}

#[test]
fn load_balancers_are_the_ends_of_arns() {
    let balancer = |balancer: &str, group: &str| {
        with(&format!("load_balancer = {{ load_balancer = '{balancer}', target_group = '{group}' }}"))
    };
    let (right, group) = ("app/prod/50dc6c495c0c9188", "targetgroup/api/6d0ecf831eec9f09");
    assert_eq!(balancer(right, group), "nothing");
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:";
    assert_snapshot!(balancer(&format!("{arn}loadbalancer/{right}"), &format!("{arn}{group}")), @r#"
    11:35: load_balancer.load_balancer: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/prod/50dc6c495c0c9188" is not a load balancer: write what follows "loadbalancer/" in the ARN, "app/prod/50dc6c495c0c9188"
    11:144: load_balancer.target_group: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/api/6d0ecf831eec9f09" is not a target group: write the end of the ARN, "targetgroup/api/6d0ecf831eec9f09"
    "#);
    assert_snapshot!(balancer("net/prod/50dc6c495c0c9188", "api"), @r#"
    11:35: load_balancer.load_balancer: "net/prod/50dc6c495c0c9188" is not a load balancer: only an Application Load Balancer counts requests: write that of one, as "app/prod/50dc6c495c0c9188"
    11:79: load_balancer.target_group: "api" is not a target group: write the end of its ARN, as "targetgroup/api/6d0ecf831eec9f09"
    "#);
    assert_snapshot!(balancer("prod", "targetgroup/api/no-hex"), @r#"
    11:35: load_balancer.load_balancer: "prod" is not a load balancer: write the end of its ARN, as "app/prod/50dc6c495c0c9188"
    11:58: load_balancer.target_group: "targetgroup/api/no-hex" is not a target group: write the end of its ARN, as "targetgroup/api/6d0ecf831eec9f09"
    "#);
}

#[test]
fn one_target_group_or_several_are_named() {
    let groups = |groups: &str| {
        let balancer = "load_balancer = 'app/prod/50dc6c495c0c9188'";
        with(&format!("load_balancer = {{ {balancer}, target_group = {groups} }}"))
    };
    let group = |name: &str| format!("'targetgroup/{name}/6d0ecf831eec9f09'");
    let (blue, green) = (group("blue"), group("green"));
    for right in [blue.clone(), format!("[{blue}]"), format!("[{blue}, {green}]")] {
        assert_eq!(groups(&right), "nothing");
    }
    let text = format!(
        "load_balancer = {{ load_balancer = 'app/prod/50dc6c495c0c9188', target_group = [{blue}, {green}] }}"
    );
    let named = target(&[&text]).0.load_balancer.unwrap().target_groups;
    assert_eq!(named, ["targetgroup/blue/6d0ecf831eec9f09", "targetgroup/green/6d0ecf831eec9f09"]);
    assert_snapshot!(groups("[]"), @"11:79: load_balancer.target_group: 0 target groups are named: write 1 to 5");
    assert_snapshot!(groups(&format!("[{}]", [blue.as_str(); 6].join(", "))), @"11:79: load_balancer.target_group: 6 target groups are named: write 1 to 5");
    assert_snapshot!(groups(&format!("[{blue}, {blue}]")), @r#"11:117: load_balancer.target_group: "targetgroup/blue/6d0ecf831eec9f09" is named twice: name each target group once"#);
    assert_snapshot!(groups(&format!("[{blue}, 'green']")), @r#"11:117: load_balancer.target_group: "green" is not a target group: write the end of its ARN, as "targetgroup/api/6d0ecf831eec9f09""#);
    assert_snapshot!(groups("7"), @r#"11:79: load_balancer.target_group: expected a target group in quotes, found the number 7: write load_balancer.target_group = "targetgroup/api/6d0ecf831eec9f09""#);
}

#[test]
fn spot_and_times_are_checked() {
    assert_snapshot!(with("spot = { share = '0%' }"), @"11:18: spot.share: 0% is out of range: write 1% to 100%, or remove spot");
    assert_snapshot!(with("spot = { share = '101%', base = 11, retry_after = '8d', force_deployment = 1 }"), @"
    11:18: spot.share: 101% is out of range: write 1% to 100%, or remove spot
    11:33: spot.base: 11 is above max, which is 10: write 10 or less
    11:51: spot.retry_after: 8d is too long: Spot capacity comes back sooner, so write 7d or less
    11:76: spot.force_deployment: expected true or false, found the number 1: write spot.force_deployment = false
    ");
    assert_snapshot!(with("spot = { share = 0.5 }"), @r#"11:18: spot.share: expected a percentage in quotes, found the number 0.5: write spot.share = "50%""#);
    assert_snapshot!(with("spot = { share = '50', bass = 2 }"), @r#"
    11:18: spot.share: a share is a percentage: write "50%"
    11:24: unknown key "bass" in "spot": did you mean "base"?
    "#);
    assert_eq!(with("spot = { share = '100%', base = 10 }"), "nothing");
    assert_snapshot!(with("override_for = '8d'"), @"11:16: override_for: 8d is too long: what is to last belongs into the policy, so write 7d or less");
    assert_snapshot!(with("override_for = '30s'"), @"11:16: override_for: 30s is too short: write 1m or more");
    assert_snapshot!(with("start_within = '2h'"), @"11:16: start_within: 2h is too long: a task that does not run by then never will, so write 1h or less");
}

#[test]
fn bounds_are_those_of_a_service() {
    assert_eq!(with("max = 5000"), "nothing");
    assert_snapshot!(with("max = 5001"), @"7:7: max: 5001 is more than the 5000 tasks that ECS lets a service run: write 5000 or less");
    assert_snapshot!(with("max = 0"), @"7:7: max: 0 is out of range: write 1 or more");
}

#[test]
fn rules_are_taken_apart() {
    let both = |rules: &str| target(&[LOAD_BALANCER, QUEUE, rules]).1;
    for (written, signal, threshold, of) in [
        ("cpu > 70% for 10m", Signal::Cpu, 70.0, 10),
        ("memory > 80% for 10m", Signal::Memory, 80.0, 10),
        ("requests per target > 1000 for 5m", Signal::RequestsPerTarget, 1000.0, 5),
        ("p95 latency > 1s for 5m", Signal::Latency, 1.0, 5),
        ("p95 latency > 800ms for 5m", Signal::Latency, 0.8, 5),
        ("p95 latency > 1s500ms for 5m", Signal::Latency, 1.5, 5),
        ("error rate > 0.5% for 5m", Signal::ErrorRate, 0.5, 5),
        ("queue depth > 100 for 5m", Signal::QueueDepth, 100.0, 5),
        ("queue age > 5m for 3m", Signal::QueueAge, 300.0, 3),
        ("backlog per task > 2.5 for 5m", Signal::BacklogPerTask, 2.5, 5),
    ] {
        let rule = both(&format!("scale_out = ['{written}']")).scale_out.remove(0);
        assert_eq!((rule.signal, rule.threshold), (signal, threshold), "{written}");
        assert_eq!((rule.points, rule.step), (PointsRequired::All { of }, Count::ONE), "{written}");
        assert_eq!(rule.text, written);
    }
    for (written, signal, kept) in [
        ("cpu at 70%", Signal::Cpu, 70.0),
        ("memory at 80%", Signal::Memory, 80.0),
        ("requests per target at 1000", Signal::RequestsPerTarget, 1000.0),
        ("backlog per task at 10", Signal::BacklogPerTask, 10.0),
    ] {
        let rule = both(&format!("track = ['{written}']")).track.remove(0);
        assert_eq!((rule.signal, rule.target, rule.text.as_str()), (signal, kept, written));
    }
    let latency = both("scale_in = ['p95 latency < 300ms for 25m', 'error rate < 1% for 25m']");
    assert_eq!(latency.scale_in[0].threshold, 0.3);
}

#[test]
fn rules_say_what_to_write_instead() {
    let rule = |key: &str, rule: &str| {
        told(&edit(
            SERVICE,
            &["scale_out = []", "scale_in = []", LOAD_BALANCER, QUEUE, &format!("{key} = [\"{rule}\"]")],
        ))
    };
    let alert = |written: &str| rule("alert", written);
    assert_snapshot!(alert("cpu > 0.7 for 10m"), @r#"10:17: "cpu > 0.7 for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(alert("primary cpu > 70% for 10m"), @r#"10:11: "primary cpu > 70% for 10m": "primary cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task""#);
    let track = |written: &str| rule("track", written);
    assert_snapshot!(track("error rate at 1%"), @r#"13:11: "error rate at 1%": "error rate" cannot be tracked: write "cpu", "memory", "requests per target" or "backlog per task""#);
    assert_snapshot!(track("queue depth at 100"), @r#"13:11: "queue depth at 100": "queue depth" cannot be tracked: write "cpu", "memory", "requests per target" or "backlog per task""#);
    assert_snapshot!(track("replica cpu at 60%"), @r#"13:11: "replica cpu at 60%": "replica cpu" is a signal of another kind of target: write "cpu", "memory", "requests per target" or "backlog per task""#);
    assert_snapshot!(track("requests per target at 1000 rpm"), @r#"13:34: "requests per target at 1000 rpm": requests per target are compared with a plain number: write "1000""#);
    assert_snapshot!(track("requests per target at 0"), @r#"13:34: "requests per target at 0": requests per target are never below zero: write a number above 0"#);
    assert_snapshot!(track("requests per target at"), @r#"13:33: "requests per target at": requests per target are compared with a plain number: write "1000""#);
    assert_snapshot!(track("cpu at 96%"), @r#"13:18: "cpu at 96%": 96% cannot be kept: write a target of 10% to 95%"#);
    assert_snapshot!(track("cpu is 70%"), @r#"13:11: "cpu is 70%": no "at" in it: write SIGNAL at VALUE, as "requests per target at 1000""#);
    let scale_in = |written: &str| rule("scale_in", written);
    assert_snapshot!(scale_in("latency < 1s for 25m"), @r#"9:14: "latency < 1s for 25m": unknown signal "latency": did you mean "p95 latency"? known are "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" and "backlog per task""#);
    assert_snapshot!(scale_in("lag < 1s for 25m"), @r#"9:14: "lag < 1s for 25m": "lag" is a signal of another kind of target: write "cpu", "memory", "requests per target", "p95 latency", "error rate", "queue depth", "queue age" or "backlog per task""#);
    assert_snapshot!(scale_in("memory < 80 for 25m"), @r#"9:23: "memory < 80 for 25m": memory is compared with a percentage: write "80%""#);
    assert_snapshot!(scale_in("p95 latency < 0ms for 25m"), @r#"9:28: "p95 latency < 0ms for 25m": latency is never below zero: write 1ms or more"#);
    assert_snapshot!(scale_in("p95 latency < 0.8 for 25m"), @r#"9:28: "p95 latency < 0.8 for 25m": latency is compared with a duration: write "800ms""#);
    assert_snapshot!(scale_in("p95 latency < fast for 25m"), @r#"9:28: "p95 latency < fast for 25m": latency is compared with a duration: write "800ms""#);
    assert_snapshot!(scale_in("queue age < 500ms for 25m"), @r#"9:26: "queue age < 500ms for 25m": the queue's age is compared with a duration: write "5m""#);
    assert_snapshot!(scale_in("queue age < 300 for 25m"), @r#"9:26: "queue age < 300 for 25m": the queue's age is compared with a duration: write "5m""#);
    assert_snapshot!(scale_in("queue depth < 1,000 for 25m"), @r#"9:28: "queue depth < 1,000 for 25m": the queue's depth is compared with a plain number: write "1000""#);
    assert_snapshot!(scale_in("queue depth < 0 for 25m"), @r#"9:28: "queue depth < 0 for 25m": the queue's depth is never below zero: write a number above 0"#);
    assert_snapshot!(scale_in("backlog per task < -1 for 25m"), @r#"9:33: "backlog per task < -1 for 25m": the backlog per task is compared with a plain number: write "100""#);
    assert_snapshot!(scale_in("requests per target < many for 25m"), @r#"9:36: "requests per target < many for 25m": requests per target are compared with a plain number: write "1000""#);
    assert_snapshot!(scale_in("error rate < 1 for 25m"), @r#"9:27: "error rate < 1 for 25m": the error rate is compared with a percentage: write "1%""#);
    assert_snapshot!(scale_in("error rate < few for 25m"), @r#"9:27: "error rate < few for 25m": the error rate is compared with a percentage: write "1%""#);
    assert_snapshot!(scale_in("error rate < 0% for 25m"), @r#"9:27: "error rate < 0% for 25m": the error rate is compared with a percentage above 0% and up to 100%, and 0% is not one: write "1%""#);
    assert_snapshot!(scale_in("cpu < 50% for 800ms"), @r#"9:31: "cpu < 50% for 800ms": "ms" in "800ms" is not a unit: write d, h, m or s"#);
}

#[test]
fn signals_need_what_they_are_read_from() {
    let out = |rule: &str| with(&format!("scale_out = ['{rule}']"));
    assert_snapshot!(out("requests per target > 1000 for 5m"), @r#"8:15: "requests per target > 1000 for 5m": "requests per target" is that of a load balancer, and the target names none: add load_balancer = { load_balancer = "app/prod/50dc6c495c0c9188", target_group = "targetgroup/api/6d0ecf831eec9f09" }"#);
    assert_snapshot!(out("p95 latency > 1s for 5m"), @r#"8:15: "p95 latency > 1s for 5m": "p95 latency" is that of a load balancer, and the target names none: add load_balancer = { load_balancer = "app/prod/50dc6c495c0c9188", target_group = "targetgroup/api/6d0ecf831eec9f09" }"#);
    assert_snapshot!(out("error rate > 1% for 5m"), @r#"8:15: "error rate > 1% for 5m": "error rate" is that of a load balancer, and the target names none: add load_balancer = { load_balancer = "app/prod/50dc6c495c0c9188", target_group = "targetgroup/api/6d0ecf831eec9f09" }"#);
    assert_snapshot!(out("queue depth > 100 for 5m"), @r#"8:15: "queue depth > 100 for 5m": "queue depth" is that of an SQS queue, and the target names none: add queue = "jobs""#);
    assert_snapshot!(out("queue age > 5m for 5m"), @r#"8:15: "queue age > 5m for 5m": "queue age" is that of an SQS queue, and the target names none: add queue = "jobs""#);
    assert_snapshot!(with("track = ['backlog per task at 10']"), @r#"11:11: "backlog per task at 10": "backlog per task" is that of an SQS queue, and the target names none: add queue = "jobs""#);
    // One that is there and wrong is told once.
    assert_snapshot!(told(&edit(SERVICE, &["queue = ''", "track = ['backlog per task at 10']"])), @r#"11:9: queue: "" is not an SQS queue's name: write 1 to 80 letters, digits, hyphens and underscores, with ".fifo" at the end of a FIFO queue's"#);
}

#[test]
fn thresholds_in_the_wrong_order_name_both_rules() {
    let rules = |out: &str, down: &str| {
        told(&edit(
            SERVICE,
            &[LOAD_BALANCER, QUEUE, &format!("scale_out = ['{out}']"), &format!("scale_in = ['{down}']")],
        ))
    };
    assert_snapshot!(rules("p95 latency > 800ms for 5m", "p95 latency < 1s500ms for 25m"), @r#"9:13: scale_in "p95 latency < 1s500ms for 25m" (line 9) agrees to remove where scale_out "p95 latency > 800ms for 5m" (line 8) adds: write a threshold well below 800ms"#);
    assert_snapshot!(rules("requests per target > 1000 for 5m", "requests per target < 1000 for 25m"), @r#"9:13: scale_in "requests per target < 1000 for 25m" (line 9) agrees to remove where scale_out "requests per target > 1000 for 5m" (line 8) adds: write a threshold well below 1000"#);
    // Messages in all and messages for each task are two things.
    assert_eq!(rules("backlog per task > 10 for 5m", "queue depth < 50 for 25m"), "nothing");
}

#[test]
fn a_target_at_zero_can_leave_it() {
    let from_zero =
        |lines: &[&str]| told(&edit(SERVICE, &[&["min = 0", LOAD_BALANCER, QUEUE], lines].concat()));
    // With no task the load balancer has nobody to measure.
    assert_snapshot!(from_zero(&["scale_out = ['requests per target > 10 for 5m']", "track = ['cpu at 60%']"]), @r#"6:7: min: with 0 tasks only a queue has a signal, so the target could never leave 0: add a rule on its queue, as track = ["backlog per task at 25"], or a window with a min of 1 or more, or write min = 1"#);
    for leaves in [
        "scale_out = ['queue depth > 1 for 1m']",
        "scale_out = ['queue age > 1m for 1m']",
        "track = ['backlog per task at 10']",
        "windows = [{ days = 'daily', from = '08:00', to = '20:00', zone = 'UTC', min = 1 }]",
    ] {
        assert_eq!(from_zero(&[leaves]), "nothing", "{leaves}");
    }
    let event = "[[event]]\nname = 'sale'\ntarget = 'api'\nfrom = 2026-11-27T18:00:00Z\nto = 2026-11-27T20:00:00Z\nrequests_per_minute = 500\n";
    assert_eq!(told(&format!("{}\n{event}", edit(SERVICE, &["min = 0"]))), "nothing");
}

#[test]
fn what_is_added_can_go_again() {
    assert_snapshot!(with("scale_in = []"), @r#"1:1: nothing would ever remove what scale_out adds to target "api": add scale_in, as scale_in = ["cpu < 50% for 25m"], or track"#);
    assert_eq!(told(&edit(SERVICE, &["scale_in = []", "track = ['cpu at 60%']"])), "nothing");
    assert_eq!(with("scale_out = []"), "nothing");
    assert_snapshot!(told(&edit(SERVICE, &["scale_out = []", "scale_in = []"])), @r#"1:1: nothing would ever scale target "api": add scale_out and scale_in, track, windows or an [[event]]"#);
    let by_the_clock = "windows = [{ days = 'daily', from = '08:00', to = '20:00', zone = 'UTC', min = 3 }]";
    assert_eq!(told(&edit(SERVICE, &["scale_out = []", "scale_in = []", by_the_clock])), "nothing");
}

#[test]
fn two_targets_share_no_service_and_kinds_stand_together() {
    let second = SERVICE.replace("name = \"api\"", "name = \"api-2\"");
    assert_snapshot!(told(&format!("{SERVICE}{second}")), @r#"11:1: target "api-2": service "api" of cluster "prod" is already that of target "api": one target holds the count of a service"#);
    assert_eq!(told(&format!("{SERVICE}{}", second.replace("\"prod\"", "\"other\""))), "nothing");
    assert_eq!(told(&format!("{RIGHT}{SERVICE}")), "nothing");
}

#[test]
fn unknown_keys_are_told_with_what_was_meant() {
    assert_snapshot!(with("source = 'orders-primary'"), @r#"11:1: unknown key "source" in target "api": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast""#);
    assert_snapshot!(with("ques = 'jobs'"), @r#"11:1: unknown key "ques" in target "api": remove it; known are "name", "kind", "min", "max", "cluster", "service", "load_balancer", "queue", "spot", "start_within", "evaluate_every", "scale_out", "scale_in", "alert", "track", "windows", "cooldown", "stabilization", "rate_limit", "at_maximum_for", "margin", "override_for" and "forecast""#);
}

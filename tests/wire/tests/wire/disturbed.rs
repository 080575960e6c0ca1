//! Goal: what AWS refuses, delays, cuts off or denies delays a replica, and does no harm. Method: one fault at a time, on the way out and
//! back; each is proved to have fired, and the rest state is that of the undisturbed way.

use std::thread;
use std::time::Duration;

use tidegate_wire::account::SOURCE;
use tidegate_wire::event;
use tidegate_wire::faults::Fault;
use tidegate_wire::function::{Function, Invocation};
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Rest, Scene, TIMEOUT, summary};

use crate::scale::{PATIENCE, begin, gone, grow, serves, shrink};

/// Ticks until `done`, whatever the attempts answer; the process may not end.
fn endure(scene: &mut Scene, what: &str, done: impl Fn(&Scene) -> bool) {
    let mut told = Vec::new();
    for _ in 0..PATIENCE {
        if done(scene) {
            return;
        }
        let tick = scene.tick();
        assert!(
            matches!(tick, Invocation::Response(_) | Invocation::Error { .. }),
            "{what}: {tick:?}; it said: {}",
            scene.function().said()
        );
        told.push(summary(&tick));
    }
    panic!("{what}: {:?} after {PATIENCE} minutes:\n{}", scene.rest(), told.join("\n"));
}

fn undisturbed() -> (Rest, Rest) {
    let floor = |weight| Some(weight);
    (
        Rest { weights: vec![0], floor: floor(0), replicas: 1, transition: None },
        Rest { weights: vec![], floor: floor(0), replicas: 0, transition: None },
    )
}

/// Out and in again with these faults on the way.
fn there_and_back(what: &str, faults: &[Fault]) {
    let mut scene = Scene::new().with_faults();
    begin(&mut scene);
    scene.faults().set(faults);
    scene.load = Load::HOT;
    endure(&mut scene, what, |scene| !scene.account.replicas().is_empty());
    scene.load = Load::CALM;
    endure(&mut scene, what, serves);
    let (up, down) = undisturbed();
    assert_eq!(scene.rest().replicas, up.replicas, "{what}");
    scene.load = Load::IDLE;
    endure(&mut scene, what, gone);
    assert_eq!(scene.rest().replicas, down.replicas, "{what}");
    for fault in faults {
        assert!(scene.faults().fired(fault) > 0, "{what}: {fault:?} never fired");
    }
    assert_eq!(scene.account.instances(), [SOURCE], "{what}");
    untouched_source(&scene, what);
}

/// Nothing was ever asked of the source but to describe it and to be a replica's source.
pub(crate) fn untouched_source(scene: &Scene, what: &str) {
    for call in scene.shim.calls() {
        let about_it = call.request.contains(&format!("&DBInstanceIdentifier={SOURCE}"));
        assert!(!(about_it && call.operation.is_write()), "{what}: {}: {}", call.operation, call.request);
    }
}

#[test]
fn throttled_calls_are_made_again() {
    there_and_back(
        "throttled",
        &[
            Fault::refuses("RDS.DescribeDBInstances", "Throttling", 400).times(2),
            Fault::refuses("RDS.CreateDBInstanceReadReplica", "Throttling", 400).times(4),
            Fault::refuses("CloudWatch.GetMetricStatistics", "Throttling", 400).times(2),
            Fault::refuses("Route53.ChangeResourceRecordSets", "Throttling", 400).times(4),
            Fault::refuses("DynamoDB.BatchGetItem", "ProvisionedThroughputExceededException", 400).times(2),
        ],
    );
}

#[test]
fn server_errors_pass() {
    there_and_back(
        "500s",
        &[
            Fault::refuses("RDS.DescribeDBInstances", "InternalFailure", 500).times(4),
            Fault::refuses("RDS.DeleteDBInstance", "InternalFailure", 500).times(4),
            Fault::refuses("Route53.ListResourceRecordSets", "InternalFailure", 500).times(4),
            Fault::refuses("Route53.ChangeResourceRecordSets", "ServiceUnavailable", 503).times(4),
            Fault::refuses("DynamoDB.UpdateItem", "InternalServerError", 500).times(4),
        ],
    );
}

#[test]
fn resets_and_answers_cut_off_pass() {
    there_and_back(
        "resets",
        &[
            Fault::resets("RDS.DescribeDBInstances").times(4),
            Fault::resets("Route53.ListResourceRecordSets").times(4),
            Fault::resets("CloudWatch.GetMetricStatistics").times(4),
        ],
    );
    there_and_back(
        "answers cut off",
        &[
            Fault::truncates("RDS.CreateDBInstanceReadReplica").times(1),
            Fault::truncates("Route53.ChangeResourceRecordSets").times(1),
            Fault::truncates("RDS.DeleteDBInstance").times(1),
        ],
    );
}

#[test]
fn the_refusals_that_only_aws_knows_pass() {
    there_and_back(
        "prior request",
        &[Fault::refuses("Route53.ChangeResourceRecordSets", "PriorRequestNotComplete", 400).times(3)],
    );
    there_and_back(
        "already exists",
        // AWS did not make it: describing it finds nothing, and it is asked for again by the same name.
        &[Fault::refuses("RDS.CreateDBInstanceReadReplica", "DBInstanceAlreadyExists", 400).times(1)],
    );
    there_and_back(
        "invalid state",
        &[Fault::refuses("RDS.DeleteDBInstance", "InvalidDBInstanceState", 400).times(1)],
    );
}

#[test]
fn a_quota_makes_it_ask_ever_more_rarely() {
    let mut scene = Scene::new().with_faults();
    begin(&mut scene);
    let quota = Fault::refuses("RDS.CreateDBInstanceReadReplica", "InstanceQuotaExceeded", 400);
    scene.faults().set(std::slice::from_ref(&quota));
    scene.load = Load::HOT;
    for _ in 0..30 {
        scene.tick();
    }
    let asked = scene.faults().fired(&quota);
    assert!((1..=8).contains(&asked), "asked {asked} times in half an hour");
    assert_eq!(scene.account.instances(), [SOURCE]);
    // The quota is raised.
    scene.faults().set(&[]);
    endure(&mut scene, "the quota was raised", |scene| !scene.account.replicas().is_empty());
}

/// The function ends a call that takes too long, and its attempt before Lambda ends the process: what came of it is reported, and the
/// process lives on.
#[test]
fn an_attempt_that_runs_out_of_time_says_so_and_the_next_one_goes_on() {
    let mut scene = Scene::new().with_faults();
    begin(&mut scene);
    scene.load = Load::HOT;
    for _ in 0..5 {
        scene.pass();
    }
    let slow = Fault::delays("RDS.DescribeDBInstances", Duration::from_secs(6));
    scene.faults().set(std::slice::from_ref(&slow));
    let before = scene.shim.writes().len();
    let alarm = event::sns_alarm(scene.clock.now());
    let answer = scene.invoke_within(&alarm, Duration::from_secs(4));
    let Invocation::Error { kind, message } = &answer else { panic!("{answer:?}") };
    assert_eq!(kind, "TargetsFailed", "{message}");
    assert!(message.contains("orders-readers: observe_failed: observe: no answer came within"), "{message}");
    assert!(scene.faults().fired(&slow) > 0);
    let written = scene.shim.writes();
    assert!(written[before..].iter().all(|operation| !operation.changes_aws()), "{written:?}");
    // Too little time to begin at all.
    let answer = scene.invoke_within(&alarm, Duration::from_millis(1500));
    assert!(matches!(&answer, Invocation::Error { kind, .. } if kind == "OutOfTime"), "{answer:?}");

    scene.faults().set(&[]);
    scene.tick_until(5, "a replica was asked for", |scene| !scene.account.replicas().is_empty());
}

#[test]
fn denied_permissions_are_named_and_change_nothing() {
    for operation in [
        "DynamoDB.BatchGetItem",
        "DynamoDB.UpdateItem",
        "RDS.DescribeDBInstances",
        "CloudWatch.GetMetricStatistics",
        "Route53.ListResourceRecordSets",
        "RDS.CreateDBInstanceReadReplica",
    ] {
        let mut scene = Scene::new().with_faults();
        begin(&mut scene);
        scene.shim.forget();
        let denied = Fault::denies(operation);
        scene.faults().set(std::slice::from_ref(&denied));
        scene.load = Load::HOT;
        let mut told = Vec::new();
        let mut failed = 0;
        for _ in 0..6 {
            let tick = scene.tick();
            failed += usize::from(matches!(tick, Invocation::Error { .. }));
            told.push(summary(&tick));
        }
        assert!(scene.faults().fired(&denied) > 0, "{operation}: never denied");
        assert!(failed > 0, "{operation}: denied, and every invocation a success:\n{}", told.join("\n"));
        let name = operation.split_once('.').unwrap().1;
        assert!(
            told.iter().any(|told| told.starts_with("Error {") && told.contains(name)),
            "{operation} is not named in a failed invocation:\n{}",
            told.join("\n")
        );
        assert_eq!(scene.account.instances(), [SOURCE], "{operation}");
        let changed: Vec<_> =
            scene.shim.calls().into_iter().filter(|call| call.operation.changes_aws()).collect();
        assert_eq!(changed, [], "{operation}");
    }
}

#[test]
fn denied_changes_fail_the_invocation_and_leave_what_is_there() {
    // The first change there is: the floor.
    let mut scene = Scene::new().with_faults();
    let denied = Fault::denies("Route53.ChangeResourceRecordSets");
    scene.faults().set(std::slice::from_ref(&denied));
    let told = summary(&scene.tick());
    assert!(told.starts_with("Error {") && told.contains("route53:ChangeResourceRecordSets"), "{told}");
    assert!(scene.account.records().is_empty());
    // The last one: the deletion.
    scene.faults().set(&[]);
    begin(&mut scene);
    grow(&mut scene);
    let denied = Fault::denies("RDS.DeleteDBInstance");
    scene.faults().set(std::slice::from_ref(&denied));
    scene.load = Load::IDLE;
    let mut told = String::new();
    for _ in 0..PATIENCE {
        told = summary(&scene.tick());
        if told.starts_with("Error {") {
            break;
        }
    }
    assert!(told.contains("rds:DeleteDBInstance"), "{told}");
    assert_eq!(scene.account.replicas().len(), 1);
    // The policy itself.
    let mut scene = Scene::new().with_faults();
    scene.set("TIDEGATE_POLICY", "ssm:/tidegate/policy");
    scene.faults().set(&[Fault::denies("SSM.GetParameter")]);
    let told = summary(&scene.tick());
    assert!(told.contains("PolicyUnusable") && told.contains("ssm:GetParameter"), "{told}");
    assert_eq!(scene.shim.writes(), []);
}

#[test]
fn a_foreign_replica_and_a_foreign_record_are_left_alone() {
    let mut scene = Scene::new();
    scene.account.make_foreign_replica("reports");
    scene.account.make_record("by-hand", "elsewhere.example.com", 1);
    let has_ours = |scene: &Scene| scene.account.replicas().len() == 2;
    for _ in 0..5 {
        scene.tick();
    }
    scene.load = Load::HOT;
    endure(&mut scene, "a replica beside the foreign one", has_ours);
    scene.load = Load::IDLE;
    endure(&mut scene, "ours is gone again", |scene| scene.account.replicas() == ["reports"]);
    assert_eq!(scene.account.records()["by-hand"].weight, 1);
}

#[test]
fn of_two_binaries_at_once_exactly_one_acts() {
    let mut scene = Scene::new();
    begin(&mut scene);
    scene.load = Load::HOT;
    let mut acted = 0;
    let mut both = 0;
    for _ in 0..PATIENCE {
        let now = scene.pass();
        if serves(&scene) {
            break;
        }
        let event = event::schedule(now);
        let (mut one, mut other) = (scene.another(), scene.another());
        let run = |function: &mut Function| summary(&function.invoke(&scene.clock, &event, TIMEOUT));
        let (one, other) = thread::scope(|scope| {
            let beside = scope.spawn(|| run(&mut other));
            (run(&mut one), beside.join().unwrap())
        });
        let did = |told: &String| told.contains("\"applied") || told.contains("applied\"");
        acted += usize::from(did(&one)) + usize::from(did(&other));
        both += usize::from(did(&one) && did(&other));
        if !scene.account.replicas().is_empty() {
            scene.load = Load::CALM;
        }
    }
    assert!(serves(&scene), "{:?}", scene.rest());
    assert_eq!(scene.account.replicas().len(), 1);
    assert_eq!(both, 0, "both acted in one minute");
    assert!(acted >= 3, "only {acted} attempts did something");
    let creations = scene.shim.counted().get("RDS.CreateDBInstanceReadReplica").copied();
    assert_eq!(creations, Some(1));
}

#[test]
fn a_whole_way_leaves_the_source_alone() {
    let mut scene = Scene::new();
    begin(&mut scene);
    grow(&mut scene);
    shrink(&mut scene);
    untouched_source(&scene, "undisturbed");
}

//! Goal: what the scenarios stand on holds: the clock, the Runtime API, the shim and the stand-ins. Method: a probe in the binary's place.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidegate_wire::account::{Account, CLUSTER, GROUP, Point, SERVICE, SOURCE};
use tidegate_wire::clock::Clock;
use tidegate_wire::event;
use tidegate_wire::faults::Fault;
use tidegate_wire::form;
use tidegate_wire::function::{Function, Invocation, Start};
use tidegate_wire::json::ask;
use tidegate_wire::plant::{Load, measure};
use tidegate_wire::scene::Scene;
use tidegate_wire::shim::{Moment, Shim, address};
use tidegate_wire::stand_ins::ministack;

fn probe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_probe"))
}

fn scene() -> Scene {
    Scene::with_program(probe())
}

fn time_told(function: &mut Function, clock: &Clock) -> (i64, i64) {
    let told = function.invoke(clock, &json!({ "do": "tell the time" }).to_string(), Duration::from_secs(30));
    let Invocation::Response(told) = told else { panic!("{told:?}") };
    (told["now"].as_i64().unwrap(), told["deadline"].as_i64().unwrap())
}

#[test]
fn the_clock_moves_for_the_binary_and_its_deadline_is_on_it() {
    let clock = Clock::start();
    let mut function = Function::spawn(&probe(), &clock, &[]);
    for hours in [0, 1, 5] {
        clock.set(clock.now() + SignedDuration::from_hours(hours));
        let before = clock.now().as_millisecond();
        let (now, deadline) = time_told(&mut function, &clock);
        assert!((now - before).abs() < 2_000, "{hours}: the test reads {before}, the binary {now}");
        assert!((deadline - now - 30_000).abs() < 2_000, "{hours}: {} ms are left", deadline - now);
    }
    let at = clock.next_minute(20);
    assert_eq!(at.as_second() % 60, 20);
    assert!((time_told(&mut function, &clock).0 - at.as_millisecond()).abs() < 2_000);
}

#[test]
fn an_invocation_ends_in_each_of_its_ways() {
    let clock = Clock::start();
    let mut function = Function::spawn(&probe(), &clock, &[]);
    let mut ask = |what: &str, seconds| {
        function.invoke(&clock, &json!({ "do": what }).to_string(), Duration::from_secs(seconds))
    };
    let failed = Invocation::Error { kind: "Probe.Failed".to_owned(), message: "as asked".to_owned() };
    assert_eq!(ask("fail", 10), failed);
    assert!(matches!(ask("tell the time", 10), Invocation::Response(_)), "it goes on after an error");
    assert_eq!(ask("sleep", 1), Invocation::TimedOut);
    assert!(!function.is_running(), "Lambda kills at the deadline");
    assert!(function.said().contains("was handed {\"do\":\"sleep\"}"), "{}", function.said());

    let mut function = Function::spawn(&probe(), &clock, &[]);
    let exit = json!({ "do": "exit" }).to_string();
    assert_eq!(function.invoke(&clock, &exit, Duration::from_secs(10)), Invocation::Exited(Some(7)));

    let mut function = Function::spawn(&probe(), &clock, &[("PROBE_CANNOT_START", "no policy".to_owned())]);
    let (kind, message) = ("Probe.Init".to_owned(), "no policy".to_owned());
    assert_eq!(function.start(), Start::InitError { kind, message, code: Some(3) });
}

#[test]
fn nothing_of_the_environment_is_inherited() {
    // The probe would call whatever endpoint the machine has; it has none.
    let clock = Clock::start();
    let mut function = Function::spawn(&probe(), &clock, &[]);
    let call = json!({ "do": "call", "forms": [] }).to_string();
    assert_eq!(function.invoke(&clock, &call, Duration::from_secs(10)), Invocation::Exited(Some(1)));
    assert!(function.said().contains("NotPresent"), "{}", function.said());
}

fn call(scene: &mut Scene, forms: &[&str]) -> Invocation {
    scene.invoke(&json!({ "do": "call", "forms": forms }).to_string())
}

fn answered(scene: &mut Scene, form: &str) -> String {
    let told = call(scene, &[form]);
    let Invocation::Response(told) = told else { panic!("{told:?}") };
    told["last"].as_str().unwrap().to_owned()
}

const CREATE: &str = "Action=CreateDBInstanceReadReplica&Version=2014-10-31&SourceDBInstanceIdentifier=orders-primary\
    &DBInstanceIdentifier=tg-1&DBInstanceClass=db.t3.large&VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-1\
    &Tags.Tag.1.Key=tidegate%3Aowner&Tags.Tag.1.Value=tidegate";
const DELETE: &str =
    "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=tg-1&SkipFinalSnapshot=true";
const DESCRIBE: &str = "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=tg-1";
const LIST: &str = "Action=DescribeDBInstances&Version=2014-10-31";

#[test]
fn a_replica_is_creating_then_replicating_then_deleting_then_gone() {
    let mut scene = scene();
    let minutes =
        |scene: &Scene, minutes| scene.clock.set(scene.clock.now() + SignedDuration::from_mins(minutes));
    let listed = |text: &str| text.contains("<ReadReplicaDBInstanceIdentifier>tg-1<");

    let source = answered(&mut scene, LIST);
    assert!(
        !source.contains("ReadReplicaSourceDBInstanceIdentifier"),
        "an empty source would be one: {source}"
    );

    for creating in [answered(&mut scene, CREATE), answered(&mut scene, DESCRIBE)] {
        assert!(creating.contains("<DBInstanceStatus>creating<"), "{creating}");
        assert!(!creating.contains("<Endpoint>"), "no endpoint while creating: {creating}");
        assert!(
            creating.contains("<DBInstanceClass>db.t3.large<") && creating.contains(">sg-1<"),
            "{creating}"
        );
        assert!(creating.contains("<InstanceCreateTime>"), "{creating}");
    }
    minutes(&scene, 4);
    let up = answered(&mut scene, DESCRIBE);
    assert!(up.contains("<DBInstanceStatus>available<") && up.contains("read replication"), "{up}");
    assert!(up.contains(&address("tg-1")), "{up}");
    assert!(listed(&answered(&mut scene, LIST)));
    assert_eq!(scene.account.tags("tg-1")["tidegate:owner"], "tidegate");

    assert!(answered(&mut scene, DELETE).contains("<DBInstanceStatus>deleting<"));
    assert!(answered(&mut scene, DESCRIBE).contains("<DBInstanceStatus>deleting<"));
    assert!(answered(&mut scene, DELETE).contains("InvalidDBInstanceState"));
    assert!(answered(&mut scene, CREATE).contains("DBInstanceAlreadyExists"));
    let all = answered(&mut scene, LIST);
    assert!(listed(&all) && all.matches("<DBInstance>").count() == 2, "{all}");
    minutes(&scene, 3);
    assert!(answered(&mut scene, DESCRIBE).contains("DBInstanceNotFound"));
    let all = answered(&mut scene, LIST);
    assert!(!listed(&all) && all.matches("<DBInstance>").count() == 1, "the source's list shrinks: {all}");
    let names: Vec<String> = scene.shim.writes().iter().map(ToString::to_string).collect();
    let (create, delete) = ("RDS.CreateDBInstanceReadReplica", "RDS.DeleteDBInstance");
    assert_eq!(names, [create, delete, delete, create]);
}

#[test]
fn the_process_dies_before_or_after_the_call_that_a_test_names() {
    for (moment, made) in [(Moment::Before, false), (Moment::After, true)] {
        let mut scene = scene();
        let switch = scene.function().kill_switch();
        scene.shim.kill_at(1, moment, switch);
        assert_eq!(call(&mut scene, &[LIST, CREATE, LIST]), Invocation::Exited(None));
        assert!(scene.shim.has_struck());
        assert_eq!(scene.account.replicas().contains(&"tg-1".to_owned()), made, "{moment:?}");
        assert_eq!(scene.shim.calls().len(), 2, "nothing came after its death: {:?}", scene.shim.calls());
        // A new process goes on in the same account.
        assert!(answered(&mut scene, LIST).contains(SOURCE));
    }
}

#[test]
fn faults_reach_the_binary_and_are_proved_to_have_fired() {
    let mut scene = scene().with_faults();
    let quota = Fault::refuses("RDS.CreateDBInstanceReadReplica", "InstanceQuotaExceeded", 400).times(1);
    let denied = Fault::denies("RDS.DescribeDBInstances").times(1);
    let never = Fault::resets("Route53.GetChange");
    scene.faults().set(&[quota.clone(), denied.clone(), never.clone()]);
    assert!(answered(&mut scene, CREATE).contains("<Code>InstanceQuotaExceeded</Code>"));
    assert!(answered(&mut scene, LIST).contains("AccessDenied"));
    assert!(answered(&mut scene, LIST).contains(SOURCE));
    assert_eq!(scene.shim.writes(), [], "what microburst refuses does not reach AWS");
    assert_eq!([&quota, &denied, &never].map(|fault| scene.faults().fired(fault)), [1, 1, 0]);

    let reset = Fault::resets("RDS.DescribeDBInstances").times(1);
    scene.faults().set(std::slice::from_ref(&reset));
    let answer = answered(&mut scene, LIST);
    assert!(!answer.contains("DescribeDBInstancesResponse"), "{answer}");
    assert_eq!(scene.faults().fired(&reset), 1);

    let cut = Fault::truncates("RDS.CreateDBInstanceReadReplica").times(1);
    scene.faults().set(std::slice::from_ref(&cut));
    let answer = answered(&mut scene, CREATE);
    assert!(!answer.contains("CreateDBInstanceReadReplicaResult"), "{answer}");
    assert_eq!(scene.faults().fired(&cut), 1);
    assert_eq!(scene.account.replicas(), ["tg-1"], "AWS did what it was asked for");
}

#[test]
fn the_connections_follow_the_weights_and_the_points_come_back() {
    let clock = Clock::start();
    let account = Account::new();
    account.make_source(7);
    account.make_foreign_replica("by-hand");
    let minute = Timestamp::from_second(clock.now().as_second() / 60 * 60).unwrap();
    measure(&account, Load::HOT, minute);
    let later = minute + SignedDuration::from_mins(1);
    let read = |metric: &str| account.points(SOURCE, metric, "Maximum", minute, later);
    assert_eq!(read("CPUUtilization"), [95.0]);
    assert_eq!(read("DatabaseConnections"), [21.0], "no record: the pools have no answer over the name");
    assert_eq!(account.points("by-hand", "ReplicaLag", "Maximum", minute, later), [0.0]);
    let point = Point::of_instance(SOURCE, "CPUUtilization", later, 1.0);
    account.put_points(&[point]);
    assert_eq!(read("CPUUtilization"), [95.0], "the end of the range is exclusive");
}

#[test]
fn points_are_the_same_one_series_at_a_time() {
    let clock = Clock::start();
    let account = Account::new();
    let minute = Timestamp::from_second(clock.now().as_second() / 60 * 60).unwrap();
    let after = |minutes| minute + SignedDuration::from_mins(minutes);
    // Twenty values in the first minute, one in the second, none in the third, one in the fourth.
    let first = (1..=20).map(|value| (0, f64::from(value)));
    let points = first.chain([(1, 7.0), (3, 9.0)]);
    let points =
        points.map(|(at, value)| Point::of_instance(SOURCE, "DatabaseConnections", after(at), value));
    account.put_points(&points.collect::<Vec<_>>());
    for (statistic, from, to, expected) in [
        ("Maximum", 0, 4, vec![20.0, 7.0, 9.0]),
        // Inclusive where it begins, exclusive where it ends.
        ("Maximum", 1, 3, vec![7.0]),
        ("Maximum", 2, 3, vec![]),
    ] {
        let ask = |ask: &dyn Fn() -> Vec<f64>| assert_eq!(ask(), expected, "{statistic} from {from} to {to}");
        let (from, to) = (after(from), after(to));
        ask(&|| account.statistics(SOURCE, "DatabaseConnections", statistic, from, to));
        ask(&|| account.points(SOURCE, "DatabaseConnections", statistic, from, to));
    }
    let p95 = account.statistics(SOURCE, "DatabaseConnections", "p95", minute, after(4));
    assert!((19.0..=20.0).contains(&p95[0]) && p95[1..] == [7.0, 9.0], "{p95:?}");
    assert_eq!(account.points(SOURCE, "DatabaseConnections", "p95", minute, after(4)), p95);
}

#[test]
fn accounts_are_apart_and_begin_empty() {
    let (one, other) = (Account::new(), Account::new());
    one.make_source(7);
    assert_eq!((one.instances(), other.instances()), (vec![SOURCE.to_owned()], vec![]));
    assert_ne!(one.zone(), other.zone());
    assert!(one.records().is_empty() && one.ledger("orders-readers").is_empty());
    let shim = Shim::start(ministack(), Arc::new(Clock::start()));
    assert!(shim.calls().is_empty() && shim.url().starts_with("http://127.0.0.1:"));
}

#[test]
fn every_event_is_json_and_an_alarm_is_a_string_in_it() {
    let at = Clock::start().now();
    let events = [
        event::schedule(at),
        event::sns_alarm(at),
        event::sns_composite_alarm(at),
        event::direct_alarm(at),
        event::alarm_state_change(at),
        event::rds_event(SOURCE, at),
        event::by_hand(true, &["orders-readers"]),
    ];
    for event in events {
        serde_json::from_str::<serde_json::Value>(&event).unwrap();
    }
    let alarm: serde_json::Value = serde_json::from_str(&event::sns_alarm(at)).unwrap();
    let message = alarm["Records"][0]["Sns"]["Message"].as_str().unwrap();
    assert!(message.contains("\"AlarmDescription\":null"));
}

#[test]
fn tasks_take_their_time_and_a_rollout_is_under_way_until_it_is_said_to_be_over() {
    let clock = Arc::new(Clock::start());
    let account = Account::new();
    account.make_service(1, &Value::Null);
    let shim = Shim::start(ministack(), clock.clone());
    let look = || {
        let asked = json!({ "cluster": CLUSTER, "services": [SERVICE] });
        let answer = ask(&shim.url(), account.key(), "ECS.DescribeServices", &asked).unwrap();
        answer["services"][0].clone()
    };
    let counts = |service: &Value| {
        ["desiredCount", "runningCount", "pendingCount"].map(|name| service[name].as_u64().unwrap())
    };
    let pass = |minutes| clock.set(clock.now() + SignedDuration::from_mins(minutes));
    assert_eq!(counts(&look()), [1, 1, 0]);
    account.set_desired(3);
    assert_eq!(counts(&look()), [3, 1, 2]);
    pass(1);
    assert_eq!(counts(&look()), [3, 1, 2]);
    pass(1);
    assert_eq!(counts(&look()), [3, 3, 0]);
    account.set_desired(2);
    assert_eq!(counts(&look()), [2, 2, 0], "what is taken away is gone at once");

    let rollouts = || -> Vec<(Value, Value)> {
        let deployments = look()["deployments"].as_array().unwrap().clone();
        deployments.into_iter().map(|one| (one["status"].clone(), one["rolloutState"].clone())).collect()
    };
    assert_eq!(rollouts(), [(json!("PRIMARY"), json!("COMPLETED"))]);
    shim.set_rollout(true);
    assert_eq!(rollouts(), [(json!("PRIMARY"), json!("IN_PROGRESS")), (json!("ACTIVE"), json!("COMPLETED"))]);
    shim.set_rollout(false);
    assert_eq!(rollouts().len(), 1);
    shim.set_status("DRAINING");
    assert_eq!(look()["status"], "DRAINING");
    assert_eq!(shim.writes(), [], "what a scenario does itself is no call of the binary");
}

#[test]
fn registered_bounds_pull_the_count_in_and_are_each_accounts_own() {
    let (account, other) = (Account::new(), Account::new());
    account.make_service(2, &Value::Null);
    account.register(1, 6, &json!({ "SuspendedState": { "ScheduledScalingSuspended": true } }));
    assert_eq!(other.registered(), Value::Null);
    let shim = Shim::start(ministack(), Arc::new(Clock::start()));
    let scaling = |operation: &str, min: u32, max: u32| {
        let asked = json!({
            "ServiceNamespace": "ecs",
            "ResourceId": "service/prod/api",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": min,
            "MaxCapacity": max,
        });
        ask(&shim.url(), account.key(), &format!("ApplicationAutoScaling.{operation}"), &asked)
    };
    scaling("RegisterScalableTarget", 4, 6).unwrap();
    assert_eq!((account.bounds(), account.desired()), ((4, 6), 4));
    scaling("RegisterScalableTarget", 1, 3).unwrap();
    assert_eq!((account.bounds(), account.desired()), ((1, 3), 3));
    let refused = scaling("RegisterScalableTarget", 4, 3).unwrap_err();
    assert!(refused.contains("ValidationException"), "{refused}");
    assert_eq!(account.bounds(), (1, 3));
    let said = scaling("DescribeScalableTargets", 0, 0).unwrap();
    let suspended = json!({
        "DynamicScalingInSuspended": false,
        "DynamicScalingOutSuspended": false,
        "ScheduledScalingSuspended": true,
    });
    assert_eq!(said["ScalableTargets"][0]["SuspendedState"], suspended);
    assert_eq!(shim.writes().len(), 3, "the pulling is AWS's own doing, and no call");
}

#[test]
fn a_group_tells_its_nodes_its_roles_and_its_pages() {
    let clock = Arc::new(Clock::start());
    let account = Account::new();
    account.make_other_groups(2);
    account.make_group(2, &[]);
    let shim = Shim::start(ministack(), clock.clone());
    let ask = |action: &str, fields: &[(&str, &str)]| {
        form::ask(form::ELASTICACHE, &shim.url(), account.key(), action, fields)
    };
    let said = |action: &str, fields: &[(&str, &str)]| {
        let mut body = Vec::new();
        ask(action, fields).unwrap().write(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    };
    let of = ("ReplicationGroupId", GROUP);
    let more = [of, ("NewReplicaCount", "2"), ("ApplyImmediately", "true")];
    assert!(said("IncreaseReplicaCount", &more).contains("<Status>modifying<"));
    let look = said("DescribeReplicationGroups", &[of]);
    assert_eq!((look.matches("<ClusterId>").count(), look.matches("<NodeGroupMember>").count()), (3, 2));
    let node = ("CacheClusterId", "sessions-0001-003");
    assert!(said("DescribeCacheClusters", &[node]).contains("<CacheClusterStatus>creating<"));
    let refused = ask("IncreaseReplicaCount", &more).unwrap_err();
    assert!(refused.contains("<Code>InvalidReplicationGroupState<"), "{refused}");
    clock.set(clock.now() + SignedDuration::from_mins(5));
    shim.redis().fail_over();
    let look = said("DescribeReplicationGroups", &[of]);
    let last = look.split("<NodeGroupMember>").nth(3).unwrap();
    assert!(last.contains("sessions-0001-003<") && last.contains("<CurrentRole>primary<"), "{look}");
    let fewer = [of, ("ReplicasToRemove.member.1", "sessions-0001-003"), ("ApplyImmediately", "true")];
    assert!(ask("DecreaseReplicaCount", &fewer).unwrap_err().contains("is a primary"));

    shim.redis().set_page(2);
    let first = said("DescribeReplicationGroups", &[]);
    assert!(!first.contains(">sessions<") && first.contains("<Marker>2</Marker>"), "{first}");
    let last = said("DescribeReplicationGroups", &[("Marker", "2")]);
    assert!(last.contains(">sessions<") && !last.contains("<Marker>"), "{last}");
    account.make_cluster("memcached");
    shim.redis().set_page(100);
    let alone = said("DescribeCacheClusters", &[("ShowCacheClustersNotInReplicationGroups", "true")]);
    assert_eq!(alone.matches("<CacheClusterStatus>").count(), 1, "{alone}");
    assert!(!alone.contains("<ReplicationGroupId"), "an empty name would be a group's: {alone}");
    let absent = ask("DescribeReplicationGroups", &[("ReplicationGroupId", "absent")]).unwrap_err();
    assert!(absent.contains("<Code>ReplicationGroupNotFoundFault<"), "{absent}");
    assert_eq!(shim.writes().len(), 3, "{:?}", shim.counted());
}

#[test]
fn native_scaling_of_a_group_is_told_and_of_that_group_only() {
    let account = Account::new();
    let shim = Shim::start(ministack(), Arc::new(Clock::start()));
    shim.redis().register_native(GROUP, "Replicas", 1, 5);
    let told = |group: &str| {
        let asked = json!({ "ServiceNamespace": "elasticache", "ResourceIds": [format!("replication-group/{group}")] });
        let operation = "ApplicationAutoScaling.DescribeScalableTargets";
        ask(&shim.url(), account.key(), operation, &asked).unwrap()["ScalableTargets"].clone()
    };
    assert_eq!(told("other"), json!([]));
    assert_eq!(told(GROUP)[0]["MaxCapacity"], 5);
    assert_eq!(told(GROUP)[0]["SuspendedState"]["ScheduledScalingSuspended"], false);
}

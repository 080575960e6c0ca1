//! Goal: a replica comes, serves by its weight, and goes again, over real sockets. Method: a hot primary, an SNS alarm, then the clock.

use serde_json::Value;
use tidegate_policy::ownership::{DECISION_TAG, FLOOR_SET_ID, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_wire::event;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Rest, Scene, TARGET, policy, summary};
use tidegate_wire::shim::address;

/// Minutes in which a replica comes into full service, or goes: three times what it takes.
pub(crate) const PATIENCE: usize = 90;

/// One attempt's report, of an invocation that did not fail.
pub(crate) fn report(invocation: &Invocation) -> &Value {
    let Invocation::Response(report) = invocation else { panic!("{}", summary(invocation)) };
    report
}

/// No replica, and the primary answers the reader name.
pub(crate) fn begin(scene: &mut Scene) {
    scene.load = Load::CALM;
    scene.tick_until(PATIENCE, "the floor answers while no replica serves", |scene| {
        scene.account.records().get(FLOOR_SET_ID).is_some_and(|floor| floor.weight > 0)
    });
}

/// One replica at full weight, the floor down, and nothing under way.
pub(crate) fn grow(scene: &mut Scene) {
    scene.load = Load::HOT;
    scene.tick_until(PATIENCE, "a replica was asked for", |scene| !scene.account.replicas().is_empty());
    scene.load = Load::CALM;
    scene.tick_until(PATIENCE, "one replica serves", serves);
}

pub(crate) fn serves(scene: &Scene) -> bool {
    let rest = scene.rest();
    rest.transition.is_none() && rest.floor == Some(0) && rest.weights.len() == 1 && rest.weights[0] > 0
}

/// No replica again, and nothing under way.
pub(crate) fn shrink(scene: &mut Scene) {
    scene.load = Load::IDLE;
    scene.tick_until(PATIENCE, "no replica is left", gone);
}

pub(crate) fn gone(scene: &Scene) -> bool {
    let rest = scene.rest();
    rest.transition.is_none() && rest.replicas == 0 && rest.weights.is_empty() && rest.floor > Some(0)
}

#[test]
fn an_alarm_over_sns_brings_a_replica_into_service_by_its_weight() {
    let mut scene = Scene::new();
    begin(&mut scene);
    scene.load = Load::HOT;
    // Nobody looks for five minutes; then the alarm comes.
    for _ in 0..5 {
        scene.pass();
    }
    let woken = scene.invoke(&event::sns_alarm(scene.clock.now()));
    let woken = report(&woken);
    assert_eq!(woken["woken_by"], "alarm");
    assert_eq!(woken["targets"][0]["target"], TARGET);
    assert_eq!(woken["targets"][0]["result"], "planned", "{woken}");
    assert_eq!(woken["targets"][0]["desired"], 1, "{woken}");
    scene.tick_until(5, "a replica was asked for", |scene| scene.account.replicas().len() == 1);

    let id = scene.account.replicas().remove(0);
    let tags = scene.account.tags(&id);
    assert!(id.starts_with("tg-orders-readers-"), "{id}");
    assert_eq!(tags.get(OWNER_TAG).map(String::as_str), Some("tidegate"));
    assert_eq!(tags.get(STAGE_TAG).map(String::as_str), Some("default"));
    assert_eq!(tags.get(TARGET_TAG).map(String::as_str), Some(TARGET));
    assert!(tags.contains_key(DECISION_TAG), "{tags:?}");

    scene.load = Load::CALM;
    scene.tick_until(PATIENCE, "one replica serves", serves);
    let records = scene.account.records();
    let own = records.values().find(|record| record.value == address(&id));
    assert!(own.is_some_and(|record| record.weight > 0), "{records:?}");
    let told = scene.account.ledger(TARGET).keys().any(|entry| entry.starts_with("activity"));
    assert!(told, "the ledger tells what was done");
}

#[test]
fn the_ramp_goes_by_steps_and_one_change_at_a_time() {
    let mut scene = Scene::new();
    begin(&mut scene);
    scene.load = Load::HOT;
    scene.tick_until(PATIENCE, "a replica was asked for", |scene| !scene.account.replicas().is_empty());
    scene.load = Load::CALM;
    let mut seen = vec![];
    scene.shim.forget();
    for _ in 0..PATIENCE {
        let mut weights = scene.rest().weights;
        if let Some(weight) = weights.pop().filter(|weight| seen.last() != Some(weight)) {
            seen.push(weight);
        }
        if serves(&scene) {
            break;
        }
        let before = changes(&scene);
        scene.tick();
        assert!(changes(&scene) - before <= 1, "more than one change of records in an attempt");
    }
    assert!(serves(&scene), "{seen:?}: {:?}", scene.rest());
    assert_eq!(seen, [4, 16, 64], "the weights on the way, with pools of a minute");
    assert_eq!(changes(&scene), seen.len(), "each step is one swap: {seen:?}");
}

fn changes(scene: &Scene) -> usize {
    scene.shim.counted().get("Route53.ChangeResourceRecordSets").copied().unwrap_or(0)
}

#[test]
fn a_replica_is_drained_then_leaves_dns_and_only_then_is_deleted() {
    let mut scene = Scene::new();
    begin(&mut scene);
    grow(&mut scene);
    scene.load = Load::IDLE;
    let (mut drained_at, mut record_gone_at, mut deleted_at) = (None, None, None);
    for minute in 0..PATIENCE {
        scene.tick();
        let rest = scene.rest();
        let first = |at: &mut Option<usize>, happened: bool| *at = at.or(happened.then_some(minute));
        first(&mut drained_at, rest.weights == [0]);
        first(&mut record_gone_at, rest.weights.is_empty());
        first(&mut deleted_at, rest.replicas == 0);
        if gone(&scene) {
            break;
        }
    }
    assert!(gone(&scene), "{:?}", scene.rest());
    let (drained, record_gone, deleted) = (drained_at.unwrap(), record_gone_at.unwrap(), deleted_at.unwrap());
    assert!(
        drained + 3 <= record_gone,
        "three quiet points: weight 0 at {drained}, no record at {record_gone}"
    );
    assert!(record_gone < deleted, "no record at {record_gone}, deleted at {deleted}");
    let floor = scene.account.records().remove(FLOOR_SET_ID).unwrap();
    let rest = Rest { weights: vec![], floor: Some(floor.weight), replicas: 0, transition: None };
    assert_eq!(scene.rest(), rest);
}

#[test]
fn at_rest_an_attempt_changes_nothing() {
    let mut scene = Scene::new();
    begin(&mut scene);
    grow(&mut scene);
    scene.shim.forget();
    for _ in 0..5 {
        let tick = scene.tick();
        assert_eq!(
            report(&tick)["targets"][0]["actions"].as_array().map_or(0, Vec::len),
            0,
            "{}",
            summary(&tick)
        );
    }
    let changing: Vec<_> =
        scene.shim.calls().into_iter().filter(|call| call.operation.changes_aws()).collect();
    assert_eq!(changing, []);
}

#[test]
fn a_dry_run_by_hand_writes_nothing_at_all() {
    let mut scene = Scene::new();
    scene.load = Load::HOT;
    for _ in 0..5 {
        scene.pass();
    }
    let told = scene.invoke(&event::by_hand(true, &[TARGET]));
    let told = report(&told);
    assert_eq!((&told["dry_run"], &told["woken_by"]), (&true.into(), &"person".into()));
    assert_eq!(told["targets"][0]["result"], "planned", "{told}");
    assert_eq!(scene.shim.writes(), []);
}

#[test]
fn every_event_that_wakes_is_read() {
    let mut scene = Scene::new();
    let source = tidegate_wire::account::SOURCE;
    let now = scene.clock.now();
    let events = [
        (event::schedule(now), "schedule"),
        (event::sns_alarm(now), "alarm"),
        (event::sns_composite_alarm(now), "alarm"),
        (event::direct_alarm(now), "alarm"),
        (event::alarm_state_change(now), "alarm"),
        (event::rds_event(source, now), "instance_event"),
        (event::by_hand(false, &[TARGET]), "person"),
    ];
    for (event, woken_by) in events {
        let told = scene.invoke(&event);
        assert_eq!(report(&told)["woken_by"], woken_by, "{event}");
        scene.pass();
    }
}

#[test]
fn a_quiet_minute_buys_nothing_and_writes_nothing() {
    let mut scene = Scene::new();
    let rarely = policy(scene.account.zone()).replace(r#"evaluate_every = "1m""#, r#"evaluate_every = "5m""#);
    scene.set_policy(&rarely);
    begin(&mut scene);
    let mut quiet = 0;
    // Whatever is still under way ends; then four minutes of five are quiet.
    for _ in 0..12 {
        scene.shim.forget();
        let tick = scene.tick();
        if report(&tick)["targets"][0]["reason"] == "not_due" {
            let made: Vec<_> = scene.shim.counted().into_iter().collect();
            let reads =
                ["DynamoDB.BatchGetItem", "RDS.DescribeDBInstances", "Route53.ListResourceRecordSets"];
            assert_eq!(made, reads.map(|read| (read.to_owned(), 1)));
            assert_eq!(report(&tick)["api_calls"]["DynamoDB.BatchGetItem"], 1);
            quiet += 1;
        }
    }
    assert!(quiet >= 6, "only {quiet} of twelve minutes were quiet");
}

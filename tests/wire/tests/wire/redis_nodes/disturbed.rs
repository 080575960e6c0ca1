//! Goal: what AWS refuses, delays, cuts off or denies delays a change of a group, and does no harm. Method: one fault at a time on the way out and
//! back; each is proved to have fired.

use std::thread;

use tidegate_wire::event;
use tidegate_wire::faults::Fault;
use tidegate_wire::function::{Function, Invocation};
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, TIMEOUT, summary};

use super::{FEWER, MORE, SHARDS, nothing_was_changed, reason, replicas, told, without};

const LOOK: &str = "ElastiCache.DescribeReplicationGroups";
const LOOK_AT_NODES: &str = "ElastiCache.DescribeCacheClusters";
const LOOK_FOR_NATIVE: &str = "ApplicationAutoScaling.DescribeScalableTargets";
const INCREASE: &str = "ElastiCache.IncreaseReplicaCount";
const DECREASE: &str = "ElastiCache.DecreaseReplicaCount";

/// Ticks until `done`, whatever the attempts answer; the process may not end.
fn endure(scene: &mut Scene<Traffic>, what: &str, done: impl Fn(&Scene<Traffic>) -> bool) {
    let mut told = Vec::new();
    for _ in 0..40 {
        if done(scene) {
            return;
        }
        let tick = scene.tick();
        assert!(matches!(tick, Invocation::Response(_) | Invocation::Error { .. }), "{what}: {tick:?}");
        told.push(summary(&tick));
    }
    panic!("{what}: not after 40 minutes:\n{}", told.join("\n"));
}

/// Out and in again with these faults on the way: what reached ElastiCache, each as often as it did. Whatever came of a call, it is taken for our
/// own, and the group has what it had.
fn there_and_back(what: &str, faults: &[Fault]) -> (Vec<String>, Vec<String>) {
    let mut scene = Scene::of_nodes(2).with_faults();
    scene.faults().set(faults);
    scene.load = Traffic::READ;
    endure(&mut scene, what, |scene| scene.settled() == Some(3));
    scene.load = Traffic::IDLE;
    endure(&mut scene, what, |scene| scene.settled() == Some(2));
    for _ in 0..4 {
        scene.tick();
    }
    for fault in faults {
        assert!(scene.faults().fired(fault) > 0, "{what}: {fault:?} never fired");
    }
    assert_eq!(told(&scene, "foreign_write"), [] as [String; 0], "{what}");
    assert_eq!(scene.settled(), Some(2), "{what}");
    (scene.forms(MORE), scene.forms(FEWER))
}

/// Once each: what was refused or reset never reached ElastiCache.
fn passes(what: &str, faults: &[Fault]) {
    let (more, fewer) = there_and_back(what, faults);
    assert_eq!(more, [replicas(2)], "{what}");
    assert_eq!(fewer, [without("sessions-0001-003")], "{what}");
}

#[test]
fn throttled_calls_of_groups_are_made_again() {
    let throttled = |operation| Fault::refuses(operation, "Throttling", 400).times(4);
    passes("throttled looks", &[throttled(LOOK), throttled(LOOK_AT_NODES)]);
    passes("throttled changes", &[throttled(INCREASE), throttled(DECREASE)]);
}

#[test]
fn server_errors_of_groups_pass() {
    let broken = |operation| Fault::refuses(operation, "InternalFailure", 500).times(4);
    passes("500s", &[broken(LOOK), broken(LOOK_AT_NODES), broken(INCREASE), broken(DECREASE)]);
}

#[test]
fn resets_of_groups_pass() {
    let reset = |operation| Fault::resets(operation).times(4);
    passes("resets", &[reset(LOOK), reset(INCREASE), reset(DECREASE)]);
}

#[test]
fn a_lost_answer_of_a_change_of_a_group_is_found_out() {
    let lost = |operation| Fault::truncates(operation).times(3);
    let (mut more, mut fewer) = there_and_back("answers cut off", &[lost(INCREASE), lost(DECREASE)]);
    assert!(more.len() <= 3 && fewer.len() <= 3, "{more:?} {fewer:?}");
    // The count is absolute and the node is named: asked again, by the SDK or by the next attempt, it says the same.
    more.dedup();
    fewer.dedup();
    assert_eq!((more, fewer), (vec![replicas(2)], vec![without("sessions-0001-003")]));
}

#[test]
fn a_lost_answer_of_a_resharding_is_found_out() {
    let mut scene = Scene::of_shards().with_faults();
    let lost = Fault::truncates("ElastiCache.ModifyReplicationGroupShardConfiguration").times(3);
    scene.faults().set(std::slice::from_ref(&lost));
    scene.load = Traffic::FULL.times(3);
    endure(&mut scene, "resharding", |scene| scene.settled() == Some(8));
    for _ in 0..4 {
        scene.tick();
    }
    assert!(scene.faults().fired(&lost) > 0, "never lost");
    let asked = scene.forms(SHARDS);
    assert!(
        asked.len() <= 3 && asked.iter().all(|form| form == "NodeGroupCount=4 ApplyImmediately=true"),
        "{asked:?}"
    );
    for reason in ["foreign_write", "change_failed", "change_refused"] {
        assert_eq!(told(&scene, reason), [] as [String; 0], "{reason}");
    }
}

#[test]
fn a_state_that_elasticache_alone_knows_delays_a_change() {
    let refused = |operation, code| Fault::refuses(operation, code, 400).times(1);
    passes(
        "states",
        &[refused(INCREASE, "InvalidReplicationGroupState"), refused(DECREASE, "InvalidCacheClusterState")],
    );
}

#[test]
fn a_group_that_aws_has_no_room_for_is_asked_for_ever_more_rarely() {
    let mut scene = Scene::of_nodes(2).with_faults();
    let full = Fault::refuses(INCREASE, "InsufficientCacheClusterCapacity", 400);
    scene.faults().set(std::slice::from_ref(&full));
    scene.load = Traffic::READ;
    let mut asked = Vec::new();
    for minute in 0..90_usize {
        let before = scene.faults().fired(&full);
        scene.tick();
        if scene.faults().fired(&full) > before {
            asked.push(minute);
        }
    }
    let gaps: Vec<usize> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() >= 2 && gaps.len() <= 5, "{asked:?}");
    assert!(gaps.windows(2).all(|pair| pair[1] > pair[0]), "{asked:?}");
    nothing_was_changed(&scene, "there is no room");
    // There is room again.
    scene.faults().set(&[]);
    scene.tick_until(90, "a replica more serves", |scene| scene.settled() == Some(3));
    assert_eq!(scene.forms(MORE), [replicas(2)]);
}

#[test]
fn denied_permissions_of_groups_are_named_and_change_nothing() {
    let operations = [
        (LOOK, "elasticache:DescribeReplicationGroups"),
        (LOOK_AT_NODES, "elasticache:DescribeCacheClusters"),
        (LOOK_FOR_NATIVE, "application-autoscaling:DescribeScalableTargets"),
        (INCREASE, "elasticache:IncreaseReplicaCount"),
    ];
    for (operation, action) in operations {
        let mut scene = Scene::of_nodes(2).with_faults();
        scene.load = Traffic::READ;
        for _ in 0..4 {
            scene.pass();
        }
        let denied = Fault::denies(operation);
        scene.faults().set(std::slice::from_ref(&denied));
        // The first says so; a machine that stalls may let one run out of time before.
        let said: Vec<String> = (0..2).map(|_| summary(&scene.tick())).collect();
        let named = said.iter().any(|said| said.contains("TargetsFailed") && said.contains(action));
        assert!(named, "{operation}: {action} is not named: {said:?}");
        assert!(scene.faults().fired(&denied) > 0, "{operation}: never denied");
        nothing_was_changed(&scene, operation);
    }
}

#[test]
fn of_two_binaries_at_once_one_changes_the_group() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic::READ;
    for _ in 0..4 {
        scene.pass();
    }
    let now = scene.pass();
    let (mut one, mut other) = (scene.another(), scene.another());
    let run = |function: &mut Function| function.invoke(&scene.clock, &event::schedule(now), TIMEOUT);
    let answers = thread::scope(|scope| {
        let beside = scope.spawn(|| run(&mut other));
        [run(&mut one), beside.join().unwrap()]
    });
    let acted = answers.iter().filter(|answer| reason(answer) == "increase_replicas").count();
    assert_eq!((acted, scene.forms(MORE)), (1, vec![replicas(2)]), "{answers:?}");
}

//! Goal: what AWS refuses, delays, cuts off or denies delays a change of a service, and does no harm. Method: one fault at a time on the way out
//! and back; each is proved to have fired.

use std::thread;

use serde_json::{Value, json};
use tidegate_wire::event;
use tidegate_wire::faults::Fault;
use tidegate_wire::function::{Function, Invocation};
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, TIMEOUT, summary};

use super::{REGISTER, UPDATE, asks_for, failed, nothing_was_changed, reason, registers, told};

const LOOK: &str = "ECS.DescribeServices";
const LOOK_FOR_BOUNDS: &str = "ApplicationAutoScaling.DescribeScalableTargets";

/// Ticks until `done`, whatever the attempts answer; the process may not end.
fn endure(scene: &mut Scene<Work>, what: &str, done: impl Fn(&Scene<Work>) -> bool) {
    let mut told = Vec::new();
    for _ in 0..25 {
        if done(scene) {
            return;
        }
        let tick = scene.tick();
        assert!(matches!(tick, Invocation::Response(_) | Invocation::Error { .. }), "{what}: {tick:?}");
        told.push(summary(&tick));
    }
    panic!("{what}: not after 25 minutes:\n{}", told.join("\n"));
}

/// Out and in again with these faults on the way; what was asked of `operation`. Whatever came of a call, it is taken for our own.
fn there_and_back(what: &str, faults: &[Fault], registered: bool, operation: &str) -> Vec<Value> {
    let mut scene = Scene::of_service(2).with_faults();
    if registered {
        scene.account.register(2, 6, &json!({}));
    }
    scene.faults().set(faults);
    scene.load = Work::HOT;
    let is = |scene: &Scene<Work>, tasks: u32| match registered {
        true => scene.account.bounds() == (tasks.into(), 6),
        false => scene.desired() == tasks,
    };
    endure(&mut scene, what, |scene| is(scene, 3));
    scene.load = Work::IDLE;
    endure(&mut scene, what, |scene| is(scene, 2));
    for fault in faults {
        assert!(scene.faults().fired(fault) > 0, "{what}: {fault:?} never fired");
    }
    assert_eq!(told(&scene, "foreign_write"), [] as [String; 0], "{what}");
    scene.asked(operation)
}

#[test]
fn throttled_calls_of_services_are_made_again() {
    let throttled = |operation| Fault::refuses(operation, "ThrottlingException", 400).times(4);
    let asked = there_and_back("throttled", &[throttled(LOOK), throttled(UPDATE)], false, UPDATE);
    assert_eq!(asked, [asks_for(3), asks_for(2)]);
    let faults = [throttled(LOOK_FOR_BOUNDS), throttled(REGISTER)];
    let asked = there_and_back("throttled, registered", &faults, true, REGISTER);
    assert_eq!(asked, [registers(3, 6), registers(2, 6)]);
}

#[test]
fn server_errors_of_services_pass() {
    let faults = [
        Fault::refuses(LOOK, "ServerException", 500).times(4),
        Fault::refuses(UPDATE, "ServerException", 500).times(4),
        Fault::refuses(LOOK_FOR_BOUNDS, "InternalServiceException", 500).times(4),
    ];
    assert_eq!(there_and_back("500s", &faults, false, UPDATE), [asks_for(3), asks_for(2)]);
    let faults = [Fault::refuses(REGISTER, "ConcurrentUpdateException", 500).times(4)];
    assert_eq!(
        there_and_back("500s, registered", &faults, true, REGISTER),
        [registers(3, 6), registers(2, 6)]
    );
}

#[test]
fn resets_of_services_pass() {
    let faults = [Fault::resets(LOOK).times(4), Fault::resets(UPDATE).times(4)];
    assert_eq!(there_and_back("resets", &faults, false, UPDATE), [asks_for(3), asks_for(2)]);
}

#[test]
fn a_lost_answer_of_a_change_of_a_service_is_found_out() {
    // The count is absolute: asked again, by the SDK or by the next attempt, it says the same.
    let asked = there_and_back("answers cut off", &[Fault::truncates(UPDATE).times(3)], false, UPDATE);
    assert!(asked.len() <= 5, "{asked:?}");
    let mut said = asked.clone();
    said.dedup();
    assert_eq!(said, [asks_for(3), asks_for(2)], "{asked:?}");
    let asked = there_and_back("registered", &[Fault::truncates(REGISTER).times(3)], true, REGISTER);
    let mut said = asked.clone();
    said.dedup();
    assert_eq!(said, [registers(3, 6), registers(2, 6)], "{asked:?}");
}

#[test]
fn denied_permissions_of_services_are_named_and_change_nothing() {
    let looks = [
        (LOOK, "ecs:DescribeServices"),
        (LOOK_FOR_BOUNDS, "application-autoscaling:DescribeScalableTargets"),
        (UPDATE, "ecs:UpdateService"),
    ];
    let registered = [(REGISTER, "application-autoscaling:RegisterScalableTarget")];
    for denials in [&looks[..], &registered] {
        let mut scene = Scene::of_service(2).with_faults();
        if denials == registered {
            scene.account.register(2, 6, &json!({}));
        }
        scene.load = Work::HOT;
        for _ in 0..3 {
            scene.pass();
        }
        for (operation, action) in denials {
            let denied = Fault::denies(operation);
            scene.faults().set(std::slice::from_ref(&denied));
            // Each of them fails; a machine that stalls may let one run out of time instead.
            let said = [failed(&scene.tick()), failed(&scene.tick())];
            let named = said.iter().any(|said| said.starts_with("TargetsFailed") && said.contains(action));
            assert!(named, "{operation}: {action} is not named: {said:?}");
            assert!(scene.faults().fired(&denied) > 0, "{operation}: never denied");
            nothing_was_changed(&scene, operation);
        }
        // It is allowed again.
        scene.faults().set(&[]);
        scene.tick_until(6, "a task was asked for", |scene| scene.desired() == 3);
    }
}

#[test]
fn of_two_binaries_at_once_one_changes_the_service() {
    let mut scene = Scene::of_service(2);
    scene.load = Work::HOT;
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
    let acted = answers.iter().filter(|answer| reason(answer) == "set_desired_count").count();
    assert_eq!((acted, scene.asked(UPDATE)), (1, vec![asks_for(3)]), "{answers:?}");
}

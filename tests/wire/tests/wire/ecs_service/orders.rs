//! Goal: a person's number of tasks is followed at once, within the policy's bounds and for a while, by way of the ledger. Method: commands by
//! event, right, wrong and twice.

use std::thread;

use jiff::SignedDuration;
use serde_json::json;
use tidegate_policy::units::Count;
use tidegate_wire::event;
use tidegate_wire::function::{Function, Invocation};
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{API, Scene, TIMEOUT, summary};

use super::{REGISTER, UPDATE, asks_for, failed, names, nothing_was_changed, reason, registers, told};

const THREE: &str = r#"{"target":"api","count":3}"#;

#[test]
fn a_direct_command_acts_is_remembered_and_ends() {
    let mut scene = Scene::of_service(2);
    scene.tick();
    let now = scene.clock.now();
    let answer = scene.invoke(&event::command(THREE));
    assert_eq!(reason(&answer), "set_desired_count", "{}", summary(&answer));
    let Invocation::Response(report) = &answer else { panic!("{answer:?}") };
    assert_eq!(report["woken_by"], "person");
    assert_eq!(scene.asked(UPDATE), [asks_for(3)]);
    let order = scene.account.history(API).orders.bounds.unwrap();
    assert_eq!((order.min, order.max), (Some(Count(3)), Some(Count(3))));
    let lasts = order.until.duration_since(now);
    assert!((SignedDuration::from_mins(30)..SignedDuration::from_mins(31)).contains(&lasts), "{lasts}");
    assert_eq!(told(&scene, "order_taken").len(), 1);

    // Neither too little work nor too much moves it while it stands.
    for cpu in [10.0, 400.0] {
        scene.load.cpu = cpu;
        for _ in 0..12 {
            scene.tick();
            assert_eq!(scene.desired(), 3);
        }
    }
    scene.load = Work::IDLE;
    scene.tick_until(16, "the policy holds again", |scene| scene.desired() == 2);
    assert!(scene.clock.now() >= order.until, "not before it ended");
    assert_eq!(scene.account.history(API).orders.bounds, None);
    assert_eq!(told(&scene, "order_over").len(), 1);
    assert_eq!(scene.asked(UPDATE), [asks_for(3), asks_for(2)]);
}

#[test]
fn a_command_over_a_bus_acts_and_another_one_ends_it() {
    let mut scene = Scene::of_service(2);
    let answer = scene.invoke(&event::command_on_a_bus(r#"{"target":"api","min":4}"#, scene.clock.now()));
    assert_eq!(reason(&answer), "set_desired_count", "{}", summary(&answer));
    for _ in 0..4 {
        scene.tick();
    }
    let answer = scene.invoke(&event::command(r#"{"target":"api","clear":true}"#));
    assert!(matches!(answer, Invocation::Response(_)), "{answer:?}");
    assert_eq!(scene.account.history(API).orders.bounds, None);
    assert_eq!(told(&scene, "order_over").len(), 1);
    scene.load = Work::IDLE;
    scene.tick_until(20, "the policy holds again", |scene| scene.desired() == 2);
    assert_eq!(scene.asked(UPDATE), [asks_for(4), asks_for(3), asks_for(2)]);
}

/// The switch of the stack, which no ledger knows of.
#[test]
fn a_switched_off_stack_changes_nothing_until_it_is_switched_on() {
    let mut scene = Scene::of_service(2);
    scene.set("TIDEGATE_PAUSED", "all");
    scene.load.cpu = 400.0;
    for _ in 0..12 {
        scene.tick();
    }
    let paused = scene.tick();
    assert_eq!(reason(&paused), "paused", "{}", summary(&paused));
    nothing_was_changed(&scene, "paused");
    scene.set("TIDEGATE_PAUSED", "none");
    scene.restart();
    scene.tick_until(3, "what is wanted follows", |scene| scene.desired() > 2);
}

#[test]
fn a_command_sets_the_bounds_of_a_scalable_target_for_a_while() {
    let mut scene = Scene::of_service(2);
    scene.account.register(2, 6, &json!({}));
    scene.invoke(&event::command(THREE));
    assert_eq!((scene.account.bounds(), scene.desired()), ((3, 3), 3));
    scene.tick();
    // Nobody looks until it is over.
    scene.clock.set(scene.clock.now() + SignedDuration::from_mins(32));
    scene.tick_until(3, "the policy's bounds hold again", |scene| scene.account.bounds() == (2, 6));
    assert_eq!(scene.asked(REGISTER), [registers(3, 3), registers(2, 6)]);
    assert!(scene.asked(UPDATE).is_empty());
}

#[test]
fn a_command_that_cannot_be_followed_fails_and_changes_nothing() {
    let cases = [
        (r#"{"target":"api","count":9}"#, &["TargetsFailed", "order_refused", "2..6", "9"][..]),
        (r#"{"target":"api","count":0}"#, &["TargetsFailed", "order_refused", "2..6"]),
        (r#"{"target":"api","min":5,"max":3}"#, &["TargetsFailed", "order_refused", "min 5 is above max 3"]),
        (r#"{"target":"api","count":3,"until":"2020-01-01T00:00:00Z"}"#, &["order_refused", "over already"]),
        (r#"{"target":"web","count":3}"#, &["NoSuchTarget", "web", "api"]),
        (r#"{"target":"api","cuont":3}"#, &["UnreadableEvent", "cuont"]),
        (r#"{"target":"api","count":"3"}"#, &["UnreadableEvent", "count"]),
        (r#"{"target":"api"}"#, &["UnreadableEvent", "count"]),
    ];
    let mut scene = Scene::of_service(2);
    for (command, words) in cases {
        let answer = scene.invoke(&event::command(command));
        names(&failed(&answer), words);
        nothing_was_changed(&scene, command);
        assert_eq!(scene.account.history(API).orders.bounds, None, "{command}");
    }
    let tick = scene.tick();
    assert_eq!(reason(&tick), "within_thresholds", "{}", summary(&tick));
}

#[test]
fn a_command_that_is_late_changes_nothing() {
    let mut scene = Scene::of_service(2);
    let sent_at = scene.clock.now();
    scene.clock.set(sent_at + SignedDuration::from_mins(6));
    let answer = scene.invoke(&event::command_on_a_bus(THREE, sent_at));
    names(&failed(&answer), &["TargetsFailed", "order_refused", "late", "send it again"]);
    nothing_was_changed(&scene, "six minutes late");

    // Nor does one that another overtook.
    let sent_at = scene.clock.now();
    scene.clock.set(sent_at + SignedDuration::from_mins(2));
    scene.invoke(&event::command_on_a_bus(r#"{"target":"api","min":4}"#, scene.clock.now()));
    let answer = scene.invoke(&event::command_on_a_bus(THREE, sent_at));
    names(&failed(&answer), &["TargetsFailed", "order_refused", "replaces no newer one"]);
    assert_eq!(scene.account.history(API).orders.bounds.unwrap().min, Some(Count(4)));
    assert_eq!(scene.asked(UPDATE), [asks_for(4)]);
}

#[test]
fn a_command_that_comes_twice_acts_once() {
    let mut scene = Scene::of_service(2);
    for _ in 0..2 {
        let answer = scene.invoke(&event::command(THREE));
        assert!(matches!(answer, Invocation::Response(_)), "{answer:?}");
    }
    assert_eq!(scene.asked(UPDATE), [asks_for(3)]);

    // Both at once: one acts, and the other says that it did not take the command, or finds it done.
    let scene = Scene::of_service(2);
    let (mut one, mut other) = (scene.another(), scene.another());
    let run = |function: &mut Function| function.invoke(&scene.clock, &event::command(THREE), TIMEOUT);
    let answers = thread::scope(|scope| {
        let beside = scope.spawn(|| run(&mut other));
        [run(&mut one), beside.join().unwrap()]
    });
    assert_eq!(scene.asked(UPDATE), [asks_for(3)], "{answers:?}");
    for answer in answers {
        let told = summary(&answer);
        assert!(matches!(answer, Invocation::Response(_)) || told.contains("send it again"), "{told}");
    }
    assert_eq!(scene.account.history(API).orders.bounds.unwrap().min, Some(Count(3)));
}

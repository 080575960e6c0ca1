//! Goal: tasks follow the work, and come and go at the pace that the policy allows. Method: the work is said, the clock ticks, and the calls
//! are read as they came over the wire.

use tidegate_wire::event;
use tidegate_wire::plant::{LOAD_BALANCER, QUEUE, TARGET_GROUP, Work};
use tidegate_wire::scene::{API, Scene, service_policy, summary};

use super::{REGISTER, UPDATE, asks_for, nothing_was_changed, reason, said, told};

#[test]
fn a_service_goes_out_by_cpu_and_in_again_by_its_cooldowns() {
    let mut scene = Scene::of_service(2);
    // Longer than it takes until a new task's work is seen, which alone would make six minutes.
    scene.set_policy(&service_policy("").replace("out = \"150s\"", "out = \"390s\""));
    scene.load = Work { cpu: 270.0, ..Work::CALM };
    let mut changes = vec![];
    for minute in 0..60 {
        if minute == 30 {
            scene.load = Work::IDLE;
        }
        let before = scene.desired();
        scene.tick();
        if scene.desired() != before {
            changes.push((minute, scene.desired()));
        }
    }
    let wanted: Vec<u32> = changes.iter().map(|(_, desired)| *desired).collect();
    assert_eq!(wanted, [3, 4, 3, 2], "{changes:?}");
    // Two minutes until a task is seen to run, and seven of cooldown; five of cooldown on the way in.
    let gaps: Vec<i32> = changes.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(gaps[0], 9, "{changes:?}");
    assert_eq!(gaps[2], 5, "{changes:?}");
    assert_eq!(scene.asked(UPDATE), wanted.into_iter().map(asks_for).collect::<Vec<_>>());
    assert!(scene.asked(REGISTER).is_empty());
}

#[test]
fn requests_set_the_number_of_tasks_at_once() {
    let mut scene = Scene::of_service(2);
    let balancer = format!(
        "load_balancer = {{ load_balancer = \"{LOAD_BALANCER}\", target_group = \"{TARGET_GROUP}\" }}\n\
         track = [\"requests per target at 150\"]"
    );
    scene.set_policy(&service_policy(&balancer));
    scene.load = Work { requests: 700.0, ..Work::CALM };
    scene.tick_until(6, "five tasks were asked for", |scene| scene.desired() == 5);
    assert_eq!(scene.asked(UPDATE), [asks_for(5)]);
}

#[test]
fn a_queue_wakes_a_service_without_tasks_and_lets_it_sleep_again() {
    let mut scene = Scene::of_service(0);
    let sleeping = service_policy("").replace("min = 2", &format!("min = 0\nqueue = \"{QUEUE}\""));
    let sleeping = sleeping.replace("cpu > 70%", "queue depth > 20").replace("cpu < 30%", "queue depth < 5");
    scene.set_policy(&sleeping);
    scene.load = Work { cpu: 0.0, requests: 0.0, messages: 0.0 };
    for _ in 0..4 {
        scene.tick();
    }
    nothing_was_changed(&scene, "asleep");
    scene.load.messages = 50.0;
    scene.tick_until(6, "a task was asked for", |scene| scene.desired() == 1);
    scene.load.messages = 0.0;
    scene.tick_until(20, "it sleeps again", |scene| scene.desired() == 0);
    assert_eq!(scene.asked(UPDATE), [asks_for(1), asks_for(0)]);
}

#[test]
fn at_rest_a_service_is_not_changed() {
    let mut scene = Scene::of_service(2);
    for _ in 0..6 {
        let tick = scene.tick();
        assert_eq!(reason(&tick), "within_thresholds", "{}", summary(&tick));
        assert_eq!(said(&tick)["actions"].as_array().map(Vec::len), Some(0));
    }
    nothing_was_changed(&scene, "at rest");
}

#[test]
fn a_quiet_minute_of_a_service_is_one_call() {
    let mut scene = Scene::of_service(2);
    scene.set_policy(&service_policy("").replace("evaluate_every = \"1m\"", "evaluate_every = \"5m\""));
    let mut quiet = 0;
    for _ in 0..10 {
        scene.shim.forget();
        let tick = scene.tick();
        if reason(&tick) == "not_due" {
            let made: Vec<_> = scene.shim.counted().into_iter().collect();
            assert_eq!(made, [("DynamoDB.BatchGetItem".to_owned(), 1)]);
            quiet += 1;
        }
    }
    assert_eq!(quiet, 8, "of ten minutes, one in five buys signals");
}

#[test]
fn a_dry_run_of_a_service_writes_nothing() {
    let mut scene = Scene::of_service(2);
    scene.load = Work::HOT;
    for _ in 0..5 {
        scene.pass();
    }
    for event in
        [event::by_hand(true, &[API]), event::command(r#"{"target":"api","count":5,"dry_run":true}"#)]
    {
        let answer = scene.invoke(&event);
        assert_eq!(said(&answer)["actions"][0]["outcome"], "not made", "{}", summary(&answer));
    }
    assert_eq!(scene.shim.writes(), []);
    assert!(scene.account.ledger(API).is_empty());
}

#[test]
fn a_foreign_write_is_told_and_not_fought() {
    let mut scene = Scene::of_service(2);
    scene.load = Work::HOT;
    scene.tick_until(6, "a task was asked for", |scene| scene.desired() == 3);
    for _ in 0..3 {
        scene.tick();
    }
    scene.account.set_desired(5);
    scene.load = Work { cpu: 250.0, ..Work::CALM };
    for _ in 0..8 {
        scene.tick();
    }
    assert_eq!(scene.desired(), 5);
    assert_eq!(scene.asked(UPDATE), [asks_for(3)]);
    let foreign = told(&scene, "foreign_write");
    assert_eq!(foreign.len(), 1, "{foreign:?}");
    assert!(foreign[0].contains("the desired count is 5, and 3 was asked for"), "{foreign:?}");

    // Somebody who keeps doing so is a second writer: one of the two stands back.
    for desired in [4, 2] {
        scene.account.set_desired(desired);
        scene.tick();
    }
    scene.load = Work { cpu: 400.0, ..Work::CALM };
    for _ in 0..6 {
        scene.tick();
    }
    let tick = scene.tick();
    assert_eq!(reason(&tick), "writers_fight", "{}", summary(&tick));
    assert_eq!(scene.asked(UPDATE), [asks_for(3)]);
    assert_eq!(scene.desired(), 2);
}

//! Goal: a planned event has its tasks before its load, warm, and gives them back slowly. Method: an event at noon, with the test's clock moved
//! to its edges and an application that counts what it is asked.

use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, service_policy, summary};
use tidegate_wire::warm::Application;

use super::{UPDATE, asks_for, nothing_was_changed, reason, told};

/// Five tasks at noon of tomorrow, for an hour: 2,000 requests a minute, 500 a task, and a fifth to spare.
fn noon(scene: &Scene<Work>, warm: &str, requests: usize) -> String {
    let day = scene.clock.now().strftime("%Y-%m-%d");
    service_policy(&format!(
        "[[event]]\nname = \"sale\"\ntarget = \"api\"\nfrom = \"{day} 12:00\"\nto = \"{day} 13:00\"\nzone = \"UTC\"\n\
         requests_per_minute = 2000\nwarm = \"{warm}\"\nwarm_requests = {requests}"
    ))
    .replace("evaluate_every = \"1m\"", "evaluate_every = \"5m\"")
}

#[test]
fn a_planned_event_has_its_tasks_an_hour_before_and_warm_and_keeps_them() {
    let application = Application::start(200);
    let mut scene = Scene::of_service(2);
    scene.set_policy(&noon(&scene, &application.url(), 20));
    scene.go_to("UTC", 0, "10:56:00");
    for _ in 0..3 {
        scene.tick();
    }
    nothing_was_changed(&scene, "more than an hour before");
    scene.tick();
    assert_eq!(scene.asked(UPDATE), [asks_for(5)]);
    assert_eq!(application.asked(), 0, "no task is there to be warmed");
    for _ in 0..6 {
        scene.tick();
    }
    assert_eq!(application.asked(), 20);
    assert_eq!(told(&scene, "warm_up").len(), 1);

    // Work beyond what was expected brings a task more. While the event lasts nothing is taken away, however little there is to do.
    scene.go_to("UTC", 0, "12:05:00");
    scene.load = Work { cpu: 500.0, ..Work::CALM };
    scene.tick_until(8, "a task more", |scene| scene.desired() == 6);
    scene.load = Work::IDLE;
    scene.go_to("UTC", 0, "12:30:00");
    for minute in 0..8 {
        let tick = scene.tick();
        if minute < 5 {
            // The cooldown of the sixth task is what is told until then.
            continue;
        }
        assert_eq!(reason(&tick), "event_in_progress", "{}", summary(&tick));
    }
    assert_eq!(application.asked(), 20, "not again");
    assert_eq!(scene.asked(UPDATE), [asks_for(5), asks_for(6)]);
}

#[test]
fn what_a_planned_event_brought_goes_by_steps() {
    let mut scene = Scene::of_service(2);
    // Without rules of work the clock alone says how many.
    let noon = noon(&scene, "http://127.0.0.1:1/", 1);
    let by_clock: Vec<&str> = noon.lines().filter(|line| !line.starts_with("scale_")).collect();
    scene.set_policy(&by_clock.join("\n"));
    scene.go_to("UTC", 0, "11:05:00");
    scene.tick();
    assert_eq!(scene.asked(UPDATE), [asks_for(5)], "a missed beginning is caught up");
    for _ in 0..3 {
        scene.tick();
    }
    scene.go_to("UTC", 0, "12:57:00");
    let mut changes = vec![];
    for _ in 0..16 {
        let before = scene.desired();
        scene.tick();
        if scene.desired() != before {
            changes.push((scene.clock.now().strftime("%H:%M").to_string(), scene.desired()));
        }
    }
    // Two at once, and ten minutes later two more; but no fewer than the policy's two.
    assert_eq!(changes, [("13:00".to_owned(), 3), ("13:10".to_owned(), 2)]);
}

#[test]
fn an_application_that_does_not_answer_is_told_and_scaling_goes_on() {
    let broken = Application::start(503);
    let nowhere = "http://127.0.0.1:1/health".to_owned();
    for (what, url) in [("503", broken.url()), ("refused", nowhere)] {
        let mut scene = Scene::of_service(2);
        scene.set_policy(&noon(&scene, &url, 20));
        scene.go_to("UTC", 0, "10:59:00");
        scene.tick();
        assert_eq!(scene.asked(UPDATE), [asks_for(5)], "{what}");
        for _ in 0..8 {
            scene.tick();
        }
        let failed = told(&scene, "warm_up_failed");
        assert!(failed.iter().any(|told| told.contains(&url)), "{what}: {failed:?}");
        // Work beyond the event's still brings a task.
        scene.load = Work { cpu: 500.0, ..Work::CALM };
        scene.tick_until(8, "a task more", |scene| scene.desired() == 6);
        assert_eq!(scene.asked(UPDATE), [asks_for(5), asks_for(6)], "{what}");
    }
    // Three tries, and each gives up after the first few.
    assert!((3..=60).contains(&broken.asked()), "asked {} times", broken.asked());
}

//! Goal: the clock's bounds hold from the minute they begin, and a wake-up that was missed is caught up. Method: a window of a working day,
//! with the test's clock moved to its edges.

use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, service_policy};

use super::{UPDATE, asks_for, nothing_was_changed, reason};

const ZONE: &str = "Europe/Madrid";

/// A policy of the clock alone, looked at as rarely as by default.
fn shift() -> String {
    let rules = service_policy("").replace("evaluate_every = \"1m\"", "evaluate_every = \"5m\"");
    let kept = rules.lines().filter(|line| !line.starts_with("scale_"));
    let kept: Vec<&str> = kept.collect();
    format!(
        "{}windows = [{{ days = \"daily\", from = \"08:00\", to = \"22:00\", zone = \"{ZONE}\", min = 4 }}]\n",
        kept.join("\n")
    )
}

/// Two tasks, and the window's policy.
fn by_night() -> Scene<Work> {
    let mut scene = Scene::of_service(2);
    scene.set_policy(&shift());
    scene
}

#[test]
fn the_shift_begins_at_eight_and_ends_at_ten_in_the_evening() {
    let mut scene = by_night();
    scene.go_to(ZONE, 1, "07:56:00");
    for _ in 0..3 {
        scene.tick();
    }
    nothing_was_changed(&scene, "before eight");
    // 08:00:20, though signals are not due.
    scene.tick();
    assert_eq!(scene.asked(UPDATE), [asks_for(4)]);
    for _ in 0..4 {
        scene.tick();
    }
    scene.go_to(ZONE, 0, "21:56:00");
    scene.load = Work::IDLE;
    for _ in 0..3 {
        scene.tick();
    }
    assert_eq!(scene.asked(UPDATE), [asks_for(4)]);
    scene.tick();
    assert_eq!(scene.asked(UPDATE), [asks_for(4), asks_for(2)]);
}

#[test]
fn a_missed_wake_up_is_caught_up() {
    let mut scene = by_night();
    scene.go_to(ZONE, 1, "07:40:00");
    scene.tick();
    // The schedule was switched off until long after eight.
    scene.go_to(ZONE, 0, "10:37:00");
    let late = scene.tick();
    assert_eq!(reason(&late), "set_desired_count");
    assert_eq!(scene.asked(UPDATE), [asks_for(4)]);
    for _ in 0..4 {
        scene.tick();
    }
    // And from before the end until after the next beginning: nobody looked in between, and nothing is to be done.
    scene.go_to(ZONE, 1, "08:20:00");
    for _ in 0..4 {
        scene.tick();
    }
    assert_eq!(scene.asked(UPDATE), [asks_for(4)]);
    scene.go_to(ZONE, 0, "23:15:00");
    scene.tick();
    assert_eq!(scene.asked(UPDATE), [asks_for(4), asks_for(2)]);
}

//! Goal: a rollout is not disturbed by a removal, and does not hold up an addition. Method: a deployment that begins in the middle of each.

use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, summary};

use super::{UPDATE, asks_for, reason};

#[test]
fn nothing_is_taken_away_until_a_rollout_is_complete() {
    let mut scene = Scene::of_service(4);
    scene.load = Work::IDLE;
    scene.tick_until(8, "the first task was taken away", |scene| scene.desired() == 3);
    scene.shim.set_rollout(true);
    for minute in 0..12 {
        let tick = scene.tick();
        assert_eq!(scene.desired(), 3);
        // The cooldown may be what is told of the first five.
        if minute >= 5 {
            assert_eq!(reason(&tick), "rollout_in_progress", "{}", summary(&tick));
        }
    }
    scene.shim.set_rollout(false);
    scene.tick_until(3, "the next one was taken away", |scene| scene.desired() == 2);
    assert_eq!(scene.asked(UPDATE), [asks_for(3), asks_for(2)]);
}

#[test]
fn an_addition_does_not_wait_for_a_rollout() {
    let mut scene = Scene::of_service(2);
    scene.shim.set_rollout(true);
    scene.load = Work::HOT;
    scene.tick_until(6, "a task was asked for", |scene| scene.desired() == 3);
    assert_eq!(scene.asked(UPDATE), [asks_for(3)]);
}

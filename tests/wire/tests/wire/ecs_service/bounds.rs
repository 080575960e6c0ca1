//! Goal: where Application Auto Scaling scales the service, its bounds are moved and nothing else; where it does not, it is not made to.
//! Method: a window of a working day with a scalable target, and without.

use serde_json::json;
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, service_policy, summary};
use tidegate_wire::shim::Shim;
use tidegate_wire::stand_ins::ministack;

use super::{REGISTER, UPDATE, asks_for, nothing_was_changed, reason, registers};

const WINDOW: &str =
    "windows = [{ days = \"daily\", from = \"08:00\", to = \"22:00\", zone = \"UTC\", min = 4 }]";

/// Two tasks at seven in the morning.
fn morning() -> Scene<Work> {
    let mut scene = Scene::of_service(2);
    scene.set_policy(&service_policy(WINDOW));
    scene.go_to("UTC", 1, "07:57:00");
    scene
}

fn ticks(scene: &mut Scene<Work>, minutes: usize) {
    for _ in 0..minutes {
        let tick = scene.tick();
        assert!(matches!(tick, tidegate_wire::function::Invocation::Response(_)), "{tick:?}");
    }
}

#[test]
fn with_a_scalable_target_only_its_bounds_are_moved() {
    let mut scene = morning();
    scene.account.register(2, 6, &json!({}));
    ticks(&mut scene, 2);
    nothing_was_changed(&scene, "before eight");
    ticks(&mut scene, 6);
    assert_eq!(scene.asked(REGISTER), [registers(4, 6)]);
    assert_eq!(scene.account.bounds(), (4, 6));
    assert_eq!(scene.desired(), 4, "Application Auto Scaling pulled it in");

    // Work that the minimum does not carry raises the minimum; native auto scaling has not acted on it.
    scene.load = Work { cpu: 360.0, ..Work::CALM };
    scene.tick_until(6, "the minimum was raised", |scene| scene.account.bounds() == (5, 6));

    scene.load = Work::IDLE;
    scene.go_to("UTC", 0, "21:57:00");
    scene.tick_until(30, "the night's minimum holds", |scene| scene.account.bounds() == (2, 6));
    assert_eq!(scene.desired(), 5, "what is above the minimum is native auto scaling's to take away");
    assert_eq!(scene.asked(UPDATE), [] as [serde_json::Value; 0]);
    assert!(scene.asked(REGISTER).iter().all(|body| body.as_object().map(serde_json::Map::len) == Some(5)));
}

#[test]
fn what_is_suspended_in_a_scalable_target_stays_so() {
    // Scheduled scaling: the window moves nothing until it is resumed.
    let mut scene = morning();
    scene.account.register(2, 6, &json!({ "SuspendedState": { "ScheduledScalingSuspended": true } }));
    ticks(&mut scene, 6);
    nothing_was_changed(&scene, "scheduled scaling is suspended");
    let resumed = json!({ "SuspendedState": { "ScheduledScalingSuspended": false } });
    scene.account.register_again(&resumed);
    ticks(&mut scene, 2);
    assert_eq!(scene.asked(REGISTER), [registers(4, 6)]);

    // Scale-in: the evening lowers no minimum, and the switch stays where it is.
    let suspended = json!({ "DynamicScalingInSuspended": true });
    scene.account.register_again(&json!({ "SuspendedState": suspended }));
    scene.load = Work::IDLE;
    scene.go_to("UTC", 0, "21:58:00");
    ticks(&mut scene, 10);
    assert_eq!(scene.asked(REGISTER), [registers(4, 6)]);
    assert_eq!(scene.account.registered()["SuspendedState"], suspended);

    // Scale-out: work raises no minimum.
    let mut scene = Scene::of_service(2);
    let suspended = json!({ "DynamicScalingOutSuspended": true });
    scene.account.register(2, 6, &json!({ "SuspendedState": suspended }));
    scene.load = Work::HOT;
    ticks(&mut scene, 8);
    let tick = scene.tick();
    assert_eq!(reason(&tick), "scaling_suspended", "{}", summary(&tick));
    nothing_was_changed(&scene, "scale-out is suspended");
}

#[test]
fn without_a_scalable_target_none_is_made() {
    let mut scene = morning();
    ticks(&mut scene, 6);
    scene.load = Work { cpu: 360.0, ..Work::CALM };
    scene.tick_until(8, "a task more was asked for", |scene| scene.desired() == 5);
    scene.load = Work::IDLE;
    scene.go_to("UTC", 0, "22:10:00");
    scene.tick_until(40, "the night's two are left", |scene| scene.desired() == 2);
    assert_eq!(scene.asked(REGISTER), [] as [serde_json::Value; 0]);
    assert_eq!(scene.account.registered(), json!(null));
    assert!(scene.shim.counted()["ApplicationAutoScaling.DescribeScalableTargets"] > 0, "it was looked for");
}

#[test]
fn a_scalable_target_that_goes_is_not_made_again() {
    let mut scene = morning();
    scene.account.register(2, 6, &json!({}));
    ticks(&mut scene, 6);
    assert_eq!(scene.asked(REGISTER), [registers(4, 6)]);
    scene.account.deregister();
    scene.load = Work { cpu: 360.0, ..Work::CALM };
    scene.tick_until(8, "a task more was asked for", |scene| scene.desired() == 5);
    assert_eq!(scene.asked(REGISTER), [registers(4, 6)]);
    assert_eq!(scene.asked(UPDATE), [asks_for(5)]);
    assert_eq!(scene.account.registered(), json!(null));
}

#[test]
fn application_auto_scaling_may_have_an_endpoint_of_its_own() {
    let mut scene = morning();
    scene.account.register(2, 6, &json!({}));
    let beside = Shim::start(ministack(), scene.clock.clone());
    scene.set("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", &beside.url());
    ticks(&mut scene, 4);
    assert_eq!(scene.account.bounds(), (4, 6));
    assert_eq!(scene.asked(REGISTER), [] as [serde_json::Value; 0]);
    let asked: Vec<_> = beside.counted().into_keys().collect();
    let reads = ["DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions"];
    let reads = reads.map(|read| format!("ApplicationAutoScaling.{read}"));
    assert_eq!(asked, [&reads[..], &[REGISTER.to_owned()]].concat());
}

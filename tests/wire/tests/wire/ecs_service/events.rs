//! Goal: what ECS and Application Auto Scaling tell wakes the function and is read. Method: the events of the adapters' tests, at a target
//! whose signals are not due.

use tidegate_wire::event;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::QUEUE;
use tidegate_wire::scene::{Scene, service_policy, summary};

use super::reason;

#[test]
fn what_a_service_tells_wakes_its_target() {
    let mut scene = Scene::of_service(2);
    let rarely = service_policy(&format!("queue = \"{QUEUE}\""))
        .replace("evaluate_every = \"1m\"", "evaluate_every = \"1h\"");
    scene.set_policy(&rarely);
    scene.tick();
    let quiet = scene.tick();
    assert_eq!(reason(&quiet), "not_due", "{}", summary(&quiet));
    let events = [
        ("ecs-action-steady-state", "service_event", true),
        ("ecs-action-placement-failure", "service_event", true),
        ("ecs-deployment-failed", "service_event", true),
        ("ecs-task-spot-interruption", "service_event", true),
        ("autoscaling-activity-service", "service_event", true),
        ("alarm-sns-queue", "alarm", true),
        // Echoes of our own changes, and news of others.
        ("ecs-task-running", "service_event", false),
        ("autoscaling-activity-table", "service_event", false),
    ];
    for (name, woken_by, looks) in events {
        scene.pass();
        let answer = scene.invoke(&event::recorded(name));
        let Invocation::Response(report) = &answer else { panic!("{name}: {answer:?}") };
        assert_eq!(report["woken_by"], woken_by, "{name}");
        let looked = reason(&answer) != "not_due";
        assert_eq!(looked, looks, "{name}: {}", summary(&answer));
    }
}

//! Goal: a service whose tasks are not ours to move is left alone, with its reason. Method: each such service, with work that asks for more.

use serde_json::{Value, json};
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{Scene, service_policy, summary};

use super::nothing_was_changed;

/// Hot for some minutes: what each says, and that nothing was changed.
fn left_alone(mut scene: Scene<Work>, what: &str, words: &[&str]) {
    scene.load = Work::HOT;
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(summary(&scene.tick()));
    }
    for said in &told {
        for word in words {
            assert!(said.contains(word), "{what}: {word:?} is not in: {said}");
        }
    }
    nothing_was_changed(&scene, what);
}

#[test]
fn a_service_that_cannot_be_scaled_is_left_alone_and_says_why() {
    let with = |settings: &Value| Scene::of_service_with(2, settings);

    let mut scene = Scene::of_service(2);
    scene.set_policy(&service_policy("").replace("service = \"api\"", "service = \"absent\""));
    left_alone(
        scene,
        "no such service",
        &["service_missing", "prod/absent", "check `cluster` and `service`"],
    );

    let mut scene = Scene::of_service(2);
    scene.set_policy(&service_policy("").replace("cluster = \"prod\"", "cluster = \"absent\""));
    left_alone(scene, "no such cluster", &["ClusterNotFoundException", "check `cluster` of the policy"]);

    let scene = with(&Value::Null);
    scene.shim.set_status("DRAINING");
    left_alone(scene, "draining", &["service_not_active", "is being deleted"]);

    let scene = with(&Value::Null);
    scene.account.delete_service();
    left_alone(scene, "inactive", &["service_not_active", "was deleted"]);

    let external = json!({ "deploymentController": { "type": "EXTERNAL" } });
    left_alone(with(&external), "EXTERNAL", &["external_controller", "EXTERNAL"]);

    let daemon = json!({ "schedulingStrategy": "DAEMON", "launchType": "EC2" });
    left_alone(with(&daemon), "DAEMON", &["daemon_service", "DAEMON"]);
}

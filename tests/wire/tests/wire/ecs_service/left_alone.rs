//! Goal: a service whose tasks are not ours to move is left alone, with its reason. Method: each such service, with work that asks for more.

use serde_json::{Value, json};
use tidegate_wire::event;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{API, Scene, service_policy, summary};

use super::{names, nothing_was_changed};

/// How an invocation that may not scale the service ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// A person has to act.
    Failed,
    /// Somebody deletes the service, which is no mistake.
    Well,
}

/// Hot for some minutes: each invocation ends so, with this reason and these words, and nothing is changed. A command to it is refused, and
/// does not stand in the ledger for better days.
fn left_alone(mut scene: Scene<Work>, what: &str, ends: Ends, reason: &str, words: &[&str]) {
    scene.load = Work::HOT;
    for _ in 0..5 {
        let answer = scene.tick();
        let failed = matches!(answer, Invocation::Error { .. });
        assert_eq!(failed, ends == Ends::Failed, "{what}: {}", summary(&answer));
        names(&summary(&answer), &[reason]);
        names(&summary(&answer), words);
    }
    let answer = scene.invoke(&event::command(r#"{"target":"api","count":4}"#));
    assert!(matches!(answer, Invocation::Error { .. }), "{what}: {}", summary(&answer));
    names(&summary(&answer), words);
    assert_eq!(scene.account.history(API).orders.bounds, None, "{what}");
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
        Ends::Failed,
        "service_missing",
        &["prod/absent", "check `cluster` and `service`"],
    );

    let mut scene = Scene::of_service(2);
    scene.set_policy(&service_policy("").replace("cluster = \"prod\"", "cluster = \"absent\""));
    left_alone(
        scene,
        "no such cluster",
        Ends::Failed,
        "ClusterNotFoundException",
        &["absent: ", "check `cluster` of the policy"],
    );

    let scene = with(&Value::Null);
    scene.shim.set_status("DRAINING");
    left_alone(scene, "draining", Ends::Well, "service_not_active", &["is being deleted"]);

    let scene = with(&Value::Null);
    scene.account.delete_service();
    left_alone(scene, "inactive", Ends::Well, "service_not_active", &["was deleted"]);

    let external = json!({ "deploymentController": { "type": "EXTERNAL" } });
    left_alone(with(&external), "EXTERNAL", Ends::Failed, "external_controller", &["EXTERNAL"]);

    let daemon = json!({ "schedulingStrategy": "DAEMON", "launchType": "EC2" });
    left_alone(with(&daemon), "DAEMON", Ends::Failed, "daemon_service", &["DAEMON"]);
}

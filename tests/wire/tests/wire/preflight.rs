//! Goal: what is asked before a deployment and before a removal is answered by the account as it is, and nothing is changed by asking.
//! Method: the real command against the stand-ins, and replicas that the real function made.

use serde_json::Value;
use tidegate_wire::account::{Account, SERVICE, SOURCE};
use tidegate_wire::plant::Load;
use tidegate_wire::scene::{Said, Scene, nodes_policy, policy, service_policy};

/// A source, a service and a group, and a policy of all three.
fn everything() -> Scene {
    let mut scene = Scene::new();
    scene.account.make_service(2, &Value::Null);
    scene.account.make_group(2, &[]);
    let zone = scene.account.zone().to_owned();
    scene.set_policy(&policy_of_everything(&zone));
    scene
}

fn policy_of_everything(zone: &str) -> String {
    format!("{}\n{}\n{}", policy(zone), service_policy(""), nodes_policy(""))
}

#[track_caller]
fn names(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, Some(code), "{}", said.text);
    for word in words {
        assert!(said.text.contains(word), "it does not say {word:?}: {}", said.text);
    }
}

fn nothing_was_written(scene: &Scene) {
    assert_eq!(scene.shim.writes(), []);
}

#[test]
fn before_a_deployment_an_account_in_order_lets_it_go_on() {
    let scene = everything();
    scene.account.register(2, 8, &Value::Null);
    let said = scene.ask_before("deploy", &[]);
    let words = [
        &format!("deploy test in eu-west-1 of account {}", scene.account.key()),
        "note  eu-west-1: AWS_ENDPOINT_URL is http://127.0.0.1:",
        "ok    the stack: there is no tidegate-test yet",
        "ok    orders-readers: orders-primary is there (mysql, db.t3.medium, 7 days of backups)",
        "ok    api: the service is active, 2 of 2 tasks run",
        "note  api: Application Auto Scaling holds it within 2..8",
        "ok    cache: the group is \"available\", cluster mode disabled, 2 nodes",
        "nothing in the account stands against the deployment",
    ];
    names(&said, 0, &words);
    nothing_was_written(&scene);
    let counted = scene.shim.counted();
    assert_eq!(counted.get("CloudWatch.GetMetricData"), None, "{counted:?}");
}

#[test]
fn before_a_deployment_everything_that_is_missing_is_told_at_once() {
    let mut scene = Scene::new();
    let elsewhere = Account::new();
    scene.set_policy(&policy_of_everything(elsewhere.zone()).replace(SOURCE, "orders-absent"));
    let said = scene.ask_before("deploy", &[]);
    let words = [
        &format!("STOP  orders-readers: the hosted zone {} is not in account", elsewhere.zone()),
        "STOP  orders-readers: the source orders-absent was not found in eu-west-1: check `source`",
        "STOP  api: prod: ClusterNotFoundException: ",
        "check `cluster` of the policy",
        "STOP  cache: ElastiCache knows no replication group sessions: check `group` of the policy",
        "nothing was created",
    ];
    names(&said, 1, &words);
    nothing_was_written(&scene);

    scene.account.make_service(1, &Value::Null);
    let zone = scene.account.zone().to_owned();
    scene.set_policy(
        &policy_of_everything(&zone).replace(&format!("service = \"{SERVICE}\""), "service = \"web\""),
    );
    let said = scene.ask_before("deploy", &[]);
    names(
        &said,
        1,
        &["STOP  api: ECS knows no service prod/web", "ok    orders-readers: orders-primary is there"],
    );
}

#[test]
fn before_a_deployment_a_missing_region_and_missing_credentials_are_told_first() {
    let mut scene = Scene::new();
    scene.unset("AWS_REGION");
    let said = scene.ask_before("deploy", &[]);
    names(&said, 1, &["STOP  the Region: no Region is set: set AWS_REGION"]);

    assert!(!said.text.contains("STOP  the credentials"), "{}", said.text);

    scene.unset("AWS_ACCESS_KEY_ID");
    let said = scene.ask_before("deploy", &[]);
    let words = [
        "STOP  the Region: ",
        "STOP  the credentials: no credentials: neither variables nor a profile nor a role hold any",
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID",
    ];
    names(&said, 1, &words);
    assert_eq!(scene.shim.calls(), []);
}

#[test]
fn before_a_deployment_a_policy_that_is_not_sound_is_told_with_its_lines() {
    let mut scene = Scene::new();
    scene.set_policy(&policy(scene.account.zone()).replace("max = 2", "max = 2\nmaximum = 3"));
    names(&scene.ask_before("deploy", &[]), 1, &["policy.toml:11:1: ", "nothing was asked of AWS"]);
    assert_eq!(scene.shim.calls(), []);
    assert_eq!(scene.ask_before("deploy", &["--what"]).code, Some(2));
}

#[test]
fn before_a_removal_replicas_that_the_function_made_keep_the_stack() {
    let mut scene = Scene::new();
    scene.account.make_foreign_replica("by-hand");
    // What is not there is not removed.
    names(
        &scene.ask_before("destroy", &[]),
        1,
        &["STOP  the stack: there is no stack tidegate-test in eu-west-1"],
    );
    scene.account.make_stack("test");
    names(
        &scene.ask_before("destroy", &[]),
        0,
        &["none of 2 instances in eu-west-1 would be left to nobody"],
    );

    // As the preflight is asked about.
    scene.set("TIDEGATE_STAGE", "test");
    scene.load = Load::HOT;
    let made = |scene: &Scene| scene.account.replicas().into_iter().find(|id| id != "by-hand");
    scene.tick_until(10, "a replica of ours", |scene| made(scene).is_some());
    let id = made(&scene).unwrap();
    scene.shim.forget();
    let said = scene.ask_before("destroy", &[]);
    let line = format!("STOP  {id}: a replica of {SOURCE}, made for orders-readers: ");
    names(&said, 1, &[&line, "nothing was removed: 1 replica", "max = 0", "KEEP_REPLICAS=yes"]);
    assert!(!said.text.contains("by-hand"), "{}", said.text);

    let line = format!("note  {id}: it stays, serving, billed and unscaled");
    names(&scene.ask_before("destroy", &["--keep-replicas"]), 0, &[&line, "the stack may be removed"]);

    // The target is gone from the policy, and its replica is not.
    scene.set_policy(&service_policy(""));
    let line = format!(
        "STOP  {id}: a replica of {SOURCE}, made for orders-readers, which this policy does not have"
    );
    names(&scene.ask_before("destroy", &[]), 1, &[&line]);
    nothing_was_written(&scene);
}

//! What the function for services does over real sockets, in a file for each goal.

mod bounds;
mod clock;
mod disturbed;
mod events;
mod killed;
mod left_alone;
mod orders;
mod planned;
mod rollout;
mod work;

use serde_json::{Value, json};
use tidegate_wire::account::{CLUSTER, SERVICE};
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{API, Scene, summary};

const UPDATE: &str = "ECS.UpdateService";
const REGISTER: &str = "ApplicationAutoScaling.RegisterScalableTarget";

/// What an invocation that did not fail says of the target.
#[track_caller]
fn said(invocation: &Invocation) -> &Value {
    let Invocation::Response(report) = invocation else { panic!("{}", summary(invocation)) };
    &report["targets"][0]
}

/// The reason that an invocation that did not fail gives.
#[track_caller]
fn reason(invocation: &Invocation) -> &str {
    said(invocation)["reason"].as_str().unwrap()
}

/// How an invocation that failed says so.
#[track_caller]
fn failed(invocation: &Invocation) -> String {
    let Invocation::Error { kind, message } = invocation else { panic!("{}", summary(invocation)) };
    format!("{kind}: {message}")
}

#[track_caller]
fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "it does not name {word:?}: {said}");
    }
}

/// The call that asks for so many tasks, and for nothing else.
fn asks_for(desired: u32) -> Value {
    json!({ "cluster": CLUSTER, "service": SERVICE, "desiredCount": desired })
}

/// The call that registers these bounds, and nothing else.
fn registers(min: u32, max: u32) -> Value {
    json!({
        "ServiceNamespace": "ecs",
        "ResourceId": format!("service/{CLUSTER}/{SERVICE}"),
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": min,
        "MaxCapacity": max,
    })
}

#[track_caller]
fn nothing_was_changed(scene: &Scene<Work>, what: &str) {
    let calls = scene.shim.calls().into_iter();
    let changed: Vec<_> = calls.filter(|call| call.operation.changes_aws()).collect();
    assert_eq!(changed, [], "{what}");
}

/// The details of what the ledger's log says with this reason.
fn told(scene: &Scene<Work>, reason: &str) -> Vec<String> {
    let entries = scene.account.ledger(API).into_iter().filter(|(entry, _)| entry.starts_with("activity"));
    let text = |item: &std::collections::HashMap<_, _>| format!("{item:?}");
    entries.map(|(_, item)| text(&item)).filter(|item| item.contains(&format!("\"{reason}\""))).collect()
}

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
use tidegate_wire::plant::Work;
use tidegate_wire::scene::{API, Scene};

use crate::told::{failed, names, nothing_was_changed, reason, said};

const UPDATE: &str = "ECS.UpdateService";
const REGISTER: &str = "ApplicationAutoScaling.RegisterScalableTarget";

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

/// The details of what the ledger's log says with this reason.
fn told(scene: &Scene<Work>, reason: &str) -> Vec<String> {
    crate::told::told(&scene.account, API, reason)
}

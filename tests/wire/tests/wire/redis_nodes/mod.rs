//! What the function for Redis nodes does over real sockets, in a file for each goal.

mod disturbed;
mod events;
mod killed;
mod left_alone;
mod memory;
mod reads;
mod refused;
mod states;

use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{CACHE, Scene, summary};

use crate::told::{failed, names, nothing_was_changed, reason, said};

const MORE: &str = "IncreaseReplicaCount";
const FEWER: &str = "DecreaseReplicaCount";
const SHARDS: &str = "ModifyReplicationGroupShardConfiguration";
const NODE_TYPE: &str = "ModifyReplicationGroup";

/// The form that asks for so many replicas of the one shard, and for nothing else.
fn replicas(count: usize) -> String {
    format!("NewReplicaCount={count} ApplyImmediately=true")
}

/// The form that names the replica which goes, and nothing else.
fn without(node: &str) -> String {
    format!("ReplicasToRemove.member.1={node} ApplyImmediately=true")
}

/// The details of what the ledger's log says with this reason.
fn told(scene: &Scene<Traffic>, reason: &str) -> Vec<String> {
    crate::told::told(&scene.account, CACHE, reason)
}

/// So many minutes; none of their attempts fails, and the last is handed back.
#[track_caller]
fn ticks(scene: &mut Scene<Traffic>, minutes: usize) -> Invocation {
    let mut last = None;
    for _ in 0..minutes {
        let tick = scene.tick();
        assert!(matches!(tick, Invocation::Response(_)), "{}", summary(&tick));
        last = Some(tick);
    }
    last.unwrap()
}

//! Goal: keys that do not fit bring shards or larger nodes, where the policy allows it, and never a replica. Method: keys that fill 90% of a node,
//! under policies that allow the one, the other, or neither.

use jiff::SignedDuration;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, nodes_policy, shards_policy, summary};

use super::{MORE, NODE_TYPE, SHARDS, failed, names, nothing_was_changed, reason, ticks, told};

#[test]
fn memory_brings_no_replica_and_is_told() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic::FULL;
    let last = ticks(&mut scene, 8);
    assert_eq!(reason(&last), "no_memory_lever", "{}", summary(&last));
    nothing_was_changed(&scene, "replicas hold the same keys");
    let short = told(&scene, "no_memory_lever");
    assert!(short.iter().any(|said| said.contains("replicas hold the same keys")), "{short:?}");
}

#[test]
fn evictions_bring_no_replica_and_are_told() {
    let mut scene = Scene::of_nodes(2);
    scene.set_policy(&nodes_policy("").replace("\"memory > 75% for 3m\"", "\"evictions > 100 for 3m\""));
    scene.load = Traffic { evictions: 500.0, ..Traffic::CALM };
    let last = ticks(&mut scene, 8);
    assert_eq!(reason(&last), "no_memory_lever", "{}", summary(&last));
    nothing_was_changed(&scene, "replicas hold the same keys");
}

#[test]
fn memory_brings_a_shard_where_the_policy_lets_it() {
    let mut scene = Scene::of_shards();
    scene.load = Traffic::FULL.times(3);
    scene.tick_until(15, "a shard more serves", |scene| scene.settled() == Some(8));
    assert_eq!(scene.forms(SHARDS), ["NodeGroupCount=4 ApplyImmediately=true"]);
    ticks(&mut scene, 6);
    assert_eq!(scene.forms(SHARDS).len(), 1, "four shards hold the keys");

    // Back when next to nothing is left: the shard that came, and its keys move first.
    scene.load = Traffic::IDLE;
    scene.tick_until(30, "three shards are left", |scene| scene.settled() == Some(6));
    let fewer = "NodeGroupCount=3 ApplyImmediately=true NodeGroupsToRemove.NodeGroupToRemove.1=0004";
    assert_eq!(scene.forms(SHARDS)[1..], [fewer]);
    assert_eq!(scene.forms(MORE), [] as [String; 0]);
    assert!(told(&scene, "foreign_write").is_empty());
}

#[test]
fn without_leave_no_shard_is_added() {
    let mut scene = Scene::of_shards();
    scene.set_policy(
        &shards_policy("").replace("shards = { min = 3, max = 5 }\n", "").replace("max = 15", "max = 9"),
    );
    scene.load = Traffic::FULL.times(3);
    let last = ticks(&mut scene, 8);
    assert_eq!(reason(&last), "no_memory_lever", "{}", summary(&last));
    nothing_was_changed(&scene, "shards were not opted in");
}

/// A group with a maintenance window from half past ten, half an hour from where the clock starts.
fn with_window(types: &str) -> Scene<Traffic> {
    let mut scene = Scene::without_a_group();
    let day = scene.clock.now().strftime("%a").to_string().to_lowercase();
    scene.make_group(2, &[("PreferredMaintenanceWindow", &format!("{day}:10:30-{day}:11:30"))]);
    scene.set_policy(&nodes_policy(&format!("node_types = [{types}]")));
    scene.load = Traffic::FULL;
    scene
}

#[test]
fn larger_nodes_wait_for_the_maintenance_window() {
    let mut scene = with_window("\"cache.m7g.xlarge\", \"cache.m7g.2xlarge\"");
    let last = ticks(&mut scene, 8);
    assert_eq!(reason(&last), "await_maintenance", "{}", summary(&last));
    nothing_was_changed(&scene, "before the window");
    scene.clock.set(scene.clock.now() + SignedDuration::from_mins(20));
    scene.tick_until(20, "every node is larger", |scene| {
        scene.nodes().iter().all(|node| node.node_type == "cache.m7g.2xlarge")
    });
    assert_eq!(scene.forms(NODE_TYPE), ["ApplyImmediately=true CacheNodeType=cache.m7g.2xlarge"]);
    ticks(&mut scene, 6);
    assert_eq!(scene.forms(NODE_TYPE).len(), 1, "half of it is free");
    assert_eq!(scene.forms(MORE), [] as [String; 0]);
    assert!(told(&scene, "foreign_write").is_empty());
}

#[test]
fn a_node_type_that_cannot_be_reached_is_told() {
    let mut scene = with_window("\"cache.m7g.xlarge\", \"cache.r7g.xlarge\"");
    scene.clock.set(scene.clock.now() + SignedDuration::from_mins(31));
    ticks(&mut scene, 2);
    for _ in 0..6 {
        let said = failed(&scene.tick());
        let words = [
            "node_type_unreachable",
            "does not offer cache.r7g.xlarge",
            "but cache.m7g.2xlarge: write one of those",
        ];
        names(&said, &words);
    }
    nothing_was_changed(&scene, "ElastiCache does not offer it");
}

//! Goal: what is no group of ours to move is left alone, with its reason. Method: each such thing under the group's name, with reads that ask
//! for more.

use tidegate_wire::account::GROUP;
use tidegate_wire::function::Invocation;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, shards_policy, summary};

use super::{MORE, names, nothing_was_changed, reason, ticks, told};

/// Some minutes of many reads: each invocation fails with this reason and these words, and nothing is changed.
fn fails(mut scene: Scene<Traffic>, what: &str, reason: &str, words: &[&str]) {
    scene.load = Traffic::READ;
    for _ in 0..5 {
        let answer = scene.tick();
        assert!(matches!(answer, Invocation::Error { .. }), "{what}: {}", summary(&answer));
        names(&summary(&answer), &["TargetsFailed", reason]);
        names(&summary(&answer), words);
    }
    nothing_was_changed(&scene, what);
}

#[test]
fn what_is_no_replication_group_fails_and_says_what_it_is() {
    fails(Scene::without_a_group(), "nothing", "group_missing", &[GROUP, "check `group`"]);

    let scene = Scene::of_nodes(2);
    scene.account.delete_group();
    fails(scene, "deleted", "group_missing", &[GROUP, "check `group`"]);

    let scene = Scene::without_a_group();
    scene.account.make_cluster("memcached");
    fails(scene, "Memcached", "not_a_group", &["Memcached"]);

    let scene = Scene::without_a_group();
    scene.account.make_cluster("redis");
    fails(scene, "a single node", "not_a_group", &["single Redis node"]);

    let scene = Scene::without_a_group();
    scene.account.make_serverless();
    fails(scene, "serverless", "not_a_group", &["serverless"]);
}

#[test]
fn a_policy_of_the_other_cluster_mode_fails_and_says_so() {
    let mut scene = Scene::of_nodes(2);
    scene.set_policy(&shards_policy(""));
    fails(scene, "disabled", "cluster_mode_mismatch", &["`cluster_mode`"]);
}

#[test]
fn native_scaling_of_a_group_is_respected_and_told() {
    for dimension in ["Replicas", "NodeGroups"] {
        let mut scene = Scene::of_nodes(2);
        scene.shim.redis().register_native(GROUP, dimension, 1, 5);
        scene.load = Traffic::READ;
        let last = ticks(&mut scene, 6);
        assert_eq!(reason(&last), "native_scaling", "{}", summary(&last));
        nothing_was_changed(&scene, dimension);
        let said = told(&scene, "native_scaling");
        assert!(said.iter().any(|said| said.contains(dimension)), "{said:?}");
    }
    // That of another group is none of ours.
    let mut scene = Scene::of_nodes(2);
    scene.shim.redis().register_native("other", "Replicas", 1, 5);
    scene.load = Traffic::READ;
    scene.tick_until(6, "a replica was asked for", |scene| scene.forms(MORE).len() == 1);
}

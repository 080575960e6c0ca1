//! Goal: a policy that cannot be followed is an error that names it and the fix. Method: one thing wrong at a time.

use tidegate_wire::function::Start;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{Scene, nodes_policy};

use super::{failed, names};

fn said(document: &str) -> String {
    let mut scene = Scene::of_nodes(2);
    scene.set_policy(document);
    scene.load = Traffic::READ;
    let said = match scene.function().start() {
        Start::InitError { kind, message, .. } => format!("{kind}: {message}"),
        Start::Exited(code) => panic!("it ended with {code:?} and without a word"),
        Start::Ready => failed(&scene.tick()),
    };
    assert_eq!(scene.shim.calls(), [], "no call at all: {document}");
    said
}

#[test]
fn a_policy_of_nodes_that_cannot_be_followed_is_named_with_its_place() {
    let policy = nodes_policy("");
    let cases = [
        (policy.replace("min = 2", "min = 1"), &["min", "failover"] as &[&str]),
        (policy.replace("max = 4", "max = 7"), &["max", "5"]),
        (nodes_policy("shards = { min = 1, max = 3 }"), &["shards", "cluster_mode"]),
        (nodes_policy("cluster_mode = \"clustered\""), &["cluster_mode", "clustered"]),
        (nodes_policy("replica = 3"), &["replica"]),
        (policy.replace("cpu > 70%", "lag > 70%"), &["lag"]),
        (policy.replace("group = \"sessions\"\n", ""), &["group"]),
    ];
    for (document, words) in cases {
        let said = said(&document);
        names(&said, &["PolicyUnusable", ":"]);
        names(&said, words);
    }
}

//! What ElastiCache refuses, and what becomes of it: bounds, states of members, quotas, permissions, and what was done already.

use tidegate_policy::plan::Action;
use tidegate_policy::policy::ClusterMode;
use tidegate_policy::record::{FailureClass, Outcome};

use super::node_changes::{
    DECREASE, INCREASE, MODIFY, SHARDS, applied, decrease, increase, set_shards, set_type,
};
use super::node_scene::NodeScene;
use super::wire::Mishap;

const PERSON: FailureClass = FailureClass::PersonNeeded;
const LATER: FailureClass = FailureClass::RetryNextWake;

/// A change that is possible, of a group of two shards with two replicas each.
fn possible(operation: &str) -> Action {
    match operation {
        INCREASE => increase(&[("0001", 2, 3)]),
        DECREASE => decrease(&[("0001", 2, 1)], None),
        SHARDS => set_shards(2, 3, &[]),
        _ => set_type("cache.m7g.large", "cache.m7g.xlarge"),
    }
}

fn scene() -> NodeScene {
    let scene = NodeScene::of(ClusterMode::Enabled, 2, 2);
    scene.caches(|caches| caches.larger = vec!["cache.m7g.xlarge".to_owned()]);
    scene
}

fn failed(outcome: Outcome) -> (FailureClass, String) {
    match outcome {
        Outcome::Failed { class, message } => (class, message),
        other => panic!("it did not fail: {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_refusal_has_its_outcome() {
    let all = [INCREASE, DECREASE, SHARDS, MODIFY];
    for (operations, code, class, told) in [
        (&all[..], "InvalidReplicationGroupState", LATER, "busy with another change"),
        (&all, "InvalidCacheClusterState", LATER, "a node of the group is not available"),
        (&all, "InsufficientCacheClusterCapacity", PERSON, "no room for this node type"),
        (&all, "NodeQuotaForCustomerExceeded", PERSON, "raise the quota"),
        (&[INCREASE, DECREASE], "ClusterQuotaForCustomerExceeded", PERSON, "raise the quota"),
        (&[MODIFY], "NodeQuotaForClusterExceeded", PERSON, "raise the quota"),
        (&[INCREASE, SHARDS], "NodeGroupsPerReplicationGroupQuotaExceeded", PERSON, "lower the `shards`"),
        (&[SHARDS], "NodeGroupNotFoundFault", LATER, "not as the plan expected"),
        (&[DECREASE], "ServiceLinkedRoleNotFoundFault", PERSON, "create-service-linked-role"),
        (&all, "InvalidParameterValue", PERSON, "check the class, the node types"),
        (&all, "InvalidParameterCombination", PERSON, "its words say why"),
        (&all, "InvalidKMSKeyFault", PERSON, "check the KMS key"),
        (&all, "Novelty", LATER, "does not know"),
    ] {
        for operation in operations {
            let scene = scene();
            scene.account.mishap_at_every_try(operation, &Mishap::Refused(400, code, "as AWS says."));
            let (found, message) = failed(scene.apply(&possible(operation)).await);
            assert_eq!(found, class, "{operation}: {code}");
            assert!(
                message.starts_with(&format!("{code}: as AWS says: ")) && message.contains(told),
                "{message}"
            );
            assert_eq!(scene.count(operation), 1, "{operation}: {code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_change_names_its_permission() {
    for operation in [INCREASE, DECREASE, SHARDS, MODIFY] {
        let scene = scene();
        scene.account.mishap(operation, Mishap::Refused(403, "AccessDenied", "not authorized"));
        let (class, message) = failed(scene.apply(&possible(operation)).await);
        assert_eq!(class, PERSON);
        assert!(message.ends_with(&format!("(elasticache:{operation})")), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_needed_no_change_is_done_and_a_group_that_has_gone_is_news() {
    for operation in [INCREASE, DECREASE, SHARDS, MODIFY] {
        let scene = scene();
        scene.account.mishap(operation, Mishap::Refused(400, "NoOperationFault", "nothing to do"));
        assert_eq!(scene.apply(&possible(operation)).await, Outcome::AlreadySatisfied, "{operation}");
        scene.account.mishap(operation, Mishap::Refused(404, "ReplicationGroupNotFoundFault", "gone"));
        let outcome = scene.apply(&possible(operation)).await;
        assert!(matches!(outcome, Outcome::Stale { .. }), "{operation}: {outcome}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_resharding_says_what_cannot_be_moved() {
    for code in ["InvalidParameterValue", "InvalidParameterCombination"] {
        let scene = scene();
        scene.account.mishap(SHARDS, Mishap::Refused(400, code, "Cannot reshard."));
        let (_, message) = failed(scene.apply(&possible(SHARDS)).await);
        assert!(message.contains("256 MB") && message.contains("`reserved-memory-percent`"), "{message}");
        scene.account.mishap(INCREASE, Mishap::Refused(400, code, "Cannot."));
        let (_, message) = failed(scene.apply(&possible(INCREASE)).await);
        assert!(!message.contains("256 MB"), "{message}");
    }
    // A quota has its own remedy.
    let scene = scene();
    scene.account.mishap(SHARDS, Mishap::Refused(400, "NodeQuotaForCustomerExceeded", "Too many."));
    let (_, message) = failed(scene.apply(&possible(SHARDS)).await);
    assert!(!message.contains("256 MB"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_change_is_tried_again_and_made_once() {
    for operation in [INCREASE, DECREASE, SHARDS, MODIFY] {
        let scene = scene();
        let throttled = Mishap::Refused(400, "Throttling", "Rate exceeded");
        scene.account.mishap(operation, throttled.clone());
        assert_eq!(scene.apply(&possible(operation)).await, applied(), "{operation}");
        assert_eq!(scene.count(operation), 2);
        assert_eq!(scene.apply(&possible(operation)).await, Outcome::AlreadySatisfied, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_bounds_of_elasticache_are_its_own_to_keep() {
    // What a plan never asks for is refused, and told to a person.
    for (action, operation) in [
        (increase(&[("0001", 2, 6)]), INCREASE),
        (decrease(&[("0001", 2, 0)], None), DECREASE),
        (set_type("cache.m7g.large", "cache.m7g.2xlarge"), MODIFY),
    ] {
        let scene = scene();
        let (class, message) = failed(scene.apply(&action).await);
        assert_eq!((class, scene.count(operation)), (PERSON, 1), "{message}");
        let seen = scene.seen().await;
        assert_eq!((seen.nodes().count(), seen.node_type.as_str()), (6, "cache.m7g.large"));
    }
    // The last replica of a group that fails over.
    let scene = NodeScene::of(ClusterMode::Disabled, 1, 1);
    let last = decrease(&[("0001", 1, 0)], Some("sessions-002"));
    assert_eq!(failed(scene.apply(&last).await).0, PERSON);
    scene.caches(|caches| caches.group("sessions").failover = Some("disabled".to_owned()));
    assert_eq!(scene.apply(&last).await, applied());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_not_available_holds_every_change_back_until_it_is() {
    for operation in [INCREASE, DECREASE, SHARDS, MODIFY] {
        let scene = scene();
        // The group says "available" while a node of it is still on its way in.
        scene.caches(|caches| caches.node("sessions-0002-003").status = Some("creating".to_owned()));
        let (class, message) = failed(scene.apply(&possible(operation)).await);
        assert_eq!(class, LATER);
        assert!(message.starts_with("InvalidCacheClusterState"), "{message}");
        scene.caches(|caches| caches.node("sessions-0002-003").status = Some("available".to_owned()));
        assert_eq!(scene.apply(&possible(operation)).await, applied(), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_under_way_is_seen_as_one() {
    let scene = scene();
    assert_eq!(scene.apply(&possible(SHARDS)).await, applied());
    let seen = scene.seen().await;
    assert_eq!(seen.status.word(), "modifying");
    assert_eq!(seen.pending, ["resharding, 0% of the slots moved"]);
    let states: Vec<_> = seen.shards.iter().map(|shard| shard.status.word()).collect();
    assert_eq!(states, ["available", "available", "creating"]);
    assert_eq!(
        seen.nodes().last().unwrap().status.word(),
        "unknown",
        "the other listing does not name it yet"
    );

    let scene = NodeScene::new();
    assert_eq!(scene.apply(&increase(&[("0001", 2, 3)])).await, applied());
    let seen = scene.seen().await;
    assert_eq!((seen.nodes().count(), seen.nodes().last().unwrap().status.word()), (4, "creating"));
    let scene = NodeScene::new();
    assert_eq!(scene.apply(&decrease(&[("0001", 2, 1)], Some("sessions-003"))).await, applied());
    let seen = scene.seen().await;
    let strays: Vec<_> = seen.strays.iter().map(|node| (node.id.as_str(), node.status.word())).collect();
    assert_eq!(strays, [("sessions-003", "deleting")]);
}

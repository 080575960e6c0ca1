//! The mutations of a replication group: exactly what is sent, and all that keeps one from being sent.

use std::collections::BTreeMap;

use tidegate_policy::names::{GroupName, NodeId, NodeType, ShardId};
use tidegate_policy::plan::{
    Action, DecreaseReplicas, EcsServiceAction, IncreaseReplicas, RedisNodesAction, SetNodeType, SetShards,
    ShardReplicas,
};
use tidegate_policy::policy::ClusterMode;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::Count;
use tidegate_reconcile::port::Fleet;

use super::node_scene::NodeScene;
use super::scene::Scene;
use super::service_scene::ServiceScene;
use super::wire::{Call, Mishap};

pub(crate) const INCREASE: &str = "IncreaseReplicaCount";
pub(crate) const DECREASE: &str = "DecreaseReplicaCount";
pub(crate) const SHARDS: &str = "ModifyReplicationGroupShardConfiguration";
pub(crate) const MODIFY: &str = "ModifyReplicationGroup";
const GROUPS: &str = "DescribeReplicationGroups";

pub(crate) fn applied() -> Outcome {
    Outcome::Applied { change: None }
}

fn group() -> GroupName {
    GroupName::new("sessions")
}

fn shard(id: &str, from: u32, to: u32) -> ShardReplicas {
    ShardReplicas { shard: ShardId::new(id), from: Count(from), to: Count(to) }
}

pub(crate) fn increase(shards: &[(&str, u32, u32)]) -> Action {
    let shards = shards.iter().map(|(id, from, to)| shard(id, *from, *to)).collect();
    Action::RedisNodes(RedisNodesAction::IncreaseReplicas(IncreaseReplicas { group: group(), shards }))
}

pub(crate) fn decrease(shards: &[(&str, u32, u32)], named: Option<&str>) -> Action {
    let shards = shards.iter().map(|(id, from, to)| shard(id, *from, *to)).collect();
    Action::RedisNodes(RedisNodesAction::DecreaseReplicas(DecreaseReplicas {
        group: group(),
        shards,
        named: named.map(NodeId::new),
    }))
}

pub(crate) fn set_shards(from: u32, to: u32, removed: &[&str]) -> Action {
    let removed = removed.iter().map(ShardId::new).collect();
    Action::RedisNodes(RedisNodesAction::SetShards(SetShards {
        group: group(),
        from: Count(from),
        to: Count(to),
        removed,
    }))
}

pub(crate) fn set_type(from: &str, to: &str) -> Action {
    Action::RedisNodes(RedisNodesAction::SetNodeType(SetNodeType {
        group: group(),
        from: NodeType::new(from),
        to: NodeType::new(to),
    }))
}

/// The form of a call, without what every one has.
fn sent(call: &Call) -> BTreeMap<&str, &str> {
    let every = ["Action", "Version", "ReplicationGroupId", "ApplyImmediately"];
    assert_eq!(call.field("ReplicationGroupId"), "sessions");
    assert_eq!(call.field("ApplyImmediately"), "true");
    let fields = call.fields.iter().filter(|(name, _)| !every.contains(&name.as_str()));
    fields.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl NodeScene {
    fn mutations(&self) -> Vec<Call> {
        let state = self.account.state();
        state.calls.iter().filter(|call| !call.operation.starts_with("Describe")).cloned().collect()
    }

    /// Exactly this was sent, and a retry after a lost answer sends nothing.
    async fn must_send(&self, action: &Action, operation: &str, fields: &[(&str, &str)]) {
        assert_eq!(self.apply(action).await, applied(), "{action}");
        let calls = self.mutations();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].operation, operation);
        assert_eq!(sent(&calls[0]), fields.iter().copied().collect());
        assert_eq!(self.apply(action).await, Outcome::AlreadySatisfied, "{action}");
        assert_eq!(self.mutations().len(), 1);
    }

    /// Nothing was sent, and why.
    async fn must_not_change(&self, action: &Action, why: &str) {
        let outcome = self.apply(action).await;
        let Outcome::Stale { why: told } = &outcome else { panic!("{action}: {outcome}") };
        assert!(told.contains(why), "{told}");
        assert!(self.mutations().is_empty(), "{action}");
    }
}

#[tokio::test(start_paused = true)]
async fn replicas_come_by_their_number_or_by_shard() {
    let scene = NodeScene::new();
    scene.must_send(&increase(&[("0001", 2, 4)]), INCREASE, &[("NewReplicaCount", "4")]).await;
    let scene = NodeScene::of(ClusterMode::Enabled, 3, 1);
    let fields = [
        ("ReplicaConfiguration.ConfigureShard.1.NodeGroupId", "0001"),
        ("ReplicaConfiguration.ConfigureShard.1.NewReplicaCount", "2"),
        ("ReplicaConfiguration.ConfigureShard.2.NodeGroupId", "0003"),
        ("ReplicaConfiguration.ConfigureShard.2.NewReplicaCount", "3"),
    ];
    scene.must_send(&increase(&[("0001", 1, 2), ("0003", 1, 3)]), INCREASE, &fields).await;
}

#[tokio::test(start_paused = true)]
async fn the_replica_that_goes_is_named_where_roles_are_known() {
    let scene = NodeScene::new();
    let action = decrease(&[("0001", 2, 1)], Some("sessions-003"));
    scene.must_send(&action, DECREASE, &[("ReplicasToRemove.member.1", "sessions-003")]).await;
    let scene = NodeScene::new();
    scene.must_send(&decrease(&[("0001", 2, 1)], None), DECREASE, &[("NewReplicaCount", "1")]).await;
    let scene = NodeScene::of(ClusterMode::Enabled, 2, 2);
    let fields = [
        ("ReplicaConfiguration.ConfigureShard.1.NodeGroupId", "0001"),
        ("ReplicaConfiguration.ConfigureShard.1.NewReplicaCount", "1"),
        ("ReplicaConfiguration.ConfigureShard.2.NodeGroupId", "0002"),
        ("ReplicaConfiguration.ConfigureShard.2.NewReplicaCount", "1"),
    ];
    scene.must_send(&decrease(&[("0001", 2, 1), ("0002", 2, 1)], None), DECREASE, &fields).await;
}

#[tokio::test(start_paused = true)]
async fn shards_come_by_their_number_and_go_by_their_ids() {
    let scene = NodeScene::of(ClusterMode::Enabled, 2, 1);
    scene.must_send(&set_shards(2, 4, &[]), SHARDS, &[("NodeGroupCount", "4")]).await;
    let scene = NodeScene::of(ClusterMode::Enabled, 3, 1);
    let fields = [
        ("NodeGroupCount", "1"),
        ("NodeGroupsToRemove.NodeGroupToRemove.1", "0002"),
        ("NodeGroupsToRemove.NodeGroupToRemove.2", "0003"),
    ];
    scene.must_send(&set_shards(3, 1, &["0002", "0003"]), SHARDS, &fields).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_type_is_sent_alone() {
    let scene = NodeScene::new();
    scene.caches(|caches| caches.larger = vec!["cache.m7g.xlarge".to_owned()]);
    let action = set_type("cache.m7g.large", "cache.m7g.xlarge");
    scene.must_send(&action, MODIFY, &[("CacheNodeType", "cache.m7g.xlarge")]).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_the_world_moved_on() {
    // Somebody else made other changes.
    let scene = NodeScene::of(ClusterMode::Enabled, 3, 3);
    let more = increase(&[("0001", 1, 2), ("0002", 3, 4)]);
    scene.must_not_change(&more, "shard 0001 of sessions has 3 replicas, no longer 1").await;
    let fewer = decrease(&[("0002", 2, 1)], None);
    scene.must_not_change(&fewer, "shard 0002 of sessions has 3 replicas, no longer 2").await;
    scene.must_not_change(&increase(&[("0009", 1, 2)]), "no longer has every shard").await;
    scene.must_not_change(&set_shards(2, 4, &[]), "sessions has 3 shards, no longer 2").await;
    scene.must_not_change(&set_shards(3, 2, &["0009"]), "sessions has no shard 0009").await;
    scene.must_not_change(&set_shards(3, 2, &[]), "0 shards of sessions are named for 3 -> 2").await;
    let small = set_type("cache.m7g.medium", "cache.m7g.xlarge");
    scene
        .must_not_change(&small, "the nodes of sessions are cache.m7g.large, no longer cache.m7g.medium")
        .await;
    // A group of another mode than was planned for.
    let scene = NodeScene::new();
    scene.must_not_change(&increase(&[]), "not about exactly one").await;

    let scene = NodeScene::new();
    scene.caches(|caches| caches.groups.clear());
    for action in [
        increase(&[("0001", 2, 3)]),
        decrease(&[("0001", 2, 1)], None),
        set_shards(1, 2, &[]),
        set_type("cache.m7g.large", "cache.m7g.xlarge"),
    ] {
        scene.must_not_change(&action, "there is no replication group sessions").await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_a_group_that_is_at_work() {
    let scene = NodeScene::of(ClusterMode::Enabled, 2, 2);
    scene.caches(|caches| caches.group("sessions").status = "modifying".to_owned());
    for action in [
        increase(&[("0001", 2, 3)]),
        decrease(&[("0001", 2, 1)], None),
        set_shards(2, 3, &[]),
        set_type("cache.m7g.large", "cache.m7g.xlarge"),
    ] {
        scene.must_not_change(&action, "sessions is modifying").await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_primary_is_never_named() {
    let scene = NodeScene::new();
    let third = decrease(&[("0001", 2, 1)], Some("sessions-003"));
    // The roles flipped since planning.
    scene.caches(|caches| caches.group("sessions").shards[0].members[2].1 = Some("primary".to_owned()));
    scene.must_not_change(&third, "sessions-003 is the primary of sessions").await;
    scene.caches(|caches| caches.group("sessions").shards[0].members[2].1 = None);
    scene.must_not_change(&third, "does not say whether sessions-003 is a replica").await;
    let gone = decrease(&[("0001", 2, 1)], Some("sessions-009"));
    scene.must_not_change(&gone, "sessions has no node sessions-009").await;
    let two = decrease(&[("0001", 2, 0)], Some("sessions-002"));
    scene.must_not_change(&two, "one node of sessions is named for 2 -> 0").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_look_before_it_fails() {
    for action in [increase(&[("0001", 2, 3)]), set_type("cache.m7g.large", "cache.m7g.xlarge")] {
        for mishap in [Mishap::Reset, Mishap::Half, Mishap::Refused(403, "AccessDenied", "no")] {
            let scene = NodeScene::new();
            scene.account.mishap_at_every_try(GROUPS, &mishap);
            assert!(matches!(scene.apply(&action).await, Outcome::Failed { .. }), "{mishap:?}");
            assert!(scene.mutations().is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_held_to_its_last_look_and_looks_no_second_time() {
    let scene = NodeScene::new();
    scene.look_again().await.unwrap();
    let looks = scene.count(GROUPS);
    assert_eq!(scene.apply(&decrease(&[("0001", 2, 1)], Some("sessions-003"))).await, applied());
    assert_eq!(scene.count(GROUPS), looks);
    // It is used up: the next call looks for itself.
    assert!(matches!(scene.apply(&increase(&[("0001", 1, 2)])).await, Outcome::Stale { .. }));
    assert_eq!(scene.count(GROUPS), looks + 1);
    // A look that found nothing keeps the call from being made.
    let scene = NodeScene::new();
    scene.caches(|caches| caches.groups.clear());
    scene.look_again().await.unwrap();
    scene.caches(|caches| caches.put("sessions", false, 1, 2));
    scene.must_not_change(&increase(&[("0001", 2, 3)]), "there is no replication group").await;
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_is_found_done() {
    let scene = NodeScene::new();
    scene.account.mishap(INCREASE, Mishap::Lost);
    // The SDK's next try meets a group at work.
    let outcome = scene.apply(&increase(&[("0001", 2, 3)])).await;
    let Outcome::Failed { class, .. } = outcome else { panic!("{outcome}") };
    assert_eq!((class, scene.count(INCREASE)), (FailureClass::RetryNextWake, 2));
    assert_eq!(scene.apply(&increase(&[("0001", 2, 3)])).await, Outcome::AlreadySatisfied);
    assert_eq!(scene.count(INCREASE), 2);
}

#[tokio::test(start_paused = true)]
async fn an_action_of_another_kind_makes_no_call() {
    let (nodes, service, replicas) = (NodeScene::new(), ServiceScene::new(), Scene::new());
    for action in [
        increase(&[("0001", 2, 3)]),
        decrease(&[("0001", 2, 1)], None),
        set_shards(1, 2, &[]),
        set_type("cache.m7g.large", "cache.m7g.xlarge"),
    ] {
        for outcome in [
            service.fleet.apply(&service.target, &action).await,
            replicas.fleet.apply(&replicas.target, &action).await,
        ] {
            assert!(matches!(outcome, Outcome::Stale { .. }), "{outcome}");
        }
    }
    let bounds = tidegate_policy::plan::SetDesiredCount {
        cluster: tidegate_policy::names::ClusterName::new("prod"),
        service: tidegate_policy::names::ServiceName::new("api"),
        from: Count(4),
        to: Count(5),
    };
    assert!(matches!(
        nodes.apply(&Action::EcsService(EcsServiceAction::SetDesiredCount(bounds))).await,
        Outcome::Stale { .. }
    ));
    let deletion = super::scene::deletion("tg-orders-1");
    assert!(nodes.fleet.look_again(&nodes.target, &deletion, super::scene::now()).await.is_err());
    let called = |account: &super::account::Account| account.state().calls.len();
    assert_eq!([called(&nodes.account), called(&service.account), called(&replicas.account)], [0, 0, 0]);
}

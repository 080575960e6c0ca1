//! What an attempt at two hundred groups costs, and what a last look does: calls, as they are on the wire.

use tidegate_policy::names::NodeType;
use tidegate_policy::observation::{Availability, Found};
use tidegate_policy::policy::{ClusterMode, Signal};

use super::account::Account;
use super::answers::queries;
use super::cache_answers::CacheNode;
use super::node_scene::{NodeScene, growing, native, observe, target};
use super::wire::{Mishap, clients};
use tidegate_aws::fleet::AwsFleet;

const GROUPS: &str = "DescribeReplicationGroups";
const NODES: &str = "DescribeCacheClusters";
const SCALABLE: &str = "DescribeScalableTargets";
const TYPES: &str = "ListAllowedNodeTypeModifications";

/// Two hundred groups: every other with cluster mode enabled; 3, 4, 5 or 6 nodes each.
fn two_hundred() -> (Account, Vec<(String, ClusterMode, usize)>) {
    let account = Account::new();
    let mut groups = Vec::new();
    for nth in 0..200 {
        let name = format!("g{nth:03}");
        let (mode, shards, replicas) = match nth % 4 {
            0 => (ClusterMode::Disabled, 1, 2),
            1 => (ClusterMode::Enabled, 2, 1),
            2 => (ClusterMode::Disabled, 1, 4),
            _ => (ClusterMode::Enabled, 3, 1),
        };
        account.state().caches.put(&name, mode == ClusterMode::Enabled, shards, replicas);
        if nth % 10 == 1 {
            account.state().ecs.scalable.push(native(&name, "Replicas", 1, 3));
        }
        groups.push((name, mode, shards * (1 + replicas)));
    }
    (account, groups)
}

#[tokio::test(start_paused = true)]
async fn two_hundred_groups_cost_nineteen_calls() {
    let (account, groups) = two_hundred();
    let clients = clients(&account);
    let fleet = AwsFleet::new(&clients);
    let nodes: usize = groups.iter().map(|(.., nodes)| nodes).sum();
    assert_eq!(nodes, 900);
    let signals = [Signal::Cpu, Signal::Memory];
    let targets: Vec<_> = groups
        .iter()
        .map(|(name, mode, _)| {
            growing(target(name, *mode, &signals), &["cache.m7g.large", "cache.m7g.xlarge"])
        })
        .collect();
    let targets: Vec<_> = targets.iter().collect();
    for (nth, (seen, (name, mode, nodes))) in
        observe(&fleet, &targets).await.into_iter().zip(&groups).enumerate()
    {
        let look = seen.unwrap().look;
        let group = look.group().unwrap();
        assert_eq!((group.cluster_mode, group.nodes().count()), (*mode, *nodes), "{name}");
        assert!(group.nodes().all(|node| node.status == Availability::Available), "{name}");
        assert!(group.nodes().all(|node| node.id.as_str().starts_with(name.as_str())), "{name}");
        assert_eq!(look.scalable.len(), usize::from(nth % 10 == 1), "{name}");
    }
    let count = |operation: &str| account.calls(operation).len();
    assert_eq!((count(GROUPS), count(NODES), count(SCALABLE)), (2, 9, 4));
    // CPU of 900 nodes; memory of 100 primaries, and where no role is told of all 500 nodes, whose roles are read too.
    let sizes: Vec<_> = account.calls("GetMetricData").iter().map(|call| queries(call).len()).collect();
    assert_eq!(sizes, [500, 500, 500, 500]);
    assert_eq!(sizes.iter().sum::<usize>(), 900 + 100 + 500 + 500);
    assert_eq!((count("DescribeServerlessCaches"), count(TYPES)), (0, 0));
    assert_eq!(account.state().calls.len(), 19);
    let counted: u64 = clients.calls.take().values().sum();
    assert_eq!(counted, 19, "the counter counts what is on the wire");
}

#[tokio::test(start_paused = true)]
async fn looking_again_reads_the_group_its_nodes_and_what_is_registered() {
    let scene = NodeScene::new();
    scene.register(native("sessions", "Replicas", 1, 3));
    scene.caches(|caches| caches.node("sessions-002").status = Some("snapshotting".to_owned()));
    let look = scene.look_again().await.unwrap();
    assert_eq!(scene.called(), [GROUPS, NODES, SCALABLE]);
    assert_eq!(scene.account.calls(GROUPS)[0].field("ReplicationGroupId"), "sessions");
    let states: Vec<_> = look.group().unwrap().nodes().map(|node| node.status.word().to_owned()).collect();
    assert_eq!(states, ["available", "snapshotting", "available"]);
    assert_eq!((look.scalable.len(), look.larger_types), (1, None));
}

#[tokio::test(start_paused = true)]
async fn looking_again_reads_nodes_one_by_one_where_the_region_has_many() {
    for (others, expected) in [(96, vec![""]), (397, vec!["sessions-001", "sessions-002", "sessions-003"])] {
        let scene = NodeScene::new();
        scene.caches(|caches| {
            caches.nodes.extend((0..others).map(|nth| CacheNode::named(&format!("other-{nth}"), None)));
        });
        scene.observe().await.unwrap();
        let so_far = scene.count(NODES);
        let look = scene.look_again().await.unwrap();
        let asked = scene.account.calls(NODES);
        let asked: Vec<_> = asked[so_far..].iter().map(|call| call.field("CacheClusterId")).collect();
        assert_eq!(asked, expected);
        assert!(look.group().unwrap().nodes().all(|node| node.status == Availability::Available));
    }
    // One that has gone meanwhile is in no state that is known.
    let scene = NodeScene::new();
    scene.caches(|caches| {
        caches.nodes.extend((0..400).map(|nth| CacheNode::named(&format!("other-{nth}"), None)));
    });
    scene.observe().await.unwrap();
    scene.caches(|caches| caches.nodes.retain(|node| node.id != "sessions-003"));
    let look = scene.look_again().await.unwrap();
    assert_eq!(look.group().unwrap().nodes().last().unwrap().status.word(), "unknown");
}

#[tokio::test(start_paused = true)]
async fn looking_again_reads_the_types_where_the_policy_names_any() {
    let mut scene = NodeScene::new();
    scene.target = growing(scene.target, &["cache.m7g.large", "cache.m7g.xlarge"]);
    scene.caches(|caches| caches.larger = vec!["cache.m7g.xlarge".to_owned()]);
    let look = scene.look_again().await.unwrap();
    assert_eq!(look.larger_types, Some(vec![NodeType::new("cache.m7g.xlarge")]));
    assert_eq!(scene.called(), [GROUPS, NODES, SCALABLE, TYPES]);
}

#[tokio::test(start_paused = true)]
async fn looking_again_at_a_group_that_has_gone_finds_nothing_and_asks_no_more() {
    let scene = NodeScene::new();
    scene.caches(|caches| caches.groups.clear());
    assert_eq!(scene.look_again().await.unwrap().found, Found::Nothing);
    assert_eq!(scene.called(), [GROUPS]);
}

#[tokio::test(start_paused = true)]
async fn a_last_look_that_is_not_whole_is_none() {
    for operation in [GROUPS, NODES, SCALABLE] {
        for mishap in [Mishap::Reset, Mishap::Half, Mishap::Says(200, "")] {
            let scene = NodeScene::new();
            scene.account.mishap_at_every_try(operation, &mishap);
            assert!(scene.look_again().await.is_err(), "{operation}: {mishap:?}");
        }
    }
}

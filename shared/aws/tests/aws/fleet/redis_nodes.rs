//! Replication groups: how they are described in two listings, what is bought for them, and what is told of a name that is no group's.

use tidegate_policy::history::History;
use tidegate_policy::names::{GroupName, NodeId, NodeType};
use tidegate_policy::observation::{
    Availability, CapacityBounds, DataTiering, Failover, Found, MaintenanceWindow, Node, Observation,
    Reading, Role, Suspended,
};
use tidegate_policy::policy::{ClusterMode, NodeMetric, Signal};
use tidegate_policy::record::FailureClass;
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use super::account::Instance;
use super::cache_answers::CacheNode;
use super::node_scene::{NodeScene, growing, kind, native, observe, shrinking, target};
use super::scene::{Scene, now};
use super::service_answers::service;
use super::service_scene::{key, target as service_target};
use super::wire::Mishap;

const GROUPS: &str = "DescribeReplicationGroups";
const NODES: &str = "DescribeCacheClusters";
const SERVERLESS: &str = "DescribeServerlessCaches";
const SCALABLE: &str = "DescribeScalableTargets";
const TYPES: &str = "ListAllowedNodeTypeModifications";
const LISTINGS: [&str; 2] = [GROUPS, NODES];

fn other(word: &str) -> Availability {
    Availability::Other(word.to_owned())
}

/// Node, metric and statistic of everything that was bought.
fn bought(scene: &NodeScene) -> Vec<String> {
    let asked = scene.account.series_asked().into_iter();
    asked
        .map(|query| {
            assert_eq!((query.namespace.as_str(), query.period), ("AWS/ElastiCache", 60));
            assert_eq!((query.dimensions.len(), query.dimensions["CacheNodeId"].as_str()), (2, "0001"));
            format!("{} {} {}", query.dimensions["CacheClusterId"], query.metric, query.stat)
        })
        .collect()
}

fn ids(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().map(|node| node.id.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_group_is_read_as_elasticache_describes_it() {
    let seen = NodeScene::new().seen().await;
    assert_eq!(seen.status, Availability::Available);
    assert_eq!((seen.cluster_mode, seen.multi_az), (ClusterMode::Disabled, true));
    assert_eq!((seen.failover, seen.node_type.as_str()), (Failover::Enabled, "cache.m7g.large"));
    assert_eq!(seen.maintenance, MaintenanceWindow::parse("sun:23:00-mon:01:30"));
    assert_eq!((seen.strays, seen.pending, seen.global), (Vec::new(), Vec::new(), None));
    let [shard] = seen.shards.as_slice() else { panic!("one shard") };
    assert_eq!((shard.id.as_str(), &shard.status), ("0001", &Availability::Available));
    assert_eq!(ids(&shard.nodes), ["sessions-001", "sessions-002", "sessions-003"]);
    let roles: Vec<_> = shard.nodes.iter().map(|node| node.role).collect();
    assert_eq!(roles, [Role::Primary, Role::Replica, Role::Replica]);
    let zones: Vec<_> = shard.nodes.iter().map(|node| node.zone.as_ref().unwrap().as_str()).collect();
    assert_eq!(zones, ["eu-west-1a", "eu-west-1b", "eu-west-1a"]);
    assert!(shard.nodes.iter().all(|node| node.status == Availability::Available));
    assert_eq!(shard.nodes[0].created.unwrap().to_string(), "2026-01-02T03:04:05.678Z");
}

#[tokio::test(start_paused = true)]
async fn with_cluster_mode_enabled_no_role_is_told() {
    let seen = NodeScene::of(ClusterMode::Enabled, 3, 1).seen().await;
    assert_eq!(seen.cluster_mode, ClusterMode::Enabled);
    let shards: Vec<_> = seen.shards.iter().map(|shard| (shard.id.as_str(), shard.nodes.len())).collect();
    assert_eq!(shards, [("0001", 2), ("0002", 2), ("0003", 2)]);
    assert!(seen.nodes().all(|node| node.role == Role::Unknown));
}

#[tokio::test(start_paused = true)]
async fn states_have_their_words_and_what_is_left_out_is_unknown() {
    let scene = NodeScene::new();
    scene.caches(|caches| {
        caches.group("sessions").status = "snapshotting".to_owned();
        caches.group("sessions").shards[0].status = "modifying".to_owned();
        caches.node("sessions-002").status = Some("creating".to_owned());
        caches.node("sessions-003").status = None;
    });
    let seen = scene.seen().await;
    assert_eq!((seen.status, &seen.shards[0].status), (other("snapshotting"), &other("modifying")));
    let states: Vec<_> = seen.shards[0].nodes.iter().map(|node| node.status.word()).collect();
    assert_eq!(states, ["available", "creating", "unknown"]);
}

#[tokio::test(start_paused = true)]
async fn failover_and_zones_that_are_not_known_to_be_off_are_on() {
    for (word, failover) in [
        (Some("disabled"), Failover::Disabled),
        (Some("enabling"), Failover::Changing),
        (Some("disabling"), Failover::Changing),
        (Some("something new"), Failover::Changing),
        (None, Failover::Changing),
    ] {
        let scene = NodeScene::new();
        scene.caches(|caches| caches.group("sessions").failover = word.map(str::to_owned));
        assert_eq!(scene.seen().await.failover, failover, "{word:?}");
    }
    for (word, on) in [(Some("disabled"), false), (Some("something new"), true), (None, false)] {
        let scene = NodeScene::new();
        scene.caches(|caches| caches.group("sessions").multi_az = word.map(str::to_owned));
        assert_eq!(scene.seen().await.multi_az, on, "{word:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn data_tiering_is_read_and_a_word_that_is_not_known_is_neither() {
    for (word, tiering) in [
        (Some("enabled"), DataTiering::Enabled),
        (Some("disabled"), DataTiering::Disabled),
        (Some("something new"), DataTiering::Unknown),
        (None, DataTiering::Unknown),
    ] {
        let scene = NodeScene::new();
        scene.caches(|caches| caches.group("sessions").tiering = word.map(str::to_owned));
        assert_eq!(scene.seen().await.tiering, tiering, "{word:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn cluster_mode_that_is_neither_of_two_is_told_with_its_word() {
    for (word, migrating) in [
        (Some("disabled"), None),
        (None, None),
        (Some("compatible"), Some("compatible")),
        (Some("something new"), Some("something new")),
        // ElastiCache contradicts itself.
        (Some("enabled"), Some("enabled")),
    ] {
        let scene = NodeScene::new();
        scene.caches(|caches| caches.group("sessions").cluster_mode = word.map(str::to_owned));
        let seen = scene.seen().await;
        assert_eq!(
            (seen.cluster_mode, seen.migrating.as_deref()),
            (ClusterMode::Disabled, migrating),
            "{word:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_nodes_with_data_tiering_the_capacity_is_bought_and_memory_is_not() {
    let mut scene = NodeScene::new();
    scene.target = shrinking("sessions", ClusterMode::Disabled, &[Signal::Memory]);
    scene.target.scaling.min = Count(3);
    scene.caches(|caches| caches.group("sessions").tiering = Some("enabled".to_owned()));
    scene.observe().await.unwrap();
    assert_eq!(
        bought(&scene),
        [
            "sessions-001 CPUUtilization Average",
            "sessions-001 DatabaseCapacityUsagePercentage Average",
            "sessions-002 CPUUtilization Average",
            "sessions-003 CPUUtilization Average",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_that_one_listing_alone_names_is_never_available() {
    let scene = NodeScene::new();
    scene.caches(|caches| {
        // Named by a shard only; by the group's members only; by itself only; and by a shard, while it says that it is another group's.
        caches.nodes.retain(|node| node.id != "sessions-002");
        caches.group("sessions").more_members.push("sessions-004".to_owned());
        let mut leaving = CacheNode::named("sessions-005", Some("sessions"));
        leaving.status = Some("deleting".to_owned());
        caches.nodes.push(leaving);
        caches.node("sessions-003").group = Some("carts".to_owned());
    });
    let seen = scene.seen().await;
    let states: Vec<_> = seen.nodes().map(|node| (node.id.as_str(), node.status.word())).collect();
    assert_eq!(
        states,
        [("sessions-001", "available"), ("sessions-002", "unknown"), ("sessions-003", "unknown")]
    );
    // Where it is the group tells too; since when it is there nobody does.
    let lone = &seen.shards[0].nodes[1];
    assert_eq!((lone.zone.as_ref().unwrap().as_str(), lone.created), ("eu-west-1z", None));
    let strays: Vec<_> = seen.strays.iter().map(|node| (node.id.as_str(), node.status.word())).collect();
    assert_eq!(strays, [("sessions-004", "unknown"), ("sessions-005", "deleting")]);
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_of_a_group_and_not_done_is_told_in_words() {
    for (pending, words) in [
        ("", &[][..]),
        (
            "<Resharding><SlotMigration><ProgressPercentage>41.7</ProgressPercentage></SlotMigration></Resharding>",
            &["resharding, 42% of the slots moved"],
        ),
        ("<Resharding/>", &["resharding"]),
        (
            "<PrimaryClusterId>sessions-002</PrimaryClusterId><AutomaticFailoverStatus>enabled</AutomaticFailoverStatus>",
            &["sessions-002 as primary", "automatic failover enabled"],
        ),
        (
            "<AuthTokenStatus>ROTATING</AuthTokenStatus><ClusterMode>compatible</ClusterMode>",
            &["cluster mode compatible"],
        ),
        (
            "<TransitEncryptionMode>required</TransitEncryptionMode><UserGroups><UserGroupIdsToAdd><member>a</member></UserGroupIdsToAdd></UserGroups>",
            &[],
        ),
        ("<UserGroups/>", &[]),
    ] {
        let scene = NodeScene::new();
        scene.caches(|caches| caches.group("sessions").pending = pending.to_owned());
        assert_eq!(scene.seen().await.pending, words, "{pending}");
    }
    let scene = NodeScene::new();
    scene.caches(|caches| caches.group("sessions").global = Some("ldgnf-everywhere".to_owned()));
    assert_eq!(scene.seen().await.global.as_deref(), Some("ldgnf-everywhere"));
}

#[tokio::test(start_paused = true)]
async fn ids_in_upper_case_are_the_same_ids() {
    let mut scene = NodeScene::new();
    kind(&mut scene.target).group = GroupName::new("Sessions");
    scene.caches(|caches| {
        caches.group("sessions").shards[0].members[1].0 = "SESSIONS-002".to_owned();
        caches.node("sessions-003").group = Some("SESSIONS".to_owned());
        caches.node("sessions-003").id = "Sessions-003".to_owned();
    });
    let seen = scene.seen().await;
    assert_eq!(ids(&seen.shards[0].nodes), ["sessions-001", "sessions-002", "sessions-003"]);
    assert!(seen.nodes().all(|node| node.status == Availability::Available) && seen.strays.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_group_without_what_decides_everything_is_not_read() {
    let without_mode = NodeScene::new();
    without_mode.caches(|caches| caches.group("sessions").cluster_enabled = None);
    let without_id = NodeScene::new();
    without_id.caches(|caches| caches.group("sessions").shards[0].members[1].0 = String::new());
    let without_type = NodeScene::new();
    without_type.caches(|caches| {
        caches.group("sessions").node_type = None;
        caches.nodes.iter_mut().for_each(|node| node.node_type = None);
    });
    for (scene, told) in [
        (without_mode, "the group sessions without its cluster mode"),
        (without_id, "the group sessions without the id of a shard or of a node"),
        (without_type, "the group sessions without its node type"),
    ] {
        let error = scene.observe().await.unwrap_err();
        assert_eq!((error.operation, error.class), (GROUPS, FailureClass::RetryNextWake));
        assert!(error.message.contains(told), "{error}");
    }
    let told_by_its_nodes = NodeScene::new();
    told_by_its_nodes.caches(|caches| caches.group("sessions").node_type = None);
    assert_eq!(told_by_its_nodes.seen().await.node_type, NodeType::new("cache.m7g.large"));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_no_group_s_is_told_for_what_it_is_and_costs_no_more_than_that() {
    let scene = NodeScene::new();
    let (memcached, single) = (CacheNode::named("carts", None), CacheNode::named("lone", None));
    scene.caches(|caches| {
        caches.nodes.push(CacheNode { engine: "memcached".to_owned(), ..memcached });
        caches.nodes.push(single);
        caches.serverless.push("elastic".to_owned());
    });
    let targets: Vec<_> = ["carts", "lone", "elastic", "sessions-002", "nothing", "nothing", "sessions"]
        .map(|name| target(name, ClusterMode::Disabled, &[Signal::Cpu]))
        .into_iter()
        .collect();
    let targets: Vec<_> = targets.iter().collect();
    let mut seen = observe(&scene.fleet, &targets).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert!(seen.pop().unwrap().look.group().is_some());
    let found: Vec<_> = seen.iter().map(|seen| seen.look.found.clone()).collect();
    assert_eq!(
        found,
        [
            Found::Memcached,
            Found::SingleNode,
            Found::Serverless,
            Found::Nothing,
            Found::Nothing,
            Found::Nothing
        ]
    );
    assert!(
        seen.iter().all(|seen| seen.signals.is_empty() && seen.signals_read && seen.look.scalable.is_empty())
    );
    let asked: Vec<_> = scene.account.calls(SERVERLESS);
    let asked: Vec<_> = asked.iter().map(|call| call.field("ServerlessCacheName")).collect();
    assert_eq!(asked, ["elastic", "sessions-002", "nothing"], "each name once");
    let registered = &scene.account.calls(SCALABLE)[0].json["ResourceIds"];
    assert_eq!(*registered, serde_json::json!(["replication-group/sessions"]));
}

#[tokio::test(start_paused = true)]
async fn what_is_registered_is_told_of_both_dimensions_with_its_switches() {
    let scene = NodeScene::of(ClusterMode::Enabled, 2, 1);
    scene.register(native("sessions", "NodeGroups", 1, 4));
    scene.register(native("sessions", "Replicas", 1, 3));
    scene.register(native("another", "Replicas", 1, 5));
    let scalable = scene.observe().await.unwrap().look.scalable;
    let told: Vec<_> = scalable.iter().map(|target| (target.dimension.as_str(), target.bounds.max)).collect();
    assert_eq!(
        told,
        [
            ("elasticache:replication-group:NodeGroups", Count(4)),
            ("elasticache:replication-group:Replicas", Count(3))
        ]
    );
    assert_eq!(scalable[1].bounds, CapacityBounds { min: Count(1), max: Count(3) });
    assert_eq!(scalable[1].suspended, Suspended { scaling_in: true, scaling_out: false, scheduled: false });
    let asked = &scene.account.calls(SCALABLE)[0].json;
    assert_eq!(
        *asked,
        serde_json::json!({"ServiceNamespace": "elasticache", "ResourceIds": ["replication-group/sessions"]})
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_bought_is_what_the_rules_need_of_each_node() {
    let mut scene = NodeScene::new();
    scene.target =
        shrinking("sessions", ClusterMode::Disabled, &[Signal::Cpu, Signal::Memory, Signal::Evictions]);
    scene.target.scaling.min = Count(2);
    scene.observe().await.unwrap();
    assert_eq!(
        bought(&scene),
        [
            "sessions-001 CPUUtilization Average",
            "sessions-001 DatabaseMemoryUsagePercentage Average",
            "sessions-001 Evictions Sum",
            "sessions-002 CPUUtilization Average",
            "sessions-002 CurrConnections Average",
            "sessions-003 CPUUtilization Average",
            "sessions-003 CurrConnections Average",
        ]
    );

    let mut scene = NodeScene::new();
    scene.target = target("sessions", ClusterMode::Disabled, &[Signal::NodeConnections]);
    scene.observe().await.unwrap();
    assert_eq!(
        bought(&scene),
        [
            "sessions-001 CurrConnections Average",
            "sessions-002 CurrConnections Average",
            "sessions-003 CurrConnections Average",
        ]
    );

    let scene = NodeScene::of(ClusterMode::Enabled, 1, 1);
    scene.caches(|caches| caches.group("sessions").node_type = Some("cache.r7g.xlarge".to_owned()));
    scene.observe().await.unwrap();
    assert_eq!(
        bought(&scene),
        [
            "sessions-0001-001 EngineCPUUtilization Average",
            "sessions-0001-001 IsMaster Maximum",
            "sessions-0001-002 EngineCPUUtilization Average",
            "sessions-0001-002 IsMaster Maximum",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_does_not_inherit_the_points_of_the_one_that_had_its_name() {
    let scene = NodeScene::new();
    scene.caches(|caches| caches.node("sessions-002").created = Some("2026-03-04T11:55:30Z".to_owned()));
    let seen = scene.observe().await.unwrap();
    let points = |node: &str| match &seen.signals[&NodeId::new(node)][&NodeMetric::HostCpu] {
        Reading::Fresh(series) => series.points().len(),
        other => panic!("{node}: {other:?}"),
    };
    // From 11:55 to 11:58, the newest that has settled; and the whole look-back.
    assert_eq!(points("sessions-002"), 4);
    assert!(points("sessions-001") > 20);
}

#[tokio::test(start_paused = true)]
async fn without_cloudwatch_the_group_is_seen_all_the_same() {
    let scene = NodeScene::new();
    scene.account.lasting_mishap("GetMetricStatistics", Some(Mishap::Reset));
    let seen = scene.observe().await.unwrap();
    assert!(!seen.signals_read && seen.look.group().is_some());
    assert_eq!(seen.signals[&NodeId::new("sessions-001")][&NodeMetric::HostCpu], Reading::Missing);
}

#[tokio::test(start_paused = true)]
async fn larger_types_are_asked_for_only_while_memory_may_be_short() {
    let minute = now().as_second().div_euclid(60) * 60;
    let with = |value: f64, before: i64, types: &[&str]| {
        let mut scene = NodeScene::new();
        scene.target = growing(target("sessions", ClusterMode::Disabled, &[Signal::Memory]), types);
        scene.caches(|caches| caches.larger = vec!["cache.m7g.xlarge".to_owned()]);
        let key = ("sessions-001 0001".to_owned(), "DatabaseMemoryUsagePercentage".to_owned());
        let points =
            (2..30).map(|ago| (minute - ago * 60, if ago == before { value } else { 50.0 })).collect();
        scene.account.state().series.insert(key, points);
        scene
    };
    let both = ["cache.m7g.large", "cache.m7g.xlarge"];
    for (scene, calls) in [
        (with(71.0, 5, &both), 1),
        (with(69.0, 5, &both), 0),
        // Older than the rule looks.
        (with(71.0, 20, &both), 0),
        (with(71.0, 5, &[]), 0),
        // The largest that the policy names.
        (with(71.0, 5, &["cache.m7g.large"]), 0),
    ] {
        let larger = scene.observe().await.unwrap().look.larger_types;
        assert_eq!(scene.count(TYPES), calls);
        assert_eq!(larger, (calls == 1).then(|| vec![NodeType::new("cache.m7g.xlarge")]));
    }
    let scene = with(71.0, 5, &both);
    scene.account.mishap_at_every_try(TYPES, &Mishap::Reset);
    let seen = scene.observe().await.unwrap();
    assert!(seen.look.larger_types.is_none() && seen.look.group().is_some(), "replicas do not wait for it");
    let scene = with(71.0, 5, &both);
    scene.account.mishap(TYPES, Mishap::Refused(403, "AccessDenied", "not authorized"));
    let error = scene.observe().await.unwrap_err();
    assert!(error.message.contains("elasticache:ListAllowedNodeTypeModifications"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_fails_these_targets_only_and_a_denial_names_the_permission() {
    for operation in LISTINGS {
        let scene = NodeScene::new();
        scene.account.state().ecs.services.insert(key("api"), service("prod", "api"));
        scene.account.mishap(operation, Mishap::Refused(403, "AccessDenied", "not authorized"));
        let (api, history) = (service_target("api", &[Signal::Cpu]), History::default());
        let of = |target| ObserveRequest::new(target, &history);
        let seen =
            scene.fleet.observe(&[of(&scene.target), of(&api), of(&scene.target)], now()).await.unwrap();
        for failed in [&seen[0], &seen[2]] {
            let error = failed.as_ref().unwrap_err();
            assert_eq!((error.operation, error.class), (operation, FailureClass::PersonNeeded));
            assert!(error.message.contains(&format!("elasticache:{operation}")), "{error}");
        }
        assert!(matches!(seen[1], Ok(Observation::EcsService(_))));
        assert_eq!(scene.count(operation), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn replicas_that_rds_does_not_tell_of_do_not_keep_groups_from_being_read() {
    let scene = Scene::new();
    scene.account.state().caches.put("sessions", false, 1, 1);
    scene.account.state().instances.push(Instance::named("more"));
    scene.account.mishap_at_every_try("DescribeDBInstances", &Mishap::Reset);
    let (sessions, history) = (target("sessions", ClusterMode::Disabled, &[Signal::Cpu]), History::default());
    let of = |target| ObserveRequest::new(target, &history);
    let seen = scene.fleet.observe(&[of(&scene.target), of(&sessions)], now()).await.unwrap();
    assert!(seen[0].is_err() && matches!(seen[1], Ok(Observation::RedisNodes(_))));
}

#[tokio::test(start_paused = true)]
async fn half_a_listing_is_none() {
    for operation in LISTINGS {
        for mishap in [
            Mishap::Cut,
            Mishap::Half,
            Mishap::Says(200, ""),
            Mishap::Says(200, "{}"),
            Mishap::Says(200, "<html>a proxy</html>"),
            Mishap::Says(503, "<html>a proxy</html>"),
            Mishap::Says(
                200,
                "<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult></DescribeReplicationGroupsResult></DescribeReplicationGroupsResponse>",
            ),
            Mishap::Says(
                200,
                "<DescribeCacheClustersResponse><DescribeCacheClustersResult></DescribeCacheClustersResult></DescribeCacheClustersResponse>",
            ),
        ] {
            let scene = NodeScene::new();
            scene.account.mishap_at_every_try(operation, &mishap);
            let error = scene.observe().await.expect_err(&format!("{operation}: {mishap:?}"));
            assert_eq!(error.class, FailureClass::RetryNextWake, "{operation}: {mishap:?}: {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_do_not_go_on_are_an_error() {
    for (operation, page) in [
        (
            GROUPS,
            "<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups/><Marker>again</Marker>\
             </DescribeReplicationGroupsResult></DescribeReplicationGroupsResponse>",
        ),
        (
            NODES,
            "<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters/><Marker>again</Marker>\
             </DescribeCacheClustersResult></DescribeCacheClustersResponse>",
        ),
    ] {
        let scene = NodeScene::new();
        for _ in 0..10 {
            scene.account.mishap(operation, Mishap::Says(200, page));
        }
        let error = scene.observe().await.unwrap_err();
        assert_eq!((error.operation, error.class), (operation, FailureClass::RetryNextWake));
        assert!(error.message.contains("the same page again and again"), "{error}");
        assert_eq!(scene.count(operation), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_listing_is_tried_again() {
    for operation in LISTINGS {
        let scene = NodeScene::new();
        scene.account.mishap(operation, Mishap::Refused(400, "Throttling", "Rate exceeded"));
        assert!(scene.observe().await.is_ok());
        assert_eq!(scene.count(operation), 2);
    }
}

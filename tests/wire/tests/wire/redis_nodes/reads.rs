//! Goal: replicas follow the reads, and nothing else brings one. Method: the traffic is said, the clock ticks, and the calls are read as they came
//! over the wire.

use tidegate_wire::event;
use tidegate_wire::plant::Traffic;
use tidegate_wire::scene::{CACHE, Scene, nodes_policy, summary};

use super::{FEWER, MORE, SHARDS, nothing_was_changed, reason, replicas, said, ticks, told, without};

#[test]
fn reads_bring_a_replica_and_quiet_takes_it_away() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic::READ;
    scene.tick_until(15, "a replica more serves", |scene| scene.settled() == Some(3));
    assert_eq!(scene.forms(MORE), [replicas(2)]);
    ticks(&mut scene, 8);
    assert_eq!(scene.forms(MORE).len(), 1, "two replicas bear it");

    scene.load = Traffic::IDLE;
    scene.tick_until(25, "two nodes are left", |scene| scene.settled() == Some(2));
    ticks(&mut scene, 8);
    assert_eq!(scene.forms(FEWER), [without("sessions-0001-003")]);
    assert!(told(&scene, "foreign_write").is_empty());
    let primaries = scene.nodes().into_iter().filter(|node| node.is_primary).count();
    assert_eq!(primaries, 1, "{:?}", scene.nodes());
}

#[test]
fn small_nodes_are_read_by_their_host_as_a_share_of_one_core() {
    // 38% of two cores are 76% of the one that the engine uses.
    let mut scene = Scene::of_nodes_with(2, &[("CacheNodeType", "cache.m7g.large")]);
    scene.load = Traffic { reads: 66.0, keys: 20.0, ..Traffic::CALM };
    scene.tick_until(15, "a replica more serves", |scene| scene.settled() == Some(3));
    assert_eq!(scene.forms(MORE), [replicas(2)]);
}

#[test]
fn a_group_of_many_shards_gets_a_replica_in_each() {
    let mut scene = Scene::of_shards();
    scene.load = Traffic::READ.times(3);
    scene.tick_until(15, "nine nodes serve", |scene| scene.settled() == Some(9));
    let each = |number: usize, shard: &str| {
        let of = format!("ReplicaConfiguration.ConfigureShard.{number}");
        format!("{of}.NodeGroupId={shard} {of}.NewReplicaCount=2")
    };
    let asked = format!("{} {} {} ApplyImmediately=true", each(1, "0001"), each(2, "0002"), each(3, "0003"));
    assert_eq!(scene.forms(MORE), [asked.as_str()]);
    scene.load = Traffic { keys: 150.0, ..Traffic::IDLE };
    // With fewer keys a shard would go as well; these hold no rule of the way in but cpu's.
    let by_cpu = nodes_policy("cluster_mode = \"enabled\"\nreplicas = { min = 1, max = 2 }")
        .replace("min = 2\nmax = 4", "min = 6\nmax = 9")
        .replace(", \"memory < 40% for 3m\"", "");
    scene.set_policy(&by_cpu);
    scene.restart();
    scene.tick_until(25, "six nodes are left", |scene| scene.settled() == Some(6));
    assert_eq!(scene.forms(FEWER), [asked.replace("NewReplicaCount=2", "NewReplicaCount=1")]);
    assert_eq!(scene.forms(SHARDS), [] as [String; 0]);
}

#[test]
fn writes_bring_no_replica_and_are_told() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic { reads: 1.0, writes: 95.0, ..Traffic::CALM };
    ticks(&mut scene, 8);
    nothing_was_changed(&scene, "replicas take no writes");
    let alerts = told(&scene, "writes_saturate").into_iter().filter(|said| said.contains("S(\"alert\")"));
    assert_eq!(alerts.count(), 1, "told once, and not each minute");
}

#[test]
fn at_rest_a_group_is_not_changed() {
    let mut scene = Scene::of_nodes(2);
    for _ in 0..6 {
        let tick = scene.tick();
        assert_eq!(reason(&tick), "within_thresholds", "{}", summary(&tick));
        assert_eq!(said(&tick)["actions"].as_array().map(Vec::len), Some(0));
    }
    nothing_was_changed(&scene, "at rest");
}

#[test]
fn a_quiet_minute_of_a_group_is_one_call() {
    let mut scene = Scene::of_nodes(2);
    scene.set_policy(&nodes_policy("").replace("evaluate_every = \"1m\"", "evaluate_every = \"5m\""));
    let mut quiet = 0;
    for _ in 0..10 {
        scene.shim.forget();
        let tick = scene.tick();
        let made: Vec<_> = scene.shim.counted().into_iter().collect();
        if reason(&tick) == "not_due" {
            assert_eq!(made, [("DynamoDB.BatchGetItem".to_owned(), 1)]);
            quiet += 1;
        } else {
            let of = |name: &str| scene.shim.counted().get(name).copied();
            assert_eq!(of("ElastiCache.DescribeReplicationGroups"), Some(1), "{made:?}");
            // Both nodes' CPU, and the memory of the primary.
            assert_eq!(of("CloudWatch.GetMetricStatistics"), Some(3), "{made:?}");
            assert_eq!(of("CloudWatch.GetMetricData"), None, "{made:?}");
        }
    }
    assert_eq!(quiet, 8, "of ten minutes, one in five buys signals");
}

#[test]
fn a_group_on_a_later_page_is_found() {
    let mut scene = Scene::without_a_group();
    scene.account.make_other_groups(3);
    scene.make_group(2, &[]);
    scene.shim.redis().set_page(2);
    scene.load = Traffic::READ;
    scene.tick_until(15, "a replica more serves", |scene| scene.settled() == Some(3));
    assert_eq!(scene.forms(MORE), [replicas(2)]);
    let pages = scene.forms("DescribeCacheClusters");
    assert!(pages.iter().any(|form| form.contains("Marker=6")), "{pages:?}");
}

#[test]
fn a_dry_run_of_a_group_writes_nothing() {
    let mut scene = Scene::of_nodes(2);
    scene.load = Traffic::READ;
    for _ in 0..5 {
        scene.pass();
    }
    let answer = scene.invoke(&event::by_hand(true, &[CACHE]));
    assert_eq!(said(&answer)["actions"][0]["outcome"], "not made", "{}", summary(&answer));
    assert_eq!(scene.shim.writes(), []);
    assert!(scene.account.ledger(CACHE).is_empty());
}

//! Runs of replication groups: the same promises.

use super::tests::{print, run};
use super::*;
use crate::account::GroupStart;
use crate::demand::shape::Shape;
use crate::document::{Frame, NodeSet, NodeState};
use crate::fixture::{daily, minutes, nodes, nodes_mut, sharded, start};
use crate::mishaps::swarm;
use crate::world::NodeShortage;
use tidegate_policy::names::NodeType;
use tidegate_policy::observation::{CapacityBounds, ScalableTarget, Suspended};
use tidegate_policy::units::Count;

fn at(minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: minutes(minute), event }
}

fn sound(simulation: &Simulation, what: &str) {
    let refused = simulation.document.timeline.iter().any(|entry| entry.reason == "plan_refused");
    assert!(simulation.document.invariant_violations == 0 && !refused, "{what}: {}", print(simulation));
}

fn frames(simulation: &Simulation) -> impl Iterator<Item = &NodeSet> {
    simulation.recording.frames.iter().filter_map(Frame::node_set)
}

fn serving(set: &NodeSet) -> usize {
    set.nodes.iter().filter(|node| node.state == NodeState::Serving).count()
}

fn told<'a>(simulation: &'a Simulation, reason: &str) -> Vec<&'a TimelineEntry> {
    simulation.document.timeline.iter().filter(|entry| entry.reason == reason).collect()
}

fn calls(simulation: &Simulation, operation: &str) -> u64 {
    simulation.document.api_calls.get(operation).copied().unwrap_or(0)
}

/// The minute in which the first replicas are asked for.
fn first_increase(simulation: &Simulation) -> i64 {
    told(simulation, "increase_replicas")[0].at.duration_since(start()).as_mins()
}

fn quiet(seed: u64) -> Setup {
    Setup { blackout: false, ..Setup::new("fixture", seed) }
}

#[test]
fn on_a_calm_day_nothing_is_changed() {
    for seed in 0..5 {
        let simulation = run(&nodes(2, 6), &daily(1_440, 0.2, 0.55), &Setup::new("fixture", seed));
        sound(&simulation, "a calm day");
        assert_eq!(simulation.document.actions, 0, "{}", print(&simulation));
        assert_eq!(simulation.document.unit_hours, 48.0);
    }
}

#[test]
fn a_day_of_reads_scales_out_and_in_without_a_breach() {
    for seed in 0..8 {
        let simulation = run(&nodes(2, 6), &daily(1_440, 0.3, 3.0), &Setup::new("fixture", seed));
        sound(&simulation, "a day");
        assert!(frames(&simulation).any(|set| serving(set) >= 5), "{}", print(&simulation));
        assert_eq!(frames(&simulation).last().map(|set| set.desired), Some(2), "{}", print(&simulation));
        assert!(simulation.document.severe_minutes < 30, "{}", print(&simulation));
        let document = &simulation.document;
        let changes = calls(&simulation, "IncreaseReplicaCount") + calls(&simulation, "DecreaseReplicaCount");
        assert_eq!((changes, document.reversals), (document.actions, 0), "{}", print(&simulation));
    }
}

#[test]
fn the_day_of_the_mission_is_served_by_a_group() {
    for seed in 0..8 {
        let demand = Shape::Mission.demand(1_440, seed, 3.0);
        let simulation = run(&nodes(2, 6), &demand, &Setup::new("fixture", seed));
        sound(&simulation, "the mission");
        assert!(frames(&simulation).any(|set| serving(set) >= 5), "{}", print(&simulation));
        assert!(frames(&simulation).all(|set| serving(set) >= 2), "{}", print(&simulation));
    }
}

#[test]
fn with_shards_every_shard_gets_its_replica_for_reads() {
    for seed in 0..5 {
        let setup = Setup::new("fixture", seed);
        let simulation = run(&sharded(4, 12, (2, 4)), &daily(1_440, 0.5, 5.0), &setup);
        sound(&simulation, "shards and reads");
        assert!(frames(&simulation).all(|set| set.shards == 2), "{}", print(&simulation));
        assert!(frames(&simulation).any(|set| serving(set) >= 8), "{}", print(&simulation));
        assert_eq!(frames(&simulation).last().map(|set| set.desired), Some(4), "{}", print(&simulation));
    }
}

#[test]
fn a_failover_in_the_middle_of_every_change_costs_no_primary() {
    for seed in 0..6 {
        let (target, demand) = (nodes(2, 6), daily(1_440, 0.3, 3.0));
        let changes: Vec<i64> = run(&target, &demand, &quiet(seed))
            .document
            .timeline
            .iter()
            .filter(|entry| ["increase_replicas", "decrease_replicas"].contains(&entry.reason.as_str()))
            .map(|entry| entry.at.duration_since(start()).as_mins())
            .collect();
        assert!(changes.len() >= 6, "{changes:?}");
        // Right before the first change, in the middle of the second, and right before all later ones.
        for offset in [-1, 0, 3] {
            let world =
                changes.iter().map(|minute| at(minute + offset, WorldEvent::NodeFailover { shard: 0 }));
            let simulation = run(&target, &demand, &Setup { world: world.collect(), ..quiet(seed) });
            sound(&simulation, "failovers");
            assert!(told(&simulation, "node_failover").len() >= 6);
            assert_eq!(frames(&simulation).last().map(|set| set.desired), Some(2), "{}", print(&simulation));
        }
    }
}

#[test]
fn what_aws_refuses_is_told_and_asked_for_again_later() {
    for (seed, why) in [(1, NodeShortage::Capacity), (2, NodeShortage::Quota)] {
        let world = vec![at(0, WorldEvent::RefuseNextChange { why })];
        let setup = Setup { world, ..quiet(seed) };
        let simulation = run(&nodes(2, 6), &daily(1_440, 0.3, 3.0), &setup);
        sound(&simulation, "a refusal");
        assert!(!told(&simulation, "change_refused").is_empty(), "{}", print(&simulation));
        assert!(frames(&simulation).any(|set| serving(set) >= 5), "{}", print(&simulation));
        assert_eq!(calls(&simulation, "IncreaseReplicaCount"), {
            let outs = told(&simulation, "increase_replicas").len();
            u64::try_from(outs).unwrap()
        });
    }
}

#[test]
fn a_creation_that_fails_is_told_and_made_again() {
    let world = vec![at(0, WorldEvent::FailNextCreation)];
    let simulation = run(&nodes(2, 6), &daily(1_440, 0.3, 3.0), &Setup { world, ..quiet(1) });
    sound(&simulation, "a failed creation");
    assert!(!told(&simulation, "change_failed").is_empty(), "{}", print(&simulation));
    assert!(frames(&simulation).any(|set| serving(set) >= 5), "{}", print(&simulation));
}

#[test]
fn nothing_is_asked_for_while_a_backup_runs() {
    let (target, demand) = (nodes(2, 6), daily(1_440, 0.3, 3.0));
    let first = first_increase(&run(&target, &demand, &quiet(1)));
    let world = vec![at(first - 5, WorldEvent::SnapshotRunning { lasting: minutes(45) })];
    let simulation = run(&target, &demand, &Setup { world, ..quiet(1) });
    sound(&simulation, "a backup");
    let waits = told(&simulation, "await_group");
    assert_eq!(waits[0].detail, "the group is snapshotting", "{}", print(&simulation));
    let then = first_increase(&simulation);
    assert!((first + 40..first + 50).contains(&then), "{first} {then}");
}

#[test]
fn nothing_is_asked_for_while_cluster_mode_is_compatible() {
    let (target, demand) = (nodes(2, 6), daily(1_440, 0.3, 3.0));
    let first = first_increase(&run(&target, &demand, &quiet(1)));
    let world = vec![at(first - 5, WorldEvent::ClusterModeCompatible { lasting: minutes(90) })];
    let simulation = run(&target, &demand, &Setup { world, ..quiet(1) });
    sound(&simulation, "cluster mode compatible");
    assert!(told(&simulation, "cluster_mode_compatible").len() >= 2, "{}", print(&simulation));
    let then = first_increase(&simulation);
    assert!((first + 85..first + 100).contains(&then), "{first} {then}");
}

#[test]
fn somebody_else_changes_the_group_and_is_not_fought() {
    let world = vec![at(60, WorldEvent::ForeignChange)];
    let simulation = run(&nodes(2, 6), &daily(180, 0.5, 0.5), &Setup { world, ..quiet(1) });
    sound(&simulation, "a foreign replica");
    assert!(frames(&simulation).any(|set| set.desired == 3), "{}", print(&simulation));
}

#[test]
fn beside_native_scaling_nothing_is_changed() {
    let native = ScalableTarget {
        dimension: "elasticache:replication-group:Replicas".to_owned(),
        bounds: CapacityBounds { min: Count(1), max: Count(4) },
        suspended: Suspended::default(),
    };
    let group = GroupStart { native: vec![native], ..GroupStart::plain() };
    let simulation = run(&sharded(4, 12, (2, 4)), &daily(600, 0.5, 5.0), &Setup { group, ..quiet(1) });
    sound(&simulation, "native scaling");
    assert_eq!(simulation.document.actions, 0, "{}", print(&simulation));
    assert!(!told(&simulation, "native_scaling").is_empty(), "{}", print(&simulation));
}

#[test]
fn memory_without_a_lever_is_told_and_no_replica_is_added() {
    for seed in 0..4 {
        let group = GroupStart::plain().holding(85.0, 0.0);
        let simulation = run(&nodes(2, 6), &daily(600, 0.3, 0.6), &Setup { group, ..quiet(seed) });
        sound(&simulation, "memory");
        assert_eq!(simulation.document.actions, 0, "{}", print(&simulation));
        assert!(!told(&simulation, "no_memory_lever").is_empty(), "{}", print(&simulation));
    }
}

#[test]
fn reads_still_get_replicas_while_memory_is_short() {
    let group = GroupStart::plain().holding(85.0, 0.0);
    let simulation = run(&nodes(2, 6), &daily(900, 0.3, 3.0), &Setup { group, ..quiet(1) });
    sound(&simulation, "memory and reads");
    assert!(frames(&simulation).any(|set| serving(set) >= 5), "{}", print(&simulation));
}

#[test]
fn memory_gets_shards_where_the_policy_allows_them_and_they_go_again() {
    for seed in 0..6 {
        let group = GroupStart::plain().holding(25.0, 20.0);
        let setup = Setup { group, ..Setup::new("fixture", seed) };
        // Two days: by the end of the second night the shards are gone again.
        let simulation = run(&sharded(4, 12, (2, 4)), &daily(2_880, 0.2, 2.8), &setup);
        sound(&simulation, "shards for memory");
        assert!(frames(&simulation).any(|set| set.shards >= 3), "{}", print(&simulation));
        assert_eq!(frames(&simulation).last().map(|set| set.shards), Some(2), "{}", print(&simulation));
    }
}

/// Memory of such nodes is 99% full from the first minute on, and their SSDs are nearly empty.
#[test]
fn an_idle_group_with_data_tiering_gets_nothing() {
    let mut target = sharded(4, 20, (2, 10));
    nodes_mut(&mut target).node_types =
        ["cache.r6gd.xlarge", "cache.r6gd.2xlarge"].map(NodeType::new).to_vec();
    for seed in 0..3 {
        let group = GroupStart::plain().holding(45.0, 0.0);
        let setup = Setup { group, ..Setup::new("fixture", seed) };
        let simulation = run(&target, &daily(7 * 1_440, 0.2, 0.5), &setup);
        sound(&simulation, "data tiering");
        assert_eq!(simulation.document.actions, 0, "{}", print(&simulation));
        let told = frames(&simulation).flat_map(|set| &set.nodes).filter_map(|node| node.memory);
        assert!(told.into_iter().all(|memory| memory == 99.0));
    }
}

#[test]
fn a_full_group_with_data_tiering_gets_a_shard() {
    let group = GroupStart { node_type: Some(NodeType::new("cache.r6gd.xlarge")), ..GroupStart::plain() };
    let group = group.holding(85.0, 0.0);
    let simulation = run(&sharded(4, 12, (2, 4)), &daily(720, 0.5, 0.5), &Setup { group, ..quiet(1) });
    sound(&simulation, "full with data tiering");
    assert_eq!(frames(&simulation).last().map(|set| set.shards), Some(3), "{}", print(&simulation));
}

#[test]
fn memory_that_no_shard_relieves_gets_one_and_no_more() {
    let hoard = |percent| vec![at(60, WorldEvent::MemoryHoard { percent, lasting: minutes(3_000) })];
    for (seed, percent) in [(1, 80.0), (2, 92.0), (3, 99.0)] {
        let setup = Setup { world: hoard(percent), ..Setup::new("fixture", seed) };
        let simulation = run(&sharded(4, 20, (2, 8)), &daily(1_440, 0.2, 0.5), &setup);
        sound(&simulation, "a hoard");
        assert_eq!(frames(&simulation).last().map(|set| set.shards), Some(3), "{}", print(&simulation));
        assert!(!told(&simulation, "memory_not_relieved").is_empty(), "{}", print(&simulation));
    }
    // It ends, the keys go, and what was added goes too; then a real surge gets its shard.
    let mut world = vec![at(60, WorldEvent::MemoryHoard { percent: 90.0, lasting: minutes(600) })];
    world.push(at(1_800, WorldEvent::MemorySurge { percent: 70.0, lasting: minutes(240) }));
    let simulation = run(&sharded(4, 20, (2, 8)), &daily(2_880, 0.2, 0.5), &Setup { world, ..quiet(4) });
    sound(&simulation, "a hoard that ends");
    let shards: Vec<_> = frames(&simulation).map(|set| set.shards).collect();
    assert_eq!(shards[1_700], 2, "{}", print(&simulation));
    assert!(shards[1_800..].contains(&3), "{}", print(&simulation));
}

#[test]
fn a_resharding_that_fails_is_told_and_tried_again_later() {
    let group = GroupStart::plain().holding(85.0, 0.0);
    let world = vec![at(0, WorldEvent::ReshardingFails)];
    let setup = Setup { group, world, ..quiet(1) };
    let simulation = run(&sharded(4, 12, (2, 4)), &daily(720, 0.5, 0.5), &setup);
    sound(&simulation, "a failed resharding");
    assert!(!told(&simulation, "change_failed").is_empty(), "{}", print(&simulation));
    assert!(frames(&simulation).any(|set| set.shards == 3), "{}", print(&simulation));
    assert!(calls(&simulation, "ModifyReplicationGroupShardConfiguration") >= 2);
}

#[test]
fn memory_gets_a_larger_type_in_the_maintenance_window_and_not_before() {
    let mut target = nodes(2, 6);
    nodes_mut(&mut target).node_types = ["cache.t3.medium", "cache.m7g.large"].map(NodeType::new).to_vec();
    for seed in 0..3 {
        let group = GroupStart::plain().holding(85.0, 0.0);
        // Monday to Sunday.
        let setup = Setup { group, ..Setup::new("fixture", seed) };
        let simulation = run(&target, &daily(7 * 1_440, 0.3, 0.6), &setup);
        sound(&simulation, "a larger type");
        assert!(!told(&simulation, "await_maintenance").is_empty(), "{}", print(&simulation));
        assert_eq!(calls(&simulation, "ModifyReplicationGroup"), 1, "{}", print(&simulation));
        let of_type = |set: &&NodeSet| set.node_type == "cache.m7g.large";
        assert!(frames(&simulation).last().is_some_and(|set| of_type(&set)), "{}", print(&simulation));
        assert_eq!(calls(&simulation, "IncreaseReplicaCount"), 0, "{}", print(&simulation));
    }
}

#[test]
fn the_same_seed_gives_the_same_document() {
    let story = vec![
        at(300, WorldEvent::ThrottleBurst { probability: 0.5, lasting: minutes(60) }),
        at(600, WorldEvent::NodeFailover { shard: 0 }),
    ];
    let json = |seed| {
        let setup = Setup { world: story.clone(), ..Setup::new("fixture", seed) };
        serde_json::to_string(&run(&nodes(2, 6), &daily(1_440, 0.3, 3.0), &setup).document).unwrap()
    };
    assert_eq!(json(1), json(1));
    assert_ne!(json(1), json(2));
}

#[test]
fn what_does_not_happen_to_a_group_is_told_and_hurts_nobody() {
    let story = vec![
        at(10, WorldEvent::DeleteService),
        at(20, WorldEvent::NodeFailover { shard: 7 }),
        at(25, WorldEvent::ReshardingFails),
    ];
    let simulation = run(&nodes(2, 6), &daily(30, 0.5, 0.5), &Setup { world: story, ..quiet(1) });
    let world: Vec<_> = simulation.document.timeline.iter().filter(|entry| entry.kind == "world").collect();
    assert_eq!(world[0].detail, "nothing: delete_service does not happen to a target of kind redis-nodes");
    assert_eq!(world[1].detail, "nothing: shard 8 has no replica to fail over to");
    assert_eq!(world.len(), 3);
}

/// Goal: no script of mishaps makes the scaler break an invariant. Method: random scripts on random days; the watcher judges.
#[test]
fn no_mishap_breaks_an_invariant() {
    let mut broken = String::new();
    let mut pulled = std::collections::BTreeMap::new();
    for seed in 0..90 {
        let (target, demand, setup) = bad_days(seed);
        let simulation = run(&target, &demand, &setup);
        for (operation, calls) in &simulation.document.api_calls {
            *pulled.entry(operation.clone()).or_insert(0) += calls;
        }
        let wrong = |entry: &&TimelineEntry| entry.kind == "invariant" || entry.reason == "plan_refused";
        for entry in simulation.document.timeline.iter().filter(wrong) {
            broken.push_str(&format!("seed {seed} {} {}: {}\n", entry.at, entry.reason, entry.detail));
        }
    }
    assert_eq!(broken, "");
    // Days on which no lever was pulled would prove nothing.
    for (operation, least) in [
        ("IncreaseReplicaCount", 100),
        ("DecreaseReplicaCount", 50),
        ("ModifyReplicationGroupShardConfiguration", 20),
        ("ModifyReplicationGroup", 5),
    ] {
        assert!(pulled.get(operation).is_some_and(|calls| *calls >= least), "{pulled:?}");
    }
}

/// Two days of which a seed says all: the policy, the load, the keys and what goes wrong.
fn bad_days(seed: u64) -> (Target, Demand, Setup) {
    let mut draws = crate::random::Streams::new(seed).key("scripts", "mishaps of nodes").member(0);
    let world = swarm(&nodes(2, 6).kind, &mut draws, 20, 2_800);
    let mut target = if draws.chance(0.5) { sharded(4, 12, (2, 4)) } else { nodes(2, 6) };
    let mut demand = daily(2_880, 0.2, draws.between(0.5, 5.0));
    let mut base = draws.between(10.0, 60.0);
    if draws.chance(0.5) {
        let types = ["cache.t3.medium", "cache.m7g.large", "cache.r7g.large"];
        nodes_mut(&mut target).node_types = types.map(NodeType::new).to_vec();
        // Saturday and Sunday, with a maintenance window between them, and keys enough to wait for it.
        demand.start = start() + minutes(5 * 1_440);
        base = draws.between(40.0, 95.0);
    }
    let mut group = GroupStart::plain().holding(base, draws.between(0.0, 10.0));
    if nodes_mut(&mut target).node_types.is_empty() && draws.chance(0.2) {
        group.node_type = Some(NodeType::new("cache.r6gd.xlarge"));
    }
    (target, demand, Setup { world, group, ..Setup::new("fixture", seed) })
}

/// The whole log of one seed of the test above: `SEED=392 cargo test -p tidegate-simulator one_seed -- --ignored --nocapture`.
#[test]
#[ignore = "a look at one seed, which SEED names"]
fn one_seed_in_full() {
    let seed: u64 = std::env::var("SEED").unwrap().parse().unwrap();
    let (target, demand, setup) = bad_days(seed);
    let simulation = run(&target, &demand, &setup);
    println!("{}", print(&simulation));
}

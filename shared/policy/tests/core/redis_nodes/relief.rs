//! What was added for memory and did not help is not added again; and with data tiering memory says nothing at all.

use tidegate_policy::history::{Goal, Lever};
use tidegate_policy::names::NodeType;
use tidegate_policy::observation::{DataTiering, Reading};
use tidegate_policy::policy::{Comparison, NodeMetric, Signal};
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, rule};

const FULL: Load = Load { memory: Some(90.0), ..STEADY };

/// Two shards of `cache.r6gd.xlarge`, whose memory is full by design, and whose capacity is as full as `capacity`.
fn tiered(tiering: DataTiering, node_type: &str, capacity: Option<f64>) -> World {
    let mut world = World::enabled(2, 1).shards(2, 6);
    world.group().node_type = NodeType::new(node_type);
    world.group().tiering = tiering;
    world.under(Load { memory: capacity, ..IDLE })
}

/// Memory too is published, whether it is asked for or not.
fn with_full_memory(mut world: World) -> World {
    let full = super::fixture::level(99.0, world.now);
    for signals in world.seen.signals.values_mut() {
        signals.insert(NodeMetric::Memory, full.clone());
    }
    world
}

#[test]
fn with_data_tiering_full_memory_adds_nothing() {
    for (tiering, node_type) in [
        (DataTiering::Enabled, "cache.r6gd.xlarge"),
        (DataTiering::Unknown, "cache.r6gd.2xlarge"),
        (DataTiering::Enabled, "cache.x9.large"),
    ] {
        let world = with_full_memory(tiered(tiering, node_type, Some(45.0)));
        assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing", "{tiering:?} {node_type}");
        assert!(world.alerts().is_empty());
    }
    let world = with_full_memory(tiered(DataTiering::Disabled, "cache.r7g.xlarge", Some(99.0)));
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3");
}

#[test]
fn with_data_tiering_full_capacity_gets_a_shard() {
    let world = tiered(DataTiering::Enabled, "cache.r6gd.xlarge", Some(90.0));
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3");
    let bought: Vec<_> = world.seen.signals.values().flat_map(|signals| signals.keys()).collect();
    assert!(bought.contains(&&NodeMetric::Capacity) && !bought.contains(&&NodeMetric::Memory));
}

#[test]
fn with_data_tiering_and_no_word_of_the_capacity_nothing_is_changed_and_it_is_said() {
    let world = with_full_memory(tiered(DataTiering::Enabled, "cache.r6gd.xlarge", None));
    assert_eq!(world.says(), "4 -> 4 tiering_unmeasured: nothing");
    let told = world.plan().decision.explanation.detail;
    assert!(
        told.contains("no recent points of DatabaseCapacityUsagePercentage; the group has data tiering"),
        "{told}"
    );
    // Metrics that could not be read are no news of tiering.
    let mut blind = tiered(DataTiering::Enabled, "cache.r6gd.xlarge", None);
    blind.seen.signals_read = false;
    blind
        .seen
        .signals
        .values_mut()
        .flat_map(|signals| signals.values_mut())
        .for_each(|reading| *reading = Reading::Missing);
    assert_eq!(blind.says(), "4 -> 4 signal_missing: nothing");
}

#[test]
fn a_shard_of_tiered_nodes_goes_only_if_the_capacity_has_room() {
    let mut world = tiered(DataTiering::Enabled, "cache.r6gd.xlarge", Some(20.0)).shards(1, 6);
    world.redis().replicas.min = Count(1);
    assert_eq!(world.says(), "4 -> 2 scale_in_thresholds: shards of sessions: 2 -> 1 without 0002");
    let full = tiered(DataTiering::Enabled, "cache.r6gd.xlarge", Some(39.0)).shards(1, 6);
    assert_eq!(full.says(), "4 -> 4 projected_load_too_high: nothing");
}

/// A group to which a shard was added for memory, and is there for so many minutes; `now` is how full it is since.
fn with_a_shard_more(now: f64, minutes: i64) -> World {
    let mut world = World::enabled(2, 1).shards(2, 8).under(FULL);
    let asked = world.step();
    assert!(asked.actions[0].to_string().contains("shards of sessions: 2 -> 3"), "{asked}");
    // The attempt that finds it there.
    let _ = world.ask(&Outcome::Applied { change: None });
    let relief = world.history.redis_nodes.relief.clone().unwrap();
    assert_eq!((relief.to, relief.before.memory), (Goal::Shards(Count(3)), Some(90.0)));
    world.load.memory = Some(now);
    world.after(minutes)
}

#[test]
fn memory_that_does_not_fall_stops_the_next_shard_and_is_told() {
    let mut world = with_a_shard_more(90.0, 30);
    assert_eq!(world.says(), "6 -> 6 memory_not_relieved: nothing");
    assert_eq!(world.alerts(), ["memory_not_relieved"]);
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("memory did not fall for it: it was 90% and is 90%"), "{told}");
    // For days, and however often it is looked at.
    for _ in 0..10 {
        assert!(world.step().actions.is_empty());
        world.pass(300);
    }
    assert_eq!(world.says(), "6 -> 6 memory_not_relieved: nothing");
}

#[test]
fn memory_that_fell_or_rose_gets_the_next_shard() {
    // Fallen, and still above the threshold.
    assert_eq!(with_a_shard_more(85.0, 30).says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
    // A twentieth less is fallen, and what was free has to be taken by a quarter to be a rise.
    assert_eq!(with_a_shard_more(86.0, 30).says(), "6 -> 6 memory_not_relieved: nothing");
    assert_eq!(with_a_shard_more(92.4, 30).says(), "6 -> 6 memory_not_relieved: nothing");
    assert_eq!(with_a_shard_more(92.6, 30).says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
}

#[test]
fn that_memory_fell_is_remembered_once_it_was_seen() {
    let mut world = with_a_shard_more(60.0, 30);
    assert!(world.step().actions.is_empty());
    assert_eq!(world.history.redis_nodes.relief, None);
    world.load.memory = Some(90.0);
    assert_eq!(world.after(30).says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
}

#[test]
fn what_a_shard_changed_is_waited_for() {
    let mut world = with_a_shard_more(90.0, 5);
    world.target.scaling.cooldown.out = jiff::SignedDuration::ZERO;
    assert_eq!(world.says(), "6 -> 6 await_relief: nothing");
    assert!(world.alerts().is_empty());
    // Keys that come faster than that do not wait.
    world.load.memory = Some(97.0);
    world.measure();
    assert_eq!(world.says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
}

#[test]
fn a_larger_maximum_and_a_change_by_hand_are_a_persons_word() {
    let stopped = with_a_shard_more(90.0, 30);
    let mut raised = stopped.clone();
    raised.target.scaling.max = Count(30);
    assert_eq!(raised.says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
    let raised = stopped.clone().shards(2, 9);
    assert_eq!(raised.says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
    let lowered = stopped.clone().shards(2, 7);
    assert_eq!(lowered.says(), "6 -> 6 memory_not_relieved: nothing");
    let mut by_hand = stopped;
    let other = by_hand.group().shards[0].clone();
    let other =
        tidegate_policy::observation::Shard { id: tidegate_policy::names::ShardId::new("0077"), ..other };
    by_hand.group().shards.push(other);
    let _ = by_hand.step();
    assert_eq!(by_hand.history.redis_nodes.relief, None);
}

#[test]
fn busy_primaries_and_minima_get_their_shard_all_the_same() {
    let mut world = with_a_shard_more(90.0, 30);
    world.load.primary_cpu = Some(90.0);
    world.measure();
    assert_eq!(world.says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
    let mut world = with_a_shard_more(90.0, 30);
    world.redis().replicas.max = Count(1);
    world.target.scaling.min = Count(8);
    assert_eq!(world.says(), "6 -> 8 scale_out_minimum: shards of sessions: 3 -> 4");
}

#[test]
fn evictions_that_do_not_fall_stop_the_next_shard() {
    let mut world = World::enabled(2, 1).shards(2, 8);
    world.target.scaling.scale_out = vec![rule(Signal::Evictions, Comparison::Above, 100.0, 5)];
    world.target.scaling.scale_in.clear();
    let mut world = world.under(Load { evictions: Some(500.0), ..STEADY });
    assert_eq!(world.step().actions.len(), 1);
    assert!(world.ask(&Outcome::Applied { change: None }).actions.is_empty());
    world.pass(30);
    assert_eq!(world.says(), "6 -> 6 memory_not_relieved: nothing");
    world.load.evictions = Some(400.0);
    world.measure();
    assert_eq!(world.says(), "6 -> 8 scale_out_threshold: shards of sessions: 3 -> 4");
}

#[test]
fn larger_nodes_that_do_not_help_are_not_followed_by_larger_ones() {
    let types = ["cache.r7g.xlarge", "cache.r7g.2xlarge", "cache.r7g.4xlarge"];
    let mut world = World::disabled(3).ladder(&types, &types[1..]).under(FULL);
    let always = tidegate_policy::observation::MaintenanceWindow { from: 0, to: 7 * 24 * 60 - 1 };
    world.group().maintenance = Some(always);
    assert_eq!(world.step().actions.len(), 1);
    assert!(world.ask(&Outcome::Applied { change: None }).actions.is_empty());
    world.pass(30);
    assert_eq!(world.says(), "3 -> 3 memory_not_relieved: nothing");
    world.load.memory = Some(80.0);
    world.measure();
    assert!(
        world
            .says()
            .contains("larger_nodes_needed: node type of sessions: cache.r7g.2xlarge -> cache.r7g.4xlarge"),
        "{}",
        world.says()
    );
}

#[test]
fn a_resharding_that_failed_says_nothing_of_memory() {
    let mut world = World::enabled(2, 1).shards(2, 8).under(FULL);
    assert_eq!(world.ask(&Outcome::Applied { change: None }).actions.len(), 1);
    world.pass(10);
    assert!(world.step().actions.is_empty());
    assert!(world.history.redis_nodes.refused_out.contains_key(&Lever::Shards));
    assert_eq!(world.history.redis_nodes.relief, None);
}

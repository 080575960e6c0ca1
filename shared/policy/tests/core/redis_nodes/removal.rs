//! What may go: a replica before a shard, never the primary, the zones kept apart, and only where the rest can hold and carry it.

use tidegate_policy::names::AvailabilityZone;
use tidegate_policy::observation::{Reading, Role};
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::policy::{NodeMetric, Signal};
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, old};
use crate::ecs_service::fixture::window;

#[test]
fn a_quiet_group_loses_one_replica_at_a_time() {
    let mut world = World::disabled(4).under(IDLE);
    assert_eq!(
        world.step().to_string().lines().last().unwrap().trim(),
        "fewer replicas of sessions: shard 0001 3 -> 2 without sessions-004"
    );
    // Its end is seen, and then the cooldown runs.
    assert_eq!(world.says(), "3 -> 3 cooldown_in: nothing");
    let _ = world.step();
    assert_eq!(
        world.after(16).says(),
        "3 -> 2 scale_in_thresholds: fewer replicas of sessions: shard 0001 2 -> 1 without sessions-003"
    );
}

#[test]
fn of_many_shards_each_loses_one_and_elasticache_chooses() {
    let world = World::enabled(2, 2).under(IDLE);
    assert_eq!(
        world.says(),
        "6 -> 4 scale_in_thresholds: fewer replicas of sessions: shard 0001 2 -> 1 shard 0002 2 -> 1"
    );
    assert!(
        matches!(world.plan().actions.as_slice(), [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer))] if fewer.named.is_none())
    );
}

#[test]
fn without_failover_it_is_the_policy_that_keeps_the_last_node() {
    let mut world = World::disabled(1).under(IDLE);
    world.target.scaling.min = Count(0);
    world.redis().failover = false;
    world.redis().replicas.min = Count::ZERO;
    world.group().multi_az = false;
    world.group().failover = tidegate_policy::observation::Failover::Disabled;
    assert_eq!(world.says(), "1 -> 1 already_at_min_capacity: nothing");
}

#[test]
fn the_last_replica_stays_where_the_group_fails_over() {
    let mut world = World::disabled(2).under(IDLE);
    world.target.scaling.min = Count(1);
    assert_eq!(world.says(), "2 -> 2 failover_minimum: nothing");
    // What the policy promises is kept, and so is what the group needs whatever the policy says.
    world.redis().failover = false;
    world.redis().replicas.min = Count::ZERO;
    assert_eq!(world.says(), "2 -> 2 failover_minimum: nothing");
    world.group().multi_az = false;
    assert_eq!(world.says(), "2 -> 2 failover_minimum: nothing");
    world.group().failover = tidegate_policy::observation::Failover::Disabled;
    assert_eq!(
        world.says(),
        "2 -> 1 scale_in_thresholds: fewer replicas of sessions: shard 0001 1 -> 0 without sessions-002"
    );
}

#[test]
fn the_replica_with_the_fewest_clients_goes_and_never_the_primary() {
    let mut world = World::disabled(4).under(IDLE);
    for id in ["sessions-001", "sessions-002", "sessions-003", "sessions-004"] {
        world.node(id).zone = Some(AvailabilityZone::new("eu-west-1a"));
    }
    world.node("sessions-001").role = Role::Replica;
    world.node("sessions-003").role = Role::Primary;
    for (id, connections) in [("sessions-001", 90.0), ("sessions-002", 12.0), ("sessions-004", 30.0)] {
        world.connections_of.insert(id.to_owned(), connections);
    }
    world.connections_of.insert("sessions-003".to_owned(), 0.0);
    world.measure();
    assert!(world.says().ends_with("without sessions-002"), "{}", world.says());
    let told = world.plan().step.unwrap().detail;
    assert!(told.contains("sessions-002 in eu-west-1a, with 12 connections"), "{told}");
}

#[test]
fn a_zone_apart_is_kept() {
    let mut world = World::disabled(3).under(IDLE);
    // The primary and a replica in a, one replica in b: whatever its clients, b stays.
    world.node("sessions-002").zone = Some(AvailabilityZone::new("eu-west-1a"));
    world.node("sessions-003").zone = Some(AvailabilityZone::new("eu-west-1b"));
    world.connections_of.insert("sessions-002".to_owned(), 500.0);
    world.connections_of.insert("sessions-003".to_owned(), 1.0);
    world.measure();
    assert!(world.says().ends_with("without sessions-002"), "{}", world.says());
}

#[test]
fn only_what_the_rest_carries_goes() {
    // Two replicas at 38%: one would be at 76%, and 63% is the most that leaves a tenth below 70%.
    let world = World::disabled(3).under(Load { replica_cpu: Some(38.0), ..IDLE });
    assert_eq!(world.says(), "3 -> 3 projected_load_too_high: nothing");
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("would be 76%, and 63% is the most"), "{told}");
}

#[test]
fn both_rules_must_agree() {
    let world = World::disabled(4).under(Load { memory: Some(55.0), ..IDLE });
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
    let world = World::disabled(4).under(Load { primary_cpu: Some(55.0), ..IDLE });
    assert_eq!(world.says(), "4 -> 4 within_thresholds: nothing");
}

#[test]
fn missing_and_stale_readings_take_nothing_away_and_forbid_no_addition() {
    let mut world = World::disabled(4).under(IDLE);
    let now = world.now;
    let nodes: Vec<_> = world.seen.signals.keys().cloned().collect();
    for node in &nodes {
        for metric in [NodeMetric::EngineCpu, NodeMetric::Memory] {
            for reading in [Reading::Missing, old(10.0, 8, now)] {
                let mut world = world.clone();
                let signals = world.seen.signals.get_mut(node).unwrap();
                if !signals.contains_key(&metric) {
                    continue;
                }
                signals.insert(metric, reading);
                let plan = world.plan();
                assert!(plan.actions.is_empty(), "{node} {metric:?}\n{plan}");
                assert!(
                    ["signal_missing", "signal_stale"].contains(&plan.decision.explanation.reason.code()),
                    "{plan}"
                );
            }
        }
    }
    world.load = Load { replica_cpu: Some(90.0), ..STEADY };
    world.measure();
    world.seen.signals.get_mut(&nodes[0]).unwrap().insert(NodeMetric::Memory, Reading::Missing);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn a_shard_goes_when_no_replica_can_and_the_others_hold_its_keys() {
    let mut world = World::enabled(3, 1).shards(2, 4).under(IDLE);
    assert_eq!(world.says(), "6 -> 4 scale_in_thresholds: shards of sessions: 3 -> 2 without 0003");
    // Three at 39%: two would be at 58.5%, which is below 67.5%; but two at 39% become one at 78%.
    world.load = Load { memory: Some(39.0), ..IDLE };
    world.measure();
    assert!(matches!(world.plan().actions.as_slice(), [Action::RedisNodes(RedisNodesAction::SetShards(_))]));
    let world = World::enabled(2, 1).shards(1, 4).under(Load { memory: Some(39.0), ..IDLE });
    assert_eq!(world.says(), "4 -> 4 projected_load_too_high: nothing");
}

#[test]
fn elasticaches_advice_on_free_memory_is_kept() {
    // All rules are content, and 85% would fit; yet 45% in the shard that goes want 67.5% free, and the other has 60%.
    let mut world = World::enabled(2, 1).shards(1, 4).under(IDLE);
    world.target.scaling.scale_in.retain(|rule| rule.signal == tidegate_policy::policy::Signal::Cpu);
    world.target.scaling.scale_out[0].threshold = 100.0;
    world.memory_of.insert("sessions-0001-001".to_owned(), 40.0);
    world.memory_of.insert("sessions-0002-001".to_owned(), 45.0);
    world.measure();
    assert_eq!(world.says(), "4 -> 4 projected_load_too_high: nothing");
    assert!(world.plan().decision.explanation.detail.contains("1.5 times"), "{}", world.plan());
}

#[test]
fn a_shard_whose_memory_is_not_known_stays() {
    let mut world = World::enabled(3, 1).shards(2, 4).under(IDLE);
    let node = world.seen.signals.keys().next().unwrap().clone();
    world.seen.signals.get_mut(&node).unwrap().insert(NodeMetric::Memory, Reading::Missing);
    assert_eq!(world.says(), "6 -> 6 signal_missing: nothing");
}

#[test]
fn the_minimum_counts_whole_steps_down() {
    let mut world = World::enabled(2, 2).under(IDLE);
    world.target.scaling.min = Count(5);
    assert_eq!(world.says(), "6 -> 6 already_at_min_capacity: nothing");
    world.target.scaling.min = Count(4);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))]
    ));
}

#[test]
fn above_the_maximum_replicas_go_whatever_the_load_and_keys_do_not() {
    let mut world = World::disabled(5).under(STEADY);
    world.target.scaling.windows = vec![window("08:00", "20:00", "UTC", None, Some(4))];
    assert_eq!(
        world.says(),
        "5 -> 4 scale_in_maximum: fewer replicas of sessions: shard 0001 4 -> 3 without sessions-005"
    );
    let mut world = World::enabled(3, 1).shards(1, 4).under(Load { memory: Some(70.0), ..STEADY });
    world.target.scaling.max = Count(4);
    assert_eq!(world.says(), "6 -> 6 projected_load_too_high: nothing");
}

#[test]
fn without_rules_only_the_clock_moves_replicas() {
    let mut world = World::disabled(4).under(STEADY);
    world.target.scaling.scale_out.clear();
    world.target.scaling.scale_in.clear();
    world.measure();
    assert_eq!(
        world.says(),
        "4 -> 3 scale_in_schedule: fewer replicas of sessions: shard 0001 3 -> 2 without sessions-004"
    );
    world.target.scaling.windows = vec![window("08:00", "20:00", "UTC", Some(5), None)];
    assert_eq!(world.says(), "4 -> 5 scale_out_minimum: more replicas of sessions: shard 0001 3 -> 4");
}

/// Memory says nothing of reads, which are what a replica is for. The checker refuses such a removal, so that to plan it would be a defect.
#[test]
fn a_replica_goes_only_where_a_rule_reads_the_cpu() {
    let without_cpu = |mut world: World| {
        let scaling = &mut world.target.scaling;
        scaling.scale_out.retain(|rule| rule.signal != Signal::Cpu);
        scaling.scale_in.retain(|rule| rule.signal != Signal::Cpu);
        world.under(IDLE)
    };
    let world = without_cpu(World::disabled(4));
    assert_eq!(world.says(), "4 -> 4 signal_missing: nothing");
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("no rule reads cpu") && told.contains("scale_in"), "{told}");
    // Shards go by their keys, a window's end by the clock, and the maximum is a person's word.
    let world = without_cpu(World::enabled(3, 1).shards(2, 4));
    assert_eq!(world.says(), "6 -> 4 scale_in_thresholds: shards of sessions: 3 -> 2 without 0003");
    let mut world = without_cpu(World::disabled(4));
    world.target.scaling.max = Count(3);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))]
    ));
}

/// Four shards lose four replicas at once: from 12 nodes to 8, where 9 are the most. The ninth is kept by no maximum.
#[test]
fn a_step_beyond_the_maximum_answers_for_the_load() {
    let under = |cpu: f64, max: u32| {
        let mut world = World::enabled(4, 2);
        world.target.scaling.max = Count(max);
        world.under(Load { primary_cpu: Some(5.0), replica_cpu: Some(cpu), ..IDLE })
    };
    assert_eq!(under(35.0, 9).says(), "12 -> 12 projected_load_too_high: nothing");
    for (cpu, max) in [(25.0, 9), (35.0, 8)] {
        let plan = under(cpu, max).plan();
        assert!(
            matches!(plan.actions.as_slice(), [Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_))]),
            "{cpu}% and {max}: {plan}"
        );
    }
}

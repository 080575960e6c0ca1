//! What an adversary tries: data that is missing where it decides, one full shard among empty ones, and memories that mislead.

use tidegate_policy::observation::{Availability, Reading};
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::policy::{Comparison, NodeMetric, RateLimit, Signal};
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, minutes, rule};
use crate::ecs_service::fixture::window;

const READS: Load = Load { replica_cpu: Some(85.0), ..STEADY };
const WRITES: Load = Load { primary_cpu: Some(85.0), ..STEADY };
const FULL: Load = Load { memory: Some(90.0), ..STEADY };
const LADDER: [&str; 2] = ["cache.r7g.xlarge", "cache.r7g.2xlarge"];

#[test]
fn a_rate_limit_counts_the_changes_of_a_group() {
    let mut world = World::disabled(5).under(IDLE);
    world.target.scaling.rate_limit.in_ = Some(RateLimit { members: Count(1), period: minutes(120) });
    let _ = world.step();
    world.pass(20);
    let _ = world.step();
    world.pass(20);
    assert_eq!(world.says(), "4 -> 4 rate_limited: nothing");
}

#[test]
fn low_memory_alone_takes_no_replica_away() {
    for signal in [Signal::Memory, Signal::Evictions] {
        let mut world = World::disabled(4).under(IDLE);
        let scaling = &mut world.target.scaling;
        scaling.scale_out = vec![rule(Signal::Memory, Comparison::Above, 75.0, 10)];
        scaling.scale_in = vec![rule(signal, Comparison::Below, 40.0, 30)];
        world.measure();
        assert!(world.plan().actions.is_empty(), "{}", world.says());
    }
}

#[test]
fn a_full_shard_among_empty_ones_gets_no_more_keys() {
    let mut world = World::enabled(4, 1).shards(2, 6).under(IDLE);
    world.target.scaling.scale_in.retain(|rule| rule.signal == Signal::Cpu);
    world.memory_of.insert("sessions-0001-001".to_owned(), 66.0);
    world.memory_of.insert("sessions-0001-002".to_owned(), 66.0);
    world.measure();
    assert_eq!(world.says(), "8 -> 8 projected_load_too_high: nothing");
}

#[test]
fn a_hot_shard_gets_no_more_work() {
    let mut world = World::enabled(4, 1).shards(2, 6).under(IDLE);
    world.target.scaling.scale_in.retain(|rule| rule.signal == Signal::Memory);
    world.cpu_of.insert("sessions-0001-001".to_owned(), 62.0);
    world.measure();
    assert_eq!(world.says(), "8 -> 8 projected_load_too_high: nothing");
}

#[test]
fn replicas_that_say_nothing_are_not_taken_for_idle() {
    let world = World::enabled(2, 1).shards(2, 4).under(Load { replica_cpu: None, ..WRITES });
    assert_eq!(world.says(), "4 -> 4 signal_missing: nothing");
}

#[test]
fn where_the_maximum_has_no_room_for_a_shard_larger_nodes_help() {
    let mut world = World::enabled(3, 1).shards(2, 10).ladder(&LADDER, &LADDER[1..]).under(FULL);
    world.target.scaling.max = Count(6);
    assert_eq!(world.says(), "6 -> 6 larger_nodes_needed: nothing");
    let mut world = World::enabled(3, 1).shards(2, 10).under(FULL);
    world.target.scaling.max = Count(6);
    assert_eq!(world.alerts(), ["no_memory_lever"], "{}", world.says());
}

#[test]
fn a_schedule_without_rules_takes_shards_away_too() {
    let mut world = World::enabled(3, 1).shards(1, 4).under(IDLE);
    world.target.scaling.scale_out.clear();
    world.target.scaling.scale_in.clear();
    world.measure();
    assert_eq!(world.says(), "6 -> 4 scale_in_schedule: shards of sessions: 3 -> 2 without 0003");
}

#[test]
fn a_lower_maximum_takes_shards_away_without_rules_of_the_way_in() {
    let mut world = World::enabled(3, 1).shards(1, 4).under(IDLE);
    world.target.scaling.scale_out.retain(|rule| rule.signal == Signal::Cpu);
    world.target.scaling.scale_in.clear();
    world.target.scaling.windows = vec![window("08:00", "20:00", "UTC", None, Some(4))];
    world.measure();
    assert_eq!(world.says(), "6 -> 4 scale_in_maximum: shards of sessions: 3 -> 2 without 0003");
}

#[test]
fn a_snapshot_is_no_sign_that_a_call_was_made() {
    let mut world = World::disabled(3).under(READS);
    world.history = world.plan().history;
    world.pass(1);
    world.group().status = Availability::Other("snapshotting".to_owned());
    for _ in 0..10 {
        let _ = world.step();
    }
    world.group().status = Availability::Available;
    let plan = world.plan();
    assert!(plan.alerts.is_empty(), "{plan}");
    assert!(
        matches!(plan.actions.as_slice(), [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]),
        "{plan}"
    );
}

#[test]
fn what_aws_accepts_and_never_does_is_asked_for_ever_more_rarely() {
    let mut world = World::disabled(3).under(READS);
    let mut asked_at = Vec::new();
    for minute in 0..200_i64 {
        if !world.ask(&Outcome::Applied { change: None }).actions.is_empty() {
            asked_at.push(minute);
        }
        world.pass(1);
    }
    assert!(asked_at.len() < 8, "{asked_at:?}");
}

#[test]
fn what_went_on_while_nodes_were_replaced_asks_for_no_replica_at_once() {
    let mut world = World::disabled(3).ladder(&LADDER, &LADDER[1..]).under(FULL);
    world.group().maintenance = tidegate_policy::observation::MaintenanceWindow::parse("mon:00:00-sun:23:59");
    let plan = world.step();
    assert!(
        matches!(plan.actions.as_slice(), [Action::RedisNodes(RedisNodesAction::SetNodeType(_))]),
        "{plan}"
    );
    world.load = READS;
    world.measure();
    assert_eq!(world.says(), "3 -> 3 cooldown_out: nothing");
}

#[test]
fn evictions_that_just_began_keep_every_node() {
    let mut world = World::disabled(4).under(IDLE);
    world.target.scaling.scale_out.push(rule(Signal::Evictions, Comparison::Above, 100.0, 10));
    world.load.evictions = Some(0.0);
    world.measure();
    let now = world.now;
    let newest = tidegate_policy::observation::Minute::containing(now).0 - 2;
    let spike = Reading::new(
        (0..60)
            .map(|back| tidegate_policy::observation::Point {
                minute: tidegate_policy::observation::Minute(newest - back),
                value: if back < 4 { 4000.0 } else { 0.0 },
            })
            .collect(),
        None,
        now,
    );
    for signals in world.seen.signals.values_mut() {
        if signals.contains_key(&NodeMetric::Evictions) {
            signals.insert(NodeMetric::Evictions, spike.clone());
        }
    }
    assert!(world.plan().actions.is_empty());
}

#[test]
fn the_load_of_two_primaries_counts_twice() {
    // In the minute of a failover both say that they are it.
    let mut world = World::enabled(1, 2);
    world.target.scaling.scale_in.retain(|rule| rule.signal == Signal::Memory);
    let mut world = world.under(IDLE);
    world.cpu_of.insert("sessions-0001-001".to_owned(), 60.0);
    world.measure();
    let second = tidegate_policy::names::NodeId::new("sessions-0001-002");
    let one = super::fixture::level(1.0, world.now);
    world.seen.signals.get_mut(&second).unwrap().insert(NodeMetric::IsPrimary, one);
    assert!(world.plan().actions.is_empty());
}

#[test]
fn a_minimum_that_no_shard_has_room_for_is_held_by_its_true_limit() {
    let mut world = World::enabled(2, 2).under(STEADY);
    world.redis().replicas.max = Count(2);
    world.target.scaling.min = Count(8);
    assert_eq!(world.says(), "6 -> 6 replica_limit: nothing");
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("2 replicas are the most that a shard may have"), "{told}");
}

#[test]
fn a_shard_without_the_replica_that_failover_needs_is_told_where_the_maximum_has_no_room() {
    let mut world = World::enabled(3, 1);
    world.group().shards[1].nodes.truncate(1);
    world.target.scaling.max = Count(5);
    world.measure();
    assert!(world.plan().actions.is_empty());
    assert_eq!(world.alerts(), ["failover_minimum"]);
}

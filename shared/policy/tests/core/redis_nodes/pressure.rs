//! The lever by pressure: reads ask for replicas, memory and writes for shards or larger nodes, and replicas are never added for memory.

use tidegate_policy::evaluate::node_metrics_needed;
use tidegate_policy::names::{NodeId, NodeType};
use tidegate_policy::observation::{MaintenanceWindow, Minute, Point, Reading};
use tidegate_policy::plan::{Action, RedisNodesAction};
use tidegate_policy::policy::{Comparison, NodeMetric, Signal};
use tidegate_policy::record::{ActivityKind, plan_told};
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, minutes, rule};

const READS: Load = Load { replica_cpu: Some(85.0), ..STEADY };
const WRITES: Load = Load { primary_cpu: Some(85.0), ..STEADY };
const FULL: Load = Load { memory: Some(90.0), ..STEADY };
const LADDER: [&str; 2] = ["cache.r7g.xlarge", "cache.r7g.2xlarge"];

#[test]
fn steady_load_changes_nothing() {
    assert_eq!(World::disabled(3).says(), "3 -> 3 within_thresholds: nothing");
    assert_eq!(World::enabled(3, 1).says(), "6 -> 6 within_thresholds: nothing");
}

#[test]
fn busy_replicas_get_another_one() {
    assert_eq!(
        World::disabled(3).under(READS).says(),
        "3 -> 4 scale_out_threshold: more replicas of sessions: shard 0001 2 -> 3"
    );
    assert_eq!(
        World::enabled(2, 1).under(READS).says(),
        "4 -> 6 scale_out_threshold: more replicas of sessions: shard 0001 1 -> 2 shard 0002 1 -> 2"
    );
}

#[test]
fn what_is_asked_of_many_shards_is_one_sentence() {
    let asked = |world: World| world.plan().step.unwrap().detail;
    assert_eq!(
        asked(World::enabled(4, 1).under(READS)),
        "asks ElastiCache for 12 nodes instead of 8: \
         replicas of shard 0001 1 -> 2, shard 0002 1 -> 2, shard 0003 1 -> 2 and one shard more"
    );
    let told = asked(World::enabled(2, 2).under(IDLE));
    assert_eq!(
        told,
        "asks ElastiCache for 4 nodes instead of 6: \
         replicas of shard 0001 2 -> 1, shard 0002 2 -> 1; one replica of each leaves, of ElastiCache's choice"
    );
}

#[test]
fn small_nodes_are_judged_by_the_core_that_the_engine_uses() {
    // 40% of two cores is 80% of one; the engine's own metric is not even bought.
    let mut world = World::disabled(3);
    world.group().node_type = NodeType::new("cache.t3.medium");
    let world = world.under(Load { primary_cpu: Some(10.0), replica_cpu: Some(40.0), ..STEADY });
    let metrics: Vec<_> = world.seen.signals.values().flat_map(|signals| signals.keys()).collect();
    assert!(metrics.contains(&&NodeMetric::HostCpu) && !metrics.contains(&&NodeMetric::EngineCpu));
    assert_eq!(world.says(), "3 -> 4 scale_out_threshold: more replicas of sessions: shard 0001 2 -> 3");
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("cpu of sessions-002 is 80% on average"), "{told}");
}

#[test]
fn a_primary_without_replicas_answers_reads_too() {
    let mut world = World::disabled(1);
    world.redis().failover = false;
    world.redis().replicas.min = Count::ZERO;
    world.group().multi_az = false;
    world.group().failover = tidegate_policy::observation::Failover::Disabled;
    world.target.scaling.min = Count(1);
    assert_eq!(
        world.under(WRITES).says(),
        "1 -> 2 scale_out_threshold: more replicas of sessions: shard 0001 0 -> 1"
    );
}

/// A primary whose CPU nobody tells is not idle.
#[test]
fn a_load_that_no_lever_takes_is_told_until_it_is_known_to_be_gone() {
    let told = |world: &mut World| -> Vec<&'static str> {
        let plan = world.plan();
        let mut after = plan.history.clone();
        let log = plan_told(&plan, &world.history, &mut after, world.now);
        world.history = after;
        let alerts = log.iter().filter(|line| line.kind == ActivityKind::Alert);
        alerts.map(|line| line.reason.code()).collect()
    };
    let mut world = World::disabled(3).under(WRITES);
    assert_eq!(told(&mut world), ["writes_saturate"]);
    let seen = std::mem::take(&mut world.seen.signals);
    assert_eq!(told(&mut world), Vec::<&str>::new());
    world.seen.signals = seen;
    assert_eq!(told(&mut world), Vec::<&str>::new(), "it has stood all the time");
    let mut world = world.under(STEADY);
    assert_eq!(told(&mut world), Vec::<&str>::new());
    assert_eq!(told(&mut world), Vec::<&str>::new());
    assert_eq!(told(&mut world), Vec::<&str>::new(), "three looks at the same points are one reading");
    let next = |world: &mut World| {
        world.now += minutes(1);
        world.measure();
        told(world)
    };
    assert_eq!(next(&mut world), Vec::<&str>::new());
    assert_eq!(next(&mut world), ["alert_cleared"], "three readings in a row");
}

#[test]
fn a_busy_primary_gets_no_replica() {
    let world = World::disabled(3).under(WRITES);
    assert_eq!(world.says(), "3 -> 3 writes_saturate: nothing");
    assert_eq!(world.alerts(), ["writes_saturate"]);
    // With cluster mode enabled another shard takes its part of the writes, where the policy lets it.
    assert_eq!(World::enabled(2, 1).under(WRITES).says(), "4 -> 4 writes_saturate: nothing");
    assert_eq!(
        World::enabled(2, 1).shards(2, 4).under(WRITES).says(),
        "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3"
    );
}

/// A primary that was alone a moment ago shows the reads that it answered then.
#[test]
fn a_replica_that_has_just_come_tells_nothing_of_writes() {
    let with_replica_since = |ago: i64| {
        let mut world = World::disabled(2).under(WRITES);
        let since = Some(world.now - minutes(ago));
        let newest = Minute::containing(world.now - minutes(1)).0 - 1;
        let points = (0..60).map(|back| Point { minute: Minute(newest - back), value: 20.0 }).collect();
        let cpu = Reading::new(points, since, world.now);
        world.seen.signals.get_mut(&NodeId::new("sessions-002")).unwrap().insert(NodeMetric::EngineCpu, cpu);
        world
    };
    for (ago, says, alerts) in [
        (5, "2 -> 2 signal_missing: nothing", &[] as &[&str]),
        (8, "2 -> 2 signal_missing: nothing", &[]),
        (12, "2 -> 2 writes_saturate: nothing", &["writes_saturate"]),
    ] {
        let world = with_replica_since(ago);
        assert_eq!((world.says().as_str(), world.alerts().as_slice()), (says, alerts), "{ago} minutes ago");
    }
    let said = with_replica_since(5).plan().decision.recommendations;
    let said: Vec<_> = said.iter().map(|said| said.detail.as_str()).collect();
    let doubts = |told: &&str| told.contains("sessions-001 is 85%") && told.contains("were not measured");
    assert!(said.iter().any(doubts), "{said:?}");
}

#[test]
fn memory_gets_no_replica() {
    let world = World::disabled(3).under(FULL);
    assert_eq!(world.says(), "3 -> 3 no_memory_lever: nothing");
    assert_eq!(world.alerts(), ["no_memory_lever"]);
    let told = world.plan().decision.explanation.detail;
    assert!(told.contains("memory of sessions-001 is 90%") && told.contains("write `node_types`"), "{told}");
    assert_eq!(World::enabled(2, 1).under(FULL).says(), "4 -> 4 no_memory_lever: nothing");
}

#[test]
fn memory_gets_a_shard_where_the_policy_lets_it() {
    let world = World::enabled(2, 1).shards(2, 4).under(FULL);
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3");
    // With as many as there may be, larger nodes are what is left.
    let world = World::enabled(4, 1).shards(2, 4).under(FULL);
    assert_eq!(world.says(), "8 -> 8 no_memory_lever: nothing");
    let world = World::enabled(4, 1).shards(2, 4).ladder(&LADDER, &LADDER[1..]).under(FULL);
    assert_eq!(world.says(), "8 -> 8 larger_nodes_needed: nothing");
}

#[test]
fn evictions_are_want_of_memory() {
    let mut world = World::enabled(2, 1).shards(2, 4);
    world.target.scaling.scale_out = vec![rule(Signal::Evictions, Comparison::Above, 100.0, 5)];
    let world = world.under(Load { evictions: Some(400.0), ..STEADY });
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3");
}

#[test]
fn a_shard_more_helps_reads_too_and_one_change_is_made() {
    let both = Load { replica_cpu: Some(90.0), memory: Some(90.0), ..STEADY };
    let world = World::enabled(2, 1).shards(2, 4).under(both);
    assert_eq!(world.says(), "4 -> 6 scale_out_threshold: shards of sessions: 2 -> 3");
    // Where nothing helps memory, reads are helped all the same, and memory is told.
    let world = World::disabled(3).under(both);
    assert_eq!(world.says(), "3 -> 4 scale_out_threshold: more replicas of sessions: shard 0001 2 -> 3");
    assert_eq!(world.alerts(), ["no_memory_lever"]);
}

#[test]
fn the_sixth_replica_of_a_shard_is_a_shard_more_or_told() {
    let mut world = World::disabled(6).under(READS);
    world.target.scaling.max = Count(8);
    assert_eq!(world.says(), "6 -> 6 replica_limit: nothing");
    assert_eq!(world.alerts(), ["replica_limit"]);
    // A second rule that holds is no second thing to know.
    world.target.scaling.scale_out.push(rule(Signal::Cpu, Comparison::Above, 80.0, 5));
    assert_eq!(world.alerts(), ["replica_limit"]);
    let world = World::enabled(2, 5).shards(2, 4).under(READS);
    assert_eq!(world.says(), "12 -> 18 scale_out_threshold: shards of sessions: 2 -> 3");
}

#[test]
fn one_busy_node_of_unknown_role_is_no_reason_for_a_replica() {
    let mut world = World::enabled(2, 1);
    world.cpu_of.insert("sessions-0001-001".to_owned(), 95.0);
    world.measure();
    forget_roles(&mut world);
    assert_eq!(world.says(), "4 -> 4 roles_unknown: nothing");
    // Of two that are busy in one shard one at least is a replica.
    world.cpu_of.insert("sessions-0001-002".to_owned(), 95.0);
    world.measure();
    forget_roles(&mut world);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

fn forget_roles(world: &mut World) {
    for signals in world.seen.signals.values_mut() {
        signals.insert(NodeMetric::IsPrimary, Reading::Missing);
    }
}

#[test]
fn a_larger_type_waits_for_the_groups_own_maintenance_window() {
    let mut world = World::disabled(3).ladder(&LADDER, &LADDER[1..]).under(FULL);
    assert_eq!(world.says(), "3 -> 3 larger_nodes_needed: nothing");
    assert_eq!(world.alerts(), ["await_maintenance"]);
    assert_eq!(world.plan().step.unwrap().reason.code(), "await_maintenance");
    world.group().maintenance = MaintenanceWindow::parse("wed:11:30-wed:12:30");
    assert_eq!(
        world.says(),
        "3 -> 3 larger_nodes_needed: node type of sessions: cache.r7g.xlarge -> cache.r7g.2xlarge"
    );
    assert_eq!(world.plan().step.unwrap().reason.code(), "set_node_type");
    // Soon after an addition it is waited for what that does.
    world.history.scaled_out = Some(tidegate_policy::history::ScaledOut {
        at: world.now - minutes(5),
        from: Count(2),
        to: Count(3),
    });
    assert!(world.plan().actions.is_empty());
}

#[test]
fn a_type_that_cannot_be_reached_is_told_with_those_that_can() {
    let world = World::disabled(3).ladder(&LADDER, &["cache.r7g.4xlarge", "cache.r7g.8xlarge"]).under(FULL);
    assert_eq!(world.says(), "3 -> 3 node_type_unreachable: nothing");
    let told = world.plan().decision.explanation.detail;
    assert!(
        told.contains("does not offer cache.r7g.2xlarge")
            && told.contains("cache.r7g.4xlarge, cache.r7g.8xlarge"),
        "{told}"
    );
    // At the top of the ladder, and beside it.
    for ladder in [["cache.r7g.large", "cache.r7g.xlarge"], ["cache.t3.small", "cache.t3.medium"]] {
        let world = World::disabled(3).ladder(&ladder, &["cache.r7g.2xlarge"]).under(FULL);
        assert_eq!(world.says(), "3 -> 3 no_memory_lever: nothing");
    }
}

#[test]
fn reads_come_before_a_larger_type() {
    let both = Load { replica_cpu: Some(90.0), memory: Some(90.0), ..STEADY };
    let mut world = World::disabled(3).ladder(&LADDER, &LADDER[1..]).under(both);
    world.group().maintenance = MaintenanceWindow::parse("wed:11:30-wed:12:30");
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn a_global_datastore_changes_its_shards_and_types_itself() {
    let mut world = World::enabled(2, 1).shards(2, 4).ladder(&LADDER, &LADDER[1..]).under(FULL);
    world.group().global = Some("ldgnf-sessions".to_owned());
    assert_eq!(world.says(), "4 -> 4 global_datastore: nothing");
    let mut world = World::enabled(2, 1).under(READS);
    world.group().global = Some("ldgnf-sessions".to_owned());
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn uneven_shards_grow_level_first() {
    let mut world = World::enabled(2, 2);
    world.group().shards[1].nodes.truncate(2);
    let world = world.under(READS);
    assert_eq!(world.says(), "5 -> 6 scale_out_threshold: more replicas of sessions: shard 0002 1 -> 2");
}

#[test]
fn the_maximum_counts_whole_steps() {
    // Three shards take three replicas at once: 6 nodes become 9, and 8 are the most.
    let mut world = World::enabled(3, 1).under(READS);
    world.target.scaling.max = Count(8);
    assert_eq!(world.says(), "6 -> 6 already_at_max_capacity: nothing");
    world.target.scaling.max = Count(9);
    assert!(matches!(
        world.plan().actions.as_slice(),
        [Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_))]
    ));
}

#[test]
fn the_minimum_is_filled_with_replicas() {
    let mut world = World::disabled(2);
    world.target.scaling.min = Count(4);
    assert_eq!(world.says(), "2 -> 4 scale_out_minimum: more replicas of sessions: shard 0001 1 -> 3");
    // On the grid of three shards five nodes too many are not asked for.
    let mut world = World::enabled(3, 1);
    world.target.scaling.min = Count(7);
    assert_eq!(
        world.says(),
        "6 -> 9 scale_out_minimum: more replicas of sessions: shard 0001 1 -> 2 shard 0002 1 -> 2 shard 0003 1 -> 2"
    );
    let mut world = World::enabled(2, 5).shards(1, 4);
    world.target.scaling.min = Count(14);
    assert_eq!(world.says(), "12 -> 18 scale_out_minimum: shards of sessions: 2 -> 3");
}

#[test]
fn a_shard_below_what_failover_needs_is_filled_whatever_the_load() {
    let mut world = World::enabled(2, 1);
    world.group().shards[1].nodes.truncate(1);
    world.measure();
    assert_eq!(world.says(), "3 -> 4 scale_out_minimum: more replicas of sessions: shard 0002 0 -> 1");
}

/// A role is paid for only where ElastiCache says none and there is one to tell.
#[test]
fn roles_are_bought_of_shards_with_replicas_and_cluster_mode_enabled_alone() {
    let roles = |world: &World| {
        let needed = node_metrics_needed(&world.target, world.seen.look.group().unwrap());
        needed.values().filter(|metrics| metrics.contains(&NodeMetric::IsPrimary)).count()
    };
    assert_eq!(roles(&World::enabled(2, 1)), 4);
    assert_eq!(roles(&World::disabled(3)), 0);
    assert_eq!(roles(&World::enabled(2, 0)), 0);
}

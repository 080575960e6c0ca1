//! What a sound planner of a replication group does must pass, or the refusals beside it prove nothing.

use jiff::SignedDuration;

use super::fixture::{Mistaken, World, at, points, shard_id};
use crate::history::{Goal, Lever, ScaledOut};
use crate::names::NodeType;
use crate::observation::{Availability, Failover, Found, Reading, Role};
use crate::policy::{NodeMetric, Signal};
use crate::units::Count;

#[test]
fn to_do_nothing_is_always_sound() {
    World::new().accepts(&World::new().rests());
    World::clustered(&[1, 1]).accepts(&World::clustered(&[1, 1]).rests());
    for found in [Found::Nothing, Found::SingleNode, Found::Memcached, Found::Serverless] {
        let mut world = World::new();
        world.seen.look.found = found;
        world.accepts(&world.rests());
        let forgets = world.rests().mistaken(|plan| plan.history.redis_nodes.shape = None);
        world.accepts(&forgets);
    }
}

#[test]
fn replicas_come_for_reads() {
    let world = World::new().at("sessions-002", NodeMetric::EngineCpu, 71.0);
    world.accepts(&world.more(&[(1, 3)]));
    world.accepts(&world.more(&[(1, 5)]));
    let world = World::clustered(&[1, 2]).at("sessions-0001-002", NodeMetric::EngineCpu, 71.0);
    world.accepts(&world.more(&[(1, 2), (2, 3)]));
}

#[test]
fn one_minute_above_is_enough_for_the_checker() {
    let mut values = [10.0; 30];
    values[25] = 71.0;
    let world = World::new();
    let reading = points(world.now, &values);
    let world = world.reads("sessions-001", NodeMetric::EngineCpu, reading);
    world.accepts(&world.more(&[(1, 3)]));
}

#[test]
fn half_of_two_cores_is_the_whole_engine() {
    let mut world = World::new().at("sessions-001", NodeMetric::HostCpu, 36.0);
    world.group().node_type = NodeType::new("cache.t3.medium");
    world.accepts(&world.more(&[(1, 3)]));
}

#[test]
fn replicas_come_for_a_minimum_and_for_failover_without_any_data() {
    let mut world = World::new().window(("08:00", "20:00"), Some(4), None);
    world.seen.signals.clear();
    world.accepts(&world.more(&[(1, 3)]));
    let mut world = World::clustered(&[0, 1]);
    world.seen.signals.clear();
    world.accepts(&world.more(&[(1, 1)]));
    let mut world = World::clustered(&[1, 1]);
    world.redis().replicas.min = Count(2);
    world.accepts(&world.more(&[(1, 2), (2, 2)]));
}

#[test]
fn a_replica_goes_when_all_is_quiet() {
    let world = World::new();
    world.accepts(&world.without("sessions-002", 1));
    world.accepts(&world.without("sessions-003", 1));
    let world = World::clustered(&[2, 2]);
    world.accepts(&world.fewer(&[(1, 1)]));
    world.accepts(&world.fewer(&[(1, 1), (2, 1)]));
}

#[test]
fn the_last_replica_goes_where_nobody_fails_over() {
    let mut world = World::new().without_failover();
    world.redis().replicas.min = Count::ZERO;
    world.target.scaling.min = Count::ONE;
    world.group().shards[0].nodes.truncate(2);
    world.history.redis_nodes.shape = Some(world.shape());
    world.accepts(&world.without("sessions-002", 0));
}

#[test]
fn nodes_in_one_zone_may_go() {
    let mut world = World::new();
    for id in ["sessions-002", "sessions-003"] {
        world.node(id).zone = world.look().shards[0].nodes[0].zone.clone();
    }
    world.accepts(&world.without("sessions-002", 1));
    // Without Multi-AZ nobody asked for a spread.
    let mut world = World::new();
    world.group().multi_az = false;
    world.node("sessions-002").zone = world.look().shards[0].nodes[0].zone.clone();
    world.accepts(&world.without("sessions-003", 1));
}

#[test]
fn down_to_the_maximum_in_force_needs_no_data_and_waits_for_no_cooldown() {
    let mut world = World::new().window(("08:00", "20:00"), None, Some(2)).scaled_out(1);
    world.seen.signals.clear();
    world.accepts(&world.without("sessions-002", 1));
    // In steps, as far above as it is.
    let mut world = World::of(crate::policy::ClusterMode::Disabled, &[8]);
    world.seen.signals.clear();
    world.accepts(&world.without("sessions-009", 7));
    let busy = World::clustered(&[2, 2, 2]).window(("08:00", "20:00"), None, Some(6));
    let busy = busy.reads_all(NodeMetric::EngineCpu, 99.0);
    busy.accepts(&busy.fewer(&[(1, 1), (2, 1), (3, 1)]));
    busy.accepts(&busy.shards(2, &[3]));
}

#[test]
fn a_schedule_without_rules_needs_no_data_but_of_keys() {
    let world = World::new().without_rules();
    world.accepts(&world.without("sessions-002", 1));
    let world = World::clustered(&[1, 1]).without_rules().reads_all(NodeMetric::Memory, 20.0);
    world.accepts(&world.shards(1, &[2]));
}

#[test]
fn shards_come_for_memory_for_writes_and_for_a_minimum() {
    for (metric, value) in [(NodeMetric::Memory, 76.0), (NodeMetric::EngineCpu, 71.0)] {
        let world = World::clustered(&[1, 1]).at("sessions-0002-001", metric, value);
        world.accepts(&world.shards(3, &[]));
    }
    let world = World::clustered(&[1, 1]).ruled_by(Signal::Evictions, 0.0);
    let world = world.reads_all(NodeMetric::Evictions, 5.0);
    world.accepts(&world.shards(3, &[]));
    let world = World::clustered(&[1, 1]).window(("08:00", "20:00"), Some(6), None);
    world.accepts(&world.shards(3, &[]));
    let mut world = World::clustered(&[1, 1]);
    world.redis().shards.as_mut().unwrap().min = Count(4);
    world.accepts(&world.shards(3, &[]));
}

#[test]
fn a_shard_goes_when_the_others_have_room() {
    let world = World::clustered(&[1, 1, 1]);
    world.accepts(&world.shards(2, &[2]));
    // 3 x 45 on 2 is 67.5, the most that leaves a tenth below 75; 110 are free for 45. At exactly that it is not below.
    let world = world.reads_all(NodeMetric::Memory, 44.9);
    world.accepts(&world.shards(2, &[2]));
}

#[test]
fn a_larger_type_comes_for_memory_within_the_window() {
    let world = World::new().at("sessions-001", NodeMetric::Memory, 76.0);
    world.accepts(&world.grown("cache.r6g.2xlarge"));
    world.accepts(&world.grown("cache.r6g.4xlarge"));
    let world = World::clustered(&[1, 1]).ruled_by(Signal::Evictions, 0.0);
    let world = world.reads_all(NodeMetric::Evictions, 5.0);
    world.accepts(&world.grown("cache.r6g.2xlarge"));
}

#[test]
fn the_maintenance_window_holds_across_the_end_of_the_week() {
    for moment in ["2026-07-19T23:30:00Z", "2026-07-20T00:15:00Z"] {
        let mut world = World::new();
        world.now = at(moment);
        let mut world = world.at("sessions-001", NodeMetric::Memory, 76.0);
        world.group().maintenance = crate::observation::MaintenanceWindow::parse("sun:23:00-mon:01:00");
        world.accepts(&world.grown("cache.r6g.2xlarge"));
    }
}

#[test]
fn a_secondary_of_a_global_datastore_has_its_own_replicas() {
    let mut world = World::new();
    world.group().global = Some("ldgnf-sessions".to_owned());
    world.accepts(&world.without("sessions-002", 1));
}

#[test]
fn what_is_under_way_is_kept_begins_and_ends() {
    let goal = Goal::Replicas([(shard_id(1), Count(3))].into());
    let mut world = World::new().asked(goal, 300, false);
    // It may or may not have been made.
    world.accepts(&world.rests());
    let gives_up = world.rests().mistaken(|plan| plan.history.redis_nodes.changing = None);
    world.accepts(&gives_up);
    // ElastiCache is at work.
    world.group().status = Availability::Other("modifying".to_owned());
    let begins =
        world.rests().mistaken(|plan| plan.history.redis_nodes.changing.as_mut().unwrap().begun = true);
    world.accepts(&begins);
    // It is there.
    let mut world = World::of(crate::policy::ClusterMode::Disabled, &[3]);
    world = world.asked(Goal::Replicas([(shard_id(1), Count(3))].into()), 300, true);
    let changing = world.history.redis_nodes.changing.as_mut().unwrap();
    changing.from.replicas.insert(shard_id(1), Count(2));
    let ends = world.rests().mistaken(|plan| {
        plan.history.redis_nodes.changing = None;
        plan.history.scaled_out = Some(ScaledOut { at: world.now, from: Count(3), to: Count(4) });
    });
    world.accepts(&ends);
}

#[test]
fn what_did_not_come_may_be_asked_for_again() {
    let world = World::new().at("sessions-002", NodeMetric::EngineCpu, 71.0);
    let goal = Goal::Replicas([(shard_id(1), Count(3))].into());
    let world = world.asked(goal, 60, false);
    world.accepts(&world.more(&[(1, 3)]));
    world.accepts(&world.more(&[(1, 4)]));
}

#[test]
fn what_aws_refused_does_not_stop_other_levers_and_ends() {
    let world = World::new().refused(Lever::Shards, 30).refused(Lever::NodeType, 30);
    world.accepts(&world.without("sessions-002", 1));
    let world = World::new().refused(Lever::Replicas, 0);
    let ends = world.without("sessions-002", 1).mistaken(|plan| plan.history.redis_nodes.refused_out.clear());
    world.accepts(&ends);
}

#[test]
fn a_cooldown_ends_half_a_tick_early() {
    let mut world = World::new();
    world.history.scaled_in_at = Some(world.now - SignedDuration::from_secs(10 * 60 - 30));
    world.accepts(&world.without("sessions-002", 1));
}

#[test]
fn the_shape_is_learned_at_rest() {
    let mut world = World::new();
    world.history.redis_nodes.shape = None;
    let learns = world.rests().mistaken(|plan| plan.history.redis_nodes.shape = Some(world.shape()));
    world.accepts(&learns);
}

#[test]
fn nobody_waits_for_the_memory_of_replicas() {
    let world = World::new().reads("sessions-002", NodeMetric::Memory, Reading::Missing);
    world.accepts(&world.without("sessions-002", 1));
}

#[test]
fn another_replica_of_unknown_role_is_no_obstacle() {
    let mut world = World::new().at("sessions-003", NodeMetric::Memory, 20.0);
    world.node("sessions-003").role = Role::Unknown;
    world.accepts(&world.without("sessions-002", 1));
    let mut world = World::new();
    world.group().failover = Failover::Disabled;
    world.accepts(&world.without("sessions-002", 1));
}

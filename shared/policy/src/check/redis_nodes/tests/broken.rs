//! Planners of a replication group with one mistake each, as people make them. Beside each stands the world in which the same plan is sound.

use super::fixture::{Mistaken, World, aged, node, shard_id};
use crate::check::invariant;
use crate::history::{Goal, Lever};
use crate::names::{GroupName, NodeType};
use crate::observation::{Availability, Failover, MaintenanceWindow, Reading, Role};
use crate::plan::{Action, Plan, RedisNodesAction};
use crate::policy::{NodeMetric, Signal};
use crate::units::Count;

#[test]
fn adds_replicas_for_memory() {
    fn broken_planner(world: &World) -> Plan {
        world.more(&[(1, 3)])
    }
    let world = World::new().at("sessions-001", NodeMetric::EngineCpu, 80.0);
    world.accepts(&broken_planner(&world));
    let world = World::new().at("sessions-001", NodeMetric::Memory, 99.0);
    world.refuses(&broken_planner(&world), invariant::RIGHT_LEVER);
    let world = World::new().ruled_by(Signal::Evictions, 0.0).reads_all(NodeMetric::Evictions, 500.0);
    world.refuses(&broken_planner(&world), invariant::RIGHT_LEVER);
}

#[test]
fn takes_a_larger_type_for_reads() {
    fn broken_planner(world: &World) -> Plan {
        world.grown("cache.r6g.2xlarge")
    }
    let world = World::new().at("sessions-001", NodeMetric::Memory, 80.0);
    world.accepts(&broken_planner(&world));
    let world = World::new().at("sessions-001", NodeMetric::EngineCpu, 99.0);
    world.refuses(&broken_planner(&world), invariant::RIGHT_LEVER);
}

#[test]
fn removes_the_primary() {
    World::new().accepts(&World::new().without("sessions-002", 1));
    World::new().refuses(&World::new().without("sessions-001", 1), invariant::LEAVING_NODE);
}

#[test]
fn removes_a_node_of_which_nobody_knows_the_role() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let mut world = World::new().at("sessions-002", NodeMetric::Memory, 20.0);
    world.accepts(&broken_planner(&world));
    world.node("sessions-002").role = Role::Unknown;
    world.refuses(&broken_planner(&world), invariant::LEAVING_NODE);
}

#[test]
fn lets_elasticache_choose_among_replicas_and_the_primary() {
    World::clustered(&[2]).accepts(&World::clustered(&[2]).fewer(&[(1, 1)]));
    World::new().refuses(&World::new().fewer(&[(1, 1)]), invariant::LEAVING_NODE);
}

#[test]
fn guesses_a_role_with_cluster_mode_enabled() {
    let world = World::clustered(&[2, 2]);
    world.accepts(&world.fewer(&[(1, 1)]));
    world.refuses(&world.without("sessions-0001-002", 1), invariant::LEAVING_NODE);
}

#[test]
fn moves_all_nodes_into_one_zone() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-003", 1)
    }
    let mut world = World::new();
    world.accepts(&broken_planner(&world));
    world.node("sessions-002").zone = world.look().shards[0].nodes[0].zone.clone();
    world.refuses(&broken_planner(&world), invariant::ZONE_SPREAD);
}

#[test]
fn leaves_nobody_to_fail_over_to() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 0)
    }
    let mut world = World::new().without_failover();
    world.group().shards[0].nodes.truncate(2);
    world.redis().replicas.min = Count::ZERO;
    world.target.scaling.min = Count::ONE;
    world.history.redis_nodes.shape = Some(world.shape());
    world.accepts(&broken_planner(&world));
    // The group fails over, or the policy says that it is to.
    let mut enabled = world.clone();
    enabled.group().failover = Failover::Enabled;
    enabled.refuses(&broken_planner(&enabled), invariant::FAILOVER_REPLICA);
    let mut wanted = world.clone();
    wanted.redis().failover = true;
    wanted.refuses(&broken_planner(&wanted), invariant::FAILOVER_REPLICA);
}

#[test]
fn adds_a_sixth_replica() {
    let mut world = World::new().reads_all(NodeMetric::EngineCpu, 80.0);
    world.target.scaling.max = Count(9);
    world.redis().replicas.max = Count(9);
    world.accepts(&world.more(&[(1, 5)]));
    world.refuses(&world.more(&[(1, 6)]), invariant::NODE_BOUNDS);
}

#[test]
fn counts_shards_without_their_replicas() {
    fn broken_planner(world: &World) -> Plan {
        world.shards(4, &[])
    }
    let mut world = World::clustered(&[1, 1, 1]).reads_all(NodeMetric::Memory, 80.0);
    world.accepts(&broken_planner(&world));
    // Four shards, and eight nodes.
    world.target.scaling.max = Count(7);
    world.refuses(&broken_planner(&world), invariant::NODE_BOUNDS);
}

#[test]
fn does_not_read_the_clock() {
    let busy = World::new().reads_all(NodeMetric::EngineCpu, 80.0);
    busy.accepts(&busy.more(&[(1, 3)]));
    let busy = busy.window(("08:00", "20:00"), None, Some(3));
    busy.refuses(&busy.more(&[(1, 3)]), invariant::NODES_IN_FORCE);
    let quiet = World::new().window(("08:00", "20:00"), Some(3), None);
    quiet.refuses(&quiet.without("sessions-002", 1), invariant::NODES_IN_FORCE);
}

#[test]
fn takes_no_data_for_no_load() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    for (node, metric) in [
        ("sessions-001", NodeMetric::EngineCpu),
        ("sessions-002", NodeMetric::EngineCpu),
        ("sessions-003", NodeMetric::EngineCpu),
        ("sessions-001", NodeMetric::Memory),
    ] {
        let world = World::new().reads(node, metric, Reading::Missing);
        world.refuses(&broken_planner(&world), invariant::NODE_DATA);
        let old = aged(world.now, &[10.0; 30], 8);
        let world = world.reads(node, metric, old);
        world.refuses(&broken_planner(&world), invariant::NODE_DATA);
    }
    // One signal is low, the other silent.
    let world = World::new().ruled_by(Signal::Evictions, 0.0);
    world.refuses(&broken_planner(&world), invariant::NODE_DATA);
}

#[test]
fn reads_small_nodes_as_if_they_were_large() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    // 20% of two cores are 40% of the engine's, and 80% once one replica does it all.
    let mut world = World::new().reads_all(NodeMetric::HostCpu, 15.0);
    world.group().node_type = NodeType::new("cache.t3.medium");
    world.accepts(&broken_planner(&world));
    let world = world.reads_all(NodeMetric::HostCpu, 20.0);
    world.refuses(&broken_planner(&world), invariant::PROJECTION);
}

#[test]
fn removes_the_replica_that_does_half_of_the_work() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    // Up to 63 on the one that remains.
    let world = World::new().reads_all(NodeMetric::EngineCpu, 31.0);
    world.accepts(&broken_planner(&world));
    let world = world.reads_all(NodeMetric::EngineCpu, 32.0);
    world.refuses(&broken_planner(&world), invariant::PROJECTION);
}

#[test]
fn removes_a_shard_whose_keys_fit_nowhere() {
    fn broken_planner(world: &World) -> Plan {
        world.shards(2, &[3])
    }
    let world = World::clustered(&[1, 1, 1]).reads_all(NodeMetric::Memory, 39.0);
    world.accepts(&broken_planner(&world));
    // The mean stays low, but one shard is full of what would leave.
    let full = world.clone().at("sessions-0003-001", NodeMetric::Memory, 74.0);
    let full = full.at("sessions-0001-001", NodeMetric::Memory, 50.0);
    let full = full.at("sessions-0002-001", NodeMetric::Memory, 40.0);
    full.refuses_for(&broken_planner(&full), &[invariant::PROJECTION]);
    let world = world.reads_all(NodeMetric::Memory, 46.0);
    world.refuses(&broken_planner(&world), invariant::PROJECTION);
}

#[test]
fn scales_in_on_one_signal_while_another_asks_for_more() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let world = World::new().at("sessions-001", NodeMetric::EngineCpu, 69.0);
    world.accepts(&broken_planner(&world));
    let world = world.at("sessions-001", NodeMetric::EngineCpu, 71.0);
    world.refuses(&broken_planner(&world), invariant::PRESSURE);
    let world = World::new().at("sessions-001", NodeMetric::Memory, 80.0);
    world.refuses(&broken_planner(&world), invariant::PRESSURE);
}

#[test]
fn changes_a_group_of_which_one_node_is_still_on_its_way() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let mut world = World::new();
    world.accepts(&broken_planner(&world));
    // The group itself is available.
    world.node("sessions-003").status = Availability::Other("creating".to_owned());
    world.refuses(&broken_planner(&world), invariant::SETTLED);
    let mut world = World::new();
    world.group().strays.push(node("sessions-004", Role::Unknown, "a"));
    world.refuses(&broken_planner(&world), invariant::SETTLED);
}

#[test]
fn changes_a_group_in_the_middle_of_a_failover() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let mut world = World::new();
    world.node("sessions-003").role = Role::Primary;
    let world = world.at("sessions-003", NodeMetric::Memory, 20.0);
    world.refuses(&broken_planner(&world), invariant::SETTLED);
}

#[test]
fn fights_application_auto_scaling() {
    fn broken_planner(world: &World) -> Plan {
        world.more(&[(1, 2)])
    }
    let world = World::clustered(&[1, 1]).reads_all(NodeMetric::EngineCpu, 80.0);
    world.accepts(&broken_planner(&world));
    let world = world.registered();
    world.refuses(&broken_planner(&world), invariant::GROUP_UNTOUCHABLE);
}

#[test]
fn scales_a_group_of_another_name() {
    let world = World::new();
    let other = world.without("sessions-002", 1).mistaken(|plan| {
        let Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) = &mut plan.actions[0] else {
            panic!()
        };
        fewer.group = GroupName::new("carts");
    });
    world.refuses(&other, invariant::GROUP_EXPECTATION);
}

#[test]
fn counts_from_what_it_remembers_instead_of_what_is_there() {
    let world = World::new().reads_all(NodeMetric::EngineCpu, 80.0);
    let other = world.more(&[(1, 4)]).mistaken(|plan| {
        let Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) = &mut plan.actions[0] else {
            panic!()
        };
        more.shards[0].from = Count(3);
    });
    world.refuses(&other, invariant::GROUP_EXPECTATION);
}

#[test]
fn asks_again_and_again_for_what_is_there() {
    let world = World::new().reads_all(NodeMetric::EngineCpu, 80.0);
    world.refuses(&world.more(&[(1, 2)]), invariant::GROUP_EMPTY_CALL);
}

#[test]
fn does_two_things_at_once() {
    let world =
        World::new().reads_all(NodeMetric::EngineCpu, 80.0).at("sessions-001", NodeMetric::Memory, 80.0);
    let larger = world.grown("cache.r6g.2xlarge");
    world.accepts(&larger);
    let both = world.more(&[(1, 3)]).mistaken(|plan| plan.actions.extend(larger.actions));
    world.refuses(&both, invariant::GROUP_CALL);
}

#[test]
fn empties_a_shard_at_once() {
    let world = World::new().reads_all(NodeMetric::EngineCpu, 1.0);
    let mut world = world;
    world.group().shards[0].nodes.push(node("sessions-004", Role::Replica, "a"));
    let world = world.at("sessions-004", NodeMetric::EngineCpu, 1.0);
    world.accepts(&world.without("sessions-004", 2));
    world.refuses(&world.without("sessions-004", 1), invariant::ONE_LEAVES);
    let world = World::clustered(&[1, 1, 1]);
    world.refuses(&world.shards(1, &[2, 3]), invariant::ONE_LEAVES);
}

#[test]
fn changes_shards_that_a_person_did_not_offer() {
    fn broken_planner(world: &World) -> Plan {
        world.shards(3, &[])
    }
    let world = World::clustered(&[1, 1]).reads_all(NodeMetric::Memory, 80.0);
    world.accepts(&broken_planner(&world));
    let mut kept = world.clone();
    kept.redis().shards = None;
    kept.refuses(&broken_planner(&kept), invariant::SHARDS);
    let mut global = world;
    global.group().global = Some("ldgnf-sessions".to_owned());
    global.refuses(&broken_planner(&global), invariant::SHARDS);
}

#[test]
fn removes_a_shard_that_is_not_there() {
    let world = World::clustered(&[1, 1, 1]);
    world.accepts(&world.shards(2, &[3]));
    let found = world.judge(&world.shards(2, &[9])).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::SHARDS), "{found:?}");
}

#[test]
fn replaces_every_node_at_noon() {
    fn broken_planner(world: &World) -> Plan {
        world.grown("cache.r6g.2xlarge")
    }
    let mut world = World::new().at("sessions-001", NodeMetric::Memory, 80.0);
    world.accepts(&broken_planner(&world));
    for window in [
        MaintenanceWindow::parse("wed:12:01-wed:13:00"),
        MaintenanceWindow::parse("tue:11:30-tue:12:30"),
        None,
    ] {
        world.group().maintenance = window;
        world.refuses(&broken_planner(&world), invariant::LARGER_TYPE);
    }
}

#[test]
fn takes_the_type_that_it_likes() {
    let mut world = World::new().at("sessions-001", NodeMetric::Memory, 80.0);
    world.seen.look.larger_types.as_mut().unwrap().push(NodeType::new("cache.r7g.2xlarge"));
    world.seen.look.larger_types.as_mut().unwrap().push(NodeType::new("cache.r6g.large"));
    // Not a person's, and smaller.
    for to in ["cache.r7g.2xlarge", "cache.r6g.large"] {
        world.refuses(&world.grown(to), invariant::LARGER_TYPE);
    }
    // Not ElastiCache's.
    world.seen.look.larger_types = None;
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::LARGER_TYPE);
}

#[test]
fn takes_away_what_it_just_gave() {
    fn broken_planner(world: &World) -> Plan {
        world.without("sessions-002", 1)
    }
    let world = World::new().scaled_out(10);
    world.accepts(&broken_planner(&world));
    let world = World::new().scaled_out(9);
    world.refuses(&broken_planner(&world), invariant::REST);
    // Or forgets first, and takes away then.
    let forgets = world.rests().mistaken(|plan| plan.history.scaled_out = None);
    world.refuses(&forgets, invariant::REST);
}

#[test]
fn knocks_at_a_closed_door_every_minute() {
    fn broken_planner(world: &World) -> Plan {
        world.more(&[(1, 3)])
    }
    let busy = World::new().reads_all(NodeMetric::EngineCpu, 80.0);
    let world = busy.clone().refused(Lever::Replicas, 0);
    world.accepts(&broken_planner(&world));
    let world = busy.refused(Lever::Replicas, 1);
    world.refuses(&broken_planner(&world), invariant::BACK_OFF);
    let forgets = world.rests().mistaken(|plan| plan.history.redis_nodes.refused_out.clear());
    world.refuses(&forgets, invariant::BACK_OFF);
}

#[test]
fn forgets_what_it_asked_for() {
    let world = World::new();
    let forgets = world.without("sessions-002", 1).mistaken(|plan| plan.history.redis_nodes.changing = None);
    world.refuses(&forgets, invariant::CHANGING);
    let mut busy = World::new().asked(Goal::Replicas([(shard_id(1), Count(1))].into()), 300, true);
    busy.group().status = Availability::Other("modifying".to_owned());
    busy.accepts(&busy.rests());
    let forgets = busy.rests().mistaken(|plan| plan.history.redis_nodes.changing = None);
    busy.refuses(&forgets, invariant::CHANGING);
}

#[test]
fn calls_before_the_ledger_knows() {
    let world = World::new();
    let hasty = world.without("sessions-002", 1).mistaken(|plan| plan.write_ahead = false);
    world.refuses(&hasty, invariant::WRITE_AHEAD);
}

#[test]
fn scales_in_the_middle_of_a_migration_to_cluster_mode() {
    fn broken_planner(world: &World) -> Plan {
        world.shards(4, &[])
    }
    let mut world = World::clustered(&[1, 1, 1]).reads_all(NodeMetric::Memory, 80.0);
    world.accepts(&broken_planner(&world));
    for word in ["compatible", "a later word"] {
        world.group().migrating = Some(word.to_owned());
        world.refuses(&broken_planner(&world), invariant::GROUP_UNTOUCHABLE);
        world.accepts(&world.rests());
    }
}

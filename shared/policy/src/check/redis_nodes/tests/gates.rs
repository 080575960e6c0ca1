//! Each invariant of a replication group by its name, in every way in which it can be broken, and nothing else refused beside it.

use jiff::SignedDuration;

use super::fixture::{Mistaken, World, bounds, points, rule, shard_id};
use crate::check::invariant;
use crate::history::{Goal, Lever, Refused, ScaledOut};
use crate::names::{InstanceId, NodeId, NodeType, ResourceId};
use crate::observation::{Availability, Failover, Found, Reading, Role};
use crate::plan::{Action, DeleteReplica, Ending, Plan, RdsReplicasAction, RedisNodesAction};
use crate::policy::{ClusterMode, Comparison, NodeMetric, Signal};
use crate::units::Count;

/// A sound plan, and what is done to its action.
type Spoilt = (Plan, fn(&mut Action));

fn delete() -> Action {
    Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
        id: InstanceId::new("tg-orders-a"),
        resource_id: ResourceId::new("db-a"),
        source: InstanceId::new("orders"),
        ending: Ending::Drained,
    }))
}

/// All of the shards at once.
fn busy() -> World {
    World::clustered(&[2, 2, 2]).reads_all(NodeMetric::EngineCpu, 80.0).reads_all(NodeMetric::Memory, 80.0)
}

fn to(count: u32) -> Goal {
    Goal::Replicas([(shard_id(1), Count(count))].into())
}

#[test]
fn kind() {
    let world = World::new();
    world.refuses(
        &world.plan(delete()).mistaken(|plan| plan.history.redis_nodes = world.history.redis_nodes.clone()),
        invariant::KIND,
    );
}

#[test]
fn untouchable() {
    let spoil: [fn(&mut World); 6] = [
        |world| world.seen.look.found = Found::Nothing,
        |world| world.seen.look.found = Found::SingleNode,
        |world| world.seen.look.found = Found::Memcached,
        |world| world.seen.look.found = Found::Serverless,
        |world| world.redis().cluster_mode = ClusterMode::Disabled,
        |world| *world = world.clone().registered(),
    ];
    for spoil in spoil {
        let mut world = busy();
        spoil(&mut world);
        for plan in [
            world.more(&[(1, 3)]),
            world.fewer(&[(1, 1)]),
            world.shards(4, &[]),
            world.shards(2, &[3]),
            world.grown("cache.r6g.2xlarge"),
        ] {
            world.refuses(&plan, invariant::GROUP_UNTOUCHABLE);
        }
        world.accepts(&world.rests());
    }
}

#[test]
fn expectation() {
    let world = busy();
    let wrong: [Spoilt; 5] = [
        (world.more(&[(1, 3)]), |action| {
            let Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) = action else { panic!() };
            more.shards[0].from = Count::ONE;
        }),
        (world.shards(4, &[]), |action| {
            let Action::RedisNodes(RedisNodesAction::SetShards(set)) = action else { panic!() };
            set.from = Count(2);
        }),
        (world.grown("cache.r6g.2xlarge"), |action| {
            let Action::RedisNodes(RedisNodesAction::SetNodeType(set)) = action else { panic!() };
            set.from = NodeType::new("cache.r6g.large");
        }),
        (world.shards(4, &[]), |action| {
            let Action::RedisNodes(RedisNodesAction::SetShards(set)) = action else { panic!() };
            set.group = crate::names::GroupName::new("carts");
        }),
        (world.grown("cache.r6g.2xlarge"), |action| {
            let Action::RedisNodes(RedisNodesAction::SetNodeType(set)) = action else { panic!() };
            set.group = crate::names::GroupName::new("carts");
        }),
    ];
    for (plan, spoil) in wrong {
        world.accepts(&plan);
        world.refuses(&plan.mistaken(|plan| spoil(&mut plan.actions[0])), invariant::GROUP_EXPECTATION);
    }
    // A shard that is not there, and one that is named twice.
    world.refuses(&world.more(&[(1, 3), (9, 3)]), invariant::GROUP_EXPECTATION);
    world.refuses(&world.more(&[(1, 3), (1, 3)]), invariant::GROUP_EXPECTATION);
}

#[test]
fn empty_call() {
    let world = busy();
    world.refuses(&world.more(&[]), invariant::GROUP_EMPTY_CALL);
    world.refuses(&world.more(&[(1, 3), (2, 2)]), invariant::GROUP_EMPTY_CALL);
    // More that is less, and less that is more.
    world.refuses(&world.more(&[(1, 1)]), invariant::GROUP_EMPTY_CALL);
    let quiet = World::clustered(&[1, 1]);
    quiet.refuses(&quiet.fewer(&[(1, 2)]), invariant::GROUP_EMPTY_CALL);
    let found = world.judge(&world.shards(3, &[])).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::GROUP_EMPTY_CALL), "{found:?}");
    let found = world.judge(&world.grown("cache.r6g.xlarge")).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::GROUP_EMPTY_CALL), "{found:?}");
}

#[test]
fn settled() {
    let other = |word: &str| Availability::Other(word.to_owned());
    let spoil: [&dyn Fn(&mut World); 7] = [
        &|world| world.group().status = other("modifying"),
        &|world| world.group().shards[1].status = other("modifying"),
        &|world| world.node("sessions-0002-003").status = other("creating"),
        &|world| {
            let stray = world.look().shards[0].nodes[0].clone();
            world.group().strays.push(stray);
        },
        &|world| world.group().pending.push("resharding, 12% done".to_owned()),
        &|world| world.group().failover = Failover::Changing,
        &|world| world.node("sessions-0001-001").status = other("unknown"),
    ];
    for spoil in spoil {
        let mut world = busy();
        spoil(&mut world);
        for plan in [world.more(&[(1, 3)]), world.shards(4, &[]), world.grown("cache.r6g.2xlarge")] {
            world.refuses(&plan, invariant::SETTLED);
        }
        let mut quiet = World::clustered(&[2, 2, 2]);
        spoil(&mut quiet);
        quiet.refuses(&quiet.fewer(&[(1, 1)]), invariant::SETTLED);
        quiet.refuses(&quiet.shards(2, &[1]), invariant::SETTLED);
        quiet.accepts(&quiet.rests());
    }
    // Roles, where ElastiCache tells them.
    for role in [Role::Replica, Role::Unknown] {
        let mut world = World::new();
        world.node("sessions-001").role = role;
        world.refuses(&world.without("sessions-002", 1), invariant::SETTLED);
    }
    let mut world = World::new();
    let twin = world.look().shards[0].clone();
    world.group().shards.push(twin);
    world.group().shards[1].id = shard_id(2);
    world.group().shards[1].nodes[0].role = Role::Replica;
    world.refuses(&world.without("sessions-002", 1), invariant::SETTLED);
    let mut world = busy();
    world.group().shards[2].nodes.clear();
    world.refuses(&world.more(&[(1, 3)]), invariant::SETTLED);
    world.group().shards.clear();
    let found = world.judge(&world.shards(4, &[])).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::SETTLED), "{found:?}");
}

#[test]
fn absolute_bounds() {
    let mut world = busy();
    world.target.scaling.max = Count(10);
    world.accepts(&world.more(&[(1, 3)]));
    world.refuses(&world.more(&[(1, 3), (2, 3)]), invariant::NODE_BOUNDS);
    // Three more nodes with a shard.
    world.refuses(&world.shards(4, &[]), invariant::NODE_BOUNDS);
    let mut world = busy();
    world.redis().replicas = bounds(1, 2);
    world.refuses(&world.more(&[(1, 3)]), invariant::NODE_BOUNDS);
    world.redis().replicas = bounds(3, 5);
    world.accepts(&world.more(&[(1, 3)]));
    world.redis().shards = Some(bounds(1, 3));
    world.refuses(&world.shards(4, &[]), invariant::NODE_BOUNDS);
    let mut world = World::clustered(&[2, 2, 2]);
    world.redis().replicas = bounds(2, 5);
    world.refuses(&world.fewer(&[(1, 1)]), invariant::NODE_BOUNDS);
    world.redis().shards = Some(bounds(3, 5));
    world.refuses(&world.shards(2, &[1]), invariant::NODE_BOUNDS);
    let mut world = World::new();
    world.target.scaling.min = Count(3);
    world.refuses(&world.without("sessions-002", 1), invariant::NODE_BOUNDS);
}

#[test]
fn bounds_in_force() {
    let world = busy().window(("08:00", "20:00"), None, Some(10));
    world.accepts(&world.more(&[(1, 3)]));
    world.refuses(&world.more(&[(1, 3), (2, 3)]), invariant::NODES_IN_FORCE);
    world.refuses(&world.shards(4, &[]), invariant::NODES_IN_FORCE);
    // The window is shut.
    let world = busy().window(("13:00", "20:00"), None, Some(10));
    world.accepts(&world.shards(4, &[]));
    // A minimum outranks a maximum.
    let world = busy().window(("08:00", "20:00"), Some(12), Some(10));
    world.accepts(&world.shards(4, &[]));
    let world = World::clustered(&[2, 2, 2]).window(("08:00", "20:00"), Some(8), None);
    world.accepts(&world.fewer(&[(1, 1)]));
    world.refuses(&world.fewer(&[(1, 1), (2, 1)]), invariant::NODES_IN_FORCE);
    world.refuses(&world.shards(2, &[1]), invariant::NODES_IN_FORCE);
    // Far above the maximum, and yet not below the minimum.
    let world = world.window(("08:00", "20:00"), None, Some(8));
    world.refuses(&world.shards(2, &[1]), invariant::NODES_IN_FORCE);
}

#[test]
fn failover_replica() {
    let lone = || World::clustered(&[1, 1]).without_failover();
    let mut world = lone();
    world.redis().replicas.min = Count::ZERO;
    world.accepts(&world.fewer(&[(1, 0)]));
    for spoil in [
        |world: &mut World| world.redis().failover = true,
        |world: &mut World| world.group().multi_az = true,
        |world: &mut World| world.group().failover = Failover::Enabled,
    ] {
        let mut world = world.clone();
        spoil(&mut world);
        world.refuses(&world.fewer(&[(1, 0)]), invariant::FAILOVER_REPLICA);
    }
    // Nor above the maximum.
    let mut world = World::clustered(&[1, 1]).window(("08:00", "20:00"), None, Some(2));
    world.redis().replicas.min = Count::ZERO;
    world.refuses(&world.fewer(&[(1, 0)]), invariant::FAILOVER_REPLICA);
    // New shards without one.
    let world = World::clustered(&[0, 1]).reads_all(NodeMetric::Memory, 80.0);
    world.refuses(&world.shards(3, &[]), invariant::FAILOVER_REPLICA);
    world.clone().without_failover().accepts(&world.shards(3, &[]));
}

#[test]
fn right_lever() {
    for world in [World::clustered(&[1, 1]), World::clustered(&[1, 1]).without_rules()] {
        world.refuses(&world.more(&[(1, 2)]), invariant::RIGHT_LEVER);
        world.refuses(&world.shards(3, &[]), invariant::RIGHT_LEVER);
        world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::RIGHT_LEVER);
    }
    // At a threshold is not above it, and what is over is over.
    let world = World::new().reads_all(NodeMetric::EngineCpu, 70.0);
    world.refuses(&world.more(&[(1, 3)]), invariant::RIGHT_LEVER);
    let mut values = [10.0; 30];
    values[24] = 99.0;
    let reading = points(world.now, &values);
    let world = World::new().reads("sessions-001", NodeMetric::EngineCpu, reading);
    world.refuses(&world.more(&[(1, 3)]), invariant::RIGHT_LEVER);
    // An alert tells, and asks for nothing.
    let mut world = World::new().reads_all(NodeMetric::EngineCpu, 65.0);
    world.target.scaling.alert.push(rule(Signal::Cpu, Comparison::Above, 60.0));
    world.refuses(&world.more(&[(1, 3)]), invariant::RIGHT_LEVER);
    // The memory of a replica is its primary's, and that is low.
    let world = World::new().at("sessions-002", NodeMetric::Memory, 99.0);
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::RIGHT_LEVER);
    // A minimum is met by more nodes, not by larger ones; and another shard lacks its replica.
    let world = World::new().window(("08:00", "20:00"), Some(5), None);
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::RIGHT_LEVER);
    let world = World::clustered(&[0, 1]);
    world.refuses(&world.more(&[(2, 2)]), invariant::RIGHT_LEVER);
    // What is old says nothing.
    let old = super::fixture::aged(world.now, &[99.0; 30], 8);
    let world = World::new().reads("sessions-001", NodeMetric::EngineCpu, old);
    world.refuses(&world.more(&[(1, 3)]), invariant::RIGHT_LEVER);
}

#[test]
fn leaving_node() {
    let world = World::new();
    world.refuses(&world.without("sessions-009", 1), invariant::LEAVING_NODE);
    // The replica is there, but not in the shard that shrinks.
    let mut world = World::new();
    let plan = world.without("sessions-002", 1);
    world.group().shards[0].id = shard_id(2);
    world.history.redis_nodes.shape = Some(world.shape());
    let found = world.judge(&plan).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::LEAVING_NODE), "{found:?}");
}

#[test]
fn zone_spread() {
    // A zone that is not told may be any.
    for unknown in ["sessions-002", "sessions-001"] {
        let mut world = World::new();
        world.node(unknown).zone = None;
        world.refuses(&world.without("sessions-003", 1), invariant::ZONE_SPREAD);
    }
    let mut world = World::new();
    world.node("sessions-003").zone = None;
    world.accepts(&world.without("sessions-003", 1));
}

#[test]
fn one_leaves() {
    let world = World::clustered(&[3, 3]);
    world.accepts(&world.fewer(&[(1, 2), (2, 2)]));
    world.refuses(&world.fewer(&[(1, 2), (2, 1)]), invariant::ONE_LEAVES);
    // Above the maximum too.
    let world = world.window(("08:00", "20:00"), None, Some(2));
    world.refuses(&world.fewer(&[(1, 1)]), invariant::ONE_LEAVES);
}

#[test]
fn missing_data() {
    let world = World::clustered(&[2, 2, 2]);
    for plan in [world.fewer(&[(1, 1)]), world.shards(2, &[3])] {
        world.accepts(&plan);
        // Of any node, also of a shard that stays as it is.
        for node in ["sessions-0001-001", "sessions-0003-003"] {
            for metric in [NodeMetric::EngineCpu, NodeMetric::Memory] {
                let mut blind = world.clone();
                blind.seen.signals.get_mut(&NodeId::new(node)).unwrap().remove(&metric);
                blind.refuses(&plan, invariant::NODE_DATA);
                let blind = world.clone().reads(node, metric, Reading::Missing);
                blind.refuses(&plan, invariant::NODE_DATA);
            }
        }
        let mut blind = world.clone();
        blind.seen.signals.clear();
        blind.refuses(&plan, invariant::NODE_DATA);
    }
    // Memory alone says nothing of reads.
    let mut world = World::new();
    world.target.scaling.scale_in.retain(|rule| rule.signal == Signal::Memory);
    world.target.scaling.scale_out.retain(|rule| rule.signal == Signal::Memory);
    world.refuses(&world.without("sessions-002", 1), invariant::NODE_DATA);
    // A replica too many: what goes beyond is concluded from signals.
    let mut world = World::clustered(&[2, 2]).window(("08:00", "20:00"), None, Some(5));
    world.seen.signals.clear();
    world.accepts(&world.fewer(&[(1, 1)]));
    world.refuses(&world.fewer(&[(1, 1), (2, 1)]), invariant::NODE_DATA);
}

#[test]
fn keys_need_room_whoever_wants_their_shard_gone() {
    let world = World::clustered(&[1, 1]).window(("08:00", "20:00"), None, Some(3));
    let full = world.clone().reads_all(NodeMetric::Memory, 50.0);
    full.refuses(&full.shards(1, &[2]), invariant::PROJECTION);
    let blind = world.clone().reads("sessions-0002-001", NodeMetric::Memory, Reading::Missing);
    blind.refuses(&blind.shards(1, &[2]), invariant::NODE_DATA);
    // 60 are free for 40.
    let fits = world.reads_all(NodeMetric::Memory, 40.0);
    fits.accepts(&fits.shards(1, &[2]));
    // No rule takes anything away, and none reads the memory: keys are dropped all the same where they do not fit.
    let mut world = fits;
    world.target.scaling.scale_in.clear();
    world.target.scaling.scale_out.retain(|rule| rule.signal == Signal::Cpu);
    world.accepts(&world.shards(1, &[2]));
    world.seen.signals.clear();
    world.refuses(&world.shards(1, &[2]), invariant::NODE_DATA);
}

#[test]
fn pressure() {
    let world = World::clustered(&[2, 2, 2]).ruled_by(Signal::Evictions, 10.0);
    let world = world.reads_all(NodeMetric::Evictions, 0.0);
    for plan in [world.fewer(&[(1, 1)]), world.shards(2, &[3])] {
        world.accepts(&plan);
        let mut values = [0.0; 30];
        values[27..].fill(11.0);
        let reading = points(world.now, &values);
        let high = world.clone().reads("sessions-0002-001", NodeMetric::Evictions, reading);
        high.refuses(&plan, invariant::PRESSURE);
        values[28] = 10.0;
        let reading = points(world.now, &values);
        let low = world.clone().reads("sessions-0002-001", NodeMetric::Evictions, reading);
        low.accepts(&plan);
    }
}

#[test]
fn projection_of_a_replica() {
    // The last replica's reads go to the primary: 40 and 23 are 63, and that is not below.
    let mut world = World::new().without_failover();
    world.group().shards[0].nodes.truncate(2);
    world.redis().replicas.min = Count::ZERO;
    world.target.scaling.min = Count::ONE;
    world.history.redis_nodes.shape = Some(world.shape());
    let world = world.at("sessions-001", NodeMetric::EngineCpu, 40.0);
    let low = world.clone().at("sessions-002", NodeMetric::EngineCpu, 22.9);
    low.accepts(&low.without("sessions-002", 0));
    let high = world.at("sessions-002", NodeMetric::EngineCpu, 23.1);
    high.refuses(&high.without("sessions-002", 0), invariant::PROJECTION);
    // Who is the primary is in the metrics with cluster mode enabled; where it is not, the idlest is taken for it.
    let world = World::clustered(&[2]).at("sessions-0001-001", NodeMetric::EngineCpu, 60.0);
    let world = world.at("sessions-0001-002", NodeMetric::EngineCpu, 20.0);
    let world = world.at("sessions-0001-003", NodeMetric::EngineCpu, 20.0);
    world.accepts(&world.fewer(&[(1, 1)]));
    for (node, value) in [("sessions-0001-001", 0.0), ("sessions-0001-002", 1.0)] {
        let unknown = world.clone().at(node, NodeMetric::IsPrimary, value);
        unknown.refuses(&unknown.fewer(&[(1, 1)]), invariant::PROJECTION);
    }
    let unknown = world.clone().reads("sessions-0001-003", NodeMetric::IsPrimary, Reading::Missing);
    unknown.refuses(&unknown.fewer(&[(1, 1)]), invariant::PROJECTION);
    // Only the last ten minutes count.
    let mut values = [99.0; 30];
    values[20..].fill(10.0);
    let reading = points(world.now, &values);
    let world = World::new().reads("sessions-002", NodeMetric::EngineCpu, reading);
    world.accepts(&world.without("sessions-002", 1));
    // Without an out-rule on CPU it is 80, less a tenth.
    let mut world = World::new().reads_all(NodeMetric::EngineCpu, 35.9);
    world.target.scaling.scale_out.retain(|rule| rule.signal == Signal::Memory);
    world.accepts(&world.without("sessions-002", 1));
    let world = world.reads_all(NodeMetric::EngineCpu, 36.1);
    world.refuses(&world.without("sessions-002", 1), invariant::PROJECTION);
}

#[test]
fn projection_of_a_shard() {
    let world = World::clustered(&[1, 1]);
    let held = |one: f64, other: f64| {
        let world = World::clustered(&[1, 1]).at("sessions-0001-001", NodeMetric::Memory, one);
        world.at("sessions-0002-001", NodeMetric::Memory, other)
    };
    // Each of 33.7 fits twice into 67.5, but the room of 1.5 times one of 67 is not there.
    held(33.7, 33.7).accepts(&world.shards(1, &[2]));
    held(33.8, 33.8).refuses(&world.shards(1, &[2]), invariant::PROJECTION);
    held(0.2, 67.0).refuses(&world.shards(1, &[2]), invariant::PROJECTION);
    held(0.2, 66.0).accepts(&world.shards(1, &[2]));
    held(0.2, 67.0).accepts(&world.shards(1, &[1]));
    // The fullest where nobody knows the primary.
    let unknown = held(33.7, 33.7).at("sessions-0002-002", NodeMetric::Memory, 50.0);
    unknown.accepts(&world.shards(1, &[2]));
    let unknown = unknown.reads("sessions-0002-002", NodeMetric::IsPrimary, Reading::Missing);
    unknown.refuses(&world.shards(1, &[2]), invariant::PROJECTION);
    // Writes of both, and reads too.
    for node in ["sessions-0001-001", "sessions-0001-002"] {
        let busy = World::clustered(&[1, 1]).at(node, NodeMetric::EngineCpu, 52.9);
        busy.accepts(&world.shards(1, &[2]));
        let busy = World::clustered(&[1, 1]).at(node, NodeMetric::EngineCpu, 53.1);
        busy.refuses(&world.shards(1, &[2]), invariant::PROJECTION);
    }
    // Without an out-rule on memory it is 75, less a tenth.
    let mut world = held(33.8, 33.8);
    world.target.scaling.scale_out.retain(|rule| rule.signal == Signal::Cpu);
    world.refuses(&world.shards(1, &[2]), invariant::PROJECTION);
}

#[test]
fn shards() {
    let world = World::clustered(&[1, 1, 1]);
    // More leave than go, fewer, and one twice.
    for removed in [&[2, 3][..], &[]] {
        let found = world.judge(&world.shards(2, removed)).unwrap_err();
        assert!(found.iter().any(|found| found.invariant == invariant::SHARDS), "{found:?}");
    }
    world.refuses_for(&world.shards(1, &[3, 3]), &[invariant::SHARDS, invariant::ONE_LEAVES]);
    let world = busy();
    world.refuses(&world.shards(4, &[1]), invariant::SHARDS);
    // All of them.
    let mut world = World::clustered(&[1]);
    world.redis().shards = Some(bounds(0, 5));
    world.target.scaling.min = Count::ZERO;
    let found = world.judge(&world.shards(0, &[1])).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::SHARDS), "{found:?}");
    // There is one without cluster mode.
    let mut world = World::new().reads_all(NodeMetric::Memory, 80.0);
    world.redis().shards = Some(bounds(1, 2));
    world.refuses(&world.shards(2, &[]), invariant::SHARDS);
}

#[test]
fn node_type() {
    let mut world = World::new().at("sessions-001", NodeMetric::Memory, 80.0);
    world.group().global = Some("ldgnf-sessions".to_owned());
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::LARGER_TYPE);
    world.group().global = None;
    world.accepts(&world.grown("cache.r6g.2xlarge"));
    world.redis().node_types = vec![NodeType::new("cache.r6g.2xlarge")];
    // What it is now has no place in the list.
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::LARGER_TYPE);
    world.redis().node_types.clear();
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::LARGER_TYPE);
}

#[test]
fn changing() {
    let world = World::new();
    let spoil: [fn(&mut Plan); 5] = [
        |plan| plan.history.redis_nodes.changing = None,
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().begun = true,
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().to = to(2),
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().since += SignedDuration::from_secs(1),
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().from.replicas.clear(),
    ];
    for spoil in spoil {
        let plan = world.without("sessions-002", 1).mistaken(spoil);
        world.refuses(&plan, invariant::CHANGING);
    }
    // Made up without a call.
    let plan = world.without("sessions-002", 1).mistaken(|plan| {
        plan.actions.clear();
        plan.history.decisions -= 1;
    });
    world.refuses(&plan, invariant::CHANGING);
    // Another than that which was asked for.
    let under_way = World::new().asked(to(3), 300, true);
    let spoil: [fn(&mut Plan); 4] = [
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().begun = false,
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().to = to(4),
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().since += SignedDuration::from_secs(1),
        |plan| plan.history.redis_nodes.changing.as_mut().unwrap().from.replicas.clear(),
    ];
    for spoil in spoil {
        under_way.refuses(&under_way.rests().mistaken(spoil), invariant::CHANGING);
    }
    // It is at rest as it was before, and nothing begun.
    let asked = World::new().asked(to(3), 300, false);
    let begins =
        asked.rests().mistaken(|plan| plan.history.redis_nodes.changing.as_mut().unwrap().begun = true);
    asked.refuses(&begins, invariant::CHANGING);
    // Something else, before what was asked for can be seen.
    let asked = World::new().asked(to(3), 59, false);
    asked.refuses(&asked.without("sessions-002", 1), invariant::CHANGING);
    let busy = World::new().reads_all(NodeMetric::EngineCpu, 80.0).asked(to(3), 59, false);
    busy.accepts(&busy.more(&[(1, 3)]));
}

#[test]
fn shape() {
    let mut world = World::new();
    let spoil: [fn(&mut Plan); 3] = [
        |plan| plan.history.redis_nodes.shape = None,
        |plan| plan.history.redis_nodes.shape.as_mut().unwrap().replicas.clear(),
        |plan| {
            plan.history.redis_nodes.shape.as_mut().unwrap().node_type = NodeType::new("cache.r6g.2xlarge")
        },
    ];
    for spoil in spoil {
        world.refuses(&world.rests().mistaken(spoil), invariant::SHAPE);
    }
    // What is seen on the way is no shape.
    world.history.redis_nodes.shape = None;
    world.group().status = Availability::Other("modifying".to_owned());
    let learns = world.rests().mistaken(|plan| plan.history.redis_nodes.shape = Some(world.shape()));
    world.refuses(&learns, invariant::SHAPE);
}

#[test]
fn back_off() {
    let busy = World::clustered(&[1, 1]).reads_all(NodeMetric::Memory, 80.0);
    let world = busy.clone().refused(Lever::Shards, 1);
    world.refuses(&world.shards(3, &[]), invariant::BACK_OFF);
    world.accepts(&world.grown("cache.r6g.2xlarge"));
    let world = busy.refused(Lever::NodeType, 1);
    world.refuses(&world.grown("cache.r6g.2xlarge"), invariant::BACK_OFF);
    world.accepts(&world.shards(3, &[]));
    let spoil: [fn(&mut Refused); 2] =
        [|refused| refused.retry_at -= SignedDuration::from_secs(1), |refused| refused.times -= 1];
    for spoil in spoil {
        let wound_back = world.rests().mistaken(|plan| {
            spoil(plan.history.redis_nodes.refused_out.get_mut(&Lever::NodeType).unwrap());
        });
        world.refuses(&wound_back, invariant::BACK_OFF);
    }
    // The other way.
    let inwards = |mut world: World| {
        std::mem::swap(&mut world.history.redis_nodes.refused_out, &mut world.history.redis_nodes.refused_in);
        world
    };
    let world = World::new().refused(Lever::Replicas, 1);
    world.accepts(&world.without("sessions-002", 1));
    let world = inwards(world);
    world.refuses(&world.without("sessions-002", 1), invariant::BACK_OFF);
    let forgets = world.rests().mistaken(|plan| plan.history.redis_nodes.refused_in.clear());
    world.refuses(&forgets, invariant::BACK_OFF);
    let world = World::clustered(&[1, 1]).refused(Lever::Shards, 1);
    world.accepts(&world.shards(1, &[2]));
    let world = inwards(world);
    world.refuses(&world.shards(1, &[2]), invariant::BACK_OFF);
    // What came about after all is no longer refused; nothing else says so.
    let forgetful = |lever, count| {
        let mut world = World::new().refused(lever, 1).asked(to(count), 300, true);
        let from = &mut world.history.redis_nodes.changing.as_mut().unwrap().from;
        from.replicas.insert(shard_id(1), Count::ONE);
        let forgets = world.rests().mistaken(|plan| {
            plan.history.redis_nodes.changing = None;
            plan.history.redis_nodes.refused_out.clear();
            plan.history.scaled_out = Some(ScaledOut { at: world.now, from: Count(2), to: Count(3) });
        });
        (world, forgets)
    };
    let (world, forgets) = forgetful(Lever::Replicas, 2);
    world.accepts(&forgets);
    for (lever, count) in [(Lever::Replicas, 4), (Lever::Shards, 2)] {
        let (world, forgets) = forgetful(lever, count);
        world.refuses(&forgets, invariant::BACK_OFF);
    }
}

#[test]
fn decisions() {
    let world = World::new();
    for (decisions, actions) in [(6, true), (7, true), (9, true), (6, false), (8, false)] {
        let plan = if actions { world.without("sessions-002", 1) } else { world.rests() };
        world.refuses(&plan.mistaken(|plan| plan.history.decisions = decisions), invariant::GROUP_DECISIONS);
    }
}

#[test]
fn cooldown() {
    let mut world = World::clustered(&[1, 1, 1]);
    world.history.scaled_in_at = Some(world.now - SignedDuration::from_secs(10 * 60 - 31));
    world.refuses(&world.shards(2, &[3]), invariant::REST);
    // Nor wound back.
    let earlier = world.rests().mistaken(|plan| {
        plan.history.scaled_in_at = Some(world.now - SignedDuration::from_hours(1));
    });
    world.refuses(&earlier, invariant::REST);
    // Above the maximum nobody waits.
    let above = world.clone().window(("08:00", "20:00"), None, Some(5));
    above.accepts(&above.shards(2, &[3]));
    // More is never too early.
    let world = world.reads_all(NodeMetric::EngineCpu, 80.0);
    world.accepts(&world.more(&[(1, 2)]));
}

#[test]
fn what_came_or_went_is_remembered_for_the_cooldown() {
    // Asked for with one replica more than now, and with one fewer.
    for before in [3, 1] {
        let mut world = World::new().asked(to(2), 300, true);
        let from = &mut world.history.redis_nodes.changing.as_mut().unwrap().from;
        from.replicas.insert(shard_id(1), Count(before));
        let forgets = world.rests().mistaken(|plan| plan.history.redis_nodes.changing = None);
        world.refuses(&forgets, invariant::REST);
        let remembers = forgets.mistaken(|plan| {
            if before == 3 {
                plan.history.scaled_in_at = Some(world.now);
            } else {
                plan.history.scaled_out = Some(ScaledOut { at: world.now, from: Count(2), to: Count(3) });
            }
        });
        world.accepts(&remembers);
    }
}

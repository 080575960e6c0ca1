//! The last look stops every removal that should not be: what changed between the plan and the call is found by it.

use tidegate_policy::names::{AvailabilityZone, NodeType, ShardId};
use tidegate_policy::observation::{
    Availability, CapacityBounds, Found, MaintenanceWindow, Role, ScalableTarget, Suspended,
};
use tidegate_policy::plan::{Action, LastLook, RedisNodesAction, may_still_change};
use tidegate_policy::policy::ClusterMode;
use tidegate_policy::units::Count;

use super::fixture::{IDLE, Load, STEADY, World, new_node};

type Spoil = (&'static str, fn(&mut World));

/// What stops any of them.
const ANY: [Spoil; 7] = [
    ("gone", |world| world.seen.look.found = Found::Nothing),
    ("serverless", |world| world.seen.look.found = Found::Serverless),
    ("busy", |world| world.group().status = Availability::Other("snapshotting".to_owned())),
    ("a member busy", |world| {
        world.group().shards[0].nodes[1].status = Availability::Other("creating".to_owned());
    }),
    ("a stray", |world| world.group().strays.push(new_node("sessions-009"))),
    ("compatible", |world| world.group().migrating = Some("compatible".to_owned())),
    ("native", |world| {
        world.seen.look.scalable.push(ScalableTarget {
            dimension: "elasticache:replication-group:Replicas".to_owned(),
            bounds: CapacityBounds { min: Count(1), max: Count(5) },
            suspended: Suspended::default(),
        });
    }),
];

fn stops(world: &World, action: &Action, spoils: &[Spoil]) {
    assert_eq!(may_still_change(&world.target, action, &world.look()), LastLook::Go);
    for (name, spoil) in spoils {
        let mut spoiled = world.clone();
        spoil(&mut spoiled);
        let verdict = may_still_change(&spoiled.target, action, &spoiled.look());
        assert!(matches!(verdict, LastLook::Stop(_)), "{name}: {verdict:?}");
    }
}

fn planned(world: &World) -> Action {
    let [action] = <[Action; 1]>::try_from(world.plan().actions).unwrap();
    assert!(action.is_destructive());
    action
}

#[test]
fn the_last_look_stops_every_replica_that_should_not_go() {
    let mut world = World::disabled(4).under(IDLE);
    let action = planned(&world);
    stops(&world, &action, &ANY);
    stops(
        &world,
        &action,
        &[
            ("it is the primary now", |world| {
                world.node("sessions-001").role = Role::Replica;
                world.node("sessions-004").role = Role::Primary;
            }),
            ("its role is not told", |world| world.node("sessions-004").role = Role::Unknown),
            ("somebody took another", |world| {
                world.group().shards[0].nodes.retain(|node| node.id.as_str() != "sessions-003");
                world.group().shards[0].nodes.retain(|node| node.id.as_str() != "sessions-002");
            }),
            ("the only one in another zone", |world| {
                for id in ["sessions-001", "sessions-002", "sessions-003"] {
                    world.node(id).zone = Some(AvailabilityZone::new("eu-west-1a"));
                }
                world.node("sessions-004").zone = Some(AvailabilityZone::new("eu-west-1b"));
            }),
            ("another cluster mode", |world| world.group().cluster_mode = ClusterMode::Enabled),
        ],
    );
    world.group().shards[0].nodes.retain(|node| node.id.as_str() != "sessions-004");
    assert_eq!(may_still_change(&world.target, &action, &world.look()), LastLook::AlreadyGone);
}

#[test]
fn the_last_look_stops_every_shard_that_should_not_go() {
    let mut world = World::enabled(3, 1).shards(2, 4).under(IDLE);
    let action = planned(&world);
    assert!(matches!(action, Action::RedisNodes(RedisNodesAction::SetShards(_))));
    stops(&world, &action, &ANY);
    stops(
        &world,
        &action,
        &[
            ("another is there", |world| {
                let mut shard = world.group().shards[0].clone();
                shard.id = ShardId::new("0009");
                world.group().shards.push(shard);
            }),
            ("it is another", |world| world.group().shards[2].id = ShardId::new("0009")),
            ("global", |world| world.group().global = Some("ldgnf".to_owned())),
        ],
    );
    world.group().shards.pop();
    assert_eq!(may_still_change(&world.target, &action, &world.look()), LastLook::AlreadyGone);
}

#[test]
fn the_last_look_stops_a_node_type_that_is_not_offered_any_more() {
    let ladder = ["cache.r7g.xlarge", "cache.r7g.2xlarge"];
    let full = Load { memory: Some(90.0), ..STEADY };
    let mut world = World::disabled(3).ladder(&ladder, &ladder[1..]).under(full);
    world.group().maintenance = MaintenanceWindow::parse("wed:11:30-wed:12:30");
    let action = planned(&world);
    stops(&world, &action, &ANY);
    stops(
        &world,
        &action,
        &[
            ("global", |world| world.group().global = Some("ldgnf".to_owned())),
            ("not offered", |world| world.seen.look.larger_types = Some(Vec::new())),
            ("could not be read", |world| world.seen.look.larger_types = None),
            ("another already", |world| world.group().node_type = NodeType::new("cache.r7g.large")),
        ],
    );
    world.group().node_type = NodeType::new("cache.r7g.2xlarge");
    assert_eq!(may_still_change(&world.target, &action, &world.look()), LastLook::AlreadyGone);
}

#[test]
fn with_cluster_mode_enabled_elasticache_knows_the_roles() {
    let world = World::enabled(2, 2).under(IDLE);
    let action = planned(&world);
    stops(&world, &action, &ANY);
    stops(&world, &action, &[("uneven", |world| world.group().shards[1].nodes.truncate(2))]);
}

//! A weight climbs a step at a time, after its dwell, on a fit replica, and falls no way but two.

use super::fixture::{World, id, points, status};
use super::removal::two;
use crate::check::invariant;
use crate::names::{ChangeId, InstanceClass, InstanceId, SetId};
use crate::observation::{ChangeStatus, Reading, Replication};
use crate::policy::Engine;

#[test]
fn a_weight_climbs_one_step_at_a_time() {
    for (from, to) in [(0, 4), (1, 16), (4, 64), (16, 65)] {
        let world = World::new().serving("a", from).serving("b", 64);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), to)]), invariant::RAMP);
    }
    let world = World::new().with_replica("a").serving("b", 64);
    world.refuses(&world.batch(vec![world.join("a", 4)]), invariant::RAMP);
}

#[test]
fn a_weight_climbs_only_after_its_dwell() {
    let raise = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 16)]);
    let mut world = World::new().serving("a", 4);
    world.remember("a", Some(4), 2);
    world.refuses(&raise(&world), invariant::DWELL);
    world.remember("a", Some(4), 3);
    world.accepts(&raise(&world));
    world.unsynced("a");
    world.refuses(&raise(&world), invariant::DWELL);
    world.history.rds_replicas.weights.clear();
    world.refuses(&raise(&world), invariant::DWELL);
    // Somebody else gave it the weight that was found.
    world.remember("a", Some(1), 60);
    world.refuses(&raise(&world), invariant::DWELL);
}

#[test]
fn only_a_fit_replica_climbs() {
    let unfit: [fn(&mut World); 5] = [
        |world| world.replica("a").status = status("modifying"),
        |world| world.replica("a").replication = Replication::Unknown,
        |world| world.replica("a").replication = Replication::Broken("error".to_owned()),
        |world| world.replica("a").signals.lag = Reading::Missing,
        |world| world.replica("a").signals.lag = points(world.now, &[0.0, 0.0, 31.0]),
    ];
    for unfit in unfit {
        let mut world = World::new().serving("a", 4);
        unfit(&mut world);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::FITNESS);
    }
}

/// A replica is at least as far behind as the source that it follows.
#[test]
fn nobody_climbs_behind_a_source_that_lags_itself() {
    let raise = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 16)]);
    let mut world = World::new().serving("a", 4);
    let now = world.now;
    let source = world.seen.source.as_mut().unwrap();
    source.signals.lag = points(now, &[0.0, 0.0, 31.0]);
    world.accepts(&raise(&world));
    let follow = |world: &mut World| {
        world.seen.source.as_mut().unwrap().source = Some(InstanceId::new("origin"));
    };
    follow(&mut world);
    world.refuses(&raise(&world), invariant::FITNESS);
    world.seen.source.as_mut().unwrap().signals.lag = Reading::Missing;
    world.refuses(&raise(&world), invariant::FITNESS);
    world.seen.source.as_mut().unwrap().signals.lag = points(now, &[0.0, 0.0, 0.0]);
    world.accepts(&raise(&world));
    world.seen.source.as_mut().unwrap().replication = Replication::Broken("error".to_owned());
    world.refuses(&raise(&world), invariant::FITNESS);
}

#[test]
fn the_lag_of_postgres_is_judged_over_its_saw_tooth() {
    let mut world = World::new().serving("a", 4);
    world.rds().engine = Engine::Postgres;
    for lags in [
        &[40.0, 90.0, 150.0, 210.0, 270.0, 330.0][..],
        &[5.0, 5.0, 5.0, -1.0, -1.0, -1.0],
        &[-1.0, 60.0, 60.0, 60.0],
        &[60.0, -1.0, -1.0],
        &[-1.0, -1.0],
        &[-1.0],
    ] {
        world.replica("a").signals.lag = points(world.now, lags);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::FITNESS);
    }
}

#[test]
fn a_weight_falls_to_a_trickle_or_to_its_full_value() {
    let lower = |world: &World, to| world.batch(vec![world.swap(id("a").as_str(), to)]);
    let mut world = two();
    for to in [1, 32, 63] {
        world.refuses(&lower(&world, to), invariant::RAMP);
    }
    world.replica("a").signals.lag = points(world.now, &[400.0; 10]);
    world.accepts(&lower(&world, 1));
    world.refuses(&lower(&world, 4), invariant::RAMP);
    let mut world = two();
    world.replica("b").class = InstanceClass::new("db.t3.large");
    world.accepts(&lower(&world, 32));
    world.refuses(&lower(&world, 31), invariant::RAMP);
    world.refuses(&lower(&world, 33), invariant::RAMP);
}

#[test]
fn a_weight_climbs_no_higher_than_its_class_carries() {
    let mut world = World::new().serving("a", 16).serving("b", 64);
    world.replica("b").class = InstanceClass::new("db.t3.large");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 32)]));
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 33)]), invariant::RAMP);
}

#[test]
fn insync_is_said_of_one_change_only() {
    // Two changes are on their way, and the observation tells of one: neither counts as INSYNC.
    let mut world = World::new().serving("a", 4).serving("b", 4);
    for (name, change) in [("a", "C1"), ("b", "C2")] {
        world.unsynced(name);
        let known = world.history.rds_replicas.weights.get_mut(&SetId::new(id(name).as_str())).unwrap();
        known.change = Some(ChangeId::new(change));
    }
    world.seen.change = Some(ChangeStatus::InSync);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::DWELL);
}

//! A weight climbs a step at a time, after its dwell, on a fit replica, and falls no way but two.

use jiff::SignedDuration;

use super::fixture::{World, id, points, status};
use super::removal::two;
use crate::check::invariant;
use crate::names::{ChangeId, InstanceClass, InstanceId, SetId};
use crate::observation::{ChangeStatus, Reading, Replication};
use crate::policy::Engine;

#[test]
fn a_weight_climbs_one_step_at_a_time() {
    // Where pools keep a connection for five minutes they are the ramp; shorter ones get a step more.
    let slow = SignedDuration::from_mins(5);
    let quick = SignedDuration::from_secs(299);
    for (pools, from, to, next) in [
        (slow, 0, 5, 4),
        (slow, 3, 64, 4),
        (slow, 4, 65, 64),
        (slow, 16, 65, 64),
        (quick, 0, 5, 4),
        (quick, 4, 64, 16),
        (quick, 4, 17, 16),
        (quick, 16, 65, 64),
    ] {
        let mut world = World::new().serving("a", from).serving("b", 64);
        world.rds().pool_lifetime = pools;
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), to)]), invariant::RAMP);
        world.accepts(&world.batch(vec![world.swap(id("a").as_str(), next)]));
    }
    let world = World::new().with_replica("a").serving("b", 64);
    for weight in [1, 5, 16, 64] {
        world.refuses(&world.batch(vec![world.join("a", weight)]), invariant::RAMP);
    }
}

/// A sixteenth of its own full weight, not of the largest's.
#[test]
fn a_small_class_joins_with_a_part_of_its_own_share() {
    let mut world = World::new().with_replica("a").serving("b", 64);
    world.replica("b").class = InstanceClass::new("db.t3.xlarge");
    world.refuses(&world.batch(vec![world.join("a", 4)]), invariant::RAMP);
    world.accepts(&world.batch(vec![world.join("a", 1)]));
}

/// Full weight is only for what was measured within the bound, the first step for what is about to be, and who lost its weight needs a third point.
#[test]
fn who_is_about_to_catch_up_joins_and_does_not_climb() {
    for lags in [&[210.0, 150.0][..], &[70.0, 10.0], &[0.0, 10.0], &[400.0, 215.0]] {
        let mut joins = World::new().with_replica("a").serving("b", 64);
        joins.replica("a").signals.lag = points(joins.now, lags);
        joins.accepts(&joins.batch(vec![joins.join("a", 4)]));
        let mut climbs = World::new().serving("a", 4).serving("b", 64);
        climbs.replica("a").signals.lag = points(climbs.now, lags);
        let climb = climbs.batch(vec![climbs.swap(id("a").as_str(), 64)]);
        if lags[1] <= 30.0 {
            climbs.accepts(&climb);
        } else {
            climbs.refuses(&climb, invariant::FITNESS);
        }
        let mut returns = World::new().serving("a", 0).serving("b", 64);
        returns.replica("a").signals.lag = points(returns.now, lags);
        returns.refuses(&returns.batch(vec![returns.swap(id("a").as_str(), 4)]), invariant::FITNESS);
    }
}

#[test]
fn nobody_joins_on_an_extrapolated_lag_who_is_unfit_otherwise() {
    let unfit: [fn(&mut World); 3] = [
        |world| world.replica("a").status = status("modifying"),
        |world| world.replica("a").replication = Replication::Broken("error".to_owned()),
        |world| {
            let now = world.now;
            let source = world.seen.source.as_mut().unwrap();
            source.source = Some(InstanceId::new("origin"));
            source.signals.lag = points(now, &[90.0, 30.0, 0.0]);
        },
    ];
    for unfit in unfit {
        let mut world = World::new().with_replica("a").serving("b", 64);
        world.replica("a").signals.lag = points(world.now, &[150.0, 90.0]);
        let plan = world.batch(vec![world.join("a", 4)]);
        world.accepts(&plan);
        unfit(&mut world);
        world.refuses(&plan, invariant::FITNESS);
    }
}

/// The weight so far is in its CPU.
#[test]
fn nobody_climbs_hotter_than_all_others() {
    let raise = |own: Option<f64>, other: f64| {
        let mut world = World::new().serving("a", 4).serving("b", 64);
        let now = world.now;
        world.replica("a").signals.cpu = own.map_or(Reading::Missing, |own| points(now, &[0.0, own]));
        world.replica("b").signals.cpu = points(now, &[100.0, other]);
        let plan = world.batch(vec![world.swap(id("a").as_str(), 64)]);
        (world, plan)
    };
    for (own, other) in [(85.0, 10.0), (90.0, 90.0)] {
        let (world, plan) = raise(Some(own), other);
        world.accepts(&plan);
    }
    for (own, other) in [(Some(86.0), 10.0), (Some(91.0), 90.0), (None, 90.0)] {
        let (world, plan) = raise(own, other);
        world.refuses(&plan, invariant::FITNESS);
    }
}

/// One minute of a dwell is given up only where all others have nothing left.
#[test]
fn the_dwell_is_shorter_while_all_others_are_saturated() {
    for (cpu, minutes, accepted) in
        [([96.0, 96.0], 2, true), ([96.0, 95.0], 2, false), ([96.0, 96.0], 1, false), ([10.0, 10.0], 3, true)]
    {
        let mut world = World::new().serving("a", 4).serving("b", 64).serving("c", 64);
        let now = world.now;
        for (name, cpu) in [("b", cpu[0]), ("c", cpu[1])] {
            world.replica(name).signals.cpu = points(now, &[0.0, cpu]);
        }
        world.remember("a", Some(4), minutes);
        let plan = world.batch(vec![world.swap(id("a").as_str(), 64)]);
        if accepted {
            world.accepts(&plan);
        } else {
            world.refuses(&plan, invariant::DWELL);
        }
    }
    // Another that climbs is idle because it was asked for little.
    let mut pair = World::new().serving("a", 4).serving("b", 64).serving("c", 4);
    let now = pair.now;
    pair.replica("b").signals.cpu = points(now, &[0.0, 96.0]);
    pair.replica("c").signals.cpu = points(now, &[0.0, 10.0]);
    pair.remember("a", Some(4), 2);
    pair.accepts(&pair.batch(vec![pair.swap(id("a").as_str(), 64)]));
    let mut alone = World::new().serving("a", 4);
    alone.remember("a", Some(4), 2);
    alone.refuses(&alone.batch(vec![alone.swap(id("a").as_str(), 64)]), invariant::DWELL);
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
        // More than a look can hide, replication that stopped, and lags that stand still or fall step by step.
        &[75.0, 135.0, 195.0, 255.0, 315.0, 75.0],
        &[120.0, 180.0, 240.0, 300.0, 360.0, 420.0],
        &[45.0; 6],
        &[300.0, 240.0, 180.0, 120.0, 60.0, 58.0],
        &[180.0, 240.0, f64::NAN, f64::NAN, 200.0, 260.0],
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
    // Two changes of one age are on their way, and the observation tells of one: the other does not count as INSYNC.
    let mut world = World::new().serving("a", 4).serving("b", 4);
    for (name, change) in [("a", "C1"), ("b", "C2")] {
        world.unsynced(name);
        let known = world.history.rds_replicas.weights.get_mut(&SetId::new(id(name).as_str())).unwrap();
        known.change = Some(ChangeId::new(change));
    }
    world.told("C2", ChangeStatus::InSync);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::DWELL);
    world.told("C1", ChangeStatus::InSync);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 16)]));
}

//! A replica leaves the answers only under its removal, with somebody to take over, and for as long as resolvers and clients need.

use super::fixture::{FLOOR, World, id, points, status};
use super::removal::two;
use crate::check::invariant;
use crate::names::InstanceClass;
use crate::observation::{Reading, Replication};
use crate::plan::Ending;
use crate::policy::OnDeadline;
use crate::units::TtlSeconds;

#[test]
fn a_fit_replica_does_not_go_to_0_without_an_intent() {
    let world = two();
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 0)]), invariant::DRAIN);
    // An intent for another one is none.
    let world = two().serving("c", 64).removing("c", 1);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 0)]), invariant::DRAIN);
}

#[test]
fn a_draining_replica_gets_no_weight_unless_the_removal_is_taken_back() {
    let world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 1)]), invariant::DRAIN);
}

#[test]
fn a_drain_begins_only_with_someone_to_take_over() {
    let drain = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 0)]);
    let sound = two().removing("a", 1);
    sound.accepts(&drain(&sound));
    let spoil: [fn(&mut World); 5] = [
        |world| world.seen.records.weighted[2].weight = crate::units::Weight(16),
        |world| world.replica("b").signals.lag = points(world.now, &[31.0; 10]),
        |world| world.replica("b").signals.lag = Reading::Missing,
        |world| world.replica("b").replication = Replication::Broken("error".to_owned()),
        // What is full follows the largest of ours: the victim's own class counts until it goes.
        |world| {
            world.replica("b").class = InstanceClass::new("db.t3.small");
            world.seen.records.weighted[2].weight = crate::units::Weight(31);
        },
    ];
    for spoil in spoil {
        let mut world = sound.clone();
        spoil(&mut world);
        world.refuses(&drain(&world), invariant::DRAIN);
        let world = world.floor_at(1);
        world.accepts(&drain(&world));
    }
    // The floor is nobody to follow while the source does not serve.
    let mut world = sound.floor_at(1);
    world.replica("b").signals.lag = Reading::Missing;
    world.seen.source.as_mut().unwrap().status = status("rebooting");
    world.refuses(&drain(&world), invariant::DRAIN);
}

#[test]
fn all_zero_weights_are_not_made_worse() {
    let mut world = World::new().serving("serves", 0).serving("failed", 0);
    world.rds().floor = false;
    world.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
    world.replica("failed").status = status("failed");
    world.accepts(&world.batch(vec![world.drop(id("failed").as_str())]));
    world = world.removing("serves", 60);
    world.refuses(&world.batch(vec![world.drop(id("serves").as_str())]), invariant::LAST_SERVING);
}

#[test]
fn a_victim_that_failed_is_drained_like_any_other_and_is_left_for_a_person() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.replica("a").status = status("failed");
    world.replica("a").signals.connections = Reading::Missing;
    world.refuses(&world.batch(vec![world.drop(id("a").as_str())]), invariant::DRAIN);
    let mut gone = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    gone.remember("a", None, 5);
    gone.accepts(&gone.deleting("a", Ending::Drained));
    gone.replica("a").status = status("failed");
    gone.refuses(&gone.deleting("a", Ending::Drained), invariant::AT_REST);
    gone.replica("a").signals.connections = Reading::Missing;
    gone.refuses_for(&gone.deleting("a", Ending::Drained), &[invariant::AT_REST, invariant::DRAIN]);
}

/// The planner's own rule, and one that asks for less: any one quiet point, of any age.
#[test]
fn a_record_goes_after_as_many_points_in_a_row_as_the_policy_asks_for_from_after_resolvers_let_go() {
    let world = |connections: &[f64]| {
        let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
        world.remember("a", Some(0), 8);
        world.replica("a").signals.connections = points(world.now, connections);
        world
    };
    let leave = |world: &World| world.batch(vec![world.drop(id("a").as_str())]);
    // Before resolvers let go somebody was connected, and of the three points after that none shows anybody.
    let calm = world(&[9.0, 9.0, 9.0, 0.0, 1.0, 0.0]);
    calm.accepts(&leave(&calm));
    for busy in [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] {
        let world = world(&busy);
        world.refuses(&leave(&world), invariant::DRAIN);
    }
    let few = world(&[0.0, 0.0]);
    few.refuses(&leave(&few), invariant::DRAIN);
    let mut more = world(&[0.0; 30]);
    more.rds().drain.quiet_points = 6;
    more.accepts(&leave(&more));
    more.rds().drain.quiet_points = 7;
    more.refuses(&leave(&more), invariant::DRAIN);
}

#[test]
fn force_waits_for_the_deadline_and_for_the_weight() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 59);
    world.replica("a").signals.connections = Reading::Missing;
    world.rds().drain.on_deadline = OnDeadline::Force;
    let leave = |world: &World| world.batch(vec![world.drop(id("a").as_str())]);
    world.refuses(&leave(&world), invariant::DRAIN);
    let mut world = world.removing("a", 60);
    world.accepts(&leave(&world));
    world.remember("a", Some(0), 0);
    world.refuses(&leave(&world), invariant::DRAIN);
}

#[test]
fn a_promoted_replica_is_nobody_to_fall_back_on_and_keeps_no_weight() {
    let mut world = two().removing("a", 1);
    world.rds().floor = false;
    world.replica("b").source = None;
    world.refuses_for(
        &world.batch(vec![world.swap(id("a").as_str(), 0)]),
        &[invariant::LAST_SERVING, invariant::DRAIN],
    );
    world.refuses(&world.batch(vec![world.swap(id("b").as_str(), 0)]), invariant::OWNERSHIP);
}

#[test]
fn resolvers_keep_a_record_for_its_own_ttl() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.seen.records.weighted[1].ttl = TtlSeconds(300);
    world.remember("a", Some(0), 14);
    world.refuses(&world.batch(vec![world.drop(id("a").as_str())]), invariant::DRAIN);
}

//! What a decision counts from: who has been silent beyond its time is no capacity, and nobody else is left out.

use super::fixture::{World, points, status};
use super::removal::drain_begins;
use crate::check::invariant;
use crate::history::NotServing;
use crate::names::InstanceId;
use crate::plan::Plan;
use crate::units::Count;

/// Two of ours, of which one is in this state.
fn one_is(word: &str) -> World {
    let mut world = World::new().serving("a", 64).serving("b", 0);
    world.replica("b").status = status(word);
    world
}

/// One more, decided from a count that leaves so many out.
fn leaving_out(world: &World, left_out: u32) -> Plan {
    let mut plan = world.creating(&["c"]);
    let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
    intent.from = intent.from.minus(Count(left_out));
    plan
}

#[test]
fn who_has_been_silent_for_an_hour_does_not_count_and_nobody_else_is_left_out() {
    for word in ["storage-full", "stopped", "unheard-of", "creating"] {
        let mut world = one_is(word);
        // Nobody knows since when, or it is a reboot as yet.
        world.accepts(&leaving_out(&world, 0));
        world.refuses(&leaving_out(&world, 1), invariant::DEAD_CAPACITY);
        world.silent("b", 59);
        world.accepts(&leaving_out(&world, 0));
        world.refuses(&leaving_out(&world, 1), invariant::DEAD_CAPACITY);
        world.silent("b", 60);
        world.accepts(&leaving_out(&world, 1));
        world.refuses(&leaving_out(&world, 0), invariant::DEAD_CAPACITY);
        // Two are never left out for one.
        world.refuses(&leaving_out(&world, 2), invariant::DEAD_CAPACITY);
    }
}

#[test]
fn who_serves_counts_whatever_the_ledger_says() {
    let mut world = World::new().serving("a", 64).serving("b", 4);
    world.silent("b", 600);
    let mut plan = leaving_out(&world, 1);
    plan.history.rds_replicas.not_serving.clear();
    world.refuses(&plan, invariant::DEAD_CAPACITY);
    let mut plan = leaving_out(&world, 0);
    plan.history.rds_replicas.not_serving.clear();
    world.accepts(&plan);
    // And its clock has ended.
    world.refuses(&leaving_out(&world, 0), invariant::DEAD_CAPACITY);
}

#[test]
fn who_is_fit_again_counts_and_who_lags_may_or_may_not() {
    let mut world = World::new().serving("a", 64).serving("b", 0);
    world.silent("b", 600);
    world.refuses(&leaving_out(&world, 1), invariant::DEAD_CAPACITY);
    world.accepts(&leaving_out(&world, 0));
    world.replica("b").signals.lag = points(world.now, &[4000.0; 9]);
    world.accepts(&leaving_out(&world, 1));
    world.accepts(&leaving_out(&world, 0));
}

#[test]
fn a_creation_that_is_over_has_another_clock() {
    let mut world = one_is("creating");
    world.silent("b", 600);
    world.accepts(&leaving_out(&world, 1));
    world.replica("b").status = status("rebooting");
    world.refuses(&leaving_out(&world, 1), invariant::DEAD_CAPACITY);
    world.accepts(&leaving_out(&world, 0));
}

#[test]
fn a_removal_is_not_decided_for_one_that_is_dead_already() {
    let mut world = World::new().serving("a", 64).serving("b", 64).serving("d", 0);
    world.replica("d").status = status("storage-full");
    world.silent("d", 60);
    let mut plan = drain_begins(&world);
    world.refuses(&plan, invariant::DEAD_CAPACITY);
    let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
    (intent.from, intent.to) = (Count(2), Count(1));
    world.accepts(&plan);
}

#[test]
fn clocks_are_neither_invented_nor_wound_back_nor_forgotten() {
    let mut world = one_is("storage-full");
    let clock =
        |world: &World, minutes| NotServing { since: world.ago(minutes), making: false, seen: world.now };
    let remembering = |world: &World, minutes| {
        let mut plan = world.plan(Vec::new());
        plan.history.rds_replicas.not_serving.insert(InstanceId::new("tg-orders-b"), clock(world, minutes));
        plan
    };
    world.accepts(&remembering(&world, 0));
    world.refuses(&remembering(&world, 1), invariant::DEAD_CAPACITY);
    world.silent("b", 30);
    world.accepts(&remembering(&world, 30));
    world.refuses(&remembering(&world, 61), invariant::DEAD_CAPACITY);
    world.refuses(&remembering(&world, 0), invariant::DEAD_CAPACITY);
    let mut forgetful = world.plan(Vec::new());
    forgetful.history.rds_replicas.not_serving.clear();
    world.refuses(&forgetful, invariant::DEAD_CAPACITY);
}

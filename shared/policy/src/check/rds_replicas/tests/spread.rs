//! Broken planners that believe too early that all name servers know: the memory that they write is held against what was observed.

use jiff::SignedDuration;

use super::fixture::{World, id};
use crate::check::invariant;
use crate::history::WeightSince;
use crate::names::{ChangeId, SetId};
use crate::observation::ChangeStatus;
use crate::plan::Plan;
use crate::units::Weight;

/// A victim whose weight went to 0 so many minutes ago, by a change that is not known to be INSYNC.
fn changing(minutes: i64) -> World {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 30);
    world.remember("a", Some(0), minutes);
    world.unsynced("a");
    world.told("C1", ChangeStatus::Pending);
    world
}

/// The same, by a change whose id nobody has.
fn changed_by_nobody(minutes: i64) -> World {
    let mut world = changing(minutes);
    world.history.rds_replicas.weights.get_mut(&SetId::new(id("a").as_str())).unwrap().change = None;
    world.seen.change = None;
    world
}

/// A plan that remembers something else of the victim's weight.
fn remembering(world: &World, change: impl Fn(&mut WeightSince)) -> Plan {
    let mut plan = world.plan(vec![]);
    change(plan.history.rds_replicas.weights.get_mut(&SetId::new(id("a").as_str())).unwrap());
    plan
}

#[test]
fn insync_before_route_53_says_so() {
    let broken_planner =
        |world: &World| remembering(world, |known| (known.insync_at, known.change) = (Some(world.now), None));
    let mut world = changing(30);
    for status in [ChangeStatus::Pending, ChangeStatus::Unknown] {
        world.told("C1", status);
        world.refuses(&broken_planner(&world), invariant::SPREAD);
    }
    world.seen.change = None;
    world.refuses(&broken_planner(&world), invariant::SPREAD);
    world.told("C1", ChangeStatus::InSync);
    world.accepts(&broken_planner(&world));
    // Another is on its way too, whether older, of the same age or younger: what counts is of which Route 53 tells.
    for age in [40, 30, 20] {
        world.remember("b", Some(64), age);
        let other = world.history.rds_replicas.weights.get_mut(&SetId::new(id("b").as_str())).unwrap();
        (other.change, other.insync_at) = (Some(ChangeId::new("C0")), None);
        world.told("C0", ChangeStatus::InSync);
        world.refuses(&broken_planner(&world), invariant::SPREAD);
        world.told("C1", ChangeStatus::InSync);
        world.accepts(&broken_planner(&world));
    }
}

#[test]
fn insync_at_once_without_an_id() {
    let broken_planner = |world: &World| remembering(world, |known| known.insync_at = Some(world.now));
    for (minutes, is_spread) in [(0, false), (1, false), (2, true)] {
        let world = changed_by_nobody(minutes);
        if is_spread {
            world.accepts(&broken_planner(&world));
        } else {
            world.refuses(&broken_planner(&world), invariant::SPREAD);
        }
    }
}

#[test]
fn a_change_that_route_53_does_not_show_forgotten_at_once() {
    let broken_planner = |world: &World| remembering(world, |known| known.change = None);
    for (minutes, is_forgotten) in [(2, false), (9, false), (10, true)] {
        let mut world = changing(minutes);
        world.refuses(&broken_planner(&world), invariant::SPREAD);
        // Nothing is known of it: it was not asked for, or another was.
        world.seen.change = None;
        world.refuses(&broken_planner(&world), invariant::SPREAD);
        world.told("C0", ChangeStatus::Unknown);
        world.refuses(&broken_planner(&world), invariant::SPREAD);
        world.told("C1", ChangeStatus::Unknown);
        if is_forgotten {
            world.accepts(&broken_planner(&world));
        } else {
            world.refuses(&broken_planner(&world), invariant::SPREAD);
        }
    }
}

#[test]
fn insync_earlier_than_it_was_seen() {
    let mut world = changing(30);
    world.told("C1", ChangeStatus::InSync);
    let earlier = remembering(&world, |known| (known.insync_at, known.change) = (Some(world.ago(5)), None));
    world.refuses(&earlier, invariant::SPREAD);
    world.remember("a", Some(0), 10);
    world.refuses(&remembering(&world, |known| known.insync_at = Some(world.ago(20))), invariant::SPREAD);
    world.accepts(&remembering(&world, |known| known.insync_at = Some(world.ago(5))));
    world.accepts(&remembering(&world, |known| known.insync_at = None));
}

#[test]
fn a_weight_remembered_that_is_not_there() {
    let mut world = changing(30);
    // It came back, and the planner goes on as if nothing had happened.
    world
        .seen
        .records
        .weighted
        .iter_mut()
        .find(|record| record.set_id.as_str() == id("a").as_str())
        .unwrap()
        .weight = Weight(64);
    let mut plan = world.plan(vec![]);
    world.accepts(&plan);
    plan.history = world.history.clone();
    world.refuses(&plan, invariant::SPREAD);
    // As it is now, and for longer than anybody knows.
    let long = |known: &mut WeightSince| known.since -= SignedDuration::from_mins(10);
    world.refuses(&remembering(&world, long), invariant::SPREAD);
    world.refuses(&remembering(&world, |known| known.insync_at = Some(world.now)), invariant::SPREAD);
    let old = |known: &mut WeightSince| known.change = Some(ChangeId::new("C-of-yesterday"));
    world.refuses(&remembering(&world, old), invariant::SPREAD);
}

/// A clock that went back: the later of two times counts, and none that is still to come.
#[test]
fn of_two_clocks_that_disagree_the_later_counts() {
    let leave = |since: i64, insync: i64| {
        let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
        world.remember("a", Some(0), since);
        let insync_at = Some(world.ago(insync));
        world.history.rds_replicas.weights.get_mut(&SetId::new(id("a").as_str())).unwrap().insync_at =
            insync_at;
        let plan = world.batch(vec![world.drop(id("a").as_str())]);
        (world, plan)
    };
    for (since, insync) in [(60, 60), (30, 60), (60, 30)] {
        let (world, plan) = leave(since, insync);
        world.accepts(&plan);
    }
    for (since, insync) in [(0, 60), (60, 0), (-1, 60), (60, -1)] {
        let (world, plan) = leave(since, insync);
        world.refuses(&plan, invariant::DRAIN);
    }
}

#[test]
fn what_is_remembered_of_an_older_prefix_holds_nothing_up() {
    let mut world = World::new().serving("a", 64);
    let other = SetId::new("tg-before-1");
    world
        .history
        .rds_replicas
        .weights
        .insert(other.clone(), world.history.rds_replicas.weights[&SetId::new(id("a").as_str())].clone());
    let mut plan = world.plan(vec![]);
    plan.history = world.history.clone();
    world.accepts(&plan);
    plan.history.rds_replicas.weights.get_mut(&other).unwrap().since -= SignedDuration::from_mins(10);
    world.refuses(&plan, invariant::SPREAD);
}

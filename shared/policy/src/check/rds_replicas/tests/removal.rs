//! A removal begins on data that is there, with a victim that nobody holds on to.

use super::fixture::{Begin, World, id, points};
use crate::check::invariant;
use crate::names::{AvailabilityZone, DecisionId, InstanceId, ResourceId};
use crate::observation::Reading;
use crate::plan::{Ending, Plan};
use crate::units::Count;

/// R0 and R2 of `a`, with `b` left.
pub(super) fn drain_begins(world: &World) -> Plan {
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 0)]);
    plan.begin(world.removal("a", 0));
    plan.write_ahead = true;
    plan
}

pub(super) fn two() -> World {
    World::new().serving("a", 64).serving("b", 64)
}

/// R0 of this one beside whatever is under way.
fn begins(world: &World, name: &str) -> Plan {
    let mut plan = world.plan(vec![]);
    let mut removal = world.removal(name, 0);
    removal.decision = DecisionId::new("d10");
    removal.from = Count(2);
    plan.begin(removal);
    plan
}

#[test]
fn two_are_on_their_way_out_at_most_and_none_while_another_is_on_its_way_in() {
    let four = || World::new().serving("a", 64).serving("b", 64).serving("c", 64).serving("d", 64);
    let mut beside = four().removing("a", 5);
    let mut plan = begins(&beside, "b");
    plan.history.rds_replicas.intents[1].from = Count(3);
    beside.accepts(&plan);
    beside.history.rds_replicas.intents.push(beside.removal("c", 5));
    beside.history.rds_replicas.intents[1].decision = DecisionId::new("d7");
    beside.refuses(&begins(&beside, "b"), invariant::ONE_TRANSITION);
    let mut adding = four();
    adding.history.rds_replicas.intents = vec![adding.addition(&["x"], 5)];
    let mut plan = begins(&adding, "a");
    plan.history.rds_replicas.intents[1].from = Count(5);
    adding.refuses(&plan, invariant::ONE_TRANSITION);
    // The same one twice.
    let twice = four().removing("a", 5);
    let mut plan = begins(&twice, "a");
    plan.history.rds_replicas.intents[1].from = Count(3);
    twice.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn two_that_leave_leave_no_zone_without_a_replica() {
    let zones = |zones: [&str; 3]| {
        let mut world = World::new().serving("a", 64).serving("b", 64).serving("c", 64).removing("a", 5);
        for (name, zone) in ["a", "b", "c"].into_iter().zip(zones) {
            world.replica(name).zone = Some(AvailabilityZone::new(zone));
        }
        let plan = begins(&world, "b");
        (world, plan)
    };
    let (world, plan) = zones(["eu-west-1a", "eu-west-1b", "eu-west-1b"]);
    world.accepts(&plan);
    for last in [["eu-west-1a", "eu-west-1a", "eu-west-1b"], ["eu-west-1a", "eu-west-1b", "eu-west-1a"]] {
        let (world, plan) = zones(last);
        world.refuses(&plan, invariant::MINIMUM);
    }
}

#[test]
fn a_removal_begins_only_where_those_that_stay_carry_the_load() {
    let loaded = |each: f64, leaving: &[&str]| {
        let mut world = World::new().serving("a", 64).serving("b", 64).serving("c", 64).serving("d", 64);
        let now = world.now;
        for name in ["a", "b", "c", "d"] {
            world.replica(name).signals.cpu = points(now, &[each; 10]);
        }
        world.history.rds_replicas.intents = leaving.iter().map(|name| world.removal(name, 5)).collect();
        world
    };
    let begin = |world: &World, from| {
        let mut plan = begins(world, "b");
        plan.history.rds_replicas.intents.last_mut().unwrap().from = Count(from);
        plan
    };
    // Without a rule of its own 80% is the limit, and a tenth of that the margin: 72% of three, or of two.
    for (each, leaving, from, carried) in
        [(54.0, &[][..], 4, true), (54.1, &[], 4, false), (36.0, &["a"], 3, true), (36.1, &["a"], 3, false)]
    {
        let world = loaded(each, leaving);
        let plan = begin(&world, from);
        if carried {
            world.accepts(&plan);
        } else {
            world.refuses(&plan, invariant::CARRIED);
        }
    }
    // Without a weight it carries its clients still: what was read of the others does not have it yet.
    let mut drained = loaded(30.0, &["a"]);
    let of_a = id("a");
    let record =
        drained.seen.records.weighted.iter_mut().find(|record| record.set_id.as_str() == of_a.as_str());
    record.unwrap().weight = crate::units::Weight(0);
    drained.accepts(&begin(&drained, 3));
    drained.replica("a").signals.cpu = points(drained.now, &[60.0; 10]);
    drained.refuses(&begin(&drained, 3), invariant::CARRIED);
    let mut primary = loaded(40.0, &[]);
    primary.seen.source.as_mut().unwrap().signals.cpu = points(primary.now, &[61.9; 10]);
    primary.accepts(&begin(&primary, 4));
    primary.seen.source.as_mut().unwrap().signals.cpu = points(primary.now, &[62.1; 10]);
    primary.refuses(&begin(&primary, 4), invariant::CARRIED);
    let mut connected = loaded(10.0, &[]);
    for name in ["a", "b", "c", "d"] {
        connected.replica(name).signals.connections = points(connected.now, &[550.0; 10]);
        connected.replica(name).signals.max_connections = Some(1000);
    }
    connected.refuses(&begin(&connected, 4), invariant::CARRIED);
}

#[test]
fn a_removal_does_not_begin_on_missing_or_old_data() {
    two().accepts(&drain_begins(&two()));
    let mut world = two();
    world.replica("b").signals.connections = Reading::Missing;
    world.refuses(&drain_begins(&world), invariant::MISSING_DATA);
    let mut world = two();
    world.seen.source.as_mut().unwrap().signals.cpu = points(world.ago(10), &[1.0; 9]);
    let Reading::Fresh(series) = points(world.now, &[1.0; 9]) else { panic!() };
    world.seen.source.as_mut().unwrap().signals.cpu = Reading::Stale(series);
    world.refuses(&drain_begins(&world), invariant::MISSING_DATA);
}

#[test]
fn a_victim_that_people_hold_on_to_does_not_leave() {
    let hold: [fn(&mut World); 4] = [
        |world| world.replica("a").deletion_protection = true,
        |world| {
            world.replica("a").tags.insert("tidegate:pin".to_owned(), String::new());
        },
        |world| world.replica("a").children.push(InstanceId::new("child")),
        |world| world.replica("a").resource_id = ResourceId::new("db-another"),
    ];
    for hold in hold {
        let mut world = two();
        hold(&mut world);
        world.refuses(&drain_begins(&world), invariant::VICTIM);
        let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
        world.remember("a", None, 5);
        hold(&mut world);
        world.refuses(&world.deleting("a", Ending::Drained), invariant::VICTIM);
    }
}

#[test]
fn a_victim_is_there_and_ours() {
    let begin = |world: &World| {
        let mut plan = world.plan(vec![]);
        plan.begin(world.removal("a", 0));
        plan
    };
    two().accepts(&begin(&two()));
    let world = World::new().serving("b", 64);
    world.refuses(&begin(&world), invariant::VICTIM);
    let mut world = two();
    world.replica("a").tags.clear();
    world.refuses(&begin(&world), invariant::OWNERSHIP);
    let mut world = two();
    world.seen.source = None;
    world.refuses(&begin(&world), invariant::MISSING_DATA);
}

#[test]
fn an_intent_alone_is_held_to_the_minimum() {
    let mut world = two();
    world.target.scaling.min = Count(2);
    let mut plan = world.plan(vec![]);
    plan.begin(world.removal("a", 0));
    world.refuses(&plan, invariant::MINIMUM);
}

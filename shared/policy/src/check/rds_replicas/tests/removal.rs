//! A removal begins on data that is there, with a victim that nobody holds on to.

use super::fixture::{Begin, World, id, points};
use crate::check::invariant;
use crate::names::{InstanceId, ResourceId};
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

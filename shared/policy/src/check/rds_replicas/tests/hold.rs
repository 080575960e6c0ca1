//! What a person holds out of the answers: it falls silent, and nothing else is done to it.

use super::fixture::{FLOOR, World, id, status};
use super::removal::drain_begins;
use crate::check::invariant;
use crate::plan::{Ending, Plan};
use crate::units::Count;

/// `a` is held, at this weight, beside `b` at another.
fn held(weight: u8, other: u8) -> World {
    let mut world = World::new().serving("a", weight).serving("b", other);
    world.replica("a").tags.insert("tidegate:hold".to_owned(), "a person".to_owned());
    world
}

fn silenced(world: &World) -> Plan {
    world.batch(vec![world.swap(id("a").as_str(), 0)])
}

#[test]
fn it_falls_silent_without_an_intent_once_somebody_takes_over() {
    held(64, 64).accepts(&silenced(&held(64, 64)));
    // One that only climbs does not take over at once: the primary does.
    let climbing = held(64, 16);
    climbing.refuses(&silenced(&climbing), invariant::DRAIN);
    climbing.accepts(&climbing.ordered(vec![climbing.swap(id("a").as_str(), 0), climbing.swap(FLOOR, 64)]));
    // Without a floor it is enough that somebody answers, and nobody is not enough.
    let mut bare = climbing;
    bare.rds().floor = false;
    bare.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
    bare.accepts(&silenced(&bare));
    let mut alone = held(64, 0);
    alone.rds().floor = false;
    alone.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
    alone.refuses(&silenced(&alone), invariant::LAST_SERVING);
    // Nobody holds it: then it takes an intent.
    let mut free = held(64, 64);
    free.replica("a").tags.remove("tidegate:hold");
    free.refuses(&silenced(&free), invariant::DRAIN);
}

#[test]
fn what_does_not_serve_falls_silent_beside_one_that_climbs() {
    for word in ["stopped", "rebooting"] {
        let mut world = held(64, 4);
        world.replica("a").status = status(word);
        world.accepts(&silenced(&world));
    }
}

#[test]
fn the_floor_is_not_raised_beside_one_that_climbs_for_anything_else() {
    let mut world = held(64, 16);
    world.replica("a").tags.remove("tidegate:hold");
    world.refuses(&world.batch(vec![world.swap(FLOOR, 64)]), invariant::FLOOR);
    let held = held(0, 16);
    held.refuses(&held.batch(vec![held.swap(FLOOR, 64)]), invariant::FLOOR);
}

/// Whoever answers at full weight may take over from it, although chosen to leave: that one stays until somebody takes over from it in turn.
#[test]
fn one_that_is_to_leave_takes_over_from_it() {
    let mut held = held(64, 64);
    held = held.removing("b", 5);
    held.accepts(&held.batch(vec![held.swap(id("a").as_str(), 0)]));
}

#[test]
fn it_never_rises_and_never_joins() {
    let mut world = held(1, 64);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 4)]), invariant::HELD);
    world.seen.records.weighted.retain(|record| record.set_id.as_str() != id("a").as_str());
    world.refuses(&world.batch(vec![world.join("a", 4)]), invariant::HELD);
    // Nor by a removal that is taken back.
    let removing = held(0, 64).removing("a", 5);
    let mut back = removing.batch(vec![removing.swap(id("a").as_str(), 64)]);
    back.history.rds_replicas.intents.clear();
    back.write_ahead = true;
    removing.refuses(&back, invariant::HELD);
}

#[test]
fn it_neither_begins_to_leave_nor_is_deleted() {
    let begins = |world: &World| {
        let mut plan = drain_begins(world);
        let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
        (intent.from, intent.to) = (Count(1), Count(0));
        plan
    };
    held(64, 64).refuses(&begins(&held(64, 64)), invariant::VICTIM);
    let mut drained = World::new().with_replica("a").serving("b", 64).removing("a", 30);
    drained.remember("a", None, 20);
    drained.accepts(&drained.deleting("a", Ending::Drained));
    drained.replica("a").tags.insert("tidegate:hold".to_owned(), String::new());
    drained.refuses(&drained.deleting("a", Ending::Drained), invariant::VICTIM);
}

#[test]
fn it_counts_as_theirs() {
    let world = held(0, 64);
    let counting = |from: u32| {
        let mut plan = world.creating(&["c"]);
        plan.history.rds_replicas.intents.first_mut().unwrap().from = Count(from);
        plan
    };
    world.accepts(&counting(1));
    world.refuses(&counting(2), invariant::DEAD_CAPACITY);
    // And against the maximum.
    let mut full = world.clone();
    full.target.scaling.max = Count(2);
    full.refuses(&counting(1), invariant::COUNT_ALL);
}

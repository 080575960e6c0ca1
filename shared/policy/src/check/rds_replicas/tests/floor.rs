//! The floor rises only where nobody else serves, and falls only once somebody does.

use super::fixture::{FLOOR, SOURCE, World, endpoint, id, status};
use crate::check::invariant;
use crate::names::InstanceClass;
use crate::plan::RecordChange;
use crate::units::TtlSeconds;

#[test]
fn the_floor_is_not_raised_on_a_source_that_does_not_serve() {
    let mut world = World::new();
    world.seen.source.as_mut().unwrap().status = status("rebooting");
    world.refuses(&world.batch(vec![world.swap(FLOOR, 1)]), invariant::SERVING_STATE);
    let mut world = World::new();
    world.rds().floor = false;
    world.refuses(&world.batch(vec![world.swap(FLOOR, 1)]), invariant::FLOOR);
}

#[test]
fn the_floor_rises_only_where_no_replica_serves_and_never_above_a_full_weight() {
    let world = World::new().serving("a", 1);
    world.refuses(&world.batch(vec![world.swap(FLOOR, 64)]), invariant::FLOOR);
    let mut down = world.clone();
    down.replica("a").status = status("rebooting");
    down.accepts(&down.batch(vec![down.swap(id("a").as_str(), 0), down.swap(FLOOR, 64)]));
    down.accepts(&down.batch(vec![down.swap(FLOOR, 64)]));
    down.refuses(&down.batch(vec![down.swap(FLOOR, 65)]), invariant::FLOOR);
    // Up already, higher than it should be, and only its TTL mended.
    let mut up = World::new().floor_at(200).serving("a", 64);
    up.seen.records.weighted[0].ttl = TtlSeconds(300);
    up.accepts(&up.batch(vec![up.swap(FLOOR, 200)]));
}

#[test]
fn the_floor_falls_only_once_a_replica_has_its_full_weight() {
    let lower = |world: &World| world.batch(vec![world.swap(FLOOR, 0)]);
    let world = World::new().floor_at(64).serving("a", 16);
    world.refuses(&lower(&world), invariant::FLOOR);
    world.refuses(&world.batch(vec![world.drop(FLOOR)]), invariant::FLOOR);
    // A small class is full at less, beside a larger one that has only begun.
    let mut world = world.serving("b", 1);
    world.replica("b").class = InstanceClass::new("db.r6g.xlarge");
    world.accepts(&lower(&world));
    world.accepts(&world.batch(vec![world.drop(FLOOR)]));
    world.replica("a").class = InstanceClass::new("db.r6g.large");
    world.refuses(&lower(&world), invariant::FLOOR);
}

#[test]
fn a_floor_is_lowered_blindly_only_as_it_stands() {
    let mut world = World::new().floor_at(64).serving("a", 64);
    let lowered = |world: &World, value: &str| {
        let mut lowered = world.swap(FLOOR, 0);
        if let RecordChange::Create(record) = &mut lowered[1] {
            record.value = endpoint(value);
        }
        world.batch(vec![lowered])
    };
    world.seen.source = None;
    world.accepts(&lowered(&world, SOURCE));
    world.refuses(&lowered(&world, "elsewhere"), invariant::SOURCE);
    // Where the source is known, the floor points at it.
    let mut world = World::new().floor_at(64).serving("a", 64);
    world.seen.source.as_mut().unwrap().endpoint = Some(endpoint("moved"));
    world.refuses(&lowered(&world, SOURCE), invariant::SOURCE);
}

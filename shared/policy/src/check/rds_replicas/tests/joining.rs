//! A record is made for an instance that serves, points at it, and fits under the name.

use super::fixture::{World, endpoint, id, record, status};
use super::removal::two;
use crate::check::invariant;
use crate::plan::RecordChange;
use crate::units::TtlSeconds;

#[test]
fn no_record_for_an_instance_that_does_not_serve() {
    for (state, invariants) in [
        ("creating", &[invariant::SERVING_STATE, invariant::FITNESS][..]),
        ("failed", &[invariant::SERVING_STATE, invariant::FITNESS]),
        ("deleting", &[invariant::SERVING_STATE, invariant::FITNESS]),
    ] {
        let mut world = World::new().with_replica("a").serving("b", 64);
        world.replica("a").status = status(state);
        world.refuses_for(&world.batch(vec![world.join("a", 4)]), invariants);
    }
    let world = World::new().serving("b", 64);
    world.refuses_for(
        &world.batch(vec![world.join("missing", 4)]),
        &[invariant::SERVING_STATE, invariant::BATCH],
    );
}

#[test]
fn a_record_points_at_its_own_instance() {
    let world = two().with_replica("c");
    let c = id("c");
    let wrong = vec![RecordChange::Create(record(c.as_str(), 4, endpoint("elsewhere")))];
    world.refuses(&world.batch(vec![wrong]), invariant::BATCH);
}

#[test]
fn nobody_joins_a_name_that_cannot_hold_the_record() {
    // The TTL written last is the group's: that may change a record of ours, and nobody else's.
    let mut world = two().with_replica("c");
    world.seen.records.weighted[0].ttl = TtlSeconds(300);
    world.accepts(&world.batch(vec![world.join("c", 4)]));
    world.seen.records.weighted.push(record("blue", 10, endpoint("blue")));
    world.accepts(&world.batch(vec![world.join("c", 4)]));
    if let Some(blue) = world.seen.records.weighted.last_mut() {
        blue.ttl = TtlSeconds(300);
    }
    world.refuses(&world.batch(vec![world.join("c", 4)]), invariant::BATCH);
    let mut world = World::new().with_replica("c");
    world.seen.records.conflict = Some("a simple CNAME".to_owned());
    world.refuses(&world.batch(vec![world.join("c", 4)]), invariant::BATCH);
}

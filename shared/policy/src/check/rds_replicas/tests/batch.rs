//! A batch of records says each thing once, and swaps what was found under this reader name.

use super::fixture::{FLOOR, World, endpoint, id, record, status};
use super::removal::two;
use crate::check::invariant;
use crate::names::DnsName;
use crate::plan::{Action, RdsReplicasAction, RecordChange};
use crate::units::TtlSeconds;

#[test]
fn a_batch_is_a_compare_and_swap_on_this_reader_name() {
    let world = World::new().serving("a", 16).serving("b", 64);
    let a = id("a");
    world.refuses(&world.batch(vec![]), invariant::BATCH);
    let mut other = world.batch(vec![world.swap(a.as_str(), 48)]);
    if let Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) = &mut other.actions[0] {
        batch.name = DnsName::new("billing-ro.example.com");
    }
    world.refuses(&other, invariant::BATCH);
    let mut stale = world.swap(a.as_str(), 48);
    stale[0] = RecordChange::Delete(record(a.as_str(), 32, endpoint(a.as_str())));
    world.refuses(&world.batch(vec![stale]), invariant::BATCH);
    let over = world.swap(a.as_str(), 48).split_off(1);
    world.refuses(&world.batch(vec![over]), invariant::BATCH);
    let mut slow = world.swap(a.as_str(), 48);
    if let RecordChange::Create(record) = &mut slow[1] {
        record.ttl = TtlSeconds(300);
    }
    world.refuses(&world.batch(vec![slow]), invariant::BATCH);
    world.refuses(&world.batch(vec![world.swap(a.as_str(), 16)]), invariant::FIXED_POINT);
}

#[test]
fn no_line_is_deleted_after_the_ttl_of_the_group_was_written() {
    let mut world = World::new().serving("a", 64);
    for record in &mut world.seen.records.weighted {
        record.ttl = TtlSeconds(300);
    }
    let swaps = vec![world.swap(id("a").as_str(), 64), world.swap(FLOOR, 0)];
    world.accepts(&world.ordered(swaps.clone()));
    world.refuses(&world.batch(swaps), invariant::BATCH);
}

#[test]
fn no_raise_on_an_instance_that_is_down_and_no_swap_on_one_that_is_missing_or_promoted() {
    let mut world = two();
    world.seen.records.weighted[1].ttl = TtlSeconds(300);
    let swap = |world: &World, weight| world.batch(vec![world.swap(id("a").as_str(), weight)]);
    let mut down = world.clone();
    down.seen.records.weighted[1].weight = crate::units::Weight(16);
    down.remember("a", Some(16), 60);
    down.replica("a").status = status("rebooting");
    down.refuses_for(&swap(&down, 64), &[invariant::SERVING_STATE, invariant::FITNESS]);
    let mut promoted = world.clone();
    promoted.replica("a").source = None;
    promoted.refuses(&swap(&promoted, 64), invariant::OWNERSHIP);
    world.seen.replicas.retain(|replica| replica.id != id("a"));
    world.refuses(&swap(&world, 64), invariant::SERVING_STATE);
}

#[test]
fn a_batch_says_a_thing_once_and_fits_under_the_name() {
    let world = World::new().serving("a", 16).serving("b", 64);
    let swap = world.swap(id("a").as_str(), 48);
    let twice = |line: usize| [swap.clone(), vec![swap[line].clone()]];
    world.refuses(&world.batch(twice(0).to_vec()), invariant::BATCH);
    world.refuses(&world.batch(twice(1).to_vec()), invariant::BATCH);
    let mut world = two().with_replica("c");
    for theirs in 0..97 {
        world.seen.records.weighted.push(record(&format!("theirs-{theirs}"), 1, endpoint("theirs")));
    }
    world.refuses(&world.batch(vec![world.join("c", 4)]), invariant::BATCH);
}

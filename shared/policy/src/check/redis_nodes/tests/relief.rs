//! Planners that give keys one shard after another, and those that forget why they should not.

use super::fixture::{Mistaken, World};
use crate::check::invariant;
use crate::history::Goal;
use crate::observation::DataTiering;
use crate::plan::Plan;
use crate::policy::{NodeMetric, Signal};
use crate::units::Count;

/// Three shards that are so full.
fn full(memory: f64) -> World {
    World::clustered(&[1, 1, 1]).reads_all(NodeMetric::Memory, memory)
}

fn one_more(world: &World) -> Plan {
    world.shards(4, &[])
}

#[test]
fn takes_full_memory_for_full_nodes_although_values_go_to_ssd() {
    let mut world = full(99.0);
    world.accepts(&one_more(&world));
    world.group().tiering = DataTiering::Enabled;
    let capacity = |world: &World, value| world.clone().reads_all(NodeMetric::Capacity, value);
    let idle = capacity(&world, 40.0);
    idle.refuses(&one_more(&idle), invariant::RIGHT_LEVER);
    let full = capacity(&world, 90.0);
    full.accepts(&one_more(&full));
    // Where the metric that counts is not there, none takes its place.
    world.refuses(&one_more(&world), invariant::RIGHT_LEVER);
}

#[test]
fn takes_quiet_memory_for_room_although_ssds_are_full() {
    let world = World::clustered(&[1, 1, 1]);
    world.accepts(&world.shards(2, &[3]));
    let mut tiered = world.reads_all(NodeMetric::Capacity, 70.0);
    tiered.group().tiering = DataTiering::Enabled;
    tiered.refuses(&tiered.shards(2, &[3]), invariant::PROJECTION);
}

#[test]
fn adds_shard_after_shard_to_memory_that_does_not_fall() {
    let unused = full(80.0);
    unused.accepts(&one_more(&unused));
    let stopped = full(80.0).relieved_by_a_shard(80.0, 60);
    stopped.refuses(&one_more(&stopped), invariant::RELIEF);
    // It fell, or rose.
    let fell = full(80.0).relieved_by_a_shard(90.0, 60);
    fell.accepts(&one_more(&fell));
    let rose = full(86.0).relieved_by_a_shard(80.0, 60);
    rose.accepts(&one_more(&rose));
    let barely = full(84.0).relieved_by_a_shard(80.0, 60);
    barely.refuses(&one_more(&barely), invariant::RELIEF);
    // Writes, a minimum and a person's larger maximum are causes of their own.
    let busy = full(80.0).relieved_by_a_shard(80.0, 60).at("sessions-0001-001", NodeMetric::EngineCpu, 90.0);
    busy.accepts(&one_more(&busy));
    let mut raised = full(80.0).relieved_by_a_shard(80.0, 60);
    raised.target.scaling.max = Count(20);
    raised.accepts(&one_more(&raised));
    let low = full(80.0).relieved_by_a_shard(80.0, 60).window(("00:00", "23:59"), Some(8), None);
    low.accepts(&one_more(&low));
}

#[test]
fn takes_a_larger_type_where_the_last_one_did_not_help() {
    fn broken_planner(world: &World) -> Plan {
        world.grown("cache.r6g.2xlarge")
    }
    let stopped = full(80.0).relieved_by_a_shard(80.0, 60);
    stopped.refuses(&broken_planner(&stopped), invariant::RELIEF);
    let fell = full(80.0).relieved_by_a_shard(90.0, 60);
    fell.accepts(&broken_planner(&fell));
}

#[test]
fn does_not_note_how_full_it_was() {
    let world = full(80.0);
    for change in [
        (|plan: &mut Plan| plan.history.redis_nodes.changing.as_mut().unwrap().before = None)
            as fn(&mut Plan),
        |plan| noted(plan).memory = None,
        |plan| noted(plan).memory = Some(70.0),
        |plan| noted(plan).evictions = Some(3.0),
        |plan| noted(plan).max = Count(40),
        |plan| noted(plan).shards_max = None,
    ] {
        world.refuses(&one_more(&world).mistaken(change), invariant::RELIEF);
    }
}

fn noted(plan: &mut Plan) -> &mut crate::history::MemoryBefore {
    plan.history.redis_nodes.changing.as_mut().unwrap().before.as_mut().unwrap()
}

#[test]
fn forgets_what_did_not_help() {
    let stopped = full(80.0).relieved_by_a_shard(80.0, 60);
    stopped.accepts(&stopped.rests());
    let forgets = |world: &World| world.rests().mistaken(|plan| plan.history.redis_nodes.relief = None);
    stopped.refuses(&forgets(&stopped), invariant::RELIEF);
    let part = |plan: &mut Plan| plan.history.redis_nodes.relief.as_mut().unwrap().before.memory = None;
    stopped.refuses(&stopped.rests().mistaken(part), invariant::RELIEF);
    let other =
        |plan: &mut Plan| plan.history.redis_nodes.relief.as_mut().unwrap().to = Goal::Shards(Count(9));
    stopped.refuses(&stopped.rests().mistaken(other), invariant::RELIEF);
    let fell = full(80.0).relieved_by_a_shard(90.0, 60);
    fell.accepts(&forgets(&fell));
    // A shard of which nothing is known did not become empty.
    let silent = full(20.0)
        .reads("sessions-0003-001", NodeMetric::Memory, crate::observation::Reading::Missing)
        .relieved_by_a_shard(80.0, 60);
    silent.refuses(&forgets(&silent), invariant::RELIEF);
    let mut by_hand = full(80.0).relieved_by_a_shard(80.0, 60);
    let _ = by_hand.group().shards.pop();
    by_hand.history.redis_nodes.shape = Some(by_hand.shape());
    by_hand.accepts(&forgets(&by_hand));
}

#[test]
fn does_not_see_that_what_it_asked_for_is_there() {
    let mut world = World::clustered(&[1, 1]).reads_all(NodeMetric::Memory, 80.0);
    let asked = world.shards(3, &[]);
    world.history = asked.history;
    let there = World::clustered(&[1, 1, 1]);
    world.seen = there.reads_all(NodeMetric::Memory, 80.0).seen;
    let ended = world.rests().mistaken(|plan| {
        let shape = world.shape();
        plan.history.scaled_out =
            Some(crate::history::ScaledOut { at: world.now, from: Count(4), to: Count(6) });
        let changing = plan.history.redis_nodes.changing.take().unwrap();
        plan.history.redis_nodes.shape = Some(shape);
        plan.history.redis_nodes.relief = Some(crate::history::Relief {
            at: world.now,
            from: changing.from,
            to: changing.to,
            before: changing.before.unwrap(),
        });
    });
    world.accepts(&ended);
    world.refuses(&ended.mistaken(|plan| plan.history.redis_nodes.relief = None), invariant::RELIEF);
    let made_up = world.clone();
    let made_up = World {
        history: crate::history::History { redis_nodes: Default::default(), ..made_up.history },
        ..made_up
    };
    let plan = made_up.rests().mistaken(|plan| {
        plan.history.redis_nodes.relief = full(80.0).relieved_by_a_shard(80.0, 60).history.redis_nodes.relief;
    });
    made_up.refuses(&plan, invariant::RELIEF);
}

#[test]
fn evictions_are_judged_as_memory_is() {
    let evicting = |now: f64, before: f64| {
        let mut world = full(20.0).ruled_by(Signal::Evictions, 100.0).reads_all(NodeMetric::Evictions, now);
        world = world.relieved_by_a_shard(20.0, 60);
        let relief = world.history.redis_nodes.relief.as_mut().unwrap();
        (relief.before.memory, relief.before.evictions) = (None, Some(before));
        world
    };
    let stopped = evicting(500.0, 500.0);
    stopped.refuses(&one_more(&stopped), invariant::RELIEF);
    let fell = evicting(400.0, 500.0);
    fell.accepts(&one_more(&fell));
    let rose = evicting(700.0, 500.0);
    rose.accepts(&one_more(&rose));
}

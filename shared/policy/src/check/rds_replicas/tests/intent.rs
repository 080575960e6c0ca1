//! One intent at a time, counted, written before its first call, and kept as it was written until it ends.

use super::fixture::{Begin, World, status};
use super::removal::{drain_begins, two};
use crate::check::invariant;
use crate::history::Transition;
use crate::names::ResourceId;
use crate::plan::Plan;

#[test]
fn decisions_are_counted_one_by_one() {
    let mut world = two();
    world.history.decisions = 7;
    let counted = |mut plan: Plan, decisions: u64| {
        plan.history.decisions = decisions;
        plan
    };
    for (decisions, rest, begin) in [(6, false, false), (7, true, false), (8, true, true), (9, false, false)]
    {
        for (plan, sound) in [(world.plan(vec![]), rest), (drain_begins(&world), begin)] {
            let plan = counted(plan, decisions);
            if sound { world.accepts(&plan) } else { world.refuses(&plan, invariant::UNIQUE_NAMES) }
        }
    }
    world.history.decisions = u64::MAX;
    world.refuses(&counted(drain_begins(&world), u64::MAX), invariant::UNIQUE_NAMES);
    world.refuses(&counted(drain_begins(&world), 0), invariant::UNIQUE_NAMES);
}

#[test]
fn an_intent_is_written_before_its_first_call() {
    let mut plan = drain_begins(&two());
    plan.write_ahead = false;
    two().refuses(&plan, invariant::WRITE_AHEAD);
    let mut plan = World::new().creating(&["a"]);
    plan.write_ahead = false;
    World::new().refuses(&plan, invariant::WRITE_AHEAD);
}

#[test]
fn an_intent_begins_with_its_own_call_and_keeps_its_names() {
    let mut world = two().with_replica("c");
    let mut plan = world.batch(vec![world.join("c", 4)]);
    plan.begin(world.removal("a", 0));
    plan.write_ahead = true;
    world.refuses(&plan, invariant::INTENT);
    world.history.rds_replicas.intents = vec![world.addition(&["x"], 5)];
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents = vec![world.addition(&["x", "y"], 5)];
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn a_removal_does_not_end_while_its_victim_is_deleting() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.replica("a").status = status("deleting");
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents.clear();
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn a_plan_is_for_its_own_target() {
    let mut plan = World::new().plan(vec![]);
    plan.target = crate::names::TargetName::new("billing");
    World::new().refuses(&plan, invariant::INTENT);
}

#[test]
fn an_intent_does_not_turn_into_another() {
    let mut world = two();
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 5)];
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents = vec![world.removal("a", 5)];
    plan.history.rds_replicas.intents[0].decision = world.history.rds_replicas.intents[0].decision.clone();
    world.refuses(&plan, invariant::ONE_TRANSITION);
    let world = two().removing("a", 5);
    let mut plan = world.plan(vec![]);
    let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
    if let Transition::Remove(removal) = &mut intent.transition {
        removal.resource_id = ResourceId::new("db-another");
    }
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

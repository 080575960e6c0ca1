//! Only the addition under way is abandoned, and only once its creation has failed.

use super::fixture::{World, status};
use crate::check::invariant;
use crate::names::ResourceId;
use crate::plan::Ending;

#[test]
fn only_a_failed_creation_is_abandoned() {
    for state in ["creating", "available", "rebooting", "stopped"] {
        let mut world = World::new().with_replica("a").serving("b", 64).adding(&["a"], |_| {});
        world.replica("a").status = status(state);
        world.refuses(&world.deleting("a", Ending::Abandoned), invariant::ABANDON);
    }
    let mut world = World::new().serving("a", 0).serving("b", 64).adding(&["a"], |_| {});
    world.replica("a").status = status("failed");
    let both = [invariant::ABANDON, invariant::RECORD_FIRST];
    world.refuses_for(&world.deleting("a", Ending::Abandoned), &both);
    world.history.rds_replicas.weights.clear();
    world.refuses(&world.deleting("a", Ending::Abandoned), invariant::RECORD_FIRST);
}

#[test]
fn only_the_addition_under_way_is_abandoned() {
    let mut world = World::new().with_replica("a").serving("b", 64);
    world.replica("a").status = status("failed");
    let abandon = |world: &World| world.deleting("a", Ending::Abandoned);
    let asked = world.clone().adding(&["a"], |_| {});
    asked.accepts(&abandon(&asked));
    // Nobody asked for it, or for another, or for its removal.
    world.refuses(&abandon(&world), invariant::ABANDON);
    let other = world.clone().adding(&["c"], |_| {});
    other.refuses(&abandon(&other), invariant::ABANDON);
    let removing = world.clone().removing("a", 60);
    removing.refuses(&abandon(&removing), invariant::ABANDON);
    // The plan's own intent is no witness.
    let mut plan = abandon(&world);
    plan.history = asked.history.clone();
    plan.write_ahead = true;
    let found = world.judge(&plan).unwrap_err();
    assert!(found.iter().any(|found| found.invariant == invariant::ABANDON), "{found:#?}");
    // What was asked for was another, or was given up before it was seen.
    let another = world.clone().adding(&["a"], |addition| {
        addition.resource_id = Some(ResourceId::new("db-another"));
    });
    another.refuses(&abandon(&another), invariant::ABANDON);
    let given_up = world.adding(&["a"], |addition| addition.given_up = true);
    given_up.refuses(&abandon(&given_up), invariant::ABANDON);
}

#[test]
fn what_had_a_record_is_not_abandoned_whatever_its_state() {
    let mut world = World::new().with_replica("a").serving("b", 64);
    world.replica("a").status = status("incompatible-parameters");
    let abandon = |world: &World| world.deleting("a", Ending::Abandoned);
    let asked = world.clone().adding(&["a", "c"], |_| {});
    asked.accepts(&abandon(&asked));
    // The ledger remembers a weight of it, or that it had none any more from some time on.
    for weight in [Some(64), Some(1), Some(0), None] {
        let mut remembered = asked.clone();
        remembered.remember("a", weight, 60);
        remembered.refuses(&abandon(&remembered), invariant::ABANDON);
    }
    // Or it remembers it of the addition.
    let joined = world.clone().adding(&["a", "c"], |addition| addition.joined = true);
    joined.refuses(&abandon(&joined), invariant::ABANDON);
    let served = world.adding(&["a", "c"], |addition| addition.served = true);
    served.refuses(&abandon(&served), invariant::ABANDON);
}

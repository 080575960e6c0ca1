//! A drained victim is deleted once, as the one that was to leave, after its record is gone and spread, and never the last to serve.

use super::fixture::{World, endpoint, id, points, record, status};
use super::removal::{drain_begins, two};
use crate::check::invariant;
use crate::history::Transition;
use crate::names::ResourceId;
use crate::observation::Reading;
use crate::plan::{Action, Ending, Plan, RdsReplicasAction};
use crate::policy::OnDeadline;

#[test]
fn a_deletion_that_is_asked_for_again_keeps_all_the_rules_of_the_first() {
    let again = || {
        let mut world =
            World::new().with_replica("a").serving("b", 64).removing("a", 60).deletion_requested();
        world.remember("a", None, 5);
        world
    };
    let delete = |world: &World| world.deleting("a", Ending::Drained);
    again().accepts(&delete(&again()));
    let mut world = again();
    world.unsynced("a");
    world.refuses(&delete(&world), invariant::DRAIN);
    for connections in [points(world.now, &[0.0, 0.0, 2.0]), Reading::Missing] {
        let mut world = again();
        world.replica("a").signals.connections = connections;
        world.refuses(&delete(&world), invariant::DRAIN);
    }
    let mut world = again();
    world.seen.records.weighted.push(record(id("a").as_str(), 0, endpoint(id("a").as_str())));
    world.refuses(&delete(&world), invariant::RECORD_FIRST);
    // Somebody else's record too, if it points there.
    let mut world = again();
    world.seen.records.weighted.push(record("theirs", 9, endpoint(id("a").as_str())));
    world.refuses(&delete(&world), invariant::RECORD_FIRST);
}

#[test]
fn a_deletion_is_remembered_with_its_call_and_until_the_removal_ends() {
    fn set(plan: &mut Plan, requested: bool) {
        if let Some(Transition::Remove(removal)) =
            plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
        {
            removal.delete_requested = requested;
        }
    }
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    let mut plan = world.deleting("a", Ending::Drained);
    set(&mut plan, true);
    plan.write_ahead = true;
    world.accepts(&plan);
    plan.actions.clear();
    world.refuses(&plan, invariant::INTENT);
    let mut plan = drain_begins(&two());
    set(&mut plan, true);
    two().refuses(&plan, invariant::INTENT);
    let world = world.deletion_requested();
    let mut plan = world.plan(vec![]);
    world.accepts(&plan);
    set(&mut plan, false);
    world.refuses(&plan, invariant::INTENT);
}

#[test]
fn what_is_gone_or_going_is_not_deleted_again() {
    let world = World::new().serving("b", 64).removing("a", 60);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::FIXED_POINT);
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    world.replica("a").status = status("deleting");
    world.refuses(&world.deleting("a", Ending::Drained), invariant::FIXED_POINT);
}

#[test]
fn the_last_one_is_not_deleted_while_nobody_serves() {
    let mut world = World::new().with_replica("a").removing("a", 60);
    world.remember("a", None, 5);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::LAST_SERVING);
    let world = World { seen: world.clone().floor_at(1).seen, ..world };
    world.accepts(&world.deleting("a", Ending::Drained));
}

#[test]
fn a_deletion_waits_until_the_ledger_knows_the_record_gone_and_spread() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    // The record vanished by another hand, and the ledger still thinks of it at 0.
    world.remember("a", Some(0), 30);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::DRAIN);
    // It has seen the record gone, a minute ago, and knows of no change to ask for.
    world.remember("a", None, 1);
    for known in world.history.rds_replicas.weights.values_mut() {
        known.insync_at = None;
    }
    world.refuses(&world.deleting("a", Ending::Drained), invariant::DRAIN);
}

#[test]
fn a_deletion_is_of_the_identity_that_was_to_leave() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    world.replica("a").resource_id = ResourceId::new("db-another");
    let mut plan = world.deleting("a", Ending::Drained);
    if let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = &mut plan.actions[0] {
        delete.resource_id = ResourceId::new("db-another");
    }
    world.refuses(&plan, invariant::DRAIN);
}

/// The planner's own rule, and one that asks for less: any one quiet point, of any age.
#[test]
fn a_deletion_is_proven_by_two_points_in_a_row_from_after_its_record_went() {
    let world = |connections: &[f64]| {
        let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
        world.remember("a", None, 8);
        world.replica("a").signals.connections = points(world.now, connections);
        world
    };
    let delete = |world: &World| world.deleting("a", Ending::Drained);
    // Before its record went somebody was connected, and of the newest two points after that none shows anybody.
    let mut calm = world(&[9.0, 9.0, 9.0, 9.0, 1.0, 0.0]);
    calm.accepts(&delete(&calm));
    // Its record went by as many points as the policy asks for.
    calm.rds().drain.quiet_points = 5;
    calm.accepts(&delete(&calm));
    for busy in [[0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] {
        let world = world(&busy);
        world.refuses(&delete(&world), invariant::DRAIN);
    }
    let few = world(&[0.0]);
    few.refuses(&delete(&few), invariant::DRAIN);
    // One of the points does not come.
    let mut gap = world(&[0.0; 6]);
    let Reading::Fresh(series) = points(gap.now, &[0.0; 6]) else { panic!("a fresh series") };
    let missing = series.newest().minute.0 - 1;
    let kept = series.points().iter().copied().filter(|point| point.minute.0 != missing).collect();
    gap.replica("a").signals.connections = Reading::new(kept, None, gap.now);
    gap.refuses(&delete(&gap), invariant::DRAIN);
    // The minute in which its record went counts only where it went as that minute began.
    for (minutes, is_proven) in [(3, true), (2, false), (0, false)] {
        let mut world = world(&[0.0; 30]);
        world.remember("a", None, minutes);
        if is_proven {
            world.accepts(&delete(&world));
        } else {
            world.refuses(&delete(&world), invariant::DRAIN);
        }
    }
}

#[test]
fn who_is_forced_out_is_deleted_no_sooner_than_resolvers_let_go() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.replica("a").signals.connections = points(world.now, &[9.0; 30]);
    world.rds().drain.on_deadline = OnDeadline::Force;
    world.remember("a", None, 1);
    world.accepts(&world.deleting("a", Ending::Drained));
    world.remember("a", None, 0);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::DRAIN);
}

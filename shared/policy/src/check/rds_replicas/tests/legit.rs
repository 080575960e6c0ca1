//! What a sound planner does must pass, or the refusals beside it prove nothing.

use jiff::SignedDuration;

use super::fixture::{Begin, FLOOR, SOURCE, World, endpoint, id, points, record, resource, status};
use crate::history::Transition;
use crate::names::InstanceClass;
use crate::observation::{ChangeStatus, Reading};
use crate::plan::{Ending, Plan, RecordChange};
use crate::policy::{Engine, OnDeadline};
use crate::units::{Count, TtlSeconds};

#[test]
fn to_do_nothing_is_always_sound() {
    World::new().accepts(&World::new().plan(vec![]));
    let world = World::new().serving("a", 64).removing("a", 5);
    world.accepts(&world.plan(vec![]));
}

#[test]
fn two_replicas_are_created_together_under_one_intent() {
    let world = World::new();
    world.accepts(&world.creating(&["a", "b"]));
}

#[test]
fn a_creation_is_retried_after_a_crash_without_being_charged_twice() {
    let mut world = World::new();
    world.rds().creations_per_day = Count(1);
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 3)];
    world.history.rds_replicas.creations = vec![world.ago(3)];
    let mut plan = world.creating(&["a"]);
    plan.history = world.history.clone();
    plan.history.rds_replicas.creations = vec![world.now];
    world.accepts(&plan);
}

#[test]
fn the_rest_of_a_batch_is_created_after_a_crash_in_its_midst() {
    let mut world = World::new().with_replica("a");
    world.replica("a").status = status("creating");
    world.history.rds_replicas.intents = vec![world.addition(&["a", "b"], 3)];
    world.history.rds_replicas.creations = vec![world.ago(3), world.ago(3)];
    let mut plan = world.creating(&["b"]);
    plan.history = world.history.clone();
    plan.history.rds_replicas.creations = vec![world.ago(3), world.now];
    world.accepts(&plan);
}

#[test]
fn a_replica_joins_at_weight_4_while_the_floor_goes_on() {
    let world = World::new().floor_at(1).with_replica("a");
    world.accepts(&world.batch(vec![world.join("a", 4)]));
}

#[test]
fn the_weight_climbs_4_full() {
    for (from, to) in [(0, 4), (1, 4), (4, 64), (16, 64), (16, 20), (4, 8)] {
        let world = World::new().serving("a", from).serving("b", 64);
        let a = id("a");
        world.accepts(&world.batch(vec![world.swap(a.as_str(), to)]));
    }
}

#[test]
fn a_step_is_taken_when_the_last_is_seen_insync_only_now() {
    let mut world = World::new().serving("a", 4);
    world.remember("a", Some(4), 3);
    world.unsynced("a");
    world.told("C1", ChangeStatus::InSync);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 16)]));
}

#[test]
fn the_last_step_and_the_floor_to_0_are_one_batch() {
    let mut world = World::new().floor_at(1).serving("a", 16);
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 30)];
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 64), world.swap(FLOOR, 0)]);
    plan.history.rds_replicas.intents.clear();
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn a_saw_tooth_of_an_idle_postgres_is_no_lag() {
    let mut world = World::new().serving("a", 4);
    world.rds().engine = Engine::Postgres;
    for lags in [
        &[5.0, 60.0, 120.0, 180.0, 240.0][..],
        // A moment without a number is no lag, high or low.
        &[5.0, 60.0, 120.0, -1.0, 240.0],
        &[5.0, -1.0, -1.0],
        &[-1.0, -1.0, 5.0],
        // CloudWatch may look at any second of the minute, and one of its points may be missing.
        &[105.0, 165.2, 225.0, 285.1, 45.0, 105.0],
        &[60.3, 120.0, 180.0, 240.0, 300.0, 60.0],
        &[180.0, 240.0, 300.0, f64::NAN, 120.0, 180.0],
    ] {
        world.replica("a").signals.lag = points(world.now, lags);
        world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 16)]));
    }
}

#[test]
fn a_rebalance_lowers_a_weight_to_its_full_value() {
    let mut world = World::new().serving("a", 64).serving("b", 64);
    world.replica("b").class = InstanceClass::new("db.t3.large");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 32)]));
    // A failed one does not count among the largest.
    let mut world = world.with_replica("c");
    world.replica("c").class = InstanceClass::new("db.r6g.24xlarge");
    world.replica("c").status = status("failed");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 32)]));
}

#[test]
fn an_unfit_replica_goes_to_0_where_others_serve() {
    let mut world = World::new().serving("a", 64).serving("b", 64);
    world.replica("a").signals.lag = points(world.now, &[400.0; 10]);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0)]));
}

#[test]
fn an_unfit_replica_goes_to_1_where_it_is_alone() {
    let mut world = World::new().serving("a", 64);
    world.rds().floor = false;
    world.replica("a").signals.lag = Reading::Missing;
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 1)]));
}

#[test]
fn an_unfit_replica_goes_to_0_as_the_floor_goes_up() {
    let mut world = World::new().serving("a", 64);
    world.replica("a").status = status("rebooting");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0), world.swap(FLOOR, 1)]));
}

#[test]
fn records_of_the_gone_are_swept_while_the_floor_goes_up() {
    let mut world = World::new().serving("deleting", 64).serving("promoted", 64);
    world.replica("deleting").status = status("deleting");
    world.replica("promoted").source = None;
    let missing = id("missing");
    world.seen.records.weighted.push(record(missing.as_str(), 64, endpoint("gone")));
    let swept = ["deleting", "promoted", "missing"].map(|name| world.drop(id(name).as_str()));
    let plan = world.batch([swept.to_vec(), vec![world.swap(FLOOR, 1)]].concat());
    world.accepts(&plan);
}

#[test]
fn a_group_with_another_ttl_is_repaired_by_swaps() {
    let mut world = World::new().serving("a", 64);
    for record in &mut world.seen.records.weighted {
        record.ttl = TtlSeconds(300);
    }
    world.accepts(&world.ordered(vec![world.swap(id("a").as_str(), 64), world.swap(FLOOR, 0)]));
}

#[test]
fn a_replica_joins_as_the_group_gets_its_ttl() {
    let mut world = World::new().serving("a", 64).with_replica("b");
    for record in &mut world.seen.records.weighted {
        record.ttl = TtlSeconds(300);
    }
    let mended = [world.swap(id("a").as_str(), 64), world.swap(FLOOR, 0)];
    world.accepts(&world.ordered([mended.to_vec(), vec![world.join("b", 4)]].concat()));
}

#[test]
fn a_weight_and_a_ttl_change_in_one_swap() {
    let mut world = World::new().serving("a", 4);
    for record in &mut world.seen.records.weighted {
        record.ttl = TtlSeconds(20);
    }
    world.accepts(&world.ordered(vec![world.swap(id("a").as_str(), 16), world.swap(FLOOR, 0)]));
}

#[test]
fn a_record_with_a_weight_is_mended_while_its_instance_is_down() {
    for state in ["creating", "rebooting", "failed", "deleting"] {
        let mut world = World::new().serving("a", 64).serving("b", 64);
        world.seen.records.weighted[1].ttl = TtlSeconds(300);
        world.replica("a").status = status(state);
        world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 64)]));
    }
    let mut world = World::new().serving("a", 64).serving("b", 64);
    world.seen.records.weighted[1].value = endpoint("formerly");
    world.replica("a").status = status("rebooting");
    let mut mended = world.swap(id("a").as_str(), 64);
    if let RecordChange::Create(record) = &mut mended[1] {
        record.value = endpoint(id("a").as_str());
    }
    world.accepts(&world.batch(vec![mended]));
}

#[test]
fn a_floor_is_lowered_while_nobody_says_where_the_source_is() {
    let mut world = World::new().floor_at(1).serving("a", 64);
    world.seen.source.as_mut().unwrap().endpoint = None;
    world.accepts(&world.batch(vec![world.swap(FLOOR, 0)]));
    world.seen.source = None;
    world.accepts(&world.batch(vec![world.swap(FLOOR, 0)]));
    // With the reader's TTL, or with its own.
    for record in &mut world.seen.records.weighted {
        record.ttl = TtlSeconds(300);
    }
    world.accepts(&world.batch(vec![world.swap(FLOOR, 0)]));
    let mut lowered = world.swap(FLOOR, 0);
    if let RecordChange::Create(record) = &mut lowered[1] {
        record.ttl = TtlSeconds(300);
    }
    world.accepts(&world.batch(vec![lowered]));
}

#[test]
fn a_floor_that_was_never_made_is_made_as_the_last_replica_stops() {
    let mut world = World::new().serving("a", 64);
    world.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
    world.replica("a").status = status("stopping");
    let floor = vec![RecordChange::Create(record(FLOOR, 1, endpoint(SOURCE)))];
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0), floor]));
}

#[test]
fn a_silent_record_is_mended_while_its_instance_is_down() {
    let mut world = World::new().serving("a", 0).serving("b", 64);
    world.seen.records.weighted[1].ttl = TtlSeconds(300);
    world.replica("a").status = status("rebooting");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0)]));
}

#[test]
fn a_stop_of_replication_before_the_window_is_over() {
    let mut world = World::new().serving("a", 4);
    world.rds().engine = Engine::Postgres;
    let mut lags = [f64::NAN; 12];
    (lags[0], lags[10], lags[11]) = (-1.0, 5.0, 5.0);
    world.replica("a").signals.lag = points(world.now, &lags);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 16)]));
}

#[test]
fn nobody_waits_for_the_data_of_a_replica_that_nobody_is_sent_to() {
    let mut world = World::new().serving("a", 64).serving("b", 64).serving("c", 0);
    world.replica("c").signals.connections = Reading::Missing;
    world.accepts(&drain_begins(&world));
}

/// R0 with R2 in one attempt.
fn drain_begins(world: &World) -> Plan {
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 0)]);
    plan.begin(world.removal("a", 0));
    plan.write_ahead = true;
    plan
}

#[test]
fn a_removal_begins_with_weight_0() {
    let mut world = World::new().serving("a", 64).serving("b", 64);
    world.target.scaling.min = Count(1);
    world.accepts(&drain_begins(&world));
}

#[test]
fn a_removal_may_be_written_before_its_first_call() {
    let mut world = World::new().serving("a", 64).serving("b", 64);
    let mut plan = world.plan(vec![]);
    plan.begin(world.removal("a", 0));
    world.accepts(&plan);
    world = world.removing("a", 1);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0)]));
}

#[test]
fn the_last_replica_drains_as_the_floor_goes_up() {
    let world = World::new().serving("a", 64).removing("a", 1);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0), world.swap(FLOOR, 1)]));
}

#[test]
fn a_drain_begins_while_the_floor_is_up() {
    let world = World::new().floor_at(64).serving("a", 64).serving("b", 16).removing("a", 1);
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0)]));
}

#[test]
fn a_drained_replica_leaves_the_reader() {
    let world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.accepts(&world.batch(vec![world.drop(id("a").as_str())]));
}

#[test]
fn a_replica_with_clients_leaves_after_the_deadline_where_a_person_chose_so() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.replica("a").signals.connections = points(world.now, &[9.0; 30]);
    world.rds().drain.on_deadline = OnDeadline::Force;
    world.accepts(&world.batch(vec![world.drop(id("a").as_str())]));
}

#[test]
fn a_drained_replica_is_deleted_once_the_removal_of_its_record_is_insync() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 5);
    world.accepts(&world.deleting("a", Ending::Drained));
    let mut plan = world.deleting("a", Ending::Drained);
    let Some(Transition::Remove(removal)) =
        plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
    else {
        panic!("no removal")
    };
    removal.delete_requested = true;
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn a_cancel_restores_the_weight_at_once_and_clears_the_intent() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    world.remember("a", Some(0), 0);
    world.unsynced("a");
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 64)]);
    plan.history.rds_replicas.intents.clear();
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn a_cancel_lowers_the_floor_again() {
    let world = World::new().floor_at(1).serving("a", 0).removing("a", 10);
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 64), world.swap(FLOOR, 0)]);
    plan.history.rds_replicas.intents.clear();
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn what_failed_may_lose_its_record_and_a_failed_creation_itself() {
    let mut world = World::new().serving("a", 0).serving("b", 64);
    world.replica("a").status = status("incompatible-network");
    world.accepts(&world.batch(vec![world.drop(id("a").as_str())]));
    let mut world = World::new().with_replica("a").serving("b", 64);
    world.replica("a").status = status("incompatible-network");
    // Seen before or only now; what was remembered of it is forgotten by the plan or not.
    let world = world.adding(&["a"], |_| {});
    world.accepts(&world.deleting("a", Ending::Abandoned));
    let world = world.adding(&["a"], |addition| addition.resource_id = Some(resource("a")));
    world.accepts(&world.deleting("a", Ending::Abandoned));
    let mut plan = world.deleting("a", Ending::Abandoned);
    plan.history.rds_replicas.intents.clear();
    plan.write_ahead = true;
    world.accepts(&plan);
}

#[test]
fn a_deletion_is_asked_for_again() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60).deletion_requested();
    world.remember("a", None, 5);
    world.accepts(&world.deleting("a", Ending::Drained));
    // Or the removal is taken back.
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents.clear();
    world.accepts(&plan);
}

#[test]
fn a_victim_that_failed_loses_its_weight() {
    let mut world = World::new().serving("a", 64).serving("b", 64).removing("a", 60);
    world.replica("a").status = status("failed");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 0)]));
}

#[test]
fn a_victim_that_failed_leaves_the_reader_where_a_person_chose_to_go_on() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.replica("a").status = status("failed");
    world.replica("a").signals.connections = Reading::Missing;
    world.rds().drain.on_deadline = OnDeadline::Force;
    world.accepts(&world.batch(vec![world.drop(id("a").as_str())]));
}

#[test]
fn a_gone_victim_ends_its_removal() {
    let world = World::new().serving("b", 64).removing("a", 60);
    let mut plan = world.plan(vec![]);
    plan.history.rds_replicas.intents.clear();
    world.accepts(&plan);
}

#[test]
fn what_was_learned_of_an_addition_needs_no_write_ahead() {
    let mut world = World::new().serving("b", 64).with_replica("a");
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 30)];
    let mut plan = world.batch(vec![world.join("a", 4)]);
    let Some(Transition::Add(additions)) =
        plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
    else {
        panic!("no addition")
    };
    additions[0].resource_id = Some(resource("a"));
    world.accepts(&plan);
}

#[test]
fn a_change_of_unknown_id_counts_as_spread_after_two_minutes() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.remember("a", Some(0), 30);
    for known in world.history.rds_replicas.weights.values_mut() {
        known.insync_at = None;
    }
    world.accepts(&world.batch(vec![world.drop(id("a").as_str())]));
}

#[test]
fn creations_of_yesterday_are_not_charged() {
    let mut world = World::new();
    world.history.rds_replicas.creations = vec![world.now - SignedDuration::from_hours(25); 9];
    let mut plan = world.creating(&["a"]);
    world.accepts(&plan);
    plan.history.rds_replicas.creations = vec![world.now];
    world.accepts(&plan);
}

#[test]
fn a_promoted_replica_leaves_room() {
    let mut world = World::new().serving("a", 64).with_replica("b");
    world.target.scaling.max = Count(2);
    world.replica("b").source = None;
    world.accepts(&world.creating(&["c"]));
}

//! The guards that no broken planner of the list is named after, one situation each.

use jiff::SignedDuration;

use super::fixture::{Begin, FLOOR, SOURCE, World, endpoint, id, points, record, status};
use crate::check::invariant;
use crate::history::{Addition, Transition};
use crate::names::{ChangeId, DnsName, InstanceClass, InstanceId, ResourceId, SetId};
use crate::observation::{ChangeStatus, Reading, Replication};
use crate::plan::{Action, Ending, Plan, RecordChange};
use crate::policy::{Engine, OnDeadline};
use crate::units::{Count, TtlSeconds};

/// R0 and R2 of `a`, with `b` left.
fn drain_begins(world: &World) -> Plan {
    let mut plan = world.batch(vec![world.swap(id("a").as_str(), 0)]);
    plan.begin(world.removal("a", 0));
    plan.write_ahead = true;
    plan
}

fn two() -> World {
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
        world.remember("a", None, 1);
        hold(&mut world);
        world.refuses(&world.deleting("a", Ending::Drained), invariant::VICTIM);
    }
}

#[test]
fn a_weight_climbs_one_step_at_a_time() {
    for (from, to) in [(0, 4), (1, 16), (4, 64), (16, 65)] {
        let world = World::new().serving("a", from).serving("b", 64);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), to)]), invariant::RAMP);
    }
    let world = World::new().with_replica("a").serving("b", 64);
    world.refuses(&world.batch(vec![world.join("a", 4)]), invariant::RAMP);
}

#[test]
fn a_weight_climbs_only_after_its_dwell() {
    let raise = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 16)]);
    let mut world = World::new().serving("a", 4);
    world.remember("a", Some(4), 2);
    world.refuses(&raise(&world), invariant::DWELL);
    world.remember("a", Some(4), 3);
    world.accepts(&raise(&world));
    world.unsynced("a");
    world.refuses(&raise(&world), invariant::DWELL);
    world.history.weights.clear();
    world.refuses(&raise(&world), invariant::DWELL);
    // Somebody else gave it the weight that was found.
    world.remember("a", Some(1), 60);
    world.refuses(&raise(&world), invariant::DWELL);
}

#[test]
fn only_a_fit_replica_climbs() {
    let unfit: [fn(&mut World); 5] = [
        |world| world.replica("a").status = status("modifying"),
        |world| world.replica("a").replication = Replication::Unknown,
        |world| world.replica("a").replication = Replication::Broken("error".to_owned()),
        |world| world.replica("a").signals.lag = Reading::Missing,
        |world| world.replica("a").signals.lag = points(world.now, &[0.0, 0.0, 31.0]),
    ];
    for unfit in unfit {
        let mut world = World::new().serving("a", 4);
        unfit(&mut world);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::FITNESS);
    }
}

#[test]
fn the_lag_of_postgres_is_judged_over_its_saw_tooth() {
    let mut world = World::new().serving("a", 4);
    world.rds().engine = Engine::Postgres;
    for lags in [
        &[40.0, 90.0, 150.0, 210.0, 270.0, 330.0][..],
        &[5.0, 5.0, 5.0, -1.0, -1.0, -1.0],
        &[-1.0, 60.0, 60.0, 60.0],
        &[60.0, -1.0, -1.0],
        &[-1.0, -1.0],
        &[-1.0],
    ] {
        world.replica("a").signals.lag = points(world.now, lags);
        world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::FITNESS);
    }
}

#[test]
fn a_fit_replica_does_not_go_to_0_without_an_intent() {
    let world = two();
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 0)]), invariant::DRAIN);
    // An intent for another one is none.
    let world = two().serving("c", 64).removing("c", 1);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 0)]), invariant::DRAIN);
}

#[test]
fn a_draining_replica_gets_no_weight_unless_the_removal_is_taken_back() {
    let world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 1)]), invariant::DRAIN);
}

#[test]
fn no_record_for_an_instance_that_does_not_serve() {
    for (state, invariants) in [
        ("creating", &[invariant::SERVING_STATE, invariant::FITNESS][..]),
        ("failed", &[invariant::SERVING_STATE, invariant::FITNESS]),
        ("deleting", &[invariant::SERVING_STATE, invariant::FITNESS]),
    ] {
        let mut world = World::new().with_replica("a").serving("b", 64);
        world.replica("a").status = status(state);
        world.refuses_for(&world.batch(vec![world.join("a", 1)]), invariants);
    }
    let world = World::new().serving("b", 64);
    world.refuses_for(
        &world.batch(vec![world.join("missing", 1)]),
        &[invariant::SERVING_STATE, invariant::BATCH],
    );
}

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
fn a_weight_falls_to_a_trickle_or_to_its_full_value() {
    let lower = |world: &World, to| world.batch(vec![world.swap(id("a").as_str(), to)]);
    let mut world = two();
    for to in [1, 32, 63] {
        world.refuses(&lower(&world, to), invariant::RAMP);
    }
    world.replica("a").signals.lag = points(world.now, &[400.0; 10]);
    world.accepts(&lower(&world, 1));
    world.refuses(&lower(&world, 4), invariant::RAMP);
    let mut world = two();
    world.replica("b").class = InstanceClass::new("db.t3.large");
    world.accepts(&lower(&world, 32));
    world.refuses(&lower(&world, 31), invariant::RAMP);
    world.refuses(&lower(&world, 33), invariant::RAMP);
}

#[test]
fn a_weight_climbs_no_higher_than_its_class_carries() {
    let mut world = World::new().serving("a", 16).serving("b", 64);
    world.replica("b").class = InstanceClass::new("db.t3.large");
    world.accepts(&world.batch(vec![world.swap(id("a").as_str(), 32)]));
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 33)]), invariant::RAMP);
}

#[test]
fn a_drain_begins_only_with_someone_to_take_over() {
    let drain = |world: &World| world.batch(vec![world.swap(id("a").as_str(), 0)]);
    let sound = two().removing("a", 1);
    sound.accepts(&drain(&sound));
    let spoil: [fn(&mut World); 5] = [
        |world| world.seen.records.weighted[2].weight = crate::units::Weight(16),
        |world| world.replica("b").signals.lag = points(world.now, &[31.0; 10]),
        |world| world.replica("b").signals.lag = Reading::Missing,
        |world| world.replica("b").replication = Replication::Broken("error".to_owned()),
        // What is full follows the largest of ours: the victim's own class counts until it goes.
        |world| {
            world.replica("b").class = InstanceClass::new("db.t3.small");
            world.seen.records.weighted[2].weight = crate::units::Weight(31);
        },
    ];
    for spoil in spoil {
        let mut world = sound.clone();
        spoil(&mut world);
        world.refuses(&drain(&world), invariant::DRAIN);
        let world = world.floor_at(1);
        world.accepts(&drain(&world));
    }
    // The floor is nobody to follow while the source does not serve.
    let mut world = sound.floor_at(1);
    world.replica("b").signals.lag = Reading::Missing;
    world.seen.source.as_mut().unwrap().status = status("rebooting");
    world.refuses(&drain(&world), invariant::DRAIN);
}

#[test]
fn all_zero_weights_are_not_made_worse() {
    let mut world = World::new().serving("serves", 0).serving("failed", 0);
    world.rds().floor = false;
    world.seen.records.weighted.retain(|record| record.set_id.as_str() != FLOOR);
    world.replica("failed").status = status("failed");
    world.accepts(&world.batch(vec![world.drop(id("failed").as_str())]));
    world = world.removing("serves", 60);
    world.refuses(&world.batch(vec![world.drop(id("serves").as_str())]), invariant::LAST_SERVING);
}

#[test]
fn a_batch_is_a_compare_and_swap_on_this_reader_name() {
    let world = World::new().serving("a", 16).serving("b", 64);
    let a = id("a");
    world.refuses(&world.batch(vec![]), invariant::BATCH);
    let mut other = world.batch(vec![world.swap(a.as_str(), 48)]);
    if let Action::ChangeRecords(batch) = &mut other.actions[0] {
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

#[test]
fn a_record_points_at_its_own_instance() {
    let world = two().with_replica("c");
    let c = id("c");
    let wrong = vec![RecordChange::Create(record(c.as_str(), 1, endpoint("elsewhere")))];
    world.refuses(&world.batch(vec![wrong]), invariant::BATCH);
}

#[test]
fn nobody_joins_a_name_that_cannot_hold_the_record() {
    // The TTL written last is the group's: that may change a record of ours, and nobody else's.
    let mut world = two().with_replica("c");
    world.seen.records.weighted[0].ttl = TtlSeconds(300);
    world.accepts(&world.batch(vec![world.join("c", 1)]));
    world.seen.records.weighted.push(record("blue", 10, endpoint("blue")));
    world.accepts(&world.batch(vec![world.join("c", 1)]));
    if let Some(blue) = world.seen.records.weighted.last_mut() {
        blue.ttl = TtlSeconds(300);
    }
    world.refuses(&world.batch(vec![world.join("c", 1)]), invariant::BATCH);
    let mut world = World::new().with_replica("c");
    world.seen.records.conflict = Some("a simple CNAME".to_owned());
    world.refuses(&world.batch(vec![world.join("c", 1)]), invariant::BATCH);
}

#[test]
fn creations_are_counted_in_the_budget_before_they_are_asked_for() {
    let mut world = World::new();
    world.history.creations = vec![world.ago(60); 4];
    world.refuses(&world.creating(&["a"]), invariant::BUDGET);
    let world = World::new();
    let mut plan = world.creating(&["a"]);
    plan.history.creations.clear();
    world.refuses(&plan, invariant::BUDGET);
    // An intent that was written without being charged is charged with its first call.
    let mut world = World::new();
    world.history.intent = Some(world.addition(&["a"], 3));
    let mut plan = world.creating(&["a"]);
    plan.history.intent = world.history.intent.clone();
    world.accepts(&plan);
    plan.history.creations.clear();
    world.refuses(&plan, invariant::BUDGET);
}

#[test]
fn the_source_must_be_one_that_can_be_copied() {
    let unready: [fn(&mut World); 4] = [
        |world| world.seen.source = None,
        |world| world.seen.source.as_mut().unwrap().status = status("modifying"),
        |world| world.seen.source.as_mut().unwrap().backup_retention_days = 0,
        |world| world.seen.source.as_mut().unwrap().engine = Engine::MariaDb,
    ];
    for unready in unready {
        let mut world = World::new();
        world.rds().class = Some(InstanceClass::new("db.t3.medium"));
        unready(&mut world);
        world.refuses(&world.creating(&["a"]), invariant::SOURCE_READY);
    }
}

#[test]
fn a_creation_is_what_its_intent_says() {
    let world = World::new();
    let mut plan = world.creating(&["a"]);
    plan.history.intent = Some(world.addition(&["b"], 0));
    world.refuses(&plan, invariant::INTENT);
    let mut world = World::new();
    let mut intent = world.addition(&["a"], 3);
    if let Transition::Add(additions) = &mut intent.transition {
        additions[0].retry_at = Some(world.now + SignedDuration::from_mins(1));
    }
    world.history.intent = Some(intent);
    world.history.creations = vec![world.ago(3)];
    let mut plan = world.creating(&["a"]);
    plan.history = world.history.clone();
    world.refuses(&plan, invariant::INTENT);
}

#[test]
fn a_replica_is_made_with_the_groups_and_the_class_of_the_policy() {
    let mut world = World::new();
    world.rds().security_groups = vec!["sg-1".to_owned(), "sg-2".to_owned()];
    let with = |groups: &[&str]| {
        let mut plan = world.creating(&["a"]);
        if let Action::CreateReplica(create) = &mut plan.actions[0] {
            create.security_groups = groups.iter().map(|group| (*group).to_owned()).collect();
        }
        plan
    };
    world.accepts(&with(&["sg-1", "sg-2"]));
    world.refuses(&with(&[]), invariant::MADE_TO_POLICY);
    world.refuses(&with(&["sg-1"]), invariant::MADE_TO_POLICY);

    // The policy's class, before the source's; with the first call or alone.
    let mut world = World::new();
    world.rds().class = Some(InstanceClass::new("db.t3.large"));
    world.refuses(&world.creating(&["a"]), invariant::MADE_TO_POLICY);
    let mut alone = world.creating(&["a"]);
    alone.actions.clear();
    world.refuses(&alone, invariant::MADE_TO_POLICY);
    world.rds().class = Some(InstanceClass::new("db.t3.medium"));
    world.seen.source.as_mut().unwrap().class = InstanceClass::new("db.t3.large");
    world.accepts(&world.creating(&["a"]));
    world.rds().class = None;
    world.refuses(&world.creating(&["a"]), invariant::MADE_TO_POLICY);
    // A retry is made as it was decided, whatever the policy says by now.
    world.history.intent = Some(world.addition(&["a"], 3));
    world.history.creations = vec![world.ago(3)];
    let mut plan = world.creating(&["a"]);
    plan.history = world.history.clone();
    world.accepts(&plan);
}

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
fn creations_are_remembered_for_a_day() {
    let mut world = World::new();
    let (old, young) = (world.ago(24 * 60), world.ago(24 * 60 - 1));
    world.history.creations = vec![old, young, young];
    let remember = |creations: &[jiff::Timestamp]| {
        let mut plan = world.plan(vec![]);
        plan.history.creations = creations.to_vec();
        plan
    };
    world.accepts(&remember(&[old, young, young]));
    world.accepts(&remember(&[young, young]));
    world.refuses(&remember(&[old, young]), invariant::BUDGET);
    world.refuses(&remember(&[]), invariant::BUDGET);
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
    let mut plan = world.batch(vec![world.join("c", 1)]);
    plan.begin(world.removal("a", 0));
    plan.write_ahead = true;
    world.refuses(&plan, invariant::INTENT);
    world.history.intent = Some(world.addition(&["x"], 5));
    let mut plan = world.plan(vec![]);
    plan.history.intent = Some(world.addition(&["x", "y"], 5));
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn a_removal_does_not_end_while_its_victim_is_deleting() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.replica("a").status = status("deleting");
    let mut plan = world.plan(vec![]);
    plan.history.intent = None;
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn only_a_failed_creation_is_abandoned() {
    for state in ["creating", "available", "rebooting", "stopped"] {
        let mut world = World::new().with_replica("a").serving("b", 64).adding(&["a"], |_| {});
        world.replica("a").status = status(state);
        world.refuses(&world.deleting("a", Ending::Abandoned), invariant::ABANDON);
    }
    let mut world = World::new().serving("a", 0).serving("b", 64).adding(&["a"], |_| {});
    world.replica("a").status = status("failed");
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
fn a_victim_that_failed_is_drained_like_any_other() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.replica("a").status = status("failed");
    world.replica("a").signals.connections = Reading::Missing;
    world.refuses(&world.batch(vec![world.drop(id("a").as_str())]), invariant::DRAIN);
    let mut gone = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    gone.remember("a", None, 1);
    gone.replica("a").status = status("failed");
    gone.accepts(&gone.deleting("a", Ending::Drained));
    gone.replica("a").signals.connections = Reading::Missing;
    gone.refuses(&gone.deleting("a", Ending::Drained), invariant::DRAIN);
}

#[test]
fn a_deletion_that_is_asked_for_again_keeps_all_the_rules_of_the_first() {
    let again = || {
        let mut world =
            World::new().with_replica("a").serving("b", 64).removing("a", 60).deletion_requested();
        world.remember("a", None, 1);
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
            plan.history.intent.as_mut().map(|intent| &mut intent.transition)
        {
            removal.delete_requested = requested;
        }
    }
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 1);
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
    world.remember("a", None, 1);
    world.replica("a").status = status("deleting");
    world.refuses(&world.deleting("a", Ending::Drained), invariant::FIXED_POINT);
}

#[test]
fn the_last_one_is_not_deleted_while_nobody_serves() {
    let mut world = World::new().with_replica("a").removing("a", 60);
    world.remember("a", None, 1);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::LAST_SERVING);
    let world = World { seen: world.clone().floor_at(1).seen, ..world };
    world.accepts(&world.deleting("a", Ending::Drained));
}

#[test]
fn force_waits_for_the_deadline_and_for_the_weight() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 59);
    world.replica("a").signals.connections = Reading::Missing;
    world.rds().drain.on_deadline = OnDeadline::Force;
    let leave = |world: &World| world.batch(vec![world.drop(id("a").as_str())]);
    world.refuses(&leave(&world), invariant::DRAIN);
    let mut world = world.removing("a", 60);
    world.accepts(&leave(&world));
    world.remember("a", Some(0), 0);
    world.refuses(&leave(&world), invariant::DRAIN);
}

#[test]
fn a_window_widens_the_bounds_that_a_plan_may_reach() {
    let mut world = World::new().serving("a", 64);
    world.target.scaling.max = Count(1);
    world.refuses(&world.creating(&["b"]), invariant::COUNT_ALL);
    world.target.scaling.windows.push(crate::policy::CapacityWindow {
        days: crate::policy::WindowDays::Weekdays { on: Vec::new(), except: std::sync::Arc::default() },
        from: jiff::civil::time(8, 0, 0, 0),
        to: None,
        zone: jiff::tz::TimeZone::UTC,
        min: None,
        max: Some(Count(2)),
        over: SignedDuration::ZERO,
        text: String::new(),
    });
    world.accepts(&world.creating(&["b"]));
}

#[test]
fn insync_is_said_of_one_change_only() {
    // Two changes are on their way, and the observation tells of one: neither counts as INSYNC.
    let mut world = World::new().serving("a", 4).serving("b", 4);
    for (name, change) in [("a", "C1"), ("b", "C2")] {
        world.unsynced(name);
        let known = world.history.weights.get_mut(&SetId::new(id(name).as_str())).unwrap();
        known.change = Some(ChangeId::new(change));
    }
    world.seen.change = Some(ChangeStatus::InSync);
    world.refuses(&world.batch(vec![world.swap(id("a").as_str(), 16)]), invariant::DWELL);
}

#[test]
fn a_plan_is_for_its_own_target() {
    let mut plan = World::new().plan(vec![]);
    plan.target = crate::names::TargetName::new("billing");
    World::new().refuses(&plan, invariant::INTENT);
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
    world.refuses(&world.batch(vec![world.join("c", 1)]), invariant::BATCH);
}

#[test]
fn a_name_continues_the_prefix() {
    let mut world = World::new();
    let plan = world.creating(&["a"]);
    world.rds().prefix = "tg-billing-".to_owned();
    world.refuses(&plan, invariant::UNIQUE_NAMES);
}

#[test]
fn a_creation_is_neither_given_up_nor_of_another_class() {
    let world = World::new();
    let spoil: [fn(&mut Addition); 2] = [
        |addition| addition.given_up = true,
        |addition| addition.class = InstanceClass::new("db.r6g.16xlarge"),
    ];
    let refused = [&[invariant::INTENT][..], &[invariant::INTENT, invariant::MADE_TO_POLICY]];
    for (spoil, invariants) in spoil.into_iter().zip(refused) {
        let mut plan = world.creating(&["a"]);
        let intent = plan.history.intent.as_mut().unwrap();
        if let Transition::Add(additions) = &mut intent.transition {
            spoil(&mut additions[0]);
        }
        world.refuses_for(&plan, invariants);
    }
}

#[test]
fn a_late_charge_is_written_ahead_too() {
    let mut world = World::new();
    world.history.intent = Some(world.addition(&["a"], 3));
    let mut plan = world.creating(&["a"]);
    plan.history.intent = world.history.intent.clone();
    plan.write_ahead = false;
    world.refuses(&plan, invariant::WRITE_AHEAD);
}

#[test]
fn the_observed_source_is_the_source() {
    let mut world = World::new();
    world.rds().class = Some(InstanceClass::new("db.t3.medium"));
    world.seen.source.as_mut().unwrap().id = InstanceId::new("billing");
    world.refuses(&world.creating(&["a"]), invariant::SOURCE_READY);
}

#[test]
fn the_source_is_what_is_replicated_and_what_is_deleted_from() {
    let mut plan = World::new().creating(&["a"]);
    if let Action::CreateReplica(create) = &mut plan.actions[0] {
        create.source = InstanceId::new("billing");
    }
    World::new().refuses(&plan, invariant::SOURCE);
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 1);
    let mut plan = world.deleting("a", Ending::Drained);
    if let Action::DeleteReplica(delete) = &mut plan.actions[0] {
        delete.source = InstanceId::new("billing");
    }
    world.refuses(&plan, invariant::SOURCE);
}

#[test]
fn no_record_of_ours_is_in_the_name_of_the_source() {
    let mut world = World::new();
    world.rds().prefix = "ord".to_owned();
    world.seen.records.weighted.push(record(SOURCE, 0, endpoint(SOURCE)));
    world.refuses(&world.batch(vec![world.drop(SOURCE)]), invariant::SOURCE);
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
fn an_intent_does_not_turn_into_another() {
    let mut world = two();
    world.history.intent = Some(world.addition(&["a"], 5));
    let mut plan = world.plan(vec![]);
    plan.history.intent = Some(world.removal("a", 5));
    world.refuses(&plan, invariant::ONE_TRANSITION);
    let world = two().removing("a", 5);
    let mut plan = world.plan(vec![]);
    let intent = plan.history.intent.as_mut().unwrap();
    if let Transition::Remove(removal) = &mut intent.transition {
        removal.resource_id = ResourceId::new("db-another");
    }
    world.refuses(&plan, invariant::ONE_TRANSITION);
}

#[test]
fn a_cancel_restores_no_more_than_a_full_weight_and_not_after_the_deletion_was_asked_for() {
    let restore = |world: &World, weight: u8| {
        let mut plan = world.batch(vec![world.swap(id("a").as_str(), weight)]);
        plan.history.intent = None;
        plan.write_ahead = true;
        plan
    };
    let world = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    world.accepts(&restore(&world, 64));
    world.refuses(&restore(&world, 65), invariant::RAMP);
    // A smaller class gets its own full weight back.
    let mut small = world.clone();
    small.replica("b").class = InstanceClass::new("db.t3.large");
    small.accepts(&restore(&small, 32));
    small.refuses(&restore(&small, 33), invariant::RAMP);
    let world = world.deletion_requested();
    world.refuses(&restore(&world, 64), invariant::RAMP);
}

#[test]
fn a_cancel_restores_only_the_fit_and_only_who_was_to_leave() {
    let restore = |world: &World| {
        let mut plan = world.batch(vec![world.swap(id("a").as_str(), 64)]);
        plan.history.intent = None;
        plan.write_ahead = true;
        plan
    };
    let sound = World::new().serving("a", 0).serving("b", 64).removing("a", 10);
    sound.accepts(&restore(&sound));
    let unfit: [fn(&mut World); 5] = [
        |world| world.replica("a").replication = Replication::Unknown,
        |world| world.replica("a").replication = Replication::Broken("error".to_owned()),
        |world| world.replica("a").signals.lag = points(world.now, &[40.0; 10]),
        |world| world.replica("a").signals.lag = Reading::Missing,
        |world| world.replica("a").status = status("modifying"),
    ];
    for unfit in unfit {
        let mut world = sound.clone();
        unfit(&mut world);
        world.refuses(&restore(&world), invariant::FITNESS);
    }
    // Another instance of the name climbs like any other, and so does one that nobody removed.
    let mut world = sound.clone();
    world.replica("a").resource_id = ResourceId::new("db-another");
    world.refuses(&restore(&world), invariant::RAMP);
    let world = sound.removing("b", 10);
    world.refuses(&restore(&world), invariant::RAMP);
}

#[test]
fn a_promoted_replica_is_nobody_to_fall_back_on_and_keeps_no_weight() {
    let mut world = two().removing("a", 1);
    world.rds().floor = false;
    world.replica("b").source = None;
    world.refuses_for(
        &world.batch(vec![world.swap(id("a").as_str(), 0)]),
        &[invariant::LAST_SERVING, invariant::DRAIN],
    );
    world.refuses(&world.batch(vec![world.swap(id("b").as_str(), 0)]), invariant::OWNERSHIP);
}

#[test]
fn resolvers_keep_a_record_for_its_own_ttl() {
    let mut world = World::new().serving("a", 0).serving("b", 64).removing("a", 60);
    world.seen.records.weighted[1].ttl = TtlSeconds(300);
    world.remember("a", Some(0), 14);
    world.refuses(&world.batch(vec![world.drop(id("a").as_str())]), invariant::DRAIN);
}

#[test]
fn a_deletion_waits_until_the_ledger_knows_the_record_gone_and_spread() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    let plan = world.deleting("a", Ending::Drained);
    // The record vanished by another hand, and the ledger still thinks of it at 0.
    world.remember("a", Some(0), 30);
    world.refuses(&world.deleting("a", Ending::Drained), invariant::DRAIN);
    // It has seen the record gone, a minute ago, and knows of no change to ask for.
    world.remember("a", None, 1);
    for known in world.history.weights.values_mut() {
        known.insync_at = None;
    }
    world.refuses(&plan, invariant::DRAIN);
}

#[test]
fn a_deletion_is_of_the_identity_that_was_to_leave() {
    let mut world = World::new().with_replica("a").serving("b", 64).removing("a", 60);
    world.remember("a", None, 1);
    world.replica("a").resource_id = ResourceId::new("db-another");
    let mut plan = world.deleting("a", Ending::Drained);
    if let Action::DeleteReplica(delete) = &mut plan.actions[0] {
        delete.resource_id = ResourceId::new("db-another");
    }
    world.refuses(&plan, invariant::DRAIN);
}

#[test]
fn an_intent_alone_is_held_to_the_minimum() {
    let mut world = two();
    world.target.scaling.min = Count(2);
    let mut plan = world.plan(vec![]);
    plan.begin(world.removal("a", 0));
    world.refuses(&plan, invariant::MINIMUM);
}

#[test]
fn a_replica_so_new_that_it_names_no_source_counts() {
    let mut world = World::new().serving("a", 64).with_replica("b");
    world.target.scaling.max = Count(2);
    world.replica("b").source = None;
    world.replica("b").status = status("creating");
    world.refuses(&world.creating(&["c"]), invariant::COUNT_ALL);
}

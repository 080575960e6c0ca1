//! A replica is created within the budget and the bounds, and as its intent and the policy say.

use jiff::SignedDuration;

use super::fixture::{World, status};
use crate::check::invariant;
use crate::history::{Addition, Transition};
use crate::names::InstanceClass;
use crate::plan::{Action, RdsReplicasAction};
use crate::units::Count;

#[test]
fn creations_are_counted_in_the_budget_before_they_are_asked_for() {
    let mut world = World::new();
    world.history.rds_replicas.creations = vec![world.ago(60); 4];
    world.refuses(&world.creating(&["a"]), invariant::BUDGET);
    let world = World::new();
    let mut plan = world.creating(&["a"]);
    plan.history.rds_replicas.creations.clear();
    world.refuses(&plan, invariant::BUDGET);
    // An intent that was written without being charged is charged with its first call.
    let mut world = World::new();
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 3)];
    let mut plan = world.creating(&["a"]);
    plan.history.rds_replicas.intents = world.history.rds_replicas.intents.clone();
    world.accepts(&plan);
    plan.history.rds_replicas.creations.clear();
    world.refuses(&plan, invariant::BUDGET);
}

#[test]
fn a_creation_is_what_its_intent_says() {
    let world = World::new();
    let mut plan = world.creating(&["a"]);
    plan.history.rds_replicas.intents = vec![world.addition(&["b"], 0)];
    world.refuses(&plan, invariant::INTENT);
    let mut world = World::new();
    let mut intent = world.addition(&["a"], 3);
    if let Transition::Add(additions) = &mut intent.transition {
        additions[0].retry_at = Some(world.now + SignedDuration::from_mins(1));
    }
    world.history.rds_replicas.intents = vec![intent];
    world.history.rds_replicas.creations = vec![world.ago(3)];
    let mut plan = world.creating(&["a"]);
    plan.history = world.history.clone();
    plan.history.rds_replicas.creations = vec![world.now];
    world.refuses(&plan, invariant::INTENT);
}

#[test]
fn a_replica_is_made_with_the_groups_and_the_class_of_the_policy() {
    let mut world = World::new();
    world.rds().security_groups = vec!["sg-1".to_owned(), "sg-2".to_owned()];
    let with = |groups: &[&str]| {
        let mut plan = world.creating(&["a"]);
        if let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = &mut plan.actions[0] {
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
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 3)];
    world.history.rds_replicas.creations = vec![world.ago(3)];
    let mut plan = world.creating(&["a"]);
    plan.history = world.history.clone();
    plan.history.rds_replicas.creations = vec![world.now];
    world.accepts(&plan);
}

#[test]
fn a_retry_is_counted_from_the_time_on_at_which_it_is_asked_for() {
    let mut world = World::new();
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 3)];
    let other = world.ago(60);
    world.history.rds_replicas.creations = vec![other, world.ago(3)];
    let counted = |creations: &[jiff::Timestamp]| {
        let mut plan = world.creating(&["a"]);
        plan.history = world.history.clone();
        plan.history.rds_replicas.creations = creations.to_vec();
        plan
    };
    world.accepts(&counted(&[other, world.now]));
    // A day after its decision it would be forgotten, and it was made later than that.
    world.refuses(&counted(&[other, world.ago(3)]), invariant::BUDGET);
    // What was asked for before that decision is no charge of it.
    world.refuses(&counted(&[world.ago(3), world.now]), invariant::BUDGET);
    world.refuses(&counted(&[world.now]), invariant::BUDGET);
    // Whoever dies after the call must have counted it.
    let mut late = counted(&[other, world.now]);
    late.write_ahead = false;
    world.refuses(&late, invariant::WRITE_AHEAD);
}

#[test]
fn creations_are_remembered_for_a_day() {
    let mut world = World::new();
    let (old, young) = (world.ago(24 * 60), world.ago(24 * 60 - 1));
    world.history.rds_replicas.creations = vec![old, young, young];
    let remember = |creations: &[jiff::Timestamp]| {
        let mut plan = world.plan(vec![]);
        plan.history.rds_replicas.creations = creations.to_vec();
        plan
    };
    world.accepts(&remember(&[old, young, young]));
    world.accepts(&remember(&[young, young]));
    world.refuses(&remember(&[old, young]), invariant::BUDGET);
    world.refuses(&remember(&[]), invariant::BUDGET);
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
        lead: SignedDuration::ZERO,
        over: SignedDuration::ZERO,
        text: String::new(),
    });
    world.accepts(&world.creating(&["b"]));
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
        let intent = plan.history.rds_replicas.intents.first_mut().unwrap();
        if let Transition::Add(additions) = &mut intent.transition {
            spoil(&mut additions[0]);
        }
        world.refuses_for(&plan, invariants);
    }
}

#[test]
fn a_late_charge_is_written_ahead_too() {
    let mut world = World::new();
    world.history.rds_replicas.intents = vec![world.addition(&["a"], 3)];
    let mut plan = world.creating(&["a"]);
    plan.history.rds_replicas.intents = world.history.rds_replicas.intents.clone();
    plan.write_ahead = false;
    world.refuses(&plan, invariant::WRITE_AHEAD);
}

#[test]
fn a_replica_so_new_that_it_names_no_source_counts() {
    let mut world = World::new().serving("a", 64).with_replica("b");
    world.target.scaling.max = Count(2);
    world.replica("b").source = None;
    world.replica("b").status = status("creating");
    world.refuses(&world.creating(&["c"]), invariant::COUNT_ALL);
}

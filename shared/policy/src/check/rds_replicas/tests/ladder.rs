//! The broken planners of the ladder: a rung taken early, a refusal or a charge that is made up or forgotten.

use super::broken::first_creation;
use super::fixture::{World, create, status};
use crate::check::invariant;
use crate::history::{Addition, NotOffered, Transition};
use crate::names::{AvailabilityZone, InstanceClass};
use crate::plan::Plan;

/// The ladder of the policy: the class of the source, then `db.t3.large`, each also in `eu-west-1b`.
fn with_ladder(refused: &[(&str, Option<&str>)]) -> World {
    let mut world = World::new().serving("a", 64);
    world.rds().fallback_classes = vec![InstanceClass::new("db.t3.large")];
    world.rds().fallback_zones = vec![AvailabilityZone::new("eu-west-1b")];
    world.history.rds_replicas.not_offered = refused
        .iter()
        .map(|(class, zone)| NotOffered {
            class: InstanceClass::new(*class),
            zone: zone.map(AvailabilityZone::new),
            at: world.ago(59),
            refusals: 1,
            retry_at: world.ago(58),
        })
        .collect();
    world
}

/// Asks for `b` of this class, in this zone.
fn asking(world: &World, class: &str, zone: Option<&str>) -> Plan {
    let mut plan = world.creating(&["b"]);
    let (class, zone) = (InstanceClass::new(class), zone.map(AvailabilityZone::new));
    (first_creation(&mut plan).class, first_creation(&mut plan).zone) = (class.clone(), zone.clone());
    let intent = plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition);
    if let Some(Transition::Add(additions)) = intent {
        (additions[0].class, additions[0].zone) = (class, zone);
    }
    plan
}

#[test]
fn a_class_or_zone_taken_before_the_better_one_was_refused() {
    const RUNGS: [(&str, Option<&str>); 4] = [
        ("db.t3.medium", None),
        ("db.t3.medium", Some("eu-west-1b")),
        ("db.t3.large", None),
        ("db.t3.large", Some("eu-west-1b")),
    ];
    for (at, (class, zone)) in RUNGS.into_iter().enumerate() {
        let world = with_ladder(&RUNGS[..at]);
        world.accepts(&asking(&world, class, zone));
        for missing in 0..at {
            let mut world = world.clone();
            world.history.rds_replicas.not_offered.remove(missing);
            world.refuses(&asking(&world, class, zone), invariant::MADE_TO_POLICY);
            // What was refused an hour ago may be had again.
            let mut world = with_ladder(&RUNGS[..at]);
            world.history.rds_replicas.not_offered[missing].at = world.ago(60);
            world.refuses(&asking(&world, class, zone), invariant::MADE_TO_POLICY);
        }
    }
    let world = with_ladder(&RUNGS);
    for (class, zone) in [("db.r6g.16xlarge", None), ("db.t3.medium", Some("eu-west-1c"))] {
        world.refuses(&asking(&world, class, zone), invariant::MADE_TO_POLICY);
    }
}

#[test]
fn a_refused_class_asked_for_before_its_time() {
    let mut world = with_ladder(&[("db.t3.medium", None)]);
    world.history.rds_replicas.not_offered[0].retry_at = world.now;
    world.accepts(&asking(&world, "db.t3.medium", None));
    world.history.rds_replicas.not_offered[0].retry_at = world.ago(-1);
    world.refuses(&asking(&world, "db.t3.medium", None), invariant::INTENT);
}

#[test]
fn a_refusal_made_up_or_forgotten() {
    let world = with_ladder(&[("db.t3.medium", None)]);
    let mut forgetful = world.plan(vec![]);
    world.accepts(&forgetful);
    forgetful.history.rds_replicas.not_offered.clear();
    world.refuses(&forgetful, invariant::MADE_TO_POLICY);
    // Another zone of the class, or another class, stands for nobody.
    let rungs = [("db.t3.medium", None), ("db.t3.medium", Some("eu-west-1b")), ("db.t3.large", None)];
    let world = with_ladder(&rungs);
    for forgotten in 0..rungs.len() {
        let mut forgetful = world.plan(vec![]);
        forgetful.history.rds_replicas.not_offered.remove(forgotten);
        world.refuses(&forgetful, invariant::MADE_TO_POLICY);
    }
    // One is learned of an instance that RDS gave up for want of room, and of nothing else.
    let invented = |world: &World| {
        let mut plan = world.plan(vec![]);
        plan.history.rds_replicas.not_offered.push(NotOffered {
            class: InstanceClass::new("db.t3.medium"),
            zone: None,
            at: world.now,
            refusals: 1,
            retry_at: world.ago(-1),
        });
        plan
    };
    let mut world = World::new().serving("a", 64).with_replica("b").adding(&["b"], |_| ());
    world.history.rds_replicas.creations = vec![world.ago(30)];
    world.replica("b").status = status("insufficient-capacity");
    world.accepts(&invented(&world));
    world.replica("b").status = status("failed");
    world.refuses(&invented(&world), invariant::MADE_TO_POLICY);
}

#[test]
fn a_zone_asked_for_and_another_remembered() {
    let world = with_ladder(&[("db.t3.medium", None)]);
    let mut plan = asking(&world, "db.t3.medium", Some("eu-west-1b"));
    world.accepts(&plan);
    first_creation(&mut plan).zone = Some(AvailabilityZone::new("eu-west-1a"));
    world.refuses_for(&plan, &[invariant::INTENT, invariant::MADE_TO_POLICY]);
}

#[test]
fn one_that_rds_may_be_making_asked_for_as_another_class() {
    let mut world = with_ladder(&[("db.t3.medium", None), ("db.t3.medium", Some("eu-west-1b"))]);
    world = world.adding(&["b"], |_| ());
    world.history.rds_replicas.creations = vec![world.ago(30)];
    let again = |world: &World, class: &str| {
        let mut plan = world.plan(vec![create("b")]);
        plan.history.rds_replicas.creations = vec![world.now];
        plan.write_ahead = true;
        first_creation(&mut plan).class = InstanceClass::new(class);
        if let Some(Transition::Add(additions)) =
            plan.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
        {
            additions[0].class = InstanceClass::new(class);
        }
        plan
    };
    // Another one was refused; of this one nothing is known.
    world.accepts(&again(&world, "db.t3.medium"));
    world.refuses(&again(&world, "db.t3.large"), invariant::MADE_TO_POLICY);
    if let Some(Transition::Add(additions)) =
        world.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
    {
        additions[0].not_offered = true;
    }
    world.accepts(&again(&world, "db.t3.large"));
}

#[test]
fn a_creation_forgotten_that_may_have_been_made() {
    let given_up = |world: &World| {
        let mut plan = world.plan(vec![]);
        plan.history.rds_replicas.intents.clear();
        plan.history.rds_replicas.creations.clear();
        plan
    };
    let refused = |addition: &mut Addition| addition.not_offered = true;
    let mut world = World::new().serving("b", 64).adding(&["a"], refused);
    world.history.rds_replicas.creations = vec![world.ago(30)];
    world.accepts(&given_up(&world));
    // One charge each, and of this decision.
    world.history.rds_replicas.creations.push(world.ago(30));
    world.refuses(&given_up(&world), invariant::BUDGET);
    world.history.rds_replicas.creations = vec![world.ago(31)];
    world.refuses(&given_up(&world), invariant::BUDGET);
    // Nothing says that it was not made.
    let mut unknown = World::new().serving("b", 64).adding(&["a"], |_| ());
    unknown.history.rds_replicas.creations = vec![unknown.ago(30)];
    unknown.refuses(&given_up(&unknown), invariant::BUDGET);
    // RDS was not asked for it by name.
    let mut unasked = World::new().serving("b", 64).adding(&["a"], refused);
    unasked.history.rds_replicas.creations = vec![unasked.ago(30)];
    unasked.asked_by_name = false;
    unasked.refuses_for(&given_up(&unasked), &[invariant::ABSENT, invariant::BUDGET]);
}

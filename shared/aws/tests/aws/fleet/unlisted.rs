//! A listing is no proof that something is gone: what it leaves out is asked for by name, once each, and only DBInstanceNotFound counts.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tidegate_policy::history::{Addition, Intent, Transition};
use tidegate_policy::names::{DecisionId, InstanceClass, InstanceId};
use tidegate_policy::observation::{Observation, RdsObservation};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::plan;
use tidegate_policy::record::FailureClass;
use tidegate_policy::units::Count;

use super::account::{ByName, Instance, Set, endpoint};
use super::scene::{READER, Scene, ids, kind, now, removing, replica};

const DESCRIBE: &str = "DescribeDBInstances";

fn absent(names: &[&str]) -> BTreeSet<InstanceId> {
    names.iter().map(|name| InstanceId::new(*name)).collect()
}

/// The names that were asked for, one a call.
fn asked(scene: &Scene) -> Vec<String> {
    let calls = scene.account.calls(DESCRIBE);
    let names = calls.iter().map(|call| call.field("DBInstanceIdentifier").to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

fn addition(id: &str, given_up: bool) -> Addition {
    Addition {
        id: InstanceId::new(id),
        class: InstanceClass::new("db.t3.medium"),
        zone: None,
        resource_id: None,
        not_offered: false,
        progress_at: None,
        missing_since: None,
        refusals: 0,
        retry_at: None,
        given_up,
        joined: false,
        served: false,
    }
}

fn adding(additions: Vec<Addition>) -> Intent {
    Intent {
        decision: DecisionId::new("orders-1-0"),
        since: now() - SignedDuration::from_mins(3),
        from: Count(2),
        to: Count(4),
        transition: Transition::Add(additions),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_listed_is_not_asked_for_again() {
    let scene = Scene::new();
    let seen = scene.look().await;
    assert_eq!((ids(&seen).len(), &seen.absent), (2, &BTreeSet::new()));
    assert_eq!(asked(&scene), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_replica_with_a_record_that_is_not_listed_is_described_by_name() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.listed = false);
    let seen = scene.look().await;
    assert_eq!(ids(&seen), ["tg-orders-2", "tg-orders-1"]);
    assert_eq!(seen.absent, BTreeSet::new());
    let one = seen.replica(&InstanceId::new("tg-orders-1")).unwrap();
    assert!(one.signals.cpu.fresh().is_some() && one.signals.lag.fresh().is_some(), "{one:?}");
    assert_eq!(asked(&scene), ["tg-orders-1"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_source_names_as_its_replica_counts_though_it_has_no_record_and_is_not_listed() {
    let scene = Scene::new();
    {
        let mut state = scene.account.state();
        let mut other = Instance::replica("analytics-1", "orders");
        other.listed = false;
        state.instances.push(other);
        let source = &mut state.instances[0];
        source.children.push("analytics-1".to_owned());
        // Of another Region: it is told by its ARN, and not to be asked for here.
        source.children.push("arn:aws:rds:us-east-1:123456789012:db:orders-far".to_owned());
    }
    let seen = scene.look().await;
    assert_eq!(ids(&seen), ["tg-orders-1", "tg-orders-2", "analytics-1"]);
    assert_eq!(asked(&scene), ["analytics-1"]);
}

#[tokio::test(start_paused = true)]
async fn only_what_rds_does_not_know_by_name_is_absent() {
    let scene = Scene::new();
    scene.account.state().instances.retain(|instance| instance.id != "tg-orders-1");
    let seen = scene.look().await;
    assert_eq!((ids(&seen), &seen.absent), (vec!["tg-orders-2"], &absent(&["tg-orders-1"])));
    assert_eq!(asked(&scene), ["tg-orders-1"]);
}

#[tokio::test(start_paused = true)]
async fn where_rds_does_not_say_nothing_is_concluded() {
    for (by_name, class) in [
        (ByName::Denied, FailureClass::PersonNeeded),
        (ByName::Empty, FailureClass::RetryNextWake),
        (ByName::Throttled, FailureClass::RetryNextWake),
    ] {
        let scene = Scene::new();
        scene.account.state().instances.retain(|instance| instance.id != "tg-orders-1");
        scene.account.state().by_name = Some(by_name);
        assert_eq!(scene.fail().await.class, class, "{by_name:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn records_of_another_region_and_of_others_are_not_asked_for() {
    let scene = Scene::new();
    scene.put(Set::weighted(READER, "tg-orders-7", 64, "tg-orders-7.abc.us-east-1.rds.amazonaws.com"));
    scene.put(Set::weighted(READER, "blue", 1, &endpoint("blue")));
    let seen = scene.look().await;
    assert_eq!((seen.absent, asked(&scene)), (BTreeSet::new(), Vec::<String>::new()));
}

/// Two replicas serve, one is on its way in and another was given up.
fn two_asked_for() -> Scene {
    let mut scene = Scene::new();
    scene.history.rds_replicas.intents =
        vec![adding(vec![addition("tg-orders-8", false), addition("tg-orders-9", true)])];
    scene
}

#[tokio::test(start_paused = true)]
async fn what_a_transition_is_about_is_asked_for_where_it_is_not_listed() {
    let scene = two_asked_for();
    assert_eq!(scene.look().await.absent, absent(&["tg-orders-8"]));
    assert_eq!(asked(&scene), ["tg-orders-8"]);
}

#[tokio::test(start_paused = true)]
async fn while_a_description_by_name_is_throttled_an_addition_is_unknown_and_the_target_is_seen() {
    let scene = two_asked_for();
    scene.account.state().by_name = Some(ByName::Throttled);
    let seen = scene.look().await;
    assert_eq!((ids(&seen), &seen.absent), (vec!["tg-orders-1", "tg-orders-2"], &BTreeSet::new()));

    // The plan counts it, waits for it, and asks for nothing more.
    let plan =
        plan(Observed::new(&scene.target, &Observation::RdsReplicas(seen)).unwrap(), &scene.history, now());
    assert_eq!((plan.decision.current, &plan.actions), (Count(3), &Vec::new()), "{plan}");
    assert_eq!(plan.history.rds_replicas.intents, scene.history.rds_replicas.intents);

    // What only has a record is counted nowhere else, and a denied call is a person's matter.
    scene.account.state().instances.retain(|instance| instance.id != "tg-orders-1");
    assert_eq!(scene.fail().await.class, FailureClass::RetryNextWake);
    let denied = two_asked_for();
    denied.account.state().by_name = Some(ByName::Denied);
    assert_eq!(denied.fail().await.class, FailureClass::PersonNeeded);
}

/// What the attempt would do, by the word of its step, and whether the transition is over with that.
fn planned(scene: &Scene, seen: RdsObservation) -> (&'static str, bool) {
    let plan =
        plan(Observed::new(&scene.target, &Observation::RdsReplicas(seen)).unwrap(), &scene.history, now());
    (plan.step.as_ref().expect("a step").reason.code(), plan.history.rds_replicas.intents.is_empty())
}

/// The prefix was changed while a replica drained, and a person promoted it: it is listed, and neither the prefix nor its source is ours now.
#[tokio::test(start_paused = true)]
async fn a_victim_that_was_promoted_is_seen_whatever_the_prefix_is_now() {
    let mut scene = Scene::new();
    scene.history = removing("tg-orders-1");
    kind(&mut scene.target).prefix = "readers-".to_owned();
    scene.instance("tg-orders-1", |one| one.source = None);
    let seen = scene.look().await;
    assert_eq!((ids(&seen), &seen.absent), (vec!["tg-orders-1", "tg-orders-2"], &BTreeSet::new()));
    assert!(replica(&seen, "tg-orders-1").signals.cpu.fresh().is_some());
    assert_eq!(asked(&scene), Vec::<String>::new());
    assert_eq!(planned(&scene, seen), ("drain_cancelled_guard", true));
    // A person may give it another name besides.
    scene.instance("tg-orders-1", |one| one.id = "billing".to_owned());
    let seen = scene.look().await;
    assert_eq!((ids(&seen), &seen.absent), (vec!["tg-orders-2"], &absent(&["tg-orders-1"])));
    assert_eq!(planned(&scene, seen), ("removed", true));
}

/// The same of one on its way in: it is found to be somebody's by now, and the addition goes on without it.
#[tokio::test(start_paused = true)]
async fn an_addition_that_was_promoted_is_seen_whatever_the_prefix_is_now() {
    let mut scene = Scene::new();
    kind(&mut scene.target).prefix = "readers-".to_owned();
    scene.history.rds_replicas.intents =
        vec![adding(vec![addition("tg-orders-8", false), addition("tg-orders-9", true)])];
    for id in ["tg-orders-8", "tg-orders-9"] {
        let mut promoted = Instance::replica(id, "orders");
        promoted.source = None;
        scene.account.state().instances.push(promoted);
    }
    let seen = scene.look().await;
    assert_eq!(
        ids(&seen),
        ["tg-orders-1", "tg-orders-2", "tg-orders-8"],
        "what was given up is nobody's wait"
    );
    assert_eq!(planned(&scene, seen), ("add_given_up", true));
}

/// A SetIdentifier is anything of 128 characters: RDS refuses to be asked for most of them, and has no such instance.
#[tokio::test(start_paused = true)]
async fn what_is_no_name_of_an_instance_is_absent_without_being_asked_for() {
    let scene = Scene::new();
    let odd = ["tg-orders-canary_1", "tg-orders-Two", "tg-orders-", "tg-orders--2"];
    for name in odd {
        scene.put(Set::weighted(READER, name, 1, &endpoint("tg-orders-1")));
    }
    let seen = scene.look().await;
    assert_eq!((seen.absent, asked(&scene)), (absent(&odd), Vec::<String>::new()));
}

//! RDS has no room for a class: what the policy allows instead is asked for in its order, and nothing else is.

use tidegate_policy::names::{AvailabilityZone, InstanceClass};
use tidegate_policy::plan::{Action, CreateReplica, Plan, RdsReplicasAction};
use tidegate_policy::policy::Engine;
use tidegate_policy::record::{FailureClass, Outcome, settle};

use super::fixture::{Account, rds, status};

const WANTED: &str = "db.t3.medium";
const OTHER: &str = "db.m6g.large";
const ZONE: &str = "eu-west-1b";

/// A hot primary; the policy allows so many classes and zones besides its own.
fn hot(classes: &[&str], zones: &[&str]) -> Account {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let policy = rds(&mut account.target);
    policy.fallback_classes = classes.iter().map(|class| InstanceClass::new(*class)).collect();
    policy.fallback_zones = zones.iter().map(|zone| AvailabilityZone::new(*zone)).collect();
    account
}

fn creations(plan: &Plan) -> Vec<&CreateReplica> {
    fn creation(action: &Action) -> Option<&CreateReplica> {
        match action {
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => Some(create),
            _ => None,
        }
    }
    plan.actions.iter().filter_map(creation).collect()
}

/// What is asked for in each of so many minutes, where RDS answers as `class` says.
fn asked(account: &mut Account, count: usize, class: impl Fn(&CreateReplica) -> FailureClass) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        account.load(90.0, 50.0);
        let plan = account.plan();
        let fail =
            |create: &CreateReplica| Outcome::Failed { class: class(create), message: "no".to_owned() };
        let outcomes: Vec<_> = creations(&plan)
            .into_iter()
            .map(|create| {
                (Action::RdsReplicas(RdsReplicasAction::CreateReplica(create.clone())), fail(create))
            })
            .collect();
        all.push(creations(&plan).first().map_or(String::new(), |create| shown(create)));
        account.history = settle(plan.history.clone(), &outcomes, account.now);
        account.pass(1);
    }
    all
}

fn shown(create: &CreateReplica) -> String {
    match &create.zone {
        Some(zone) => format!("{} in {zone}", create.class),
        None => create.class.to_string(),
    }
}

fn no_room(_: &CreateReplica) -> FailureClass {
    FailureClass::NotOffered
}

fn alerts(plan: &Plan) -> Vec<&'static str> {
    plan.alerts.iter().map(|alert| alert.explanation.reason.code()).collect()
}

#[test]
fn other_zones_come_before_other_classes_and_each_is_asked_for_once() {
    let mut account = hot(&[OTHER], &[ZONE]);
    let first = creations(&account.plan())[0].clone();
    let all = asked(&mut account, 4, no_room);
    assert_eq!(
        all,
        [WANTED, &format!("{WANTED} in {ZONE}"), OTHER, &format!("{OTHER} in {ZONE}")].map(str::to_owned)
    );
    // One name, charged once: an answer that was lost is found under it.
    let intent = account.history.rds_replicas.intents.first().cloned().unwrap();
    assert!(format!("{intent:?}").contains(first.id.as_str()), "{intent:?}");
    assert_eq!(account.history.rds_replicas.creations.len(), 1);
}

#[test]
fn the_plan_says_what_is_asked_for_instead_of_what() {
    let mut account = hot(&[OTHER], &[]);
    asked(&mut account, 1, no_room);
    let plan = account.plan();
    let why = plan.step.as_ref().unwrap();
    assert_eq!(why.reason.code(), "create_replicas");
    assert!(why.detail.contains("as db.m6g.large: RDS has no room for db.t3.medium"), "{}", why.detail);
}

#[test]
fn where_every_class_is_refused_it_waits_ever_longer_and_a_person_is_alerted() {
    let mut account = hot(&[OTHER], &[]);
    let all = asked(&mut account, 10, no_room);
    // Each has its own wait of 1, 2, 4 ... minutes; the class that is wanted comes first where both are over.
    assert_eq!(all, [WANTED, OTHER, WANTED, OTHER, WANTED, OTHER, "", "", WANTED, OTHER].map(str::to_owned));
    let plan = account.plan();
    assert!(alerts(&plan).contains(&"class_not_offered"), "{plan}");
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "create_refused", "{plan}");
}

#[test]
fn a_policy_without_a_ladder_asks_for_its_class_alone_ever_more_rarely() {
    let mut account = hot(&[], &[]);
    let all = asked(&mut account, 40, no_room);
    let at: Vec<usize> = (0..40).filter(|minute| !all[*minute].is_empty()).collect();
    assert_eq!(at, [0, 1, 3, 7, 15, 31]);
    assert!(all.iter().all(|class| class.is_empty() || class == WANTED), "{all:?}");
}

#[test]
fn after_an_hour_the_class_that_is_wanted_is_first_again() {
    let mut account = hot(&[OTHER], &[]);
    asked(&mut account, 1, no_room);
    account.history.rds_replicas.intents.clear();
    account.pass(58);
    account.load(90.0, 50.0);
    assert_eq!(shown(creations(&account.plan())[0]), OTHER);
    account.pass(1);
    account.load(90.0, 50.0);
    assert_eq!(shown(creations(&account.plan())[0]), WANTED);
}

#[test]
fn a_quota_is_no_reason_for_another_class() {
    let mut account = hot(&[OTHER], &[ZONE]);
    let all = asked(&mut account, 8, |_| FailureClass::PersonNeeded);
    assert_eq!(all, [WANTED, WANTED, "", WANTED, "", "", "", WANTED].map(str::to_owned));
    let plan = account.plan();
    assert!(!alerts(&plan).contains(&"class_not_offered"), "{plan}");
}

#[test]
fn a_fallback_that_fails_for_another_reason_waits_and_does_not_go_back() {
    let mut account = hot(&[OTHER], &[]);
    let class = |create: &CreateReplica| {
        if create.class.as_str() == WANTED { FailureClass::NotOffered } else { FailureClass::PersonNeeded }
    };
    let all = asked(&mut account, 5, class);
    // The second refusal in a row of the same addition: two minutes.
    assert_eq!(all, [WANTED, OTHER, "", OTHER, ""].map(str::to_owned));
}

#[test]
fn room_that_rds_found_to_be_missing_after_it_took_the_creation_counts_too() {
    let mut account = hot(&[OTHER], &[]);
    let plan = account.step();
    let id = creations(&plan)[0].id.to_string();
    account.replica(&id).status = status("insufficient-capacity");
    let clearing = account.step();
    assert_eq!(clearing.step.as_ref().unwrap().reason.code(), "abandon_replica", "{clearing}");
    assert_eq!(account.history.rds_replicas.not_offered.len(), 1);
    let _ = account.step();
    assert_eq!(
        account.history.rds_replicas.not_offered[0].refusals, 1,
        "once, however long its deletion takes"
    );
    account.seen.replicas.retain(|replica| replica.id.as_str() != id);
    for _ in 0..25 {
        account.load(90.0, 50.0);
        let plan = account.step();
        if let [create, ..] = creations(&plan)[..] {
            assert_eq!(shown(create), OTHER);
            assert_ne!(create.id.as_str(), id, "a name is never used twice");
            return;
        }
    }
    panic!("no other replica was asked for");
}

#[test]
fn a_failure_of_another_sort_says_nothing_of_the_class() {
    let mut account = hot(&[OTHER], &[]);
    let plan = account.step();
    let id = creations(&plan)[0].id.to_string();
    account.replica(&id).status = status("failed");
    let _ = account.step();
    assert!(account.history.rds_replicas.not_offered.is_empty());
}

#[test]
fn a_fallback_class_too_small_for_a_postgres_standby_is_alerted_before_it_is_needed() {
    let mut account = hot(&["db.t3.small"], &[]);
    assert!(!alerts(&account.plan()).contains(&"standby_too_small"));
    rds(&mut account.target).engine = Engine::Postgres;
    account.source().engine = Engine::Postgres;
    let plan = account.plan();
    assert!(alerts(&plan).contains(&"standby_too_small"), "{plan}");
}

#[test]
fn a_decision_waits_while_every_class_is_refused() {
    let mut account = hot(&[OTHER], &[]);
    asked(&mut account, 6, no_room);
    account.history.rds_replicas.intents.clear();
    account.history.rds_replicas.gave_up_at = None;
    account.load(90.0, 50.0);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert!(plan.history.rds_replicas.intents.is_empty(), "{plan}");
    assert_eq!(plan.decision.explanation.reason.code(), "create_refused", "{plan}");
}

/// An addition of two under load, and the outcome of each.
fn two(account: &mut Account, outcomes: [Outcome; 2]) -> [CreateReplica; 2] {
    account.target.scaling.scale_out[0].step = tidegate_policy::units::Count(2);
    account.load(90.0, 50.0);
    let plan = account.plan();
    let [one, other] = creations(&plan)[..] else { panic!("{plan}") };
    let asked = [one.clone(), other.clone()];
    let outcomes: Vec<_> = asked
        .clone()
        .map(|create| RdsReplicasAction::CreateReplica(create).into())
        .into_iter()
        .zip(outcomes)
        .collect();
    account.history = settle(plan.history.clone(), &outcomes, account.now);
    account.pass(1);
    account.load(90.0, 50.0);
    asked
}

fn refused() -> Outcome {
    Outcome::Failed { class: FailureClass::NotOffered, message: "no".to_owned() }
}

#[test]
fn a_batch_that_is_refused_is_one_refusal() {
    let mut account = hot(&[], &[]);
    two(&mut account, [refused(), refused()]);
    let [known] = &account.history.rds_replicas.not_offered[..] else {
        panic!("{:?}", account.history.rds_replicas.not_offered)
    };
    assert_eq!((known.refusals, known.retry_at), (1, account.now));
    assert_eq!(creations(&account.plan()).len(), 2, "a minute later both are asked for again");
}

#[test]
fn one_whose_answer_was_lost_is_not_asked_for_otherwise_because_another_was_refused() {
    let mut account = hot(&[OTHER], &[]);
    let lost = Outcome::Failed { class: FailureClass::RetryNextWake, message: "timed out".to_owned() };
    let [lost, refused] = two(&mut account, [lost, refused()]);
    let plan = account.plan();
    let classes: Vec<_> = creations(&plan).iter().map(|create| (&create.id, create.class.as_str())).collect();
    assert_eq!(classes, [(&lost.id, WANTED), (&refused.id, OTHER)]);
}

#[test]
fn a_class_that_rds_makes_again_is_refused_no_more() {
    let mut account = hot(&[], &[]);
    let all = asked(&mut account, 2, no_room);
    assert_eq!(all, [WANTED, WANTED].map(str::to_owned));
    account.pass(1);
    account.load(90.0, 50.0);
    let plan = account.plan();
    assert!(alerts(&plan).contains(&"class_not_offered"), "{plan}");
    let made: Vec<_> =
        plan.actions.iter().map(|action| (action.clone(), Outcome::Applied { change: None })).collect();
    assert_eq!(made.len(), 1, "{plan}");
    account.history = settle(plan.history.clone(), &made, account.now);
    assert!(account.history.rds_replicas.not_offered.is_empty());
    assert!(!alerts(&account.plan()).contains(&"class_not_offered"));
}

#[test]
fn what_was_made_beside_a_refusal_of_the_same_moment_says_nothing() {
    let mut account = hot(&[OTHER], &[]);
    two(&mut account, [refused(), Outcome::Applied { change: None }]);
    assert_eq!(account.history.rds_replicas.not_offered.len(), 1);
    let mut account = hot(&[OTHER], &[]);
    two(&mut account, [Outcome::Applied { change: None }, refused()]);
    assert_eq!(account.history.rds_replicas.not_offered.len(), 1);
}

#[test]
fn one_refusal_alerts_nobody_and_neither_does_one_that_keeps_nothing_away() {
    let mut account = hot(&[], &[]);
    asked(&mut account, 1, no_room);
    assert!(!alerts(&account.plan()).contains(&"class_not_offered"), "it is tried again first");
    asked(&mut account, 1, no_room);
    assert!(alerts(&account.plan()).contains(&"class_not_offered"));
    account.history.rds_replicas.intents.clear();
    account.load(50.0, 50.0);
    assert!(!alerts(&account.plan()).contains(&"class_not_offered"), "nothing is missing");
}

#[test]
fn of_what_class_it_is_says_rds() {
    let mut account = hot(&[OTHER], &[]);
    let plan = account.step();
    let id = creations(&plan)[0].id.to_string();
    account.replica(&id).class = InstanceClass::new(OTHER);
    account.replica(&id).status = status("insufficient-capacity");
    let _ = account.step();
    assert_eq!(account.history.rds_replicas.not_offered[0].class.as_str(), OTHER);
}

#[test]
fn a_shortage_that_outlasts_the_addition_uses_up_no_creations() {
    let mut account = hot(&[], &[]);
    account.target.scaling.scale_out[0].step = tidegate_policy::units::Count(2);
    asked(&mut account, 60, no_room);
    assert_eq!(account.history.rds_replicas.creations.len(), 2);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "add_given_up", "{plan}");
    assert!(plan.history.rds_replicas.creations.is_empty(), "{plan}");
    // One whose last answer was lost may have been made all the same.
    let mut account = hot(&[], &[]);
    asked(&mut account, 60, |_| FailureClass::RetryNextWake);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "add_given_up", "{plan}");
    assert_eq!(plan.history.rds_replicas.creations.len(), 1);
}

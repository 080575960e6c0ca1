//! A direct command in an attempt over the wire: one that is not taken is told, and nothing is called for it.

use jiff::SignedDuration;
use serde_json::json;
use tidegate_aws::report::failure;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::policy::Policy;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;
use tidegate_reconcile::port::{Lease, LedgerItem};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use super::memory::Memory;
use super::scene::now;
use super::service_answers::{scalable, service};
use super::service_scene::{ServiceScene, key, target};
use super::wire::Mishap;

/// At `api` and at `worker`, with an order for `api`.
async fn attempt(scene: &ServiceScene, ledger: &Memory, order: Order, mode: Mode) -> RunReport {
    // At its minimum: nothing is to be done there.
    let mut worker = service("prod", "worker");
    (worker["desiredCount"], worker["runningCount"]) = (json!(2), json!(2));
    scene.account.state().ecs.services.insert(key("worker"), worker);
    let policy = Policy { targets: vec![scene.target.clone(), target("worker", &[])], notify: Vec::new() };
    let orders = [(TargetName::new("api"), order)];
    let attempt = Attempt {
        owner: "this attempt",
        lease_for: SignedDuration::from_mins(2),
        wake: Wake::Event,
        mode,
        orders: &orders,
        paused: None,
    };
    reconcile(&scene.fleet, ledger, &policy, now(), &attempt).await.unwrap()
}

fn hold(count: u32) -> Order {
    Order::Hold { min: Some(Count(count)), max: Some(Count(count)), until: None, sent_at: None }
}

/// Why the two targets failed, where they did.
fn failures(report: &RunReport) -> Vec<Option<Reason>> {
    report.targets.iter().map(|target| failure(target).map(|why| why.reason)).collect()
}

fn changes(scene: &ServiceScene) -> usize {
    scene.count("UpdateService") + scene.count("RegisterScalableTarget")
}

#[tokio::test(start_paused = true)]
async fn a_command_that_is_refused_fails_its_target_and_not_the_others() {
    let (scene, ledger) = (ServiceScene::new(), Memory::default());
    scene.register(scalable("prod", "api", 2, 8));
    let report = attempt(&scene, &ledger, hold(99), Mode::Apply).await;
    assert_eq!(failures(&report), [Some(Reason::OrderRefused), None]);
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert!(why.detail.contains("outside the policy's 2..4"), "{}", why.detail);
    assert_eq!(changes(&scene), 0);
    let items = ledger.items.lock().unwrap();
    assert_eq!(items[&TargetName::new("api")].history.orders.bounds, None);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_meets_another_attempt_is_to_be_sent_again() {
    let (scene, ledger) = (ServiceScene::new(), Memory::default());
    let lease = Lease { owner: "another attempt".to_owned(), until: now() + SignedDuration::from_mins(1) };
    for name in ["api", "worker"] {
        let item = LedgerItem { lease: Some(lease.clone()), ..LedgerItem::default() };
        ledger.items.lock().unwrap().insert(TargetName::new(name), item);
    }
    let report = attempt(&scene, &ledger, hold(3), Mode::Apply).await;
    assert_eq!(failures(&report), [Some(Reason::LeaseHeld), None], "who sent nothing is told nothing");
    assert!(scene.account.state().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_command_in_a_dry_run_changes_neither_the_service_nor_the_ledger() {
    let (scene, ledger) = (ServiceScene::new(), Memory::default());
    let report = attempt(&scene, &ledger, hold(3), Mode::DryRun).await;
    assert!(report.dry_run);
    assert_eq!(changes(&scene), 0);
    assert_eq!(ledger.take(), [1, 0, 0]);
    assert!(ledger.items.lock().unwrap().is_empty());
}

/// What became of the actions at `api`.
fn outcomes(report: &RunReport) -> Vec<Outcome> {
    let TargetResult::Planned { outcomes, .. } = &report.targets[0].result else { panic!("{report:?}") };
    outcomes.iter().map(|(_, outcome)| outcome.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_command_that_takes_tasks_away_is_followed() {
    let (scene, ledger) = (ServiceScene::new(), Memory::default());
    let report = attempt(&scene, &ledger, hold(2), Mode::Apply).await;
    assert_eq!(outcomes(&report), [Outcome::Applied { change: None }]);
    let sent: Vec<_> = scene.account.calls("UpdateService").into_iter().map(|call| call.json).collect();
    assert_eq!(sent, [json!({"cluster": "prod", "service": "api", "desiredCount": 2})]);
}

#[tokio::test(start_paused = true)]
async fn the_last_look_keeps_a_planned_removal_of_tasks_from_being_made() {
    // What the observation sees; by the time of the last look somebody has asked for nine.
    const AT_REST: &str = r#"{"failures": [], "services": [
        {"serviceName": "api", "status": "ACTIVE", "desiredCount": 4, "runningCount": 4, "pendingCount": 0,
         "deployments": [{"id": "1", "status": "PRIMARY", "rolloutState": "COMPLETED"}]},
        {"serviceName": "worker", "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
         "deployments": [{"id": "1", "status": "PRIMARY", "rolloutState": "COMPLETED"}]}]}"#;
    let (scene, ledger) = (ServiceScene::new(), Memory::default());
    scene.service(|service| service["desiredCount"] = json!(9));
    scene.account.mishap("DescribeServices", Mishap::Says(200, AT_REST));
    let report = attempt(&scene, &ledger, hold(2), Mode::Apply).await;
    let outcomes = outcomes(&report);
    assert!(matches!(outcomes.as_slice(), [Outcome::Stale { .. }]), "{outcomes:?}");
    assert_eq!(changes(&scene), 0);
    assert_eq!(scene.account.state().ecs.services[&key("api")]["desiredCount"], json!(9));
}

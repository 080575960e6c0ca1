//! A direct command to replicas: bounds for a while, above the windows and within the policy's own, followed as safely as any others.

use tidegate_policy::order::{Order, take};
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{Account, minutes};

fn commanded(mut account: Account, min: Option<u32>, max: Option<u32>) -> Account {
    let order = Order::Hold { min: min.map(Count), max: max.map(Count), until: None, sent_at: None };
    take(&account.target, &mut account.history, &order, account.now).unwrap();
    account
}

#[test]
fn a_commanded_minimum_makes_replicas_until_its_time_is_over() {
    let mut account = commanded(Account::steady(2), Some(4), None);
    let plan = account.step();
    let decision = &plan.decision;
    assert_eq!((decision.current, decision.desired), (Count(2), Count(4)), "{plan}");
    assert_eq!(
        decision.explanation.to_string(),
        "scale_out_minimum: 2 is below the minimum of 4 set by the direct command of 2026-03-04T12:00:00Z"
    );
    assert!(plan.notes.iter().any(|note| note.reason == Reason::OrderStands), "{plan}");
    account.pass(60);
    let plan = account.step();
    assert_eq!(plan.alerts[0].explanation.reason, Reason::OrderOver, "{plan}");
    assert_eq!(account.history.orders.bounds, None);
}

#[test]
fn a_commanded_maximum_keeps_a_busy_primary_as_it_is_and_lets_replicas_go() {
    let mut account = commanded(Account::steady(2), None, Some(2));
    account.load(95.0, 50.0);
    let plan = account.step();
    assert_eq!(plan.decision.desired, Count(2), "{plan}");
    assert_eq!(
        plan.decision.explanation.detail,
        "3 are wanted, but the maximum of the direct command of 2026-03-04T12:00:00Z is 2"
    );
    let mut account = commanded(Account::steady(3), None, Some(2));
    account.load(41.0, 41.0);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().map(|step| step.reason), Some(Reason::ChooseVictim), "{plan}");
    assert_eq!(plan.decision.explanation.reason, Reason::ScaleInMaximum, "{plan}");
}

#[test]
fn a_commanded_minimum_takes_a_drain_back() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let _ = account.step();
    let plan = account.step();
    assert_eq!(plan.step.unwrap().reason, Reason::DrainStart);
    // Even where none may be made.
    account.target.scaling.cooldown.out = minutes(600);
    account.source().backup_retention_days = 0;
    let mut account = commanded(account, Some(3), None);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().map(|step| step.reason), Some(Reason::DrainCancelledLoad), "{plan}");
}

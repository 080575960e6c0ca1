//! A DNS controller that deletes our records. Goal: they come back in, a person is notified of the quarrel, and our own deletions are none.

use tidegate_policy::names::InstanceId;
use tidegate_policy::plan::Plan;

use super::fixture::{Account, reading, status};

fn told(plan: &Plan) -> Vec<String> {
    let told = plan.alerts.iter().filter(|alert| alert.explanation.reason.code() == "records_deleted");
    told.map(|alert| alert.key.clone().unwrap_or_else(|| "once".to_owned())).collect()
}

fn lose(account: &mut Account, set_id: &str) {
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != set_id);
}

#[test]
fn three_deletions_within_an_hour_are_a_quarrel() {
    let mut account = Account::steady(2);
    let _ = account.step();
    for (strike, expected) in [(1, 1), (2, 1), (3, 2)] {
        lose(&mut account, "tg-orders-1");
        let plan = account.step();
        assert_eq!(told(&plan).len(), expected, "{strike}: {plan}");
        assert_eq!(account.weight("tg-orders-1"), Some(4), "it comes back in: {plan}");
        for _ in 0..10 {
            let plan = account.step();
            assert_eq!(told(&plan).len(), usize::from(strike == 3), "{plan}");
        }
    }
    // Over once it was quiet for an hour.
    let mut minutes = 0;
    while !told(&account.step()).is_empty() {
        minutes += 1;
        assert!(minutes < 70);
    }
    assert!(minutes >= 45, "{minutes}");
    assert!(account.history.rds_replicas.records_deleted.is_empty());
}

/// Whoever dies after the call that puts it back has written down that it was deleted: after that call nothing shows it.
#[test]
fn a_deletion_is_written_down_before_the_call_that_hides_it() {
    let mut account = Account::steady(2);
    let _ = account.step();
    lose(&mut account, "tg-orders-1");
    let plan = account.plan();
    assert!(!plan.actions.is_empty() && plan.write_ahead, "{plan}");
    assert_eq!(plan.history.rds_replicas.records_deleted.len(), 1);
    // The attempt dies before its call: the deletion is not counted again.
    account.history = plan.history.clone();
    account.pass(1);
    let again = account.plan();
    assert_eq!(again.history.rds_replicas.records_deleted.len(), 1, "{again}");
    assert!(told(&again).is_empty() && again.actions == plan.actions, "{again}");
}

#[test]
fn the_floor_is_one_of_them() {
    let mut account = Account::steady(1);
    let _ = account.step();
    lose(&mut account, "primary-floor");
    assert_eq!(told(&account.step()).len(), 1);
}

#[test]
fn our_own_deletions_are_nobodys() {
    // A drained replica's, a vanished one's, a promoted one's, and a failed creation's.
    let mut account = Account::steady(2);
    account.load(10.0, 10.0);
    for _ in 0..120 {
        let plan = account.step();
        assert!(told(&plan).is_empty(), "{plan}");
        let leaving: Vec<InstanceId> = account.history.rds_replicas.removing().cloned().collect();
        account.seen.replicas.retain(|replica| replica.status.0 != "deleting");
        for id in leaving.iter().filter(|id| account.seen.replica(id).is_some()).cloned().collect::<Vec<_>>()
        {
            let now = account.now;
            account.replica(id.as_str()).signals.connections = reading(0.0, now);
        }
    }
    assert_eq!(account.seen.replicas.len(), 1, "it was drained and deleted");
    let mut account = Account::steady(3);
    let _ = account.step();
    account.seen.replicas.retain(|replica| replica.id.as_str() != "tg-orders-1");
    account.replica("tg-orders-2").source = None;
    for _ in 0..20 {
        let plan = account.step();
        assert!(told(&plan).is_empty(), "{plan}");
    }
    let mut account = Account::steady(2);
    let _ = account.step();
    account.replica("tg-orders-1").status = status("failed");
    lose(&mut account, "tg-orders-1");
    assert!(told(&account.step()).is_empty());
}

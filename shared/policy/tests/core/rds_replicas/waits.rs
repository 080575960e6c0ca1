//! What is waited for, and how long. Goal: no wait can be switched off unnoticed. Method: each on both sides of its end.

use tidegate_policy::history::WeightSince;
use tidegate_policy::names::{ChangeId, SetId};
use tidegate_policy::observation::{ChangeStatus, Minute, Point, Reading};
use tidegate_policy::policy::Engine;
use tidegate_policy::units::Weight;

use super::fixture::{Account, minutes, rds};

#[test]
fn removals_that_fail_are_begun_again_ever_more_rarely() {
    for (failed, wait) in [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1_440), (200, 1_440)] {
        let plan = |ago| {
            let mut account = Account::steady(3);
            account.load(5.0, 5.0);
            account.history.rds_replicas.failed_removals = failed;
            account.history.scaled_in_at = Some(account.now - minutes(ago));
            account.plan()
        };
        let held = plan(wait - 1);
        assert_eq!(held.history.rds_replicas.removing().next(), None, "after {failed} failures: {held}");
        assert_eq!(held.decision.explanation.reason.code(), "cooldown_in", "after {failed} failures: {held}");
        let begun = plan(wait);
        assert!(begun.history.rds_replicas.removing().next().is_some(), "after {failed} failures: {begun}");
    }
}

/// What the next attempt remembers of a weight that was given so long ago.
fn remembered(ago: i64, change: Option<&str>, status: ChangeStatus) -> (Option<ChangeId>, bool) {
    let mut account = Account::steady(2);
    account.change = status;
    let set_id = SetId::new("tg-orders-1");
    let since = account.now - minutes(ago);
    let change = change.map(ChangeId::new);
    let known = WeightSince { weight: Some(Weight(64)), since, change, insync_at: None };
    account.history.rds_replicas.weights.insert(set_id.clone(), known);
    let now = account.now;
    let plan = account.step();
    let known = &plan.history.rds_replicas.weights[&set_id];
    assert!(known.insync_at.is_none_or(|at| at == now), "{known:?}");
    (known.change.clone(), known.insync_at.is_some())
}

#[test]
fn a_change_without_an_id_counts_as_insync_after_two_minutes_and_no_sooner() {
    for (ago, is_insync) in [(0, false), (1, false), (2, true)] {
        assert_eq!(remembered(ago, None, ChangeStatus::Unknown), (None, is_insync), "{ago} minutes");
    }
}

#[test]
fn a_change_that_route_53_does_not_show_is_waited_for_ten_minutes() {
    let id = Some(ChangeId::new("C1"));
    for (ago, known) in [(2, id.clone()), (9, id.clone()), (10, None)] {
        assert_eq!(remembered(ago, Some("C1"), ChangeStatus::Unknown), (known, false), "{ago} minutes");
    }
    // One that it shows is waited for as long as it takes.
    assert_eq!(remembered(600, Some("C1"), ChangeStatus::Pending), (id, false));
    assert_eq!(remembered(1, Some("C1"), ChangeStatus::InSync), (None, true));
}

#[test]
fn of_two_changes_of_one_age_each_is_insync_once_route_53_says_so_of_it() {
    let mut account = Account::steady(2);
    account.change = ChangeStatus::InSync;
    for (set_id, change) in [("tg-orders-1", "C2"), ("tg-orders-2", "C1")] {
        let known = account.history.rds_replicas.weights.get_mut(&SetId::new(set_id)).unwrap();
        let since = account.now - minutes(1);
        *known = WeightSince { since, change: Some(ChangeId::new(change)), insync_at: None, ..known.clone() };
    }
    let insync = |account: &Account| {
        let known =
            ["tg-orders-1", "tg-orders-2"].map(|id| &account.history.rds_replicas.weights[&SetId::new(id)]);
        known.map(|known| known.insync_at.is_some())
    };
    // The checker is asked at each step.
    let _ = account.step();
    assert_eq!(insync(&account), [true, false]);
    let _ = account.step();
    assert_eq!(insync(&account), [true, true]);
}

#[test]
fn one_point_of_lag_lets_nobody_join_and_two_take_nothing_away() {
    for engine in [Engine::MySql, Engine::Postgres] {
        for count in 1..=3 {
            let account = |lag| {
                let mut account = Account::steady(2);
                rds(&mut account.target).engine = engine;
                account.source().engine = engine;
                let newest = Minute::containing(account.now).0 - 2;
                let points =
                    (newest - count + 1..=newest).map(|minute| Point { minute: Minute(minute), value: lag });
                let lag = Reading::new(points.collect(), None, account.now);
                (account, lag)
            };
            let what = format!("{engine:?}, {count} points");
            let (mut joins, lag) = account(0.0);
            joins.add_replica("tg-orders-3", None).signals.lag = lag;
            let plan = joins.step();
            assert_eq!(joins.weight("tg-orders-3"), (count >= 2).then_some(4), "{what}: {plan}");
            // Not replicating, as far as the points go.
            let (mut leaves, lag) = account(-1.0);
            leaves.replica("tg-orders-1").signals.lag = lag;
            let plan = leaves.step();
            assert_eq!(leaves.weight("tg-orders-1"), Some(if count == 3 { 0 } else { 64 }), "{what}: {plan}");
        }
    }
}

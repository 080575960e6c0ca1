//! Sources of which no replica can be made, now or ever. Goal: it is known long before the peak, and nothing is asked for in vain.

use tidegate_policy::names::{InstanceClass, InstanceId};
use tidegate_policy::observation::{Reading, Replication};
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};
use tidegate_policy::policy::Engine;

use super::fixture::{Account, minutes, rds, reading, status};

/// What is wrong with a source.
type Spoil = fn(&mut Account);

fn alerts(plan: &Plan) -> Vec<&'static str> {
    plan.alerts.iter().map(|alert| alert.explanation.reason.code()).collect()
}

fn creates(plan: &Plan) -> bool {
    plan.actions
        .iter()
        .any(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_))))
}

fn runs(account: &mut Account, engine: Engine) {
    rds(&mut account.target).engine = engine;
    account.source().engine = engine;
}

#[test]
fn what_rds_refuses_for_ever_is_told_at_rest_and_never_asked_for() {
    let sources: [(&str, Spoil); 4] = [
        ("source_in_cluster", |account| account.source().cluster = Some("orders".to_owned())),
        ("source_in_cluster", |account| {
            account.seen.source = None;
            account.seen.source_is_cluster = true;
        }),
        ("source_secret_managed", |account| account.source().managed_password = true),
        ("source_is_replica", |account| {
            runs(account, Engine::Oracle);
            account.source().source = Some(InstanceId::new("origin"));
        }),
    ];
    for (code, spoil) in sources {
        let mut quiet = Account::steady(1);
        spoil(&mut quiet);
        assert_eq!(alerts(&quiet.plan()), [code], "at rest");
        let mut busy = Account::steady(1);
        busy.load(90.0, 50.0);
        spoil(&mut busy);
        let plan = busy.plan();
        assert!(!creates(&plan) && alerts(&plan).contains(&code), "{code}: {plan}");
    }
    // SQL Server has replicas with such a password.
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    runs(&mut account, Engine::SqlServer);
    account.source().managed_password = true;
    let plan = account.plan();
    assert!(creates(&plan) && alerts(&plan).is_empty(), "{plan}");
}

/// A source that is a replica: MySQL, MariaDB and PostgreSQL make replicas of it, which are no younger than it is.
#[test]
fn nobody_joins_behind_a_source_that_lags_itself() {
    let chained = |lag: Reading, replication: Replication| {
        let mut account = Account::steady(1);
        account.add_replica("tg-orders-2", None);
        account.source().source = Some(InstanceId::new("origin"));
        account.source().replication = replication;
        account.source().signals.lag = lag;
        account.plan()
    };
    let now = super::fixture::noon();
    let plan = chained(reading(0.5, now), Replication::Normal);
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "adopt_replica", "{plan}");
    assert!(plan.notes.iter().any(|note| note.reason.code() == "source_is_replica"), "{plan}");
    assert!(alerts(&plan).is_empty(), "{plan}");
    for (lag, replication, alert) in [
        (reading(400.0, now), Replication::Normal, true),
        (reading(-1.0, now), Replication::Normal, true),
        (reading(0.5, now), Replication::Broken("error".to_owned()), true),
        // Nobody knows: nothing is concluded, and nobody joins.
        (Reading::Missing, Replication::Normal, false),
    ] {
        let plan = chained(lag, replication);
        assert!(plan.actions.is_empty(), "{plan}");
        assert_eq!(plan.step.as_ref().unwrap().reason.code(), "await_source", "{plan}");
        assert_eq!(alerts(&plan).contains(&"source_lags"), alert, "{plan}");
    }
}

#[test]
fn a_source_in_storage_optimization_is_asked() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    account.source().status = status("storage-optimization");
    // RDS refuses it each time as "later".
    let mut told = (0..70).filter(|minute| {
        let plan = account.step();
        assert!(creates(&plan) || *minute >= 60, "{plan}");
        account.seen.replicas.retain(|replica| replica.status != status("creating"));
        alerts(&plan).contains(&"source_holds_back")
    });
    assert_eq!(told.next(), Some(60));
}

#[test]
fn a_source_that_holds_back_an_addition_for_an_hour_is_alerted() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    account.source().status = status("modifying");
    let mut told = None;
    for minute in 0..70 {
        let plan = account.step();
        assert!(!creates(&plan), "{plan}");
        if alerts(&plan).contains(&"source_holds_back") {
            told = told.or(Some(minute));
        }
    }
    assert_eq!(told, Some(60));
    // It goes with what it is about, and begins anew.
    account.source().status = status("available");
    assert!(creates(&account.step()));
    assert_eq!(account.history.rds_replicas.held_back_since, None);
    let mut quiet = Account::steady(1);
    quiet.source().status = status("modifying");
    for _ in 0..70 {
        assert!(alerts(&quiet.step()).is_empty(), "nothing is wanted");
    }
}

/// What could not be read does not begin the hour anew.
#[test]
fn a_look_without_signals_forgets_nothing() {
    let mut account = Account::steady(1);
    account.history.rds_replicas.held_back_since = Some(account.now - minutes(59));
    account.seen.signals_read = false;
    let plan = account.plan();
    assert_eq!(plan.history.rds_replicas.held_back_since, Some(account.now - minutes(59)));
    assert!(plan.unjudged.contains(&"the source that holds back an addition".to_owned()), "{plan}");
    account.seen.signals_read = true;
    assert_eq!(account.plan().history.rds_replicas.held_back_since, None);
}

#[test]
fn a_postgres_replica_smaller_than_its_source_is_alerted() {
    let small = |class: &str, of: &str, engine| {
        let mut account = Account::steady(1);
        runs(&mut account, engine);
        rds(&mut account.target).class = Some(InstanceClass::new(class));
        account.source().class = InstanceClass::new(of);
        alerts(&account.plan()).contains(&"standby_too_small")
    };
    assert!(small("db.t4g.medium", "db.r6g.xlarge", Engine::Postgres));
    assert!(small("db.m6g.large", "db.r6g.large", Engine::Postgres));
    assert!(!small("db.r6g.large", "db.m6g.large", Engine::Postgres));
    assert!(!small("db.t4g.medium", "db.r6g.xlarge", Engine::MySql));
    // By the numbers of those that are there.
    let mut account = Account::steady(2);
    runs(&mut account, Engine::Postgres);
    account.source().signals.max_connections = Some(856);
    account.replica("tg-orders-1").signals.max_connections = Some(413);
    account.replica("tg-orders-2").signals.max_connections = Some(856);
    let plan = account.plan();
    let told: Vec<_> = plan.alerts.iter().map(|alert| alert.explanation.detail.as_str()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("max_connections of tg-orders-1 is 413, of its source 856"), "{told:?}");
}

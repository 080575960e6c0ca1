//! Ways in which a scaler does harm or stands still, each found once by a review of this one. Goal: none of them comes back.

use tidegate_policy::check::check;
use tidegate_policy::history::{Intent, Removal, ScaledOut, Transition};
use tidegate_policy::names::{DecisionId, DnsName, InstanceId, ResourceId, SetId};
use tidegate_policy::observation::{Minute, Point, Reading, Replication, WeightedRecord};
use tidegate_policy::observed::Observed;
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};
use tidegate_policy::policy::{Engine, OnDeadline};
use tidegate_policy::record::{FailureClass, Outcome, outcomes_told, plan_told, settle};
use tidegate_policy::units::{Count, TtlSeconds, Weight};

use super::fixture::{Account, endpoint, minutes, rds, reading, status};

fn reason(plan: &Plan) -> &'static str {
    plan.step.as_ref().map_or("-", |step| step.reason.code())
}

/// A removal of `id` that was decided so many minutes ago.
fn removing(account: &mut Account, id: &str, ago: i64) {
    let there = Count::of_len(account.seen.replicas.len());
    let removal = Removal {
        id: InstanceId::new(id),
        resource_id: ResourceId::new(format!("db-{id}")),
        weight: Weight(64),
        draining_since: None,
        delete_requested: false,
        asked_at: None,
        asks: 0,
        retry_at: None,
    };
    account.history.decisions = 1;
    account.history.rds_replicas.intents = vec![Intent {
        decision: DecisionId::new("orders-1-0"),
        since: account.now - minutes(ago),
        from: there,
        to: there.minus(Count(1)),
        transition: Transition::Remove(removal),
    }];
}

fn set_weight(account: &mut Account, id: &str, weight: u8) {
    for record in account.seen.records.weighted.iter_mut().filter(|record| record.set_id.as_str() == id) {
        record.weight = Weight(weight);
    }
    account.history.rds_replicas.weights.get_mut(&SetId::new(id)).unwrap().weight = Some(Weight(weight));
}

/// Takes the record away, long ago.
fn drop_record(account: &mut Account, id: &str) {
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != id);
    account.history.rds_replicas.weights.get_mut(&SetId::new(id)).unwrap().weight = None;
}

fn without_floor(account: &mut Account) {
    rds(&mut account.target).floor = false;
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
    account.history.rds_replicas.weights.remove(&SetId::new("primary-floor"));
}

/// Steps on, each plan checked by `step`, until the account rests or the attempts are used up; gives the plans.
fn live(account: &mut Account, attempts: usize) -> Vec<Plan> {
    let step = |account: &mut Account| {
        let plan = account.step();
        account.seen.replicas.retain(|replica| replica.status.0 != "deleting");
        plan
    };
    (0..attempts).map(|_| step(account)).collect()
}

#[test]
fn a_changed_ttl_is_written_whatever_else_is_wrong() {
    type Wrong = fn(&mut Account);
    let cases: [(&str, Wrong); 6] = [
        ("nothing", |_| ()),
        ("one reboots", |account| account.replica("tg-orders-1").status = status("rebooting")),
        ("one failed", |account| account.replica("tg-orders-1").status = status("failed")),
        ("one lags", |account| {
            let now = account.now;
            account.replica("tg-orders-1").signals.lag = reading(400.0, now);
        }),
        ("a floor is new", |account| {
            account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
            account.history.rds_replicas.weights.remove(&SetId::new("primary-floor"));
        }),
        ("one is gone and a floor is new", |account| {
            account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
            account.seen.replicas.retain(|replica| replica.id.as_str() != "tg-orders-1");
        }),
    ];
    for (name, wrong) in cases {
        let mut account = Account::steady(2);
        account.target.scaling.scale_out.truncate(2);
        rds(&mut account.target).reader.ttl = TtlSeconds(30);
        wrong(&mut account);
        let _ = live(&mut account, 10);
        let ttls: Vec<_> = account.seen.records.weighted.iter().map(|record| record.ttl.0).collect();
        assert!(ttls.iter().all(|ttl| *ttl == 30), "{name}: {ttls:?}");
    }
}

#[test]
fn a_batch_deletes_before_it_creates() {
    let mut account = Account::steady(2);
    rds(&mut account.target).reader.ttl = TtlSeconds(30);
    insta::assert_snapshot!(account.plan().actions[0], @"change records of orders-ro.example.com: -primary-floor@0 -tg-orders-1@64 -tg-orders-2@64 +primary-floor@0 +tg-orders-1@64 +tg-orders-2@64");
}

#[test]
fn a_replica_that_served_is_never_deleted_for_its_state() {
    for word in ["incompatible-parameters", "failed", "incompatible-restore", "insufficient-capacity"] {
        let mut account = Account::steady(3);
        for replica in &mut account.seen.replicas {
            replica.status = status(word);
        }
        let plans = live(&mut account, 60);
        assert!(plans.iter().flat_map(|plan| &plan.actions).all(|action| !action.is_destructive()), "{word}");
        let failed = account.seen.replicas.iter().filter(|replica| replica.status.0 == word).count();
        assert_eq!(failed, 3, "{word}");
        assert_eq!(account.weight("primary-floor"), Some(64), "{word}: the primary answers");
        let alerts = &plans.last().unwrap().alerts;
        assert!(
            alerts.iter().any(|alert| alert.explanation.reason.code() == "replica_failed"),
            "{word}: {alerts:?}"
        );
    }
}

#[test]
fn a_denied_deletion_ends_by_itself_and_does_not_keep_the_target_from_growing() {
    let mut account = Account::steady(2);
    drop_record(&mut account, "tg-orders-1");
    removing(&mut account, "tg-orders-1", 30);
    account.load(20.0, 20.0);
    let now = account.now;
    account.replica("tg-orders-1").signals.connections = reading(0.0, now);
    let (mut asked, mut lines, mut told) = (0, 0, Vec::new());
    for _ in 0..1_440 {
        let before = account.history.clone();
        let plan = account.plan();
        check(Observed::new(&account.target, &account.observation()).unwrap(), &before, &plan, account.now)
            .unwrap();
        let refused =
            Outcome::Failed { class: FailureClass::PersonNeeded, message: "AccessDenied".to_owned() };
        let deletes = plan.actions.iter().filter(|action| action.is_destructive()).count();
        if deletes == 0 && !plan.actions.is_empty() {
            break;
        }
        asked += deletes;
        let outcomes: Vec<_> = plan.actions.iter().map(|action| (action.clone(), refused.clone())).collect();
        let mut after = settle(plan.history.clone(), &outcomes, account.now);
        let log = plan_told(&plan, &before, &mut after, account.now);
        told.extend(log.iter().map(|line| line.reason.code()));
        lines += log.len() + outcomes_told(&plan, &outcomes, account.now).len();
        account.history = after;
        account.pass(1);
    }
    assert_eq!(asked, 6);
    assert!(told.contains(&"deletion_refused"), "{told:?}");
    assert!(lines < 60, "{lines} lines");
    assert_eq!(reason(&account.plan()), "adopt_replica", "and the replica comes back in");
}

#[test]
fn a_deletion_that_was_asked_for_still_waits_for_clients() {
    let mut account = Account::steady(2);
    drop_record(&mut account, "tg-orders-1");
    removing(&mut account, "tg-orders-1", 30);
    let Some(Intent { transition: Transition::Remove(removal), .. }) =
        account.history.rds_replicas.intents.first_mut()
    else {
        panic!()
    };
    removal.delete_requested = true;
    removal.asks = 1;
    removal.asked_at = Some(account.now - minutes(6));
    account.load(20.0, 20.0);
    let now = account.now;
    account.replica("tg-orders-1").signals.connections = reading(3.0, now);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(reason(&plan), "await_connections");
}

#[test]
fn a_cancelled_removal_gives_back_no_more_than_it_took_and_only_to_a_fit_replica() {
    type Spoil = fn(&mut Account);
    let cases: [(&str, Spoil); 3] = [
        ("broken replication", |account| {
            account.replica("tg-orders-1").replication = Replication::Broken("error".into())
        }),
        ("400 s behind", |account| {
            let now = account.now;
            account.replica("tg-orders-1").signals.lag = reading(400.0, now);
        }),
        ("another instance of that name", |account| {
            account.replica("tg-orders-1").resource_id = ResourceId::new("db-other")
        }),
    ];
    for (name, spoil) in cases {
        let mut account = Account::steady(3);
        set_weight(&mut account, "tg-orders-1", 0);
        removing(&mut account, "tg-orders-1", 5);
        account.load(95.0, 75.0);
        spoil(&mut account);
        let plan = account.step();
        assert_eq!(account.weight("tg-orders-1"), Some(0), "{name}: {plan}");
        assert_eq!(account.history.rds_replicas.intents, [], "{name}: {plan}");
    }
    let mut account = Account::steady(3);
    set_weight(&mut account, "tg-orders-1", 0);
    removing(&mut account, "tg-orders-1", 5);
    let Some(Intent { transition: Transition::Remove(removal), .. }) =
        account.history.rds_replicas.intents.first_mut()
    else {
        panic!()
    };
    removal.weight = Weight(4);
    account.load(95.0, 75.0);
    let _ = account.step();
    assert_eq!(account.weight("tg-orders-1"), Some(4), "it had climbed to 4 when it was chosen");
}

#[test]
fn an_addition_that_comes_no_further_holds_nothing_else_up() {
    for word in ["available", "inaccessible-encryption-credentials", "restore-error"] {
        let mut account = Account::steady(1);
        account.load(95.0, 75.0);
        let plan = account.step();
        let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)), ..] = &plan.actions[..] else {
            panic!("{plan}")
        };
        let id = create.id.to_string();
        let now = account.now;
        let replica = account.replica(&id);
        replica.status = status(word);
        replica.endpoint = Some(endpoint(&id));
        replica.replication = Replication::Normal;
        replica.signals.lag = reading(600.0, now);
        replica.signals.cpu = reading(20.0, now);
        replica.signals.connections = reading(0.0, now);
        let plans = live(&mut account, 180);
        let told = plans
            .iter()
            .flat_map(|plan| &plan.alerts)
            .any(|alert| alert.explanation.reason.code() == "add_given_up");
        assert!(told, "{word}");
        assert!(account.seen.replicas.len() > 2, "{word}: no more was asked for in three hours at 95%");
    }
}

#[test]
fn postgres_minus_one_is_not_low() {
    let mut account = Account::steady(2);
    rds(&mut account.target).engine = Engine::Postgres;
    account.source().engine = Engine::Postgres;
    let now = account.now;
    let newest = Minute::containing(now).0 - 2;
    let value = |minute| if minute > newest - 3 { 900.0 } else { -1.0 };
    let points = (newest - 30..=newest).map(|minute| Point { minute: Minute(minute), value: value(minute) });
    account.replica("tg-orders-1").signals.lag = Reading::new(points.collect(), None, now);
    set_weight(&mut account, "tg-orders-1", 1);
    let plan = account.plan();
    assert_ne!(reason(&plan), "ramp_up", "{plan}");
}

#[test]
fn the_minimum_does_not_wait_for_a_cooldown_however_hot_it_is() {
    for load in [50.0, 95.0] {
        let mut account = Account::steady(1);
        account.target.scaling.min = Count(2);
        account.history.scaled_out =
            Some(ScaledOut { at: account.now - minutes(1), from: Count(1), to: Count(2) });
        account.load(load, 50.0);
        let decision = account.plan().decision;
        assert_eq!(decision.desired, Count(2), "{load}: {decision:?}");
        assert_eq!(
            decision.explanation.reason.code(),
            if load > 90.0 { "scale_out_threshold" } else { "scale_out_minimum" }
        );
    }
}

#[test]
fn a_drain_never_hands_everything_to_a_trickle() {
    let mut account = Account::steady(1);
    without_floor(&mut account);
    account.add_replica("tg-orders-9", Some(1));
    account.load(20.0, 20.0);
    account.replica("tg-orders-9").deletion_protection = true;
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "no_eligible_victim", "{plan}");
    removing(&mut account, "tg-orders-1", 1);
    let plan = account.step();
    assert_eq!(reason(&plan), "drain_cancelled_guard", "{plan}");
    assert_eq!(account.weight("tg-orders-1"), Some(64));
}

#[test]
fn somebody_elses_record_of_another_ttl_is_a_conflict_and_nothing_is_paid_for() {
    let mut account = Account::steady(0);
    account.seen.records.weighted.clear();
    account.history.rds_replicas.weights.clear();
    let blue = WeightedRecord {
        set_id: SetId::new("blue"),
        weight: Weight(100),
        ttl: TtlSeconds(60),
        value: DnsName::new("blue.example.com"),
    };
    account.seen.records.weighted.push(blue);
    let plan = account.step();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.decision.explanation.reason.code(), "reader_name_conflict", "{plan}");
    assert!(plan.decision.explanation.detail.contains("a TTL of 60s, where ours have 10s"), "{plan}");
}

#[test]
fn a_victim_that_somebody_elses_record_points_at_is_left_alone() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    for id in ["tg-orders-1", "tg-orders-2"] {
        account.seen.records.weighted.push(WeightedRecord {
            set_id: SetId::new(format!("alice-{id}")),
            weight: Weight(0),
            ttl: TtlSeconds(10),
            value: endpoint(id),
        });
    }
    let plan = account.plan();
    assert_eq!(plan.history.rds_replicas.removing().next().unwrap().as_str(), "tg-orders-3", "{plan}");
    drop_record(&mut account, "tg-orders-1");
    removing(&mut account, "tg-orders-1", 10);
    assert_eq!(reason(&account.plan()), "drain_cancelled_guard");
}

#[test]
fn another_victim_is_tried_after_one_had_to_be_let_go() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let first = account.step().history.rds_replicas.removing().next().unwrap().clone();
    account.replica(first.as_str()).children = vec![InstanceId::new("child")];
    assert_eq!(reason(&account.step()), "drain_cancelled_guard");
    account.replica(first.as_str()).children.clear();
    account.pass(61);
    let second = account.step().history.rds_replicas.removing().next().unwrap().clone();
    assert_ne!(first, second);
}

#[test]
fn a_creation_is_not_retried_against_a_policy_that_has_changed() {
    type Change = fn(&mut Account);
    let changes: [(&str, Change); 2] = [
        ("max", |account| account.target.scaling.max = Count(1)),
        ("prefix", |account| rds(&mut account.target).prefix = "other-".to_owned()),
    ];
    for (name, change) in changes {
        let mut account = Account::steady(1);
        account.load(95.0, 50.0);
        account.history = account.plan().history;
        account.pass(1);
        change(&mut account);
        let plan = account.step();
        assert!(
            plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "add_given_up"),
            "{name}: {plan}"
        );
        assert!(
            plan.actions
                .iter()
                .all(|action| !matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)))),
            "{name}: {plan}"
        );
    }
}

#[test]
fn force_waits_its_deadline_from_the_moment_the_weight_went() {
    let mut account = Account::steady(3);
    rds(&mut account.target).drain.on_deadline = OnDeadline::Force;
    account.load(20.0, 20.0);
    // Decided, and then the scaler was down for an hour.
    removing(&mut account, "tg-orders-1", 60);
    let mut drained_for = 0;
    for _ in 0..90 {
        let plan = account.step();
        if let Some(step) = plan.step.filter(|step| step.reason.code() == "leave_reader") {
            assert!(step.detail.contains("forced out after 45m (20 connections"), "{step}");
            assert!(drained_for >= 45, "after {drained_for} minutes");
            return;
        }
        drained_for += usize::from(account.weight("tg-orders-1") == Some(0));
    }
    panic!("never forced");
}

#[test]
fn what_is_not_remembered_is_not_taken_for_agreement() {
    let mut account = Account::steady(3);
    account.target.scaling.stabilization.in_ = minutes(600);
    account.load(5.0, 5.0);
    for minute in 0..=600 {
        let plan = account.plan();
        let held = plan.decision.explanation.reason.code() == "stabilizing";
        assert_eq!(held, minute < 600, "minute {minute}: {plan}");
        account.history = plan.history;
        account.pass(1);
    }
    assert!(
        account.history.recommendations.len() < 3,
        "one entry a change: {:?}",
        account.history.recommendations
    );
}

#[test]
fn a_long_ttl_is_waited_out_before_the_proof_begins() {
    let mut account = Account::steady(2);
    rds(&mut account.target).reader.ttl = TtlSeconds(300);
    for record in &mut account.seen.records.weighted {
        record.ttl = TtlSeconds(300);
    }
    account.load(20.0, 20.0);
    removing(&mut account, "tg-orders-1", 0);
    let now = account.now;
    account.replica("tg-orders-1").signals.connections = reading(0.0, now);
    for minutes_until_it_left in 0..60 {
        // `step` panics where the checker refuses.
        if reason(&account.step()) == "leave_reader" {
            assert!((19..=26).contains(&minutes_until_it_left), "{minutes_until_it_left}");
            return;
        }
    }
    panic!("it never left");
}

#[test]
fn the_last_replica_on_its_way_out_does_not_keep_a_fit_one_from_joining() {
    let mut account = Account::steady(1);
    without_floor(&mut account);
    account.replica("tg-orders-1").status = status("deleting");
    account.replica("tg-orders-1").replication = Replication::Broken("terminated".into());
    account.add_replica("tg-orders-2", None);
    let plans: Vec<_> = (0..3).map(|_| account.step()).collect();
    assert_eq!(account.weight("tg-orders-2"), Some(4), "{}", plans[0]);
}

//! A0 to A6 and AX. Goal: a replica gets traffic only once it is fit, in steps, and a failure at any point is cleared away.

use insta::assert_snapshot;
use tidegate_policy::history::{History, RdsReplicasMemory, Transition};
use tidegate_policy::names::{DnsName, InstanceId};
use tidegate_policy::observation::{EndpointUse, Minute, OtherUses, Point, Reading, Replication};
use tidegate_policy::ownership::PIN_TAG;
use tidegate_policy::plan::{Action, RdsReplicasAction};
use tidegate_policy::record::{FailureClass, Outcome, settle};

use super::fixture::{Account, endpoint, minutes, no_signals, reading, status};

/// An account whose primary is hot, after the attempt that asked for one more.
fn adding() -> (Account, String) {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let plan = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    (account, create.id.to_string())
}

#[test]
fn a_hot_primary_asks_for_one_more_and_writes_the_intent_first() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let plan = account.plan();
    assert!(plan.write_ahead, "the intent must be down before the call");
    assert!(matches!(plan.history.rds_replicas.intents.first().unwrap().transition, Transition::Add(_)));
    assert_snapshot!(plan);
}

#[test]
fn the_whole_way_in_is_creating_catching_up_joining_climbing_serving() {
    let (mut account, id) = adding();
    let mut weights = vec![];
    let mut reasons = vec![];
    for attempt in 0..40 {
        if attempt == 5 {
            account.comes_up(&id, 10.0, 5.0);
            account.load(50.0, 50.0);
        }
        let plan = account.step();
        reasons.extend(plan.step.map(|step| step.reason.code()));
        weights.push(account.weight(&id));
    }
    reasons.dedup();
    weights.dedup();
    assert_eq!(weights, [None, Some(4), Some(64)]);
    assert_snapshot!(reasons.join(" "), @"await_available join_reader await_dwell ramp_up serving");
    assert_eq!(account.history.rds_replicas.intents, []);
    assert_eq!(account.history.scaled_out.unwrap().to.0, 2);
}

/// Lag of this many minutes, each so many seconds below the one before, the newest `newest`.
fn falling(account: &Account, newest: f64, by: f64) -> Reading {
    let last = Minute::containing(account.now).0 - 2;
    let points = (0..10)
        .map(|ago| Point { minute: Minute(last - i64::from(ago)), value: newest + by * f64::from(ago) });
    Reading::new(points.collect(), None, account.now)
}

#[test]
fn one_that_catches_up_joins_before_it_has_stays_meanwhile_and_climbs_when_it_was_measured() {
    let (mut account, id) = adding();
    account.comes_up(&id, 10.0, 5.0);
    account.load(50.0, 50.0);
    let mut seen = vec![];
    for lag in [300.0, 200.0, 100.0, 31.0, 20.0, 1.0] {
        let points = falling(&account, lag, 100.0);
        account.replica(&id).signals.lag = points;
        let plan = account.step();
        let weight = account.weight(&id).map_or("-".to_owned(), |weight| weight.to_string());
        seen.push(format!("{lag}s {weight} {}", plan.step.map_or("", |step| step.reason.code())));
    }
    assert_snapshot!(seen.join("\n"), @"
    300s - await_replication
    200s 4 join_reader
    100s 4 await_replication
    31s 4 await_replication
    20s 64 ramp_up
    1s 64 serving
    ");
}

#[test]
fn one_that_joined_and_does_not_catch_up_is_demoted() {
    let (mut account, id) = adding();
    account.comes_up(&id, 10.0, 5.0);
    account.load(50.0, 50.0);
    let lag = falling(&account, 100.0, 100.0);
    account.replica(&id).signals.lag = lag;
    let _ = account.step();
    assert_eq!(account.weight(&id), Some(4));
    let now = account.now;
    account.replica(&id).signals.lag = reading(100.0, now);
    assert_eq!(account.step().step.unwrap().reason.code(), "demote_replica");
    assert_eq!(account.weight(&id), Some(0));
}

#[test]
fn several_that_are_wanted_together_are_asked_for_together() {
    let mut account = Account::steady(1);
    account.target.scaling.scale_out[0].step = tidegate_policy::units::Count(3);
    account.load(90.0, 50.0);
    let plan = account.step();
    assert_eq!(plan.actions.len(), 3, "{plan}");
    let again = account.step();
    assert_eq!(again.actions, [], "what is coming answers the rule: {again}");
}

#[test]
fn a_crash_after_the_intent_asks_again_under_the_same_name() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let first = account.plan();
    account.history = first.history.clone();
    account.pass(1);
    let second = account.plan();
    assert_eq!(second.actions, first.actions);
    // Not twice, and from the time on at which RDS is asked: a day holds no more creations than the policy allows.
    assert_eq!(second.history.rds_replicas.creations, [account.now], "a retry moves its charge");
    assert!(second.write_ahead, "whoever dies after the call has counted it");
}

#[test]
fn a_crash_after_the_call_finds_the_replica_and_goes_on() {
    let (mut account, id) = adding();
    account.history = History {
        rds_replicas: RdsReplicasMemory {
            weights: account.history.rds_replicas.weights.clone(),
            intents: account.history.rds_replicas.intents.clone(),
            ..RdsReplicasMemory::default()
        },
        ..History::default()
    };
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    account.comes_up(&id, 10.0, 5.0);
    assert_eq!(account.step().step.unwrap().reason.code(), "join_reader");
}

#[test]
fn an_intent_that_was_lost_with_the_ledger_is_found_again_in_the_account() {
    let (mut account, id) = adding();
    account.load(50.0, 50.0);
    account.history = History::default();
    assert_eq!(account.plan().actions, []);
    account.comes_up(&id, 10.0, 5.0);
    assert_eq!(account.step().step.unwrap().reason.code(), "adopt_replica");
    for _ in 0..20 {
        let _ = account.step();
    }
    assert_eq!(account.weight(&id), Some(64));
}

#[test]
fn a_replica_joins_only_when_it_has_caught_up() {
    let (mut account, id) = adding();
    account.comes_up(&id, 10.0, 5.0);
    let now = account.now;
    for (name, lag) in [("high", 31.0), ("not replicating", -1.0)] {
        account.replica(&id).signals.lag = reading(lag, now);
        let plan = account.plan();
        assert_eq!(plan.actions, [], "{name}: {plan}");
        assert_eq!(plan.step.unwrap().reason.code(), "await_replication", "{name}");
    }
    account.replica(&id).signals.lag = no_signals().lag;
    assert_eq!(account.plan().actions, [], "no data is not a lag of zero");
    account.replica(&id).signals.lag = reading(0.5, now);
    account.replica(&id).replication = Replication::Broken("error".to_owned());
    assert_eq!(account.plan().actions, [], "RDS says that replication does not run");
    account.replica(&id).replication = Replication::Normal;
    account.replica(&id).status = status("modifying");
    assert_eq!(account.plan().actions, [], "modifying is not available yet");
    account.replica(&id).status = status("storage-optimization");
    assert_eq!(account.plan().step.unwrap().reason.code(), "join_reader");
}

#[test]
fn a_failed_creation_is_deleted_and_the_next_decision_has_another_name() {
    let (mut account, id) = adding();
    account.replica(&id).status = status("incompatible-network");
    let plan = account.step();
    assert_snapshot!(plan.to_string().replace(&id, "NAME"));
    account.seen.replicas.retain(|replica| replica.id.as_str() != id);
    let reasons = account_reasons(&mut account, 8);
    assert!(reasons.contains(&"add_given_up"), "{reasons:?}");
    account.pass(11);
    account.load(90.0, 50.0);
    let again = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &again.actions[..] else {
        panic!("{again}")
    };
    assert_ne!(create.id, InstanceId::new(&id), "a name is never used twice");
}

/// Each of them alone keeps it, also from being cleared away.
#[test]
fn a_failed_creation_that_somebody_holds_on_to_is_left_alone() {
    let hold: [fn(&mut Account, &str); 4] = [
        |account, id| {
            account.replica(id).tags.insert(PIN_TAG.to_owned(), "alice".to_owned());
        },
        |account, id| account.replica(id).deletion_protection = true,
        |account, id| account.replica(id).children = vec![InstanceId::new("reports")],
        |account, id| {
            let used = EndpointUse { name: DnsName::new("reports.example.com"), endpoint: endpoint(id) };
            account.replica(id).endpoint = Some(endpoint(id));
            account.seen.records.other_uses = OtherUses::Known(vec![used]);
        },
    ];
    for hold in hold {
        let (mut account, id) = adding();
        account.replica(&id).status = status("failed");
        let deletes = |account: &Account| {
            account
                .plan()
                .actions
                .iter()
                .any(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_))))
        };
        assert!(deletes(&account));
        hold(&mut account, &id);
        assert!(!deletes(&account), "{}", account.plan());
        assert_eq!(account.plan().step.unwrap().reason.code(), "protected_replica");
    }
}

fn account_reasons(account: &mut Account, attempts: usize) -> Vec<&'static str> {
    account.load(50.0, 50.0);
    (0..attempts).filter_map(|_| account.step().step).map(|step| step.reason.code()).collect()
}

/// An addition of two under load; the first of them is up.
fn adding_two() -> (Account, String, String) {
    let mut account = Account::steady(1);
    account.target.scaling.scale_out[0].step = tidegate_policy::units::Count(2);
    // Lag itself asks for no more.
    account.target.scaling.scale_out.truncate(2);
    account.load(90.0, 50.0);
    let plan = account.step();
    let [
        Action::RdsReplicas(RdsReplicasAction::CreateReplica(one)),
        Action::RdsReplicas(RdsReplicasAction::CreateReplica(other)),
    ] = &plan.actions[..]
    else {
        panic!("{plan}")
    };
    let (one, other) = (one.id.to_string(), other.id.to_string());
    account.comes_up(&one, 10.0, 5.0);
    (account, one, other)
}

/// Steps on with the replica in this state; whatever is planned, it is not deleted.
fn is_left_for_a_person(account: &mut Account, id: &str, word: &str) {
    account.replica(id).status = status(word);
    for attempt in 0..90 {
        let plan = account.step();
        assert!(
            plan.actions.iter().all(|action| !action.is_destructive()),
            "{word}, attempt {attempt}: {plan}"
        );
        let failed = plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "replica_failed");
        assert!(failed, "{word}, attempt {attempt}: {plan}");
    }
    assert!(account.weight(id).is_none_or(|weight| weight == 0), "{word}: no answers name it");
}

#[test]
fn one_of_two_that_served_is_not_deleted_while_the_other_is_still_made() {
    for word in ["incompatible-parameters", "failed"] {
        let (mut account, one, _) = adding_two();
        while account.weight(&one) != Some(64) {
            let _ = account.step();
        }
        let _ = account.step();
        let Some(Transition::Add(additions)) =
            account.history.rds_replicas.intents.first().map(|intent| &intent.transition)
        else {
            panic!("the other one is still made")
        };
        let of = |id: &str| additions.iter().find(|addition| addition.id.as_str() == id).unwrap();
        assert!(of(&one).served && !of(&one).is_coming(), "{additions:?}");
        is_left_for_a_person(&mut account, &one, word);
    }
}

#[test]
fn one_that_had_a_record_for_a_minute_is_not_deleted_for_its_state() {
    let (mut account, one, _) = adding_two();
    while account.weight(&one) != Some(4) {
        let _ = account.step();
    }
    is_left_for_a_person(&mut account, &one, "incompatible-parameters");
}

#[test]
fn a_crash_between_the_join_and_its_record_does_not_forget_that_it_served() {
    let (mut account, one, _) = adding_two();
    let before = account.history.clone();
    let plan = account.step();
    assert_eq!(plan.step.unwrap().reason.code(), "join_reader");
    // The call was made, and the process died before it wrote so down.
    account.history = before;
    is_left_for_a_person(&mut account, &one, "incompatible-parameters");
}

#[test]
fn an_addition_ends_when_all_that_were_asked_for_have_served_one_after_another() {
    let (mut account, one, other) = adding_two();
    while account.weight(&one) != Some(64) {
        let _ = account.step();
    }
    account.load(50.0, 50.0);
    let _ = account.step();
    account.comes_up(&other, 10.0, 5.0);
    // Behind its source again, and lowered: that is no longer this addition's.
    let now = account.now;
    account.replica(&one).signals.lag = reading(400.0, now);
    for _ in 0..40 {
        let _ = account.step();
    }
    assert_eq!(account.weight(&other), Some(64));
    assert_eq!(account.history.rds_replicas.intents, [], "the addition does not wait for who served already");
    assert_eq!(account.history.scaled_out.unwrap().to.0, 3);
}

#[test]
fn a_name_that_is_another_ones_is_given_up_and_never_touched() {
    let (mut account, id) = adding();
    account.replica(&id).tags.clear();
    account.replica(&id).status = status("failed");
    let plan = account.step();
    assert_eq!(plan.actions, [], "{plan}");
    assert!(plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "name_taken"), "{plan}");
}

#[test]
fn a_creation_that_only_a_person_can_help_is_tried_ever_more_rarely() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let mut asked_after = vec![];
    for minute in 0..70 {
        let plan = account.plan();
        let refused =
            Outcome::Failed { class: FailureClass::PersonNeeded, message: "InstanceQuotaExceeded".into() };
        let outcomes: Vec<_> = plan.actions.iter().map(|action| (action.clone(), refused.clone())).collect();
        if !outcomes.is_empty() {
            asked_after.push(minute);
        }
        account.history = settle(plan.history.clone(), &outcomes, account.now);
        if plan.step.is_some_and(|step| step.reason.code() == "add_given_up") {
            assert_eq!(minute, 60);
            break;
        }
        account.pass(1);
    }
    assert_eq!(asked_after, [0, 1, 3, 7, 15, 31]);
    assert!(account.history.rds_replicas.gave_up_at.is_some());
}

#[test]
fn an_hour_of_creating_alerts_and_waits() {
    let (mut account, _) = adding();
    account.pass(61);
    let plan = account.plan();
    assert_eq!(plan.actions, []);
    assert!(plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "creation_slow"), "{plan}");
}

#[test]
fn what_forbids_a_creation_is_a_hold_that_says_so() {
    type Change = fn(&mut Account);
    let cases: [(&str, Change); 6] = [
        ("source_missing", |account| account.seen.source = None),
        ("source_unavailable", |account| account.source().status = status("modifying")),
        ("source_without_backups", |account| account.source().backup_retention_days = 0),
        ("engine_mismatch", |account| account.source().engine = tidegate_policy::policy::Engine::MariaDb),
        ("reader_name_conflict", |account| {
            account.seen.records.conflict = Some("a simple CNAME record".into())
        }),
        ("creation_budget_spent", |account| {
            account.history.rds_replicas.creations = vec![account.now - minutes(60); 6]
        }),
    ];
    for (code, change) in cases {
        let mut account = Account::steady(0);
        account.target.scaling.min = tidegate_policy::units::Count(1);
        change(&mut account);
        let plan = account.plan();
        assert_eq!(plan.actions, [], "{code}: {plan}");
        assert_eq!(plan.decision.explanation.reason.code(), code, "{plan}");
    }
}

/// A policy that flaps uses them up while nobody looks: it is told at once, and over once the oldest creation is a day old.
#[test]
fn a_spent_budget_of_creations_is_told_for_as_long_as_it_lasts_and_not_only_when_a_replica_is_wanted() {
    let told = |creations: usize, minutes_ago: i64| {
        let mut account = Account::steady(2);
        account.history.rds_replicas.creations = vec![account.now - minutes(minutes_ago); creations];
        let plan = account.plan();
        let ours = plan.alerts.into_iter().map(|alert| (alert.key, alert.explanation));
        let ours = ours.filter(|(_, why)| why.reason.code() == "creation_budget_spent");
        ours.map(|(key, why)| (key.unwrap(), why.detail)).collect::<Vec<_>>()
    };
    assert_eq!(told(5, 60), []);
    assert_eq!(told(6, 24 * 60), []);
    let [(key, detail)] = told(6, 60).try_into().unwrap();
    assert_eq!(key, "the creations of 24 hours");
    assert!(
        detail.starts_with(
            "6 creations in 24 hours are the most that the policy allows; none is created before "
        )
    );
    // The same alert at every look: told once.
    assert_eq!(told(6, 600)[0].0, key);
}

#[test]
fn foreign_unfinished_and_leaving_replicas_count_against_the_maximum() {
    let mut account = Account::steady(2);
    account.add_replica("reporting", None).tags.clear();
    account.add_replica("tg-orders-old", None).status = status("deleting");
    account.add_replica("adhoc", None).tags.clear();
    account.load(90.0, 50.0);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.decision.explanation.reason.code(), "no_room_for_replicas", "{plan}");
}

#[test]
fn a_replica_that_is_being_made_counts_before_rds_says_whose_it_is() {
    let mut account = Account::steady(2);
    account.target.scaling.max = tidegate_policy::units::Count(3);
    let unnamed = account.add_replica("adhoc", None);
    unnamed.tags.clear();
    unnamed.source = None;
    unnamed.status = status("creating");
    account.load(90.0, 50.0);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.decision.explanation.reason.code(), "no_room_for_replicas", "{plan}");
}

#[test]
fn the_first_replica_takes_over_from_the_floor_only_at_its_full_weight() {
    let mut account = Account::steady(0);
    let plan = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    let id = create.id.to_string();
    account.comes_up(&id, 10.0, 5.0);
    let mut pairs = vec![];
    for _ in 0..25 {
        let _ = account.step();
        pairs.push((account.weight(&id), account.weight("primary-floor")));
    }
    pairs.dedup();
    assert_eq!(pairs, [(Some(4), Some(64)), (Some(64), Some(0))]);
}

//! Dead capacity is no capacity. Goal: what does not serve is alerted and replaced within the bounds, is never deleted for it, and counts
//! again once it is fit; a reboot, an ordinary creation and a silent CloudWatch replace nobody.

use tidegate_policy::history::Transition;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{Reading, Replication};
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};
use tidegate_policy::units::{Count, Weight};

use super::fixture::{Account, no_signals, rds, reading, status};

const VICTIM: &str = "tg-orders-1";

fn alerted(plan: &Plan, code: &str) -> bool {
    plan.alerts.iter().any(|alert| alert.explanation.reason.code() == code)
}

/// What is asked for in the next so many minutes. Nothing may be taken away meanwhile.
fn asked_within(account: &mut Account, attempts: usize) -> Vec<(usize, String)> {
    let mut asked = Vec::new();
    for attempt in 0..attempts {
        let plan = account.step();
        assert!(plan.actions.iter().all(|action| !action.is_destructive()), "attempt {attempt}: {plan}");
        asked.extend(plan.actions.iter().filter_map(|action| match action {
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) => {
                Some((attempt, create.id.to_string()))
            }
            _ => None,
        }));
    }
    asked
}

/// One that does not serve, of a minimum of two.
fn short_of_one(spoil: impl Fn(&mut Account)) -> Account {
    let mut account = Account::steady(2);
    account.target.scaling.min = Count(2);
    // Lag itself asks for no more.
    account.target.scaling.scale_out.truncate(2);
    spoil(&mut account);
    account
}

fn lagging(account: &mut Account) {
    let now = account.now;
    account.replica(VICTIM).signals.lag = reading(4_000.0, now);
}

#[test]
fn what_has_not_served_for_an_hour_is_alerted_and_replaced() {
    type Spoil = fn(&mut Account);
    let ways: [(&str, Spoil); 7] = [
        ("storage-full", |account| account.replica(VICTIM).status = status("storage-full")),
        ("stopped", |account| account.replica(VICTIM).status = status("stopped")),
        ("restore-error", |account| account.replica(VICTIM).status = status("restore-error")),
        ("no key", |account| {
            account.replica(VICTIM).status = status("inaccessible-encryption-credentials");
        }),
        ("unheard-of", |account| account.replica(VICTIM).status = status("unheard-of")),
        ("lagging", lagging),
        ("not replicating", |account| {
            account.replica(VICTIM).replication = Replication::Broken("error".to_owned());
        }),
    ];
    for (name, spoil) in ways {
        let mut account = short_of_one(spoil);
        let asked = asked_within(&mut account, 120);
        let [(after, id)] = &asked[..] else { panic!("{name}: {asked:?}") };
        // The clock begins with the look that sees it, or with the one after it lost its weight.
        assert!((60..=61).contains(after), "{name}: asked for after {after} minutes");
        let plan = account.plan();
        assert!(alerted(&plan, "replica_not_serving"), "{name}: {plan}");
        assert_eq!(
            plan.decision.current,
            Count(2),
            "{name}: the one that serves and the one that comes: {plan}"
        );
        let id = id.clone();
        account.comes_up(&id, 30.0, 20.0);
        assert_eq!(asked_within(&mut account, 300), [], "{name}: replaced once");
        assert_eq!(account.weight(&id), Some(64), "{name}");
        assert!(account.seen.replicas.iter().any(|replica| replica.id.as_str() == VICTIM), "{name}");
    }
}

/// Whoever switches IAM authentication on at the source alone: what answers goes on, and what falls out of the answers does not come back in.
#[test]
fn what_may_not_join_for_its_login_is_replaced_too() {
    let mut account = short_of_one(|account| {
        account.source().settings.iam_authentication = true;
        for replica in &mut account.seen.replicas {
            replica.iam_authentication = replica.id.as_str() != VICTIM;
        }
        let records = &mut account.seen.records.weighted;
        records.iter_mut().filter(|record| record.set_id.as_str() == VICTIM).for_each(|record| {
            record.weight = Weight(0);
        });
    });
    let asked = asked_within(&mut account, 120);
    let [(after, _)] = &asked[..] else { panic!("{asked:?}") };
    assert!((60..=61).contains(after), "asked for after {after} minutes");
    // At any weight it goes on answering and counts.
    let mut account = short_of_one(|account| account.source().settings.iam_authentication = true);
    assert_eq!(asked_within(&mut account, 120), []);
}

#[test]
fn it_goes_on_counting_against_the_maximum_and_the_budget() {
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("storage-full"));
    account.target.scaling.max = Count(2);
    assert_eq!(asked_within(&mut account, 120), []);
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "no_room_for_replicas", "{plan}");
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("storage-full"));
    rds(&mut account.target).creations_per_day = Count(1);
    account.history.rds_replicas.creations = vec![account.now];
    assert_eq!(asked_within(&mut account, 120), []);
}

#[test]
fn once_it_is_fit_it_counts_again_and_the_alert_is_over() {
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("storage-full"));
    let asked = asked_within(&mut account, 70);
    account.comes_up(&asked[0].1, 30.0, 20.0);
    assert_eq!(asked_within(&mut account, 60), []);
    account.replica(VICTIM).status = status("available");
    let plan = account.step();
    assert!(!alerted(&plan, "replica_not_serving"), "{plan}");
    assert_eq!(plan.decision.current, Count(3), "{plan}");
    assert_eq!(asked_within(&mut account, 40), []);
    assert_eq!(account.weight(VICTIM), Some(64));
    assert!(
        account.history.rds_replicas.not_serving.is_empty(),
        "{:?}",
        account.history.rds_replicas.not_serving
    );
}

#[test]
fn a_reboot_and_a_flapping_replica_replace_nobody() {
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("rebooting"));
    assert_eq!(asked_within(&mut account, 50), []);
    account.replica(VICTIM).status = status("available");
    assert_eq!(asked_within(&mut account, 30), []);
    assert_eq!(account.weight(VICTIM), Some(64));
    // It served in between: the clock begins anew.
    account.replica(VICTIM).status = status("rebooting");
    assert_eq!(asked_within(&mut account, 50), []);
}

#[test]
fn silence_of_cloudwatch_replaces_nobody() {
    let mut account = short_of_one(|account| {
        for replica in &mut account.seen.replicas {
            replica.signals = no_signals();
        }
        account.source().signals.cpu = Reading::Missing;
        account.seen.records.weighted.retain(|record| record.set_id.as_str() != VICTIM);
        account.seen.signals_read = false;
    });
    assert_eq!(asked_within(&mut account, 180), []);
    // With the others' metrics there, the missing lag is its own.
    account.seen.signals_read = true;
    let now = account.now;
    account.source().signals.cpu = reading(50.0, now);
    account.source().signals.connections = reading(50.0, now);
    assert_eq!(asked_within(&mut account, 70).len(), 1);
}

#[test]
fn a_look_without_metrics_neither_ends_nor_repeats_it() {
    let mut account = short_of_one(lagging);
    assert_eq!(asked_within(&mut account, 62).len(), 1);
    // Between two evaluations only descriptions and records are read.
    account.seen.signals_read = false;
    for replica in &mut account.seen.replicas {
        replica.signals = no_signals();
    }
    account.source().signals.cpu = Reading::Missing;
    let plan = account.plan();
    assert!(alerted(&plan, "replica_not_serving"), "{plan}");
    assert_eq!(plan.decision.current, Count(2), "{plan}");
    assert_eq!(asked_within(&mut account, 10), []);
}

#[test]
fn one_description_without_it_forgets_nothing_and_an_hour_of_them_does() {
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("storage-full"));
    assert_eq!(asked_within(&mut account, 30), []);
    let clock = |account: &Account| {
        account.history.rds_replicas.not_serving.get(&InstanceId::new(VICTIM)).map(|clock| clock.since)
    };
    let since = clock(&account);
    assert!(since.is_some());
    account.seen.replicas.retain(|replica| replica.id.as_str() != VICTIM);
    let _ = account.step();
    assert_eq!(clock(&account), since);
    account.pass(60);
    let _ = account.step();
    assert_eq!(clock(&account), None);
}

#[test]
fn a_lost_ledger_restarts_the_clock() {
    let mut account = short_of_one(|account| account.replica(VICTIM).status = status("storage-full"));
    assert_eq!(asked_within(&mut account, 59), []);
    account.history.rds_replicas.not_serving.clear();
    assert_eq!(asked_within(&mut account, 59), []);
}

#[test]
fn a_replica_that_rds_never_finishes_does_not_stop_all_other_planning() {
    for named in [true, false] {
        let mut account = Account::steady(1);
        account.load(90.0, 50.0);
        let first = account.step();
        let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &first.actions[..] else {
            panic!("{first}")
        };
        let id = create.id.to_string();
        if !named {
            account.replica(&id).source = None;
        }
        // An ordinary creation takes up to an hour, and until then nothing else is asked for.
        assert_eq!(asked_within(&mut account, 59), [], "named {named}");
        assert!(matches!(
            account.history.rds_replicas.intents.first().unwrap().transition,
            Transition::Add(_)
        ));
        let asked = asked_within(&mut account, 30);
        assert_eq!(asked.len(), 1, "named {named}: scaling goes on: {asked:?}");
        account.load(50.0, 50.0);
        account.comes_up(&asked[0].1, 30.0, 20.0);
        assert_eq!(asked_within(&mut account, 40), []);
        assert_eq!(account.weight(&asked[0].1), Some(64), "named {named}");
        // It comes up after all, and is taken in.
        account.replica(&id).source = Some(InstanceId::new("orders-primary"));
        account.comes_up(&id, 30.0, 20.0);
        assert_eq!(asked_within(&mut account, 40), []);
        assert_eq!(account.weight(&id), Some(64), "named {named}: adopted");
    }
}

#[test]
fn what_is_dead_is_not_chosen_to_go() {
    let mut account = Account::steady(3);
    account.target.scaling.scale_out.truncate(2);
    lagging(&mut account);
    assert_eq!(asked_within(&mut account, 70), []);
    account.load(10.0, 10.0);
    let mut gone = None;
    for _ in 0..400 {
        let plan = account.step();
        for action in &plan.actions {
            if let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = action {
                gone = Some(delete.id.to_string());
            }
        }
        let now = account.now;
        let out: Vec<_> = account
            .seen
            .records
            .weighted
            .iter()
            .filter(|record| record.weight.0 == 0)
            .map(|record| record.set_id.to_string())
            .collect();
        for replica in
            account.seen.replicas.iter_mut().filter(|replica| out.iter().any(|id| id == replica.id.as_str()))
        {
            replica.signals.connections = reading(0.0, now);
        }
        if gone.is_some() {
            break;
        }
    }
    assert!(gone.as_deref().is_some_and(|gone| gone != VICTIM), "{gone:?}");
}

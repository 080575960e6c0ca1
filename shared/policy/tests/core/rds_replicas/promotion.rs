//! A person picks a replica that is on its way out, for it has no clients, and promotes it. RDS shows that something goes on and not what.
//! Goal: it is never deleted, whenever the promotion begins; and a replica that merely changes is let go of in the end.

use tidegate_policy::history::Transition;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{Replica, Replication};
use tidegate_policy::plan::{Action, RdsReplicasAction};
use tidegate_policy::policy::OnDeadline;

use super::fixture::{Account, minutes, rds, reading, status};

type Show = fn(&mut Replica);

/// How a promotion may show; which of these RDS does is not known without an account.
const SHOWN: [(&str, Show); 5] = [
    ("modifying", |replica| replica.status = status("modifying")),
    ("rebooting", |replica| replica.status = status("rebooting")),
    ("terminated", |replica| replica.replication = Replication::Broken("terminated".to_owned())),
    ("no status info", |replica| replica.replication = Replication::Unknown),
    ("pending", |replica| replica.pending = vec!["BackupRetentionPeriod".to_owned()]),
];

/// Three replicas of which one is to go, with nobody at any of them.
fn removing() -> (Account, String) {
    let mut account = Account::steady(3);
    account.target.scaling.min = tidegate_policy::units::Count(2);
    account.load(5.0, 1.0);
    let plan = account.step();
    let Some(Transition::Remove(removal)) =
        account.history.rds_replicas.intents.first().cloned().map(|intent| intent.transition)
    else {
        panic!("{plan}")
    };
    (account, removal.id.to_string())
}

/// How many attempts it takes from the choice to the deletion.
fn attempts_to_the_deletion() -> usize {
    let (mut account, _) = removing();
    (1..60).find(|_| account.step().actions.iter().any(|action| action.is_destructive())).unwrap()
}

#[test]
fn a_promotion_that_begins_at_any_step_of_a_drain_is_never_answered_with_a_deletion() {
    let last = attempts_to_the_deletion();
    assert!(last > 10, "{last}");
    for deadline in [OnDeadline::Cancel, OnDeadline::Force] {
        for (name, shown) in SHOWN {
            let mut stages = std::collections::BTreeSet::new();
            for begins in 0..last {
                let (mut account, id) = removing();
                rds(&mut account.target).drain.on_deadline = deadline;
                for _ in 0..begins {
                    let _ = account.step();
                }
                stages.insert(account.weight(&id));
                shown(account.replica(&id));
                // As long as it may take, and then it is a database of its own.
                for minute in 0..120 {
                    if minute == 90 {
                        account.replica(&id).source = None;
                    }
                    let plan = account.step();
                    // Another one may go meanwhile.
                    let deletes = |action: &Action| matches!(action, Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) if delete.id.as_str() == id);
                    assert!(
                        !plan.actions.iter().any(deletes),
                        "{name} from attempt {begins} on, minute {minute}: {plan}"
                    );
                }
                let removing = account.history.rds_replicas.removing().next().map(InstanceId::as_str);
                assert_ne!(removing, Some(id.as_str()), "{name} from attempt {begins} on");
                assert_eq!(account.weight(&id), None, "{name}: a database of its own has no record");
            }
            assert_eq!(stages.into_iter().collect::<Vec<_>>(), [None, Some(0), Some(64)], "{name}");
        }
    }
}

#[test]
fn a_change_of_the_victim_is_waited_for_until_the_deadline_and_then_the_removal_is_taken_back() {
    let (mut account, id) = removing();
    let _ = account.step();
    assert_eq!(account.weight(&id), Some(0));
    account.replica(&id).status = status("modifying");
    let began = account.now;
    let waits = account.step().step.unwrap();
    assert_eq!(
        waits.to_string(),
        format!(
            "await_unchanging: {id} is not removed while it is \"modifying\": a person may be promoting it"
        )
    );
    while !account.history.rds_replicas.intents.is_empty() {
        let plan = account.step();
        let step = plan.step.unwrap();
        if account.history.rds_replicas.intents.is_empty() {
            assert_eq!(step.reason.code(), "drain_cancelled_deadline", "{step}");
            assert!(step.detail.contains("after 45m it is \"modifying\""), "{step}");
        }
    }
    assert_eq!(account.now.duration_since(began), minutes(46));
    // It comes back in once it is at rest again, and the next removal is another's.
    account.replica(&id).status = status("available");
    account.load(50.0, 50.0);
    for _ in 0..40 {
        let _ = account.step();
    }
    assert_eq!(account.weight(&id), Some(64));
}

#[test]
fn a_change_that_ends_in_time_delays_the_deletion_and_no_more() {
    let (mut account, id) = removing();
    for _ in 0..3 {
        let _ = account.step();
    }
    account.replica(&id).status = status("modifying");
    for _ in 0..20 {
        let plan = account.step();
        assert_eq!(plan.actions, [], "{plan}");
    }
    account.replica(&id).status = status("available");
    let deletes = |account: &mut Account| account.step().actions.iter().any(|action| action.is_destructive());
    assert!((0..20).any(|_| deletes(&mut account)));
}

#[test]
fn rising_load_takes_the_removal_back_although_the_victim_changes() {
    let (mut account, id) = removing();
    let _ = account.step();
    account.replica(&id).status = status("modifying");
    account.load(95.0, 50.0);
    let now = account.now;
    account.replica(&id).signals.connections = reading(1.0, now);
    assert_eq!(account.step().step.unwrap().reason.code(), "drain_cancelled_load");
}

#[test]
fn what_changes_or_has_a_pending_change_is_not_chosen() {
    for (name, shown) in SHOWN {
        let mut account = Account::steady(3);
        account.load(5.0, 5.0);
        let first = account.plan().history.rds_replicas.removing().next().unwrap().to_string();
        shown(account.replica(&first));
        // What does not serve loses its weight first.
        let second = (0..3).find_map(|_| account.step().history.rds_replicas.removing().next().cloned());
        assert!(second.is_some_and(|second| second.as_str() != first), "{name}");
        let mut account = Account::steady(3);
        account.load(5.0, 5.0);
        for nth in 1..=3 {
            shown(account.replica(&format!("tg-orders-{nth}")));
        }
        assert_eq!(
            (0..3).find_map(|_| account.step().history.rds_replicas.removing().next().cloned()),
            None,
            "{name}"
        );
    }
}

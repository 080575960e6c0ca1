//! Paused replicas: none is made, none leaves, and clients are sent where they are answered all the same.

use tidegate_policy::check::check;
use tidegate_policy::history::Transition;
use tidegate_policy::observed::Observed;
use tidegate_policy::order::take;
use tidegate_policy::pause::Paused;
use tidegate_policy::plan::plan;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;

use super::fixture::{Account, status};
use crate::orders::{RESUME, pause};

fn paused(mut account: Account, what: Paused) -> Account {
    take(&account.target, &mut account.history, &pause(what, 240), account.now).unwrap();
    account
}

fn step_of(account: &mut Account) -> (Option<Reason>, usize) {
    let plan = account.step();
    (plan.step.map(|step| step.reason), plan.actions.len())
}

/// Three idle replicas, of which the one with this name drains.
fn draining() -> (Account, String) {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let _ = account.step();
    assert_eq!(step_of(&mut account), (Some(Reason::DrainStart), 1));
    let id = account.history.rds_replicas.removing().next().unwrap().to_string();
    (account, id)
}

#[test]
fn a_drain_is_taken_back_and_begins_again_as_soon_as_the_pause_ends() {
    let (account, id) = draining();
    let mut account = paused(account, Paused::In);
    assert_eq!(step_of(&mut account), (Some(Reason::DrainCancelledPause), 1));
    assert_eq!(account.weight(&id), Some(64), "the same replica takes reads again");
    assert_eq!(account.history.rds_replicas.failed_removals, 0, "a pause is no failure of a drain");
    assert_eq!(account.history.scaled_in_at, None, "and nothing is waited for after it");
    let plan = account.step();
    assert_eq!((plan.decision.desired, plan.decision.limited_by), (Count(3), Some(Reason::Paused)), "{plan}");
    assert_eq!(
        plan.decision.explanation.detail,
        "2 are wanted and 3 are there: removals are paused until 2026-03-04T16:02:00Z by the command of 2026-03-04T12:02:00Z; a command with \"resume\": true ends that now"
    );
    assert_eq!(plan.decision.next_eligible, Some("2026-03-04T16:02:00Z".parse().unwrap()));
    take(&account.target, &mut account.history, &RESUME, account.now).unwrap();
    assert_eq!(step_of(&mut account), (Some(Reason::ChooseVictim), 0));
}

#[test]
fn paused_additions_let_a_removal_go_on() {
    let (account, _) = draining();
    let mut account = paused(account, Paused::Out);
    assert_eq!(step_of(&mut account), (Some(Reason::ChooseVictim), 0));
    assert_eq!(account.history.rds_replicas.removing().count(), 2, "another begins beside it");
}

#[test]
fn a_deletion_that_was_asked_for_ends_and_is_not_asked_for_again() {
    let (mut account, id) = draining();
    let now = account.now;
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != id);
    account.history.rds_replicas.weights.retain(|set_id, _| set_id.as_str() != id);
    let Transition::Remove(removal) = &mut account.history.rds_replicas.intents[0].transition else {
        panic!()
    };
    (removal.delete_requested, removal.asked_at, removal.asks) = (true, Some(now), 1);
    removal.retry_at = Some(now);
    let mut account = paused(account, Paused::All);
    assert_eq!(
        step_of(&mut account),
        (Some(Reason::Paused), 0),
        "it may have happened, and is not asked again"
    );
    let mut lost = account.clone();
    lost.pass(5);
    assert_eq!(step_of(&mut lost).0, Some(Reason::DrainCancelledPause), "by now RDS would show it");
    account.replica(&id).status = status("deleting");
    assert_eq!(step_of(&mut account), (Some(Reason::AwaitDeleted), 0));
    account.seen.replicas.retain(|replica| replica.id.as_str() != id);
    assert_eq!(step_of(&mut account), (Some(Reason::Removed), 0));
}

/// A busy primary, and the replica that was asked for.
fn adding() -> (Account, String) {
    let mut account = Account::steady(1);
    account.load(95.0, 50.0);
    assert_eq!(step_of(&mut account), (Some(Reason::CreateReplicas), 1));
    let id = account.history.rds_replicas.additions().next().unwrap().id.to_string();
    (account, id)
}

#[test]
fn what_is_ordered_joins_although_additions_are_paused() {
    let (account, id) = adding();
    let mut account = paused(account, Paused::All);
    account.comes_up(&id, 10.0, 10.0);
    assert_eq!(step_of(&mut account), (Some(Reason::JoinReader), 1));
    for _ in 0..40 {
        let plan = account.step();
        assert!(plan.decision.desired <= plan.decision.current, "{plan}");
    }
    assert_eq!(account.weight(&id), Some(64));
    assert_eq!(account.seen.replicas.len(), 2, "and no other is made");
}

#[test]
fn what_rds_does_not_show_is_not_asked_for_again() {
    let (account, id) = adding();
    let mut account = paused(account, Paused::Out);
    account.seen.replicas.retain(|replica| replica.id.as_str() != id);
    let plan = account.plan();
    assert_eq!(plan.step.as_ref().map(|step| step.reason), Some(Reason::Paused), "{plan}");
    assert!(plan.actions.is_empty());
    take(&account.target, &mut account.history, &RESUME, account.now).unwrap();
    assert_eq!(step_of(&mut account), (Some(Reason::CreateReplicas), 1));
}

#[test]
fn a_failed_creation_is_kept_until_removals_go_on() {
    let (account, id) = adding();
    let mut account = paused(account, Paused::In);
    account.replica(&id).status = status("failed");
    assert_eq!(step_of(&mut account), (Some(Reason::Paused), 0));
    take(&account.target, &mut account.history, &RESUME, account.now).unwrap();
    assert_eq!(step_of(&mut account), (Some(Reason::AbandonReplica), 1));
}

#[test]
fn the_reader_name_is_kept_safe_while_all_is_paused() {
    let mut account = paused(Account::steady(2), Paused::All);
    account.replica("tg-orders-1").status = status("stopped");
    assert_eq!(step_of(&mut account), (Some(Reason::DemoteReplica), 1));
    account.replica("tg-orders-2").status = status("stopped");
    assert_eq!(step_of(&mut account), (Some(Reason::DemoteReplica), 1));
    assert_eq!(account.weight("primary-floor"), Some(64), "the primary answers");
    account.replica("tg-orders-1").status = status("available");
    let mut reasons = Vec::new();
    for _ in 0..40 {
        reasons.extend(step_of(&mut account).0);
    }
    assert!(
        reasons.contains(&Reason::LowerFloor) || account.weight("primary-floor") == Some(0),
        "{reasons:?}"
    );
    assert_eq!(account.weight("tg-orders-1"), Some(64), "what comes back is taken in: {reasons:?}");
}

#[test]
fn the_switch_is_an_alert_also_beside_a_command_for_the_other_direction() {
    let mut account = Account::steady(1);
    take(&account.target, &mut account.history, &pause(Paused::Out, 60), account.now).unwrap();
    let seen = account.observation();
    let observed = Observed::new(&account.target, &seen).unwrap().switched(Some(Paused::In));
    let told = plan(observed, &account.history, account.now);
    let keys: Vec<_> = told.alerts.iter().filter_map(|alert| alert.key.as_deref()).collect();
    assert!(keys.contains(&"the stack's parameter Paused"), "{keys:?}");
}

/// The switch of the stack means the same, stands in no ledger, and ends with the stack's next word.
#[test]
fn the_switch_of_the_stack_holds_as_a_pause_does() {
    let mut account = Account::steady(1);
    account.load(95.0, 50.0);
    let seen = account.observation();
    for (switch, desired, actions) in
        [(None, 2, 1), (Some(Paused::In), 2, 1), (Some(Paused::Out), 1, 0), (Some(Paused::All), 1, 0)]
    {
        let observed = Observed::new(&account.target, &seen).unwrap().switched(switch);
        let plan = plan(observed, &account.history, account.now);
        assert_eq!((plan.decision.desired, plan.actions.len()), (Count(desired), actions), "{plan}");
        assert_eq!(check(observed, &account.history, &plan, account.now), Ok(()));
        assert!(plan.history.orders.is_empty());
        // Nobody is to forget it: it is an alert for as long as it stands.
        let told = plan.alerts.iter().filter(|alert| alert.explanation.reason == Reason::PauseBegan);
        let told: Vec<_> = told.map(|alert| alert.key.as_deref()).collect();
        assert_eq!(
            told,
            if switch.is_some() { vec![Some("the stack's parameter Paused")] } else { Vec::new() }
        );
        if actions == 0 {
            let until = "until a person deploys Paused=none";
            assert!(plan.decision.explanation.detail.ends_with(until), "{plan}");
        } else if switch == Some(Paused::In) {
            // What is planned without the switch is refused with it.
            let off = Observed::new(&account.target, &seen).unwrap().switched(Some(Paused::Out));
            let violations = check(off, &account.history, &plan, account.now).unwrap_err();
            assert!(violations.iter().all(|violation| violation.invariant == "paused"), "{violations:?}");
        }
    }
}

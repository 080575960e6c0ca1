//! A person's hold by tag. Goal: the replica takes no reads and stays, whatever the load; the name always answers; and it climbs again after.

use tidegate_policy::history::Transition;
use tidegate_policy::observation::{Inspection, Look, OtherUses, RecordGroup};
use tidegate_policy::ownership::HOLD_TAG;
use tidegate_policy::plan::{
    Action, DeleteReplica, Ending, LastLook, Plan, RdsReplicasAction, may_still_change,
};
use tidegate_policy::units::Count;

use super::fixture::{Account, rds, reading, status};

const HELD: &str = "tg-orders-1";

fn hold(account: &mut Account) {
    account.replica(HELD).tags.insert(HOLD_TAG.to_owned(), "ana".to_owned());
}

fn noted(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| note.reason.code() == "replica_held")
}

/// Steps on; the held one never gets a weight and is never deleted.
fn live(account: &mut Account, attempts: usize) -> Vec<Plan> {
    let mut weight = account.weight(HELD).unwrap_or(0);
    let mut plans = Vec::new();
    for attempt in 0..attempts {
        let plan = account.step();
        for action in &plan.actions {
            let deletes = matches!(action, Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) if delete.id.as_str() == HELD);
            assert!(!deletes, "attempt {attempt}: {plan}");
        }
        let now = account.weight(HELD).unwrap_or(0);
        assert!(now <= weight, "attempt {attempt}: from {weight} to {now}: {plan}");
        weight = now;
        plans.push(plan);
    }
    plans
}

#[test]
fn a_held_replica_loses_its_weight_at_once_and_is_kept() {
    let mut account = Account::steady(3);
    hold(&mut account);
    let plans = live(&mut account, 60);
    assert_eq!(plans[0].step.as_ref().unwrap().reason.code(), "replica_held");
    assert_eq!(account.weight(HELD), Some(0));
    assert_eq!(account.weight("primary-floor"), Some(0), "others at full weight take over");
    let last = plans.last().unwrap();
    assert!(noted(last), "{last}");
    assert_eq!(last.decision.current, Count(2), "it counts as theirs: {last}");
    // Without load nothing of it is taken away either.
    account.load(5.0, 5.0);
    let now = account.now;
    account.replica(HELD).signals.connections = reading(0.0, now);
    let _ = live(&mut account, 200);
    assert!(account.seen.replicas.iter().any(|replica| replica.id.as_str() == HELD));
}

#[test]
fn where_nobody_at_full_weight_answers_the_primary_takes_over_in_the_same_batch() {
    for other in [None, Some(16)] {
        let mut account = Account::steady(1);
        if let Some(weight) = other {
            account.add_replica("tg-orders-2", Some(weight));
        }
        hold(&mut account);
        let plan = account.step();
        assert_eq!(plan.step.as_ref().unwrap().reason.code(), "replica_held", "{plan}");
        assert_eq!(account.weight(HELD), Some(0), "{other:?}");
        assert_eq!(account.weight("primary-floor"), Some(64), "{other:?}");
    }
}

/// Goal: who holds a replica and stops it before the next look finds it out of the answers, whatever the others are at.
#[test]
fn one_that_is_held_and_stopped_loses_its_weight_beside_one_that_climbs() {
    for word in ["stopped", "rebooting", "failed"] {
        let mut account = Account::steady(1);
        account.add_replica("tg-orders-2", Some(4));
        hold(&mut account);
        account.replica(HELD).status = status(word);
        let _ = account.step();
        assert_eq!(account.weight(HELD), Some(0), "{word}");
    }
}

#[test]
fn the_last_that_answers_keeps_its_weight_until_another_does() {
    let mut account = Account::steady(1);
    rds(&mut account.target).floor = false;
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
    account.history.rds_replicas.weights.retain(|id, _| id.as_str() != "primary-floor");
    hold(&mut account);
    let plan = account.step();
    assert_eq!(account.weight(HELD), Some(64), "{plan}");
    let alerted = plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "replica_held");
    assert!(alerted, "{plan}");
    // It counts as theirs, so that the minimum is made.
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(_))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    account.add_replica("tg-orders-2", Some(64));
    let _ = account.step();
    assert_eq!(account.weight(HELD), Some(0));
}

#[test]
fn a_removal_of_it_is_taken_back_without_its_weight() {
    for (minute, name) in [(0, "chosen"), (2, "draining")] {
        let mut account = Account::steady(3);
        account.target.scaling.min = tidegate_policy::units::Count(2);
        account.load(5.0, 5.0);
        while account.history.rds_replicas.intents.is_empty() {
            let _ = account.step();
        }
        for _ in 0..minute {
            let _ = account.step();
        }
        let Some(Transition::Remove(removal)) =
            account.history.rds_replicas.intents.first().map(|intent| &intent.transition)
        else {
            panic!("{name}: no removal")
        };
        let victim = removal.id.to_string();
        let before = account.weight(&victim);
        account.replica(&victim).tags.insert(HOLD_TAG.to_owned(), "ana".to_owned());
        let plan = account.step();
        assert_eq!(account.history.rds_replicas.intents, [], "{name}: {plan}");
        assert_eq!(account.weight(&victim), before, "{name}: it does not rise: {plan}");
        let _ = account.step();
        assert_eq!(account.weight(&victim), Some(0), "{name}");
    }
}

#[test]
fn without_the_tag_it_climbs_again_through_the_lag_gate() {
    let mut account = Account::steady(2);
    hold(&mut account);
    let _ = live(&mut account, 90);
    account.replica(HELD).tags.remove(HOLD_TAG);
    let now = account.now;
    account.replica(HELD).signals.lag = reading(400.0, now);
    let _ = account.step();
    assert_eq!(account.weight(HELD), Some(0), "not before it has caught up");
    account.replica(HELD).signals.lag = reading(0.2, now);
    let mut weights = Vec::new();
    for _ in 0..40 {
        let _ = account.step();
        weights.extend(account.weight(HELD));
    }
    weights.dedup();
    assert_eq!(weights, [4, 64]);
}

#[test]
fn one_on_its_way_in_leaves_its_addition() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let plan = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    let id = create.id.to_string();
    account.replica(&id).tags.insert(HOLD_TAG.to_owned(), "ana".to_owned());
    account.load(50.0, 50.0);
    let plan = account.step();
    assert_eq!(account.history.rds_replicas.intents, [], "{plan}");
    assert_eq!(account.weight(&id), None);
}

#[test]
fn the_last_look_stops_the_deletion_of_a_held_replica() {
    let mut account = Account::steady(2);
    let delete = DeleteReplica {
        id: account.replica(HELD).id.clone(),
        resource_id: account.replica(HELD).resource_id.clone(),
        source: account.source().id.clone(),
        ending: Ending::Drained,
    };
    let looked = |account: &mut Account| {
        let replica = Some(account.replica(HELD).clone());
        let records = RecordGroup { other_uses: OtherUses::none(), ..RecordGroup::default() };
        may_still_change(
            &account.target,
            &RdsReplicasAction::DeleteReplica(delete.clone()).into(),
            &Look::RdsReplicas(Inspection { replica, records, blue_green: Ok(Vec::new()) }),
        )
    };
    assert_eq!(looked(&mut account), LastLook::Go);
    hold(&mut account);
    assert!(matches!(looked(&mut account), LastLook::Stop(_)));
}

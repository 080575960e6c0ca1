//! A listing leaves out a replica that is there and serves. Goal: that costs it nothing; only what RDS does not know by name is gone.

use tidegate_policy::names::InstanceId;
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};

use super::fixture::{Account, endpoint};

fn reason(plan: &Plan) -> &'static str {
    plan.step.as_ref().map_or("-", |step| step.reason.code())
}

fn unlist(account: &mut Account, id: &str) {
    account.seen.replicas.retain(|replica| replica.id.as_str() != id);
}

#[test]
fn what_a_listing_leaves_out_keeps_its_record_until_rds_does_not_know_its_name() {
    let mut account = Account::steady(2);
    unlist(&mut account, "tg-orders-1");
    account.asked_by_name = false;
    assert_eq!(account.step().actions, []);
    assert_eq!(account.weight("tg-orders-1"), Some(64));
    account.asked_by_name = true;
    assert_eq!(reason(&account.step()), "sweep_record");
    assert_eq!(account.weight("tg-orders-1"), None);
}

#[test]
fn a_removal_is_not_done_because_its_victim_is_not_listed() {
    let mut account = Account::steady(3);
    account.target.scaling.min = tidegate_policy::units::Count(2);
    account.load(5.0, 5.0);
    let _ = account.step();
    let id = account.history.rds_replicas.removing().next().unwrap().to_string();
    unlist(&mut account, &id);
    account.asked_by_name = false;
    for _ in 0..10 {
        let plan = account.step();
        assert_eq!((reason(&plan), plan.actions.len()), ("await_deleted", 0), "{plan}");
    }
    assert_eq!(account.history.rds_replicas.removing().next().map(InstanceId::as_str), Some(id.as_str()));
    account.asked_by_name = true;
    let reasons = [reason(&account.step()), reason(&account.step())];
    assert_eq!(reasons, ["sweep_record", "removed"]);
}

#[test]
fn an_addition_is_neither_made_again_nor_given_up_because_it_is_not_listed() {
    let mut account = Account::steady(1);
    account.load(95.0, 75.0);
    let plan = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)), ..] = &plan.actions[..] else {
        panic!("{plan}")
    };
    let id = create.id.to_string();
    // Once seen, and once not.
    for seen in [false, true] {
        let mut account = account.clone();
        if seen {
            let _ = account.step();
        }
        unlist(&mut account, &id);
        account.asked_by_name = false;
        for _ in 0..90 {
            let plan = account.step();
            assert_eq!(plan.actions, [], "{plan}");
        }
        assert!(!account.history.rds_replicas.intents.is_empty(), "{:?}", account.history);
        account.asked_by_name = true;
        let plans: Vec<_> = (0..10).map(|_| account.step()).collect();
        let alerts = plans.iter().flat_map(|plan| &plan.alerts);
        let given_up = alerts.filter(|alert| alert.explanation.reason.code() == "add_given_up").count();
        assert_eq!(given_up, 1, "{seen}");
    }
}

#[test]
fn while_nobody_says_which_region_this_is_no_record_is_swept() {
    // The primary was renamed, and its replicas deleted; the other Region's replicas are behind the same name.
    let mut account = Account::steady(1);
    account.seen.source = None;
    account.seen.replicas.clear();
    for record in &mut account.seen.records.weighted {
        record.weight = tidegate_policy::units::Weight(0);
    }
    assert_eq!(account.step().actions, []);
    // A replica that is still there says it.
    account.add_replica("tg-orders-2", Some(64)).endpoint = Some(endpoint("tg-orders-2"));
    assert_eq!(reason(&account.step()), "sweep_record");
}

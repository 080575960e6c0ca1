//! The source is restored under its name, or switched over: the replicas keep our names and tags, and RDS rewrites their source. Goal: the
//! reader name never answers from another database while anything of its own could, and nothing of it is ever deleted.

use tidegate_policy::names::InstanceId;
use tidegate_policy::plan::{Action, Plan, RdsReplicasAction};
use tidegate_policy::units::Count;

use super::fixture::{Account, endpoint, no_signals, rds, status};

fn reason(plan: &Plan) -> &'static str {
    plan.step.as_ref().map_or("-", |step| step.reason.code())
}

fn alerted(plan: &Plan) -> Vec<&str> {
    let about = plan.alerts.iter().filter(|alert| alert.explanation.reason.code() == "source_changed");
    about.map(|alert| alert.explanation.detail.as_str()).collect()
}

/// Two replicas that served the name's source, which is another's name by now.
fn restored() -> Account {
    let mut account = Account::steady(2);
    for replica in &mut account.seen.replicas {
        replica.source = Some(InstanceId::new("orders-primary-old"));
    }
    account
}

fn without_floor(account: &mut Account) {
    rds(&mut account.target).floor = false;
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
}

#[test]
fn replicas_of_another_source_lose_their_weight_at_once_and_the_primary_answers_in_the_same_batch() {
    let mut account = restored();
    let plan = account.step();
    insta::assert_snapshot!(plan.actions[0], @"change records of orders-ro.example.com: -tg-orders-1@64 -tg-orders-2@64 -primary-floor@0 +tg-orders-1@0 +tg-orders-2@0 +primary-floor@64");
    assert_eq!(
        alerted(&plan)[0],
        "tg-orders-1 is a replica of orders-primary-old now, not of orders-primary, which was renamed, restored or switched over: it gets no \
         reads and is never deleted; delete it, or give orders-primary-old its name back"
    );
    assert_eq!(alerted(&plan).len(), 2);
}

#[test]
fn one_of_two_leaves_the_answers_alone() {
    let mut account = Account::steady(2);
    account.replica("tg-orders-1").source = Some(InstanceId::new("orders-primary-old"));
    let plan = account.step();
    insta::assert_snapshot!(plan.actions[0], @"change records of orders-ro.example.com: -tg-orders-1@64 +tg-orders-1@0");
    insta::assert_snapshot!(plan.step.unwrap(), @"demote_replica: tg-orders-1 is a replica of orders-primary-old, not of orders-primary: no more answers name it");
}

#[test]
fn they_are_replaced_within_the_bounds_and_never_deleted() {
    let mut account = restored();
    account.target.scaling.min = Count(2);
    account.target.scaling.max = Count(2);
    let mut created = Vec::new();
    for _ in 0..90 {
        let plan = account.step();
        for action in &plan.actions {
            assert!(!action.is_destructive(), "{plan}");
            if let Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)) = action {
                created.push(create.id.clone());
            }
        }
        let now = account.now;
        for replica in account.seen.replicas.iter_mut().filter(|replica| replica.status.0 == "creating") {
            replica.status = status("available");
            replica.endpoint = Some(endpoint(replica.id.as_str()));
            replica.replication = tidegate_policy::observation::Replication::Normal;
            replica.signals.cpu = super::fixture::reading(50.0, now);
            replica.signals.connections = super::fixture::reading(50.0, now);
            replica.signals.lag = super::fixture::reading(0.0, now);
        }
    }
    assert_eq!(created.len(), 2, "{created:?}");
    for id in created {
        assert_eq!(account.weight(id.as_str()), Some(64));
    }
    assert_eq!((account.weight("tg-orders-1"), account.weight("tg-orders-2")), (Some(0), Some(0)));
    assert_eq!(account.weight("primary-floor"), Some(0));
    assert_eq!(alerted(&account.plan()).len(), 2, "it is alerted for as long as they are there");
}

#[test]
fn while_nothing_else_could_answer_they_do() {
    // The primary was renamed, and nothing has its name yet.
    let mut account = restored();
    account.seen.source = None;
    let plan = account.step();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!((account.weight("tg-orders-1"), account.weight("primary-floor")), (Some(64), Some(0)));
    assert!(
        plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "reader_name_unserved"),
        "{plan}"
    );
    // It is being restored.
    let mut account = restored();
    account.source().status = status("creating");
    account.source().endpoint = None;
    account.source().signals = no_signals();
    assert_eq!(account.step().actions, []);
    // There is no floor: until a replica of the new primary has a weight, however small.
    let mut account = restored();
    without_floor(&mut account);
    let _ = account.step();
    assert_eq!(account.weight("tg-orders-1"), Some(64));
    account.add_replica("tg-orders-9", Some(1));
    let plan = account.step();
    assert_eq!(reason(&plan), "demote_replica", "{plan}");
    assert_eq!((account.weight("tg-orders-1"), account.weight("tg-orders-2")), (Some(0), Some(0)));
}

#[test]
fn what_is_promoted_what_is_dead_and_what_follows_another_leave_together() {
    let mut account = Account::steady(4);
    account.replica("tg-orders-1").source = None;
    account.replica("tg-orders-2").status = status("rebooting");
    account.replica("tg-orders-3").source = Some(InstanceId::new("orders-primary-old"));
    let plan = account.step();
    insta::assert_snapshot!(plan.step.unwrap(), @r#"sweep_record: the records go: tg-orders-1 was promoted; tg-orders-2 is "rebooting", tg-orders-3 is a replica of orders-primary-old, not of orders-primary: no more answers name it"#);
    let weights = [1, 2, 3, 4].map(|nth| account.weight(&format!("tg-orders-{nth}")));
    assert_eq!(weights, [None, Some(0), Some(0), Some(64)]);
}

#[test]
fn a_primary_that_gets_its_name_back_gets_its_replicas_back() {
    let mut account = restored();
    let _ = account.step();
    for replica in &mut account.seen.replicas {
        replica.source = Some(InstanceId::new("orders-primary"));
    }
    for _ in 0..40 {
        let _ = account.step();
    }
    assert_eq!((account.weight("tg-orders-1"), account.weight("tg-orders-2")), (Some(64), Some(64)));
    assert_eq!(account.weight("primary-floor"), Some(0));
    assert_eq!(alerted(&account.plan()), Vec::<&str>::new());
}

#[test]
fn a_removal_under_way_is_taken_back_and_its_victim_is_no_longer_answered_with() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let _ = account.step();
    let id = account.history.rds_replicas.removing().next().unwrap().to_string();
    account.replica(&id).source = Some(InstanceId::new("orders-primary-old"));
    let mut reasons = Vec::new();
    for _ in 0..3 {
        let plan = account.step();
        assert!(plan.actions.iter().all(|action| !action.is_destructive()), "{plan}");
        reasons.push(reason(&plan));
    }
    assert_eq!(reasons[..2], ["demote_replica", "drain_cancelled_guard"]);
    assert_eq!(account.weight(&id), Some(0));
}

#[test]
fn nobody_is_removed_while_reads_are_about_to_move() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    account.replica("tg-orders-1").source = Some(InstanceId::new("orders-primary-old"));
    let plan = account.plan();
    assert_eq!(plan.decision.explanation.reason.code(), "projected_load_too_high", "{plan}");
}

//! Blue/green deployments. Goal: nothing is made or deleted beside one, what it binds goes on answering, and its copies are called what they are.

use tidegate_policy::history::{Removal, Transition};
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{BlueGreen, BlueGreenMember, Inspection, Look};
use tidegate_policy::plan::{
    Action, DeleteReplica, Ending, LastLook, Plan, RdsReplicasAction, may_still_change,
};
use tidegate_policy::policy::OnDeadline;
use tidegate_policy::units::Count;

use super::fixture::{Account, minutes, rds, reading, status};
use crate::ecs_service::fixture::window;

/// As RDS tells of it: the source with its copy, and a replica with its own.
fn deployment(word: &str) -> BlueGreen {
    let member = |blue: &str, green: &str| BlueGreenMember {
        blue: Some(InstanceId::new(blue)),
        green: Some(InstanceId::new(green)),
    };
    BlueGreen {
        name: "upgrade".to_owned(),
        status: word.to_owned(),
        members: vec![
            member("orders-primary", "orders-primary-green-ab12cd"),
            member("tg-orders-1", "tg-orders-1-green-ef34gh"),
        ],
    }
}

/// Every word that RDS documents but the one for the end, and one that nobody knows.
const BINDING: [&str; 7] = [
    "PROVISIONING",
    "AVAILABLE",
    "SWITCHOVER_IN_PROGRESS",
    "SWITCHOVER_FAILED",
    "INVALID_CONFIGURATION",
    "DELETING",
    "SOMETHING_NEW",
];

fn touches_instances(plan: &Plan) -> bool {
    plan.actions.iter().any(|action| {
        matches!(
            action,
            Action::RdsReplicas(RdsReplicasAction::CreateReplica(_))
                | Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_))
        )
    })
}

#[test]
fn nothing_is_created_while_a_deployment_is_under_way() {
    for word in BINDING {
        let mut account = Account::steady(1);
        account.load(90.0, 50.0);
        account.seen.blue_green = Ok(vec![deployment(word)]);
        let plan = account.step();
        assert!(!touches_instances(&plan), "{word}: {plan}");
        assert_eq!(plan.decision.limited_by.unwrap().code(), "blue_green_in_progress", "{plan}");
        assert!(plan.decision.explanation.detail.contains(word), "{plan}");
        account.seen.blue_green = Ok(vec![deployment("SWITCHOVER_COMPLETED")]);
        assert!(touches_instances(&account.step()), "over is over");
    }
}

/// Nobody can tell of deployments.
fn denied(account: &mut Account) {
    account.seen.blue_green = Err("DescribeBlueGreenDeployments: AccessDenied".to_owned());
}

fn created(plan: &Plan) -> usize {
    plan.actions
        .iter()
        .filter(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_))))
        .count()
}

#[test]
fn nothing_is_added_above_the_minimum_while_nobody_can_tell() {
    let mut account = Account::steady(2);
    account.load(90.0, 50.0);
    assert_eq!(created(&account.plan()), 1, "else nothing is proven");
    denied(&mut account);
    let plan = account.step();
    assert!(!touches_instances(&plan) && account.history.rds_replicas.intents.is_empty(), "{plan}");
    assert_eq!(plan.decision.limited_by.unwrap().code(), "blue_green_unknown", "{plan}");
    let told = &plan.decision.explanation.detail;
    for part in ["orders-primary", "AccessDenied", "2 replicas are there", "the minimum of 1"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    account.seen.blue_green = Ok(Vec::new());
    assert_eq!(created(&account.step()), 1);
}

/// A replica beside a deployment is bad, fewer than the minimum is worse. What else is wanted waits.
#[test]
fn what_the_minimum_lacks_is_made_though_nobody_can_tell() {
    for (there, least, wanted, made) in
        [(0, 1, 4, 1), (1, 3, 1, 2), (1, 3, 4, 2), (2, 3, 1, 1), (3, 3, 1, 0), (0, 0, 1, 0)]
    {
        let mut account = Account::steady(there);
        account.target.scaling.min = Count(least);
        for rule in &mut account.target.scaling.scale_out {
            rule.step = Count(wanted);
        }
        account.load(90.0, 50.0);
        assert!(created(&account.plan()) >= made, "else nothing is proven");
        denied(&mut account);
        let plan = account.step();
        assert_eq!(created(&plan), made, "{there} of {least}, {wanted} more wanted: {plan}");
    }
    // What has not served for an hour is no replica in place.
    let mut account = Account::steady(1);
    denied(&mut account);
    account.replica("tg-orders-1").status = status("storage-full");
    let made: Vec<_> = (0..65).filter(|_| created(&account.step()) == 1).collect();
    assert_eq!(made, [60]);
}

/// The minimum of a window counts while it is open.
#[test]
fn the_minimum_is_the_one_in_force() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    denied(&mut account);
    account.target.scaling.windows = vec![window("11:00", "13:00", "UTC", Some(2), None)];
    assert_eq!(created(&account.clone().step()), 1);
    account.target.scaling.windows = vec![window("13:00", "14:00", "UTC", Some(2), None)];
    assert_eq!(created(&account.step()), 0);
}

/// A creation whose answer was lost is asked for again: as far as the minimum goes, and the rest once somebody can tell.
#[test]
fn what_is_asked_for_again_waits_above_the_minimum_while_nobody_can_tell() {
    for (least, again) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let mut account = Account::steady(1);
        for rule in &mut account.target.scaling.scale_out {
            rule.step = Count(3);
        }
        account.load(90.0, 50.0);
        assert_eq!(created(&account.step()), 3);
        account.seen.replicas.truncate(1);
        account.target.scaling.min = Count(least);
        denied(&mut account);
        let plan = account.step();
        assert_eq!(created(&plan), again, "{plan}");
        if again == 0 {
            assert_eq!(plan.step.unwrap().reason.code(), "blue_green_unknown");
        }
        account.seen.replicas.truncate(1);
        account.seen.blue_green = Ok(Vec::new());
        assert_eq!(created(&account.step()), 3);
    }
}

#[test]
fn an_addition_that_is_held_for_an_hour_because_nobody_can_tell_is_alerted() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    denied(&mut account);
    let held =
        |plan: &Plan| plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "source_holds_back");
    assert_eq!((0..70).find(|_| held(&account.step())), Some(60));
}

/// Quiet for half an hour, and a replica too many.
fn idle() -> Account {
    let mut account = Account::steady(2);
    account.load(10.0, 10.0);
    account
}

#[test]
fn nobody_is_chosen_while_a_deployment_is_under_way_or_nobody_can_tell() {
    let chosen = |account: &Account| account.plan().history.rds_replicas.removing().next().is_some();
    assert!(chosen(&idle()), "else nothing is proven");
    for word in BINDING {
        let mut account = idle();
        account.seen.blue_green = Ok(vec![deployment(word)]);
        assert!(!chosen(&account), "{word}");
    }
    let mut account = idle();
    account.seen.blue_green = Err("Rate exceeded".to_owned());
    let plan = account.plan();
    assert!(!chosen(&account), "{plan}");
    assert_eq!(plan.decision.limited_by.unwrap().code(), "blue_green_unknown", "{plan}");
}

/// What drains when a deployment begins answers again: RDS has copied it, and its name will be taken over.
#[test]
fn a_removal_under_way_is_taken_back() {
    let mut account = idle();
    let _ = account.step();
    let id = account.history.rds_replicas.removing().next().unwrap().clone();
    let _ = account.step();
    assert_eq!(account.weight(id.as_str()), Some(0));
    account.seen.blue_green = Ok(vec![deployment("PROVISIONING")]);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_guard", "{plan}");
    assert_eq!(account.weight(id.as_str()), Some(64));
}

/// The victim of an idle account after its record went, with a minute that has passed; nobody can tell of deployments from then on.
fn out_of_the_answers() -> (Account, String) {
    let mut account = idle();
    for _ in 0..40 {
        let plan = account.step();
        let leaving = account.history.rds_replicas.removing().next().cloned();
        if let Some(id) = leaving {
            let now = account.now;
            account.replica(id.as_str()).signals.connections = reading(0.0, now);
        }
        if plan.step.as_ref().is_some_and(|step| step.reason.code() == "leave_reader") {
            let id = account.history.rds_replicas.removing().next().unwrap().to_string();
            denied(&mut account);
            return (account, id);
        }
    }
    panic!("nobody left the reader name");
}

fn removal(account: &mut Account) -> &mut Removal {
    match account.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition) {
        Some(Transition::Remove(removal)) => removal,
        other => panic!("no removal: {other:?}"),
    }
}

#[test]
fn a_drained_replica_waits_while_nobody_can_tell() {
    let (mut account, _) = out_of_the_answers();
    for _ in 0..20 {
        let plan = account.step();
        assert_eq!(plan.step.unwrap().reason.code(), "blue_green_unknown");
        assert_eq!(plan.actions, []);
    }
    account.seen.blue_green = Ok(Vec::new());
    assert!(touches_instances(&account.plan()));
}

/// A denied call strands nobody: the deadline ends the removal, whatever the policy does to clients then, and the victim serves again.
#[test]
fn a_drained_replica_comes_back_at_the_deadline_if_nobody_can_tell() {
    for on_deadline in [OnDeadline::Cancel, OnDeadline::Force] {
        let (mut account, id) = out_of_the_answers();
        rds(&mut account.target).drain.on_deadline = on_deadline;
        let drained_at = removal(&mut account).draining_since.unwrap();
        let mut ended_at = None;
        for _ in 0..120 {
            let at = account.now;
            let plan = account.step();
            assert!(!touches_instances(&plan), "{plan}");
            if plan.step.as_ref().is_some_and(|step| step.reason.code() == "drain_cancelled_deadline") {
                let detail = &plan.step.as_ref().unwrap().detail;
                assert!(detail.contains(&id) && detail.contains("45m") && detail.contains("AccessDenied"));
                let told = plan.alerts.iter().map(|alert| alert.explanation.reason.code());
                assert_eq!(told.filter(|code| *code == "drain_cancelled_deadline").count(), 1, "{plan}");
                ended_at = Some(at);
            }
        }
        assert_eq!(ended_at.unwrap().duration_since(drained_at), minutes(45));
        assert_eq!((account.weight(&id), &account.history.rds_replicas.intents[..]), (Some(64), &[][..]));
        // It is not chosen again while nobody can tell.
        assert_eq!(account.history.rds_replicas.failed_removals, 1);
    }
}

/// An answer that was lost may have been a yes: who is perhaps being deleted gets no record until RDS would show that.
#[test]
fn what_may_be_deleted_already_is_not_taken_back_at_the_deadline() {
    let (mut account, id) = out_of_the_answers();
    for _ in 0..5 {
        let _ = account.step();
    }
    account.pass(60);
    let now = account.now;
    let removal = removal(&mut account);
    removal.delete_requested = true;
    removal.asks = 1;
    (removal.asked_at, removal.retry_at) = (Some(now - minutes(1)), Some(now));
    let plan = account.plan();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "blue_green_unknown", "{plan}");
    assert!(!plan.history.rds_replicas.intents.is_empty());
    // The same where it is clients that came back.
    let mut busy = account.clone();
    busy.seen.blue_green = Ok(Vec::new());
    busy.replica(&id).signals.connections = reading(20.0, now);
    assert_eq!(busy.plan().step.unwrap().reason.code(), "await_connections");
    busy.pass(4);
    assert_eq!(busy.plan().step.unwrap().reason.code(), "drain_cancelled_deadline");
    account.pass(4);
    let plan = account.plan();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_deadline", "{plan}");
}

/// Whatever is wanted: the next removal, and the next addition, would be held.
#[test]
fn deployments_that_cannot_be_read_for_an_hour_are_alerted() {
    const KEY: &str = "the blue/green deployments that cannot be read";
    let alert = |plan: &Plan| {
        plan.alerts
            .iter()
            .find(|alert| alert.key.as_deref() == Some(KEY))
            .map(|alert| alert.explanation.clone())
    };
    let mut account = Account::steady(2);
    denied(&mut account);
    assert_eq!((0..70).find(|_| alert(&account.step()).is_some()), Some(60));
    let told = alert(&account.plan()).unwrap();
    assert_eq!(told.reason.code(), "blue_green_unknown");
    for part in ["for 1h1m", "orders-primary", "AccessDenied", "minimum of 1", "allow rds:Describe"] {
        assert!(told.detail.contains(part), "{part}: {told}");
    }
    // What a look did not ask for is not over.
    account.seen.blue_green = Ok(Vec::new());
    account.seen.signals_read = false;
    let plan = account.plan();
    assert_eq!(
        plan.history.rds_replicas.deployments_unread_since,
        account.history.rds_replicas.deployments_unread_since
    );
    assert!(alert(&plan).is_none() && plan.unjudged.contains(&KEY.to_owned()), "{plan}");
    account.seen.signals_read = true;
    let plan = account.step();
    assert!(alert(&plan).is_none() && plan.unjudged.is_empty(), "{plan}");
    assert_eq!(account.history.rds_replicas.deployments_unread_since, None);
    // A call that fails now and then is no alert.
    for minute in 0..130 {
        account.seen.blue_green =
            if minute % 50 == 0 { Ok(Vec::new()) } else { Err("Rate exceeded".to_owned()) };
        assert!(alert(&account.step()).is_none());
    }
}

#[test]
fn a_failed_creation_is_not_cleared_away_beside_a_deployment() {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    let plan = account.step();
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    account.replica(create.id.as_str()).status = status("failed");
    account.seen.blue_green = Ok(vec![deployment("AVAILABLE")]);
    let plan = account.plan();
    assert!(!touches_instances(&plan), "{plan}");
    account.seen.blue_green = Ok(Vec::new());
    assert!(touches_instances(&account.plan()));
}

#[test]
fn the_last_look_asks_for_deployments_too() {
    let mut account = Account::steady(2);
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "tg-orders-1");
    let replica = account.replica("tg-orders-1").clone();
    let delete = DeleteReplica {
        id: replica.id.clone(),
        resource_id: replica.resource_id.clone(),
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    };
    let look = |blue_green| {
        let records = account.seen.records.clone();
        may_still_change(
            &account.target,
            &RdsReplicasAction::DeleteReplica(delete.clone()).into(),
            &Look::RdsReplicas(Inspection { replica: Some(replica.clone()), records, blue_green }),
        )
    };
    assert_eq!(look(Ok(Vec::new())), LastLook::Go);
    assert_eq!(look(Ok(vec![deployment("SWITCHOVER_COMPLETED")])), LastLook::Go);
    for word in BINDING {
        assert!(
            matches!(look(Ok(vec![deployment(word)])), LastLook::Stop(why) if why.contains(word)),
            "{word}"
        );
    }
    assert!(matches!(look(Err("denied".to_owned())), LastLook::Stop(why) if why.contains("denied")));
}

#[test]
fn copies_are_called_what_they_are() {
    let mut account = Account::steady(1);
    account.seen.blue_green = Ok(vec![deployment("AVAILABLE")]);
    for id in
        ["tg-orders-1-green-ef34gh", "tg-orders-3-green-zz99zz", "tg-orders-2-old1", "tg-orders-reporting"]
    {
        account.add_replica(id, None).source = Some(InstanceId::new("somebody-elses"));
    }
    account.add_replica("tg-orders-4-old1", None).tags.clear();
    let plan = account.plan();
    let alerts = plan.alerts.iter().map(|alert| alert.explanation.to_string());
    let told: Vec<_> = plan.notes.iter().map(ToString::to_string).chain(alerts).collect();
    for said in [
        "blue_green_copy: tg-orders-1-green-ef34gh is the green copy of tg-orders-1 in the blue/green deployment upgrade",
        "blue_green_copy: tg-orders-3-green-zz99zz is a green copy of tg-orders-3, of a blue/green deployment",
        // What carries our tags and follows another source by now is an alert, whatever it is called.
        "source_changed: tg-orders-2-old1 (the former tg-orders-2, which a blue/green switchover left) is a replica of somebody-elses",
        "blue_green_copy: tg-orders-4-old1 is the former tg-orders-4, which a blue/green switchover left",
        "source_changed: tg-orders-reporting is a replica of somebody-elses",
    ] {
        assert!(told.iter().any(|line| line.starts_with(said)), "{said}: {told:#?}");
    }
}

//! R0 to R6. Goal: nobody is connected and nobody is sent there when the instance is deleted, and until then it can be taken back.

use insta::assert_snapshot;
use tidegate_policy::history::Transition;
use tidegate_policy::names::{DnsName, InstanceId, ResourceId, SetId};
use tidegate_policy::observation::{
    EndpointUse, Inspection, Look, OtherUses, Reading, Replication, WeightedRecord,
};
use tidegate_policy::plan::{Action, DeleteReplica, Ending, LastLook, RdsReplicasAction, may_still_change};
use tidegate_policy::policy::OnDeadline;
use tidegate_policy::units::{Count, TtlSeconds, Weight};

use super::fixture::{Account, endpoint, minutes, rds, reading, status};

/// Three idle replicas, of which two are to stay, after the attempt that chose a victim.
fn removing() -> (Account, String) {
    let mut account = Account::steady(3);
    account.target.scaling.min = Count(2);
    account.load(5.0, 5.0);
    let plan = account.step();
    let Some(Transition::Remove(removal)) =
        account.history.rds_replicas.intents.first().cloned().map(|intent| intent.transition)
    else {
        panic!("{plan}")
    };
    (account, removal.id.to_string())
}

/// As `removing`, after the weight went to 0 and the changes are INSYNC.
fn draining() -> (Account, String) {
    let (mut account, id) = removing();
    let plan = account.step();
    assert_eq!(plan.step.unwrap().reason.code(), "drain_start");
    (account, id)
}

fn clients_leave(account: &mut Account, id: &str) {
    let now = account.now;
    account.replica(id).signals.connections = reading(1.0, now);
    account.replica(id).signals.cpu = reading(2.0, now);
}

#[test]
fn the_whole_way_out_is_drain_leave_delete() {
    let (mut account, id) = removing();
    let mut reasons = vec![];
    for minute in 0..30 {
        if minute == 3 {
            clients_leave(&mut account, &id);
        }
        if reasons.last() == Some(&"await_deleted") {
            account.seen.replicas.retain(|replica| replica.id.as_str() != id);
        }
        let plan = account.step();
        reasons.extend(plan.step.map(|step| step.reason.code()));
        if account.history.rds_replicas.intents.is_empty() {
            break;
        }
    }
    reasons.dedup();
    assert_snapshot!(reasons.join(" "), @"drain_start await_ttl await_connections leave_reader await_ttl await_connections delete_replica await_deleted removed");
    assert_eq!(account.seen.replicas.len(), 2);
    assert_eq!(account.history.scaled_in_at, Some(account.now - minutes(1)));
}

#[test]
fn choosing_a_victim_calls_nothing() {
    let mut account = Account::steady(3);
    account.load(5.0, 5.0);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_snapshot!(plan);
}

#[test]
fn a_drain_waits_for_present_points_without_clients() {
    let (mut account, id) = draining();
    let _ = account.step();
    account.pass(10);
    let now = account.now;
    type Spoil = fn(&mut Account, &str);
    let cases: [(&str, Spoil); 3] = [
        ("two connections, of which one is always there", |account, id| {
            let now = account.now;
            account.replica(id).signals.connections = reading(2.0, now);
        }),
        ("no data is not zero", |account, id| account.replica(id).signals.connections = Reading::Missing),
        ("a gap among the last points", |account, id| {
            let now = account.now;
            let Reading::Fresh(series) = reading(0.0, now) else { panic!("a fresh series") };
            let newest = series.newest().minute.0;
            let kept = series.points().iter().copied().filter(|point| point.minute.0 != newest - 1).collect();
            account.replica(id).signals.connections = Reading::new(kept, None, now);
        }),
    ];
    for (name, spoil) in cases {
        let mut account = account.clone();
        spoil(&mut account, &id);
        let plan = account.plan();
        assert_eq!(plan.actions, [], "{name}: {plan}");
        assert_eq!(plan.step.unwrap().reason.code(), "await_connections", "{name}");
    }
    account.replica(&id).signals.connections = reading(1.0, now);
    assert_eq!(account.plan().step.unwrap().reason.code(), "leave_reader");
}

#[test]
fn points_from_before_the_weight_was_out_do_not_count() {
    let (mut account, id) = draining();
    clients_leave(&mut account, &id);
    // The series is quiet all along, but resolvers have known for two minutes only.
    account.pass(2);
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
}

#[test]
fn a_drain_without_insync_goes_nowhere() {
    let (mut account, id) = draining();
    clients_leave(&mut account, &id);
    account.pass(30);
    account.change = tidegate_policy::observation::ChangeStatus::Pending;
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.step.unwrap().reason.code(), "await_insync");
}

#[test]
fn load_takes_a_removal_back_until_the_deletion() {
    // While draining: the weight comes back at once.
    let (mut account, id) = draining();
    account.load(90.0, 50.0);
    let plan = account.step();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_load", "{plan}");
    assert_eq!(account.weight(&id), Some(64));
    assert_eq!(account.history.rds_replicas.intents, []);

    // After it left the reader: it comes back in through the lag gate.
    let (mut account, id) = draining();
    clients_leave(&mut account, &id);
    while account.weight(&id).is_some() {
        let _ = account.step();
    }
    account.load(90.0, 50.0);
    assert_eq!(account.step().step.unwrap().reason.code(), "drain_cancelled_load");
    assert_eq!(account.step().step.unwrap().reason.code(), "adopt_replica");
    assert_eq!(account.weight(&id), Some(4));
}

#[test]
fn the_victims_load_on_the_others_takes_nothing_back() {
    let (mut account, id) = draining();
    account.load(55.0, 45.0);
    clients_leave(&mut account, &id);
    while account.weight(&id).is_some() {
        let plan = account.step();
        assert!(!account.history.rds_replicas.intents.is_empty(), "{plan}");
    }
}

#[test]
fn a_deadline_cancels_unless_force_was_asked_for() {
    let (mut account, id) = draining();
    let _ = account.step();
    account.pass(46);
    let mut forced = account.clone();
    let plan = account.step();
    assert_eq!(plan.step.unwrap().reason.code(), "drain_cancelled_deadline");
    assert_eq!(account.weight(&id), Some(64));
    assert_eq!(plan.alerts.len(), 1);

    rds(&mut forced.target).drain.on_deadline = OnDeadline::Force;
    let plan = forced.plan();
    assert_eq!(plan.step.unwrap().reason.code(), "leave_reader");
}

#[test]
fn whatever_makes_the_victim_untouchable_takes_the_removal_back() {
    type Change = fn(&mut Account, &str);
    let cases: [(&str, Change); 6] = [
        ("protected", |account, id| account.replica(id).deletion_protection = true),
        ("pinned", |account, id| {
            account.replica(id).tags.insert("tidegate:pin".into(), "reporting".into());
        }),
        ("with a child", |account, id| account.replica(id).children = vec![InstanceId::new("child")]),
        ("used elsewhere", |account, id| {
            let used = EndpointUse { name: DnsName::new("reports.example.com"), endpoint: endpoint(id) };
            account.seen.records.other_uses = OtherUses::Known(vec![used]);
        }),
        ("another instance of that name", |account, id| {
            account.replica(id).resource_id = ResourceId::new("db-other")
        }),
        ("not ours any more", |account, id| account.replica(id).tags.clear()),
    ];
    for (name, change) in cases {
        for steps in 0..6 {
            let (mut account, id) = removing();
            clients_leave(&mut account, &id);
            for _ in 0..steps {
                let _ = account.step();
            }
            change(&mut account, &id);
            let plan = account.plan();
            assert!(
                plan.actions.iter().all(|action| !action.is_destructive()),
                "{name} after {steps} steps: {plan}"
            );
            assert_eq!(
                plan.step.as_ref().unwrap().reason.code(),
                "drain_cancelled_guard",
                "{name} after {steps}: {plan}"
            );
            assert_eq!(plan.history.rds_replicas.intents, [], "{name}");
        }
    }
}

#[test]
fn a_crash_after_the_delete_was_asked_for_asks_again_and_never_turns_back() {
    let (mut account, id) = draining();
    clients_leave(&mut account, &id);
    let plan = loop {
        let plan = account.plan();
        if plan.actions.iter().any(Action::is_destructive) {
            break plan;
        }
        let _ = account.step();
    };
    assert!(plan.write_ahead);
    account.history = plan.history.clone();
    // Where there is room for another, it is made at once, beside the one that goes.
    let mut roomy = account.clone();
    roomy.load(95.0, 90.0);
    roomy.pass(1);
    assert_eq!(roomy.plan().step.unwrap().reason.code(), "create_replicas");
    account.target.scaling.max = Count(3);
    account.load(95.0, 90.0);
    clients_leave(&mut account, &id);
    // What RDS shows may be a minute old: until it would show the deletion, nothing is turned back.
    for _ in 0..4 {
        account.pass(1);
        let waiting = account.plan();
        assert_eq!(waiting.actions, [], "{waiting}");
        assert_eq!(waiting.step.unwrap().reason.code(), "await_deleted");
    }
    let mut calm = account.clone();
    calm.load(5.0, 5.0);
    clients_leave(&mut calm, &id);
    calm.pass(1);
    assert_eq!(calm.plan().actions, plan.actions, "it did not happen: it is asked for again");
    // By then it did not happen, so the load that came meanwhile takes it back.
    account.pass(1);
    assert_eq!(account.plan().step.unwrap().reason.code(), "drain_cancelled_load");
}

/// The call failed, so that it may be made again; meanwhile somebody else gave the replica a record.
#[test]
fn a_record_that_is_there_again_ends_a_removal_whose_deletion_failed() {
    let (mut account, id) = draining();
    clients_leave(&mut account, &id);
    let asks = |plan: &tidegate_policy::plan::Plan| plan.actions.iter().any(Action::is_destructive);
    while !asks(&account.plan()) {
        let _ = account.step();
    }
    account.history = account.plan().history;
    let retry_at = account.now;
    let intent = account.history.rds_replicas.intents.first_mut().unwrap();
    let Transition::Remove(removal) = &mut intent.transition else { panic!("{intent:?}") };
    removal.retry_at = Some(retry_at);
    account.pass(1);
    assert!(asks(&account.plan()), "it is asked for again: {}", account.plan());
    account.seen.records.weighted.push(WeightedRecord {
        set_id: SetId::new(id.as_str()),
        weight: Weight(8),
        ttl: TtlSeconds(10),
        value: endpoint(&id),
    });
    let plan = account.step();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_guard", "{plan}");
    assert_eq!(account.history.rds_replicas.intents, []);
}

#[test]
fn the_last_replica_goes_only_behind_a_floor() {
    let mut account = Account::steady(1);
    account.target.scaling.min = tidegate_policy::units::Count(0);
    account.load(3.0, 3.0);
    let mut without = account.clone();
    rds(&mut without.target).floor = false;
    without.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
    assert_eq!(without.plan().decision.explanation.reason.code(), "no_eligible_victim");

    let _ = account.step();
    let plan = account.step();
    assert_snapshot!(plan.actions[0], @"change records of orders-ro.example.com: -tg-orders-1@64 -primary-floor@0 +tg-orders-1@0 +primary-floor@64");
}

#[test]
fn the_victim_is_the_one_that_lags_then_the_emptiest_then_the_crowded_zone_then_the_oldest() {
    let chosen = |change: fn(&mut Account)| {
        let mut account = Account::steady(3);
        account.load(5.0, 5.0);
        for (index, replica) in account.seen.replicas.iter_mut().enumerate() {
            replica.created_at = Some(account.now - minutes(5_000 - 100 * i64::try_from(index).unwrap()));
        }
        change(&mut account);
        let plan = account.plan();
        plan.history.rds_replicas.removing().next().unwrap_or_else(|| panic!("{plan}")).to_string()
    };
    assert_eq!(chosen(|_| ()), "tg-orders-1", "the oldest: the newest goes last");
    assert_eq!(
        chosen(|account| account.replica("tg-orders-1").zone =
            Some(tidegate_policy::names::AvailabilityZone::new("eu-west-1c"))),
        "tg-orders-2",
        "the crowded zone"
    );
    assert_eq!(
        chosen(|account| {
            let now = account.now;
            for id in ["tg-orders-1", "tg-orders-2"] {
                account.replica(id).signals.connections = reading(25.0, now);
            }
        }),
        "tg-orders-3",
        "the emptiest"
    );
    assert_eq!(
        chosen(|account| {
            let now = account.now;
            account.target.scaling.scale_out.truncate(2);
            account.replica("tg-orders-2").signals.lag = reading(4.0, now);
        }),
        "tg-orders-2",
        "the one that lags"
    );
}

#[test]
fn the_last_look_stops_every_deletion_that_should_not_be() {
    let mut account = Account::steady(2);
    let id = "tg-orders-1";
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != id);
    let delete = DeleteReplica {
        id: InstanceId::new(id),
        resource_id: ResourceId::new("db-tg-orders-1"),
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    };
    let look = |account: &mut Account, delete: &DeleteReplica| {
        let seen = Inspection {
            blue_green: account.seen.blue_green.clone(),
            replica: account.seen.replicas.iter().find(|replica| replica.id.as_str() == id).cloned(),
            records: account.seen.records.clone(),
        };
        {
            let action = RdsReplicasAction::DeleteReplica(delete.clone()).into();
            may_still_change(&account.target, &action, &Look::RdsReplicas(seen))
        }
    };
    assert_eq!(look(&mut account, &delete), LastLook::Go);
    // What is cleared away is a creation that failed, and nothing else.
    let abandoned = DeleteReplica { ending: Ending::Abandoned, ..delete.clone() };
    for (word, goes) in
        [("failed", true), ("insufficient-capacity", true), ("available", false), ("modifying", false)]
    {
        let mut account = account.clone();
        account.replica(id).status = status(word);
        assert_eq!(look(&mut account, &abandoned) == LastLook::Go, goes, "{word}");
    }
    type Change = fn(&mut Account, &mut DeleteReplica);
    let stops: [(&str, Change); 17] = [
        ("owner", |a, _| {
            a.replica("tg-orders-1").tags.remove("tidegate:owner");
        }),
        ("stage", |a, _| {
            a.replica("tg-orders-1").tags.insert("tidegate:stage".into(), "staging".into());
        }),
        ("target", |a, _| {
            a.replica("tg-orders-1").tags.insert("tidegate:target".into(), "other".into());
        }),
        ("promoted", |a, _| a.replica("tg-orders-1").source = None),
        ("modifying", |a, _| a.replica("tg-orders-1").status = status("modifying")),
        ("rebooting", |a, _| a.replica("tg-orders-1").status = status("rebooting")),
        ("replication ends", |a, _| {
            a.replica("tg-orders-1").replication = Replication::Broken("terminated".into())
        }),
        ("replication unknown", |a, _| a.replica("tg-orders-1").replication = Replication::Unknown),
        ("pending", |a, _| a.replica("tg-orders-1").pending = vec!["MultiAZ".into()]),
        ("identity", |a, _| a.replica("tg-orders-1").resource_id = ResourceId::new("db-else")),
        ("protected", |a, _| a.replica("tg-orders-1").deletion_protection = true),
        ("child", |a, _| a.replica("tg-orders-1").children = vec![InstanceId::new("c")]),
        ("record", |a, _| {
            let record = a.seen.records.weighted[0].clone();
            a.seen.records.weighted.push(tidegate_policy::observation::WeightedRecord {
                set_id: tidegate_policy::names::SetId::new("tg-orders-1"),
                ..record
            });
        }),
        ("elsewhere", |a, _| {
            let used = EndpointUse { name: DnsName::new("x.example.com"), endpoint: endpoint("tg-orders-1") };
            a.seen.records.other_uses = OtherUses::Known(vec![used]);
        }),
        ("zone unread", |a, _| a.seen.records.other_uses = OtherUses::Unknown("Rate exceeded".to_owned())),
        ("source", |_, d| d.source = InstanceId::new("billing-primary")),
        ("abandoned but alive", |_, d| d.ending = Ending::Abandoned),
    ];
    for (name, change) in stops {
        let (mut account, mut delete) = (account.clone(), delete.clone());
        change(&mut account, &mut delete);
        assert!(matches!(look(&mut account, &delete), LastLook::Stop(_)), "{name}");
    }
    account.replica(id).status = status("deleting");
    assert_eq!(look(&mut account, &delete), LastLook::AlreadyGone);
    account.seen.replicas.clear();
    assert_eq!(look(&mut account, &delete), LastLook::AlreadyGone);
}

/// Whatever the prefix is by then: what a person made a database of their own is not waited for.
#[test]
fn a_victim_that_is_promoted_after_the_prefix_was_changed_ends_the_removal() {
    let (mut account, id) = draining();
    rds(&mut account.target).prefix = "readers-".to_owned();
    account.replica(&id).source = None;
    let plan = account.step();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_guard", "{plan}");
    assert_eq!(account.history.rds_replicas.intents, []);
}

/// The reading of the whole zone can fail where that of the reader name does not.
#[test]
fn a_removal_waits_at_every_step_while_the_whole_zone_cannot_be_read() {
    for next in ["drain_start", "leave_reader", "delete_replica"] {
        let (mut account, id) = removing();
        clients_leave(&mut account, &id);
        let mut reached = false;
        for _ in 0..30 {
            let mut unread = account.clone();
            unread.seen.records.other_uses = OtherUses::Unknown("Rate exceeded".to_owned());
            let (sighted, blind) = (account.plan(), unread.plan());
            if sighted.step.as_ref().is_some_and(|step| step.reason.code() == next) {
                let step = blind.step.as_ref().unwrap();
                assert_eq!(step.reason.code(), "await_zone", "{blind}");
                assert!(step.detail.contains(&id) && step.detail.contains("Rate exceeded"), "{blind}");
                assert_eq!(blind.actions, [], "{blind}");
                assert_eq!(
                    blind.history.rds_replicas.removing().next(),
                    account.history.rds_replicas.removing().next(),
                    "the removal stands"
                );
                reached = true;
                break;
            }
            let _ = account.step();
        }
        assert!(reached, "{next} never came");
    }
}

/// Nor does a listing that is denied strand anybody: who takes no reads comes back at the deadline.
#[test]
fn a_victim_out_of_the_answers_comes_back_at_the_deadline_while_the_whole_zone_cannot_be_read() {
    for until in ["drain_start", "leave_reader"] {
        let (mut account, id) = removing();
        rds(&mut account.target).drain.on_deadline = OnDeadline::Force;
        clients_leave(&mut account, &id);
        while account.step().step.unwrap().reason.code() != until {}
        account.seen.records.other_uses = OtherUses::Unknown("AccessDenied".to_owned());
        let mut ended = Vec::new();
        for _ in 0..90 {
            let plan = account.step();
            assert!(
                !plan
                    .actions
                    .iter()
                    .any(|action| matches!(action, Action::RdsReplicas(RdsReplicasAction::DeleteReplica(_)))),
                "{plan}"
            );
            let ends = plan.step.filter(|step| step.reason.code() == "drain_cancelled_deadline");
            ended.extend(ends.map(|step| step.detail));
        }
        assert!(matches!(&ended[..], [once] if once.contains("AccessDenied")), "{until}: {ended:?}");
        assert_eq!(
            (account.weight(&id), &account.history.rds_replicas.intents[..]),
            (Some(64), &[][..]),
            "{until}"
        );
    }
}

/// Only the removal waits: its taking back, and the care for those that answer, do not.
#[test]
fn with_the_whole_zone_unread_rising_load_still_takes_the_removal_back() {
    let (mut account, id) = draining();
    account.seen.records.other_uses = OtherUses::Unknown("Rate exceeded".to_owned());
    account.load(95.0, 95.0);
    let plan = account.plan();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "drain_cancelled_load", "{plan}");
    let mut lagging = draining().0;
    lagging.seen.records.other_uses = OtherUses::Unknown("Rate exceeded".to_owned());
    let now = lagging.now;
    let other = lagging.seen.replicas.iter().find(|other| other.id.as_str() != id).unwrap().id.to_string();
    lagging.replica(&other).signals.lag = reading(400.0, now);
    let plan = lagging.plan();
    assert_eq!(plan.step.as_ref().unwrap().reason.code(), "demote_replica", "{plan}");
}

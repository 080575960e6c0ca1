//! Sweep, floor, demotion, repair. Goal: whatever others do to the account, the reader name answers, and what is not ours is left alone.

use insta::assert_snapshot;
use tidegate_policy::names::{DnsName, SetId};
use tidegate_policy::observation::WeightedRecord;
use tidegate_policy::plan::Plan;
use tidegate_policy::units::{TtlSeconds, Weight};

use super::fixture::{Account, endpoint, rds, reading, status};

fn reason(plan: &Plan) -> &'static str {
    plan.step.as_ref().map_or("-", |step| step.reason.code())
}

#[test]
fn a_record_whose_instance_is_gone_promoted_or_going_leaves_first() {
    type Change = fn(&mut Account);
    let cases: [(&str, Change); 3] = [
        ("missing", |account| account.seen.replicas.retain(|replica| replica.id.as_str() != "tg-orders-1")),
        ("promoted", |account| account.replica("tg-orders-1").source = None),
        ("deleting", |account| account.replica("tg-orders-1").status = status("deleting")),
    ];
    for (name, change) in cases {
        let mut account = Account::steady(2);
        change(&mut account);
        let plan = account.plan();
        assert_eq!(reason(&plan), "sweep_record", "{name}: {plan}");
        assert_eq!(
            plan.actions[0].to_string(),
            "change records of orders-ro.example.com: -tg-orders-1@64",
            "{name}"
        );
        let _ = account.step();
        assert_eq!(account.weight("tg-orders-1"), None, "{name}");
    }
}

/// One zone is seen from every Region, and DescribeDBInstances sees one: the same policy may be deployed to two.
#[test]
fn a_record_of_another_region_is_left_alone() {
    let mut account = Account::steady(2);
    account.seen.records.weighted.push(WeightedRecord {
        set_id: SetId::new("tg-orders-9"),
        weight: Weight(64),
        ttl: TtlSeconds(10),
        value: DnsName::new("tg-orders-9.abc.us-east-1.rds.amazonaws.com"),
    });
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    assert_eq!(plan.notes[0].reason.code(), "foreign_record", "{plan}");
    // Of this Region it is one whose instance is gone.
    account.seen.records.weighted.last_mut().unwrap().value = endpoint("tg-orders-9");
    assert_eq!(reason(&account.plan()), "sweep_record");
}

#[test]
fn sweeping_the_last_answer_raises_the_floor_in_the_same_batch() {
    let mut account = Account::steady(1);
    account.seen.replicas.clear();
    assert_snapshot!(account.plan().actions[0], @"change records of orders-ro.example.com: -tg-orders-1@64 -primary-floor@0 +primary-floor@64");

    rds(&mut account.target).floor = false;
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
    let plan = account.plan();
    assert!(plan.actions.iter().all(|action| !action.to_string().contains("-tg-orders-1")), "I2: {plan}");
    assert!(
        plan.alerts.iter().any(|alert| alert.explanation.reason.code() == "reader_name_unserved"),
        "{plan}"
    );
}

#[test]
fn records_and_replicas_of_others_are_told_and_left_alone() {
    let mut account = Account::steady(2);
    account.seen.records.weighted.push(WeightedRecord {
        set_id: SetId::new("blue"),
        weight: Weight(10),
        ttl: TtlSeconds(10),
        value: endpoint("blue"),
    });
    account.add_replica("reporting", None).tags.clear();
    account.replica("tg-orders-2").deletion_protection = true;
    let plan = account.plan();
    assert_eq!(plan.actions, [], "{plan}");
    let told: Vec<_> = plan.notes.iter().map(|note| note.reason.code()).collect();
    assert_eq!(told, ["protected_replica", "foreign_replica", "foreign_record"]);
}

#[test]
fn a_replica_that_falls_behind_loses_its_weight_and_climbs_back() {
    let mut account = Account::steady(2);
    let now = account.now;
    account.replica("tg-orders-1").signals.lag = reading(400.0, now);
    account.target.scaling.scale_out.truncate(2);
    let plan = account.step();
    assert_eq!(reason(&plan), "demote_replica", "{plan}");
    assert_eq!(account.weight("tg-orders-1"), Some(0));
    assert_eq!(account.step().actions, [], "it waits");
    let now = account.now;
    account.replica("tg-orders-1").signals.lag = reading(0.1, now);
    let reasons = account.settle_down(40);
    assert_eq!(account.weight("tg-orders-1"), Some(64), "{reasons:?}");
}

#[test]
fn the_only_replica_that_falls_behind_keeps_a_trickle() {
    let mut account = Account::steady(1);
    account.target.scaling.scale_out.truncate(2);
    let now = account.now;
    account.replica("tg-orders-1").signals.lag = reading(400.0, now);
    let _ = account.step();
    assert_eq!(account.weight("tg-orders-1"), Some(1));
    assert_eq!(account.plan().actions, [], "a fixed point");
}

#[test]
fn a_replica_that_stops_serving_hands_over_to_the_floor() {
    let mut account = Account::steady(1);
    account.replica("tg-orders-1").status = status("storage-full");
    let plan = account.step();
    assert_snapshot!(plan.actions[0], @"change records of orders-ro.example.com: -tg-orders-1@64 -primary-floor@0 +tg-orders-1@0 +primary-floor@64");
    account.replica("tg-orders-1").status = status("available");
    account.settle_down(40);
    assert_eq!((account.weight("tg-orders-1"), account.weight("primary-floor")), (Some(64), Some(0)));
}

#[test]
fn modifying_is_no_reason_to_take_the_weight_away() {
    let mut account = Account::steady(2);
    account.replica("tg-orders-1").status = status("modifying");
    assert_eq!(account.plan().actions, []);
}

#[test]
fn a_missing_floor_is_made_and_an_unwanted_one_removed() {
    let mut account = Account::steady(1);
    account.seen.records.weighted.retain(|record| record.set_id.as_str() != "primary-floor");
    assert_eq!(reason(&account.step()), "repair_record");
    assert_eq!(account.weight("primary-floor"), Some(0));
    rds(&mut account.target).floor = false;
    assert_eq!(reason(&account.step()), "lower_floor");
    assert_eq!(account.weight("primary-floor"), None);
}

#[test]
fn a_changed_ttl_or_endpoint_is_swapped_in_one_batch() {
    let mut account = Account::steady(2);
    rds(&mut account.target).reader.ttl = TtlSeconds(5);
    let _ = account.step();
    assert!(account.seen.records.weighted.iter().all(|record| record.ttl == TtlSeconds(5)));
    account.replica("tg-orders-1").endpoint = Some(endpoint("moved"));
    assert_eq!(reason(&account.step()), "repair_record");
    assert_eq!(account.step().actions, []);
}

#[test]
fn weights_follow_the_capacity_of_classes() {
    let mut account = Account::steady(2);
    account.replica("tg-orders-2").class = tidegate_policy::names::InstanceClass::new("db.t3.large");
    assert_eq!(reason(&account.step()), "rebalance_weight");
    assert_eq!((account.weight("tg-orders-1"), account.weight("tg-orders-2")), (Some(32), Some(64)));
    assert_eq!(account.step().actions, [], "a fixed point");
}

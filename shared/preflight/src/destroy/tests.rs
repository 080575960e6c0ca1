//! Goal: no replica of ours is left to nobody unless a person says so, and nothing else keeps a stack from being removed. Method: one
//! account by script, and instances of every ownership in it.

use tidegate_policy::document::parse;
use tidegate_policy::names::{DnsName, InstanceClass, ResourceId, SetId};
use tidegate_policy::observation::{
    Facts, InstanceStatus, MemberSignals, Minute, Point, RdsObservation, Reading, RecordGroup, Replica,
    Replication, Settings, Source,
};
use tidegate_policy::observed::Observed;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::{Count, TtlSeconds, Weight};

use super::*;
use crate::account::{Account, REGION, ZONE, record, replica, source};
use crate::deploy::tests::{POLICY, deployment, policy, stage};

const OURS: [(&str, &str); 3] =
    [("tidegate:owner", "tidegate"), ("tidegate:stage", "production"), ("tidegate:target", "orders-readers")];
const SOURCE: Option<&str> = Some("orders-primary");

async fn sheet_of(account: &Account, keep: bool) -> Sheet {
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    let (policy, stage) = (policy(POLICY), stage());
    destroy(&account.reached_from(REGION), &deployment(&policy, &stage, keep), &|_| true, now).await
}

/// One of each.
fn mixed() -> Account {
    let mut account = Account::new();
    let older = [OURS[0], OURS[1], ("tidegate:target", "invoices")];
    let others = [OURS[0], ("tidegate:stage", "staging"), OURS[2]];
    account.has_instances(&[
        source(),
        replica("tg-orders-readers-1a", SOURCE, "available", &OURS),
        replica("tg-orders-readers-2b", SOURCE, "creating", &OURS),
        replica("tg-orders-readers-3c", None, "creating", &OURS),
        replica("tg-orders-readers-4d", None, "available", &OURS),
        replica("tg-invoices-5e", Some("invoices"), "available", &older),
        replica("by-hand", SOURCE, "available", &[]),
        replica("another-tools", SOURCE, "available", &[("tidegate:owner", "somebody")]),
        replica("tg-orders-readers-6f", SOURCE, "available", &others),
        replica("tg-orders-readers-7a", SOURCE, "available", &[OURS[0], OURS[2]]),
    ]);
    account.has_records(&[
        record("tg-orders-readers-1a", 64),
        record("primary-floor", 1),
        record("by-hand", 63),
    ]);
    account
}

#[tokio::test]
async fn replicas_of_ours_keep_the_stack_and_others_do_not() {
    let account = mixed();
    let sheet = sheet_of(&account, false).await;
    assert!(sheet.stops());
    insta::assert_snapshot!(sheet);
    let reads = |operation: &str| ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
    assert!(account.asked().iter().all(|operation| reads(operation)), "{:?}", account.asked());
}

#[tokio::test]
async fn they_are_named_and_kept_when_a_person_says_so() {
    let sheet = sheet_of(&mixed(), true).await;
    assert!(!sheet.stops());
    insta::assert_snapshot!(sheet);
}

#[tokio::test]
async fn without_replicas_of_ours_the_stack_may_go() {
    let mut account = Account::new();
    account.has_instances(&[source(), replica("tg-orders-readers-9f", SOURCE, "available", &[])]);
    let sheet = sheet_of(&account, false).await;
    assert!(!sheet.stops(), "{sheet}");
    assert!(
        sheet
            .to_string()
            .contains("ok    replicas: none of 2 instances in eu-west-1 would be left to nobody"),
        "{sheet}"
    );
    // Its tags may be there and not be seen.
    let said = "note  tg-orders-readers-9f: it is called like a replica of ours and has no owner tag";
    assert!(sheet.to_string().contains(said), "{sheet}");
}

/// A policy that was changed makes none of its replicas somebody else's.
#[tokio::test]
async fn replicas_of_the_policy_as_it_was_keep_the_stack_too() {
    let older = [("tidegate:owner", "somebody"), OURS[1], OURS[2]];
    for (was, id, source_id, tags, word) in [
        ("another owner", "tg-orders-readers-0a1b2c3d4e", SOURCE, older, "owner"),
        ("another prefix", "tg-readers-0a1b2c3d4e", SOURCE, OURS, "prefix"),
        ("another source", "tg-orders-readers-0a1b2c3d4e", Some("orders-old"), OURS, "source"),
    ] {
        let mut account = Account::new();
        account.has_instances(&[source(), replica(id, source_id, "available", &tags)]);
        let sheet = sheet_of(&account, false).await;
        let said = format!("as if the policy's `{word}` had been another");
        assert!(sheet.stops() && sheet.to_string().contains(&said), "{was}: {sheet}");
        let kept = sheet_of(&account, true).await;
        assert!(!kept.stops() && kept.to_string().contains(&format!("note  {id}: it stays")), "{kept}");
    }
    // Promoted, it is a database of its own, whatever it is called.
    let mut account = Account::new();
    account.has_instances(&[source(), replica("tg-readers-0a1b2c3d4e", None, "available", &OURS)]);
    assert!(!sheet_of(&account, false).await.stops());
}

#[tokio::test]
async fn what_is_being_deleted_goes_by_itself_once_it_has_no_record() {
    let going = || replica("tg-orders-readers-1a", SOURCE, "deleting", &OURS);
    let mut account = Account::new();
    account.has_instances(&[source(), going()]);
    account.has_records(&[record("primary-floor", 64)]);
    let sheet = sheet_of(&account, false).await;
    assert!(
        !sheet.stops() && sheet.to_string().contains("note  tg-orders-readers-1a: it is being deleted"),
        "{sheet}"
    );
    // A record that points at it would stay, and nobody would take it away.
    account.has_records(&[record("tg-orders-readers-1a", 64)]);
    assert!(sheet_of(&account, false).await.stops());
    account.refuses(&format!("GetHostedZone {ZONE}"), "NoSuchHostedZone", "No hosted zone found with ID");
    assert!(sheet_of(&account, false).await.stops());
}

#[tokio::test]
async fn what_cannot_be_found_out_keeps_the_stack_too() {
    let mut account = mixed();
    account.refuses("DescribeDBInstances", "AccessDenied", "User is not authorized");
    let sheet = sheet_of(&account, false).await;
    assert!(sheet.stops() && sheet.to_string().contains("rds:DescribeDBInstances"), "{sheet}");
    assert!(!sheet_of(&account, true).await.stops());

    // A zone that is gone hides the weights, and no replica.
    let mut account = mixed();
    account.refuses(&format!("GetHostedZone {ZONE}"), "NoSuchHostedZone", "No hosted zone found with ID");
    let sheet = sheet_of(&account, false).await.to_string();
    assert!(sheet.contains("STOP  tg-orders-readers-1a: a replica of orders-primary"), "{sheet}");
    assert!(sheet.contains("its weight in orders-ro.db.example.com is not known"), "{sheet}");
}

#[test]
fn the_way_to_zero_that_is_told_is_a_sound_policy_that_asks_for_none() {
    let at_once = "stabilization = { in = \"0s\" }";
    let text = POLICY.replace("min = 1\nmax = 5", &format!("min = 0\nmax = 5\n{at_once}\n{NONE_ALL_DAY}"));
    let policy = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}")).in_stage(&stage());
    let target = policy.target("orders-readers").unwrap();
    let TargetKind::RdsReplicas(kind) = &target.kind else { panic!("a target of replicas") };
    let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
    let minute = Minute::containing(now).0;
    let calm = |value| {
        Reading::new((2..40).map(|ago| Point { minute: Minute(minute - ago), value }).collect(), None, now)
    };
    // No rule of scale_in holds: that there are none is the window's word.
    let signals = |cpu| MemberSignals {
        cpu: calm(cpu),
        connections: calm(1.0),
        lag: calm(0.0),
        read_latency: Reading::Missing,
        disk_queue: Reading::Missing,
        max_connections: Some(100),
    };
    let id = InstanceId::new("tg-orders-readers-1a");
    let class = InstanceClass::new("db.t3.medium");
    let endpoint = |name: &str| DnsName::new(format!("{name}.example.com"));
    let record = |set_id: &str, value: &str, weight| WeightedRecord {
        set_id: SetId::new(set_id),
        weight: Weight(weight),
        ttl: TtlSeconds(10),
        value: endpoint(value),
    };
    let source = Source {
        id: kind.source.clone(),
        status: InstanceStatus("available".to_owned()),
        engine: kind.engine,
        class: class.clone(),
        zone: None,
        endpoint: Some(endpoint("orders-primary")),
        backup_retention_days: 7,
        cluster: None,
        managed_password: false,
        source: None,
        replication: Replication::Unknown,
        settings: Settings::default(),
        not_copied: Vec::new(),
        tags: Default::default(),
        signals: signals(5.0),
    };
    let member = Replica {
        id: id.clone(),
        resource_id: ResourceId::new("db-1"),
        created_at: None,
        status: InstanceStatus("available".to_owned()),
        source: Some(kind.source.clone()),
        class,
        zone: None,
        endpoint: Some(endpoint(id.as_str())),
        replication: Replication::Normal,
        pending: Vec::new(),
        tags: OURS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        iam_authentication: false,
        deletion_protection: false,
        children: Vec::new(),
        signals: signals(45.0),
    };
    let seen = Observation::RdsReplicas(RdsObservation {
        at: now,
        source: Some(source),
        source_is_cluster: false,
        blue_green: Ok(Vec::new()),
        replicas: vec![member],
        absent: std::collections::BTreeSet::new(),
        records: RecordGroup {
            weighted: vec![record(id.as_str(), id.as_str(), 64), record(FLOOR_SET_ID, "orders-primary", 1)],
            ..RecordGroup::default()
        },
        change: None,
        signals_read: true,
        facts: Facts::default(),
    });
    let plan = tidegate_policy::plan::plan(Observed::new(target, &seen).unwrap(), &History::default(), now);
    assert_eq!(plan.decision.desired, Count::ZERO, "{plan}");
    assert_eq!(plan.decision.explanation.reason, Reason::ScaleInMaximum, "{plan}");
}

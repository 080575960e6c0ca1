//! What a new replica takes of its source's settings. Goal: none takes traffic that it was not made for, and what it lacks is known before the peak.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tidegate_policy::names::InstanceClass;
use tidegate_policy::observation::{Insights, NotCopied, Settings, Storage};
use tidegate_policy::plan::{Action, CreateReplica, Plan, RdsReplicasAction};

use super::fixture::{Account, rds};

/// Every setting there is, each other than RDS would have it by itself.
fn settings() -> Settings {
    Settings {
        iam_authentication: true,
        ca_certificate: Some("rds-ca-ecc384-g1".to_owned()),
        publicly_accessible: Some(true),
        copy_tags_to_snapshot: true,
        max_allocated_storage: Some(1_000),
        storage: Some(Storage { kind: "io2".to_owned(), iops: Some(20_000), throughput: None }),
        dedicated_log_volume: true,
        log_exports: vec!["error".to_owned(), "slowquery".to_owned()],
        insights: Some(Insights { kms_key: None, retention_days: Some(465), advanced: true }),
        dual_stack: true,
        customer_owned_ip: true,
        processor_features: vec![("coreCount".to_owned(), "4".to_owned())],
    }
}

/// A busy source with every setting, whose target makes replicas of `class`.
fn busy(class: &str) -> Account {
    let mut account = Account::steady(1);
    account.load(90.0, 50.0);
    account.source().settings = settings();
    account.replica("tg-orders-1").iam_authentication = true;
    rds(&mut account.target).class = Some(InstanceClass::new(class));
    account
}

fn creation(plan: &Plan) -> &CreateReplica {
    let [Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    create
}

fn noted(plan: &Plan) -> Vec<String> {
    plan.notes.iter().map(|note| format!("{}: {}", note.reason, note.detail)).collect()
}

#[test]
fn a_new_replica_is_made_as_its_source_is() {
    assert_eq!(*creation(&busy("db.t3.medium").step()).settings, settings());
    // A retry after a lost call is the same request.
    let mut account = busy("db.t3.medium");
    let first = account.step();
    account.seen.replicas.pop();
    let second = account.step();
    assert_eq!(creation(&first), creation(&second));
}

#[test]
fn what_rds_refuses_for_a_class_is_left_out_and_said() {
    let smaller = Settings { processor_features: Vec::new(), ..settings() };
    let mut account = busy("db.t3.large");
    assert_eq!(*creation(&account.step()).settings, smaller);
    let mut account = busy("db.t3.small");
    let plan = account.step();
    assert_eq!(*creation(&plan).settings, Settings { insights: None, ..smaller });
    assert_eq!(
        noted(&plan),
        [
            "setting_not_copied: new replicas of orders-primary: Performance Insights is not asked for, since RDS has none on \
          db.t3.small of mysql"
        ]
    );
}

#[test]
fn the_policys_tags_come_with_tidegates_own() {
    let mut account = busy("db.t3.medium");
    account.source().tags = BTreeMap::from(
        ["team", "Name", "aws:cloudformation:stack-name"].map(|key| (key.to_owned(), "x".to_owned())),
    );
    rds(&mut account.target).tags = BTreeMap::from([("team".to_owned(), "data".to_owned())]);
    let plan = account.step();
    let keys: Vec<_> = creation(&plan).tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let decision = plan.history.rds_replicas.intents.first().unwrap().decision.clone();
    assert_eq!(
        keys,
        [
            "team=data".to_owned(),
            format!("tidegate:decision={decision}"),
            "tidegate:owner=tidegate".to_owned(),
            "tidegate:stage=production".to_owned(),
            "tidegate:target=orders".to_owned(),
        ]
    );
    assert_eq!(
        noted(&plan),
        [
            "setting_not_copied: new replicas of orders-primary do not have its tags Name: write those that they need into `tags` \
          of the policy"
        ]
    );
}

#[test]
fn what_is_not_copied_is_said_at_every_look() {
    let mut account = Account::steady(1);
    account.source().not_copied = vec![
        NotCopied::Monitoring { interval: SignedDuration::from_secs(15) },
        NotCopied::Directory { domain: "corp.example.com".to_owned() },
        NotCopied::StorageLimit { allocated: 100, limit: 105 },
        NotCopied::Volumes { count: 2 },
    ];
    let notes = noted(&account.plan());
    assert_eq!(notes.len(), 4, "{notes:#?}");
    for (note, word) in
        notes.iter().zip(["iam:PassRole", "corp.example.com", "MaxAllocatedStorage", "volumes"])
    {
        assert!(
            note.starts_with("setting_not_copied: new replicas of orders-primary: ") && note.contains(word),
            "{note}"
        );
    }
}

#[test]
fn a_replica_to_which_clients_log_in_otherwise_does_not_join() {
    for (at_source, at_replica) in [(true, false), (false, true)] {
        for weight in [None, Some(0)] {
            let mut account = Account::steady(1);
            account.source().settings.iam_authentication = at_source;
            account.replica("tg-orders-1").iam_authentication = at_source;
            account.add_replica("tg-orders-2", weight).iam_authentication = at_replica;
            let plan = account.plan();
            assert!(plan.actions.is_empty(), "{plan}");
            assert_eq!(plan.step.as_ref().unwrap().reason.code(), "await_authentication", "{plan}");
            let alerts: Vec<_> = plan.alerts.iter().map(|alert| alert.explanation.reason.code()).collect();
            assert_eq!(alerts, ["authentication_differs"], "{plan}");
            // Once somebody has made them agree it joins.
            account.replica("tg-orders-2").iam_authentication = at_source;
            let plan = account.step();
            assert!(plan.alerts.is_empty() && plan.actions.len() == 1, "{plan}");
        }
    }
}

/// Whoever turns it on at the source comes to the replicas next: to take them all out of the answers meanwhile would be an outage.
#[test]
fn a_replica_that_answers_is_not_lowered_for_its_login() {
    let mut account = Account::steady(2);
    account.source().settings.iam_authentication = true;
    let plan = account.plan();
    assert!(plan.actions.is_empty() && plan.step.is_none(), "{plan}");
    assert_eq!(plan.alerts.len(), 2, "{plan}");
    assert!(plan.alerts[0].explanation.detail.contains("goes on taking reads"), "{plan}");
}

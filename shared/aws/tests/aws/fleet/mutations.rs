//! The three mutations: exactly what is sent, and what is made of every answer, also of the one that never came.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_policy::names::{
    AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId, SetId, ZoneId,
};
use tidegate_policy::observation::WeightedRecord;
use tidegate_policy::plan::{
    Action, ChangeRecords, CreateReplica, DeleteReplica, Ending, RdsReplicasAction, RecordChange,
};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::{TtlSeconds, Weight};
use tidegate_reconcile::port::Fleet;

use super::account::{Instance, Set, endpoint};
use super::answers::batch;
use super::scene::{READER, Scene};
use super::wire::{Call, Mishap};

const CREATE: &str = "CreateDBInstanceReadReplica";
const CHANGE: &str = "ChangeResourceRecordSets";
const DELETE: &str = "DeleteDBInstance";
const DESCRIBE: &str = "DescribeDBInstances";

const THROTTLED: Mishap = Mishap::Refused(400, "Throttling", "Rate exceeded");

fn applied() -> Outcome {
    Outcome::Applied { change: None }
}

/// What failed, by its class and the sentence.
fn failed(outcome: Outcome) -> (FailureClass, String) {
    match outcome {
        Outcome::Failed { class, message } => (class, message),
        other => panic!("it did not fail: {other}"),
    }
}

/// Why it is stale.
fn stale(outcome: Outcome) -> String {
    match outcome {
        Outcome::Stale { why } => why,
        other => panic!("it is not stale: {other}"),
    }
}

fn creation(groups: &[&str]) -> CreateReplica {
    CreateReplica {
        id: InstanceId::new("tg-orders-3"),
        source: InstanceId::new("orders-primary"),
        class: InstanceClass::new("db.r6g.large"),
        zone: None,
        tags: BTreeMap::from([
            ("tidegate:decision".to_owned(), "orders-7".to_owned()),
            ("tidegate:owner".to_owned(), "tidegate".to_owned()),
            ("tidegate:stage".to_owned(), "default".to_owned()),
            ("tidegate:target".to_owned(), "orders".to_owned()),
        ]),
        security_groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        settings: Box::default(),
    }
}

fn record(set_id: &str, weight: u8) -> WeightedRecord {
    WeightedRecord {
        set_id: SetId::new(set_id),
        weight: Weight(weight),
        ttl: TtlSeconds(10),
        value: DnsName::new(endpoint(set_id)),
    }
}

/// A batch on the reader name.
fn changes(changes: Vec<RecordChange>) -> ChangeRecords {
    ChangeRecords { zone: ZoneId::new("Z1"), name: DnsName::new(READER), changes }
}

/// The weight of `tg-orders-1` from 64 to 0.
fn swap() -> ChangeRecords {
    changes(vec![
        RecordChange::Delete(record("tg-orders-1", 64)),
        RecordChange::Create(record("tg-orders-1", 0)),
    ])
}

fn deletion(id: &str) -> DeleteReplica {
    DeleteReplica {
        id: InstanceId::new(id),
        resource_id: ResourceId::new(format!("db-{}", id.to_ascii_uppercase())),
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    }
}

impl Scene {
    async fn create(&self, groups: &[&str]) -> Outcome {
        self.fleet
            .apply(&self.target, &Action::RdsReplicas(RdsReplicasAction::CreateReplica(creation(groups))))
            .await
    }

    async fn change(&self, batch: ChangeRecords) -> Outcome {
        self.fleet.apply(&self.target, &Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch))).await
    }

    async fn delete(&self, id: &str) -> Outcome {
        self.fleet
            .apply(&self.target, &Action::RdsReplicas(RdsReplicasAction::DeleteReplica(deletion(id))))
            .await
    }

    fn count(&self, operation: &str) -> usize {
        self.account.calls(operation).len()
    }
}

fn sent(call: &Call) -> Vec<(&str, &str)> {
    let fields = call.fields.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    fields.filter(|(key, _)| !matches!(*key, "Action" | "Version")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_creation_sends_its_tags_and_nothing_that_it_was_not_told() {
    let scene = Scene::new();
    assert_eq!(scene.create(&["sg-8", "sg-9"]).await, applied());
    let calls = scene.account.calls(CREATE);
    assert_eq!(calls.len(), 1);
    assert_eq!(
        sent(&calls[0]),
        [
            ("DBInstanceClass", "db.r6g.large"),
            ("DBInstanceIdentifier", "tg-orders-3"),
            ("SourceDBInstanceIdentifier", "orders-primary"),
            ("Tags.Tag.1.Key", "tidegate:decision"),
            ("Tags.Tag.1.Value", "orders-7"),
            ("Tags.Tag.2.Key", "tidegate:owner"),
            ("Tags.Tag.2.Value", "tidegate"),
            ("Tags.Tag.3.Key", "tidegate:stage"),
            ("Tags.Tag.3.Value", "default"),
            ("Tags.Tag.4.Key", "tidegate:target"),
            ("Tags.Tag.4.Value", "orders"),
            ("VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-8"),
            ("VpcSecurityGroupIds.VpcSecurityGroupId.2", "sg-9"),
        ]
    );
    assert_eq!(scene.account.state().calls.len(), 1, "the policy's groups need no look at the source");
}

#[tokio::test(start_paused = true)]
async fn a_creation_takes_the_groups_of_the_source_as_it_was_seen() {
    let scene = Scene::new();
    scene.instance("orders-primary", |source| {
        source.groups = [("sg-1", "active"), ("sg-2", "removing"), ("sg-3", "adding")]
            .map(|(id, status)| (id.to_owned(), status.to_owned()))
            .to_vec();
    });
    let groups = |call: &Call| -> Vec<String> {
        let all = sent(call).into_iter().filter(|(key, _)| key.starts_with("VpcSecurityGroupIds"));
        all.map(|(_, value)| value.to_owned()).collect()
    };
    assert_eq!(scene.create(&[]).await, applied());
    assert_eq!(groups(&scene.account.calls(CREATE)[0]), ["sg-1", "sg-3"]);
    let described = scene.account.calls(DESCRIBE);
    assert_eq!(
        described.iter().map(|call| call.field("DBInstanceIdentifier")).collect::<Vec<_>>(),
        ["orders-primary"]
    );

    scene.account.state().instances.retain(|instance| instance.id != "tg-orders-3");
    scene.look().await;
    scene.account.state().calls.clear();
    assert_eq!(scene.create(&[]).await, applied());
    assert_eq!(groups(&scene.account.calls(CREATE)[0]), ["sg-1", "sg-3"]);
    assert_eq!(scene.count(DESCRIBE), 0, "the look has told");
}

#[tokio::test(start_paused = true)]
async fn without_the_groups_of_the_source_nothing_is_created() {
    let scene = Scene::new();
    scene.account.mishap_at_every_try(DESCRIBE, &Mishap::Reset);
    let (class, _) = failed(scene.create(&[]).await);
    assert_eq!((class, scene.count(CREATE)), (FailureClass::RetryNextWake, 0));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_is_looked_at() {
    let ours = || Instance { status: "creating".to_owned(), ..Instance::replica("tg-orders-3", "orders") };
    let cases: [(&str, Instance, Result<(), &str>); 6] = [
        ("ours", ours(), Ok(())),
        ("ours, and up", Instance::replica("tg-orders-3", "orders"), Ok(())),
        (
            "of another source",
            Instance { source: Some("billing-primary".to_owned()), ..ours() },
            Err("not ours"),
        ),
        ("by hand", Instance { tags: Vec::new(), ..ours() }, Err("not ours")),
        ("promoted", Instance { source: None, ..ours() }, Err("not ours")),
        ("on its way out", Instance { status: "deleting".to_owned(), ..ours() }, Err("is being deleted")),
    ];
    for (how, instance, expected) in cases {
        let scene = Scene::new();
        scene.account.state().instances.push(instance);
        let outcome = scene.create(&["sg-1"]).await;
        match expected {
            Ok(()) => assert_eq!(outcome, Outcome::AlreadySatisfied, "{how}"),
            Err(words) => {
                let why = stale(outcome);
                assert!(why.contains(words) && why.contains("tg-orders-3"), "{how}: {why}");
            }
        }
        assert_eq!((scene.count(CREATE), scene.count(DESCRIBE)), (1, 1), "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_and_not_described_is_stale_and_one_that_cannot_be_described_fails() {
    let scene = Scene::new();
    let exists = Mishap::Refused(400, "DBInstanceAlreadyExists", "DB Instance already exists");
    scene.account.mishap(CREATE, exists.clone());
    assert_eq!(stale(scene.create(&["sg-1"]).await), "tg-orders-3 exists, but is not described");
    scene.account.mishap(CREATE, exists);
    scene.account.mishap_at_every_try(DESCRIBE, &THROTTLED);
    assert_eq!(failed(scene.create(&["sg-1"]).await).0, FailureClass::RetryNextWake);
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_is_lost_is_found_to_be_made() {
    for mishap in [Mishap::Lost, Mishap::Cut] {
        let scene = Scene::new();
        scene.account.mishap(CREATE, mishap);
        assert_eq!(scene.create(&["sg-1"]).await, Outcome::AlreadySatisfied);
        assert_eq!(scene.count(CREATE), 2);
        let made = scene.account.state().instances.iter().filter(|one| one.id == "tg-orders-3").count();
        assert_eq!(made, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_a_person_can_mend_says_what_to_do() {
    for (code, words) in [
        ("InstanceQuotaExceeded", "raise the quota"),
        ("StorageQuotaExceeded", "raise the quota"),
        ("KMSKeyNotAccessibleFault", "KMS key"),
        ("InvalidSubnet", "subnets"),
        ("AccessDenied", "rds:CreateDBInstanceReadReplica and rds:AddTagsToResource"),
        ("InvalidParameterValue", "check the class"),
    ] {
        let scene = Scene::new();
        scene.account.mishap(CREATE, Mishap::Refused(400, code, "AWS says no."));
        let (class, message) = failed(scene.create(&["sg-1"]).await);
        assert_eq!(class, FailureClass::PersonNeeded, "{code}");
        assert!(message.starts_with(&format!("{code}: AWS says no: ")), "{message}");
        assert!(message.contains(words), "{message}");
        assert_eq!(scene.count(CREATE), 1, "{code} is not tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_class_that_rds_does_not_make_here_is_no_failure_of_the_others() {
    let combination = "RDS does not support creating a DB instance with the following combination: \
                       DBInstanceClass=db.r9x.large, Engine=mysql, EngineVersion=8.0.39";
    for (code, said, words) in [
        ("InsufficientDBInstanceCapacity", "AWS says no.", "`fallback_classes`"),
        ("StorageTypeNotSupported", "AWS says no.", "choose another `class`"),
        ("ProvisionedIopsNotAvailableInAZFault", "AWS says no.", "the zone that RDS chose"),
        ("InvalidParameterCombination", combination, "db.r9x.large"),
    ] {
        let scene = Scene::new();
        scene.account.mishap(CREATE, Mishap::Refused(400, code, said));
        let (class, message) = failed(scene.create(&["sg-1"]).await);
        assert_eq!(class, FailureClass::NotOffered, "{code}");
        assert!(message.contains(words), "{message}");
        assert_eq!(scene.count(CREATE), 1, "{code} is not tried again");
    }
    // Another combination is for a person.
    let scene = Scene::new();
    scene.account.mishap(CREATE, Mishap::Refused(400, "InvalidParameterCombination", "AWS says no."));
    assert_eq!(failed(scene.create(&["sg-1"]).await).0, FailureClass::PersonNeeded);
}

#[tokio::test(start_paused = true)]
async fn the_zone_is_asked_for_only_where_the_plan_names_one() {
    for zone in [None, Some("eu-west-1b")] {
        let scene = Scene::new();
        let create = CreateReplica { zone: zone.map(AvailabilityZone::new), ..creation(&["sg-1"]) };
        let outcome = scene
            .fleet
            .apply(&scene.target, &Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)))
            .await;
        assert_eq!(outcome, Outcome::Applied { change: None });
        let calls = scene.account.calls(CREATE);
        let asked = calls[0].fields.iter().find(|(key, _)| key.as_str() == "AvailabilityZone");
        assert_eq!(asked.map(|(_, value)| value.as_str()), zone);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_busy_is_for_the_next_wake_up_and_no_failure() {
    let scene = Scene::new();
    let busy = "the source is in storage-optimization";
    scene.account.mishap(CREATE, Mishap::Refused(400, "InvalidDBInstanceState", busy));
    let why = stale(scene.create(&["sg-1"]).await);
    assert!(why.contains(busy), "{why}");
    assert_eq!(scene.count(CREATE), 1);
}

#[tokio::test(start_paused = true)]
async fn throttled_twice_is_applied_with_the_third_request() {
    let scene = Scene::new();
    for operation in [CREATE, CHANGE, DELETE] {
        scene.account.mishap(operation, THROTTLED);
        scene.account.mishap(operation, THROTTLED);
    }
    assert_eq!(scene.create(&["sg-1"]).await, applied());
    assert!(matches!(scene.change(swap()).await, Outcome::Applied { change: Some(_) }));
    assert_eq!(scene.delete("tg-orders-2").await, applied());
    assert_eq!([CREATE, CHANGE, DELETE].map(|operation| scene.count(operation)), [3, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_at_every_try_is_for_the_next_wake_up() {
    for mishap in [
        Mishap::Refused(400, "Throttling", "Rate exceeded"),
        Mishap::Refused(503, "ServiceUnavailable", "inside"),
        Mishap::Reset,
        Mishap::Silence,
        Mishap::Cut,
    ] {
        let scene = Scene::new();
        for operation in [CREATE, CHANGE, DELETE] {
            scene.account.mishap_at_every_try(operation, &mishap);
        }
        let outcomes =
            [scene.create(&["sg-1"]).await, scene.change(swap()).await, scene.delete("tg-orders-2").await];
        for outcome in outcomes {
            assert_eq!(failed(outcome).0, FailureClass::RetryNextWake, "{mishap:?}");
        }
        assert_eq!([CREATE, CHANGE, DELETE].map(|operation| scene.count(operation)), [3, 3, 3], "{mishap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_sent_in_its_order_with_every_field() {
    let scene = Scene::new();
    let floor =
        || WeightedRecord { value: DnsName::new(endpoint("orders-primary")), ..record("primary-floor", 255) };
    let lines = vec![
        RecordChange::Delete(record("tg-orders-2", 64)),
        RecordChange::Create(record("tg-orders-2", 32)),
        RecordChange::Create(floor()),
        RecordChange::Delete(record("tg-orders-1", 64)),
    ];
    let outcome = scene.change(changes(lines)).await;
    let Outcome::Applied { change: Some(change) } = outcome else { panic!("{outcome}") };
    assert_eq!(change.as_str(), "C1", "without `/change/`");
    let calls = scene.account.calls(CHANGE);
    assert_eq!((calls.len(), calls[0].path.as_str()), (1, "Z1"));
    let set = |set_id: &str, weight, of: &str| Set::weighted(READER, set_id, weight, &endpoint(of));
    let expected = [
        ("DELETE", set("tg-orders-2", 64, "tg-orders-2")),
        ("CREATE", set("tg-orders-2", 32, "tg-orders-2")),
        ("CREATE", set("primary-floor", 255, "orders-primary")),
        ("DELETE", set("tg-orders-1", 64, "tg-orders-1")),
    ];
    assert_eq!(batch(&calls[0]), expected.map(|(action, set)| (action.to_owned(), set)));
    assert!(!calls[0].body.contains("UPSERT"));
    assert_eq!(scene.account.state().calls.len(), 1, "nothing is waited for");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_does_not_match_is_stale_in_the_words_of_aws() {
    for (how, lines, words) in [
        (
            "another weight",
            vec![
                RecordChange::Delete(record("tg-orders-1", 63)),
                RecordChange::Create(record("tg-orders-1", 0)),
            ],
            "but the values provided do not match the current values",
        ),
        (
            "not there",
            vec![
                RecordChange::Delete(record("tg-orders-9", 1)),
                RecordChange::Create(record("tg-orders-8", 1)),
            ],
            "but it was not found",
        ),
        ("there already", vec![RecordChange::Create(record("tg-orders-1", 63))], "but it already exists"),
    ] {
        let scene = Scene::new();
        let before = scene.account.state().zones["Z1"].sets.clone();
        let why = stale(scene.change(changes(lines)).await);
        assert!(why.starts_with("InvalidChangeBatch: ") && why.contains(words), "{how}: {why}");
        assert_eq!(scene.account.state().zones["Z1"].sets, before, "{how}");
        assert_eq!(scene.count(CHANGE), 1, "{how}");
        let listed = scene.account.calls("ListResourceRecordSets");
        assert_eq!(listed.iter().map(|call| call.field("name")).collect::<Vec<_>>(), [READER], "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_so_already_is_satisfied() {
    for (how, lines) in [
        (
            "a swap",
            vec![
                RecordChange::Delete(record("tg-orders-1", 7)),
                RecordChange::Create(record("tg-orders-1", 64)),
            ],
        ),
        ("a record that is gone", vec![RecordChange::Delete(record("tg-orders-9", 7))]),
        ("a record that is there", vec![RecordChange::Create(record("tg-orders-1", 64))]),
    ] {
        let scene = Scene::new();
        assert_eq!(scene.change(changes(lines)).await, Outcome::AlreadySatisfied, "{how}");
    }
    let scene = Scene::new();
    let half =
        vec![RecordChange::Create(record("tg-orders-1", 64)), RecordChange::Create(record("tg-orders-8", 1))];
    stale(scene.change(changes(half)).await);
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_answer_is_lost_is_found_to_be_made() {
    for mishap in [Mishap::Lost, Mishap::Cut] {
        let scene = Scene::new();
        scene.account.mishap(CHANGE, mishap);
        assert_eq!(scene.change(swap()).await, Outcome::AlreadySatisfied);
        assert_eq!(scene.count(CHANGE), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_cannot_be_looked_at_afterwards_fails() {
    let scene = Scene::new();
    scene.account.mishap_at_every_try("ListResourceRecordSets", &Mishap::Reset);
    let lines = vec![RecordChange::Create(record("tg-orders-1", 1))];
    assert_eq!(failed(scene.change(changes(lines)).await).0, FailureClass::RetryNextWake);
}

#[tokio::test(start_paused = true)]
async fn a_prior_request_is_waited_for_within_the_call_and_then_left_to_the_next_wake_up() {
    let busy = Mishap::Refused(400, "PriorRequestNotComplete", "The request was rejected.");
    let scene = Scene::new();
    scene.account.mishap(CHANGE, busy.clone());
    assert!(matches!(scene.change(swap()).await, Outcome::Applied { .. }));
    assert_eq!(scene.count(CHANGE), 2);

    let scene = Scene::new();
    scene.account.mishap_at_every_try(CHANGE, &busy);
    let (class, message) = failed(scene.change(swap()).await);
    assert_eq!((class, scene.count(CHANGE)), (FailureClass::RetryNextWake, 3));
    assert!(message.starts_with("PriorRequestNotComplete: "), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_for_a_zone_that_is_not_there_needs_a_person() {
    let scene = Scene::new();
    let (class, message) = failed(scene.change(ChangeRecords { zone: ZoneId::new("Z404"), ..swap() }).await);
    assert_eq!(class, FailureClass::PersonNeeded);
    assert!(message.contains("Z404") && message.contains("`reader.zone`"), "{message}");
}

/// Route 53 answered so until some years ago, and its API reference still shows it; the SDK reads no code in it.
#[tokio::test(start_paused = true)]
async fn a_refused_batch_in_the_old_form_is_never_taken_for_applied() {
    let scene = Scene::new();
    let old = "<?xml version=\"1.0\"?><InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages>\
               <Message>Tried to delete resource record set, but it was not found</Message></Messages></InvalidChangeBatch>";
    scene.account.mishap(CHANGE, Mishap::Says(400, old));
    assert_eq!(failed(scene.change(swap()).await).0, FailureClass::RetryNextWake);
    assert_eq!(scene.count(CHANGE), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_keeps_the_automated_backups_makes_no_final_snapshot_and_says_nothing_else() {
    let scene = Scene::new();
    assert_eq!(scene.delete("tg-orders-1").await, applied());
    let calls = scene.account.calls(DELETE);
    assert_eq!(calls.len(), 1);
    assert_eq!(
        sent(&calls[0]),
        [
            ("DBInstanceIdentifier", "tg-orders-1"),
            ("DeleteAutomatedBackups", "false"),
            ("SkipFinalSnapshot", "true")
        ]
    );
    assert_eq!(scene.account.state().calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_what_is_gone_or_going_is_satisfied() {
    let scene = Scene::new();
    assert_eq!(scene.delete("tg-orders-9").await, Outcome::AlreadySatisfied);
    scene.instance("tg-orders-1", |one| one.status = "deleting".to_owned());
    assert_eq!(scene.delete("tg-orders-1").await, Outcome::AlreadySatisfied);
    assert_eq!((scene.count(DELETE), scene.count(DESCRIBE)), (2, 1));
    // It was busy with its own deletion, and gone by the time it is looked at.
    scene.account.mishap(DELETE, Mishap::Refused(400, "InvalidDBInstanceState", "it is being deleted"));
    assert_eq!(scene.delete("tg-orders-8").await, Outcome::AlreadySatisfied);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_what_is_busy_is_for_the_next_wake_up() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.status = "modifying".to_owned());
    let (class, message) = failed(scene.delete("tg-orders-1").await);
    assert_eq!(class, FailureClass::RetryNextWake);
    assert!(message.starts_with("InvalidDBInstanceState: Instance tg-orders-1 is modifying"), "{message}");
    scene.account.mishap_at_every_try(DESCRIBE, &Mishap::Reset);
    assert_eq!(failed(scene.delete("tg-orders-1").await).0, FailureClass::RetryNextWake);
}

#[tokio::test(start_paused = true)]
async fn a_protected_instance_needs_a_person() {
    let scene = Scene::new();
    scene.instance("tg-orders-1", |one| one.protected = true);
    let (class, message) = failed(scene.delete("tg-orders-1").await);
    assert_eq!(class, FailureClass::PersonNeeded);
    assert!(message.contains("please disable deletion protection"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_is_lost_is_found_to_be_on_its_way() {
    for mishap in [Mishap::Lost, Mishap::Cut] {
        let scene = Scene::new();
        scene.account.mishap(DELETE, mishap);
        assert_eq!(scene.delete("tg-orders-1").await, Outcome::AlreadySatisfied);
        assert_eq!((scene.count(DELETE), scene.count(DESCRIBE)), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_mutation_names_its_permission() {
    let scene = Scene::new();
    let denied = Mishap::Refused(403, "AccessDenied", "not authorized");
    scene.account.mishap(CHANGE, denied.clone());
    scene.account.mishap(DELETE, denied);
    let said: BTreeSet<_> = [failed(scene.change(swap()).await), failed(scene.delete("tg-orders-1").await)]
        .into_iter()
        .map(|(class, message)| {
            assert_eq!(class, FailureClass::PersonNeeded);
            message.rsplit(' ').next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        said.into_iter().collect::<Vec<_>>(),
        ["(rds:DeleteDBInstance)", "(route53:ChangeResourceRecordSets)"]
    );
}

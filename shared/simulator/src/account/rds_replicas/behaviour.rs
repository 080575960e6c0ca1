//! Each behaviour of the simulated account that a scaler's safety hangs on, as a named situation.
//!
//! Goal: a fake that contradicts the real services makes every test above it worthless. Method: act through the ports, look at the truth.

mod breaches;
mod disks;
mod parameters;
mod sources;

use std::cell::RefMut;
use std::collections::BTreeMap;

use futures_util::FutureExt;
use jiff::SignedDuration;
use tidegate_policy::history::{History, RdsReplicasMemory, WeightSince};
use tidegate_policy::names::{
    AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId, SetId, TargetName,
};
use tidegate_policy::observation::{
    ChangeStatus, InstanceStatus, Observation, RdsObservation, Replication, WeightedRecord,
};
use tidegate_policy::ownership::{DECISION_TAG, FLOOR_SET_ID, OWNER_TAG, STAGE_TAG, TARGET_TAG};
use tidegate_policy::plan::{
    Action, ChangeRecords, CreateReplica, DeleteReplica, Ending, RdsReplicasAction, RecordChange,
};
use tidegate_policy::policy::{Engine, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_policy::units::{TtlSeconds, Weight};
use tidegate_reconcile::port::{AfterWrite, Fleet, Lease, Ledger, LedgerError, LedgerWrite, ObserveRequest};

use super::*;
use crate::account::faults::{Fault, Operation};
use crate::account::{Account, Beginning, GroupStart, ServiceStart};
use crate::fixture::{minutes, rds_mut, start, target};

/// An account, the target it was made for, and the minute it is in.
struct Scene {
    account: Account,
    target: Target,
    minute: i64,
}

impl Scene {
    fn new(target: Target) -> Scene {
        let beginning = Beginning {
            seed: 11,
            start: start(),
            lasting: minutes(1_440),
            blackout: false,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        };
        Scene { account: Account::new(&target, &beginning), target, minute: 0 }
    }

    /// Lives through this many minutes at this demand.
    fn live(&mut self, for_minutes: i64, demand: f64) -> Served {
        let mut last = None;
        for _ in 0..for_minutes {
            self.minute += 1;
            self.account.advance_to(start() + minutes(self.minute));
            last = Some(self.account.end_minute(demand));
        }
        last.unwrap()
    }

    fn later(&mut self, seconds: i64) {
        self.account.advance_to(self.account.now() + SignedDuration::from_secs(seconds));
    }

    fn apply(&self, action: &Action) -> Outcome {
        self.account.apply(&self.target, action).now_or_never().unwrap()
    }

    fn observe_with(&self, history: &History) -> RdsObservation {
        let requests = [ObserveRequest::new(&self.target, history)];
        let seen = self.account.observe(&requests, self.account.now()).now_or_never().unwrap().unwrap();
        let seen = seen.into_iter().next().unwrap().unwrap();
        let Observation::RdsReplicas(seen) = seen else { panic!("not of replicas: {seen:?}") };
        seen
    }

    fn observe(&self) -> RdsObservation {
        self.observe_with(&History::default())
    }

    fn truth(&self) -> RefMut<'_, State> {
        RefMut::map(self.account.state.borrow_mut(), |state| state.replicas_mut().unwrap())
    }

    /// The truth, never late.
    fn instance<T>(&self, id: &str, look: impl FnOnce(&rds::Instance) -> T) -> Option<T> {
        self.truth().rds.named(&InstanceId::new(id)).map(look)
    }

    fn status(&self, id: &str) -> Option<String> {
        self.instance(id, |instance| instance.described.status.0.clone())
    }

    fn create(&self, id: &str) -> Outcome {
        self.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(self.creation(id))))
    }

    /// As the source is, and as the policy says.
    fn creation(&self, id: &str) -> CreateReplica {
        let settings = self.instance("orders-primary", |source| source.described.settings()).unwrap();
        CreateReplica { settings: Box::new(settings), ..creation(id) }
    }

    /// Creates a replica and waits until RDS says `available`.
    fn grown(&mut self, id: &str) {
        assert_eq!(self.create(id), Outcome::Applied { change: None });
        while self.status(id).as_deref() != Some("available") {
            self.live(1, 1.0);
        }
    }

    fn delete(&self, id: &str) -> Outcome {
        let resource_id = self.instance(id, |instance| instance.described.resource_id.clone());
        self.apply(&deletion(id, resource_id.unwrap_or_else(|| ResourceId::new("db-GONE"))))
    }

    fn record(&self, set_id: &str, weight: u8) -> WeightedRecord {
        let id = if set_id == FLOOR_SET_ID { "orders-primary" } else { set_id };
        let value = self.instance(id, |instance| instance.endpoint_id).unwrap();
        WeightedRecord {
            set_id: SetId::new(set_id),
            weight: Weight(weight),
            ttl: TtlSeconds(10),
            value: self.truth().rds.endpoint_name(value),
        }
    }

    fn change(&self, changes: Vec<RecordChange>) -> Outcome {
        let kind = &self.truth().kind.clone();
        self.apply(&Action::RdsReplicas(RdsReplicasAction::ChangeRecords(ChangeRecords {
            zone: kind.reader.zone.clone(),
            name: kind.reader.name.clone(),
            changes,
        })))
    }

    /// From one weight to another, by swap.
    fn reweigh(&self, set_id: &str, from: u8, to: u8) -> Outcome {
        self.change(vec![
            RecordChange::Delete(self.record(set_id, from)),
            RecordChange::Create(self.record(set_id, to)),
        ])
    }

    fn primary_cpu(&self) -> f64 {
        self.truth().replica_set().primary_cpu
    }

    fn weights(&self) -> Vec<(String, u8)> {
        let named = |record: &WeightedRecord| (record.set_id.to_string(), record.weight.0);
        self.truth().dns.group().iter().map(named).collect()
    }

    fn slots(&self, id: &str) -> u32 {
        self.account.slots_at(&InstanceId::new(id))
    }

    /// The ledger holds this memory of the target from now on.
    fn remember(&self, history: &History) {
        let name = &self.target.name;
        let now = self.account.now();
        let items = self.account.load(std::slice::from_ref(name)).now_or_never().unwrap().unwrap();
        let version = items[0].as_ref().unwrap().version;
        let lease = Lease { owner: "a".to_owned(), until: now + minutes(1) };
        let version = self.account.claim(name, version, &lease, now).now_or_never().unwrap().unwrap();
        let write = LedgerWrite { owner: "a", history, activities: &[], lease: AfterWrite::Release };
        self.account.store(name, version, write).now_or_never().unwrap().unwrap();
    }

    fn breaches(&self) -> Vec<&'static str> {
        self.account.take_breaches().into_iter().map(|breach| breach.invariant).collect()
    }
}

const FIRST: &str = "tg-orders-readers-first1";
const SECOND: &str = "tg-orders-readers-first2";
const NEW: &str = "tg-orders-readers-new";

fn creation(id: &str) -> CreateReplica {
    CreateReplica {
        id: InstanceId::new(id),
        source: InstanceId::new("orders-primary"),
        class: InstanceClass::new("db.t3.medium"),
        zone: None,
        tags: BTreeMap::from([
            (OWNER_TAG.to_owned(), "tidegate".to_owned()),
            (STAGE_TAG.to_owned(), "default".to_owned()),
            (TARGET_TAG.to_owned(), "orders-readers".to_owned()),
            (DECISION_TAG.to_owned(), "orders-readers-1".to_owned()),
        ]),
        security_groups: Vec::new(),
        settings: Box::default(),
    }
}

fn deletion(id: &str, resource_id: ResourceId) -> Action {
    Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
        id: InstanceId::new(id),
        resource_id,
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    }))
}

#[track_caller]
fn assert_failed(outcome: &Outcome, expected: FailureClass, code: &str) {
    let Outcome::Failed { class, message } = outcome else { panic!("{outcome}") };
    assert!(*class == expected && message.starts_with(code), "{outcome}");
}

#[track_caller]
fn assert_stale(outcome: &Outcome, says: &str) {
    let Outcome::Stale { why } = outcome else { panic!("{outcome}") };
    assert!(why.contains(says), "{outcome}");
}

// RDS.

#[test]
fn a_creation_passes_through_its_states_and_catches_up() {
    let mut scene = Scene::new(target(1, 5));
    scene.create(NEW);
    let mut statuses = Vec::new();
    let mut first_lag = None;
    for _ in 0..60 {
        let status = scene.status(NEW).unwrap();
        let described = scene.instance(NEW, |instance| instance.described.clone()).unwrap();
        assert_eq!(described.endpoint.is_none(), status == "creating", "{status}");
        assert_eq!(described.replication == Replication::Normal, status == "available", "{status}");
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        scene.live(1, 1.0);
        first_lag = first_lag.or(scene.instance(NEW, |instance| instance.last.lag).flatten());
    }
    assert_eq!(statuses, ["creating", "backing-up", "modifying", "available"]);
    assert!(first_lag > Some(300.0), "{first_lag:?}");
    assert!(scene.instance(NEW, |instance| instance.last.lag).flatten() < Some(0.31));
}

#[test]
fn the_nth_creation_takes_as_long_under_every_policy() {
    let ready_after = |id: &str| {
        let mut scene = Scene::new(target(1, 5));
        scene.grown(id);
        scene.minute
    };
    assert_eq!(ready_after(NEW), ready_after("tg-orders-readers-other"));
}

#[test]
fn a_creation_told_to_fail_does_so_after_half_an_hour() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::FailNextCreation);
    scene.create(NEW);
    scene.live(29, 1.0);
    assert_eq!(scene.status(NEW).as_deref(), Some("creating"));
    assert!(!scene.account.take_events());
    scene.live(1, 1.0);
    assert_eq!(scene.status(NEW).as_deref(), Some("failed"));
    assert!(scene.account.take_events());
}

#[test]
fn creations_are_refused_by_the_names_of_aws() {
    let person = FailureClass::PersonNeeded;

    let scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::SourceModifying { lasting: minutes(3) });
    assert_stale(&scene.create(NEW), "InvalidDBInstanceState: orders-primary is modifying");

    let scene = Scene::new(target(1, 5));
    scene.account.set_backup_retention(0);
    assert_failed(&scene.create(NEW), person, "InvalidDBInstanceState: automated backups");

    let scene = Scene::new(target(1, 5));
    scene.account.set_instance_quota(2);
    assert_failed(&scene.create(NEW), person, "InstanceQuotaExceeded");

    let mut limited = target(5, 15);
    rds_mut(&mut limited).engine = Engine::SqlServer;
    let scene = Scene::new(limited);
    assert_failed(&scene.create(NEW), person, "InstanceQuotaExceeded: orders-primary already has 5");

    let scene = Scene::new(target(1, 5));
    assert_failed(&scene.create("Not--A-Name-"), person, "InvalidParameterValue");
}

#[test]
fn a_repeated_creation_is_already_satisfied_and_a_foreign_name_is_stale() {
    let scene = Scene::new(target(1, 5));
    scene.account.fail_next(Operation::CreateDbInstanceReadReplica, Fault::AnswerLost);
    assert_failed(&scene.create(NEW), FailureClass::RetryNextWake, "InternalFailure");
    assert_eq!(scene.create(NEW), Outcome::AlreadySatisfied);

    scene.account.befall(&WorldEvent::ForeignReplica);
    assert_stale(&scene.create("analytics-1"), "not ours");
}

#[test]
fn describes_can_be_a_minute_old_and_never_older() {
    let mut scene = Scene::new(target(1, 5));
    scene.create(NEW);
    scene.later(20);
    let sees = |scene: &Scene| scene.observe().replica(&InstanceId::new(NEW)).is_some();
    let seen = (0..1_000).filter(|_| sees(&scene)).count();
    // One answer in twenty is old, and two in three of those by more than 20 s.
    assert!((950..=980).contains(&seen), "{seen}");
    scene.later(41);
    assert!((0..1_000).all(|_| sees(&scene)));
}

#[test]
fn a_deletion_takes_minutes_and_a_repeat_is_progress() {
    let mut scene = Scene::new(target(2, 5));
    assert_eq!(scene.delete(SECOND), Outcome::Applied { change: None });
    assert_eq!(scene.delete(SECOND), Outcome::AlreadySatisfied);
    scene.live(2, 1.0);
    assert_eq!(scene.status(SECOND).as_deref(), Some("deleting"));
    scene.live(5, 1.0);
    assert_eq!(scene.status(SECOND), None);
    assert_eq!(scene.delete(SECOND), Outcome::AlreadySatisfied);
}

#[test]
fn a_deletion_is_refused_under_protection_and_stale_for_another_identity() {
    let mut scene = Scene::new(target(2, 5));
    assert_stale(&scene.apply(&deletion(FIRST, ResourceId::new("db-OTHER"))), "not db-OTHER");
    scene.account.befall(&WorldEvent::ProtectReplica { replica: 0 });
    assert_failed(&scene.delete(FIRST), FailureClass::PersonNeeded, "InvalidParameterCombination");
    scene.account.befall(&WorldEvent::PromoteReplica { replica: 1 });
    scene.live(5, 1.0);
    assert_stale(&scene.delete(SECOND), "no longer a replica");
}

#[test]
fn a_promoted_replica_is_modifying_first_and_then_loses_its_source_and_is_still_observed() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::PromoteReplica { replica: 0 });
    scene.live(2, 1.0);
    let seen = scene.observe();
    let promoted = seen.replica(&InstanceId::new(FIRST)).unwrap();
    assert_eq!(promoted.status.0, "modifying");
    assert!(promoted.source.is_some() && promoted.replication == Replication::Normal, "{promoted:?}");
    scene.live(4, 1.0);
    let seen = scene.observe();
    let promoted = seen.replica(&InstanceId::new(FIRST)).unwrap();
    assert_eq!((promoted.source.as_ref(), &promoted.replication), (None, &Replication::Unknown));
}

#[test]
fn the_watcher_sees_the_reader_name_answering_from_another_database() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::RestoreUnderName);
    scene.live(14, 1.0);
    assert_eq!(
        scene.breaches(),
        Vec::<&str>::new(),
        "until the source is restored nothing else could answer"
    );
    assert_eq!(scene.observe().source.unwrap().status.0, "creating");
    scene.live(10, 1.0);
    assert_eq!(scene.observe().source.unwrap().status.0, "available");
    assert!(scene.breaches().contains(&"I3"));
    let old = InstanceId::new("orders-primary-old");
    assert_eq!(scene.observe().replica(&InstanceId::new(FIRST)).unwrap().source, Some(old));
}

#[test]
fn the_watcher_sees_another_databases_replica_being_deleted() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::Switchover);
    scene.live(3, 1.0);
    let old = InstanceId::new(format!("{FIRST}-old1"));
    let identity = scene.instance(old.as_str(), |one| one.described.resource_id.clone()).unwrap();
    // The fleet holds AWS to the expected source, so only a defect in it could get this far.
    assert_stale(&scene.apply(&deletion(old.as_str(), identity.clone())), "no longer a replica");
    let delete = DeleteReplica {
        id: old,
        resource_id: identity,
        source: InstanceId::new("orders-primary"),
        ending: Ending::Drained,
    };
    let state = scene.truth();
    let wrong = state.watcher.judge_deletion(&delete, None, &state.rds, &state.dns, state.shared.now);
    assert!(wrong.iter().any(|(_, why)| why.contains("replicates from another database")), "{wrong:?}");
}

#[test]
fn what_a_partial_listing_leaves_out_is_found_by_its_name() {
    let mut scene = Scene::new(target(2, 5));
    let lasting = SignedDuration::from_mins(10);
    scene.account.befall(&WorldEvent::PartialDescription { replica: 0, lasting });
    scene.live(1, 1.0);
    let seen = scene.observe();
    assert!(seen.replica(&InstanceId::new(FIRST)).is_some() && seen.absent.is_empty());
    // Without a record it is still the source's replica, which names it.
    scene.change(vec![RecordChange::Delete(scene.record(FIRST, 64))]);
    assert_eq!(scene.breaches(), ["sweep"]);
    assert!(scene.observe().replica(&InstanceId::new(FIRST)).is_some());
}

#[test]
fn the_watcher_sees_a_replica_being_deleted_while_a_person_promotes_it() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::PromoteReplica { replica: 0 });
    scene.live(3, 1.0);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    let _ = scene.delete(FIRST);
    assert!(scene.breaches().contains(&"I1"));
}

#[test]
fn deleting_a_replica_with_children_promotes_them_and_is_a_breach() {
    let mut scene = Scene::new(target(2, 5));
    let child = CreateReplica { source: InstanceId::new(FIRST), ..creation("grandchild") };
    {
        let state = &mut *scene.truth();
        let now = state.shared.now;
        state.rds.create(&child, rds::Maker::Other, 0, now).unwrap();
    }
    scene.live(1, 1.0);
    scene.delete(FIRST);
    assert_eq!(scene.instance("grandchild", |child| child.described.source.clone()), Some(None));
    assert!(scene.breaches().iter().filter(|breach| **breach == "I1").count() >= 1);
}

#[test]
fn a_replica_is_billed_from_its_creation_until_it_is_gone_ten_minutes_at_least() {
    let mut scene = Scene::new(target(1, 5));
    scene.live(60, 1.0);
    assert!((scene.account.unit_hours() - 1.0).abs() < 1e-9, "{}", scene.account.unit_hours());
    scene.account.befall(&WorldEvent::ForeignReplica);
    scene.create(NEW);
    scene.live(5, 1.0);
    let hours = scene.account.unit_hours();
    assert!((hours - (65.0 + 10.0) / 60.0).abs() < 1e-9, "{hours}");
}

// The watcher can fail: for every invariant there is a wrong that it sees.

#[test]
fn the_watcher_sees_a_creation_without_intent_above_the_maximum() {
    let scene = Scene::new(target(2, 2));
    scene.create(NEW);
    assert_eq!(scene.breaches(), ["I5", "I4"]);
}

#[test]
fn the_watcher_sees_a_name_that_is_used_again() {
    let mut scene = Scene::new(target(2, 5));
    scene.delete(SECOND);
    scene.live(8, 1.0);
    scene.breaches();
    scene.create(SECOND);
    assert!(scene.breaches().contains(&"I7"));
}

#[test]
fn the_watcher_sees_the_source_being_deleted() {
    let scene = Scene::new(target(1, 5));
    let identity = scene.instance("orders-primary", |one| one.described.resource_id.clone()).unwrap();
    // The fleet holds AWS to the expected source, so only a defect in it could get this far.
    assert_stale(&scene.apply(&deletion("orders-primary", identity.clone())), "no longer a replica");
    let delete = DeleteReplica {
        id: InstanceId::new("orders-primary"),
        resource_id: identity,
        source: InstanceId::new("orders-primary"),
        ending: Ending::Abandoned,
    };
    let state = scene.truth();
    let wrong = state.watcher.judge_deletion(&delete, None, &state.rds, &state.dns, state.shared.now);
    assert!(wrong.iter().any(|(invariant, _)| *invariant == "I8"), "{wrong:?}");
}

#[test]
fn the_watcher_sees_foreign_and_pinned_replicas_being_touched() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::PinReplica { replica: 0 });
    scene.account.befall(&WorldEvent::ForeignReplica);
    scene.live(60, 1.0);
    scene.breaches();
    scene.delete(FIRST);
    assert_eq!(scene.breaches(), ["I1", "record", "I4"]);
    scene.delete("analytics-1");
    assert_eq!(scene.breaches(), ["I1", "I4"]);
    scene.change(vec![RecordChange::Create(scene.record("analytics-1", 1))]);
    assert_eq!(scene.breaches(), ["I1"]);
}

#[test]
fn the_watcher_sees_the_last_serving_record_going() {
    let scene = Scene::new(target(1, 5));
    scene.reweigh(FIRST, 64, 0);
    assert_eq!(scene.breaches(), ["I2"]);
}

// Route 53.

#[test]
fn a_batch_is_atomic() {
    let scene = Scene::new(target(2, 5));
    let before = scene.weights();
    let outcome = scene.change(vec![
        RecordChange::Delete(scene.record(FIRST, 64)),
        RecordChange::Create(scene.record(SECOND, 1)),
    ]);
    assert_stale(&outcome, "already exists");
    assert_eq!(scene.weights(), before);
}

#[test]
fn a_delete_must_match_every_field() {
    let scene = Scene::new(target(2, 5));
    let mut other_ttl = scene.record(FIRST, 64);
    other_ttl.ttl = TtlSeconds(20);
    let mut other_value = scene.record(FIRST, 64);
    other_value.value = DnsName::new("elsewhere.example.com");
    for wrong in [scene.record(FIRST, 63), other_ttl, other_value] {
        assert_stale(&scene.change(vec![RecordChange::Delete(wrong)]), "do not match");
    }
    let mut unknown = scene.record(FIRST, 64);
    unknown.set_id = SetId::new("nobody");
    let swap = vec![RecordChange::Delete(unknown.clone()), RecordChange::Create(unknown)];
    assert_stale(&scene.change(swap), "not found");
}

#[test]
fn a_batch_whose_answer_was_lost_is_already_satisfied_when_repeated() {
    let scene = Scene::new(target(2, 5));
    scene.account.fail_next(Operation::ChangeResourceRecordSets, Fault::AnswerLost);
    assert_failed(&scene.reweigh(FIRST, 64, 0), FailureClass::RetryNextWake, "InternalFailure");
    assert_eq!(scene.reweigh(FIRST, 64, 0), Outcome::AlreadySatisfied);
    scene.account.fail_next(Operation::ChangeResourceRecordSets, Fault::PriorRequestNotComplete);
    assert_failed(&scene.reweigh(FIRST, 0, 1), FailureClass::RetryNextWake, "PriorRequestNotComplete");
    assert_eq!(scene.weights()[1], (FIRST.to_owned(), 0));
}

#[test]
fn the_last_ttl_written_holds_for_the_whole_group() {
    let scene = Scene::new(target(2, 5));
    let mut slower = scene.record(FIRST, 64);
    slower.ttl = TtlSeconds(30);
    scene.change(vec![RecordChange::Delete(scene.record(FIRST, 64)), RecordChange::Create(slower)]);
    assert!(scene.observe().records.weighted.iter().all(|record| record.ttl == TtlSeconds(30)));
}

#[test]
fn a_pending_change_is_listed_but_not_answered() {
    let mut scene = Scene::new(target(2, 5));
    let Outcome::Applied { change: Some(change) } = scene.reweigh(FIRST, 64, 0) else { panic!() };
    let asks = History {
        rds_replicas: RdsReplicasMemory {
            weights: BTreeMap::from([(
                SetId::new(FIRST),
                WeightSince {
                    weight: Some(Weight::ZERO),
                    since: start(),
                    change: Some(change),
                    insync_at: None,
                },
            )]),
            ..RdsReplicasMemory::default()
        },
        ..History::default()
    };
    let answered = |scene: &Scene| {
        scene.account.answered_records().iter().find(|record| record.set_id.as_str() == FIRST).unwrap().weight
    };
    scene.later(9);
    let seen = scene.observe_with(&asks);
    assert_eq!(seen.change.unwrap().status, ChangeStatus::Pending);
    assert_eq!(seen.records.record(FIRST).unwrap().weight, Weight::ZERO);
    assert_eq!(answered(&scene), Weight(64));
    scene.later(51);
    assert_eq!(scene.observe_with(&asks).change.unwrap().status, ChangeStatus::InSync);
    assert_eq!(answered(&scene), Weight::ZERO);
}

#[test]
fn with_all_weights_at_zero_every_record_is_answered_alike() {
    let mut scene = Scene::new(target(3, 5));
    for set_id in [FIRST, SECOND, "tg-orders-readers-first3"] {
        scene.reweigh(set_id, 64, 0);
    }
    scene.live(15, 1.0);
    // Three replicas and the floor.
    for id in [FIRST, SECOND, "tg-orders-readers-first3", "orders-primary"] {
        assert!((85..=115).contains(&scene.slots(id)), "{id}: {}", scene.slots(id));
    }
    assert!(scene.breaches().contains(&"I2"));
}

// Clients.

#[test]
fn weights_share_connections() {
    let scene = Scene::new(target(2, 5));
    for id in [FIRST, SECOND] {
        assert!((185..=215).contains(&scene.slots(id)), "{id}: {}", scene.slots(id));
    }
    assert_eq!(scene.slots("orders-primary"), 0);
}

#[test]
fn load_moves_only_as_pools_recycle() {
    let mut scene = Scene::new(target(1, 5));
    scene.grown(NEW);
    let before = scene.live(1, 1.4);
    scene.change(vec![RecordChange::Create(scene.record(NEW, 64))]);
    scene.live(2, 1.4);
    let soon = scene.slots(NEW);
    assert!((5..=50).contains(&soon), "{soon}");
    let after = scene.live(10, 1.4);
    let settled = scene.slots(NEW);
    assert!((180..=220).contains(&settled), "{settled}");
    assert!(before.capacity < 2.01 && after.capacity > 2.9, "{before:?} {after:?}");
}

#[test]
fn one_host_in_twenty_keeps_an_answer_beyond_its_ttl() {
    let scene = Scene::new(target(2, 5));
    assert_eq!(scene.truth().clients.overstaying(), 2);
}

#[test]
fn a_drained_replica_reaches_exactly_zero_clients_and_the_agent_alone() {
    let mut scene = Scene::new(target(2, 5));
    scene.live(1, 1.0);
    let connections = |scene: &Scene| scene.instance(FIRST, |one| one.last.connections).unwrap();
    assert!(connections(&scene) > 20.0);
    scene.reweigh(FIRST, 64, 0);
    scene.live(4, 1.0);
    assert!(scene.slots(FIRST) > 0 && connections(&scene) > 1.0);
    // INSYNC within a minute, then everyone's ten minutes, and the most patient host's 30 s.
    scene.live(8, 1.0);
    assert_eq!(scene.slots(FIRST), 0);
    assert_eq!(connections(&scene).to_bits(), 1.0_f64.to_bits());
    assert_eq!(scene.account.refused(), 0);
}

#[test]
fn a_removal_without_a_drain_refuses_connections_and_the_watcher_says_so() {
    let mut scene = Scene::new(target(2, 5));
    scene.live(1, 1.0);
    scene.delete(FIRST);
    assert!(scene.account.refused_by_removal() > 100);
    scene.live(3, 1.0);
    let breaches = scene.breaches();
    for expected in ["record", "drain", "I4"] {
        assert!(breaches.contains(&expected), "{breaches:?}");
    }
    let refused = scene.account.refused_connections();
    assert_eq!(refused[0].cause, RefusalCause::CutByRemoval);
    assert!(refused.iter().any(|one| one.cause == RefusalCause::SentToRemoved));
}

#[test]
fn a_removal_in_order_refuses_nobody() {
    let mut scene = Scene::new(target(2, 5));
    scene.reweigh(FIRST, 64, 0);
    scene.live(12, 1.0);
    scene.change(vec![RecordChange::Delete(scene.record(FIRST, 0))]);
    scene.live(2, 1.0);
    scene.delete(FIRST);
    scene.live(10, 1.0);
    assert_eq!(scene.account.refused(), 0);
    // No ledger stands behind this test, so that only the missing intent is wrong.
    assert_eq!(scene.breaches(), ["I4"]);
}

#[test]
fn a_reboot_cuts_clients_who_come_back() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::InstanceInterrupted { replica: 0, lasting: minutes(3) });
    assert_eq!(scene.slots(FIRST), 0);
    scene.live(2, 1.0);
    let refused = scene.account.refused();
    assert!(refused >= 400, "{refused}");
    assert_eq!(scene.account.refused_by_removal(), 0);
    scene.live(3, 1.0);
    assert_eq!(scene.slots(FIRST), 400);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
}

#[test]
fn a_weight_that_stays_on_a_dead_replica_is_a_breach_after_six_minutes() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::InstanceInterrupted { replica: 0, lasting: minutes(30) });
    scene.live(6, 1.0);
    assert_eq!(scene.breaches(), Vec::<&str>::new());
    scene.live(4, 1.0);
    assert_eq!(scene.breaches(), ["I3"]);
}

#[test]
fn with_the_floor_alone_clients_read_from_the_primary() {
    let mut scene = Scene::new(target(0, 1));
    assert_eq!(scene.weights(), [(FLOOR_SET_ID.to_owned(), 64)]);
    assert_eq!(scene.slots("orders-primary"), 400);
    let served = scene.live(1, 0.7);
    assert!((67.0..73.0).contains(&scene.primary_cpu()), "{served:?}");
    assert!((served.capacity - 1.0).abs() < 1e-9);
}

// The plant.

#[test]
fn utilisation_is_censored_and_the_rest_waits_one_minute_at_most() {
    let mut scene = Scene::new(target(1, 5));
    let served = scene.live(5, 7.0);
    assert!(served.severe && served.violation && scene.primary_cpu() <= 100.0, "{served:?}");
    // A backlog of one minute of capacity is worked off by the next.
    scene.live(1, 0.0);
    assert!(scene.primary_cpu() > 95.0);
    scene.live(1, 0.0);
    assert!(scene.primary_cpu() < 5.0);
}

#[test]
fn full_load_takes_sixty_percent_of_the_connections() {
    let mut scene = Scene::new(target(3, 5));
    scene.live(1, 4.0 * 0.85);
    let connections = scene.instance(FIRST, |one| one.last.connections).unwrap() / 300.0;
    assert!((0.57..0.66).contains(&connections), "{connections}");
}

#[test]
fn a_fresh_replica_is_cold_for_five_minutes() {
    let mut scene = Scene::new(target(1, 5));
    scene.grown(NEW);
    scene.change(vec![RecordChange::Create(scene.record(NEW, 64))]);
    let capacity = |scene: &Scene| {
        let now = scene.truth().shared.now;
        scene.instance(NEW, |one| one.capacity(now)).unwrap()
    };
    assert!((capacity(&scene) - 0.3).abs() < 1e-9);
    scene.live(3, 1.0);
    assert!((0.4..0.9).contains(&capacity(&scene)), "{}", capacity(&scene));
    scene.live(5, 1.0);
    assert!((capacity(&scene) - 1.0).abs() < 1e-9);
}

#[test]
fn an_idle_postgres_shows_a_saw_tooth_of_lag() {
    let mut idle = target(1, 5);
    rds_mut(&mut idle).engine = Engine::Postgres;
    let mut scene = Scene::new(idle);
    let mut lags = Vec::new();
    for _ in 0..10 {
        scene.live(1, 0.0);
        lags.push(scene.instance(FIRST, |one| one.last.lag).flatten().unwrap());
    }
    assert!(lags.iter().any(|lag| *lag > 290.0) && lags.iter().any(|lag| *lag < 61.0), "{lags:?}");
    assert!(lags.iter().all(|lag| *lag > 30.0 && *lag < 301.0), "{lags:?}");
}

#[test]
fn a_lag_spike_lasts_as_long_as_it_says() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::LagSpike { replica: 0, seconds: 30.0, lasting: minutes(5) });
    let lag = |scene: &Scene| scene.instance(FIRST, |one| one.last.lag).flatten().unwrap();
    scene.live(4, 1.0);
    assert!(lag(&scene) >= 30.0);
    scene.live(2, 1.0);
    assert!(lag(&scene) < 0.31);
}

// Calls.

#[test]
fn an_observation_costs_four_calls() {
    let mut scene = Scene::new(target(3, 5));
    scene.live(1, 1.0);
    let _ = scene.observe();
    let calls = scene.account.api_calls();
    let calls: Vec<_> = calls.iter().map(|(name, calls)| (name.as_str(), *calls)).collect();
    let each =
        ["DescribeBlueGreenDeployments", "DescribeDBInstances", "GetMetricData", "ListResourceRecordSets"];
    assert_eq!(calls, each.map(|name| (name, 1)));
}

#[test]
fn a_throttle_burst_ends_and_spares_the_ledger() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::ThrottleBurst { probability: 1.0, lasting: minutes(5) });
    let history = History::default();
    let requests = [ObserveRequest::new(&scene.target, &history)];
    let refused = scene.account.observe(&requests, start()).now_or_never().unwrap().unwrap_err();
    assert_eq!((refused.operation, refused.class), ("DescribeDBInstances", FailureClass::RetryNextWake));
    assert!(scene.account.load(std::slice::from_ref(&scene.target.name)).now_or_never().unwrap().is_ok());
    scene.live(5, 1.0);
    let _ = scene.observe();
}

#[test]
fn the_engine_and_the_status_are_told_as_the_ports_want_them() {
    let mut scene = Scene::new(target(1, 5));
    scene.live(10, 1.0);
    let seen = scene.observe();
    let source = seen.source.unwrap();
    assert_eq!(source.status, InstanceStatus("available".to_owned()));
    assert_eq!((source.engine, source.backup_retention_days), (Engine::MySql, 7));
    assert!(source.signals.cpu.fresh().is_some() && source.signals.lag.fresh().is_none());
    assert!(seen.replicas[0].signals.lag.fresh().is_some());
}

// The ledger.

fn lease(owner: &str, until: i64) -> Lease {
    Lease { owner: owner.to_owned(), until: start() + minutes(until) }
}

fn write<'a>(owner: &'a str, history: &'a History, lease: AfterWrite) -> LedgerWrite<'a> {
    LedgerWrite { owner, history, activities: &[], lease }
}

#[test]
fn of_two_claimers_one_wins() {
    let account = Scene::new(target(1, 5)).account;
    let name = TargetName::new("orders-readers");
    let claim = |owner: &str, version, at: i64| {
        let lease = lease(owner, at + 5);
        account.claim(&name, version, &lease, start() + minutes(at)).now_or_never().unwrap()
    };
    assert_eq!(claim("a", 0, 0), Ok(1));
    let lost = Err(LedgerError::Conflict { target: name.clone() });
    assert_eq!(claim("b", 0, 0), lost, "the version has moved on");
    assert_eq!(claim("b", 1, 1), lost, "the lease is held");
    assert_eq!(claim("a", 1, 1), Ok(2), "its owner may take it again");
    assert_eq!(claim("b", 2, 6), Ok(3), "it has run out");
}

#[test]
fn a_write_needs_the_version_and_the_lease() {
    let account = Scene::new(target(1, 5)).account;
    let name = TargetName::new("orders-readers");
    let history = History { decisions: 7, ..History::default() };
    let store = |version, write| account.store(&name, version, write).now_or_never().unwrap();
    let lost = Err(LedgerError::Conflict { target: name.clone() });
    assert_eq!(store(0, write("a", &history, AfterWrite::Keep)), lost, "nobody holds the lease");
    assert!(account.claim(&name, 0, &lease("a", 5), start()).now_or_never().unwrap().is_ok());
    assert_eq!(store(1, write("b", &history, AfterWrite::Keep)), lost);
    assert_eq!(store(0, write("a", &history, AfterWrite::Keep)), lost);
    assert_eq!(store(1, write("a", &history, AfterWrite::Keep)), Ok(2));
    assert_eq!(store(2, write("a", &history, AfterWrite::Release)), Ok(3));
    assert_eq!(store(3, write("a", &history, AfterWrite::Keep)), lost, "it was given back");
    let items = account.load(std::slice::from_ref(&name)).now_or_never().unwrap().unwrap();
    let item = items[0].as_ref().unwrap();
    assert_eq!((item.version, item.history.decisions, &item.lease), (3, 7, &None));
}

#[test]
fn an_unreachable_ledger_changes_nothing_and_a_lost_answer_does() {
    let account = Scene::new(target(1, 5)).account;
    let name = TargetName::new("orders-readers");
    let claim = |version| account.claim(&name, version, &lease("a", 5), start()).now_or_never().unwrap();
    account.fail_next(Operation::PutItem, Fault::Unreachable);
    assert!(matches!(claim(0), Err(LedgerError::Unreachable { .. })));
    account.fail_next(Operation::PutItem, Fault::AnswerLost);
    assert!(matches!(claim(0), Err(LedgerError::Unreachable { .. })));
    assert_eq!(claim(0), Err(LedgerError::Conflict { target: name.clone() }), "the first one counted");
}

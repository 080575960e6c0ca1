//! What the watcher says of a scaler, each with the nearest that it must not say it of: an invariant that cannot fail holds nothing.

use tidegate_policy::observation::Settings;

use crate::world::BrokenState;

use super::*;

const SECOND_NEW: &str = "tg-orders-readers-other";

/// What the watcher said until now is another test's matter.
fn forget(scene: &Scene) {
    let _ = scene.breaches();
}

const NOTHING: [&str; 0] = [];

fn abandon(scene: &Scene, id: &str) -> Outcome {
    let resource_id = scene.instance(id, |instance| instance.described.resource_id.clone()).unwrap();
    scene.apply(&Action::RdsReplicas(RdsReplicasAction::DeleteReplica(DeleteReplica {
        id: InstanceId::new(id),
        resource_id,
        source: InstanceId::new("orders-primary"),
        ending: Ending::Abandoned,
    })))
}

#[test]
fn what_had_a_record_and_is_deleted_for_its_state_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    scene.grown(NEW);
    assert!(matches!(
        scene.change(vec![RecordChange::Create(scene.record(NEW, 0))]),
        Outcome::Applied { .. }
    ));
    assert!(matches!(
        scene.change(vec![RecordChange::Delete(scene.record(NEW, 0))]),
        Outcome::Applied { .. }
    ));
    scene.live(2, 1.0);
    forget(&scene);
    assert_eq!(abandon(&scene, NEW), Outcome::Applied { change: None });
    assert_eq!(scene.breaches(), ["abandon"]);
}

#[test]
fn what_never_had_a_record_may_be_deleted_for_its_state() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::FailNextCreation);
    scene.create(NEW);
    scene.live(31, 1.0);
    assert_eq!(scene.status(NEW).as_deref(), Some("failed"));
    // Others have changed meanwhile: a record of a neighbour says nothing of it.
    scene.reweigh(FIRST, 64, 32);
    forget(&scene);
    assert_eq!(abandon(&scene, NEW), Outcome::Applied { change: None });
    assert_eq!(scene.breaches(), NOTHING);
}

/// Two replicas, of which the first is stopped for a day and has weight 0.
fn with_a_dead_one(target: Target) -> Scene {
    let scene = Scene::new(target);
    scene.reweigh(FIRST, 64, 0);
    scene.account.befall(&WorldEvent::ReplicaBreaks {
        replica: 0,
        state: BrokenState::Stopped,
        lasting: minutes(1_440),
    });
    scene
}

#[test]
fn what_is_dead_and_fills_the_minimum_for_more_than_five_hours_is_a_breach_once() {
    let mut scene = with_a_dead_one(target(2, 5));
    // It is seen to be short from the end of the first minute on.
    scene.live(301, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
    scene.live(1, 1.0);
    assert_eq!(scene.breaches(), ["dead-capacity"]);
    scene.live(60, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
}

#[test]
fn a_refused_creation_spends_the_budget_and_the_dead_one_is_nobodys_fault() {
    let mut target = target(2, 5);
    rds_mut(&mut target).creations_per_day = tidegate_policy::units::Count(1);
    let mut scene = with_a_dead_one(target);
    scene.account.befall(&WorldEvent::NoRoom { everywhere: true, late: false, lasting: minutes(30) });
    assert_failed(&scene.create(NEW), FailureClass::NotOffered, "InsufficientDBInstanceCapacity");
    scene.live(310, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
}

#[test]
fn a_replica_that_lags_for_hours_is_dead_capacity_too() {
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&WorldEvent::LagSpike { replica: 0, seconds: 600.0, lasting: minutes(1_440) });
    scene.live(310, 1.0);
    assert_eq!(scene.breaches(), ["dead-capacity"]);
}

#[test]
fn where_nothing_more_can_be_made_or_the_minimum_serves_no_capacity_is_dead() {
    // Without room, without backups, beside a deployment, and where the other one is the minimum.
    let mut full = with_a_dead_one(target(2, 2));
    full.live(330, 1.0);
    assert_eq!(full.breaches(), NOTHING);

    let mut without_backups = with_a_dead_one(target(2, 5));
    without_backups.account.set_backup_retention(0);
    without_backups.live(330, 1.0);
    assert_eq!(without_backups.breaches(), NOTHING);

    let mut deploying = with_a_dead_one(target(2, 5));
    deploying.account.befall(&WorldEvent::BlueGreen { lasting: minutes(1_440) });
    deploying.live(330, 1.0);
    assert_eq!(deploying.breaches(), NOTHING);

    let mut enough = with_a_dead_one(target(2, 5));
    enough.grown(NEW);
    enough.change(vec![RecordChange::Create(enough.record(NEW, 64))]);
    forget(&enough);
    enough.live(330, 1.0);
    assert_eq!(enough.breaches(), NOTHING);
}

fn hold_the_first(scene: &Scene) {
    scene.account.befall(&WorldEvent::HoldReplica { replica: 0, lasting: minutes(60) });
}

#[test]
fn a_held_replica_that_is_answered_with_beside_another_is_a_breach() {
    let mut scene = Scene::new(target(2, 5));
    hold_the_first(&scene);
    // A minute and a half in which nobody could know, and six to act.
    scene.live(8, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
    scene.live(2, 1.0);
    assert_eq!(scene.breaches(), ["held"]);
    scene.live(30, 1.0);
    assert_eq!(scene.breaches(), NOTHING, "it is told once");
}

#[test]
fn a_held_replica_that_leaves_the_answers_or_is_the_last_that_answers_is_no_breach() {
    let mut scene = Scene::new(target(2, 5));
    hold_the_first(&scene);
    scene.live(7, 1.0);
    scene.reweigh(FIRST, 64, 0);
    scene.live(60, 1.0);
    assert_eq!(scene.breaches(), NOTHING);

    let mut alone = Scene::new(target(1, 5));
    hold_the_first(&alone);
    alone.live(60, 1.0);
    assert_eq!(alone.breaches(), NOTHING);
}

#[test]
fn a_held_replica_that_gets_more_weight_is_a_breach_once_the_hold_could_be_seen() {
    let mut scene = Scene::new(target(2, 5));
    scene.reweigh(FIRST, 64, 1);
    hold_the_first(&scene);
    scene.reweigh(FIRST, 1, 2);
    assert_eq!(scene.breaches(), NOTHING, "a describe may be older than the hold");
    scene.live(2, 1.0);
    scene.reweigh(FIRST, 2, 1);
    assert_eq!(scene.breaches(), NOTHING, "less is right");
    scene.reweigh(FIRST, 1, 2);
    assert_eq!(scene.breaches(), ["held"]);
}

#[test]
fn a_creation_that_is_not_as_its_source_is_or_as_the_policy_says_is_a_breach() {
    let wrongs: [fn(&mut CreateReplica); 9] = [
        |create| *create.settings = Settings::default(),
        |create| create.settings.ca_certificate = None,
        |create| create.settings.iam_authentication = true,
        |create| create.class = InstanceClass::new("db.t3.large"),
        |create| create.security_groups.push("sg-0f".to_owned()),
        |create| _ = create.tags.remove(DECISION_TAG),
        |create| _ = create.tags.remove("team"),
        |create| _ = create.tags.insert(STAGE_TAG.to_owned(), "another".to_owned()),
        |create| _ = create.tags.insert("of-the-source".to_owned(), "backup".to_owned()),
    ];
    let mut tagged = target(1, 5);
    rds_mut(&mut tagged).tags.insert("team".to_owned(), "orders".to_owned());
    for (nth, wrong) in wrongs.into_iter().enumerate() {
        let scene = Scene::new(tagged.clone());
        let mut create = scene.creation(NEW);
        create.tags.insert("team".to_owned(), "orders".to_owned());
        wrong(&mut create);
        assert_eq!(
            scene.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))),
            Outcome::Applied { change: None }
        );
        // No ledger stands behind this test, so that the intent is missing too.
        assert_eq!(scene.breaches(), ["I4", "made-as"], "{nth}");
    }
}

#[test]
fn a_creation_as_its_source_is_and_as_the_policy_says_is_no_breach() {
    let mut other = target(1, 5);
    let kind = rds_mut(&mut other);
    kind.tags.insert("team".to_owned(), "orders".to_owned());
    kind.security_groups.push("sg-0f".to_owned());
    kind.class = Some(InstanceClass::new("db.t3.large"));
    let mut scene = Scene::new(other);
    let as_it_is = |scene: &Scene, id: &str| {
        let mut create = scene.creation(id);
        create.tags.insert("team".to_owned(), "orders".to_owned());
        create.security_groups.push("sg-0f".to_owned());
        create.class = InstanceClass::new("db.t3.large");
        create
    };
    let before = as_it_is(&scene, NEW);
    scene.account.befall(&WorldEvent::IamAuthenticationTurned { on: true, lasting: minutes(60) });
    let late = as_it_is(&scene, "tg-orders-readers-late");
    assert_ne!(before.settings, late.settings);
    for create in [before, late] {
        assert_eq!(
            scene.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))),
            Outcome::Applied { change: None }
        );
        assert_eq!(scene.breaches(), ["I4"], "a describe may be older than what a person did");
    }
    scene.live(2, 1.0);
    let create = as_it_is(&scene, "tg-orders-readers-later");
    assert_eq!(
        scene.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(create))),
        Outcome::Applied { change: None }
    );
    assert_eq!(scene.breaches(), ["I4"]);
}

/// Four replicas whose records a controller deletes every ten minutes, for so long.
fn with_a_controller(lasting: i64) -> Scene {
    let scene = Scene::new(target(4, 5));
    scene.account.befall(&WorldEvent::RecordsDeleted { lasting: minutes(lasting) });
    scene
}

#[test]
fn a_quarrel_about_records_that_nobody_is_told_of_is_a_breach() {
    let mut scene = with_a_controller(35);
    // The third deletion is at half past, and six minutes are left to tell of it.
    scene.live(36, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
    scene.live(1, 1.0);
    assert_eq!(scene.breaches(), ["quarrel"]);
    scene.live(30, 1.0);
    assert_eq!(scene.breaches(), NOTHING, "it is told once");
}

#[test]
fn deletions_from_before_the_ledger_lost_its_memory_are_no_quarrel() {
    let mut scene = with_a_controller(35);
    scene.live(25, 1.0);
    scene.account.forget();
    scene.live(30, 1.0);
    assert_eq!(scene.breaches(), NOTHING, "nobody can know of the first two");
}

#[test]
fn a_quarrel_of_which_an_alert_stands_is_no_breach() {
    let mut scene = with_a_controller(35);
    scene.live(31, 1.0);
    let alerting = |key: &str| History { alerting: [key.to_owned()].into(), ..History::default() };
    scene.remember(&alerting("who deletes records of orders-ro.db.example.com"));
    scene.live(20, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
    // An alert of something else tells nobody.
    scene.remember(&alerting("the failed replica tg-orders-readers-first1"));
    scene.live(7, 1.0);
    assert_eq!(scene.breaches(), NOTHING);
    scene.live(1, 1.0);
    assert_eq!(scene.breaches(), ["quarrel"]);
}

#[test]
fn two_deletions_or_deletions_in_a_disturbance_or_of_what_leaves_are_no_quarrel() {
    let mut twice = with_a_controller(25);
    twice.live(60, 1.0);
    assert_eq!(twice.breaches(), NOTHING);

    let mut disturbed = with_a_controller(35);
    disturbed.live(22, 1.0);
    disturbed.account.befall(&WorldEvent::ThrottleBurst { probability: 1.0, lasting: minutes(2) });
    disturbed.live(40, 1.0);
    assert_eq!(disturbed.breaches(), NOTHING);

    let mut dead = with_a_controller(35);
    dead.account.befall(&WorldEvent::ReplicaBreaks {
        replica: 0,
        state: BrokenState::Stopped,
        lasting: minutes(60),
    });
    dead.live(60, 1.0);
    assert_eq!(dead.breaches(), NOTHING, "the first of three deletions is of a record that has to go anyway");
}

#[test]
fn another_class_or_zone_before_there_was_no_room_is_a_breach() {
    let ask = |scene: &Scene, id: &str, class: &str, zone: Option<&str>| {
        let create = CreateReplica {
            class: InstanceClass::new(class),
            zone: zone.map(AvailabilityZone::new),
            ..scene.creation(id)
        };
        let _ = scene.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)));
        scene.breaches()
    };
    let scene = Scene::new(target(1, 5));
    assert_eq!(ask(&scene, NEW, "db.t4g.medium", None), ["I4", "made-as"]);
    assert_eq!(ask(&scene, SECOND_NEW, "db.t3.medium", Some("eu-west-1b")), ["I4", "made-as"]);
    // Once RDS had no room for it, both may be, and no class that the policy does not have.
    let scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::NoRoom { everywhere: false, late: false, lasting: minutes(30) });
    assert!(ask(&scene, NEW, "db.t3.medium", None).is_empty(), "RDS refused it");
    assert_eq!(ask(&scene, NEW, "db.t3.medium", Some("eu-west-1b")), ["I4"]);
    assert_eq!(ask(&scene, SECOND_NEW, "db.t4g.medium", None), ["I4"]);
    assert_eq!(ask(&scene, "tg-orders-readers-large", "db.t3.large", None), ["I4", "made-as"]);
}

/// One replica that serves behind a name that answers with nobody, and no floor.
fn unanswered() -> Scene {
    let mut scene = Scene::new(target(1, 5));
    scene.live(30, 1.0);
    assert!(matches!(
        scene.change(vec![RecordChange::Delete(scene.record(FLOOR_SET_ID, 0))]),
        Outcome::Applied { .. }
    ));
    scene.reweigh(FIRST, 64, 0);
    forget(&scene);
    scene
}

#[test]
fn who_long_serves_and_is_not_answered_with_is_a_breach_once_its_lag_is_shown() {
    let mut shown = unanswered();
    shown.live(10, 1.0);
    assert_eq!(shown.breaches(), ["I2"]);
    // Nobody can tell who has caught up.
    let mut dark = unanswered();
    dark.account.befall(&WorldEvent::MetricBlackout { lasting: minutes(40) });
    dark.live(45, 1.0);
    assert_eq!(dark.breaches(), NOTHING);
    dark.live(15, 1.0);
    assert_eq!(dark.breaches(), ["I2"]);
}

#[test]
fn the_age_of_the_last_record_of_an_idle_source_makes_no_dead_capacity() {
    let idle = || {
        let mut target = target(1, 5);
        rds_mut(&mut target).engine = Engine::Postgres;
        Scene::new(target)
    };
    let mut answered = idle();
    answered.live(400, 0.0);
    assert!(answered.instance(FIRST, |one| one.last.lag).flatten() > Some(59.0), "its lag is a saw-tooth");
    assert_eq!(answered.breaches(), NOTHING);
    let mut away = idle();
    away.reweigh(FIRST, 64, 0);
    forget(&away);
    away.live(400, 0.0);
    assert!(away.breaches().contains(&"dead-capacity"));
}

//! What people do to a source, as RDS shows it, and what the watcher says of a scaler that does not heed it.

use super::*;

#[test]
fn a_password_in_secrets_manager_refuses_replicas_and_asking_all_the_same_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::SourcePasswordManaged { lasting: minutes(30) });
    // What a describe may not show yet is nobody's fault.
    assert_failed(&scene.create(NEW), FailureClass::PersonNeeded, "InvalidParameterValue");
    assert!(scene.breaches().is_empty());
    scene.live(3, 1.0);
    assert!(scene.observe().source.unwrap().managed_password);
    assert_failed(&scene.create(NEW), FailureClass::PersonNeeded, "InvalidParameterValue");
    assert_eq!(scene.breaches(), ["source"]);
    scene.live(30, 1.0);
    assert_eq!(scene.create(NEW), Outcome::Applied { change: None });
}

#[test]
fn a_member_of_a_cluster_refuses_replicas_and_asking_all_the_same_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::SourceInCluster { lasting: minutes(30) });
    assert_failed(&scene.create(NEW), FailureClass::PersonNeeded, "InvalidParameterCombination");
    assert!(scene.breaches().is_empty(), "a describe may not show it yet");
    scene.live(3, 1.0);
    assert_eq!(scene.observe().source.unwrap().cluster.as_deref(), Some("orders-primary-cluster"));
    assert_failed(&scene.create(NEW), FailureClass::PersonNeeded, "InvalidParameterCombination");
    assert_eq!(scene.breaches(), ["source"]);
    scene.live(30, 1.0);
    assert_eq!(scene.observe().source.unwrap().cluster, None);
    assert_eq!(scene.create(NEW), Outcome::Applied { change: None });
}

#[test]
fn a_source_in_storage_optimization_is_copied_now_and_then() {
    let scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::SourceOptimizing { lasting: minutes(30) });
    assert_stale(&scene.create(NEW), "storage-optimization");
    assert_eq!(scene.create(NEW), Outcome::Applied { change: None });
}

#[test]
fn a_deployment_is_prepared_waits_and_goes_and_a_creation_beside_it_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    let word = |scene: &Scene| -> Vec<String> {
        scene.observe().blue_green.unwrap().into_iter().map(|one| one.status).collect()
    };
    assert!(word(&scene).is_empty());
    scene.account.befall(&WorldEvent::BlueGreen { lasting: minutes(60) });
    scene.live(2, 1.0);
    assert_eq!(word(&scene), ["PROVISIONING"]);
    scene.live(20, 1.0);
    assert_eq!(word(&scene), ["AVAILABLE"]);
    assert_eq!(scene.create(NEW), Outcome::Applied { change: None });
    // Without an intent in the ledger it is another breach too.
    assert_eq!(scene.breaches(), ["blue-green", "I4"]);
    scene.live(40, 1.0);
    assert!(word(&scene).is_empty());
}

/// What the minimum lacks may be made, and nothing else.
#[test]
fn while_deployments_cannot_be_read_a_creation_above_the_minimum_is_a_breach() {
    for (promoted, breaches) in [(false, &["blue-green", "I4"][..]), (true, &["I4"])] {
        let mut scene = Scene::new(target(1, 5));
        scene.live(10, 1.0);
        if promoted {
            scene.account.befall(&WorldEvent::PromoteReplica { replica: 0 });
            scene.live(20, 1.0);
        }
        // Without a scaler nobody took the promoted one out of the answers.
        let _ = scene.breaches();
        scene.account.befall(&WorldEvent::DeploymentsUnreadable { lasting: minutes(60) });
        scene.live(2, 1.0);
        assert!(scene.observe().blue_green.unwrap_err().contains("AccessDenied"));
        assert_eq!(scene.create(NEW), Outcome::Applied { change: None });
        assert_eq!(scene.breaches(), breaches);
        scene.live(60, 1.0);
        assert_eq!(scene.observe().blue_green, Ok(Vec::new()));
    }
}

#[test]
fn a_replica_with_another_login_that_joins_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    scene.grown(NEW);
    let _ = scene.breaches();
    scene.account.befall(&WorldEvent::IamAuthenticationTurned { on: true, lasting: minutes(60) });
    scene.live(3, 1.0);
    let seen = scene.observe();
    assert!(seen.source.as_ref().unwrap().settings.iam_authentication);
    assert!(!seen.replica(&InstanceId::new(NEW)).unwrap().iam_authentication);
    let join = vec![RecordChange::Create(scene.record(NEW, 1))];
    assert!(matches!(scene.change(join), Outcome::Applied { .. }));
    assert_eq!(scene.breaches(), ["login"]);
    scene.live(60, 1.0);
    assert!(
        scene.observe().replica(&InstanceId::new(NEW)).unwrap().iam_authentication,
        "somebody came to it"
    );
}

#[test]
fn a_replica_that_joins_behind_a_source_that_lags_is_a_breach() {
    let mut scene = Scene::new(target(1, 5));
    scene.grown(NEW);
    scene.live(20, 1.0);
    scene.account.befall(&WorldEvent::SourceFollowsAnother { seconds: 600.0, lasting: minutes(40) });
    scene.live(15, 1.0);
    let source = scene.observe().source.unwrap();
    assert!(source.source.is_some() && source.signals.lag.fresh().unwrap().newest().value > 500.0);
    let _ = scene.breaches();
    let join = vec![RecordChange::Create(scene.record(NEW, 1))];
    assert!(matches!(scene.change(join), Outcome::Applied { .. }));
    assert_eq!(scene.breaches(), ["source"]);
}

#[test]
fn a_dns_controller_deletes_a_record_every_ten_minutes() {
    let mut scene = Scene::new(target(3, 5));
    scene.account.befall(&WorldEvent::RecordsDeleted { lasting: minutes(25) });
    scene.live(30, 1.0);
    let left = scene.weights().into_iter().filter(|(id, _)| id != FLOOR_SET_ID).count();
    assert!(left < 3, "{:?}", scene.weights());
    scene.live(30, 1.0);
    assert_eq!(scene.weights().into_iter().filter(|(id, _)| id != FLOOR_SET_ID).count(), left, "it is over");
}

/// Asks for a replica of this class, in this zone.
fn ask(scene: &Scene, id: &str, class: &str, zone: Option<&str>) -> Outcome {
    let create = CreateReplica {
        class: InstanceClass::new(class),
        zone: zone.map(AvailabilityZone::new),
        ..creation(id)
    };
    scene.apply(&Action::RdsReplicas(RdsReplicasAction::CreateReplica(create)))
}

#[test]
fn a_class_without_room_is_refused_for_a_while_and_another_is_not() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::NoRoom { everywhere: true, late: false, lasting: minutes(30) });
    for zone in [None, Some("eu-west-1b")] {
        let refused = ask(&scene, NEW, "db.t3.medium", zone);
        assert_failed(&refused, FailureClass::NotOffered, "InsufficientDBInstanceCapacity");
    }
    assert_eq!(ask(&scene, NEW, "db.m6g.large", None), Outcome::Applied { change: None });
    scene.live(31, 1.0);
    assert_eq!(
        ask(&scene, "tg-orders-readers-late", "db.t3.medium", None),
        Outcome::Applied { change: None }
    );
}

#[test]
fn where_only_the_zones_of_its_choice_are_full_a_named_one_is_not() {
    let scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::NoRoom { everywhere: false, late: false, lasting: minutes(30) });
    let refused = ask(&scene, NEW, "db.t3.medium", None);
    assert_failed(&refused, FailureClass::NotOffered, "InsufficientDBInstanceCapacity");
    assert_eq!(ask(&scene, NEW, "db.t3.medium", Some("eu-west-1b")), Outcome::Applied { change: None });
    let zone = scene.instance(NEW, |instance| instance.described.zone.to_string());
    assert_eq!(zone.as_deref(), Some("eu-west-1b"));
}

#[test]
fn room_can_turn_out_to_be_missing_after_half_an_hour() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::NoRoom { everywhere: true, late: true, lasting: minutes(30) });
    assert_eq!(ask(&scene, NEW, "db.t3.medium", None), Outcome::Applied { change: None });
    scene.live(31, 1.0);
    assert_eq!(scene.status(NEW).as_deref(), Some("insufficient-capacity"));
}

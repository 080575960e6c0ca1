//! What people do to parameter groups, as RDS and PostgreSQL show it, and what the watcher says of a scaler that takes no heed.

use tidegate_policy::history::{Intent, RdsReplicasMemory, Removal, Transition};
use tidegate_policy::names::DecisionId;
use tidegate_policy::units::Count;

use super::*;

fn postgres(min: u32) -> Target {
    let mut target = target(min, 5);
    rds_mut(&mut target).engine = Engine::Postgres;
    target
}

/// Of the source, and of this replica.
fn max_connections(scene: &Scene, id: &str) -> (Option<u32>, Option<u32>) {
    let seen = scene.observe();
    let of_replica = seen.replica(&InstanceId::new(id)).unwrap().signals.max_connections;
    (seen.source.unwrap().signals.max_connections, of_replica)
}

fn lag(scene: &Scene, id: &str) -> f64 {
    scene.instance(id, |instance| instance.last.lag).flatten().unwrap()
}

#[test]
fn a_standby_with_fewer_connections_than_its_source_replays_nothing_and_a_new_one_does() {
    let mut scene = Scene::new(postgres(1));
    assert_eq!(max_connections(&scene, FIRST), (Some(300), Some(300)));
    scene.account.befall(&WorldEvent::SourceMaxConnectionsRaised { lasting: minutes(60) });
    scene.live(10, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (Some(600), Some(300)));
    assert!((595.0..610.0).contains(&lag(&scene, FIRST)), "{}", lag(&scene, FIRST));
    scene.grown(NEW);
    scene.live(10, 1.0);
    assert_eq!(max_connections(&scene, NEW), (Some(600), Some(600)), "RDS gives it the source's group");
    assert!(lag(&scene, NEW) < 2.0, "{}", lag(&scene, NEW));
    scene.live(60, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (Some(300), Some(300)), "it is taken back");
    assert!(lag(&scene, FIRST) < 2.0, "{}", lag(&scene, FIRST));
}

#[test]
fn a_replica_of_mysql_replays_whatever_its_source_takes() {
    let mut scene = Scene::new(target(1, 5));
    scene.account.befall(&WorldEvent::SourceMaxConnectionsRaised { lasting: minutes(60) });
    scene.live(10, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (Some(600), Some(300)));
    assert!(lag(&scene, FIRST) < 2.0, "{}", lag(&scene, FIRST));
}

#[test]
fn what_is_pending_reboot_cannot_be_told_unless_the_policy_says_it() {
    let pending = WorldEvent::PendingReboot { lasting: minutes(60) };
    let mut scene = Scene::new(target(2, 5));
    scene.account.befall(&pending);
    scene.live(2, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (None, None));
    // A reboot puts the group in force, and a new instance begins with it.
    scene.account.befall(&WorldEvent::InstanceInterrupted { replica: 0, lasting: minutes(2) });
    scene.grown(NEW);
    assert_eq!(max_connections(&scene, FIRST), (None, Some(300)));
    assert_eq!(max_connections(&scene, NEW), (None, Some(300)));
    scene.live(60, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (Some(300), Some(300)));

    let mut said = target(1, 5);
    rds_mut(&mut said).max_connections = Some(500);
    let mut scene = Scene::new(said);
    scene.account.befall(&pending);
    scene.live(2, 1.0);
    assert_eq!(max_connections(&scene, FIRST), (Some(500), Some(500)));
}

/// A removal that is begun so many minutes after `event`.
fn said_of_a_removal(event: &WorldEvent, after: i64, target: Target) -> Vec<&'static str> {
    let mut scene = Scene::new(target);
    scene.account.befall(event);
    scene.live(after, 1.0);
    let _ = scene.breaches();
    let removal = Removal {
        id: InstanceId::new(FIRST),
        resource_id: scene.instance(FIRST, |instance| instance.described.resource_id.clone()).unwrap(),
        weight: Weight(64),
        draining_since: None,
        delete_requested: false,
        asked_at: None,
        asks: 0,
        retry_at: None,
    };
    let intent = Intent {
        decision: DecisionId::new("a-removal"),
        since: scene.account.now(),
        from: Count(2),
        to: Count(1),
        transition: Transition::Remove(removal),
    };
    let history = History {
        rds_replicas: RdsReplicasMemory { intents: vec![intent], ..RdsReplicasMemory::default() },
        ..History::default()
    };
    let mut state = scene.truth();
    let State { watcher, rds, shared, .. } = &mut *state;
    watcher.look_for_blind_removals(Some(&history), rds, shared.now);
    watcher.take().into_iter().map(|breach| breach.invariant).collect()
}

#[test]
fn a_removal_while_nobody_can_tell_how_full_the_source_is_is_a_breach() {
    let pending = WorldEvent::PendingReboot { lasting: minutes(60) };
    assert_eq!(said_of_a_removal(&pending, 10, target(2, 5)), ["blind"]);
    assert_eq!(said_of_a_removal(&pending, 1, target(2, 5)), [""; 0], "nobody could see it yet");
    assert_eq!(said_of_a_removal(&pending, 70, target(2, 5)), [""; 0], "it is over");
    let mut above = target(2, 5);
    above.scaling.max = Count(1);
    assert_eq!(said_of_a_removal(&pending, 10, above), [""; 0], "what is above the maximum goes");
    let mut by_cpu = target(2, 5);
    by_cpu.scaling.scale_in.remove(1);
    assert_eq!(said_of_a_removal(&pending, 10, by_cpu), [""; 0], "nobody asks for connections");
}

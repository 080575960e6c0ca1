//! Goal: when the source is restored under its name, or switched over, the reader name answers from the new one, what followed the old one is
//! replaced, and nothing is deleted. Method: a busy account to which it happens, watched every minute, for quiet hours afterwards.

use tidegate_policy::plan::{Action, RdsReplicasAction};
use tidegate_policy::reason::Reason;
use tidegate_reconcile::Mode;
use tidegate_reconcile::report::TargetResult;
use tidegate_simulator::document::ReplicaFrame;
use tidegate_simulator::world::WorldEvent;

use crate::world::{PRODUCTION, World, target};

/// What happened of it.
struct Replaced {
    before: Vec<ReplicaFrame>,
    after: Vec<ReplicaFrame>,
    created: usize,
    /// For how many attempts it was alerted.
    alerted: usize,
    /// The highest weight that the floor had.
    floor: u8,
}

fn replaced(event: &WorldEvent) -> Replaced {
    let mut world = World::new(&target(PRODUCTION), 5);
    let mut told = Replaced { before: Vec::new(), after: Vec::new(), created: 0, alerted: 0, floor: 0 };
    for minute in 0..60 * 9 {
        if minute == 120 {
            told.before = world.account.replica_frames();
            world.account.befall(event);
        }
        let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        if let TargetResult::Planned { plan, outcomes } = &report.targets[0].result
            && minute >= 120
        {
            let creates = |(action, _): &&(Action, _)| {
                matches!(action, Action::RdsReplicas(RdsReplicasAction::CreateReplica(_)))
            };
            told.created += outcomes.iter().filter(creates).count();
            let alert = plan.alerts.iter().any(|alert| alert.explanation.reason == Reason::SourceChanged);
            told.alerted += usize::from(alert);
            told.floor = told.floor.max(world.account.floor_weight().unwrap_or(0));
        }
        // The watcher knows which database each instance is of.
        world.live(if minute < 120 { 1.9 } else { 0.3 });
    }
    told.after = world.account.replica_frames();
    told
}

#[test]
fn after_a_restore_under_its_name_the_source_has_new_replicas_and_the_old_ones_take_no_reads() {
    let told = replaced(&WorldEvent::RestoreUnderName);
    assert!(told.before.len() > 1, "{:?}", told.before);
    for old in &told.before {
        let now = told.after.iter().find(|frame| frame.id == old.id);
        assert_eq!(now.map(|frame| frame.weight), Some(Some(0)), "{}: {:?}", old.id, told.after);
    }
    assert_eq!(told.floor, 64, "the primary answered until a replica of it did");
    assert!(told.created >= 1);
    let serving = told.after.iter().filter(|frame| frame.weight == Some(64)).count();
    assert!(serving >= 1, "{:?}", told.after);
    assert!(told.alerted > 60, "{}", told.alerted);
}

#[test]
fn after_a_switchover_what_followed_the_old_source_is_left_alone() {
    let told = replaced(&WorldEvent::Switchover);
    assert!(told.before.len() > 1, "{:?}", told.before);
    for old in &told.before {
        let name = format!("{}-old1", old.id);
        assert!(
            told.after.iter().any(|frame| frame.id == name && frame.weight.is_none()),
            "{name}: {:?}",
            told.after
        );
    }
    assert_eq!(told.floor, 0, "the copies answer from the first minute");
    assert!(told.alerted > 60, "{}", told.alerted);
}

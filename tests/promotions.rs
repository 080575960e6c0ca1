//! Goal: a replica that a person promotes is never deleted, whenever the promotion begins. Method: walk to a deletion once and count the
//! minutes of its drain; then walk again for each of them, with a promotion that begins there.

use std::collections::BTreeSet;

use tidegate_policy::names::InstanceId;
use tidegate_policy::plan::{Action, RdsReplicasAction};
use tidegate_policy::policy::{OnDeadline, TargetKind};
use tidegate_reconcile::Mode;
use tidegate_reconcile::report::TargetResult;
use tidegate_simulator::world::{DrainStage, WorldEvent};

use crate::world::{PRODUCTION, World, target};

/// How one walk went.
#[derive(Debug)]
struct Walk {
    /// The first replica that was to go.
    victim: Option<InstanceId>,
    deleted: Vec<InstanceId>,
    /// How many minutes passed between the choice and its deletion.
    drained_for: Option<i64>,
    /// Its weight when the promotion began.
    weight: Option<u8>,
}

/// An hour of heat, which makes replicas, and quiet hours, which take them away. The first victim's promotion begins so many minutes after
/// it was chosen.
fn walk(promoted_after: Option<i64>, on_deadline: OnDeadline) -> Walk {
    let mut target = target(PRODUCTION);
    target.scaling.evaluate_every = jiff::SignedDuration::from_mins(1);
    let TargetKind::RdsReplicas(kind) = &mut target.kind else { panic!("replicas") };
    kind.drain.on_deadline = on_deadline;
    let mut world = World::new(&target, 5);
    let mut walk = Walk { victim: None, deleted: Vec::new(), drained_for: None, weight: None };
    let mut chosen_at = 0;
    for minute in 0..60 * 7 {
        let removing =
            world.account.with_history(|history| history.rds_replicas.removing().next().cloned()).flatten();
        if walk.victim.is_none() && removing.is_some() {
            walk.victim.clone_from(&removing);
            chosen_at = minute;
        }
        if walk.victim.is_some() && promoted_after == Some(minute - chosen_at) {
            let frames = world.account.replica_frames();
            let frame = frames
                .iter()
                .find(|frame| Some(frame.id.as_str()) == removing.as_ref().map(InstanceId::as_str));
            walk.weight = frame.and_then(|frame| frame.weight);
            assert_eq!(removing, walk.victim);
            world.account.befall(&WorldEvent::PromoteVictim { stage: DrainStage::Chosen });
        }
        let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        let TargetResult::Planned { outcomes, .. } = &report.targets[0].result else { panic!("{report:?}") };
        for (action, _) in outcomes {
            let Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) = action else { continue };
            if walk.victim.as_ref() == Some(&delete.id) {
                walk.drained_for.get_or_insert(minute - chosen_at);
            }
            walk.deleted.push(delete.id.clone());
        }
        if promoted_after.is_none() && walk.drained_for.is_some() {
            break;
        }
        // No invariant is broken, of which the watcher knows that a promotion is no time to delete.
        world.live(if minute < 60 { 1.9 } else { 0.3 });
    }
    walk
}

#[test]
fn a_replica_that_a_person_promotes_is_never_deleted_whenever_that_begins() {
    let minutes = walk(None, OnDeadline::Cancel).drained_for.unwrap();
    assert!(minutes > 12, "{minutes}");
    let mut weights = BTreeSet::new();
    for begins in 0..minutes {
        let walk = walk(Some(begins), OnDeadline::Cancel);
        let victim = walk.victim.clone().unwrap();
        assert!(!walk.deleted.contains(&victim), "from minute {begins} on: {walk:?}");
        weights.insert(walk.weight);
    }
    // Before its weight went, at weight 0, and without a record.
    assert_eq!(weights.into_iter().collect::<Vec<_>>(), [None, Some(0), Some(64)]);
}

#[test]
fn no_deadline_forces_a_replica_out_that_a_person_promotes() {
    let walk = walk(Some(5), OnDeadline::Force);
    assert!(!walk.deleted.contains(walk.victim.as_ref().unwrap()), "{walk:?}");
}

//! Goal: two deployments of one policy leave each other's replicas alone, though neither knows the other's ledger. Method: one stage makes a
//! replica and stops; another, with a ledger of its own, runs the same policy in a quiet day, in which the first one's own successor deletes it.

use std::collections::BTreeSet;

use tidegate_policy::names::{InstanceId, Stage};
use tidegate_policy::plan::{Action, RdsReplicasAction, RecordChange};
use tidegate_policy::policy::DEFAULT_STAGE;
use tidegate_reconcile::Mode;
use tidegate_reconcile::report::TargetResult;

use crate::world::{PRODUCTION, World, target};

/// What an attempt would hurt.
#[derive(Debug, Default)]
struct Touched {
    deleted: BTreeSet<InstanceId>,
    records: BTreeSet<String>,
}

/// A world of a day's heat in which one stage has made replicas, and these.
fn with_replicas() -> (World, BTreeSet<InstanceId>) {
    let mut target = target(PRODUCTION);
    target.scaling.evaluate_every = jiff::SignedDuration::from_mins(1);
    let mut world = World::new(&target, 5);
    for _ in 0..60 * 4 {
        let _ = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
        world.live(2.5);
    }
    let replicas = world.account.replica_frames().iter().map(|frame| InstanceId::new(&frame.id)).collect();
    (world, replicas)
}

/// Eight idle hours of this stage, from an empty ledger.
fn idle_hours(world: &mut World, stage: &str) -> Touched {
    let of_its_own = World::new(&world.policy.targets[0], 5);
    world.policy = world.policy.clone().in_stage(&Stage::new(stage));
    let mut touched = Touched::default();
    for _ in 0..60 * 8 {
        let report = world.attempt(&world.account, &of_its_own.account, Mode::Apply).unwrap();
        let TargetResult::Planned { outcomes, .. } = &report.targets[0].result else { panic!("{report:?}") };
        for (action, _) in outcomes {
            match action {
                Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete)) => {
                    _ = touched.deleted.insert(delete.id.clone())
                }
                Action::RdsReplicas(RdsReplicasAction::ChangeRecords(batch)) => {
                    for change in &batch.changes {
                        let (RecordChange::Delete(record) | RecordChange::Create(record)) = change;
                        touched.records.insert(record.set_id.to_string());
                    }
                }
                _ => {}
            }
        }
        let _ = world.pass(0.1);
    }
    touched
}

#[test]
fn another_stage_of_the_same_policy_neither_drains_nor_deletes() {
    let (mut world, replicas) = with_replicas();
    assert!(replicas.len() >= 2, "{replicas:?}");
    let touched = idle_hours(&mut world, "another");
    assert!(touched.deleted.is_disjoint(&replicas), "{touched:?}");
    assert!(replicas.iter().all(|id| !touched.records.contains(id.as_str())), "{touched:?}");
}

/// The same hours of the same stage, whose ledger was lost: without this the test above could not fail.
#[test]
fn the_same_stage_takes_them_up_again() {
    let (mut world, replicas) = with_replicas();
    let touched = idle_hours(&mut world, DEFAULT_STAGE);
    assert!(!touched.deleted.is_disjoint(&replicas), "{touched:?} of {replicas:?}");
}

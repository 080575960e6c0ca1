//! The floor record: reads go to the primary rather than nowhere while no replica serves.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::ownership::FLOOR_SET_ID;
use crate::reason::{Explanation, Reason};
use crate::units::Weight;

/// Raises the floor when nothing answers, and makes it exist where the policy wants one.
pub(super) fn raise(scene: &Scene<'_>, _draft: &mut Draft) -> Step {
    let Some(endpoint) = scene.serving_source().and_then(|source| source.endpoint.as_ref()) else {
        return Step::Pass;
    };
    if !scene.rds.floor || scene.conflict().is_some() {
        return Step::Pass;
    }
    let mut batch = Batch::new(scene);
    if !batch.answers_after() {
        batch.raise_floor();
        let detail = format!("no replica answers for {}: the primary takes its reads", scene.rds.reader.name);
        return Step::Act(Explanation::new(Reason::RaiseFloor, detail), batch.into_actions());
    }
    if scene.observation.records.record(FLOOR_SET_ID).is_none() {
        let record = batch.record(FLOOR_SET_ID, Weight::ZERO, endpoint);
        batch.create(record);
        let detail = format!("{} gets its floor record, at weight 0", scene.rds.reader.name);
        return Step::Act(Explanation::new(Reason::RepairRecord, detail), batch.into_actions());
    }
    Step::Pass
}

/// Lowers the floor once a replica at its full weight serves, and removes it where the policy no longer wants one.
pub(super) fn lower(scene: &Scene<'_>, _draft: &mut Draft) -> Step {
    let Some(floor) = scene.observation.records.record(FLOOR_SET_ID) else {
        return Step::Pass;
    };
    let mut batch = Batch::new(scene);
    if !batch.full_replica_answers_after() {
        return Step::Pass;
    }
    if !scene.rds.floor {
        batch.delete(floor);
        let detail = format!("the policy has no floor for {} any more", scene.rds.reader.name);
        return Step::Act(Explanation::new(Reason::LowerFloor, detail), batch.into_actions());
    }
    if floor.weight.is_positive() {
        batch.lower_floor();
        let detail =
            format!("a replica serves {}: the primary stops taking its reads", scene.rds.reader.name);
        return Step::Act(Explanation::new(Reason::LowerFloor, detail), batch.into_actions());
    }
    Step::Pass
}

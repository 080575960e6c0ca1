//! Sweep: records of ours whose instance is missing, promoted or going are a live hazard and leave first, subject to I2. A zone is
//! seen from every Region: what points at an instance of another one is not missing, only not seen from here.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::observation::Standing;
use crate::ownership::FLOOR_SET_ID;
use crate::reason::{Explanation, Reason};
use crate::roster::is_our_record;

pub(super) fn sweep(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut batch = Batch::new(scene);
    let mut swept = Vec::new();
    for record in &scene.observation.records.weighted {
        if !is_our_record(record, scene.rds) || record.set_id.as_str() == FLOOR_SET_ID {
            continue;
        }
        let member =
            scene.roster.members.iter().find(|member| member.id().as_str() == record.set_id.as_str());
        let why = match member {
            None if scene.is_elsewhere(record) => continue,
            None => "is missing",
            Some(member) if member.replica.source.is_none() => "was promoted",
            Some(member) if member.standing == Standing::Deleting => "is being deleted",
            Some(_) => continue,
        };
        batch.delete(record);
        swept.push(format!("{} {why}", record.set_id));
    }
    if batch.is_empty() {
        return Step::Pass;
    }
    if !batch.answers_after() && !batch.raise_floor() && batch_would_silence(scene) {
        // The last answer stays, whatever it is worth, until another can take its place.
        let detail = format!("{} and nothing else answers for {}", swept.join(", "), scene.rds.reader.name);
        draft.alert("reader name unserved", Reason::SweepRecord, detail);
        return Step::Pass;
    }
    let detail = format!("the records go: {}", swept.join(", "));
    Step::Act(Explanation::new(Reason::SweepRecord, detail), batch.into_actions())
}

/// Whether the group answers at all today.
fn batch_would_silence(scene: &Scene<'_>) -> bool {
    scene.observation.records.weighted.iter().any(|record| record.weight.is_positive())
}

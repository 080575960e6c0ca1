//! Hold: a replica that a person tagged is drained and kept. It takes no reads, never rises, is never deleted, and counts as theirs.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::rds_replicas::roster::Member;
use crate::ownership::HOLD_TAG;
use crate::reason::{Explanation, Reason};
use crate::units::Weight;

/// Takes what is held out of the answers, all in one batch; the primary takes over where nobody at full weight does.
pub(super) fn drain(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut batch = Batch::new(scene);
    let mut held = Vec::new();
    // A removal of it is taken back first.
    for member in scene.roster.members.iter().filter(|member| is_held(member) && !member.leaving) {
        if let Some(record) = member.record.filter(|record| record.weight.is_positive()) {
            batch.swap(record, Weight::ZERO);
            held.push(member.id().as_str());
        }
    }
    if batch.is_empty() {
        return Step::Pass;
    }
    let held = held.join(", ");
    let taken_over = batch.full_replica_answers_after() || batch.raise_floor() || batch.answers_after();
    if !taken_over {
        let detail = format!(
            "{held} is held by a person (tag {HOLD_TAG}) and keeps its weight until another answers for {}",
            scene.rds.reader.name
        );
        draft.alert("a held replica is the last that answers", Reason::ReplicaHeld, detail);
        return Step::Pass;
    }
    let detail = format!("{held} is held by a person (tag {HOLD_TAG}): no more answers name it");
    Step::Act(Explanation::new(Reason::ReplicaHeld, detail), batch.into_actions())
}

/// What is held, and is ours to drain.
pub(super) fn is_held(member: &Member<'_>) -> bool {
    member.ours.is_ok() && member.held
}

/// What a person should see of it.
pub(super) fn report(member: &Member<'_>, draft: &mut Draft) {
    if is_held(member) {
        let detail = format!(
            "{} is held by a person (tag {HOLD_TAG}): weight {}, kept, and counted as theirs; without the tag it climbs again",
            member.id(),
            member.weight()
        );
        draft.note(Reason::ReplicaHeld, detail);
    }
}

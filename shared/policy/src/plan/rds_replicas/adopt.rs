//! Adopt: replicas of ours that no transition is about come back in at the step where they are found: demoted, cancelled, orphaned by a crash.

use super::ramp::{self, Progress};
use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::rds_replicas::roster::Member;
use crate::history::History;
use crate::names::InstanceId;
use crate::reason::{Explanation, Reason};

pub(super) fn adopt(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut waiting = None;
    let mut batch = Batch::new(scene);
    let mut stepped = Vec::new();
    let strays: Vec<&Member<'_>> = strays(scene, &draft.history).collect();
    for member in strays {
        match ramp::advance(member, scene, draft, &mut batch) {
            Progress::Serving => {}
            Progress::Stepped(why) => {
                let reason = if why.reason == Reason::JoinReader { Reason::AdoptReplica } else { why.reason };
                stepped.push(Explanation::new(reason, why.detail));
            }
            Progress::Waiting(why) => waiting = waiting.or(Some(why)),
        }
    }
    if let Some(first) = stepped.first() {
        let detail = stepped.iter().map(|why| why.detail.as_str()).collect::<Vec<_>>().join("; ");
        return Step::Act(Explanation::new(first.reason, detail), batch.into_actions());
    }
    waiting.map_or(Step::Pass, Step::Wait)
}

/// Whether some replica of ours is on its way somewhere, so that the target is looked at every minute.
pub(super) fn unfinished(scene: &Scene<'_>, history: &History) -> bool {
    // What is dead may stay so for days, and RDS tells of its return.
    strays(scene, history).any(|member| !member.dead && member.weight() != member.full)
}

fn strays<'s, 'a>(scene: &'s Scene<'a>, history: &History) -> impl Iterator<Item = &'s Member<'a>> {
    let coming = history.rds_replicas.additions().filter(|addition| addition.is_coming());
    let in_transition: Vec<InstanceId> =
        coming.map(|addition| &addition.id).chain(history.rds_replicas.removing()).cloned().collect();
    scene
        .roster
        .members
        .iter()
        .filter(move |member| member.stays() && !member.held && !in_transition.contains(member.id()))
}

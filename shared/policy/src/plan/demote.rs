//! Demote: a replica that fell behind or stopped serving leaves the answers, and climbs again once it is fit.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::{LagStanding, lag_standing};
use crate::reason::{Explanation, Reason};
use crate::roster::Member;
use crate::units::{Weight, friendly};

pub(super) fn demote(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    for member in &scene.roster.members {
        let (Ok(()), Some(record)) = (&member.ours, member.record) else { continue };
        if member.leaving || !record.weight.is_positive() {
            continue;
        }
        let Some(why) = unfit(member, scene) else { continue };
        let mut batch = Batch::new(scene);
        batch.swap(record, Weight::ZERO);
        let serves = member.replica.status.serves();
        if !batch.full_replica_answers_after() && serves {
            // Nobody at full weight could take over at once: it keeps a trickle, so that the name is never without an answer
            // and a cold replica is not handed everything.
            if record.weight == Weight(1) {
                continue;
            }
            batch = Batch::new(scene);
            batch.swap(record, Weight(1));
        } else if !batch.answers_after() && !batch.raise_floor() {
            let detail =
                format!("{} {why}, and nothing else answers for {}", member.id(), scene.rds.reader.name);
            draft.alert("reader name unserved", Reason::DemoteReplica, detail);
            continue;
        }
        let detail = format!("{} {why}: its weight of {} is taken away", member.id(), record.weight);
        return Step::Act(Explanation::new(Reason::DemoteReplica, detail), batch.into_actions());
    }
    Step::Pass
}

fn unfit(member: &Member<'_>, scene: &Scene<'_>) -> Option<String> {
    if !member.replica.status.serves() {
        return Some(format!("is \"{}\"", member.replica.status.0));
    }
    match lag_standing(member.replica, scene.rds) {
        LagStanding::Above(seconds) => {
            Some(format!("is {seconds:.0}s behind its source (bound {})", friendly(scene.rds.lag_bound)))
        }
        LagStanding::NotReplicating => Some("does not replicate".to_owned()),
        LagStanding::Within | LagStanding::Unknown => None,
    }
}

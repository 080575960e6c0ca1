//! Demote: a replica that fell behind or stopped serving leaves the answers, and climbs again once it is fit.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::{LagStanding, lag_standing};
use crate::observation::WeightedRecord;
use crate::reason::{Explanation, Reason};
use crate::roster::Member;
use crate::units::{Weight, friendly};

pub(super) fn demote(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    match silence_the_dead(scene, draft) {
        Step::Pass => lower_the_lagging(scene),
        step => step,
    }
}

/// Replicas that do not serve lose their weight, all in one batch, and the floor comes up in it where they were the last.
fn silence_the_dead(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut batch = Batch::new(scene);
    let mut dead = Vec::new();
    for (member, record) in weighted(scene).filter(|(member, _)| !member.replica.status.serves()) {
        batch.swap(record, Weight::ZERO);
        dead.push(format!("{} is \"{}\"", member.id(), member.replica.status.0));
    }
    if batch.is_empty() {
        return Step::Pass;
    }
    let dead = dead.join(", ");
    if !batch.answers_after() && !batch.raise_floor() {
        let detail = format!("{dead}, and nothing else answers for {}", scene.rds.reader.name);
        draft.alert("reader name unserved", Reason::DemoteReplica, detail);
        return Step::Pass;
    }
    Step::Act(
        Explanation::new(Reason::DemoteReplica, format!("{dead}: no more answers name it")),
        batch.into_actions(),
    )
}

/// A replica behind its source loses its weight; where none at full weight could take over at once it keeps a trickle, so that the
/// name is never without an answer and a cold replica is not handed everything.
fn lower_the_lagging(scene: &Scene<'_>) -> Step {
    let serving = |member: &Member<'_>| !member.leaving && member.replica.status.serves();
    for (member, record) in weighted(scene).filter(|(member, _)| serving(member)) {
        let Some(why) = behind(member, scene) else { continue };
        let mut batch = Batch::new(scene);
        batch.swap(record, Weight::ZERO);
        let mut lowered = Weight::ZERO;
        if !batch.full_replica_answers_after() {
            lowered = Weight(1);
            if record.weight == lowered {
                continue;
            }
            batch = Batch::new(scene);
            batch.swap(record, lowered);
        }
        let detail = format!("{} {why}: from weight {} to {lowered}", member.id(), record.weight);
        return Step::Act(Explanation::new(Reason::DemoteReplica, detail), batch.into_actions());
    }
    Step::Pass
}

fn weighted<'s, 'a>(scene: &'s Scene<'a>) -> impl Iterator<Item = (&'s Member<'a>, &'a WeightedRecord)> {
    let ours = scene.roster.members.iter().filter(|member| member.ours.is_ok());
    ours.filter_map(|member| {
        member.record.filter(|record| record.weight.is_positive()).map(|record| (member, record))
    })
}

fn behind(member: &Member<'_>, scene: &Scene<'_>) -> Option<String> {
    match lag_standing(member.replica, scene.rds) {
        LagStanding::Above(seconds) => {
            Some(format!("is {seconds:.0}s behind its source (bound {})", friendly(scene.rds.lag_bound)))
        }
        LagStanding::NotReplicating => Some("does not replicate".to_owned()),
        LagStanding::Within | LagStanding::Unknown => None,
    }
}

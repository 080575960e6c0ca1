//! Demote: a replica that fell behind leaves the answers, and climbs again once it is fit.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::rds_replicas::roster::Member;
use crate::evaluate::rds_replicas::weights;
use crate::evaluate::{LagStanding, catches_up, lag_standing};
use crate::observation::WeightedRecord;
use crate::reason::{Explanation, Reason};
use crate::units::{Weight, friendly};

/// A replica behind its source loses its weight; where none at full weight could take over at once it keeps a trickle, so that the
/// name is never without an answer and a cold replica is not handed everything.
pub(super) fn demote(scene: &Scene<'_>, _draft: &mut Draft) -> Step {
    let serving = |member: &Member<'_>| !member.leaving && member.replica.status.serves();
    for (member, record) in weighted(scene).filter(|(member, _)| serving(member) && !joins(member, scene)) {
        let Some(why) = behind(member, scene) else { continue };
        let mut batch = Batch::new(scene);
        batch.swap(record, Weight::ZERO);
        let mut lowered = Weight::ZERO;
        if !batch.full_replica_answers_after() {
            lowered = weights::TRICKLE;
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

/// It joined on its way to the bound, with a trickle of clients, and is still on that way: it would only be taken in again.
fn joins(member: &Member<'_>, scene: &Scene<'_>) -> bool {
    let first = weights::first(member.full, scene.rds.pool_lifetime);
    member.weight() <= first && catches_up(&member.replica.signals.lag, scene.rds, scene.now)
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

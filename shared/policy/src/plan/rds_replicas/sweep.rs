//! Sweep: whatever answers and should not leaves the answers first, all of it in one batch, subject to I2. Records of ours whose instance is
//! missing, promoted or going are removed; those of replicas that do not serve, or follow another source by now, go to weight 0. A zone is
//! seen from every Region: what points at an instance of another one is not missing, only not seen from here.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::evaluate::rds_replicas::roster::{Member, is_our_record};
use crate::observation::{Standing, WeightedRecord};
use crate::ownership::FLOOR_SET_ID;
use crate::reason::{Explanation, Reason};
use crate::units::Weight;

pub(super) fn sweep(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut batch = Batch::new(scene);
    let (mut swept, mut silenced) = (Vec::new(), Vec::new());
    for record in &scene.observation.records.weighted {
        if !is_our_record(record, scene.rds) || record.set_id.as_str() == FLOOR_SET_ID {
            continue;
        }
        let member =
            scene.roster.members.iter().find(|member| member.id().as_str() == record.set_id.as_str());
        if let Some(why) = gone(record, member, scene) {
            batch.delete(record);
            swept.push(format!("{} {why}", record.set_id));
        } else if record.weight.is_positive()
            && let Some(why) = member.and_then(|member| useless(member, scene))
        {
            batch.swap(record, Weight::ZERO);
            silenced.push(format!("{} {why}", record.set_id));
        }
    }
    if batch.is_empty() {
        return Step::Pass;
    }
    let reason = if swept.is_empty() { Reason::DemoteReplica } else { Reason::SweepRecord };
    if !batch.answers_after() && !batch.raise_floor() && batch_would_silence(scene) {
        // The last answer stays, whatever it is worth, until another can take its place.
        let what = [swept, silenced].concat().join(", ");
        let detail = format!("{what}, and nothing else answers for {}", scene.rds.reader.name);
        draft.alert("reader name unserved", Reason::ReaderNameUnserved, detail);
        return Step::Pass;
    }
    let swept = (!swept.is_empty()).then(|| format!("the records go: {}", swept.join(", ")));
    let silenced =
        (!silenced.is_empty()).then(|| format!("{}: no more answers name it", silenced.join(", ")));
    let detail = [swept, silenced].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Step::Act(Explanation::new(reason, detail), batch.into_actions())
}

/// Why the record has to go: nobody will ever answer by it again.
fn gone(record: &WeightedRecord, member: Option<&Member<'_>>, scene: &Scene<'_>) -> Option<&'static str> {
    match member {
        None if scene.is_elsewhere(record) || !scene.is_absent(record.set_id.as_str()) => None,
        None => Some("is missing"),
        Some(member) if member.replica.source.is_none() => Some("was promoted"),
        Some(member) if member.standing == Standing::Deleting => Some("is being deleted"),
        Some(_) => None,
    }
}

/// Why nobody should be sent to it, though its record may be of use again.
fn useless(member: &Member<'_>, scene: &Scene<'_>) -> Option<String> {
    if let Some(other) = member.astray() {
        return Some(format!("is a replica of {other}, not of {}", scene.rds.source));
    }
    (member.ours.is_ok() && !member.replica.status.serves())
        .then(|| format!("is \"{}\"", member.replica.status.0))
}

/// Whether the group answers at all today.
fn batch_would_silence(scene: &Scene<'_>) -> bool {
    scene.observation.records.weighted.iter().any(|record| record.weight.is_positive())
}

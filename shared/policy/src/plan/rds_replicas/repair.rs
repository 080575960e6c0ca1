//! Repair: records of ours whose TTL or value is not what it should be are swapped, weights untouched.

use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use crate::observation::WeightedRecord;
use crate::ownership::FLOOR_SET_ID;
use crate::reason::{Explanation, Reason};

pub(super) fn repair(scene: &Scene<'_>, _draft: &mut Draft) -> Step {
    let mut batch = Batch::new(scene);
    let mut repaired = Vec::new();
    for record in &scene.observation.records.weighted {
        let endpoint = if record.set_id.as_str() == FLOOR_SET_ID {
            scene.observation.source.as_ref().and_then(|source| source.endpoint.as_ref())
        } else {
            let member =
                scene.roster.members.iter().find(|member| member.id().as_str() == record.set_id.as_str());
            member.filter(|member| member.ours.is_ok()).and_then(|member| member.replica.endpoint.as_ref())
        };
        let Some(endpoint) = endpoint else { continue };
        let wanted = WeightedRecord { ttl: scene.rds.reader.ttl, value: endpoint.clone(), ..record.clone() };
        if wanted != *record {
            repaired.push(format!(
                "{} from {} ({}) to {endpoint} ({})",
                record.set_id, record.value, record.ttl, wanted.ttl
            ));
            batch.replace(record, wanted);
        }
    }
    if batch.is_empty() {
        return Step::Pass;
    }
    Step::Act(Explanation::new(Reason::RepairRecord, repaired.join(", ")), batch.into_actions())
}

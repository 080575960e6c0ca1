//! The last look before a deletion: ownership and all else that R1 and R5 ask, on what was read a moment ago.

use super::blue_green;
use super::victim::{changing, is_protected};
use crate::observation::{Inspection, Standing};
use crate::ownership::is_ours;
use crate::plan::{Ending, LastLook, RdsReplicasAction};
use crate::policy::{RdsReplicas, Target};

/// Whether the instance may still be deleted. Nothing else that is done to replicas takes anything away for good.
pub(in crate::plan) fn may_still_change(
    target: &Target,
    rds: &RdsReplicas,
    action: &RdsReplicasAction,
    seen: &Inspection,
) -> LastLook {
    let delete = match action {
        RdsReplicasAction::DeleteReplica(delete) => delete,
        RdsReplicasAction::CreateReplica(_) | RdsReplicasAction::ChangeRecords(_) => return LastLook::Go,
    };
    let Some(replica) = &seen.replica else { return LastLook::AlreadyGone };
    let stop = |why: String| LastLook::Stop(format!("{} is not deleted: {why}", delete.id));
    if replica.id != delete.id || replica.id == rds.source || delete.source != rds.source {
        return stop("the call is about another instance".to_owned());
    }
    if replica.resource_id != delete.resource_id {
        return stop(format!("its name now belongs to {}", replica.resource_id));
    }
    if let Err(why) = is_ours(replica, &target.name, rds) {
        return stop(why.to_string());
    }
    if replica.status.standing() == Standing::Deleting {
        return LastLook::AlreadyGone;
    }
    if is_protected(replica) {
        return stop("it is pinned, protected or held by a person".to_owned());
    }
    if let Err(why) = blue_green::may_delete(&seen.blue_green) {
        return stop(why);
    }
    if let Some(child) = replica.children.first() {
        return stop(format!("it has a replica of its own, {child}"));
    }
    if seen.records.record(delete.id.as_str()).is_some() {
        return stop(format!("it still has a record at {}", rds.reader.name));
    }
    let endpoint = replica.endpoint.as_ref();
    if let Some(record) = seen.records.weighted.iter().find(|record| Some(&record.value) == endpoint) {
        return stop(format!("record {} of {} still points at it", record.set_id, rds.reader.name));
    }
    if let Some(why) = seen.records.other_uses.unknown() {
        return stop(format!("what else points at it is not known: {why}"));
    }
    if let Some(used) = seen.records.other_uses.found().iter().find(|used| Some(&used.endpoint) == endpoint) {
        return stop(format!("its endpoint is in another record, {}", used.name));
    }
    match delete.ending {
        Ending::Abandoned if replica.status.standing() != Standing::Terminal => {
            stop(format!("it is \"{}\" and no longer a failed creation", replica.status.0))
        }
        Ending::Abandoned => LastLook::Go,
        Ending::Drained => {
            changing(replica).map_or(LastLook::Go, |why| stop(format!("{why}; a person may be promoting it")))
        }
    }
}

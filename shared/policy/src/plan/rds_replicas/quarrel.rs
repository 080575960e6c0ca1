//! Somebody else who deletes our records: a DNS controller that takes them for its own. Each time they come back in, and clients pay for it.

use jiff::{SignedDuration, Timestamp};

use super::scene::{Draft, Scene};
use crate::history::History;
use crate::names::SetId;
use crate::number::{Number, Sentence};
use crate::ownership::FLOOR_SET_ID;
use crate::reason::Reason;
use crate::units::Count;

/// As far back as a quarrel is looked for, and as long as it has to be quiet.
const WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// So many deletions in that time are one.
const AT: usize = 3;

/// Remembers what was deleted since the last look. Our own deletions are never among it: they are of what is gone, failed or leaving.
pub(super) fn watch(scene: &Scene<'_>, before: &History, draft: &mut Draft) {
    let now = scene.now;
    let lost: Vec<&SetId> = before
        .rds_replicas
        .weights
        .iter()
        .filter(|(set_id, known)| {
            known.weight.is_some() && scene.observation.records.record(set_id.as_str()).is_none()
        })
        .map(|(set_id, _)| set_id)
        .filter(|set_id| should_be_there(scene, set_id))
        .collect();
    if !lost.is_empty() {
        draft.history.rds_replicas.records_deleted.push(now);
        let names: Vec<_> = lost.iter().map(|set_id| set_id.as_str()).collect();
        let detail = format!(
            "somebody else deleted {} of {}: what is missing comes back in",
            names.join(", "),
            scene.rds.reader.name
        );
        let said = Sentence::from(detail).with(Number::of_len("records", lost.len()));
        draft.event(Reason::RecordsDeleted, said);
    }
    forget(&mut draft.history.rds_replicas.records_deleted, now);
    let times = draft.history.rds_replicas.records_deleted.len();
    if times >= AT {
        let detail = format!(
            "records of {} were deleted {times} times within an hour, and not by Tidegate: find what else manages the zone (external-dns, Terraform, a script) \
             and have it leave this name alone",
            scene.rds.reader.name
        );
        draft.alert(
            format!("who deletes records of {}", scene.rds.reader.name),
            Reason::RecordsDeleted,
            Sentence::from(detail).with(Number::of_len("deletions", times).against_count(Count::of_len(AT))),
        );
    }
}

/// Whether a deletion was seen that the memory before did not have.
pub(super) fn noticed(before: &History, after: &History) -> bool {
    let known = &before.rds_replicas.records_deleted;
    after.rds_replicas.records_deleted.iter().any(|at| !known.contains(at))
}

/// A quarrel is over once it was quiet for an hour, not once its first deletion is an hour old.
fn forget(deleted: &mut Vec<Timestamp>, now: Timestamp) {
    let is_recent = |at: &Timestamp| now.duration_since(*at) < WITHIN;
    let goes_on = deleted.len() >= AT && deleted.last().is_some_and(is_recent);
    let newest = deleted.len().saturating_sub(AT);
    let mut place = 0;
    deleted.retain(|at| {
        place += 1;
        is_recent(at) || (goes_on && place > newest)
    });
}

fn should_be_there(scene: &Scene<'_>, set_id: &SetId) -> bool {
    if set_id.as_str() == FLOOR_SET_ID {
        return scene.rds.floor && scene.observation.source.is_some();
    }
    let member = scene.roster.members.iter().find(|member| member.id().as_str() == set_id.as_str());
    member.is_some_and(|member| member.stays() && !member.leaving)
}

//! A hosted zone as it was read, and the records in it that a target means.

use tidegate_policy::observation::{RecordGroup, ZoneFact};
use tidegate_policy::ownership::FLOOR_SET_ID;
use tidegate_policy::policy::RdsReplicas;

use super::records::ZoneRecords;
use crate::failure::Failure;

/// A zone that a reader name is in.
pub(super) struct Zone {
    pub(super) name: ZoneFact,
    /// Those of all the reader names in it.
    pub(super) records: ZoneRecords,
    /// All of it, where a replica is about to leave. That it could not be read is that replica's matter alone.
    pub(super) whole: Option<Result<ZoneRecords, Failure>>,
}

pub(super) fn group(records: &ZoneRecords, kind: &RdsReplicas) -> RecordGroup {
    records.group(&kind.reader.name, |set_id| set_id == FLOOR_SET_ID || set_id.starts_with(&kind.prefix))
}

//! What can be done to the replicas of a source and to their reader name.

use std::collections::BTreeMap;
use std::fmt;

use crate::names::{AvailabilityZone, DnsName, InstanceClass, InstanceId, ResourceId, ZoneId};
use crate::observation::{Settings, WeightedRecord};

/// One mutation of a source's replicas.
#[derive(Clone, Debug, PartialEq)]
pub enum RdsReplicasAction {
    /// CreateDBInstanceReadReplica. Expects that no instance has the name.
    CreateReplica(CreateReplica),
    /// ChangeResourceRecordSets, one atomic batch. Expects every deleted record to be exactly as given.
    ChangeRecords(ChangeRecords),
    /// DeleteDBInstance with SkipFinalSnapshot. Expects this very instance, ours, without a record.
    DeleteReplica(DeleteReplica),
}

impl RdsReplicasAction {
    /// Whether it takes capacity away for good.
    pub(super) fn is_destructive(&self) -> bool {
        match self {
            Self::DeleteReplica(_) => true,
            Self::CreateReplica(_) | Self::ChangeRecords(_) => false,
        }
    }
}

/// A replica to be made, with everything it is made with: tags never come later.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateReplica {
    /// The only idempotency key that RDS has.
    pub id: InstanceId,
    /// Whose replica it will be.
    pub source: InstanceId,
    /// Its class.
    pub class: InstanceClass,
    /// The zone; `None` leaves it to RDS.
    pub zone: Option<AvailabilityZone>,
    /// Owner, stage, target and decision, and the policy's own.
    pub tags: BTreeMap<String, String>,
    /// VPC security groups; empty takes the source's, and is then filled in by the fleet.
    pub security_groups: Vec<String>,
    /// What it gets of its source's settings.
    pub settings: Box<Settings>,
}

/// One atomic batch on the reader name.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRecords {
    /// The hosted zone.
    pub zone: ZoneId,
    /// The reader name.
    pub name: DnsName,
    /// In this order; a DELETE and a CREATE of one SetIdentifier are a compare-and-swap.
    pub changes: Vec<RecordChange>,
}

/// One line of a batch. There is no UPSERT: it would be last-writer-wins.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// Fails the batch unless the record is exactly this.
    Delete(WeightedRecord),
    /// Fails the batch if the SetIdentifier exists.
    Create(WeightedRecord),
}

/// An instance to be deleted for good.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteReplica {
    /// Its name.
    pub id: InstanceId,
    /// Its identity: a later instance of the same name is another one.
    pub resource_id: ResourceId,
    /// Whose replica it must still be.
    pub source: InstanceId,
    /// Why it goes, which decides what must hold right before.
    pub ending: Ending,
}

/// Why an instance is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It served, and was drained.
    Drained,
    /// Its creation failed; it never served.
    Abandoned,
}

impl fmt::Display for RdsReplicasAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateReplica(create) => {
                let zone = create.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
                write!(f, "create replica {} of {} ({}{zone})", create.id, create.source, create.class)
            }
            Self::ChangeRecords(batch) => {
                write!(f, "change records of {}:", batch.name)?;
                for change in &batch.changes {
                    match change {
                        RecordChange::Delete(record) => write!(f, " -{}@{}", record.set_id, record.weight)?,
                        RecordChange::Create(record) => write!(f, " +{}@{}", record.set_id, record.weight)?,
                    }
                }
                Ok(())
            }
            Self::DeleteReplica(delete) => {
                write!(f, "delete replica {} ({})", delete.id, delete.resource_id)
            }
        }
    }
}

//! The mutations there are. Each carries the state that it expects, so that execution has no choice left.

use std::collections::BTreeMap;
use std::fmt;

use crate::names::{ClusterName, DnsName, InstanceClass, InstanceId, ResourceId, ServiceName, ZoneId};
use crate::observation::{CapacityBounds, StrategyItem, WeightedRecord};
use crate::units::Count;

/// One mutation.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// CreateDBInstanceReadReplica. Expects that no instance has the name.
    CreateReplica(CreateReplica),
    /// ChangeResourceRecordSets, one atomic batch. Expects every deleted record to be exactly as given.
    ChangeRecords(ChangeRecords),
    /// DeleteDBInstance with SkipFinalSnapshot. Expects this very instance, ours, without a record.
    DeleteReplica(DeleteReplica),
    /// UpdateService, its desired count alone. Expects the service without a scalable target.
    SetDesiredCount(SetDesiredCount),
    /// RegisterScalableTarget, its bounds alone. Expects that the scalable target exists: the call would create one.
    SetBounds(SetBounds),
    /// UpdateService, its capacity-provider strategy with `forceNewDeployment`: AWS takes none without.
    SetStrategy(SetStrategy),
    /// Requests to a warm-up address. Changes nothing of AWS.
    Warm(WarmUp),
}

impl Action {
    /// Whether it takes capacity away; such a call is preceded by a fresh look.
    pub fn is_destructive(&self) -> bool {
        match self {
            Action::DeleteReplica(_) => true,
            Action::CreateReplica(_) | Action::ChangeRecords(_) | Action::Warm(_) => false,
            Action::SetDesiredCount(set) => set.to < set.from,
            // A lower maximum pulls tasks down at once; a lower minimum allows the native policies to.
            Action::SetBounds(set) => set.to.max < set.from.max || set.to.min < set.from.min,
            // AWS takes a new strategy only with a forced deployment, which replaces every task.
            Action::SetStrategy(_) => true,
        }
    }
}

/// How many tasks a service is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDesiredCount {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
}

/// Within which bounds Application Auto Scaling keeps a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetBounds {
    /// The service's cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What they must still be.
    pub from: CapacityBounds,
    /// What they are to be; the same as `from` where the capacity is outside and is to be pulled in.
    pub to: CapacityBounds,
}

/// On what a service's new tasks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetStrategy {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Whose.
    pub service: ServiceName,
    /// What it must still be.
    pub from: Vec<StrategyItem>,
    /// What it is to be.
    pub to: Vec<StrategyItem>,
}

/// A bounded number of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// The planned event that they precede.
    pub event: String,
    /// Where.
    pub url: String,
    /// How many at most.
    pub requests: u32,
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
    /// Owner, target and decision.
    pub tags: BTreeMap<String, String>,
    /// VPC security groups; empty takes the source's, and is then filled in by the fleet.
    pub security_groups: Vec<String>,
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

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::CreateReplica(create) => {
                write!(f, "create replica {} of {} ({})", create.id, create.source, create.class)
            }
            Action::ChangeRecords(batch) => {
                write!(f, "change records of {}:", batch.name)?;
                for change in &batch.changes {
                    match change {
                        RecordChange::Delete(record) => write!(f, " -{}@{}", record.set_id, record.weight)?,
                        RecordChange::Create(record) => write!(f, " +{}@{}", record.set_id, record.weight)?,
                    }
                }
                Ok(())
            }
            Action::DeleteReplica(delete) => {
                write!(f, "delete replica {} ({})", delete.id, delete.resource_id)
            }
            Action::SetDesiredCount(set) => {
                write!(f, "desired count of {}/{}: {} -> {}", set.cluster, set.service, set.from, set.to)
            }
            Action::SetBounds(set) => {
                write!(f, "bounds of {}/{}: {} -> {}", set.cluster, set.service, set.from, set.to)
            }
            Action::SetStrategy(set) => {
                write!(f, "capacity providers of {}/{}:", set.cluster, set.service)?;
                for item in &set.to {
                    write!(f, " {} weight {} base {}", item.provider, item.weight, item.base)?;
                }
                write!(f, " (with a forced deployment)")
            }
            Action::Warm(warm) => {
                write!(f, "{} requests to {} before {}", warm.requests, warm.url, warm.event)
            }
        }
    }
}

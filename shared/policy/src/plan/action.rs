//! The mutations there are. Each carries the state that it expects, so that execution has no choice left.

use std::collections::BTreeMap;
use std::fmt;

use crate::names::{
    AvailabilityZone, ClusterName, DnsName, GroupName, InstanceClass, InstanceId, NodeId, NodeType,
    ResourceId, ServiceName, ShardId, ZoneId,
};
use crate::observation::{CapacityBounds, Settings, StrategyItem, WeightedRecord};
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
    /// IncreaseReplicaCount. Expects every shard that it names with the replicas given.
    IncreaseReplicas(IncreaseReplicas),
    /// DecreaseReplicaCount. Expects the same, and of a node that it names that it is a replica.
    DecreaseReplicas(DecreaseReplicas),
    /// ModifyReplicationGroupShardConfiguration. Expects this number of shards.
    SetShards(SetShards),
    /// ModifyReplicationGroup, its node type alone, at once. Expects this node type.
    SetNodeType(SetNodeType),
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
            Action::IncreaseReplicas(_) => false,
            Action::DecreaseReplicas(_) => true,
            Action::SetShards(set) => set.to < set.from,
            // Every node is replaced, and the primary fails over.
            Action::SetNodeType(_) => true,
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
    /// Whether a direct command with a maximum stands: it outranks what scheduled actions and predictive policies did.
    pub by_command: bool,
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

/// More replicas for some shards, or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncreaseReplicas {
    /// Whose.
    pub group: GroupName,
    /// Of the shards that change, in the order of their ids; never empty.
    pub shards: Vec<ShardReplicas>,
}

/// Fewer replicas for some shards, or for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecreaseReplicas {
    /// Whose.
    pub group: GroupName,
    /// Of the shards that change, in the order of their ids; never empty.
    pub shards: Vec<ShardReplicas>,
    /// The replica that goes, with cluster mode disabled. `None`: ElastiCache chooses, since it alone knows the roles with cluster mode enabled.
    pub named: Option<NodeId>,
}

/// How many replicas a shard has, and is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardReplicas {
    /// Which.
    pub shard: ShardId,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
}

/// How many shards a group is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetShards {
    /// Whose.
    pub group: GroupName,
    /// What it must still be.
    pub from: Count,
    /// What it is to be.
    pub to: Count,
    /// Those that go; empty on the way out.
    pub removed: Vec<ShardId>,
}

/// What every node of a group is to run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetNodeType {
    /// Whose.
    pub group: GroupName,
    /// What it must still be.
    pub from: NodeType,
    /// What it is to be.
    pub to: NodeType,
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

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::CreateReplica(create) => {
                let zone = create.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
                write!(f, "create replica {} of {} ({}{zone})", create.id, create.source, create.class)
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
            Action::IncreaseReplicas(more) => {
                write!(f, "more replicas of {}:", more.group)?;
                more.shards.iter().try_for_each(|shard| write!(f, " {shard}"))
            }
            Action::DecreaseReplicas(fewer) => {
                write!(f, "fewer replicas of {}:", fewer.group)?;
                fewer.shards.iter().try_for_each(|shard| write!(f, " {shard}"))?;
                fewer.named.iter().try_for_each(|node| write!(f, " without {node}"))
            }
            Action::SetShards(set) => {
                write!(f, "shards of {}: {} -> {}", set.group, set.from, set.to)?;
                set.removed.iter().try_for_each(|shard| write!(f, " without {shard}"))
            }
            Action::SetNodeType(set) => {
                write!(f, "node type of {}: {} -> {}", set.group, set.from, set.to)
            }
        }
    }
}

impl fmt::Display for ShardReplicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} {} -> {}", self.shard, self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(min: u32, max: u32) -> CapacityBounds {
        CapacityBounds { min: Count(min), max: Count(max) }
    }

    #[test]
    fn a_call_that_takes_capacity_away_is_destructive_and_no_other() {
        let set_bounds = |to: CapacityBounds| {
            Action::SetBounds(SetBounds {
                cluster: ClusterName::new("prod"),
                service: ServiceName::new("api"),
                from: bounds(2, 10),
                to,
                by_command: false,
            })
        };
        for (to, destructive) in [
            (bounds(2, 10), false),
            (bounds(3, 11), false),
            (bounds(1, 10), true),
            (bounds(2, 9), true),
            (bounds(1, 9), true),
            (bounds(3, 9), true),
            (bounds(1, 11), true),
        ] {
            assert_eq!(set_bounds(to).is_destructive(), destructive, "{to}");
        }
        for (to, destructive) in [(3, true), (4, false), (5, false)] {
            let set = SetDesiredCount {
                cluster: ClusterName::new("prod"),
                service: ServiceName::new("api"),
                from: Count(4),
                to: Count(to),
            };
            assert_eq!(Action::SetDesiredCount(set).is_destructive(), destructive, "{to}");
        }
    }
}

//! What RDS, Route 53 and CloudWatch say of the replicas of one source.

mod blue_green;
mod settings;

pub use blue_green::{BlueGreen, BlueGreenMember};
pub use settings::{Insights, NotCopied, Settings, Storage};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Facts, Reading};
use crate::names::{AvailabilityZone, ChangeId, DnsName, InstanceClass, InstanceId, ResourceId, SetId};
use crate::policy::Engine;
use crate::units::{TtlSeconds, Weight};

/// One target at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RdsObservation {
    /// When it was asked for.
    pub at: Timestamp,
    /// `None`: RDS knows no such instance.
    pub source: Option<Source>,
    /// Whether a Multi-AZ DB cluster has the name that the policy gives the source.
    pub source_is_cluster: bool,
    /// The blue/green deployments that the source takes part in; else why they could not be read, and then nothing is deleted.
    pub blue_green: Result<Vec<BlueGreen>, String>,
    /// Every instance that names the source as its source, and every one whose name begins with the target's prefix:
    /// foreign, unfinished, leaving and promoted ones too.
    pub replicas: Vec<Replica>,
    /// Instances of ours that the listing left out, and that RDS does not know when asked for each by name. What is neither here nor among the
    /// replicas may well be there: a listing is no proof.
    pub absent: BTreeSet<InstanceId>,
    /// The weighted records of the reader name.
    pub records: RecordGroup,
    /// What Route 53 says of the change that it was asked for; `None` when none was asked for.
    pub change: Option<ChangeSeen>,
    /// Whether the metrics could be read. If not, every reading is missing, and they are read at the next wake-up.
    pub signals_read: bool,
    /// What is to be remembered, so that it is not bought again: those of the request that are still believed, and new ones.
    pub facts: Facts,
}

impl RdsObservation {
    /// The replica of this name.
    pub fn replica(&self, id: &InstanceId) -> Option<&Replica> {
        self.replicas.iter().find(|replica| replica.id == *id)
    }

    /// The Region that is seen from here, by the endpoint of the source or of any other instance; `None` while nobody has one.
    pub fn region(&self) -> Option<&str> {
        let source = self.source.as_ref().and_then(|source| source.endpoint.as_ref());
        let replicas = self.replicas.iter().find_map(|replica| replica.endpoint.as_ref());
        source.or(replicas).map(DnsName::region)
    }
}

/// The primary.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// As the policy names it.
    pub id: InstanceId,
    /// What RDS says.
    pub status: InstanceStatus,
    /// What it runs.
    pub engine: Engine,
    /// Its class.
    pub class: InstanceClass,
    /// Its zone.
    pub zone: Option<AvailabilityZone>,
    /// Where it is reached; the value of the floor record.
    pub endpoint: Option<DnsName>,
    /// 0 forbids replicas.
    pub backup_retention_days: u32,
    /// The Multi-AZ DB cluster that it is a member of: RDS makes no replicas of such an instance.
    pub cluster: Option<String>,
    /// Whether RDS manages its master password in Secrets Manager, which rules replicas out for most engines.
    pub managed_password: bool,
    /// What it replicates itself, if it does: whatever is read of its replicas is at least as old as it.
    pub source: Option<InstanceId>,
    /// How its own replication stands, if it does.
    pub replication: Replication,
    /// What new replicas are to have as it has it.
    pub settings: Settings,
    /// What they will not have as it has it.
    pub not_copied: Vec<NotCopied>,
    /// All tags, which replicas do not inherit.
    pub tags: BTreeMap<String, String>,
    /// CPU and connections; lag only if it is a replica itself.
    pub signals: MemberSignals,
}

/// An instance that is, was, or claims to be a replica of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// Its name.
    pub id: InstanceId,
    /// Its identity.
    pub resource_id: ResourceId,
    /// `None` while it is so new that RDS does not say.
    pub created_at: Option<Timestamp>,
    /// What RDS says.
    pub status: InstanceStatus,
    /// Whose replica it is; `None` once promoted.
    pub source: Option<InstanceId>,
    /// Its class.
    pub class: InstanceClass,
    /// Its zone.
    pub zone: Option<AvailabilityZone>,
    /// Absent while creating.
    pub endpoint: Option<DnsName>,
    /// The status info of type `read replication`.
    pub replication: Replication,
    /// What RDS says waits to be changed: the names of the fields in `PendingModifiedValues`. Empty: nothing.
    pub pending: Vec<String>,
    /// All tags.
    pub tags: BTreeMap<String, String>,
    /// Whether clients may log in with IAM tokens; unlike what else a database holds it is the instance's own setting.
    pub iam_authentication: bool,
    /// A `true` that we did not set is a person's pin.
    pub deletion_protection: bool,
    /// Replicas of the replica, which deleting it would promote.
    pub children: Vec<InstanceId>,
    /// CPU, connections and lag, and of its disk what rules ask for.
    pub signals: MemberSignals,
}

/// The metrics of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberSignals {
    /// Percent.
    pub cpu: Reading,
    /// A count.
    pub connections: Reading,
    /// Seconds; negative when replication does not run.
    pub lag: Reading,
    /// Seconds of one disk read; missing unless a rule asks for it.
    pub read_latency: Reading,
    /// Reads and writes that wait for the disk; missing unless a rule asks for it.
    pub disk_queue: Reading,
    /// From the parameter group; `None` when it could not be told.
    pub max_connections: Option<u32>,
}

/// Whether replication runs, by the instance's status infos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replication {
    /// It runs.
    Normal,
    /// It does not; with RDS's word for it, such as `error` or `terminated`.
    Broken(String),
    /// RDS says nothing of it, as while creating.
    Unknown,
}

/// `DBInstanceStatus`, as RDS writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceStatus(pub String);

/// What a status means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// On its way to its first `available`.
    Creating,
    /// Fully operational.
    Operational,
    /// Working on itself; it may well serve (a replica can stay in `modifying` for the best part of an hour).
    Changing,
    /// It does not serve, but may again.
    Interrupted,
    /// It will never serve: only deleting it is left.
    Terminal,
    /// On its way out.
    Deleting,
}

impl InstanceStatus {
    /// What the status means (RDS user guide, "Viewing DB instance status").
    ///
    /// An unknown word is `Interrupted`: nothing is sent to it, and nothing of it is deleted.
    pub fn standing(&self) -> Standing {
        match self.0.as_str() {
            "available" | "storage-optimization" => Standing::Operational,
            "creating" => Standing::Creating,
            "backing-up"
            | "modifying"
            | "maintenance"
            | "storage-config-upgrade"
            | "storage-initialization" => Standing::Changing,
            status if status.starts_with("configuring-") => Standing::Changing,
            "failed" | "insufficient-capacity" => Standing::Terminal,
            status if status.starts_with("incompatible-") => Standing::Terminal,
            "deleting" | "delete-precheck" => Standing::Deleting,
            _ => Standing::Interrupted,
        }
    }

    /// Whether clients may be sent to it.
    pub fn serves(&self) -> bool {
        matches!(self.standing(), Standing::Operational | Standing::Changing)
    }
}

/// The records of the reader name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordGroup {
    /// The weighted CNAME records, ours and others', in the order of Route 53.
    pub weighted: Vec<WeightedRecord>,
    /// What else is at the name and keeps weighted records out: a simple record, another type.
    pub conflict: Option<String>,
    /// Which other records of the zone name the endpoint of the replica that is about to leave.
    pub other_uses: OtherUses,
}

impl RecordGroup {
    /// The record of this identifier.
    pub fn record(&self, set_id: &str) -> Option<&WeightedRecord> {
        self.weighted.iter().find(|record| record.set_id.as_str() == set_id)
    }
}

/// What the rest of the zone says of an endpoint. It takes a reading of the whole zone, which can fail where that of the reader name does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherUses {
    /// The whole zone was read: these name it.
    Known(Vec<EndpointUse>),
    /// It was not, because nobody is about to leave or for this reason. Nothing is concluded from it: the endpoint may be named anywhere.
    Unknown(String),
}

impl OtherUses {
    /// The zone was read, and nothing names it.
    pub fn none() -> Self {
        OtherUses::Known(Vec::new())
    }

    /// Those that were found.
    pub fn found(&self) -> &[EndpointUse] {
        match self {
            OtherUses::Known(uses) => uses,
            OtherUses::Unknown(_) => &[],
        }
    }

    /// Why it is not known whether there are any.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            OtherUses::Known(_) => None,
            OtherUses::Unknown(why) => Some(why),
        }
    }
}

impl Default for OtherUses {
    fn default() -> Self {
        OtherUses::Unknown("the whole zone was not read".to_owned())
    }
}

/// One weighted CNAME record of the reader name, with every field that a DELETE must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedRecord {
    /// Unique in the group.
    pub set_id: SetId,
    /// Its share is weight / sum.
    pub weight: Weight,
    /// The same in the whole group.
    pub ttl: TtlSeconds,
    /// Where it points.
    pub value: DnsName,
}

/// Another record that points at an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUse {
    /// The record's name.
    pub name: DnsName,
    /// The endpoint that it names.
    pub endpoint: DnsName,
}

/// What Route 53 says of one change. Which one is part of it: several can be on their way, and of one age too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSeen {
    /// The change that was asked for.
    pub id: ChangeId,
    /// How it stands.
    pub status: ChangeStatus,
}

/// How a Route 53 change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStatus {
    /// Not on all name servers yet.
    Pending,
    /// On all of them.
    InSync,
    /// Route 53 knows no such change, or no longer.
    Unknown,
}

/// What is read again right before a destructive call: one instance and the reader name's records.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// `None`: RDS knows no such instance.
    pub replica: Option<Replica>,
    /// With `other_uses` filled in.
    pub records: RecordGroup,
    /// The blue/green deployments that the source takes part in, or why they could not be read.
    pub blue_green: Result<Vec<BlueGreen>, String>,
}

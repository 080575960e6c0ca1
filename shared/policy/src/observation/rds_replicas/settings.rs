//! The settings that a creation copies from the source, because RDS does not: one struct, of what is described and of what is sent.

use std::fmt;

use crate::units::friendly;
use jiff::SignedDuration;

/// What a new replica is made with besides its class, as its source has it. Only what RDS would otherwise not give it is here;
/// `shared/aws/src/fleet/rds_replicas/settings.rs` holds the table of every field that CreateDBInstanceReadReplica takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `EnableIAMDatabaseAuthentication`: without it clients that log in with IAM tokens are refused.
    pub iam_authentication: bool,
    /// `CACertificateIdentifier`: clients that verify the server trust this one.
    pub ca_certificate: Option<String>,
    /// `PubliclyAccessible`; `None` where RDS does not say.
    pub publicly_accessible: Option<bool>,
    /// `CopyTagsToSnapshot`.
    pub copy_tags_to_snapshot: bool,
    /// `MaxAllocatedStorage`, GiB: without it a replica's storage does not grow, and it fills up before its source does.
    pub max_allocated_storage: Option<u32>,
    /// What the storage is and does, where RDS lets it be said.
    pub storage: Option<Storage>,
    /// `DedicatedLogVolume`.
    pub dedicated_log_volume: bool,
    /// `EnableCloudwatchLogsExports`, in the order of RDS.
    pub log_exports: Vec<String>,
    /// Performance Insights; `None` where it is off.
    pub insights: Option<Insights>,
    /// Whether `NetworkType` is `DUAL`.
    pub dual_stack: bool,
    /// `EnableCustomerOwnedIp`, of Outposts.
    pub customer_owned_ip: bool,
    /// `ProcessorFeatures`, names and values. They fit the source's own class alone.
    pub processor_features: Vec<(String, String)>,
}

/// `StorageType`, `Iops` and `StorageThroughput`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// `gp2`, `gp3`, `io1` or `io2`.
    pub kind: String,
    /// Operations a second; needed by all but `gp2`.
    pub iops: Option<u32>,
    /// MiB a second; of `gp3`.
    pub throughput: Option<u32>,
}

/// Performance Insights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insights {
    /// What it is encrypted with; `None` takes the account's default key.
    pub kms_key: Option<String>,
    /// Days.
    pub retention_days: Option<u32>,
    /// Whether `DatabaseInsightsMode` is `advanced`.
    pub advanced: bool,
}

/// A setting of the source that new replicas do not get: a person decides what is done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCopied {
    /// Enhanced Monitoring needs `iam:PassRole` for a role that the policy does not name.
    Monitoring {
        /// Between two points.
        interval: SignedDuration,
    },
    /// A directory needs a role to pass, or a secret to read.
    Directory {
        /// The domain, as RDS names it.
        domain: String,
    },
    /// RDS takes a limit for growing storage only 10% above what is allocated.
    StorageLimit {
        /// GiB allocated.
        allocated: u32,
        /// The source's limit, GiB.
        limit: u32,
    },
    /// Volumes beside the first.
    Volumes {
        /// How many.
        count: usize,
    },
}

impl fmt::Display for NotCopied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotCopied::Monitoring { interval } => write!(
                f,
                "Enhanced Monitoring (every {}) is not copied, since it needs iam:PassRole for its role: turn it on by hand where a replica needs it",
                friendly(*interval)
            ),
            NotCopied::Directory { domain } => write!(
                f,
                "the directory {domain} is not copied, since that needs a role or a secret that the policy does not name: clients that log in by it cannot use new replicas until somebody joins them"
            ),
            NotCopied::StorageLimit { allocated, limit } => write!(
                f,
                "the limit of growing storage ({limit} GiB) is not copied, since it is less than 10% above the {allocated} GiB that are allocated: raise the source's MaxAllocatedStorage"
            ),
            NotCopied::Volumes { count } => write!(
                f,
                "additional storage volumes ({count}) are not asked for: check that a replica has them before it is needed"
            ),
        }
    }
}

//! Identifiers, each its own type, so that an instance's name is never passed where a record's is wanted.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Declares an identifier: cheap to clone, ordered, printed as written.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From its text.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

identifier!(
    /// The name of a target, unique in its policy.
    TargetName
);
identifier!(
    /// A deployment, as `production`: each has a stack, a ledger and replicas of its own.
    Stage
);
identifier!(
    /// A parameter of Systems Manager, as `/tidegate/production/slack`.
    ParameterName
);
identifier!(
    /// The id of a channel of Slack, as `C0123456789`: it stays when the channel is renamed.
    SlackChannel
);
identifier!(
    /// A DB instance identifier; RDS stores it in lower case.
    InstanceId
);
identifier!(
    /// `DbiResourceId`: the instance's immutable identity, which a later instance of the same name does not share.
    ResourceId
);
identifier!(
    /// The `SetIdentifier` of a weighted record: ours is the instance's identifier, or `primary-floor`.
    SetId
);
identifier!(
    /// A hosted zone, as `Z0123456789ABC`.
    ZoneId
);
identifier!(
    /// The identifier of a Route 53 change, whose status is PENDING or INSYNC.
    ChangeId
);
identifier!(
    /// One decision: what an addition or a removal is named after.
    DecisionId
);
identifier!(
    /// An instance class, as `db.t3.medium`.
    InstanceClass
);
identifier!(
    /// An availability zone, as `eu-west-1a`.
    AvailabilityZone
);
identifier!(
    /// The short name of an ECS cluster.
    ClusterName
);
identifier!(
    /// The short name of an ECS service, unique in its cluster.
    ServiceName
);
identifier!(
    /// The name of an SQS queue.
    QueueName
);
identifier!(
    /// The id of an ElastiCache replication group.
    GroupName
);
identifier!(
    /// The id of a shard, which ElastiCache calls a node group: `0001`.
    ShardId
);
identifier!(
    /// The id of a node, which ElastiCache calls a cache cluster: `sessions-001`.
    NodeId
);
identifier!(
    /// A node type, as `cache.t3.medium`.
    NodeType
);

/// A DNS name in the form that compares equal: lower case, no trailing dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DnsName(Arc<str>);

impl DnsName {
    /// Normalises `text`; Route 53 answers in lower case with a trailing dot.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Self(Arc::from(text.to_ascii_lowercase()))
        } else {
            Self(Arc::from(text))
        }
    }

    /// Its text, without the trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of the endpoint of an RDS instance its Region and what is behind it: `eu-west-1.rds.amazonaws.com` of
    /// `orders.abcdefghijkl.eu-west-1.rds.amazonaws.com` (RDS user guide, "Connecting to a DB instance").
    pub fn region(&self) -> &str {
        self.0.splitn(3, '.').nth(2).unwrap_or_default()
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_names_compare_as_route_53_answers_them() {
        assert_eq!(DnsName::new("Orders-RO.example.com."), DnsName::new("orders-ro.example.com"));
    }
}

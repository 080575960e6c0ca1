//! The kinds of targets, and the one table of their names: whatever must know every kind asks here, and the compiler finds it.

use std::fmt;

/// A kind of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Read replicas of a plain RDS database.
    RdsReplicas,
    /// The tasks of an ECS service.
    EcsService,
    /// The nodes of an ElastiCache replication group.
    RedisNodes,
}

impl Kind {
    /// All of them, in the order in which documents and stacks list them.
    pub const ALL: [Kind; 3] = [Kind::RdsReplicas, Kind::EcsService, Kind::RedisNodes];

    /// As written in a policy's `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::RdsReplicas => "rds-replicas",
            Kind::EcsService => "ecs-service",
            Kind::RedisNodes => "redis-nodes",
        }
    }

    /// The function that looks after it: its package, its binary, and the end of its name.
    pub const fn function(self) -> &'static str {
        match self {
            Kind::RdsReplicas => "rds-replicas",
            Kind::EcsService => "ecs-capacity",
            Kind::RedisNodes => "redis-nodes",
        }
    }

    /// The AWS service that its targets live in, as AWS names it.
    pub const fn service(self) -> &'static str {
        match self {
            Kind::RdsReplicas => "RDS",
            Kind::EcsService => "ECS",
            Kind::RedisNodes => "ElastiCache",
        }
    }

    /// The kind that a policy writes so.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

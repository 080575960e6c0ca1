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

/// An AWS service: what its endpoint begins with, and its name.
pub type Api = (&'static str, &'static str);

const SCALING: Api = ("application-autoscaling", "Application Auto Scaling");

/// What a person calls the things of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// One target.
    pub target: &'static str,
    /// What its members are measured in.
    pub hours: &'static str,
    /// Those that are paid for.
    pub billed: &'static str,
}

impl Kind {
    /// All of them, in the order in which documents and stacks list them.
    pub const ALL: [Kind; 3] = [Kind::RdsReplicas, Kind::EcsService, Kind::RedisNodes];

    /// Its row of the table.
    const fn row(self) -> Row {
        match self {
            Kind::RdsReplicas => Row {
                name: "rds-replicas",
                quoted: "\"rds-replicas\"",
                function: "rds-replicas",
                service: "RDS",
                apis: &[("rds", "RDS")],
                words: Words { target: "database", hours: "replica-hours", billed: "read replicas billed" },
                least: "1",
                glances: true,
            },
            Kind::EcsService => Row {
                name: "ecs-service",
                quoted: "\"ecs-service\"",
                function: "ecs-capacity",
                service: "ECS",
                apis: &[("ecs", "ECS"), SCALING],
                words: Words { target: "service", hours: "task-hours", billed: "tasks billed" },
                least: "1",
                glances: false,
            },
            Kind::RedisNodes => Row {
                name: "redis-nodes",
                quoted: "\"redis-nodes\"",
                function: "redis-nodes",
                service: "ElastiCache",
                apis: &[("elasticache", "ElastiCache"), SCALING],
                words: Words { target: "Redis group", hours: "node-hours", billed: "Redis nodes billed" },
                least: "2",
                glances: false,
            },
        }
    }

    /// As written in a policy's `kind`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The same with its quotes: how a person writes it.
    pub const fn quoted(self) -> &'static str {
        self.row().quoted
    }

    /// The function that looks after it: its package, its binary, and the end of its name.
    pub const fn function(self) -> &'static str {
        self.row().function
    }

    /// The AWS service that its targets live in, as AWS names it.
    pub const fn service(self) -> &'static str {
        self.row().service
    }

    /// The AWS services that its function calls about its targets.
    pub const fn apis(self) -> &'static [Api] {
        self.row().apis
    }

    /// What a person calls its things.
    pub const fn words(self) -> Words {
        self.row().words
    }

    /// A `min` that is right whatever the other keys of a target say.
    pub const fn least(self) -> &'static str {
        self.row().least
    }

    /// Whether a target is glanced at while it rests. A replica that died answers on until its record is gone, and the event that tells of it
    /// can be lost. ECS and ElastiCache take what died out of the answers themselves.
    pub const fn has_glances(self) -> bool {
        self.row().glances
    }

    /// The kind that a policy writes so.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is to be known of a kind by its name alone.
struct Row {
    name: &'static str,
    quoted: &'static str,
    function: &'static str,
    service: &'static str,
    apis: &'static [Api],
    words: Words,
    least: &'static str,
    glances: bool,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

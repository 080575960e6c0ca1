//! Scales the nodes of ElastiCache replication groups: one attempt at every target of kind `redis-nodes`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::function::{Function, Kind, run};

fn main() -> ExitCode {
    run(Function { kind: Kind::RedisNodes })
}

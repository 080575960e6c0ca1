//! Scales the nodes of ElastiCache replication groups: one attempt at every target of kind `redis-nodes`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::fleet::Groups;
use tidegate_aws::function::run;

fn main() -> ExitCode {
    run::<Groups>()
}

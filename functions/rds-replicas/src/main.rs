//! Scales RDS read replicas and their Route 53 weights: one attempt at every target of kind `rds-replicas`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::function::{Function, Kind, run};

fn main() -> ExitCode {
    run(Function { kind: Kind::RdsReplicas })
}

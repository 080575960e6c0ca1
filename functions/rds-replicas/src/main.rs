//! Scales RDS read replicas and their Route 53 weights: one attempt at every target of kind `rds-replicas`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::fleet::Replicas;
use tidegate_aws::function::run;

fn main() -> ExitCode {
    run::<Replicas>()
}

//! Scales the tasks of ECS services: one attempt at every target of kind `ecs-service`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::function::{Function, Kind, run};

fn main() -> ExitCode {
    run(Function { kind: Kind::EcsService })
}

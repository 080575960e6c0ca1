//! Scales the tasks of ECS services: one attempt at every target of kind `ecs-service`, whatever woke it.

use std::process::ExitCode;

use tidegate_aws::fleet::Services;
use tidegate_aws::function::run;

fn main() -> ExitCode {
    run::<Services>()
}

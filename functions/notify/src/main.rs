//! Tells people: what Tidegate and its alarms found, by the channels of the policy.

use std::process::ExitCode;

use tidegate_aws::function::run_notify;

fn main() -> ExitCode {
    run_notify()
}

//! Which deployment this is, as its events say it.

use tidegate_policy::names::{Stage, TargetName};

/// What stands in every event of one deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its name.
    pub stage: Stage,
    /// The AWS account.
    pub account: String,
    /// The Region, as `eu-west-1`.
    pub region: String,
    /// The hash of its policy.
    pub policy: String,
}

/// Whose an event is that is of no target: the stack's.
pub fn stack() -> TargetName {
    TargetName::new("stack")
}

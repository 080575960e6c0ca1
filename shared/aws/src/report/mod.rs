//! What an invocation tells: an answer for who made it, and structured lines that are its log and, where they name any, its metrics.
//!
//! The log is one line an attempt and one a target that it looked at, with every value as a plain field: dashboards read it with CloudWatch
//! Logs Insights. A custom metric costs $0.30 a month while it is published (CloudWatch pricing), so what is published is the exception:
//!
//! | metric | dimensions | unit | sparse: published |
//! |---|---|---|---|
//! | `FailedAttempts`, `FailedTargets`, `PolicyErrors`, `LeaseContention`, `StuckTransitions`, `DrainsCancelled` | `Stage` | Count | above 0 |
//! | `ReplicaLag` | `Stage`, `Target` | Seconds | from 1 |
//! | `ConnectionsUsed` | `Stage`, `Target` | Percent | from 50 |
//! | `Actions`, `FailedActions` | `Stage`, `Target`, `Reason` | Count | above 0 |
//! | `Attempts`, `ApiCalls` | `Function` | Count | never |
//! | `Duration` | `Function` | Milliseconds | never |
//! | `Current`, `Desired`, `Serving` | `Stage`, `Target` | Count | never |
//! | `DrainTime` | `Stage`, `Target` | Seconds | never |
//! | `Holds` | `Stage`, `Target`, `Reason` | Count | never |
//!
//! With `TIDEGATE_METRICS=all` every value of a line is published, whatever it is. A value that is not known is in no line. A target that was
//! not looked at has no line: its metrics are as sparse as its evaluations.

mod answer;
mod emf;
mod failed_target;
mod lines;
mod metrics;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tidegate_reconcile::report::RunReport;

use crate::environment::PublishedMetrics;

pub use answer::answer;
pub use emf::NAMESPACE;
pub use failed_target::failure;
pub use lines::{alert_lines, attempt_line, failed_line, target_line};

/// Who tells, and how much of it is published.
#[derive(Clone, Copy, Debug)]
pub struct Teller<'a> {
    /// The deployment's name, as `production`.
    pub stage: &'a str,
    /// The function's name.
    pub function: &'a str,
    /// The invocation.
    pub request_id: &'a str,
    /// The version of the policy, once it was read.
    pub policy: Option<&'a str>,
    /// Which metrics are published.
    pub published: PublishedMetrics,
}

/// One attempt, and what it took.
#[derive(Clone, Copy, Debug)]
pub struct Attempted<'a> {
    /// Who tells.
    pub teller: Teller<'a>,
    /// What woke it, as `schedule`.
    pub woken_by: &'a str,
    /// What it did.
    pub report: &'a RunReport,
    /// Calls by service and operation.
    pub calls: &'a BTreeMap<String, u64>,
    /// From the event to here.
    pub took: Duration,
}

/// An invocation that ended before its attempt did.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// Who tells.
    pub teller: Teller<'a>,
    /// When it began.
    pub at: Timestamp,
    /// The stable word for why.
    pub kind: &'a str,
    /// The sentence.
    pub said: &'a str,
    /// Whether the policy is why: it could not be read, or is unsound.
    pub policy_unusable: bool,
    /// Calls by service and operation.
    pub calls: &'a BTreeMap<String, u64>,
    /// From the event to here.
    pub took: Duration,
}

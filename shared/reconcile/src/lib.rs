//! One attempt: observe, plan, check, then target by target lease, act, record, over two ports: the fleet and the ledger.

mod act;
pub mod attempt;
mod due;
mod glance;
mod held;
mod one;
mod past;
mod pause;
pub mod port;
pub mod report;
mod terms;
pub mod time;

pub use attempt::{ReconcileError, reconcile, reconcile_within};
pub use terms::{Attempt, LEASE_AT_LEAST, Mode, Wake};
pub use time::{Clock, Unhurried};

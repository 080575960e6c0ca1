//! One attempt: observe, plan, check, then target by target lease, act, record, over two ports: the fleet and the ledger.

mod act;
pub mod attempt;
mod due;
mod glance;
mod one;
pub mod port;
pub mod report;
pub mod time;

pub use attempt::{Attempt, Mode, ReconcileError, Wake, reconcile, reconcile_within};
pub use time::{Clock, Unhurried};

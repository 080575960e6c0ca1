//! One attempt: lease, observe, plan, check, act, record, over two ports: the fleet and the ledger.

mod act;
pub mod attempt;
pub mod port;
pub mod report;

pub use attempt::{Attempt, Mode, ReconcileError, Wake, reconcile};

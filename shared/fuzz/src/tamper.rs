//! Where a test may break the product: what passes the ports, changed on its way. Production code has no such place.
//!
//! A variant that is wrong here stands for a planner, an attempt, a ledger or an adapter that is wrong in the same way: the judges cannot tell
//! them apart, since they look at what comes out at the ports, and at the account.

use jiff::Timestamp;
use tidegate_policy::history::{History, Notice};
use tidegate_policy::observation::{Look, Observation};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::LedgerItem;

/// What may be changed. Everything passes as it is unless a variant says otherwise.
pub trait Tamper {
    /// What an attempt sees of a target.
    fn seen(&self, _: &Target, seen: Observation, _: Timestamp) -> Observation {
        seen
    }

    /// What the last look before a destructive call sees; `None` where nobody looks, so that the plan's word stands. It was planned by what was
    /// `seen`.
    fn looked(&self, _: &Target, look: Look, _: &Action) -> Look {
        look
    }

    /// What is really asked of AWS; empty: nothing is, and it is taken for done.
    fn asked(&self, _: &Target, action: &Action) -> Vec<Action> {
        vec![action.clone()]
    }

    /// What is answered of it.
    fn answered(&self, _: &Action, outcome: Outcome) -> Outcome {
        outcome
    }

    /// What is read from the ledger.
    fn loaded(&self, _: &Target, item: LedgerItem) -> LedgerItem {
        item
    }

    /// What is written to it instead.
    fn stored(&self, _: &Target, _: &History) -> Option<History> {
        None
    }

    /// Whether the lease of another is heeded.
    fn heeds_leases(&self) -> bool {
        true
    }

    /// What is published.
    fn published(&self, notices: &[Notice]) -> Vec<Notice> {
        notices.to_vec()
    }
}

/// The product as it is.
#[derive(Clone, Copy, Debug)]
pub struct Untouched;

impl Tamper for Untouched {}

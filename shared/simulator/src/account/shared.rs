//! What a target shares with its account: the ledger's table and what goes wrong with calls, once for all; a clock and metrics of its own.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::History;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::FleetError;

use super::bus::Bus;
use super::clock::Millis;
use super::cloudwatch::CloudWatch;
use super::faults::{Faults, Operation};
use super::pace::Pace;
use super::table::Table;

/// What an account has once, however many targets it holds.
#[derive(Debug)]
pub(super) struct Common {
    /// The account's clock. No part of it is ever ahead.
    pub(super) now: Millis,
    pub(super) faults: Faults,
    pub(super) table: Table,
    pub(super) bus: Bus,
    /// `None`: every call is answered at once.
    pub(super) pace: Option<Pace>,
}

/// One target's share of the account.
#[derive(Debug)]
pub(super) struct Shared {
    /// How far this target has lived: the account's clock, but for the moments in which time passes.
    pub(super) now: Millis,
    pub(super) target: Target,
    /// The metrics of this target's resources; their luck is keyed by the resource, whatever else the account holds.
    pub(super) metrics: CloudWatch,
    pub(super) common: Rc<RefCell<Common>>,
}

impl Shared {
    /// The ledger's memory of the target, if it was ever written.
    pub(super) fn history(&self) -> Option<Ref<'_, History>> {
        Ref::filter_map(self.common.borrow(), |common| common.table.history(&self.target.name)).ok()
    }

    /// A copy of what was learned of the target's load, if anything was.
    pub(super) fn outlook(&self) -> Option<Outlook> {
        self.common.borrow().table.outlook(&self.target.name)
    }

    /// Whether calls may go wrong at this time.
    pub(super) fn is_disturbed(&self) -> bool {
        self.common.borrow().faults.active(self.now)
    }

    /// Counts one reading call; an error if it goes wrong.
    pub(super) fn call(&self, operation: Operation) -> Result<(), FleetError> {
        self.common.borrow_mut().call(operation)
    }

    /// Counts one changing call; whether its answer will be lost, or how it fails before any effect.
    pub(super) fn changing_call(&self, operation: Operation) -> Result<bool, Outcome> {
        self.common.borrow_mut().changing_call(operation)
    }
}

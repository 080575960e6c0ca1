//! The ledger's table as DynamoDB holds it: one item a target, conditional writes, and the log of all targets beside it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::History;
use tidegate_policy::names::TargetName;
use tidegate_policy::record::Activity;
use tidegate_reconcile::port::{AfterWrite, Lease, LedgerError, LedgerItem, LedgerWrite};

/// DynamoDB, as far as the ledger needs it.
#[derive(Debug, Default)]
pub(super) struct Table {
    items: BTreeMap<TargetName, LedgerItem>,
    log: Vec<Activity>,
    outlooks: BTreeMap<TargetName, Outlook>,
}

impl Table {
    /// The target's memory, if it was ever written.
    pub(super) fn history(&self, target: &TargetName) -> Option<&History> {
        self.items.get(target).map(|item| &item.history)
    }

    /// Who is at work on the target.
    pub(super) fn lease(&self, target: &TargetName) -> Option<Lease> {
        self.items.get(target).and_then(|item| item.lease.clone())
    }

    /// What was learned of a target's load, until it is given back.
    pub(super) fn hand_out(&mut self, target: &TargetName) -> Option<Outlook> {
        self.outlooks.remove(target)
    }

    /// A copy of it, while nobody has it.
    pub(super) fn outlook(&self, target: &TargetName) -> Option<Outlook> {
        self.outlooks.get(target).cloned()
    }

    pub(super) fn give_back(&mut self, target: &TargetName, outlook: Outlook) {
        self.outlooks.insert(target.clone(), outlook);
    }

    /// Nothing is remembered any more; leases and versions stay.
    pub(super) fn forget(&mut self) {
        self.outlooks.clear();
        for item in self.items.values_mut() {
            item.history = History::default();
        }
    }

    /// The lines of all targets from line `from` on.
    pub(super) fn activities(&self, from: usize) -> Vec<Activity> {
        self.log.iter().skip(from).cloned().collect()
    }

    pub(super) fn load(&self, target: &TargetName) -> LedgerItem {
        self.items.get(target).cloned().unwrap_or_default()
    }

    pub(super) fn claim(
        &mut self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let item = self.items.entry(target.clone()).or_default();
        let held = item.lease.as_ref().is_some_and(|held| held.owner != lease.owner && held.until > now);
        if item.version != version || held {
            return Err(LedgerError::Conflict { target: target.clone() });
        }
        item.version += 1;
        item.lease = Some(lease.clone());
        item.attempted_at = Some(now);
        Ok(item.version)
    }

    pub(super) fn store(
        &mut self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        let held = |item: &&mut LedgerItem| {
            item.version == version && item.lease.as_ref().is_some_and(|lease| lease.owner == write.owner)
        };
        let Some(item) = self.items.get_mut(target).filter(held) else {
            return Err(LedgerError::Conflict { target: target.clone() });
        };
        item.version += 1;
        item.history.clone_from(write.history);
        if write.lease == AfterWrite::Release {
            item.lease = None;
        }
        self.log.extend_from_slice(write.activities);
        Ok(item.version)
    }
}

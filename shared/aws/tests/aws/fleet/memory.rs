//! A ledger in memory, for attempts over the fleet's wire.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{AfterWrite, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite};

/// A ledger in memory, with conditions, that counts.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) items: Mutex<BTreeMap<TargetName, LedgerItem>>,
    counts: Mutex<[u32; 3]>,
}

impl Memory {
    fn count(&self, which: usize) {
        self.counts.lock().unwrap()[which] += 1;
    }

    /// Loads, claims and stores since this was last asked.
    pub(crate) fn take(&self) -> [u32; 3] {
        std::mem::take(&mut *self.counts.lock().unwrap())
    }

    fn write(
        &self,
        target: &TargetName,
        version: u64,
        change: impl FnOnce(&mut LedgerItem),
    ) -> Result<u64, LedgerError> {
        let mut items = self.items.lock().unwrap();
        let item = items.entry(target.clone()).or_default();
        if item.version != version {
            return Err(LedgerError::Conflict { target: target.clone() });
        }
        change(item);
        item.version += 1;
        Ok(item.version)
    }
}

impl Ledger for Memory {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        self.count(0);
        let items = self.items.lock().unwrap();
        Ok(targets.iter().map(|target| Ok(items.get(target).cloned().unwrap_or_default())).collect())
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.count(1);
        self.write(target, version, |item| {
            item.lease = Some(lease.clone());
            item.attempted_at = Some(now);
        })
    }

    async fn publish(&self, _: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        Ok(notices.len())
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        self.count(2);
        self.write(target, version, |item| {
            assert_eq!(item.lease.as_ref().map(|lease| lease.owner.as_str()), Some(write.owner));
            item.history = write.history.clone();
            if write.lease == AfterWrite::Release {
                item.lease = None;
            }
        })
    }
}

//! The ledger of one invocation: the table, and the bus on which what waits in it is published.

use jiff::Timestamp;
use tidegate_notify::deployment::Deployment;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{Learned, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite};

use crate::bus::{self, Bus};
use crate::ledger::DynamoLedger;

/// The ledger of one invocation.
pub(super) struct StackLedger<'a> {
    pub(super) table: &'a DynamoLedger,
    /// `None` where nobody listens: what happens is then told by the log alone.
    pub(super) bus: Option<&'a Bus>,
    pub(super) deployment: Deployment,
    /// The function's group of logs.
    pub(super) logs: String,
}

impl Ledger for StackLedger<'_> {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        self.table.load(targets).await
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.table.claim(target, version, lease, now).await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        self.table.store(target, version, write).await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        let Some(bus) = self.bus else { return Ok(notices.len()) };
        let events: Vec<_> =
            notices.iter().map(|notice| bus::event(notice, target, &self.deployment, &self.logs)).collect();
        bus.put(&events).await.map_err(|message| LedgerError::Unpublished { message })
    }

    async fn outlooks(&self, targets: &[&TargetName]) -> Vec<Learned> {
        self.table.outlooks(targets).await
    }

    async fn give_back(&self, target: &TargetName, outlook: Outlook, learned: bool) {
        self.table.give_back(target, outlook, learned).await;
    }
}

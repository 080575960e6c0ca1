//! The ledger port: calls that may go wrong, and the table behind them.

use jiff::Timestamp;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::{Learned, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite};

use super::Account;
use super::faults::{Fault, Operation};
use super::shared::Common;

impl Common {
    fn table_call(&mut self, operation: Operation) -> Result<Option<Fault>, LedgerError> {
        match self.faults.call(operation, self.now) {
            None => Ok(None),
            Some(Fault::AnswerLost) if operation.mutates() => Ok(Some(Fault::AnswerLost)),
            Some(fault) => Err(unreachable(operation, fault)),
        }
    }
}

fn unreachable(operation: Operation, fault: Fault) -> LedgerError {
    let what = match fault {
        Fault::Throttled => "ThrottlingException: rate exceeded",
        Fault::AnswerLost => "the connection was closed before the answer",
        Fault::Unreachable | Fault::PriorRequestNotComplete => "no connection could be made",
    };
    LedgerError::Unreachable { message: format!("{}: {what}", operation.name()) }
}

fn learned(outlook: Option<Outlook>) -> Learned {
    outlook.map_or(Learned::Nothing, |outlook| Learned::Known(Box::new(outlook)))
}

impl Ledger for Account {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        let load = |common: &mut Common| {
            if targets.len() == 1 {
                common.table_call(Operation::GetItem)?;
            } else {
                for _ in 0..targets.len().div_ceil(100) {
                    common.table_call(Operation::BatchGetItem)?;
                }
            }
            Ok(targets.iter().map(|target| Ok(common.table.load(target))).collect())
        };
        self.asking_for_all(|| self.common(load)).await
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let claim = |common: &mut Common| {
            let fault = common.table_call(Operation::PutItem)?;
            let version = common.table.claim(target, version, lease, now)?;
            fault.map_or(Ok(version), |fault| Err(unreachable(Operation::PutItem, fault)))
        };
        self.asking_for_all(|| self.common(claim)).await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        let store = |common: &mut Common| {
            let fault = common.table_call(Operation::PutItem)?;
            let version = common.table.store(target, version, write)?;
            fault.map_or(Ok(version), |fault| Err(unreachable(Operation::PutItem, fault)))
        };
        self.asking_for_all(|| self.common(store)).await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        let publish =
            |common: &mut Common| common.bus.publish(&mut common.faults, target, notices, common.now);
        self.asking_for_all(|| self.common(publish)).await
    }

    /// As a warm process that keeps what it wrote: nothing is read again.
    async fn outlooks(&self, targets: &[&TargetName]) -> Vec<Learned> {
        self.common(|common| targets.iter().map(|target| learned(common.table.hand_out(target))).collect())
    }

    async fn give_back(&self, target: &TargetName, outlook: Outlook, _: bool) {
        self.common(|common| common.table.give_back(target, outlook));
    }
}

//! The event bus: what was published of each target, in the order in which it arrived.

use jiff::Timestamp;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::LedgerError;

use super::Account;
use super::faults::{Fault, Operation};
use super::shared::Common;

/// EventBridge takes so many entries in one call (API reference, PutEvents).
const ENTRIES: usize = 10;

/// One notice that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub target: TargetName,
    /// What.
    pub notice: Notice,
}

impl Account {
    /// What was published of all targets so far, in the order in which it arrived; after a lost answer once more.
    pub fn announcements(&self) -> Vec<Announcement> {
        self.common(|common| common.announcements.clone())
    }
}

impl Common {
    /// Publishes these in calls of ten. How many of the first were taken, as far as its caller can know.
    pub(super) fn publish(&mut self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        let mut taken = 0;
        for entries in notices.chunks(ENTRIES) {
            let (arrived, known, why) = match self.faults.call(Operation::PutEvents, self.now) {
                None => (entries.len(), entries.len(), ""),
                // PutEvents answers by entry: under load it takes some of them and refuses the others.
                Some(Fault::Throttled) => {
                    (entries.len() / 2, entries.len() / 2, "ThrottlingException: rate exceeded")
                }
                Some(Fault::AnswerLost) => (entries.len(), 0, "the connection was closed before the answer"),
                Some(Fault::Unreachable | Fault::PriorRequestNotComplete) => {
                    (0, 0, "no connection could be made")
                }
            };
            let at = self.now.timestamp();
            let announce =
                |notice: &Notice| Announcement { at, target: target.clone(), notice: notice.clone() };
            self.announcements.extend(entries[..arrived].iter().map(announce));
            taken += known;
            if known < entries.len() {
                let message = format!("{}: {why}", Operation::PutEvents.name());
                return if taken > 0 { Ok(taken) } else { Err(LedgerError::Unpublished { message }) };
            }
        }
        Ok(taken)
    }
}

//! The event bus: what was published of each target, in the order in which it arrived.

use jiff::Timestamp;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_reconcile::port::LedgerError;

use super::clock::Millis;
use super::faults::{Fault, Faults, Operation};

/// EventBridge takes so many entries in one call (API reference, PutEvents).
const ENTRIES: usize = 10;

/// One notice that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub target: TargetName,
    /// What.
    pub notice: Notice,
}

/// The bus of an account.
#[derive(Debug, Default)]
pub(super) struct Bus {
    announcements: Vec<Announcement>,
}

impl Bus {
    /// What arrived, in its order; after a lost answer once more.
    pub(super) fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// Publishes these in calls of ten. How many of the first were taken, as far as its caller can know.
    pub(super) fn publish(
        &mut self,
        faults: &mut Faults,
        target: &TargetName,
        notices: &[Notice],
        now: Millis,
    ) -> Result<usize, LedgerError> {
        let mut taken = 0;
        for entries in notices.chunks(ENTRIES) {
            let all = entries.len();
            let (arrived, known, why) = match faults.call(Operation::PutEvents, now) {
                None => (all, all, ""),
                // PutEvents answers by entry: under load it takes some of them and refuses the others.
                Some(Fault::Throttled) => (all / 2, all / 2, "ThrottlingException: rate exceeded"),
                Some(Fault::AnswerLost) => (all, 0, "the connection was closed before the answer"),
                Some(Fault::Unreachable | Fault::PriorRequestNotComplete) => {
                    (0, 0, "no connection could be made")
                }
            };
            let at = now.timestamp();
            let announce =
                |notice: &Notice| Announcement { at, target: target.clone(), notice: notice.clone() };
            self.announcements.extend(entries[..arrived].iter().map(announce));
            taken += known;
            if known < all {
                let message = format!("{}: {why}", Operation::PutEvents.name());
                return if taken > 0 { Ok(taken) } else { Err(LedgerError::Unpublished { message }) };
            }
        }
        Ok(taken)
    }
}

//! What every kind of target shares: the clock, the metrics, what goes wrong with calls, the ledger's table.

use tidegate_policy::policy::Target;

use super::clock::Millis;
use super::cloudwatch::CloudWatch;
use super::faults::{Fault, Faults, Operation};
use super::ledger::Table;
use crate::world::WorldEvent;

/// The shared part of an account.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) now: Millis,
    pub(super) target: Target,
    pub(super) metrics: CloudWatch,
    pub(super) faults: Faults,
    pub(super) table: Table,
}

impl Shared {
    /// Lets something happen that concerns every kind of target; `None` if it does not.
    pub(super) fn befall(&mut self, event: &WorldEvent) -> Option<String> {
        let now = self.now;
        let until = now + event.lasting().map_or(Millis(0), Millis::of_duration);
        match event {
            WorldEvent::ThrottleBurst { probability, .. } => {
                self.faults.burst(now, until, *probability, None, Fault::Throttled);
            }
            WorldEvent::LedgerUnreachable { .. } => {
                for operation in [Operation::GetItem, Operation::BatchGetItem, Operation::PutItem] {
                    self.faults.burst(now, until, 1.0, Some(operation), Fault::Unreachable);
                }
            }
            WorldEvent::LedgerAnswersLost { probability, .. } => {
                let operation = Some(Operation::PutItem);
                self.faults.burst(now, until, *probability, operation, Fault::AnswerLost);
            }
            WorldEvent::MetricBlackout { .. } => self.metrics.black_out(now, until),
            _ => return None,
        }
        Some(event.sentence(None))
    }
}

//! The direct commands that are on their way: each reaches an attempt, and is sent again when that attempt failed.

use jiff::Timestamp;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::reason::Reason;
use tidegate_reconcile::report::{RunReport, TargetResult};

/// How often one is sent again.
const RETRIES: u32 = 2;

#[derive(Debug)]
struct Sent {
    order: Order,
    due: Timestamp,
    tries: u32,
}

/// Those of one target.
#[derive(Debug, Default)]
pub(crate) struct Commands(Vec<Sent>);

impl Commands {
    pub(crate) fn send(&mut self, order: Order, due: Timestamp) {
        self.0.push(Sent { order, due, tries: 0 });
    }

    /// The one that has arrived.
    pub(crate) fn arrived(&self, now: Timestamp) -> Option<Order> {
        self.0.iter().find(|sent| sent.due <= now).map(|sent| sent.order.clone())
    }

    /// What became of the attempt that had it; `None`: nobody knows.
    pub(crate) fn answered(&mut self, target: &TargetName, report: Option<&RunReport>, now: Timestamp) {
        let Some(place) = self.0.iter().position(|sent| sent.due <= now) else { return };
        let mut sent = self.0.remove(place);
        let reports = || report.into_iter().flat_map(|report| &report.targets);
        let of_it = reports().filter(|report| report.target == *target);
        let failed = report.is_none()
            || of_it.into_iter().any(|report| match &report.result {
                TargetResult::Failed(why) => why.reason != Reason::OrderRefused,
                TargetResult::Unrecorded { .. } => true,
                TargetResult::Skipped(_) | TargetResult::Planned { .. } => false,
            });
        sent.tries += 1;
        if failed && sent.tries <= RETRIES {
            self.0.insert(place, sent);
        }
    }
}

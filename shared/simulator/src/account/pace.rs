//! How long calls take to be answered, and how many changes of services ECS takes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::TargetName;

use crate::virtual_time::VirtualTime;

use super::faults::Operation;

/// UpdateService: five a second, and fifty at once (ECS, "Request throttling").
const CHANGES_A_SECOND: f64 = 5.0;

pub(super) const CHANGES_AT_ONCE: f64 = 50.0;

/// How an account takes its time.
#[derive(Clone, Debug)]
pub struct Latency {
    /// Whose time.
    pub time: VirtualTime,
    /// Until a call is answered.
    pub a_call: SignedDuration,
    /// What is asked of these targets alone takes so long instead; it takes effect only then. Reads that they share with others do not.
    pub slow: BTreeMap<TargetName, SignedDuration>,
}

/// How an account takes its time, and what ECS has taken of it.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) latency: Latency,
    /// What is left of the bucket of ECS, and since when.
    pub(super) changes: (f64, Timestamp),
    pub(super) throttled: u64,
    /// Whether every other call has its effect only when it is answered, so that one that is abandoned before may have had it or not.
    pub(super) by_turns: bool,
}

impl Pace {
    /// Whether ECS takes this call now.
    pub(super) fn takes(&mut self, operation: Operation) -> bool {
        if operation != Operation::UpdateService {
            return true;
        }
        let (left, since) = self.changes;
        let now = self.latency.time.now();
        let left =
            now.duration_since(since).as_secs_f64().mul_add(CHANGES_A_SECOND, left).min(CHANGES_AT_ONCE);
        let takes = left >= 1.0;
        self.changes = (if takes { left - 1.0 } else { left }, now);
        self.throttled += u64::from(!takes);
        takes
    }
}

//! How long calls take to be answered, and how many changes of services ECS takes: only where a test asks for it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::TargetName;
use tidegate_policy::policy::Target;

use crate::virtual_time::VirtualTime;

use super::Account;
use super::faults::{Calls, Operation};

/// The adapter asks so many calls of one kind beside each other, after the first.
const READS_AT_A_TIME: u64 = 8;
/// UpdateService: five a second, and fifty at once (ECS, "Request throttling").
const CHANGES_A_SECOND: f64 = 5.0;
const CHANGES_AT_ONCE: f64 = 50.0;

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

/// See the module.
#[derive(Debug)]
pub(super) struct Pace {
    latency: Latency,
    /// What is left of the bucket of ECS, and since when.
    changes: (f64, Timestamp),
    throttled: u64,
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

impl Account {
    /// From now on calls take their time.
    pub fn take_time(&self, latency: Latency) {
        let changes = (CHANGES_AT_ONCE, latency.time.now());
        self.common(|common| common.pace = Some(Pace { latency, changes, throttled: 0 }));
    }

    /// How many changes of services ECS did not take since then.
    pub fn throttled(&self) -> u64 {
        self.common(|common| common.pace.as_ref().map_or(0, |pace| pace.throttled))
    }

    /// Asks something of one target, call after call.
    pub(super) async fn asking<T>(&self, target: &Target, ask: impl FnOnce() -> T) -> T {
        let slow = self.latency(|latency| Some((latency.time.clone(), *latency.slow.get(&target.name)?)));
        if let Some((time, span)) = slow {
            time.sleep(span).await;
            return ask();
        }
        self.answering(ask, |calls| calls.total()).await
    }

    /// Asks for many targets together, calls of one kind beside each other.
    pub(super) async fn asking_for_all<T>(&self, ask: impl FnOnce() -> T) -> T {
        let rounds = |calls: u64| calls.min(1) + calls.saturating_sub(1).div_ceil(READS_AT_A_TIME);
        self.answering(ask, |calls| calls.each().map(rounds).sum()).await
    }

    async fn answering<T>(&self, ask: impl FnOnce() -> T, waits: impl FnOnce(Calls) -> u64) -> T {
        let before = self.calls();
        let answer = ask();
        if let Some((time, a_call)) = self.latency(|latency| Some((latency.time.clone(), latency.a_call))) {
            let waits = i32::try_from(waits(self.calls().since(&before))).unwrap_or(i32::MAX);
            time.sleep(a_call * waits).await;
        }
        answer
    }

    fn latency<T>(&self, look: impl FnOnce(&Latency) -> Option<T>) -> Option<T> {
        self.common(|common| common.pace.as_ref().and_then(|pace| look(&pace.latency)))
    }
}

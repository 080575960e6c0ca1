//! The account takes its time: only where a test asks for it, or while calls are slow by script (`WorldEvent::SlowCalls`).

use std::collections::BTreeMap;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::policy::Target;

use tidegate_reconcile::Clock;

use crate::virtual_time::{Until, VirtualTime};

use super::Account;
use super::faults::Calls;
use super::pace::{CHANGES_AT_ONCE, Latency, Pace};

/// The adapter asks so many calls of one kind beside each other, after the first.
const READS_AT_A_TIME: u64 = 8;
/// What a slow attempt has: it ends with the minute in which it was woken, twenty seconds before Lambda would end it (`Timeout` of
/// `infra/template.yaml`). So no two attempts run beside each other, and nothing happens in the account that the attempt would have to wait for.
const A_SLOW_ATTEMPT: SignedDuration = SignedDuration::from_secs(40);

/// The time of an attempt on a simulated account.
#[derive(Clone, Debug)]
pub enum TimeLeft {
    /// Every call is answered at once.
    AllOfIt,
    /// Calls are slow.
    Until(Until),
}

impl Clock for TimeLeft {
    fn left(&self) -> Option<SignedDuration> {
        match self {
            TimeLeft::AllOfIt => None,
            TimeLeft::Until(until) => until.left(),
        }
    }

    async fn sleep(&self, span: SignedDuration) {
        match self {
            TimeLeft::AllOfIt => {}
            TimeLeft::Until(until) => until.sleep(span).await,
        }
    }
}

impl Account {
    /// From now on calls take their time.
    pub fn take_time(&self, latency: Latency) {
        let changes = (CHANGES_AT_ONCE, latency.time.now());
        self.common(|common| common.pace = Some(Pace { latency, changes, throttled: 0, by_turns: false }));
    }

    /// Whether calls are slow by script at this moment.
    pub fn is_slow(&self) -> bool {
        self.slowness().is_some()
    }

    fn slowness(&self) -> Option<SignedDuration> {
        self.common(|common| common.faults.slowness(common.now))
    }

    /// Makes an attempt that begins at `now`. While calls are slow by script its time passes, the account stands still for it, and `None` says
    /// that it was cut off as Lambda cuts a function off; else it has no end, and `None` says that it waits for what nothing brings about.
    pub fn attempt<T, W: Future<Output = T>>(
        &self,
        now: Timestamp,
        work: impl FnOnce(TimeLeft) -> W,
    ) -> Option<T> {
        let Some(a_call) = self.slowness() else { return work(TimeLeft::AllOfIt).now_or_never() };
        let time = VirtualTime::new(now);
        let end = now.saturating_add(A_SLOW_ATTEMPT).unwrap_or(Timestamp::MAX);
        let latency = Latency { time: time.clone(), a_call, slow: BTreeMap::new() };
        let pace = Pace { latency, changes: (CHANGES_AT_ONCE, now), throttled: 0, by_turns: true };
        let before = self.common(|common| common.pace.replace(pace));
        let done = time.run_until(end, work(TimeLeft::Until(Until { time: time.clone(), end })));
        self.common(|common| common.pace = before);
        done
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
        let Some((time, a_call)) = self.latency(|latency| Some((latency.time.clone(), latency.a_call)))
        else {
            return ask();
        };
        let before = self.calls();
        let late = self.common(|common| common.pace.as_ref().is_some_and(|pace| pace.by_turns));
        let waited = u64::from(late && before.total() % 2 == 1);
        time.sleep(if waited > 0 { a_call } else { SignedDuration::ZERO }).await;
        let before = self.calls();
        let answer = ask();
        let waits = waits(self.calls().since(&before)).saturating_sub(waited);
        time.sleep(a_call * i32::try_from(waits).unwrap_or(i32::MAX)).await;
        answer
    }

    fn latency<T>(&self, look: impl FnOnce(&Latency) -> Option<T>) -> Option<T> {
        self.common(|common| common.pace.as_ref().and_then(|pace| look(&pace.latency)))
    }
}

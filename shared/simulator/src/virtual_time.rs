//! Virtual time within an attempt: calls that take their time, and an executor that lets it pass. One thread, and always the same order.
//!
//! Only where a test asks for it: a port of the simulated account is otherwise ready at the first poll.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use jiff::{SignedDuration, Timestamp};
use tidegate_reconcile::Clock;

/// A clock that stands still unless everybody waits.
#[derive(Clone, Debug)]
pub struct VirtualTime(Rc<RefCell<Timers>>);

#[derive(Debug)]
struct Timers {
    now: Timestamp,
    made: u64,
    /// Who waits for which moment, those of one moment in the order in which they began to.
    waiting: BTreeMap<Alarm, Waker>,
}

type Alarm = (Timestamp, u64);

impl VirtualTime {
    /// It begins at this moment.
    pub fn new(now: Timestamp) -> Self {
        Self(Rc::new(RefCell::new(Timers { now, made: 0, waiting: BTreeMap::new() })))
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    /// Lets time pass until `at`, if it has not come that far. Nobody may be waiting.
    pub fn advance_to(&self, at: Timestamp) {
        let mut timers = self.0.borrow_mut();
        timers.now = timers.now.max(at);
    }

    /// Ready after so long.
    pub fn sleep(&self, span: SignedDuration) -> Sleep {
        let mut timers = self.0.borrow_mut();
        timers.made += 1;
        let at = timers.now.saturating_add(span).unwrap_or(Timestamp::MAX);
        Sleep { time: self.clone(), alarm: (at, timers.made) }
    }

    /// Does the work, and lets time pass whenever all of it waits. `None`: it is cut off at `end`, as a function is that Lambda ends, or
    /// it waits for what time does not bring.
    pub fn run_until<T>(&self, end: Timestamp, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(done);
            }
            if woken.0.swap(false, Ordering::Relaxed) {
                continue;
            }
            let next = self.0.borrow().waiting.keys().next().map(|(at, _)| *at)?;
            self.advance_to(next.min(end));
            if next > end {
                return None;
            }
            let due: Vec<Waker> = {
                let mut timers = self.0.borrow_mut();
                let later = timers.waiting.split_off(&(next, u64::MAX));
                std::mem::replace(&mut timers.waiting, later).into_values().collect()
            };
            due.into_iter().for_each(Waker::wake);
        }
    }
}

/// Whether the work asked to be looked at again although no time passed.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// See `VirtualTime::sleep`.
#[derive(Debug)]
pub struct Sleep {
    time: VirtualTime,
    alarm: Alarm,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.time.0.borrow_mut();
        if timers.now >= self.alarm.0 {
            return Poll::Ready(());
        }
        timers.waiting.insert(self.alarm, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.0.borrow_mut().waiting.remove(&self.alarm);
    }
}

/// The time of one attempt, which ends at a moment.
#[derive(Clone, Debug)]
pub struct Until {
    /// The clock.
    pub time: VirtualTime,
    /// When Lambda ends it.
    pub end: Timestamp,
}

impl Clock for Until {
    fn left(&self) -> Option<SignedDuration> {
        Some(self.end.duration_since(self.time.now()))
    }

    async fn sleep(&self, span: SignedDuration) {
        self.time.sleep(span).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn those_who_wait_beside_each_other_wait_as_long_as_the_longest() {
        let time = VirtualTime::new(at(0));
        let seconds = SignedDuration::from_secs;
        let both = join(time.sleep(seconds(3)), async {
            time.sleep(seconds(1)).await;
            time.sleep(seconds(1)).await;
            time.now()
        });
        assert_eq!(time.run_until(at(60), both).map(|(_, at)| at), Some(at(2)));
        assert_eq!(time.now(), at(3));
    }

    #[test]
    fn what_is_not_done_by_its_end_is_cut_off_there() {
        let time = VirtualTime::new(at(0));
        assert_eq!(time.run_until(at(60), time.sleep(SignedDuration::from_secs(61))), None);
        assert_eq!(time.now(), at(60));
        assert_eq!(time.run_until(at(99), std::future::pending::<()>()), None, "no time brings it about");
    }
}

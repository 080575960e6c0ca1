//! The time that an attempt has: how much is left, who may still begin, and how fast AWS takes changes.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{Either, select};
use jiff::SignedDuration;
use tidegate_policy::plan::{Action, EcsServiceAction, RdsReplicasAction};

/// Kept back of the attempt's time, so that what came of a target can still be written and its lease given back; an eighth of a short one.
const TO_RECORD: SignedDuration = SignedDuration::from_secs(2);
/// With less than this left no target is begun; a quarter of a short attempt's time. A target takes about five calls of a third of a second.
const TO_BEGIN: SignedDuration = SignedDuration::from_secs(5);

/// The time of an attempt. The caller's: the attempt itself reads no clock.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Clock {
    /// How much of the attempt's time is left; `None` when nothing ends it.
    fn left(&self) -> Option<SignedDuration>;

    /// Comes back after so long. Never called where nothing ends the attempt.
    async fn sleep(&self, span: SignedDuration);
}

/// All the time in the world: an attempt whose calls answer at once, or that nobody ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unhurried;

impl Clock for Unhurried {
    fn left(&self) -> Option<SignedDuration> {
        None
    }

    async fn sleep(&self, _span: SignedDuration) {}
}

/// How an attempt's time is shared out.
pub(crate) struct Budget<'a, C> {
    clock: &'a C,
    /// What the attempt had at its beginning.
    whole: Option<SignedDuration>,
    ecs: Pace,
    route53: Pace,
}

impl<'a, C: Clock> Budget<'a, C> {
    pub(crate) fn new(clock: &'a C) -> Self {
        Self {
            clock,
            whole: clock.left(),
            // UpdateService: 5 a second, and 50 at once (ECS, "Request throttling"). Somebody else may have used some of those.
            ecs: Pace::new(SignedDuration::from_millis(200), 40),
            // Five requests a second an account, of whatever kind (Route 53, "Quotas").
            route53: Pace::new(SignedDuration::from_millis(250), 1),
        }
    }

    /// How long reading what was learned may take: a quarter of the attempt. Without it the rules decide.
    pub(crate) fn to_remember(&self) -> Limit<'a, C> {
        self.limit(|whole, left| left - whole / 4)
    }

    /// How long the look at all targets may take: without it nothing is planned, and after it something is to be done.
    pub(crate) fn to_observe(&self) -> Limit<'a, C> {
        self.limit(|whole, left| left - whole / 2)
    }

    /// How long the look in full may take that follows glances: half of what they left. The other half is for the work that it finds, and for
    /// targets that were seen before it.
    pub(crate) fn to_observe_again(&self) -> Limit<'a, C> {
        self.limit(|_, left| left / 2)
    }

    /// How long one target may take once it is begun: half of what the attempt had, and never so long that nothing could be written.
    pub(crate) fn of_a_target(&self) -> Limit<'a, C> {
        self.limit(|whole, left| (left - whole / 2).max(TO_RECORD.min(whole / 8)))
    }

    /// The moment at which as much is left as `ends` says, of the whole and of what is left now. A limit is never beyond the attempt's end.
    fn limit(&self, ends: impl Fn(SignedDuration, SignedDuration) -> SignedDuration) -> Limit<'a, C> {
        let kept = self.whole.zip(self.clock.left()).map(|(whole, left)| ends(whole, left));
        Limit { clock: self.clock, ends: kept.map(|kept| kept.max(SignedDuration::ZERO)) }
    }

    /// What is left, where that is too little to begin a target.
    pub(crate) fn too_little(&self) -> Option<SignedDuration> {
        let (whole, left) = self.whole.zip(self.clock.left())?;
        (left < TO_BEGIN.min(whole / 4)).then_some(left)
    }

    /// Waits so long, if a target can still be begun after it: how much of the attempt is over then. `None` where it cannot, or where nothing ends
    /// the attempt.
    pub(crate) async fn pause_for(&self, span: SignedDuration) -> Option<SignedDuration> {
        let (whole, left) = self.whole.zip(self.clock.left())?;
        if left - span < TO_BEGIN.min(whole / 4) {
            return None;
        }
        self.clock.sleep(span).await;
        Some(whole - self.clock.left()?)
    }

    /// Waits until AWS takes these actions, by the rates that it documents. Beyond them it throttles, and a throttled call is a lost one.
    pub(crate) async fn turn(&self, actions: &[Action]) {
        let pace = match actions.first() {
            Some(Action::EcsService(action)) => match action {
                EcsServiceAction::SetDesiredCount(_)
                | EcsServiceAction::SetStrategy(_)
                | EcsServiceAction::SetBounds(_) => &self.ecs,
                EcsServiceAction::Warm(_) => return,
            },
            Some(Action::RdsReplicas(action)) => match action {
                RdsReplicasAction::ChangeRecords(_) => &self.route53,
                RdsReplicasAction::CreateReplica(_) | RdsReplicasAction::DeleteReplica(_) => return,
            },
            Some(Action::RedisNodes(_)) | None => return,
        };
        let Some((whole, left)) = self.whole.zip(self.clock.left()) else { return };
        let wait = pace.next(whole - left);
        if wait.is_positive() {
            self.clock.sleep(wait).await;
        }
    }
}

/// A moment of the attempt after which nothing is waited for any more.
pub(crate) struct Limit<'a, C> {
    clock: &'a C,
    /// What is then left of the attempt.
    ends: Option<SignedDuration>,
}

impl<C: Clock> Limit<'_, C> {
    /// What is left until then.
    pub(crate) fn left(&self) -> Option<SignedDuration> {
        self.clock.left().zip(self.ends).map(|(left, ends)| left - ends)
    }

    /// What comes of it, or how long it was waited for in vain. What is abandoned may still have its effect. Nothing is begun after the limit.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, SignedDuration> {
        let Some(left) = self.left() else { return Ok(work.await) };
        if !left.is_positive() {
            return Err(SignedDuration::ZERO);
        }
        match select(pin!(work), pin!(self.clock.sleep(left))).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(_) => Err(left),
        }
    }
}

/// A token bucket that is full when the attempt begins, by the generic cell rate algorithm.
struct Pace {
    every: SignedDuration,
    /// How far ahead of its time a call may be.
    ahead: SignedDuration,
    /// When the next call would be due if none had come early, from the attempt's beginning.
    due: Mutex<SignedDuration>,
}

impl Pace {
    fn new(every: SignedDuration, at_once: i32) -> Self {
        Self { every, ahead: every * (at_once - 1), due: Mutex::new(SignedDuration::ZERO) }
    }

    /// Takes the next place; how long it is until then.
    fn next(&self, elapsed: SignedDuration) -> SignedDuration {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (*due).max(elapsed);
        *due = place + self.every;
        (place - self.ahead - elapsed).max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let millis = SignedDuration::from_millis;
        let pace = Pace::new(millis(200), 3);
        let waits: Vec<_> = (0..5).map(|_| pace.next(SignedDuration::ZERO).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 200, 400]);
        // Two seconds later the bucket is full again, and not fuller than full.
        let waits: Vec<_> = (0..4).map(|_| pace.next(millis(3_000)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 200]);
    }
}

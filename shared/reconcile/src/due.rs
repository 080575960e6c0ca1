//! Whose turn it is: which targets are looked at now, whom another attempt is at work on, and who comes first.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::evaluate::same_bounds;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::history::History;
use tidegate_policy::observation::Past;
use tidegate_policy::plan::Plan;
use tidegate_policy::policy::Target;
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::units::HALF_A_TICK;

use crate::pause;
use crate::port::{LedgerItem, ObserveRequest, Signals};
use crate::report::TargetResult;
use crate::terms::{Attempt, Mode, NOT_TAKEN, Wake};

/// A target whose turn has not come for so long beyond its evaluations comes before all others, and is reported as a failure. So does one that no
/// attempt ever took up.
const PASSED_OVER: SignedDuration = SignedDuration::from_mins(10);

/// A target that is looked at now. Nothing is held of it yet: `version` is what a claim must find.
pub(crate) struct Due<'a> {
    pub(crate) target: &'a Target,
    pub(crate) version: u64,
    pub(crate) history: History,
    /// When an attempt last took it up, whatever came of it.
    pub(crate) attempted_at: Option<Timestamp>,
    /// It rests, and its signals are due then: there is only a glance at it, which buys none and is written down nowhere. A kind without glances
    /// is not looked at: only what waits in its outbox is published.
    pub(crate) rests_until: Option<Timestamp>,
    /// What was learned of its load, where the policy asks for a forecast.
    pub(crate) outlook: Option<Outlook>,
    /// What was read of the minutes that it lacks.
    pub(crate) past: Past,
}

impl Due<'_> {
    /// Whether something waits to be published.
    pub(crate) fn has_news(&self, attempt: &Attempt<'_>) -> bool {
        attempt.mode == Mode::Apply && !self.history.outbox.waiting().is_empty()
    }

    /// Until when it rests, if there is not even a glance at it.
    pub(crate) fn unseen_until(&self) -> Option<Timestamp> {
        self.rests_until.filter(|_| !self.target.kind.kind().has_glances())
    }

    /// What a look, or a glance, reads of it.
    pub(crate) fn request(&self) -> ObserveRequest<'_> {
        let signals = if self.rests_until.is_some() { Signals::Leave } else { Signals::Buy };
        ObserveRequest { signals, ..ObserveRequest::new(self.target, &self.history) }
    }
}

/// Whether the target is looked at now; how it ends here, if not.
pub(crate) fn due<'a>(
    target: &'a Target,
    item: LedgerItem,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> Result<Due<'a>, TargetResult> {
    let LedgerItem { version, lease, history, attempted_at } = item;
    let at_once = is_ordered(target, attempt)
        || match attempt.wake {
            Wake::Clock => false,
            Wake::Event => true,
            Wake::About(names) => names.contains(&target.name),
        };
    let rests_until = if at_once { None } else { rests_until(target, &history, now) };
    let held = lease.filter(|lease| lease.until > now && lease.owner != attempt.owner);
    // A pause waits for whoever is at work.
    let held = held.filter(|_| attempt.mode == Mode::Apply && !pause::is_sent(target, attempt));
    let is_held = held.is_some();
    let due = Due { target, version, history, attempted_at, rests_until, outlook: None, past: Past::Whole };
    let unseen = due.unseen_until().filter(|_| !due.has_news(attempt));
    if let Some(until) = unseen.or(rests_until.filter(|_| is_held)) {
        return Err(not_due(until));
    }
    if let Some(lease) = held {
        let detail = format!("another attempt is at work until {} at the latest", lease.until);
        return Err(busy(target, attempt, detail));
    }
    Ok(due)
}

/// It rests, and nothing was found that could not wait.
pub(crate) fn not_due(until: Timestamp) -> TargetResult {
    let detail = format!("nothing is under way; signals are due at {until}");
    TargetResult::Skipped(Explanation::new(Reason::NotDue, detail))
}

/// Another attempt is at work on it. An order that was not taken must not look as if it had been.
pub(crate) fn busy(target: &Target, attempt: &Attempt<'_>, detail: String) -> TargetResult {
    if is_ordered(target, attempt) {
        TargetResult::Failed(Explanation::new(Reason::LeaseHeld, detail + NOT_TAKEN))
    } else {
        TargetResult::Skipped(Explanation::new(Reason::LeaseHeld, detail))
    }
}

/// The attempt's time is over before its turn. That is how a thousand changes are made over several attempts; one that this happens to
/// again and again is a failure.
pub(crate) fn not_reached(
    due: &Due<'_>,
    left: SignedDuration,
    now: Timestamp,
    attempt: &Attempt<'_>,
) -> TargetResult {
    let seconds = left.max(SignedDuration::ZERO).as_secs_f64();
    let detail =
        format!("{seconds:.1} s of the attempt are left, too few to begin it: its turn comes in the next");
    if is_ordered(due.target, attempt) {
        TargetResult::Failed(Explanation::new(Reason::NotReached, detail + NOT_TAKEN))
    } else if let Some(waits) = passed_over(due, now) {
        let detail = format!("{detail}; {waits}");
        TargetResult::Failed(Explanation::new(Reason::NotReached, detail))
    } else {
        TargetResult::Skipped(Explanation::new(Reason::NotReached, detail))
    }
}

pub(crate) fn is_ordered(target: &Target, attempt: &Attempt<'_>) -> bool {
    attempt.orders.iter().any(|(name, _)| *name == target.name)
}

/// How long its turn has not come, in words, if that is long. Nobody knows since when a target waits that no attempt ever took up: it counts as
/// the one that waits the longest. Otherwise it could wait for ever behind others with something to do, and nobody would know.
fn passed_over(due: &Due<'_>, now: Timestamp) -> Option<String> {
    let patience = due.target.scaling.evaluate_every.saturating_add(PASSED_OVER);
    match due.attempted_at {
        None => Some("no attempt has taken it up yet".to_owned()),
        Some(at) => (now.duration_since(at) > patience).then(|| format!("it has waited since {at}")),
    }
}

/// Who comes first; of equals, who was taken up the longest ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// A person waits for the answer.
    Ordered,
    /// It has been passed over for long, or was never taken up: whatever kept it from its turn does so no longer.
    PassedOver,
    /// Something is given, or mended.
    Gives,
    /// Something is taken away, which can wait.
    Takes,
    /// There is only something to write down.
    Records,
}

impl Turn {
    /// Of a target with this plan; `None` where none could be made.
    pub(crate) fn of(due: &Due<'_>, plan: Option<&Plan>, now: Timestamp, attempt: &Attempt<'_>) -> Turn {
        if is_ordered(due.target, attempt) {
            Turn::Ordered
        } else if passed_over(due, now).is_some() {
            Turn::PassedOver
        } else {
            Turn::of_plan(plan)
        }
    }

    /// By what is to be done alone: of those that nobody took up yet, as after a first deployment, this says who comes first.
    pub(crate) fn of_plan(plan: Option<&Plan>) -> Turn {
        let actions = plan.map_or(&[][..], |plan| &plan.actions);
        if actions.is_empty() {
            Turn::Records
        } else if actions.iter().any(tidegate_policy::plan::Action::is_destructive) {
            Turn::Takes
        } else {
            Turn::Gives
        }
    }
}

/// Until when a target needs no look, if it rests.
fn rests_until(target: &Target, history: &History, now: Timestamp) -> Option<Timestamp> {
    if history.in_transition || history.near {
        return None;
    }
    // A time in the future is a clock that went back: it says nothing of when signals were bought.
    let evaluated_at = history.evaluated_at.filter(|at| *at <= now)?;
    // A window that opened in between does not wait for signals to be due.
    if !same_bounds(target, history, evaluated_at, now) {
        return None;
    }
    let due = evaluated_at.checked_add(target.scaling.evaluate_every).ok()?;
    (now.saturating_add(HALF_A_TICK).unwrap_or(now) < due).then_some(due)
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document::parse;

    use super::*;

    /// How an attempt ends at a target whose turn did not come, by when one took it up last.
    fn left_out(attempted_at: Option<SignedDuration>) -> (TargetResult, Turn) {
        let now: Timestamp = "2026-03-04T12:00:00Z".parse().unwrap();
        let document = "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 2\nmax = 10\n\
                        track = [\"cpu at 50%\"]\nevaluate_every = \"1m\"\n";
        let policy = parse(document).unwrap();
        let due = Due {
            target: &policy.targets[0],
            version: 0,
            history: History::default(),
            attempted_at: attempted_at.map(|ago| now - ago),
            rests_until: None,
            outlook: None,
            past: Past::Whole,
        };
        let attempt = Attempt {
            owner: "an-attempt",
            lease_for: SignedDuration::from_secs(90),
            wake: Wake::Clock,
            mode: Mode::Apply,
            orders: &[],
            paused: None,
        };
        let left = SignedDuration::from_secs(4);
        (not_reached(&due, left, now, &attempt), Turn::of(&due, None, now, &attempt))
    }

    #[test]
    fn who_waits_for_long_or_was_never_taken_up_is_told_as_a_failure_and_comes_first() {
        let minutes = SignedDuration::from_mins;
        for (attempted_at, says) in [
            (Some(minutes(1)), None),
            (Some(minutes(11)), None),
            (Some(minutes(12)), Some("it has waited since 2026-03-04T11:48:00Z")),
            (None, Some("no attempt has taken it up yet")),
        ] {
            let (result, turn) = left_out(attempted_at);
            match (result, says) {
                (TargetResult::Skipped(_), None) => assert_eq!(turn, Turn::Records),
                (TargetResult::Failed(why), Some(says)) => {
                    assert_eq!((why.reason, turn), (Reason::NotReached, Turn::PassedOver));
                    assert!(why.detail.ends_with(says), "{}", why.detail);
                }
                (result, _) => panic!("{attempted_at:?}: {result:?}"),
            }
        }
    }
}

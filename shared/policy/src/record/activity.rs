//! One line of a target's log: what `explain` prints and what is published.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::decide::Decision;
use crate::history::{History, Next, Outbox, kept_numbers};
use crate::names::TargetName;
use crate::number::{Number, Sentence};
use crate::plan::{Action, Plan};
use crate::reason::{Alert, Explanation, Reason};

/// One line of a target's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub target: TargetName,
    /// What sort of line it is.
    pub kind: ActivityKind,
    /// The stable code.
    pub reason: Reason,
    /// One sentence with numbers.
    pub detail: String,
    /// The numbers of the sentence, 8 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Number>,
}

impl Activity {
    /// A line of this sort.
    pub fn new(at: Timestamp, target: &TargetName, kind: ActivityKind, why: &Explanation) -> Self {
        let (reason, detail, numbers) = (why.reason, why.detail.clone(), kept_numbers(&why.numbers));
        Self { at, target: target.clone(), kind, reason, detail, numbers }
    }
}

/// The sorts of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Capacity is to change.
    Decision,
    /// Capacity is not to change, for a reason that is new.
    Hold,
    /// A step of the life cycle was taken, or is waited for.
    Step,
    /// What became of a call.
    Outcome,
    /// A person should know.
    Alert,
    /// Something was seen and left alone.
    Note,
    /// A direct command was taken.
    Order,
}

impl ActivityKind {
    /// As written in documents.
    pub fn name(self) -> &'static str {
        match self {
            ActivityKind::Decision => "decision",
            ActivityKind::Hold => "hold",
            ActivityKind::Step => "step",
            ActivityKind::Outcome => "outcome",
            ActivityKind::Alert => "alert",
            ActivityKind::Note => "note",
            ActivityKind::Order => "order",
        }
    }
}

/// What a plan tells of one target, and the memory that keeps it from telling it again: decisions and steps when they happen,
/// holds and waits when their reason changes (but not the waits that follow every record change), alerts and notes when they come and when
/// they go, and once a day while an alert stands. Decisions, steps, alerts and recoveries wait in the outbox as well. What became of the plan's
/// calls is told apart, by [`outcomes_told`]: this can be written before they are made.
pub fn plan_told(plan: &Plan, before: &History, history: &mut History, now: Timestamp) -> Vec<Activity> {
    let mut log = Vec::new();
    let line = |kind, why: &Explanation| Activity::new(now, &plan.target, kind, why);
    let next = next_look(plan, now);
    if plan.history.decisions > before.decisions {
        let why = decided(&plan.decision);
        history.outbox.decided(&why, next, now);
        log.push(line(ActivityKind::Decision, &why));
        history.holds_told.clear();
    }
    match &plan.step {
        // Name servers and caches are waited for after every record change; a log that says so each time hides what matters.
        Some(step) if is_routine(step.reason) => {}
        Some(step) => {
            if !plan.actions.is_empty() || before.last_reason != Some(step.reason) {
                history.outbox.stepped(step, next, now);
                log.push(line(ActivityKind::Step, step));
            }
            history.last_reason = Some(step.reason);
        }
        None => {
            let hold = &plan.decision.explanation;
            let told = before
                .holds_told
                .get(&hold.reason)
                .is_some_and(|at| now.duration_since(*at) < HOLD_RETOLD_AFTER);
            if before.last_reason != Some(hold.reason) && !told {
                let until = plan.decision.next_eligible.map_or(String::new(), |at| format!(" (until {at})"));
                let said = hold.said().reworded(|detail| format!("{detail}{until}"));
                log.push(line(ActivityKind::Hold, &Explanation::new(hold.reason, said)));
                history.holds_told.insert(hold.reason, now);
            }
            history.last_reason = Some(hold.reason);
        }
    }
    for alert in &plan.alerts {
        let next = alert.next_try.filter(|at| *at > now).map(Next::Try).or(next);
        if alert_told(alert, next, &mut history.outbox, now) {
            log.push(line(ActivityKind::Alert, &alert.explanation));
        }
    }
    let mut standing = BTreeSet::new();
    for note in &plan.notes {
        let key = format!("{NOTE}{note}");
        if !before.alerting.contains(&key) {
            log.push(line(ActivityKind::Note, note));
        }
        standing.insert(key);
    }
    let found = |key: &str, reason| {
        let mut alerts = plan.alerts.iter();
        alerts.any(|alert| alert.key.as_deref() == Some(key) && alert.explanation.reason == reason)
    };
    // What nobody can judge is not over.
    let unjudged = |key: &str| plan.unjudged.iter().any(|unjudged| unjudged == key);
    let read = |key: &str| plan.read.get(key).copied();
    for over in history.outbox.settle(found, unjudged, read, now) {
        log.push(line(ActivityKind::Alert, &Explanation::new(Reason::AlertCleared, over)));
    }
    standing.extend(plan.unjudged.iter().filter(|key| before.alerting.contains(*key)).cloned());
    standing.extend(history.outbox.keys().map(str::to_owned));
    history.alerting = standing;
    log
}

/// From how many to how many, and why.
fn decided(decision: &Decision) -> Explanation {
    let Decision { current, desired, recommended, explanation, limited_by, .. } = decision;
    let limit = match limited_by.filter(|limit| *limit != explanation.reason) {
        Some(limit) if recommended != desired => format!(" ({recommended} are wanted; limited by {limit})"),
        _ => String::new(),
    };
    let detail = format!("{current} -> {desired}{limit}: {}", explanation.detail);
    let wanted = (recommended != desired).then(|| Number::count("wanted", *recommended));
    let counts = [Number::count("current", *current), Number::count("desired", *desired)];
    let numbers = counts.into_iter().chain(wanted).chain(explanation.numbers.iter().cloned());
    Explanation::new(explanation.reason, Sentence { text: detail, numbers: numbers.collect() })
}

/// When the target is looked at again, where that is known: each minute while anything is under way, else once signals are due.
fn next_look(plan: &Plan, now: Timestamp) -> Option<Next> {
    let busy = plan.history.in_transition || plan.history.near || !plan.actions.is_empty();
    let within = if busy { EACH_MINUTE } else { plan.evaluate_every.max(EACH_MINUTE) };
    now.checked_add(within).ok().map(Next::Look)
}

/// Puts an alert into the outbox; whether it is told now. A pause is one alert from its beginning to its end, whatever is told of it meanwhile.
fn alert_told(alert: &Alert, next: Option<Next>, outbox: &mut Outbox, now: Timestamp) -> bool {
    let why = &alert.explanation;
    match (alert.key.as_deref(), why.reason) {
        (Some(key), _) => match alert.since {
            Some(since) => outbox.found_since(key, why, next, since, now),
            None => outbox.found(key, why, next, now),
        },
        (None, Reason::PauseReminder) => {
            outbox.pause_lasts(&why.detail, now);
            true
        }
        (None, Reason::PauseEnded) => {
            outbox.pause_ended(&why.detail, now);
            true
        }
        (None, _) => {
            outbox.occurred(why, next, now);
            true
        }
    }
}

/// What became of a plan's calls, where it is not simply that they were made.
pub fn outcomes_told(plan: &Plan, outcomes: &[(Action, Outcome)], now: Timestamp) -> Vec<Activity> {
    let told = outcomes.iter().filter_map(|(action, outcome)| {
        let reason = match outcome {
            Outcome::Applied { .. } => return None,
            Outcome::AlreadySatisfied => Reason::AlreadySatisfied,
            Outcome::Stale { .. } => Reason::StalePlan,
            Outcome::Failed { .. } => Reason::CallFailed,
        };
        let detail = format!("{action}: {outcome}");
        Some(Activity::new(now, &plan.target, ActivityKind::Outcome, &Explanation::new(reason, detail)))
    });
    told.collect()
}

/// The clock wakes every function so often.
const EACH_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Holds that take turns (a load near a threshold does that for weeks) are each told once in this time, unless a decision comes between.
const HOLD_RETOLD_AFTER: SignedDuration = SignedDuration::from_hours(6);

fn is_routine(reason: Reason) -> bool {
    matches!(reason, Reason::AwaitInsync | Reason::AwaitDwell | Reason::AwaitTtl)
}

/// Notes are told once like alerts, but nobody needs to know that they are over.
const NOTE: &str = "note ";

//! One line of a target's log: what `explain` prints and what is published.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::decide::Decision;
use crate::history::{History, NoticeKind, Outbox};
use crate::names::TargetName;
use crate::plan::{Action, Plan};
use crate::reason::{Explanation, Reason};

/// One line of a target's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    let line = |kind, reason, detail: String| Activity {
        at: now,
        target: plan.target.clone(),
        kind,
        reason,
        detail,
    };
    if plan.history.decisions > before.decisions {
        let why = decided(&plan.decision);
        history.outbox.happened(NoticeKind::Decision, &why, now);
        log.push(line(ActivityKind::Decision, why.reason, why.detail));
        history.holds_told.clear();
    }
    match &plan.step {
        // Name servers and caches are waited for after every record change; a log that says so each time hides what matters.
        Some(step) if is_routine(step.reason) => {}
        Some(step) => {
            if !plan.actions.is_empty() || before.last_reason != Some(step.reason) {
                history.outbox.happened(NoticeKind::Step, step, now);
                log.push(line(ActivityKind::Step, step.reason, step.detail.clone()));
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
                log.push(line(ActivityKind::Hold, hold.reason, format!("{}{until}", hold.detail)));
                history.holds_told.insert(hold.reason, now);
            }
            history.last_reason = Some(hold.reason);
        }
    }
    for alert in &plan.alerts {
        let why = &alert.explanation;
        if alert_told(alert.key.as_deref(), why, &mut history.outbox, now) {
            log.push(line(ActivityKind::Alert, why.reason, why.detail.clone()));
        }
    }
    let mut standing = BTreeSet::new();
    for note in &plan.notes {
        let key = format!("{NOTE}{note}");
        if !before.alerting.contains(&key) {
            log.push(line(ActivityKind::Note, note.reason, note.detail.clone()));
        }
        standing.insert(key);
    }
    let found = |key: &str, reason| {
        let mut alerts = plan.alerts.iter();
        alerts.any(|alert| alert.key.as_deref() == Some(key) && alert.explanation.reason == reason)
    };
    // What nobody can judge is not over.
    let unjudged = |key: &str| plan.unjudged.iter().any(|unjudged| unjudged == key);
    for over in history.outbox.settle(found, unjudged, now) {
        log.push(line(ActivityKind::Alert, Reason::AlertCleared, over));
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
    Explanation::new(explanation.reason, detail)
}

/// Puts an alert into the outbox; whether it is told now. A pause is one alert from its beginning to its end, whatever is told of it meanwhile.
fn alert_told(key: Option<&str>, why: &Explanation, outbox: &mut Outbox, now: Timestamp) -> bool {
    match (key, why.reason) {
        (Some(key), _) => outbox.found(key, why, now),
        (None, Reason::PauseReminder) => {
            outbox.pause_lasts(&why.detail, now);
            true
        }
        (None, Reason::PauseEnded) => {
            outbox.pause_ended(&why.detail, now);
            true
        }
        (None, _) => {
            outbox.happened(NoticeKind::Alert, why, now);
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
        Some(Activity { at: now, target: plan.target.clone(), kind: ActivityKind::Outcome, reason, detail })
    });
    told.collect()
}

/// Holds that take turns (a load near a threshold does that for weeks) are each told once in this time, unless a decision comes between.
const HOLD_RETOLD_AFTER: SignedDuration = SignedDuration::from_hours(6);

fn is_routine(reason: Reason) -> bool {
    matches!(reason, Reason::AwaitInsync | Reason::AwaitDwell | Reason::AwaitTtl)
}

/// Notes are told once like alerts, but nobody needs to know that they are over.
const NOTE: &str = "note ";

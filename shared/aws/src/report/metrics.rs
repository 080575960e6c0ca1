//! The metrics: what each is counted or measured from, over which dimensions, and when it is published.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidegate_policy::plan::Action;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{Figures, Outcome};
use tidegate_reconcile::report::{TargetReport, TargetResult};

use super::failed_target::failure;
use super::{Attempted, Ended};
use crate::environment::PublishedMetrics;

const FUNCTION: &[&str] = &["Function"];
const STAGE: &[&str] = &["Stage"];
const TARGET: &[&str] = &["Stage", "Target"];
const SEVERITY: &[&str] = &["Stage", "Severity"];
const REASON: &[&str] = &["Stage", "Target", "Reason"];

/// A transition that lasts longer than this is stuck: a replica is made in half an hour at most, and a drain has three quarters of one.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The steps that give up a replica's way out. As a step, a refused deletion is one of them.
const TAKEN_BACK: [Reason; 4] = [
    Reason::DrainCancelledLoad,
    Reason::DrainCancelledDeadline,
    Reason::DrainCancelledGuard,
    Reason::DeletionRefused,
];

/// A metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    /// As CloudWatch names it.
    pub(super) unit: &'static str,
    /// The fields of the line that tell its series apart.
    pub(super) dimensions: &'static [&'static str],
    sparse: Sparse,
}

/// When a metric is published with `TIDEGATE_METRICS=sparse`.
#[derive(Clone, Copy, Debug)]
enum Sparse {
    /// When something happened.
    AboveZero,
    /// From this value on, in the metric's unit.
    From(f64),
    /// It is in the log alone.
    Never,
}

/// A metric and its value.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) metric: &'static Metric,
    pub(super) value: Value,
}

impl Metric {
    /// Whether this value is one that alarms and charts are to see.
    pub(super) fn is_published(&self, value: &Value, published: PublishedMetrics) -> bool {
        let value = value.as_f64().unwrap_or(0.0);
        match (published, self.sparse) {
            (PublishedMetrics::All, _) => true,
            (PublishedMetrics::Sparse, Sparse::AboveZero) => value > 0.0,
            (PublishedMetrics::Sparse, Sparse::From(least)) => value >= least,
            (PublishedMetrics::Sparse, Sparse::Never) => false,
        }
    }

    fn of(&'static self, value: impl Into<Value>) -> Measured {
        Measured { metric: self, value: value.into() }
    }
}

macro_rules! metrics {
    ($($id:ident = $name:literal, $unit:literal, $dimensions:ident, $sparse:expr;)*) => {
        $(static $id: Metric = Metric { name: $name, unit: $unit, dimensions: $dimensions, sparse: $sparse };)*
        /// Every metric there is.
        #[cfg(test)]
        pub(super) static ALL: &[&Metric] = &[$(&$id,)*];
    };
}

metrics! {
    ATTEMPTS = "Attempts", "Count", FUNCTION, Sparse::Never;
    API_CALLS = "ApiCalls", "Count", FUNCTION, Sparse::Never;
    DURATION = "Duration", "Milliseconds", FUNCTION, Sparse::Never;
    FAILED_ATTEMPTS = "FailedAttempts", "Count", STAGE, Sparse::AboveZero;
    FAILED_TARGETS = "FailedTargets", "Count", STAGE, Sparse::AboveZero;
    POLICY_ERRORS = "PolicyErrors", "Count", STAGE, Sparse::AboveZero;
    LEASE_CONTENTION = "LeaseContention", "Count", STAGE, Sparse::AboveZero;
    STUCK_TRANSITIONS = "StuckTransitions", "Count", STAGE, Sparse::AboveZero;
    ALERTS = "Alerts", "Count", SEVERITY, Sparse::AboveZero;
    DRAINS_CANCELLED = "DrainsCancelled", "Count", STAGE, Sparse::AboveZero;
    CURRENT = "Current", "Count", TARGET, Sparse::Never;
    DESIRED = "Desired", "Count", TARGET, Sparse::Never;
    SERVING = "Serving", "Count", TARGET, Sparse::Never;
    DRAIN_TIME = "DrainTime", "Seconds", TARGET, Sparse::Never;
    // A replica that is not behind shows 0 or a fraction: an idle series would be paid for.
    REPLICA_LAG = "ReplicaLag", "Seconds", TARGET, Sparse::From(1.0);
    CONNECTIONS_USED = "ConnectionsUsed", "Percent", TARGET, Sparse::From(50.0);
    ACTIONS = "Actions", "Count", REASON, Sparse::AboveZero;
    FAILED_ACTIONS = "FailedActions", "Count", REASON, Sparse::AboveZero;
    HOLDS = "Holds", "Count", REASON, Sparse::Never;
}

/// Of an invocation that ended before its attempt did. What became of its targets nobody knows.
pub(super) fn of_ended(ended: &Ended<'_>) -> Vec<Measured> {
    vec![
        ATTEMPTS.of(1),
        FAILED_ATTEMPTS.of(1),
        POLICY_ERRORS.of(u64::from(ended.policy_unusable)),
        API_CALLS.of(ended.calls.values().sum::<u64>()),
        DURATION.of(millis(ended.took)),
    ]
}

/// Of an attempt, over all its targets.
pub(super) fn of_attempt(told: &Attempted<'_>) -> Vec<Measured> {
    let targets = &told.report.targets;
    let count =
        |which: &dyn Fn(&TargetReport) -> bool| targets.iter().filter(|target| which(target)).count() as u64;
    vec![
        ATTEMPTS.of(1),
        FAILED_ATTEMPTS.of(u64::from(failed_altogether(targets))),
        POLICY_ERRORS.of(0),
        FAILED_TARGETS.of(count(&|target| failure(target).is_some())),
        LEASE_CONTENTION.of(count(&is_held)),
        STUCK_TRANSITIONS.of(count(&is_stuck)),
        DRAINS_CANCELLED.of(count(&|target| !told.report.dry_run && took_a_drain_back(target))),
        API_CALLS.of(told.calls.values().sum::<u64>()),
        DURATION.of(millis(told.took)),
    ]
}

/// Of the alerts of one severity that stand.
pub(super) fn of_alerts(standing: usize) -> Vec<Measured> {
    vec![ALERTS.of(standing as u64)]
}

/// Of a target that was looked at; `outcomes` is `None` where nothing was to be made, which is neither an action nor a hold.
pub(super) fn of_target(figures: &Figures, outcomes: Option<&[(Action, Outcome)]>) -> Vec<Measured> {
    let mut measured =
        vec![CURRENT.of(figures.current.0), DESIRED.of(figures.desired.0), SERVING.of(figures.serving.0)];
    measured.extend(figures.lag_seconds.map(|lag| REPLICA_LAG.of(json!(lag))));
    measured.extend(figures.connections_percent.map(|used| CONNECTIONS_USED.of(json!(hundredths(used)))));
    measured.extend(figures.draining_for.map(|lasts| DRAIN_TIME.of(lasts.as_secs())));
    match outcomes {
        None => {}
        Some([]) => measured.push(HOLDS.of(1)),
        Some(outcomes) => {
            let is_so =
                |outcome: &Outcome| matches!(outcome, Outcome::Applied { .. } | Outcome::AlreadySatisfied);
            let made = outcomes.iter().filter(|(_, outcome)| is_so(outcome)).count() as u64;
            measured.push(ACTIONS.of(made));
            measured.push(FAILED_ACTIONS.of(outcomes.len() as u64 - made));
        }
    }
    measured
}

/// Whether not one target was done: nobody looks at any then, as if the attempt had ended before.
fn failed_altogether(targets: &[TargetReport]) -> bool {
    let is_tried =
        |target: &&TargetReport| !matches!(target.result, TargetResult::Skipped(_)) && !is_held(target);
    let mut tried = targets.iter().filter(is_tried).peekable();
    tried.peek().is_some() && tried.all(|target| failure(target).is_some())
}

/// Whether another attempt holds the target's lease.
fn is_held(target: &TargetReport) -> bool {
    match &target.result {
        TargetResult::Skipped(why) | TargetResult::Failed(why) => why.reason == Reason::LeaseHeld,
        TargetResult::Planned { .. } | TargetResult::Unrecorded { .. } => false,
    }
}

fn is_stuck(target: &TargetReport) -> bool {
    let lasts = target.figures.as_ref().and_then(|figures| figures.in_transition_for);
    lasts.is_some_and(|lasts| lasts > STUCK_AFTER)
}

/// Whether this attempt gave a replica up again that was on its way out. One that was not recorded is taken back by the next attempt.
fn took_a_drain_back(target: &TargetReport) -> bool {
    let TargetResult::Planned { plan, .. } = &target.result else { return false };
    plan.step.as_ref().is_some_and(|step| TAKEN_BACK.contains(&step.reason))
}

/// Milliseconds with two decimals: what is measured is coarser than more.
fn millis(took: std::time::Duration) -> f64 {
    hundredths(took.as_secs_f64() * 1_000.0)
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

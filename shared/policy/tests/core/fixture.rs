//! What the situations of all kinds begin with: a moment, and a rule.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::policy::{Comparison, PointsRequired, Signal, ThresholdRule};
use tidegate_policy::units::Count;

/// A Wednesday morning.
pub(crate) fn noon() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().unwrap()
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A threshold rule over all of the last minutes.
pub(crate) fn rule(signal: Signal, comparison: Comparison, threshold: f64, of: u32) -> ThresholdRule {
    let sign = if comparison == Comparison::Above { ">" } else { "<" };
    ThresholdRule {
        signal,
        comparison,
        threshold,
        points: PointsRequired::All { of },
        step: Count(1),
        text: format!("{} {sign} {threshold} for {of}m", signal.name()),
    }
}

//! Threshold rules: a value above or below a level in M of the last N minutes.

use std::borrow::Cow;

use super::lag;
use super::series::{MemberSeries, Members};
use crate::observation::{Point, Reading};
use crate::policy::{Comparison, Metric, PointsRequired, Signal, ThresholdRule};
use crate::reason::Reason;
use crate::units::Percent;

/// What a rule says of its signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The condition holds.
    Holds,
    /// It does not.
    Fails,
    /// Nothing may be concluded; `SignalMissing` or `SignalStale`.
    Unknown(Reason),
}

/// Judges one rule, with a sentence that carries the numbers. `>` holds if it does for any member, `<` only if it does for all.
pub(super) fn judge(rule: &ThresholdRule, members: &Members<'_>) -> (Verdict, String) {
    let series = members.of(rule.signal);
    if series.is_empty() {
        return match rule.comparison {
            Comparison::Above => (Verdict::Fails, format!("{}: no member to measure", rule.signal.name())),
            Comparison::Below => (
                Verdict::Unknown(Reason::SignalMissing),
                format!("{}: no member to measure", rule.signal.name()),
            ),
        };
    }
    let judged = series.iter().map(|member| judge_member(rule, member, members));
    // The member that settles the matter speaks: for `>` the first that holds, for `<` the first that does not.
    let rank = |verdict: Verdict| match (rule.comparison, verdict) {
        (Comparison::Above, Verdict::Holds) | (Comparison::Below, Verdict::Fails) => 0,
        (_, Verdict::Unknown(_)) => 1,
        _ => 2,
    };
    judged
        .min_by_key(|(verdict, _)| rank(*verdict))
        .unwrap_or((Verdict::Unknown(Reason::SignalMissing), String::new()))
}

fn judge_member(rule: &ThresholdRule, member: &MemberSeries<'_>, members: &Members<'_>) -> (Verdict, String) {
    let name = rule.signal.name();
    let Some(scale) = member.scale else {
        let detail = format!(
            "{name} of {}: max_connections is unknown; set max_connections in the policy",
            member.member
        );
        return (Verdict::Unknown(Reason::SignalMissing), detail);
    };
    let series = match member.reading {
        Reading::Fresh(series) => series,
        Reading::Stale(_) => {
            return (
                Verdict::Unknown(Reason::SignalStale),
                format!("{name} of {}: the newest point is too old", member.member),
            );
        }
        Reading::Missing => {
            return (
                Verdict::Unknown(Reason::SignalMissing),
                format!("{name} of {}: no recent points", member.member),
            );
        }
    };
    let of = rule.points.of();
    let points = match rule.signal.metric() {
        Metric::Lag => lag::compared_points(members.engine(), series, of),
        Metric::Cpu | Metric::Connections => Cow::Borrowed(series.last_minutes(of)),
    };
    let met = points.iter().filter(|point| meets(rule, point.value * scale)).count();
    let present = points.len();
    let verdict = match rule.points {
        PointsRequired::All { of } => {
            let missing_allowed = of.div_ceil(10) as usize;
            if met < present {
                Verdict::Fails
            } else if present + missing_allowed >= of as usize {
                Verdict::Holds
            } else {
                Verdict::Unknown(Reason::SignalMissing)
            }
        }
        PointsRequired::AtLeast { at_least, of } => {
            let missing = of as usize - present.min(of as usize);
            if rule.comparison == Comparison::Below && missing > of.div_ceil(10) as usize {
                // What is missing is never low, however few points the rule asks for.
                Verdict::Unknown(Reason::SignalMissing)
            } else if met >= at_least as usize {
                Verdict::Holds
            } else if met + missing >= at_least as usize {
                Verdict::Unknown(Reason::SignalMissing)
            } else {
                Verdict::Fails
            }
        }
    };
    let side = match rule.comparison {
        Comparison::Above => "above",
        Comparison::Below => "below",
    };
    let detail = format!(
        "{name} of {} is {} on average and {side} {} in {met} of the last {of} minutes{}",
        member.member,
        shown(rule.signal, mean(&points) * scale),
        shown(rule.signal, rule.threshold),
        if present < of as usize {
            format!(" ({} have no point)", of as usize - present)
        } else {
            String::new()
        },
    );
    (verdict, detail)
}

/// -1 of a lag is no level at all: neither above nor below anything.
fn meets(rule: &ThresholdRule, value: f64) -> bool {
    if rule.signal == Signal::Lag && value < 0.0 {
        return false;
    }
    match rule.comparison {
        Comparison::Above => value > rule.threshold,
        Comparison::Below => value < rule.threshold,
    }
}

fn mean(points: &[Point]) -> f64 {
    points.iter().map(|point| point.value).sum::<f64>() / points.len().max(1) as f64
}

fn shown(signal: Signal, value: f64) -> String {
    match signal.metric() {
        Metric::Cpu | Metric::Connections => Percent(value).to_string(),
        Metric::Lag => format!("{value:.1}s"),
    }
}

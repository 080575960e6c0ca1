//! Threshold rules: a value above or below a level in M of the last N minutes.

use super::measured::measured;
use super::series::{MemberSeries, smallest_of};
use crate::history::Read;
use crate::number::{Number, Sentence};
use crate::observation::{Minute, Reading};
use crate::policy::{Comparison, PointsRequired, Signal, ThresholdRule};
use crate::reason::Reason;

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
pub(super) fn judge(rule: &ThresholdRule, series: &[MemberSeries<'_>]) -> (Verdict, Sentence) {
    if series.is_empty() {
        return match rule.comparison {
            Comparison::Above => {
                (Verdict::Fails, format!("{}: no member to measure", rule.signal.name()).into())
            }
            Comparison::Below => (
                Verdict::Unknown(Reason::SignalMissing),
                format!("{}: no member to measure", rule.signal.name()).into(),
            ),
        };
    }
    // The member that settles the matter speaks: for `>` the first that holds, for `<` the first that does not.
    let rank = |judged: &Judged<'_>| match (rule.comparison, judged.verdict()) {
        (Comparison::Above, Verdict::Holds) | (Comparison::Below, Verdict::Fails) => 0,
        (_, Verdict::Unknown(_)) => 1,
        _ => 2,
    };
    let judged = series.iter().map(|member| judge_member(rule, member)).min_by_key(rank);
    judged.map_or((Verdict::Unknown(Reason::SignalMissing), Sentence::default()), |judged| {
        (judged.verdict(), judged.sentence(rule))
    })
}

/// What was read of a rule that does not hold: whether it did in the minutes right before, as far as they are known by now.
pub(super) fn read(rule: &ThresholdRule, series: &[MemberSeries<'_>]) -> Option<Read> {
    let of_member = |member: &MemberSeries<'_>| {
        let series = member.reading.fresh()?;
        let newest = series.newest().minute;
        let minutes = u32::try_from(Read::MINUTES).unwrap_or(u32::MAX);
        let holds_at = |minute: Minute| {
            let Some(then) = series.up_to(minute) else { return false };
            let reading = Reading::Fresh(then);
            judge_member(rule, &MemberSeries { reading: &reading, ..*member }).verdict() == Verdict::Holds
        };
        let (_, before) = series.last_minutes(minutes).split_last()?;
        Some(Read {
            newest,
            lately: before.iter().any(|point| holds_at(point.minute)),
            whole: i64::try_from(before.len()) == Ok(Read::MINUTES - 1),
        })
    };
    series.iter().filter_map(of_member).reduce(Read::and)
}

/// Within a tenth of a level at which something is added, so that the next minute may be the one.
const NEAR: f64 = 0.9;

/// Whether the newest point of any member is so near to `level`, at which something is added, that it may be there within minutes.
pub(super) fn is_near(level: f64, series: &[MemberSeries<'_>]) -> bool {
    series.iter().any(|member| {
        let newest = member.reading.fresh().map(|series| series.newest().value);
        newest.zip(member.scale).is_some_and(|(newest, scale)| newest * scale >= level * NEAR)
    })
}

/// One member judged. Its sentence is written only if it is the one that speaks.
struct Judged<'a> {
    member: &'a str,
    found: Found,
}

enum Found {
    /// Nothing may be concluded, for a reason and in words.
    Nothing(Reason, &'static str),
    Counted {
        verdict: Verdict,
        met: usize,
        present: usize,
        mean: f64,
    },
}

impl Judged<'_> {
    fn verdict(&self) -> Verdict {
        match self.found {
            Found::Nothing(why, _) => Verdict::Unknown(why),
            Found::Counted { verdict, .. } => verdict,
        }
    }

    fn sentence(&self, rule: &ThresholdRule) -> Sentence {
        let name = rule.signal.name();
        let member = self.member;
        match self.found {
            Found::Nothing(_, words) => format!("{name} of {member}: {words}").into(),
            Found::Counted { met, present, mean, .. } => {
                let of = rule.points.of();
                let side = match rule.comparison {
                    Comparison::Above => "above",
                    Comparison::Below => "below",
                };
                let missing = (of as usize).saturating_sub(present);
                let number = measured(rule.signal, member, mean).against(rule.threshold);
                let points = Number::of_len("points that met it", met).against(f64::from(of));
                let (mean, threshold) = (rule.signal.shown(mean), rule.signal.shown(rule.threshold));
                let gaps = if missing > 0 { format!(" (points missing: {missing})") } else { String::new() };
                let words = format!(
                    "{name} of {member} is {mean} on average and {side} {threshold} in {met} of the last {of} minutes{gaps}"
                );
                Sentence::from(words).with(number).with(points)
            }
        }
    }
}

fn judge_member<'a>(rule: &ThresholdRule, member: &MemberSeries<'a>) -> Judged<'a> {
    let nothing = |why, words| Judged { member: member.member, found: Found::Nothing(why, words) };
    let Some(scale) = member.scale else {
        return nothing(
            Reason::SignalMissing,
            "max_connections is unknown; set max_connections in the policy",
        );
    };
    let series = match member.reading {
        Reading::Fresh(series) => series,
        Reading::Stale(_) => return nothing(Reason::SignalStale, "the newest point is too old"),
        Reading::Missing => return nothing(Reason::SignalMissing, "no recent points"),
    };
    let of = rule.points.of();
    let points = smallest_of(series, of, member.smallest_of);
    let present = points.len();
    let mut met = 0;
    let mut sum = 0.0;
    for point in points.iter() {
        let value = point.value * scale;
        met += usize::from(meets(rule, value));
        sum += value;
    }
    let verdict = verdict_of(rule, met, present);
    Judged {
        member: member.member,
        found: Found::Counted { verdict, met, present, mean: sum / present.max(1) as f64 },
    }
}

/// M of N, with what is missing.
fn verdict_of(rule: &ThresholdRule, met: usize, present: usize) -> Verdict {
    match rule.points {
        PointsRequired::All { of } => {
            if met < present {
                Verdict::Fails
            } else if present + missing_allowed(of) >= of as usize {
                Verdict::Holds
            } else {
                Verdict::Unknown(Reason::SignalMissing)
            }
        }
        PointsRequired::AtLeast { at_least, of } => {
            let missing = (of as usize).saturating_sub(present);
            if rule.comparison == Comparison::Below && missing > missing_allowed(of) {
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
    }
}

/// A tenth, rounded up: CloudWatch drops a point now and then.
pub(super) fn missing_allowed(of: u32) -> usize {
    of.div_ceil(10) as usize
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

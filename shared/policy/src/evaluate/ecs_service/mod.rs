//! What each rule says of a service.

mod bounds;
mod groups;
mod signals;
mod tracking;
mod traffic;
mod work;

pub use groups::target_groups;

pub(crate) use bounds::{ServiceBounds, over_for_good, service_bounds};
pub(crate) use groups::unnamed_groups;
pub(crate) use signals::Signals;
pub(crate) use work::{took, worked, workforce};

use jiff::{SignedDuration, Timestamp};

use super::threshold::{self, Verdict};
use super::{Alerts, Evaluation, Recommendation, Vote, levels_out};
use crate::history::History;
use crate::policy::{Scaling, Signal, Target, ThresholdRule};
use crate::reason::Reason;
use crate::units::{Count, Percent};

/// Errors are explained by load if a signal of load is at this share of its own threshold, on average over so many minutes.
const EXPLAINED_AT: f64 = 0.8;
const EXPLAINED_BY_MINUTES: u32 = 3;

/// Evaluates every rule. Votes are absolute counts: a wake-up that is delivered twice says the same twice.
pub(crate) fn evaluate(
    target: &Target,
    signals: &Signals<'_>,
    clock: &ServiceBounds<'_>,
    history: &History,
    now: Timestamp,
) -> Evaluation {
    let scaling = &target.scaling;
    let current = signals.desired();
    let out = scaling.scale_out.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &signals.series(rule.signal));
        let began = step_from(scaling, Some(rule), signals, history, now);
        let base = began.map_or(current, |(from, _)| from.min(current));
        if began.is_some() && verdict == Verdict::Holds {
            detail.push_str(&format!(", counted from the {base} where the last addition began"));
        }
        let vote = match verdict {
            Verdict::Holds if rule.signal == Signal::ErrorRate => match explained(scaling, signals) {
                Some(by) => {
                    detail.push_str(&format!("; {by}"));
                    Vote::Out(base.plus(rule.step))
                }
                None => {
                    detail.push_str("; the load does not explain it, so more tasks would not help");
                    Vote::Keep { why: Reason::ErrorsUnexplained }
                }
            },
            Verdict::Holds => Vote::Out(base.plus(rule.step)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation::new(&rule.text, vote, detail)
    });
    let in_ = scaling.scale_in.iter().map(|rule| {
        let (verdict, detail) = threshold::judge(rule, &signals.series_of_leaving(rule.signal));
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(Count::ONE)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation::new(&rule.text, vote, detail)
    });
    // A person is told what is, not what it will be once the tasks that were asked for run.
    let measured = |rule: &ThresholdRule| signals.measured(rule.signal);
    let mut alerts = Alerts::of(&scaling.alert, measured);
    let errors = scaling.scale_out.iter().filter(|rule| rule.signal == Signal::ErrorRate);
    let mut errors = Alerts::of(errors, measured);
    if explained(scaling, signals).is_none() {
        alerts.hold.extend(errors.hold.into_iter().map(|mut alert| {
            alert.explanation.reason = Reason::ErrorsUnexplained;
            alert
        }));
    }
    alerts.unjudged.append(&mut errors.unjudged);
    alerts.read.append(&mut errors.read);
    Evaluation {
        out: out.collect(),
        in_: in_.collect(),
        track: scaling.track.iter().map(|rule| tracking::judge(rule, signals, current)).collect(),
        ahead: None,
        bounds: clock.bounds.clone(),
        alerts,
        near: levels_out(scaling).any(|(signal, level)| threshold::is_near(level, &signals.measured(signal))),
        coming: false,
        cooling_until: step_from(scaling, None, signals, history, now).and_then(|(_, until)| until),
        only_schedule: false,
    }
}

/// While tasks are on their way up, and until the cooldown after them is over, a step counts from where the addition began: only a
/// larger step asks for more. When that ends, where it is known.
///
/// Tasks that do not come keep nobody from asking for others: one of ten that crashes for days must not.
///
/// A signal that tasks do not share says something of the new capacity only once all the minutes that `rule` looks at came after it.
fn step_from(
    scaling: &Scaling,
    rule: Option<&ThresholdRule>,
    signals: &Signals<'_>,
    history: &History,
    now: Timestamp,
) -> Option<(Count, Option<Timestamp>)> {
    if let Some(starting) = history.ecs_service.starting.filter(|_| !signals.stuck()) {
        return Some((starting.from, None));
    }
    let old_minutes = rule.filter(|rule| !signals::is_shared(rule.signal)).map_or(0, |rule| rule.points.of());
    let waits = scaling.cooldown.out.max(SignedDuration::from_mins(i64::from(old_minutes)));
    let last = history.scaled_out.filter(|last| now.duration_since(last.at) < waits)?;
    Some((last.from, last.at.checked_add(waits).ok()))
}

/// What of the load explains that requests fail: a signal of load near its own threshold.
fn explained(scaling: &Scaling, signals: &Signals<'_>) -> Option<String> {
    let limits = scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold));
    let limits = limits.chain(scaling.track.iter().map(|rule| (rule.signal, rule.target)));
    limits.filter(|(signal, _)| *signal != Signal::ErrorRate).find_map(|(signal, limit)| {
        let recent = signals.reading(signal).fresh()?.mean_of_last(EXPLAINED_BY_MINUTES);
        (recent >= limit * EXPLAINED_AT).then(|| {
            format!(
                "{} of {} explains it: that is {} of {}",
                signal.name(),
                signal.shown(recent),
                Percent(100.0 * recent / limit),
                signal.shown(limit)
            )
        })
    })
}

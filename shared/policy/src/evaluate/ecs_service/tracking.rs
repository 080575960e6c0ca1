//! Target tracking of a service, by its work: quick to add and slow to take away.

use super::signals::Signals;
use crate::evaluate::measured::measured;
use crate::evaluate::{Recommendation, Vote};
use crate::number::{Number, Sentence};
use crate::observation::{Reading, Series};
use crate::policy::TrackingRule;
use crate::reason::Reason;
use crate::units::Count;

/// As AWS target tracking's own alarms: three minutes above the target, fifteen below nine tenths of it.
const OUT_MINUTES: u32 = 3;
const IN_MINUTES: u32 = 15;
const IN_SHARE: f64 = 0.9;

/// Target tracking: `ceil(work / target)`. More when each of the newest minutes asks for more than there is to be, those that are still
/// starting included; fewer when each of many minutes stays clearly below, and then as many as the busiest of them needs.
pub(super) fn judge(rule: &TrackingRule, signals: &Signals<'_>, current: Count) -> Recommendation {
    let recommend = |vote, said: Sentence| Recommendation::new(&rule.text, vote, said);
    let name = rule.signal.name();
    if signals.is_idle(rule.signal) {
        return recommend(Vote::Stay, format!("{name}: no task runs, so there is nothing to measure").into());
    }
    let unknown =
        |(why, words): (Reason, &str)| recommend(Vote::Unknown { why }, format!("{name}: {words}").into());
    let series = match fresh(signals.reading(rule.signal)) {
        Ok(series) => series,
        Err(why) => return unknown(why),
    };
    let wanted = |series: &Series, minutes: u32| -> Vec<f64> {
        series
            .last_minutes(minutes)
            .iter()
            .map(|point| signals.work(rule.signal, point) / rule.target)
            .collect()
    };
    let recent = wanted(series, OUT_MINUTES);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let level = series.mean_of_last(OUT_MINUTES);
    let told = |count: Count, words: &str| {
        let words = format!(
            "{name} is {} on average over {OUT_MINUTES} minutes against {}: {count} {words}",
            rule.signal.shown(level),
            rule.signal.shown(rule.target)
        );
        let number = measured(rule.signal, "the service", level).against(rule.target);
        Sentence::from(words).with(number).with(Number::count("needed", count))
    };
    let carrying = signals.carrying();
    let there = f64::from(carrying.0);
    if recent.len() == OUT_MINUTES as usize && recent.iter().all(|wanted| *wanted > there) {
        // As many more as those that carry the load lack.
        let wanted = current.plus(Count::ceil(mean(&recent)).minus(carrying));
        return recommend(Vote::Out(wanted), told(wanted, "wanted"));
    }
    let long = match fresh(signals.leaving(rule.signal)) {
        Ok(series) => wanted(series, IN_MINUTES),
        Err(why) => return unknown(why),
    };
    if long.len() + 1 >= IN_MINUTES as usize && long.iter().all(|wanted| *wanted < there * IN_SHARE) {
        let wanted = Count::ceil(long.iter().copied().fold(0.0, f64::max));
        let vote = if wanted < current { Vote::In(wanted) } else { Vote::Stay };
        recommend(vote, told(wanted, "will do"))
    } else {
        recommend(Vote::Stay, told(Count::ceil(mean(&recent)), "wanted"))
    }
}

/// The series that may be acted on, or why there is none.
fn fresh(reading: &Reading) -> Result<&Series, (Reason, &'static str)> {
    match reading {
        Reading::Fresh(series) => Ok(series),
        Reading::Stale(_) => Err((Reason::SignalStale, "the newest point is too old")),
        Reading::Missing => Err((Reason::SignalMissing, "no recent points")),
    }
}

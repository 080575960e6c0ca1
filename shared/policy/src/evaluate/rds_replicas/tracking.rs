//! Target tracking: capacity in proportion, `ceil(members x mean / target)`, quick to add and slow to remove.

use crate::evaluate::measured::measured;
use crate::evaluate::series::MemberSeries;
use crate::evaluate::{Recommendation, Vote};
use crate::number::Sentence;
use crate::observation::{Reading, Series};
use crate::policy::TrackingRule;
use crate::reason::Reason;
use crate::units::Count;

/// More is wanted when each of this many newest minutes is above the target (AWS target tracking's own alarm).
const OUT_MINUTES: u32 = 3;
/// Fewer are wanted when each of this many newest minutes is below nine tenths of the target (likewise).
const IN_MINUTES: u32 = 15;
const IN_SHARE: f64 = 0.9;

/// What one tracking rule wants. Members on their way in count in `current` and not in the mean.
pub(super) fn judge(
    rule: &TrackingRule,
    series: &[MemberSeries<'_>],
    serving: usize,
    current: Count,
) -> Recommendation {
    let recommend = |vote, said: Sentence| Recommendation::new(&rule.text, vote, said);
    if series.is_empty() {
        return recommend(
            Vote::Unknown { why: Reason::SignalMissing },
            format!("{}: no member to measure", rule.signal.name()).into(),
        );
    }
    let mut readings: Vec<(&Series, f64)> = Vec::with_capacity(series.len());
    for member in series {
        match believable(member) {
            Ok(reading) => readings.push(reading),
            Err(why) => {
                let detail = format!("{} of {} cannot be told", rule.signal.name(), member.member);
                return recommend(Vote::Unknown { why }, detail.into());
            }
        }
    }
    let target = rule.target;
    let recent = fleet_minutes(&readings, OUT_MINUTES);
    let long = fleet_minutes(&readings, IN_MINUTES);
    let proportional = |mean: f64| Count::ceil(serving as f64 * mean / target);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let shown = |value| rule.signal.shown(value);
    let told = |words: String, mean| {
        Sentence::from(words).with(measured(rule.signal, "the replicas", mean).against(target))
    };
    if recent.len() == OUT_MINUTES as usize && recent.iter().all(|value| *value > target) {
        let wanted = proportional(mean(&recent));
        let detail = format!(
            "{} is {} on average over {OUT_MINUTES} minutes against {}: {wanted} wanted",
            rule.signal.name(),
            shown(mean(&recent)),
            shown(target)
        );
        recommend(Vote::Out(wanted), told(detail, mean(&recent)))
    } else if long.len() + 1 >= IN_MINUTES as usize && long.iter().all(|value| *value < target * IN_SHARE) {
        let wanted = proportional(mean(&long));
        let detail = format!(
            "{} is {} on average over {IN_MINUTES} minutes against {}: {wanted} will do",
            rule.signal.name(),
            shown(mean(&long)),
            shown(target)
        );
        let vote = if wanted < current { Vote::In(wanted) } else { Vote::Stay };
        recommend(vote, told(detail, mean(&long)))
    } else {
        let detail = format!(
            "{} is {} on average over {OUT_MINUTES} minutes against {}",
            rule.signal.name(),
            shown(mean(&recent)),
            shown(target)
        );
        recommend(Vote::Stay, told(detail, mean(&recent)))
    }
}

fn believable<'a>(member: &MemberSeries<'a>) -> Result<(&'a Series, f64), Reason> {
    let scale = member.scale.ok_or(Reason::SignalMissing)?;
    match member.reading {
        Reading::Fresh(series) => Ok((series, scale)),
        Reading::Stale(_) => Err(Reason::SignalStale),
        Reading::Missing => Err(Reason::SignalMissing),
    }
}

/// The mean over members of each of the last minutes; a minute that any member lacks is left out.
fn fleet_minutes(readings: &[(&Series, f64)], minutes: u32) -> Vec<f64> {
    let Some(newest) = readings.iter().map(|(series, _)| series.newest().minute.0).min() else {
        return Vec::new();
    };
    (newest - i64::from(minutes) + 1..=newest)
        .filter_map(|minute| {
            let mut sum = 0.0;
            for (series, scale) in readings {
                let points = series.points();
                let index = points.binary_search_by_key(&minute, |point| point.minute.0).ok()?;
                sum += points[index].value * scale;
            }
            Some(sum / readings.len() as f64)
        })
        .collect()
}

//! Combine: out if any rule says so, in only if all agree and every signal is fresh; the largest wins.

use jiff::Timestamp;

use crate::evaluate::{Evaluation, Vote};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// What the rules want together.
pub(super) struct Combined {
    pub(super) desired: Count,
    pub(super) explanation: Explanation,
    /// When what holds it back ends by itself.
    pub(super) until: Option<Timestamp>,
}

pub(super) fn combine(current: Count, evaluation: &Evaluation) -> Combined {
    let out = evaluation.out.iter().map(|said| (said, Reason::ScaleOutThreshold));
    let track_out = evaluation.track.iter().map(|said| (said, Reason::ScaleOutTracking));
    let mut largest: Option<(Count, Explanation)> = None;
    let ahead = || evaluation.ahead.iter().filter(|ahead| ahead.acts).map(|ahead| &ahead.said);
    let ahead_out = ahead().map(|said| (said, Reason::ScaleOutForecast));
    for (said, reason) in out.chain(track_out).chain(ahead_out) {
        if let Vote::Out(count) = said.vote
            && largest.as_ref().is_none_or(|(most, _)| count > *most)
        {
            largest = Some((count, Explanation::new(reason, format!("\"{}\": {}", said.rule, said.detail))));
        }
    }
    if let Some((desired, explanation)) = largest {
        if desired > current {
            return Combined { desired, explanation, until: None };
        }
        // A rule of the out side holds, so nothing is removed; but what it asks for is there already.
        let (reason, there) = match evaluation.cooling_until {
            _ if evaluation.coming => (Reason::TransitionInProgress, "are there or on their way in"),
            Some(_) => (Reason::CooldownOut, "are there, and the effect of the last addition is waited for"),
            None => (Reason::WithinThresholds, "are there"),
        };
        let detail = format!("{desired} are asked for and {current} {there}: {}", explanation.detail);
        return Combined {
            desired: current,
            explanation: Explanation::new(reason, detail),
            until: evaluation.cooling_until,
        };
    }

    let removers = || evaluation.in_.iter().chain(&evaluation.track).chain(ahead());
    let everyone = || evaluation.out.iter().chain(removers());
    let stays = |reason, detail: String| Combined {
        desired: current,
        explanation: Explanation::new(reason, detail),
        until: None,
    };
    if evaluation.only_schedule && current > evaluation.bounds.min {
        let detail = format!("no signal is asked, and the schedule's minimum is {}", evaluation.bounds.min);
        let explanation = Explanation::new(Reason::ScaleInSchedule, detail);
        return Combined { desired: evaluation.bounds.min, explanation, until: None };
    }
    if let Some((said, why)) = everyone().find_map(|said| match said.vote {
        Vote::Keep { why } => Some((said, why)),
        _ => None,
    }) {
        return stays(why, format!("\"{}\" keeps {current}: {}", said.rule, said.detail));
    }
    if removers().next().is_none() || current == Count::ZERO {
        return stays(Reason::WithinThresholds, "no rule asks for a change".to_owned());
    }
    if let Some(said) = removers().find(|said| said.vote == Vote::Stay) {
        return stays(
            Reason::WithinThresholds,
            format!("\"{}\" keeps {current}: {}", said.rule, said.detail),
        );
    }
    if let Some((said, why)) = everyone().find_map(|said| match said.vote {
        Vote::Unknown { why } => Some((said, why)),
        _ => None,
    }) {
        return stays(
            why,
            format!("no removal on data that is not there: \"{}\": {}", said.rule, said.detail),
        );
    }
    let desired = removers()
        .filter_map(|said| match said.vote {
            Vote::In(count) => Some(count),
            _ => None,
        })
        .max()
        .unwrap_or(current);
    let all: Vec<_> = removers().map(|said| format!("\"{}\": {}", said.rule, said.detail)).collect();
    let reason = if !evaluation.in_.is_empty() {
        Reason::ScaleInThresholds
    } else if !evaluation.track.is_empty() {
        Reason::ScaleInTracking
    } else {
        Reason::ScaleInForecast
    };
    Combined { desired, explanation: Explanation::new(reason, all.join("; ")), until: None }
}

//! Combine: out if any rule says so, in only if all agree and every signal is fresh; the largest wins.

use jiff::Timestamp;

use crate::evaluate::{Evaluation, Recommendation, Vote};
use crate::number::Sentence;
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
            largest = Some((count, Explanation::new(reason, quoted(said))));
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
        let said = explanation
            .said()
            .reworded(|detail| format!("{desired} are asked for and {current} {there}: {detail}"));
        return Combined {
            desired: current,
            explanation: Explanation::new(reason, said),
            until: evaluation.cooling_until,
        };
    }

    let removers = || evaluation.in_.iter().chain(&evaluation.track).chain(ahead());
    let everyone = || evaluation.out.iter().chain(removers());
    let stays = |reason, said: Sentence| Combined {
        desired: current,
        explanation: Explanation::new(reason, said),
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
        return stays(why, keeps(said, current));
    }
    if removers().next().is_none() || current == Count::ZERO {
        return stays(Reason::WithinThresholds, "no rule asks for a change".into());
    }
    if let Some(said) = removers().find(|said| said.vote == Vote::Stay) {
        return stays(Reason::WithinThresholds, keeps(said, current));
    }
    if let Some((said, why)) = everyone().find_map(|said| match said.vote {
        Vote::Unknown { why } => Some((said, why)),
        _ => None,
    }) {
        return stays(
            why,
            quoted(said).reworded(|said| format!("no removal on data that is not there: {said}")),
        );
    }
    let desired = removers()
        .filter_map(|said| match said.vote {
            Vote::In(count) => Some(count),
            _ => None,
        })
        .max()
        .unwrap_or(current);
    let all: Vec<_> = removers().map(quoted).collect();
    let words: Vec<_> = all.iter().map(|said| said.text.as_str()).collect();
    let text = words.join("; ");
    let numbers = all.into_iter().flat_map(|said| said.numbers).collect();
    let reason = if !evaluation.in_.is_empty() {
        Reason::ScaleInThresholds
    } else if !evaluation.track.is_empty() {
        Reason::ScaleInTracking
    } else {
        Reason::ScaleInForecast
    };
    Combined { desired, explanation: Explanation::new(reason, Sentence { text, numbers }), until: None }
}

/// A rule, and what it saw.
fn quoted(said: &Recommendation) -> Sentence {
    said.said(|said| format!("\"{}\": {}", said.rule, said.detail))
}

/// A rule that keeps the capacity, and what it saw.
fn keeps(said: &Recommendation, current: Count) -> Sentence {
    said.said(|said| format!("\"{}\" keeps {current}: {}", said.rule, said.detail))
}

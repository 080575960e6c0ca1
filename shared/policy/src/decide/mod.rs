//! Decide: from what every rule says to one number, in a fixed order: combine, clamp, stabilize, rate limit, guards.

mod combine;
mod course;
mod decision;
mod guards;
mod rate_limit;
mod situation;
mod stabilize;

use course::Course;

pub use decision::{Decision, Direction};
pub(crate) use situation::Situation;

use jiff::Timestamp;

use crate::evaluate::{Evaluation, Pauses};
use crate::history::{History, Recommended};
use crate::number::Number;
use crate::policy::{PerDirection, Scaling};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// Decides. `history` gains this recommendation, so that the next attempt can look back on it.
pub(crate) fn decide(
    scaling: &Scaling,
    situation: &Situation,
    evaluation: Evaluation,
    pauses: &Pauses,
    history: &mut History,
    now: Timestamp,
) -> Decision {
    let current = situation.current;
    let bounds = &evaluation.bounds;
    let combined = combine::combine(current, &evaluation);

    let clamped = combined.desired.max(bounds.min).min(bounds.max.max(bounds.min));
    remember(history, scaling, clamped, now);

    let mut course = Course {
        current,
        desired: clamped,
        because: combined.explanation,
        limited_by: None,
        until: combined.until,
        clocks: None,
    };
    if course.because.reason == Reason::CooldownOut {
        course.limited_by = Some(Reason::CooldownOut);
    }
    if clamped > combined.desired {
        let source = bounds.min_by.as_deref().unwrap_or("the policy");
        course.because = if clamped > current {
            bounds.below_minimum(current)
        } else if clamped == current {
            Explanation::new(
                Reason::AlreadyAtMinCapacity,
                format!("{} would do, but the minimum of {source} is {}", combined.desired, bounds.min),
            )
            .with(Number::count("minimum", bounds.min))
        } else {
            // Fewer all the same: why is what the rules said, and the minimum only says how far.
            course.because
        };
        course.limited_by = (clamped <= current).then_some(Reason::AlreadyAtMinCapacity);
    } else if clamped < combined.desired {
        let source = bounds.max_by.as_deref().unwrap_or("the policy");
        course.because = if clamped < current {
            Explanation::new(
                Reason::ScaleInMaximum,
                format!("{current} is above the maximum of {} set by {source}", bounds.max),
            )
            .with(Number::count("maximum", bounds.max))
        } else if clamped == current {
            Explanation::new(
                Reason::AlreadyAtMaxCapacity,
                format!("{} are wanted, but the maximum of {source} is {}", combined.desired, bounds.max),
            )
            .with(Number::count("maximum", bounds.max))
        } else {
            course.because
        };
        course.limited_by = Some(Reason::AlreadyAtMaxCapacity);
    }

    // Of replicas, one at a decision on the way in: the rest must prove that they carry it. A second may follow while the first drains.
    if course.desired < current {
        course.desired = course.desired.max(current.minus(situation.leaving_at_most));
    }
    let clocks = if course.because.reason == Reason::ScaleInSchedule { bounds.min } else { bounds.max };
    course.clocks = situation.clock_at_once.then_some(clocks).filter(|clocks| *clocks < current);
    if let Some(limit) = stabilize::stabilize(scaling, history, current, course.desired, bounds.min, now) {
        course.limit(limit.no_further_than(course.clocks));
    }
    // An event that begins at 18:00 and a person who commands eight tasks do not wait for a rate that is meant for signals.
    let at_once = situation.clock_at_once.then_some(bounds.min);
    for limits in [scaling.rate_limit, PerDirection { out: None, in_: situation.descent }] {
        if let Some(limit) = rate_limit::limit(limits, history, current, course.desired, at_once, now) {
            course.limit(limit);
        }
    }
    for limit in guards::guards(scaling, situation, &course, bounds, pauses, history, now) {
        // Each was made for what was wanted at first: one that leaves more than an earlier one left is none.
        let narrows = limit.desired.0.abs_diff(current.0) <= course.desired.0.abs_diff(current.0);
        if course.desired != current && narrows {
            course.limit(limit);
        }
    }

    let mut recommendations = evaluation.out;
    recommendations.extend(evaluation.in_);
    recommendations.extend(evaluation.track);
    let ahead = evaluation.ahead;
    recommendations.extend(ahead.iter().filter(|ahead| ahead.acts).map(|ahead| ahead.said.clone()));
    Decision {
        current,
        recommended: combined.desired,
        desired: course.desired,
        explanation: course.because,
        limited_by: course.limited_by,
        next_eligible: course.until,
        recommendations,
        on_paper: ahead.as_ref().map(|ahead| ahead.on_paper),
        expected: ahead.as_ref().and_then(|ahead| ahead.expected),
        ahead: ahead.map(|ahead| ahead.said),
    }
}

/// The most changes that are kept. A recommendation that flaps more than this within its window forgets the oldest, and then has not stood.
const REMEMBERED_AT_MOST: usize = 180;

/// One entry a change, and one from before the windows, so that what stood when they began is known.
fn remember(history: &mut History, scaling: &Scaling, desired: Count, now: Timestamp) {
    let window = scaling.stabilization.out.max(scaling.stabilization.in_);
    let remembered = &mut history.recommendations;
    if remembered.last().is_none_or(|last| last.desired != desired) {
        remembered.push(Recommended { at: now, desired });
    }
    let stale = remembered.windows(2).take_while(|pair| now.duration_since(pair[1].at) >= window).count();
    let surplus = remembered.len().saturating_sub(REMEMBERED_AT_MOST);
    remembered.drain(..stale.max(surplus));
}

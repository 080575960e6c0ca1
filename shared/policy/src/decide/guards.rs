//! Guards: what forbids a change now, although it is wanted. The first that forbids it all is the binding one.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::course::{Course, Limit};
use super::situation::Situation;
use crate::evaluate::{Bounds, Pauses};
use crate::history::History;
use crate::policy::{PerDirection, Scaling};
use crate::reason::{Explanation, Reason};
use crate::units::friendly;

/// The longest that removals which keep failing are put off.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn guards(
    scaling: &Scaling,
    situation: &Situation,
    course: &Course,
    bounds: &Bounds,
    pauses: &Pauses,
    history: &History,
    now: Timestamp,
) -> Vec<Limit> {
    let current = situation.current;
    let hold = |explanation, until| Limit { desired: current, explanation, until, instead: None };
    let mut limits = Vec::new();
    // A person's word comes before whatever else would hold it too.
    let paused = match course.desired.cmp(&current) {
        Ordering::Greater => pauses.out(),
        Ordering::Less => pauses.in_(),
        Ordering::Equal => None,
    };
    if let Some(held) = paused {
        let wanted = format!("{} are wanted and {current} are there", course.desired);
        limits.push(hold(held.explain(&wanted), held.until));
        return limits;
    }
    let PerDirection { out, in_ } = &situation.in_progress;
    let in_progress = match course.desired.cmp(&current) {
        Ordering::Greater => out.as_ref(),
        Ordering::Less => in_.as_ref(),
        Ordering::Equal => None,
    };
    if let Some(words) = in_progress {
        let detail = format!("{words}; {} are wanted", course.desired);
        limits.push(hold(Explanation::new(Reason::TransitionInProgress, detail), None));
        return limits;
    }
    if course.desired > current {
        let failed = running(scaling.cooldown.out, [history.rds_replicas.gave_up_at, None], "scale-out", now);
        let scaled = history.scaled_out.map(|last| last.at);
        if let Some((detail, until)) = failed {
            limits.push(hold(Explanation::new(Reason::CooldownOut, detail), Some(until)));
        } else if let Some((detail, until)) = running(scaling.cooldown.out, [scaled, None], "scale-out", now)
            // A larger step than the last one acts during the cooldown: what it asks for beyond it is new. A change that added none, as
            // another node type, replaced every node: what rose meanwhile is its own doing.
            && history.scaled_out.is_none_or(|last| course.desired <= last.to || last.from == last.to)
        {
            // The minimum does not wait for a cooldown (scheduled actions ignore them); it waits only after a failure.
            let explanation = Explanation::new(Reason::CooldownOut, detail);
            let desired = current.max(bounds.min).min(course.desired);
            if desired < course.desired || desired == current {
                let instead = Some(bounds.below_minimum(current));
                limits.push(Limit { desired, explanation, until: Some(until), instead });
            }
        }
        if let Some((blocked, until)) = &situation.out_blocked {
            limits.push(hold(blocked.clone(), *until));
        }
        if situation.room < course.desired.minus(current) {
            let detail = format!(
                "{} more are wanted and there is room for {}: replicas that are not ours, unfinished or leaving count too",
                course.desired.minus(current),
                situation.room
            );
            let allowed = current.plus(situation.room);
            limits.push(Limit {
                desired: allowed,
                explanation: Explanation::new(Reason::NoRoomForReplicas, detail),
                until: None,
                instead: None,
            });
        }
        if let Some((most, why)) = situation.most.as_ref().filter(|(most, _)| *most < course.desired) {
            limits.push(Limit {
                desired: current.max(*most),
                explanation: why.clone(),
                until: None,
                instead: Some(bounds.below_minimum(current)),
            });
        }
    } else if course.desired < current {
        let since = [history.scaled_out.map(|last| last.at), history.scaled_in_at];
        // What could not be drained an hour ago will hardly be drained now: 1, 2, 4, 8 cooldowns, and a day at most.
        let cooldown = (scaling.cooldown.in_ * (1 << history.rds_replicas.failed_removals.min(8)))
            .min(A_DAY.max(scaling.cooldown.in_));
        if let Some((detail, until)) = running(cooldown, since, "scale-in", now) {
            let limit = hold(Explanation::new(Reason::CooldownIn, detail), Some(until));
            limits.push(limit.no_further_than(course.clocks.map(|clocks| clocks.max(course.desired))));
        }
        if let Some(blocked) = &situation.in_blocked {
            limits.push(hold(blocked.clone(), None));
        }
        // More than the maximum goes whatever the load: the maximum is a person's word.
        if let Some((least, why)) = &situation.least
            && (*least).min(bounds.max) > course.desired
        {
            let desired = (*least).min(bounds.max).min(current);
            limits.push(Limit { desired, explanation: why.clone(), until: None, instead: None });
        }
    }
    limits
}

fn running(
    cooldown: SignedDuration,
    since: [Option<Timestamp>; 2],
    word: &str,
    now: Timestamp,
) -> Option<(String, Timestamp)> {
    let last = since.into_iter().flatten().max()?;
    let until = last.checked_add(cooldown).ok()?;
    (now < until).then(|| {
        let detail = format!(
            "the {word} cooldown of {} runs for {} more",
            friendly(cooldown),
            friendly(until.duration_since(now))
        );
        (detail, until)
    })
}

//! What a rule may miss between two looks: the levels that the stack makes alarms of, so that the function is woken at once.
//!
//! A quiet target is looked at every `evaluate_every`. From a tenth below a level at which something is added it is looked at every
//! minute, so a rule that cannot hold sooner than that is never late. Another one would be.

use crate::policy::{Signal, Target};

/// The fewest minutes above its level for which target tracking asks, whatever the kind.
const TRACKING_MINUTES: u32 = 3;

/// Each signal with a rule of the way out that may hold before the next look is due, at the lowest level of those rules, in the signal's unit.
pub fn levels_between_looks(target: &Target) -> Vec<(Signal, f64)> {
    let scaling = &target.scaling;
    let minutes = scaling.evaluate_every.as_mins();
    let rules = scaling.scale_out.iter().filter(move |rule| i64::from(rule.points.at_least()) < minutes);
    let track = scaling.track.iter().filter(move |_| i64::from(TRACKING_MINUTES) < minutes);
    let levels =
        rules.map(|rule| (rule.signal, rule.threshold)).chain(track.map(|rule| (rule.signal, rule.target)));
    let mut lowest: Vec<(Signal, f64)> = Vec::new();
    for (signal, level) in levels {
        match lowest.iter_mut().find(|(known, _)| *known == signal) {
            Some((_, known)) => *known = known.min(level),
            None => lowest.push((signal, level)),
        }
    }
    lowest
}

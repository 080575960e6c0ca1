//! Saturation is not a number: above it demand is censored, and nobody can tell how much more is wanted. So the step grows with each that did not end it.

use super::awaited::Awaited;
use crate::evaluate::rds_replicas::roster::Roster;
use crate::history::History;
use crate::observation::{MemberSignals, RdsObservation};
use crate::units::Count;

/// Percent of CPU above which a member serves less than it is asked for.
const CENSORED_ABOVE: f64 = 97.0;
/// Doubled so often at most: the maximum is reached long before.
const DOUBLED_AT_MOST: u32 = 8;

/// Whether everybody who answers is saturated, the primary too.
pub(crate) fn is_saturated(observation: &RdsObservation, roster: &Roster<'_>) -> bool {
    let censored = |signals: &MemberSignals| {
        signals.cpu.fresh().is_some_and(|series| series.newest().value > CENSORED_ABOVE)
    };
    let primary = observation.source.as_ref().is_some_and(|source| censored(&source.signals));
    primary && roster.readers().all(|member| censored(&member.replica.signals))
}

/// The step of a rule that holds: twice as large after each addition in a row that took effect and left everybody saturated.
pub(super) fn step(step: Count, saturated: bool, awaited: &Awaited, history: &History) -> Count {
    if !saturated || awaited.any() {
        return step;
    }
    let doubled = history.rds_replicas.saturated.min(DOUBLED_AT_MOST);
    Count(step.0.saturating_mul(1 << doubled))
}

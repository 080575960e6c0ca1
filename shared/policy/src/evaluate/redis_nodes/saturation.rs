//! Saturation of a group: while every node is at its end, nobody can tell how much more is wanted, so two replicas come at a time and none waits.

use super::pressure::Pressure;
use super::readings::Readings;
use crate::policy::Signal;
use crate::units::Count;

/// Percent of the engine's core above which a node serves less than it is asked for.
const CENSORED_ABOVE: f64 = 97.0;
/// A change of a group keeps it from the next for ten minutes and more, so one more is too few.
const AT_LEAST: Count = Count(2);

/// Whether every node is saturated. A node that was just added counts once it has a point: the last addition took effect and did not help.
pub(super) fn is_saturated(readings: &Readings<'_>) -> bool {
    let mut nodes = readings.group.nodes().peekable();
    let censored = |node| {
        let newest = readings.reading(node, Signal::Cpu).fresh();
        newest.is_some_and(|series| series.newest().value > CENSORED_ABOVE)
    };
    nodes.peek().is_some() && nodes.all(censored)
}

/// The step of a rule that holds for want of `pressure`.
pub(super) fn step(step: Count, saturated: bool, pressure: Pressure) -> Count {
    if saturated && pressure == Pressure::Reads { step.max(AT_LEAST) } else { step }
}

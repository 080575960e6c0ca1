//! All targets of an account in one chart: a lane each, so that what strikes all is seen to strike all.

use maud::{Markup, html};
use tidegate_simulator::document::{Frame, Simulation, TimelineEntry};

use crate::timeline::{EntryKind, clock};

use super::super::chart::{
    ChartError, GRID, Ground, INK, Plane, RUNNING, SEVERE, Size, Span, VIOLATION, WARM, label, line,
    surfaces, thinned,
};
use super::drawing::{VIOLATION_SHARE, both, figure, keys, layer, plain, stretches, values};
use super::mishap::{self, Mishap, mark};

/// How high a lane is, in pixels.
const LANE: u32 = 92;
/// Of a lane, what its curves may fill; above stands its name.
const FILLED: f64 = 0.7;

/// The chart; nothing of an account without frames.
pub(in crate::page) fn glance(simulations: &[Simulation]) -> Result<Markup, ChartError> {
    let Some(span) = simulations.first().and_then(|first| Span::of(&first.recording.frames)) else {
        return Ok(html! { p { "The run is too short for charts." } });
    };
    let lanes = u32::try_from(simulations.len()).unwrap_or(1).max(1);
    let mishaps = of_all(simulations, span);
    let ground = Ground {
        name: "the account at a glance",
        label: format!("Demand and capacity of each of {lanes} targets over time, each in its own measure"),
        unit: "demand and capacity, each target in its own measure",
        height: 64 + LANE * lanes,
        scale: 0.0..f64::from(lanes),
        tick: plain,
        ticks: 0,
    };
    let charts = both(&ground, span, |plane, size| {
        for (place, simulation) in (0_u32..).zip(simulations) {
            let base = f64::from(lanes - 1 - place) + 0.04;
            lane(plane, simulation, base, span, size)?;
        }
        mark(plane, &mishaps, span, size, f64::from(lanes))
    })?;
    let mut legend = keys(&[
        ("warm", "demand"),
        ("running", "capacity"),
        ("violation", "violation: demand above 85% of capacity"),
        ("severe", "severe: demand above capacity"),
    ]);
    legend.extend(mishap::legend(&mishaps));
    Ok(figure(
        "Every target's demand and capacity",
        &legend,
        "Every target lives through the same day in its own measure. What is numbered here struck the whole account; what happened to one target alone is in its section.",
        &charts,
    ))
}

fn lane(
    plane: &mut Plane<'_, '_>,
    simulation: &Simulation,
    base: f64,
    span: Span,
    size: Size,
) -> Result<(), String> {
    let frames = &simulation.recording.frames;
    let most = frames.iter().map(|frame| frame.demand.max(frame.capacity)).fold(1e-9, f64::max);
    let height = |value: f64| base + FILLED * value / most;
    let severe = |frame: &Frame| frame.demand > frame.capacity;
    let violated = |frame: &Frame| frame.demand > VIOLATION_SHARE * frame.capacity && !severe(frame);
    let capacity = layer(frames, span, |_| base, |frame| height(frame.capacity));
    let band = |holds: &dyn Fn(&Frame) -> bool| -> Vec<Vec<(f64, f64)>> {
        let least = span.end() / 900.0;
        let outline = |(from, to): (f64, f64)| {
            let to = to.max(from + least);
            vec![(from, base), (from, base + FILLED), (to, base + FILLED), (to, base)]
        };
        stretches(frames, span, holds).into_iter().map(outline).collect()
    };
    surfaces(plane, band(&violated), VIOLATION)?;
    surfaces(plane, band(&severe), SEVERE)?;
    // Over the bands: what is left of them to see is what was missing.
    surfaces(plane, capacity, RUNNING)?;
    line(plane, vec![(0.0, base), (span.end(), base)], GRID, 1)?;
    let demand: Vec<_> = values(frames, span, |frame| height(frame.demand));
    line(plane, thinned(&demand, size.columns()), WARM, span.stroke())?;
    label(plane, (0.0, base + FILLED + 0.02), (1, 0), &simulation.document.target, INK)
}

/// What every target was told at the same moment in the same words.
fn of_all(simulations: &[Simulation], span: Span) -> Vec<Mishap> {
    let Some((first, others)) = simulations.split_first() else { return Vec::new() };
    let days = first.document.days;
    first
        .document
        .timeline
        .iter()
        .filter(|entry| EntryKind::of(entry) == EntryKind::World)
        .filter(|entry| {
            let is_same = |told: &TimelineEntry| told.at == entry.at && told.detail == entry.detail;
            others.iter().all(|other| other.document.timeline.iter().any(is_same))
        })
        .map(|entry| Mishap {
            minute: span.minute(entry.at),
            sentence: format!("{} {}", clock(entry.at, days), entry.detail),
        })
        .collect()
}

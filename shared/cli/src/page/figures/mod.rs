//! The charts of the page: what each shows, and what to look for in it.

mod disks;
mod drawing;
mod ecs_service;
mod expected;
mod glance;
mod measured;
mod mishap;
mod rds_replicas;
mod redis_nodes;

use maud::{Markup, html};
use tidegate_simulator::document::{Body, Document, Frame, Recording};

use super::chart::{
    COOL, ChartError, Ground, SEVERE, Span, VIOLATION, WARM, line, stairs, surfaces, thinned,
};

use drawing::{VIOLATION_SHARE, Words, bands, both, figure, keys, plain, stretches, values};
use mishap::{Mishap, mark};

/// Every chart of a recording; nothing of an empty one.
pub(super) fn figures(document: &Document, recording: &Recording) -> Result<Markup, ChartError> {
    let Some(span) = Span::of(&recording.frames) else {
        return Ok(html! { p { "The run is too short for charts." } });
    };
    let mishaps = mishap::mishaps(document, span);
    let (words, rest) = match recording.frames.first().map(|frame| &frame.body) {
        Some(Body::Service(_)) => (&ecs_service::WORDS, ecs_service::figures(recording, &mishaps, span)?),
        Some(Body::Nodes(_)) => (&redis_nodes::WORDS, redis_nodes::figures(recording, &mishaps, span)?),
        Some(Body::Replicas(_)) | None => {
            (&rds_replicas::WORDS, rds_replicas::figures(recording, &mishaps, span)?)
        }
    };
    Ok(html! {
        (demand(recording, &mishaps, span, words)?)
        (rest)
    })
}

pub(super) use glance::glance;

fn demand(
    recording: &Recording,
    mishaps: &[Mishap],
    span: Span,
    words: &Words,
) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let highest = frames.iter().map(|frame| frame.demand.max(frame.capacity)).fold(1.0, f64::max);
    let top = highest.max(expected::highest(frames)) * 1.06;
    let asked = values(frames, span, |frame| frame.demand);
    let severe = |frame: &Frame| frame.demand > frame.capacity;
    let violated = |frame: &Frame| frame.demand > VIOLATION_SHARE * frame.capacity && !severe(frame);
    let ground = Ground {
        name: "demand and capacity",
        label: format!("Demand and capacity over time, in {}, up to {top:.1}", words.unit),
        unit: words.unit,
        height: 300,
        scale: 0.0..top,
        tick: plain,
        ticks: 6,
    };
    let charts = both(&ground, span, |plane, size| {
        expected::surface(plane, frames, span, size, top)?;
        surfaces(plane, bands(stretches(frames, span, violated), span, top), VIOLATION)?;
        surfaces(plane, bands(stretches(frames, span, severe), span, top), SEVERE)?;
        expected::edges(plane, frames, span, size, top)?;
        line(plane, stairs(values(frames, span, |frame| frame.capacity), span.end()), COOL, span.stroke())?;
        line(plane, thinned(&asked, size.columns()), WARM, span.stroke())?;
        mark(plane, mishaps, span, size, top)
    })?;
    let mut legend = keys(&[
        ("warm", "demand"),
        ("cool", words.capacity),
        ("violation", "violation: demand above 85% of capacity"),
        ("severe", "severe: demand above capacity"),
    ]);
    if expected::is_there(frames) {
        legend.extend(keys(&expected::LEGEND));
    }
    legend.extend(mishap::legend(mishaps));
    let see = if expected::is_there(frames) {
        format!("{} {}", words.see, expected::SEE)
    } else {
        words.see.to_owned()
    };
    Ok(figure("Demand and capacity", &legend, &see, &charts))
}

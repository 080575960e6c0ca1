//! The charts of the page: what each shows, and what to look for in it.

mod ecs_service;
mod glance;
mod measured;
mod rds_replicas;
mod redis_nodes;

use maud::{Markup, html};
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Body, Document, Frame, Recording};

use crate::timeline::{Kind, clock};

use super::chart::{
    COOL, ChartError, Ground, Plane, SEVERE, Size, Span, THRESHOLD, VIOLATION, WARM, WORLD, draw, label,
    line, stairs, surfaces, thinned,
};

/// Above this share of capacity, demand is in violation.
const VIOLATION_SHARE: f64 = 0.85;

/// Every chart of a recording; nothing of an empty one.
pub(super) fn figures(document: &Document, recording: &Recording) -> Result<Markup, ChartError> {
    let Some(span) = Span::of(&recording.frames) else {
        return Ok(html! { p { "The run is too short for charts." } });
    };
    let mishaps = mishaps(document, span);
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

/// What a kind of target calls the things that the chart of demand shows.
struct Words {
    /// What demand is measured in.
    unit: &'static str,
    /// What the line of capacity is.
    capacity: &'static str,
    /// What to see in it.
    see: &'static str,
}

/// One figure: title, legend, the chart in both sizes, and what to see in it.
fn figure(title: &str, legend: &[(String, String)], see: &str, charts: &[Markup]) -> Markup {
    html! {
        figure {
            h3 { (title) }
            ul.legend {
                @for (key, text) in legend {
                    li { @if !key.is_empty() { span.key.(key) aria-hidden="true" {} } (text) }
                }
            }
            @for chart in charts { (chart) }
            figcaption { (see) }
        }
    }
}

fn keys(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

/// Something that the scenario did: a number in the charts, a sentence in their legends.
struct Mishap {
    minute: f64,
    sentence: String,
}

/// The first so many are marked: more would hide what they are to explain.
const MISHAPS: usize = 12;

fn mishaps(document: &Document, span: Span) -> Vec<Mishap> {
    let world = document.timeline.iter().filter(|entry| Kind::of(entry) == Kind::World);
    world
        .take(MISHAPS)
        .map(|entry| Mishap {
            minute: span.minute(entry.at),
            sentence: format!("{} {}", clock(entry.at, document.days), entry.detail),
        })
        .collect()
}

/// A thin upright line for each, its number above the plane.
fn mark(
    plane: &mut Plane<'_, '_>,
    mishaps: &[Mishap],
    span: Span,
    size: Size,
    top: f64,
) -> Result<(), String> {
    // Numbers of what happens at once stand beside each other.
    let apart = 10.0 / size.columns() as f64 * span.end() * 1.3;
    let mut free = 0.0_f64;
    for (number, mishap) in (1_usize..).zip(mishaps) {
        line(plane, vec![(mishap.minute, 0.0), (mishap.minute, top)], WORLD, 1)?;
        let x = mishap.minute.max(free);
        label(plane, (x, top), (-4, -2), &number.to_string(), WORLD)?;
        free = x + apart;
    }
    Ok(())
}

fn told(mishaps: &[Mishap]) -> impl Iterator<Item = (String, String)> {
    (1_usize..)
        .zip(mishaps)
        .map(|(number, mishap)| ("world".to_owned(), format!("{number}: {}", mishap.sentence)))
}

fn plain(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn whole(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

fn percent(value: f64) -> String {
    format!("{value:.0}%")
}

/// One value a frame, against minutes.
fn values(frames: &[Frame], span: Span, value: impl Fn(&Frame) -> f64) -> Vec<(f64, f64)> {
    frames.iter().map(|frame| (span.minute(frame.at), value(frame))).collect()
}

/// The stretches of frames of which `holds`: from, to.
fn stretches(frames: &[Frame], span: Span, holds: impl Fn(&Frame) -> bool) -> Vec<(f64, f64)> {
    frames
        .chunk_by(|a, b| holds(a) == holds(b))
        .scan(0, |from, chunk| {
            let begin = *from;
            *from += chunk.len();
            Some((begin, *from, chunk))
        })
        .filter(|(_, _, chunk)| chunk.first().is_some_and(&holds))
        .filter_map(|(begin, end, _)| {
            let to = frames.get(end).map_or(span.end(), |frame| span.minute(frame.at));
            Some((span.minute(frames.get(begin)?.at), to))
        })
        .collect()
}

/// The surface between two stepped edges. One outline a stretch: a layer that is empty for hours must not leave a line there.
fn layer(
    frames: &[Frame],
    span: Span,
    low: impl Fn(&Frame) -> f64,
    high: impl Fn(&Frame) -> f64,
) -> Vec<Vec<(f64, f64)>> {
    let outline = |(from, to): (f64, f64)| {
        let inside = || frames.iter().filter(|frame| (from..to).contains(&span.minute(frame.at)));
        let edge = |what: &dyn Fn(&Frame) -> f64| {
            stairs(inside().map(|frame| (span.minute(frame.at), what(frame))), to)
        };
        let mut outline = edge(&high);
        outline.extend(edge(&low).into_iter().rev());
        outline
    };
    stretches(frames, span, |frame| low(frame) < high(frame)).into_iter().map(outline).collect()
}

/// Upright bands of the whole height, at least wide enough to be seen.
fn bands(stretches: Vec<(f64, f64)>, span: Span, top: f64) -> Vec<Vec<(f64, f64)>> {
    let least = span.end() / 900.0;
    stretches
        .into_iter()
        .map(|(from, to)| {
            let to = to.max(from + least);
            vec![(from, 0.0), (from, top), (to, top), (to, 0.0)]
        })
        .collect()
}

fn demand(
    recording: &Recording,
    mishaps: &[Mishap],
    span: Span,
    words: &Words,
) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let top = frames.iter().map(|frame| frame.demand.max(frame.capacity)).fold(1.0, f64::max) * 1.06;
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
        surfaces(plane, bands(stretches(frames, span, violated), span, top), VIOLATION)?;
        surfaces(plane, bands(stretches(frames, span, severe), span, top), SEVERE)?;
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
    legend.extend(told(mishaps));
    Ok(figure("Demand and capacity", &legend, words.see, &charts))
}

/// The thresholds of some signals as value and text; rules of one value share a line.
fn thresholds(recording: &Recording, signals: &[Signal]) -> Vec<(f64, Vec<String>)> {
    let mut found: Vec<(f64, Vec<String>)> = Vec::new();
    for threshold in recording.thresholds.iter().filter(|threshold| signals.contains(&threshold.signal)) {
        match found.iter_mut().find(|(value, _)| (value - threshold.value).abs() < 1e-9) {
            Some((_, rules)) if rules.contains(&threshold.rule) => {}
            Some((_, rules)) => rules.push(threshold.rule.clone()),
            None => found.push((threshold.value, vec![threshold.rule.clone()])),
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

/// Draws thresholds with their values at the right edge; the rules' own words are in the legend, where no curve runs through them.
fn draw_thresholds(
    plane: &mut Plane<'_, '_>,
    found: &[(f64, Vec<String>)],
    span: Span,
    unit: &str,
    height: impl Fn(f64) -> f64,
) -> Result<(), String> {
    for (value, _) in found {
        let y = height(*value);
        line(plane, vec![(0.0, y), (span.end(), y)], THRESHOLD, 1)?;
        label(plane, (span.end(), y), (4, 6), &format!("{}{unit}", plain(*value)), THRESHOLD)?;
    }
    Ok(())
}

/// A line of the legend for each threshold.
fn rules(found: &[(f64, Vec<String>)]) -> impl Iterator<Item = (String, String)> {
    found.iter().map(|(_, rules)| ("threshold".to_owned(), rules.join("  ·  ")))
}

/// The chart in both sizes.
fn both(
    ground: &Ground,
    span: Span,
    content: impl Fn(&mut Plane<'_, '_>, Size) -> Result<(), String>,
) -> Result<Vec<Markup>, ChartError> {
    Size::ALL.into_iter().map(|size| draw(ground, size, span, |plane| content(plane, size))).collect()
}

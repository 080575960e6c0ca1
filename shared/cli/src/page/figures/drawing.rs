//! What the charts are drawn with: legends, surfaces, bands and thresholds.

use maud::{Markup, html};
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Frame, Recording};

use super::super::chart::{ChartError, Ground, Plane, Size, Span, THRESHOLD, draw, label, line, stairs};

/// Above this share of capacity, demand is in violation.
pub(super) const VIOLATION_SHARE: f64 = 0.85;

/// What a kind of target calls the things that the chart of demand shows.
pub(super) struct Words {
    /// What demand is measured in.
    pub(super) unit: &'static str,
    /// What the line of capacity is.
    pub(super) capacity: &'static str,
    /// What to see in it.
    pub(super) see: &'static str,
}

/// One figure: title, legend, the chart in both sizes, and what to see in it.
pub(super) fn figure(title: &str, legend: &[(String, String)], see: &str, charts: &[Markup]) -> Markup {
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

pub(super) fn keys(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

pub(super) fn plain(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

pub(super) fn whole(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

pub(super) fn percent(value: f64) -> String {
    format!("{value:.0}%")
}

/// One value a frame, against minutes.
pub(super) fn values(frames: &[Frame], span: Span, value: impl Fn(&Frame) -> f64) -> Vec<(f64, f64)> {
    frames.iter().map(|frame| (span.minute(frame.at), value(frame))).collect()
}

/// The stretches of frames of which `holds`: from, to.
pub(super) fn stretches(frames: &[Frame], span: Span, holds: impl Fn(&Frame) -> bool) -> Vec<(f64, f64)> {
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
pub(super) fn layer(
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
pub(super) fn bands(stretches: Vec<(f64, f64)>, span: Span, top: f64) -> Vec<Vec<(f64, f64)>> {
    let least = span.end() / 900.0;
    stretches
        .into_iter()
        .map(|(from, to)| {
            let to = to.max(from + least);
            vec![(from, 0.0), (from, top), (to, top), (to, 0.0)]
        })
        .collect()
}

/// The thresholds of some signals as value and text; rules of one value share a line.
pub(super) fn thresholds(recording: &Recording, signals: &[Signal]) -> Vec<(f64, Vec<String>)> {
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
pub(super) fn draw_thresholds(
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
pub(super) fn rules(found: &[(f64, Vec<String>)]) -> impl Iterator<Item = (String, String)> {
    found.iter().map(|(_, rules)| ("threshold".to_owned(), rules.join("  ·  ")))
}

/// The chart in both sizes.
pub(super) fn both(
    ground: &Ground,
    span: Span,
    content: impl Fn(&mut Plane<'_, '_>, Size) -> Result<(), String>,
) -> Result<Vec<Markup>, ChartError> {
    Size::ALL.into_iter().map(|size| draw(ground, size, span, |plane| content(plane, size))).collect()
}

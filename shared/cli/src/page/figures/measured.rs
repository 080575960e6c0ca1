//! A chart of what is measured, against the rules that speak of it: the same for every kind of target.

use maud::Markup;
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Frame, Recording};

use super::super::chart::{COOL, ChartError, Ground, Size, Span, WARM, line, thinned};
use super::drawing::{both, draw_thresholds, figure, keys, rules, stretches, thresholds};

/// What is measured at one minute.
type Value = fn(&Frame) -> Option<f64>;

/// Lines that break where nothing was published: nothing is not zero.
fn broken(
    frames: &[Frame],
    span: Span,
    value: impl Fn(&Frame) -> Option<f64>,
    size: Size,
) -> Vec<Vec<(f64, f64)>> {
    stretches(frames, span, |frame| value(frame).is_some())
        .into_iter()
        .map(|(from, to)| {
            let points: Vec<_> = frames
                .iter()
                .map(|frame| (span.minute(frame.at), value(frame)))
                .filter(|(minute, _)| (from..to).contains(minute))
                .filter_map(|(minute, value)| Some((minute, value?)))
                .collect();
            thinned(&points, size.columns())
        })
        .collect()
}

/// One measure, or two, against the rules that speak of it.
pub(super) struct Measure {
    pub(super) ground: Ground,
    pub(super) warm: Option<(&'static str, Value)>,
    pub(super) cool: (&'static str, Value),
    pub(super) signals: &'static [Signal],
    /// What is written behind a threshold.
    pub(super) unit: &'static str,
    pub(super) title: &'static str,
    pub(super) see: &'static str,
}

pub(super) fn measured(recording: &Recording, span: Span, measure: Measure) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let top = measure.ground.scale.end;
    let found: Vec<_> =
        thresholds(recording, measure.signals).into_iter().filter(|(value, _)| *value <= top).collect();
    let charts = both(&measure.ground, span, |plane, size| {
        if let Some((_, value)) = measure.warm {
            for points in broken(frames, span, value, size) {
                line(plane, points, WARM, span.stroke())?;
            }
        }
        for points in broken(frames, span, measure.cool.1, size) {
            line(plane, points, COOL, span.stroke())?;
        }
        draw_thresholds(plane, &found, span, measure.unit, |value| value)
    })?;
    let mut legend = keys(&[("cool", measure.cool.0)]);
    if let Some((name, _)) = measure.warm {
        legend.extend(keys(&[("warm", name)]));
    }
    legend.extend(rules(&found));
    Ok(figure(measure.title, &legend, measure.see, &charts))
}

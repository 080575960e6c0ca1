//! The charts of the disks of replicas and their primary: drawn only where a rule compares them.

use maud::{Markup, html};
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{DiskFrame, Frame, Recording, Stage};

use super::super::chart::{COOL, ChartError, Ground, Span, WARM, line, thinned};
use super::drawing::{both, draw_thresholds, figure, keys, plain, rules, thresholds, values};

/// Replicas that clients are connected to.
const ANSWERING: [Stage; 4] = [Stage::Ramping, Stage::Serving, Stage::Demoted, Stage::Draining];

/// What of a disk is drawn.
struct Measure {
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    signals: [Signal; 2],
    /// So many of the chart's unit are one of the signal's.
    scale: f64,
    of: fn(&DiskFrame) -> f64,
    /// What is written behind a threshold.
    suffix: &'static str,
    title: &'static str,
    see: &'static str,
}

const LATENCY: Measure = Measure {
    name: "read latency",
    label: "Read latency of the primary's disk and of the slowest replica's over time, in milliseconds",
    unit: "one read, milliseconds",
    signals: [Signal::PrimaryReadLatency, Signal::ReplicaReadLatency],
    scale: 1_000.0,
    of: |disk| disk.read_latency,
    suffix: "ms",
    title: "Read latency against the rules",
    see: "A disk answers in a millisecond or so until its database is nearly full. Then it slows down all at once.",
};

const QUEUE: Measure = Measure {
    name: "disk queue",
    label: "Requests that wait for the primary's disk and for the busiest replica's over time",
    unit: "requests that wait",
    signals: [Signal::PrimaryDiskQueue, Signal::ReplicaDiskQueue],
    scale: 1.0,
    of: |disk| disk.queue,
    suffix: "",
    title: "Disk queues against the rules",
    see: "The primary's disk serves writes too, of which no replica takes any.",
};

/// Those that the rules compare.
pub(super) fn figures(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let chart = |measure: &Measure| match thresholds(recording, &measure.signals).as_slice() {
        [] => Ok(html! {}),
        found => drawn(recording, span, measure, found),
    };
    Ok(html! { (chart(&LATENCY)?) (chart(&QUEUE)?) })
}

fn drawn(
    recording: &Recording,
    span: Span,
    measure: &Measure,
    found: &[(f64, Vec<String>)],
) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let found: Vec<(f64, Vec<String>)> =
        found.iter().map(|(value, rules)| (value * measure.scale, rules.clone())).collect();
    let of = |disk: &DiskFrame| (measure.of)(disk) * measure.scale;
    let primary = values(frames, span, |frame| frame.replica_set().map_or(0.0, |set| of(&set.primary_disk)));
    let replica = values(frames, span, |frame: &Frame| {
        let answering = frame.replicas().iter().filter(|replica| ANSWERING.contains(&replica.stage));
        answering.map(|replica| of(&replica.disk)).fold(0.0, f64::max)
    });
    let drawn = primary.iter().chain(&replica).map(|(_, value)| *value);
    let most = drawn.chain(found.iter().map(|(value, _)| *value)).fold(1.0, f64::max);
    let ground = Ground {
        name: measure.name,
        label: measure.label.to_owned(),
        unit: measure.unit,
        height: 200,
        scale: 0.0..most * 1.08,
        tick: plain,
        ticks: 4,
    };
    let charts = both(&ground, span, |plane, size| {
        line(plane, thinned(&replica, size.columns()), WARM, span.stroke() + 2)?;
        line(plane, thinned(&primary, size.columns()), COOL, span.stroke())?;
        draw_thresholds(plane, &found, span, measure.suffix, |value| value)
    })?;
    let mut legend = keys(&[("cool", "primary"), ("warm", "slowest replica behind the reader name")]);
    legend.extend(rules(&found));
    Ok(figure(measure.title, &legend, measure.see, &charts))
}

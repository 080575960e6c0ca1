//! The charts of a service: its tasks between their bounds, what is measured of them, and its queue.

use maud::{Markup, html};
use tidegate_policy::policy::Signal;
use tidegate_simulator::document::{Frame, Recording, TaskSet};

use super::super::chart::{
    BOUND, ChartError, DARK, DEPLOYING, DESIRED, EVENT, Ground, PENDING, RUNNING, SPOT, Span, WARM, line,
    stairs, surfaces, thinned,
};
use super::drawing::{
    Words, bands, both, figure, keys, layer, percent, plain, stretches, thresholds, values, whole,
};
use super::measured::{Measure, measured};
use super::mishap::{self, Mishap, mark};

/// What the chart of demand shows of a service.
pub(super) const WORDS: Words = Words {
    unit: "capacities of one task",
    capacity: "capacity: the tasks that run",
    see: "Each running task is one capacity. It should step up before demand touches it, and come down only after demand has stayed low. \
          A shaded stretch is time in which clients, or messages, waited.",
};

/// Every chart of a service but the one of demand.
pub(super) fn figures(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    let any = |value: fn(&TaskSet) -> Option<f64>| sets(recording).any(|set| value(set).is_some());
    let has_queue = any(|set| set.queue_depth);
    let has_requests = any(|set| set.requests);
    Ok(html! {
        (tasks(recording, mishaps, span)?)
        (utilisation(recording, span)?)
        @if has_requests { (latency(recording, span)?) (requests(recording, span)?) }
        @if has_queue { (queue(recording, span)?) }
    })
}

fn sets(recording: &Recording) -> impl Iterator<Item = &TaskSet> {
    recording.frames.iter().filter_map(Frame::task_set)
}

fn holds(frame: &Frame, what: impl Fn(&TaskSet) -> bool) -> bool {
    frame.task_set().is_some_and(what)
}

fn count(frame: &Frame, what: impl Fn(&TaskSet) -> u32) -> f64 {
    f64::from(frame.task_set().map_or(0, what))
}

fn tasks(recording: &Recording, mishaps: &[Mishap], span: Span) -> Result<Markup, ChartError> {
    let frames = &recording.frames;
    let most = sets(recording)
        .map(|set| (set.running + set.pending).max(set.desired).max(set.min))
        .max()
        .unwrap_or(0)
        .max(1);
    // A maximum far above what ever runs would press everything else to the ground.
    let highest = sets(recording).map(|set| set.max).max().unwrap_or(most);
    let top =
        f64::from(if highest <= most.saturating_mul(2) { highest.max(most) } else { most }) * 1.04 + 0.4;
    let ground = Ground {
        name: "tasks between their bounds",
        label: format!(
            "Running, pending and desired tasks over time between the bounds in force, at most {most}"
        ),
        unit: "tasks",
        height: 280,
        scale: 0.0..top,
        tick: whole,
        ticks: 7,
    };
    let charts = both(&ground, span, |plane, size| {
        for (color, what) in [
            (EVENT, &(|set: &TaskSet| set.event.is_some()) as &dyn Fn(&TaskSet) -> bool),
            (DEPLOYING, &|set: &TaskSet| set.deploying),
            (DARK, &|set: &TaskSet| set.dark),
        ] {
            surfaces(plane, bands(stretches(frames, span, |frame| holds(frame, what)), span, top), color)?;
        }
        let on_demand = |set: &TaskSet| set.running - set.on_spot.min(set.running);
        let running = |set: &TaskSet| set.running;
        let all = |set: &TaskSet| set.running + set.pending;
        let none = |_: &TaskSet| 0;
        type Edge<'a> = &'a dyn Fn(&TaskSet) -> u32;
        let layers: [(_, Edge<'_>, Edge<'_>); 3] =
            [(RUNNING, &none, &on_demand), (SPOT, &on_demand, &running), (PENDING, &running, &all)];
        for (color, low, high) in layers {
            let outlines = layer(frames, span, |frame| count(frame, low), |frame| count(frame, high));
            surfaces(plane, outlines, color)?;
        }
        let stepped =
            |what: Edge<'_>| stairs(values(frames, span, |frame| count(frame, what).min(top)), span.end());
        line(plane, stepped(&|set| set.min), BOUND, 1)?;
        line(plane, stepped(&|set| set.max), BOUND, 1)?;
        line(plane, stepped(&|set| set.desired), DESIRED, span.stroke())?;
        let demand: Vec<_> = values(frames, span, |frame| frame.demand.min(top));
        line(plane, thinned(&demand, size.columns()), WARM, span.stroke())?;
        mark(plane, mishaps, span, size, top)
    })?;
    let shown = |key: &'static str, text: &'static str, what: fn(&TaskSet) -> bool| {
        sets(recording).any(what).then_some((key, text))
    };
    let found: Vec<(&str, &str)> = [
        Some(("warm", "demand, in tasks")),
        Some(("running", "running")),
        shown("spot", "running on Spot", |set| set.on_spot > 0),
        shown("pending", "starting", |set| set.pending > 0),
        Some(("desired", "desired count")),
        Some(("bound", "minimum and maximum in force")),
        shown("event", "planned event, its lead included", |set| set.event.is_some()),
        shown("deploying", "deployment", |set| set.deploying),
        shown("dark", "CloudWatch is silent", |set| set.dark),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut legend = keys(&found);
    legend.extend(mishap::legend(mishaps));
    Ok(figure(
        "Tasks between their bounds",
        &legend,
        "The bounds in force step with windows, planned events and direct commands; the desired count stays between them, and tasks follow within minutes. \
         A rolling deployment runs up to twice the tasks for a while. Nothing is taken away while one is under way.",
        &charts,
    ))
}

fn utilisation(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let ground = Ground {
        name: "utilisation of tasks",
        label: "CPU and memory of the running tasks over time, in percent".to_owned(),
        unit: "percent of what tasks reserve",
        height: 280,
        scale: 0.0..105.0,
        tick: percent,
        ticks: 6,
    };
    let measure = Measure {
        ground,
        warm: Some(("memory", |frame| frame.task_set()?.memory)),
        cool: ("CPU", |frame| frame.task_set()?.cpu),
        signals: &[Signal::Cpu, Signal::Memory],
        unit: "%",
        title: "CPU and memory against the rules",
        see: "CPU is a mean over tasks and never above 100%, however much more is asked for. \
              A line breaks where no task runs, or where CloudWatch is silent.",
    };
    measured(recording, span, measure)
}

/// Everything above this looks the same to a client: too long.
const LATENCY_SHOWN: f64 = 5.0;

fn latency(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let ground = Ground {
        name: "latency",
        label: format!("p95 latency over time, in seconds, up to {LATENCY_SHOWN}"),
        unit: "p95 latency, seconds",
        height: 220,
        scale: 0.0..LATENCY_SHOWN * 1.05,
        tick: plain,
        ticks: 6,
    };
    let measure = Measure {
        ground,
        warm: None,
        cool: ("p95 latency; 5 s stands for 5 s and more", |frame| {
            Some(frame.task_set()?.latency?.min(LATENCY_SHOWN))
        }),
        signals: &[Signal::Latency],
        unit: " s",
        title: "Latency against the rules",
        see: "Latency rises steeply once tasks are nearly full: it is the last signal to speak, and the one that clients feel.",
    };
    measured(recording, span, measure)
}

/// Requests a minute for each running task.
fn per_task(set: &TaskSet) -> Option<f64> {
    set.requests.map(|requests| requests / f64::from(set.running.max(1)))
}

fn requests(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let rule = thresholds(recording, &[Signal::RequestsPerTarget]).into_iter().map(|(value, _)| value);
    let most = sets(recording).filter_map(per_task).chain(rule).fold(1.0, f64::max);
    let ground = Ground {
        name: "requests per task",
        label: format!("Requests a minute for each running task over time, up to {most:.0}"),
        unit: "requests a minute for each task",
        height: 220,
        scale: 0.0..most * 1.06,
        tick: whole,
        ticks: 6,
    };
    let measure = Measure {
        ground,
        warm: None,
        cool: ("requests a minute for each running task", |frame| per_task(frame.task_set()?)),
        signals: &[Signal::RequestsPerTarget],
        unit: "",
        title: "Requests against the rules",
        see: "Requests are counted however busy the tasks are: unlike CPU they show how much is asked for.",
    };
    measured(recording, span, measure)
}

fn queue(recording: &Recording, span: Span) -> Result<Markup, ChartError> {
    let rule = thresholds(recording, &[Signal::QueueDepth]).into_iter().map(|(value, _)| value);
    let most = sets(recording).filter_map(|set| set.queue_depth).chain(rule).fold(1.0, f64::max);
    let ground = Ground {
        name: "queue depth",
        label: format!("Messages that wait in the queue over time, up to {most:.0}"),
        unit: "messages that wait",
        height: 240,
        scale: 0.0..most * 1.06,
        tick: whole,
        ticks: 6,
    };
    let measure = Measure {
        ground,
        warm: None,
        cool: ("messages that wait", |frame| frame.task_set()?.queue_depth),
        signals: &[Signal::QueueDepth],
        unit: "",
        title: "The queue against the rules",
        see: "What is not worked off waits and is not lost. Without any worker the queue is the only signal there is.",
    };
    measured(recording, span, measure)
}

//! The signals of a service, and the work behind them: a mean over tasks times the tasks that ran in that minute, or a total.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::evaluate::series::MemberSeries;
use crate::history::ServiceMemory;
use crate::observation::{EcsObservation, Minute, Point, Reading, Service};
use crate::policy::{Scaling, ServiceMetric, Signal};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// The recent past whose mean is projected onto fewer tasks.
const PROJECTED_MINUTES: u32 = 10;

/// The signals of a service in their own units, each as far as it was bought.
pub(crate) struct Signals<'a> {
    service: &'a Service,
    memory: &'a ServiceMemory,
    readings: BTreeMap<Signal, Reading>,
}

impl<'a> Signals<'a> {
    pub(crate) fn new(
        seen: &EcsObservation,
        service: &'a Service,
        memory: &'a ServiceMemory,
        now: Timestamp,
    ) -> Self {
        let mut signals = Self { service, memory, readings: BTreeMap::new() };
        let raw = |metric| seen.signals.get(&metric).unwrap_or(&Reading::Missing);
        for signal in Signal::OF_SERVICE {
            let reading = match signal {
                Signal::Cpu => raw(ServiceMetric::Cpu).clone(),
                Signal::Memory => raw(ServiceMetric::Memory).clone(),
                Signal::QueueDepth => raw(ServiceMetric::QueueDepth).clone(),
                // AWS reports no latency, no error and no age where there was no request and no message: nothing is late, nothing failed.
                Signal::Latency => joined(
                    raw(ServiceMetric::Requests),
                    raw(ServiceMetric::Latency),
                    now,
                    |requests, latency| {
                        if requests > 0.0 { latency } else { Some(0.0) }
                    },
                ),
                Signal::ErrorRate => joined(
                    raw(ServiceMetric::Requests),
                    raw(ServiceMetric::Errors),
                    now,
                    |requests, errors| {
                        Some(if requests > 0.0 { 100.0 * errors.unwrap_or(0.0) / requests } else { 0.0 })
                    },
                ),
                Signal::QueueAge => {
                    joined(raw(ServiceMetric::QueueDepth), raw(ServiceMetric::QueueAge), now, |depth, age| {
                        if depth > 0.0 { age } else { Some(age.unwrap_or(0.0)) }
                    })
                }
                Signal::RequestsPerTarget => signals.per_task(raw(ServiceMetric::Requests), now),
                Signal::BacklogPerTask => signals.per_task(raw(ServiceMetric::QueueDepth), now),
                _ => continue,
            };
            signals.readings.insert(signal, reading);
        }
        signals
    }

    /// The capacity that there is to be.
    pub(super) fn desired(&self) -> Count {
        self.service.desired
    }

    pub(super) fn reading(&self, signal: Signal) -> &Reading {
        self.readings.get(&signal).unwrap_or(&Reading::Missing)
    }

    /// A total for each task that ran; of none, as if one did.
    fn per_task(&self, total: &Reading, now: Timestamp) -> Reading {
        mapped(total, now, |point| point.value / f64::from(self.running_in(point.minute).0.max(1)))
    }

    /// How many tasks ran in a minute, as far as it is remembered.
    fn running_in(&self, minute: Minute) -> Count {
        let Some(end) = minute.end() else { return self.service.running };
        let changes = &self.memory.running;
        let before = changes.iter().rev().find(|since| since.at <= end).or(changes.first());
        before.map_or(self.service.running, |since| since.count)
    }

    /// A service without a task has no CPU and no memory to measure, and that is known, not missing.
    pub(super) fn is_idle(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Cpu | Signal::Memory)
            && self.service.running == Count::ZERO
            && *self.reading(signal) == Reading::Missing
    }

    pub(super) fn series(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        if self.is_idle(signal) {
            return Vec::new();
        }
        vec![MemberSeries { member: "the service", scale: Some(1.0), reading: self.reading(signal) }]
    }

    /// The work of a point in the unit of a target for one task: so many tasks at the target carry it.
    pub(super) fn work(&self, signal: Signal, point: &Point) -> f64 {
        match signal {
            Signal::Cpu | Signal::Memory => point.value * f64::from(self.running_in(point.minute).0),
            // These were divided by the tasks of their minute, of none as if by one.
            _ => point.value * f64::from(self.running_in(point.minute).0.max(1)),
        }
    }

    /// The fewest tasks whose load stays below every threshold of the way out, by the margin. `None` where no rule says a limit.
    ///
    /// Memory is left out: what a task holds in memory does not move to the others when it goes.
    pub(crate) fn fewest(&self, scaling: &Scaling) -> Option<(Count, Explanation)> {
        let limits = scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold, &rule.text));
        let limits = limits.chain(scaling.track.iter().map(|rule| (rule.signal, rule.target, &rule.text)));
        let shared =
            |signal| matches!(signal, Signal::Cpu | Signal::RequestsPerTarget | Signal::BacklogPerTask);
        limits
            .filter(|(signal, ..)| shared(*signal) && !self.is_idle(*signal))
            .filter_map(|(signal, limit, text)| {
                let points = self.reading(signal).fresh()?.last_minutes(PROJECTED_MINUTES);
                let work = points.iter().map(|point| self.work(signal, point)).sum::<f64>() / points.len() as f64;
                let allowed = limit - scaling.margin.of(limit);
                let fewest = Count::ceil(work / allowed);
                let each = |count: Count| signal.shown(work / f64::from(count.0.max(1)));
                let detail = format!(
                    "\"{text}\": {} would be {} with {} and {} with {fewest}, and {} is the most that leaves {} below {}",
                    signal.name(),
                    each(fewest.minus(Count::ONE)),
                    fewest.minus(Count::ONE),
                    each(fewest),
                    signal.shown(allowed),
                    scaling.margin,
                    signal.shown(limit),
                );
                Some((fewest, Explanation::new(Reason::ProjectedLoadTooHigh, detail)))
            })
            .max_by_key(|(fewest, _)| *fewest)
    }
}

/// Points of `raw` changed one by one.
fn mapped(raw: &Reading, now: Timestamp, change: impl Fn(&Point) -> f64) -> Reading {
    let (Reading::Fresh(series) | Reading::Stale(series)) = raw else { return Reading::Missing };
    let points = series.points().iter().map(|point| Point { minute: point.minute, value: change(point) });
    Reading::new(points.collect(), None, now)
}

/// Minutes of `always` with what `sometimes` says of them, if it says anything.
fn joined(
    always: &Reading,
    sometimes: &Reading,
    now: Timestamp,
    join: impl Fn(f64, Option<f64>) -> Option<f64>,
) -> Reading {
    let (Reading::Fresh(series) | Reading::Stale(series)) = always else { return Reading::Missing };
    let other: &[Point] = match sometimes {
        Reading::Fresh(series) | Reading::Stale(series) => series.points(),
        Reading::Missing => &[],
    };
    let said = |minute: Minute| {
        let index = other.binary_search_by_key(&minute, |point| point.minute).ok()?;
        Some(other[index].value)
    };
    let points = series.points().iter().filter_map(|point| {
        let value = join(point.value, said(point.minute))?;
        Some(Point { minute: point.minute, value })
    });
    Reading::new(points.collect(), None, now)
}

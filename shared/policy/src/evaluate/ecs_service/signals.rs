//! The signals of a service, and the work behind them: a mean over tasks times the tasks that ran in that minute, or a total.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::traffic::Traffic;
use crate::evaluate::series::{MemberSeries, mapped};
use crate::history::EcsServiceMemory;
use crate::observation::{EcsObservation, Minute, Point, Reading, Service};
use crate::policy::{EcsService, Scaling, ServiceMetric, Signal};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// The recent past whose mean is projected onto fewer tasks.
const PROJECTED_MINUTES: u32 = 10;
/// So far back a message in flight says that a task may be at work on it still.
const AT_WORK_MINUTES: u32 = 5;
/// The limit of CPU where the policy has no rule on the way up: nobody wants a task above it.
const LIMIT_WITHOUT_RULE: f64 = 80.0;

/// The signals of a service in their own units, each as far as it was bought.
pub(crate) struct Signals<'a> {
    service: &'a Service,
    memory: &'a EcsServiceMemory,
    readings: BTreeMap<Signal, Reading>,
    /// Tasks were asked for so long ago that they are not to be counted on, and nothing was asked for since.
    stuck: bool,
    /// Of signals that tasks share, where another number of tasks ran in the past: as explanations call it, and the reading.
    on_todays_tasks: Spread,
    /// What rules of removal look at instead, where that is more: messages in flight are work too.
    leaving: BTreeMap<Signal, Reading>,
    leaving_on_todays_tasks: Spread,
    /// The messages that wait and those in flight, where rules ask for a queue.
    queue: Option<(&'a Reading, &'a Reading)>,
}

/// What the same work would be on the tasks that there are to be: as explanations call it, and the reading.
type Spread = BTreeMap<Signal, (String, Reading)>;

impl<'a> Signals<'a> {
    pub(crate) fn new(
        seen: &'a EcsObservation,
        scaling: &Scaling,
        ecs: &EcsService,
        service: &'a Service,
        memory: &'a EcsServiceMemory,
        now: Timestamp,
    ) -> Self {
        let long_ago = |at: Timestamp| now.duration_since(at) >= ecs.start_within;
        let stuck = memory.starting.is_some_and(|starting| long_ago(starting.since))
            && memory.asked_at.is_none_or(long_ago);
        let raw = |metric| seen.signals.get(&metric).unwrap_or(&Reading::Missing);
        let mut signals = Self {
            service,
            memory,
            readings: BTreeMap::new(),
            stuck,
            on_todays_tasks: Spread::new(),
            leaving: BTreeMap::new(),
            leaving_on_todays_tasks: Spread::new(),
            queue: asks_for_a_queue(scaling)
                .then(|| (raw(ServiceMetric::QueueDepth), raw(ServiceMetric::QueueInFlight))),
        };
        let traffic = Traffic::of(seen, now);
        for signal in Signal::OF_SERVICE {
            let reading = match signal {
                Signal::Cpu => raw(ServiceMetric::Cpu).clone(),
                Signal::Memory => raw(ServiceMetric::Memory).clone(),
                Signal::QueueDepth => raw(ServiceMetric::QueueDepth).clone(),
                Signal::Latency => traffic.latency.clone(),
                Signal::ErrorRate => traffic.error_rate.clone(),
                // AWS reports no age where there is no message: nothing is late.
                Signal::QueueAge => {
                    joined(raw(ServiceMetric::QueueDepth), raw(ServiceMetric::QueueAge), now, |depth, age| {
                        if depth > 0.0 { age } else { Some(age.unwrap_or(0.0)) }
                    })
                }
                Signal::RequestsPerTarget => signals.per_task(&traffic.requests, now),
                Signal::BacklogPerTask => signals.per_task(raw(ServiceMetric::QueueDepth), now),
                _ => continue,
            };
            signals.readings.insert(signal, reading);
        }
        if let Some((waiting, in_flight)) = signals.queue {
            let both = joined(waiting, in_flight, now, |waiting, in_flight| Some(waiting + in_flight?));
            signals.leaving.insert(Signal::BacklogPerTask, signals.per_task(&both, now));
            signals.leaving.insert(Signal::QueueDepth, both);
        }
        signals.on_todays_tasks = signals.spread_over_todays_tasks(&signals.readings, now);
        signals.leaving_on_todays_tasks = signals.spread_over_todays_tasks(&signals.leaving, now);
        signals
    }

    /// The capacity that there is to be.
    pub(super) fn desired(&self) -> Count {
        self.service.desired
    }

    /// The tasks that run.
    pub(super) fn running(&self) -> Count {
        self.service.running
    }

    /// Whether tasks that were asked for do not come: a step then counts from what there is, once in each `start_within`.
    pub(super) fn stuck(&self) -> bool {
        self.stuck
    }

    /// The tasks that carry the load now or soon.
    pub(super) fn carrying(&self) -> Count {
        if self.stuck { self.service.running } else { self.service.desired }
    }

    pub(super) fn reading(&self, signal: Signal) -> &Reading {
        self.readings.get(&signal).unwrap_or(&Reading::Missing)
    }

    /// The reading that has to be low before a task goes: of a queue what waits and what is in flight.
    pub(super) fn leaving(&self, signal: Signal) -> &Reading {
        self.leaving.get(&signal).unwrap_or_else(|| self.reading(signal))
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

    /// What rules decide on: the work of each minute on the tasks that there are to be.
    pub(super) fn series(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        match self.on_todays_tasks.get(&signal) {
            Some((member, reading)) if !self.is_idle(signal) => {
                vec![MemberSeries { member, scale: Some(1.0), reading, smallest_of: None }]
            }
            _ => self.measured(signal),
        }
    }

    /// What rules of removal decide on: the same, and of a queue with what is in flight.
    pub(super) fn series_of_leaving(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        let Some(reading) = self.leaving.get(&signal) else { return self.series(signal) };
        let (member, reading) = match self.leaving_on_todays_tasks.get(&signal) {
            Some((member, reading)) => (member.as_str(), reading),
            None => ("the service, with messages in flight,", reading),
        };
        vec![MemberSeries { member, scale: Some(1.0), reading, smallest_of: None }]
    }

    /// What was measured, by as many tasks as there were.
    pub(super) fn measured(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        if self.is_idle(signal) {
            return Vec::new();
        }
        vec![MemberSeries {
            member: "the service",
            scale: Some(1.0),
            reading: self.reading(signal),
            smallest_of: None,
        }]
    }

    /// What the work of each minute would be on the tasks that there are to be today: what was measured with fewer says nothing of them.
    fn spread_over_todays_tasks(&self, readings: &BTreeMap<Signal, Reading>, now: Timestamp) -> Spread {
        let carrying = self.carrying();
        let constant = self.memory.running.iter().all(|since| since.count == carrying);
        if constant || carrying == Count::ZERO {
            return Spread::new();
        }
        let tasks = if carrying == Count::ONE { "task" } else { "tasks" };
        let shared = readings.iter().filter(|(signal, _)| is_shared(**signal));
        let spread = shared.map(|(signal, reading)| {
            let spread = mapped(reading, now, |point| self.work(*signal, point) / f64::from(carrying.0));
            (*signal, (format!("the same work on {carrying} {tasks}"), spread))
        });
        spread.filter(|(_, (_, spread))| *spread != Reading::Missing).collect()
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
    pub(crate) fn fewest(&self, scaling: &Scaling) -> Option<(Count, Explanation)> {
        let limits = scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold, &rule.text));
        let limits = limits.chain(scaling.track.iter().map(|rule| (rule.signal, rule.target, &rule.text)));
        // Whoever asks of CPU how far to go down has a limit on the way up, written or not.
        let asked = scaling.scale_in.iter().find(|rule| rule.signal == Signal::Cpu);
        let unwritten = asked.map(|rule| (Signal::Cpu, LIMIT_WITHOUT_RULE, &rule.text));
        let mut limits: Vec<_> = limits.collect();
        limits.extend(unwritten.filter(|_| !limits.iter().any(|(signal, ..)| *signal == Signal::Cpu)));
        limits
            .into_iter()
            .filter(|(signal, ..)| is_shared(*signal) && !self.is_idle(*signal))
            .filter_map(|(signal, limit, text)| {
                let points = self.leaving(signal).fresh()?.last_minutes(PROJECTED_MINUTES);
                let work = points.iter().map(|point| self.work(signal, point)).sum::<f64>() / points.len() as f64;
                let allowed = limit - scaling.margin.of(limit);
                let fewest = Count::ceil(work / allowed);
                // Even the last task uses some CPU without any load: it alone keeps nobody from going to none.
                if signal == Signal::Cpu && fewest == Count::ONE {
                    return None;
                }
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
            .chain(self.at_work())
            .max_by_key(|(fewest, _)| *fewest)
    }

    /// As many tasks as there are messages in flight: each may be at work on one, and nobody says which. One as long as any message is left;
    /// all of them where that is not known.
    fn at_work(&self) -> Option<(Count, Explanation)> {
        let (waiting, in_flight) = self.queue?;
        let desired = self.service.desired;
        let lately = |reading: &Reading| {
            let points = reading.fresh()?.last_minutes(AT_WORK_MINUTES).iter();
            Some(points.map(|point| point.value).fold(0.0, f64::max))
        };
        let (Some(waiting), Some(in_flight)) = (lately(waiting), lately(in_flight)) else {
            let detail = format!(
                "the messages that wait or are in flight are not known: {desired} tasks may be at work on some"
            );
            return Some((desired, Explanation::new(Reason::SignalMissing, detail)));
        };
        let least = Count::ceil(in_flight).max(Count::ceil(waiting).min(Count::ONE)).min(desired);
        (least > Count::ZERO).then(|| {
            let detail = format!(
                "up to {in_flight:.0} messages were in flight and {waiting:.0} waited in the last {AT_WORK_MINUTES} minutes: {least} of {desired} tasks may be at work on them"
            );
            (least, Explanation::new(Reason::WorkInFlight, detail))
        })
    }
}

/// Whether it falls as tasks are added: what it measures is shared among them. Memory does not: what a task holds stays its own.
pub(super) fn is_shared(signal: Signal) -> bool {
    matches!(signal, Signal::Cpu | Signal::RequestsPerTarget | Signal::BacklogPerTask)
}

/// Whether the number of tasks depends on a queue.
fn asks_for_a_queue(scaling: &Scaling) -> bool {
    let rules = scaling.scale_out.iter().chain(&scaling.scale_in).map(|rule| rule.signal);
    let mut signals = rules.chain(scaling.track.iter().map(|rule| rule.signal));
    signals.any(|signal| signal.service_metrics().contains(&ServiceMetric::QueueInFlight))
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

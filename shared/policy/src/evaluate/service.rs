//! What each rule says of a service. Work is what tasks share: a mean over tasks times the tasks that ran in that minute, or a total.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::series::MemberSeries;
use super::threshold::{self, Verdict};
use super::{Evaluation, Recommendation, ServiceBounds, Vote};
use crate::history::{History, ServiceMemory};
use crate::observation::{EcsObservation, Minute, Point, Reading, Series, Service};
use crate::policy::{Comparison, Scaling, ServiceMetric, Signal, Target, ThresholdRule, TrackingRule};
use crate::reason::{Alert, Explanation, Reason};
use crate::units::{Count, Percent};

/// As AWS target tracking's own alarms: three minutes above the target, fifteen below nine tenths of it.
const OUT_MINUTES: u32 = 3;
const IN_MINUTES: u32 = 15;
const IN_SHARE: f64 = 0.9;
/// The recent past whose mean is projected onto fewer tasks.
const PROJECTED_MINUTES: u32 = 10;
/// Errors are explained by load if a signal of load is at this share of its own threshold.
const EXPLAINED_AT: f64 = 0.8;

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

    fn reading(&self, signal: Signal) -> &Reading {
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
    fn is_idle(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Cpu | Signal::Memory)
            && self.service.running == Count::ZERO
            && *self.reading(signal) == Reading::Missing
    }

    fn series(&self, signal: Signal) -> Vec<MemberSeries<'_>> {
        if self.is_idle(signal) {
            return Vec::new();
        }
        vec![MemberSeries { member: "the service", scale: Some(1.0), reading: self.reading(signal) }]
    }

    /// The work of a point in the unit of a target for one task: so many tasks at the target carry it.
    fn work(&self, signal: Signal, point: &Point) -> f64 {
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

/// Evaluates every rule. Votes are absolute counts: a wake-up that is delivered twice says the same twice.
pub(crate) fn evaluate(
    target: &Target,
    signals: &Signals<'_>,
    clock: &ServiceBounds<'_>,
    history: &History,
    now: Timestamp,
) -> Evaluation {
    let scaling = &target.scaling;
    let current = signals.service.desired;
    let step_from = step_from(scaling, history, now);
    let base = step_from.map_or(current, |(from, _)| from.min(current));
    let out = scaling.scale_out.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &signals.series(rule.signal), None);
        if step_from.is_some() && verdict == Verdict::Holds {
            detail.push_str(&format!(", counted from the {base} where the last addition began"));
        }
        let vote = match verdict {
            Verdict::Holds if rule.signal == Signal::ErrorRate => match explained(scaling, signals) {
                Some(by) => {
                    detail.push_str(&format!("; {by}"));
                    Vote::Out(base.plus(rule.step))
                }
                None => {
                    detail.push_str("; the load does not explain it, so more tasks would not help");
                    Vote::Keep { why: Reason::ErrorsUnexplained }
                }
            },
            Verdict::Holds => Vote::Out(base.plus(rule.step)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let in_ = scaling.scale_in.iter().map(|rule| {
        let (verdict, detail) = threshold::judge(rule, &signals.series(rule.signal), None);
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(Count::ONE)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let mut alerts: Vec<Alert> = scaling.alert.iter().filter_map(|rule| alert(rule, signals)).collect();
    alerts.extend(scaling.scale_out.iter().filter(|rule| rule.signal == Signal::ErrorRate).filter_map(
        |rule| {
            explained(scaling, signals).is_none().then(|| alert(rule, signals)).flatten().map(|mut alert| {
                alert.explanation.reason = Reason::ErrorsUnexplained;
                alert
            })
        },
    ));
    Evaluation {
        out: out.collect(),
        in_: in_.collect(),
        track: scaling.track.iter().map(|rule| track(rule, signals, current)).collect(),
        bounds: clock.bounds.clone(),
        alerts,
        cooling_until: step_from.and_then(|(_, until)| until),
        only_schedule: false,
    }
}

/// While tasks are on their way up, and until the cooldown after them is over, a step counts from where the addition began: only a
/// larger step asks for more. When that ends, where it is known.
fn step_from(scaling: &Scaling, history: &History, now: Timestamp) -> Option<(Count, Option<Timestamp>)> {
    if let Some(starting) = &history.service.starting {
        return Some((starting.from, None));
    }
    let last = history.scaled_out.filter(|last| now.duration_since(last.at) < scaling.cooldown.out)?;
    Some((last.from, last.at.checked_add(scaling.cooldown.out).ok()))
}

fn alert(rule: &ThresholdRule, signals: &Signals<'_>) -> Option<Alert> {
    let (verdict, detail) = threshold::judge(rule, &signals.series(rule.signal), None);
    matches!((verdict, rule.comparison), (Verdict::Holds, Comparison::Above)).then(|| Alert {
        key: Some(rule.text.clone()),
        explanation: Explanation::new(Reason::AlertThreshold, detail),
    })
}

/// What of the load explains that requests fail: a signal of load near its own threshold.
fn explained(scaling: &Scaling, signals: &Signals<'_>) -> Option<String> {
    let limits = scaling.scale_out.iter().map(|rule| (rule.signal, rule.threshold));
    let limits = limits.chain(scaling.track.iter().map(|rule| (rule.signal, rule.target)));
    limits.filter(|(signal, _)| *signal != Signal::ErrorRate).find_map(|(signal, limit)| {
        let recent = signals.reading(signal).fresh()?.mean_of_last(OUT_MINUTES);
        (recent >= limit * EXPLAINED_AT).then(|| {
            format!(
                "{} of {} explains it: that is {} of {}",
                signal.name(),
                signal.shown(recent),
                Percent(100.0 * recent / limit),
                signal.shown(limit)
            )
        })
    })
}

/// Target tracking: `ceil(work / target)`. More when each of the newest minutes asks for more than there is to be, those that are still
/// starting included; fewer when each of many minutes stays clearly below, and then as many as the busiest of them needs.
fn track(rule: &TrackingRule, signals: &Signals<'_>, current: Count) -> Recommendation {
    let recommend = |vote, detail| Recommendation { rule: rule.text.clone(), vote, detail };
    let name = rule.signal.name();
    if signals.is_idle(rule.signal) {
        return recommend(Vote::Stay, format!("{name}: no task runs, so there is nothing to measure"));
    }
    let series: &Series = match signals.reading(rule.signal) {
        Reading::Fresh(series) => series,
        Reading::Stale(_) => {
            return recommend(
                Vote::Unknown { why: Reason::SignalStale },
                format!("{name}: the newest point is too old"),
            );
        }
        Reading::Missing => {
            return recommend(
                Vote::Unknown { why: Reason::SignalMissing },
                format!("{name}: no recent points"),
            );
        }
    };
    let wanted = |minutes: u32| -> Vec<f64> {
        series
            .last_minutes(minutes)
            .iter()
            .map(|point| signals.work(rule.signal, point) / rule.target)
            .collect()
    };
    let (recent, long) = (wanted(OUT_MINUTES), wanted(IN_MINUTES));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let level = series.mean_of_last(OUT_MINUTES);
    let told = |count: Count, words: &str| {
        format!(
            "{name} is {} on average over {OUT_MINUTES} minutes against {}: {count} {words}",
            rule.signal.shown(level),
            rule.signal.shown(rule.target)
        )
    };
    let there = f64::from(current.0);
    if recent.len() == OUT_MINUTES as usize && recent.iter().all(|wanted| *wanted > there) {
        let wanted = Count::ceil(mean(&recent));
        recommend(Vote::Out(wanted), told(wanted, "wanted"))
    } else if long.len() + 1 >= IN_MINUTES as usize && long.iter().all(|wanted| *wanted < there * IN_SHARE) {
        let wanted = Count::ceil(long.iter().copied().fold(0.0, f64::max));
        let vote = if wanted < current { Vote::In(wanted) } else { Vote::Stay };
        recommend(vote, told(wanted, "will do"))
    } else {
        recommend(Vote::Stay, told(Count::ceil(mean(&recent)), "wanted"))
    }
}

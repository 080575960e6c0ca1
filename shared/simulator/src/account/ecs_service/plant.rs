//! The plant of a service: from demand and running tasks to load, and what is measured of both.
//!
//! Behind a load balancer, what could not be served in a minute waits for the next, at most one minute of capacity; the rest timed out.
//! From a queue nothing times out: what is not worked off waits.

use tidegate_policy::observation::Minute;
use tidegate_policy::policy::{EcsService, ServiceMetric};

use crate::account::clock::Millis;
use crate::account::cloudwatch::CloudWatch;
use crate::random::Key;

use super::queue::Queue;

/// Requests that a task at full CPU serves in a minute. With it the mission's two rules speak of the same load: 1,000 requests a task
/// are 71% of CPU.
pub const REQUESTS_A_MINUTE: f64 = 1_400.0;
/// Messages that a task at full CPU works off in a minute. A second each: the 100 messages of the mission's rule are then more than a
/// minute of one task's work, and no blink of an eye.
pub const MESSAGES_A_MINUTE: f64 = 60.0;
/// Percent of CPU that a task uses with nothing to do.
pub(super) const IDLE_CPU: f64 = 1.0;
/// Percent of memory that a task uses with nothing to do.
const IDLE_MEMORY: f64 = 35.0;
/// Percent of memory that it uses beyond, after a long time at full load.
const LOADED_MEMORY: f64 = 30.0;
/// Of a minute's memory, the share that the next minute keeps: caches fill and empty over half an hour.
const MEMORY_KEPT: f64 = 0.97;
/// p95 of an idle service, seconds.
const BASE_LATENCY: f64 = 0.12;
/// Clients give up after this, seconds.
const LONGEST_LATENCY: f64 = 30.0;
/// Of capacity; at less than this to spare, what stands in a queue is what was left over.
const LEAST_SPARE: f64 = 0.02;
/// What sums of shares are off by.
const ROUNDING: f64 = 1e-9;
/// How many series a service has: each metric, and those of a target group once more for the one that it alternates with.
pub(super) const SERIES: usize = RUNNING + 1;
/// Where those of the other target group begin.
const OF_OTHER: usize = ServiceMetric::ALL.len();
/// That of the tasks that ran.
pub(in crate::account) const RUNNING: usize = OF_OTHER + ServiceMetric::OF_A_GROUP.len();
/// What is kept for days: CPU, and the tasks that it is a mean over.
pub(in crate::account) const KEPT: &[usize] = &[ServiceMetric::Cpu as usize, RUNNING];

/// The series of a metric, of the policy's target group or of the other one.
pub(super) fn series(metric: ServiceMetric, of_other: bool) -> usize {
    let nth = ServiceMetric::OF_A_GROUP.iter().position(|one| *one == metric);
    nth.filter(|_| of_other).map_or(metric as usize, |nth| OF_OTHER + nth)
}

/// A deployment that shifts the requests from one target group to the other, evenly over its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    pub(super) to_other: bool,
    pub(super) from: Millis,
    pub(super) until: Millis,
}

impl Shift {
    /// The other group's share of the requests.
    fn share_of_other(self, now: Millis) -> f64 {
        let lasting = (self.until - self.from).in_minutes().max(1.0);
        let passed = ((now - self.from).in_minutes() / lasting).clamp(0.0, 1.0);
        if self.to_other { passed } else { 1.0 - passed }
    }
}

/// What was measured of one minute; `None` where nothing is published.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    /// Percent.
    pub(crate) cpu: Option<f64>,
    /// Percent.
    pub(crate) memory: Option<f64>,
    /// A minute.
    pub(crate) requests: Option<f64>,
    /// Seconds.
    pub(crate) latency: Option<f64>,
    /// A minute.
    pub(crate) errors: Option<f64>,
    /// Messages.
    pub(crate) depth: Option<f64>,
    /// Seconds.
    pub(crate) age: Option<f64>,
    /// Messages.
    pub(crate) in_flight: Option<f64>,
    /// Tasks that are healthy behind the load balancer.
    pub(crate) healthy: Option<f64>,
}

impl Measured {
    pub(crate) fn of(&self, metric: ServiceMetric) -> Option<f64> {
        match metric {
            ServiceMetric::Cpu => self.cpu,
            ServiceMetric::Memory => self.memory,
            ServiceMetric::Requests => self.requests,
            ServiceMetric::Latency => self.latency,
            ServiceMetric::Errors => self.errors,
            ServiceMetric::QueueDepth => self.depth,
            ServiceMetric::QueueAge => self.age,
            ServiceMetric::QueueInFlight => self.in_flight,
            ServiceMetric::HealthyHosts => self.healthy,
        }
    }

    /// What a target group with this share of the requests says of them. One that lost them all has no task any more, and counts none.
    fn of_group(&self, share: f64, metric: ServiceMetric) -> Option<f64> {
        let whole = self.of(metric)?;
        match metric {
            ServiceMetric::Requests => Some((whole * share).round()),
            ServiceMetric::Errors => Some((whole * share).floor()).filter(|errors| *errors > 0.0),
            ServiceMetric::HealthyHosts | ServiceMetric::Latency => (share > 0.0).then_some(whole),
            ServiceMetric::Cpu
            | ServiceMetric::Memory
            | ServiceMetric::QueueDepth
            | ServiceMetric::QueueAge
            | ServiceMetric::QueueInFlight => Some(whole),
        }
    }
}

#[derive(Debug)]
pub(super) struct Plant {
    key: Key,
    ring: usize,
    pub(super) has_balancer: bool,
    pub(super) queue: Option<Queue>,
    backlog: f64,
    /// Utilisation, averaged over the last half hour or so.
    warmth: f64,
    /// The last shift between its two target groups; `None`: it has one.
    pub(super) shift: Option<Shift>,
    /// Share of requests that fail whatever the load, and until when.
    pub(super) broken: Option<(f64, Millis)>,
    /// Of the last minute.
    pub(super) last: Measured,
}

impl Plant {
    pub(super) fn new(kind: &EcsService, key: Key, ring: usize, now: Millis) -> Self {
        Self {
            key,
            ring,
            has_balancer: kind.load_balancer.is_some(),
            queue: kind.queue.as_ref().map(|_| Queue::new(now)),
            backlog: 0.0,
            warmth: 0.0,
            shift: None,
            broken: None,
            last: Measured::default(),
        }
    }

    /// Serves the minute that ended at `now` with `capacity` tasks, its mean, of which `tasks` run at its end, and publishes what was
    /// measured.
    pub(super) fn serve(
        &mut self,
        demand: f64,
        (capacity, tasks): (f64, u32),
        now: Millis,
        minute: Minute,
        metrics: &mut CloudWatch,
    ) {
        let mut measured = Measured::default();
        let (arrived, can) = (demand * REQUESTS_A_MINUTE, capacity * REQUESTS_A_MINUTE);
        let (messages, can_work_off) = (demand * MESSAGES_A_MINUTE, capacity * MESSAGES_A_MINUTE);
        // A queue beside a load balancer is another's: demand comes in one way.
        let from_queue = self.queue.is_some() && !self.has_balancer;
        let served = if from_queue {
            self.queue.as_mut().map_or(0.0, |queue| queue.minute(messages, can_work_off, tasks, now))
                / MESSAGES_A_MINUTE
        } else {
            let load = demand + self.backlog;
            let served = load.min(capacity);
            self.backlog = (load - served).min(capacity);
            served
        };
        let utilisation = if capacity > 0.0 { served / capacity } else { 0.0 };
        if let Some(queue) = self.queue.as_ref().filter(|queue| queue.is_awake(now)) {
            // Messages come unevenly: some wait for a moment before the workers are full (M/M/1).
            let standing = utilisation * utilisation / (1.0 - utilisation).max(LEAST_SPARE);
            measured.depth = Some((queue.depth() + standing).floor());
            measured.age = Some(queue.age(now));
            // A task that works holds one message.
            let in_hand = if from_queue { (utilisation * capacity - ROUNDING).ceil().max(0.0) } else { 0.0 };
            measured.in_flight = Some(in_hand + queue.in_flight() as f64);
        }
        self.warmth = MEMORY_KEPT * self.warmth + (1.0 - MEMORY_KEPT) * utilisation;
        let mut draws = self.key.member(minute.0.unsigned_abs());
        if capacity > 0.0 {
            let noise = draws.between(-1.5, 1.5);
            measured.cpu = Some((100.0 * utilisation + noise).clamp(IDLE_CPU, 100.0));
            let memory = IDLE_MEMORY + LOADED_MEMORY * self.warmth + draws.between(-0.5, 0.5);
            measured.memory = Some(memory.clamp(0.0, 100.0));
        }
        measured.healthy = (self.has_balancer && capacity >= 1.0).then_some(capacity.floor());
        // Without a healthy target the load balancer answers by itself, which the target group does not count.
        if self.has_balancer && capacity > 0.0 && arrived >= 1.0 {
            measured.requests = Some(arrived.round());
            let latency = BASE_LATENCY / (1.0 - utilisation).max(BASE_LATENCY / LONGEST_LATENCY);
            measured.latency = Some(latency * draws.between(0.95, 1.05));
            let broken = self.broken.filter(|(_, until)| now <= *until).map_or(0.0, |(share, _)| share);
            let errors = (arrived - can).max(0.0).max(broken * arrived).floor();
            measured.errors = (errors > 0.0).then_some(errors);
        }
        self.last = measured;
        let other = self.shift.map_or(0.0, |shift| shift.share_of_other(now));
        let mut values = [f64::NAN; SERIES];
        for metric in ServiceMetric::ALL {
            values[series(metric, false)] = measured.of_group(1.0 - other, metric).unwrap_or(f64::NAN);
        }
        for metric in ServiceMetric::OF_A_GROUP.into_iter().filter(|_| self.shift.is_some()) {
            values[series(metric, true)] = measured.of_group(other, metric).unwrap_or(f64::NAN);
        }
        values[RUNNING] = capacity;
        metrics.publish(self.ring, minute, 0, &values);
    }
}

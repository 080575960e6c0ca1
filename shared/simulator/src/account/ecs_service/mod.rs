//! A service: its tasks in ECS, what Application Auto Scaling holds on it, and its queue.

#[cfg(test)]
mod behaviour;
pub(super) mod fleet;
mod native;
mod past;
mod plant;
mod queue;
mod tasks;
mod watcher;

use jiff::Timestamp;
use tidegate_policy::evaluate::{bounds_in_force, metrics_needed};
use tidegate_policy::history::History;
use tidegate_policy::observation::{
    CapacityBounds, DeploymentController, Minute, Scheduling, StrategyItem, Suspended,
};
use tidegate_policy::policy::{EcsService, TargetKind};
use tidegate_policy::units::Count;

use crate::document::{Body, TaskSet};
use crate::random::Streams;
use crate::world::{Rollout, WorldEvent};

use super::alarm::{Alarm, READS_MINUTES};
use super::change::Change;
use super::clock::Millis;
use super::served::Served;
use super::shared::Shared;
use super::simulated::Simulated;
use super::watched::Breach;
use native::Registered;
use plant::{Plant, SERIES, Shift, series};
use tasks::{FARGATE, FARGATE_SPOT, Fate, Tasks};
use watcher::Watcher;

pub use native::Native;
pub(super) use plant::{KEPT, RUNNING};
pub use plant::{MESSAGES_A_MINUTE, REQUESTS_A_MINUTE};

/// How a service stands before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceStart {
    /// How many tasks are desired and run; `None`: the policy's minimum.
    pub desired: Option<u32>,
    /// What is registered with Application Auto Scaling.
    pub native: Option<Native>,
    /// Who deploys.
    pub controller: DeploymentController,
    /// Whether it has a number of tasks at all.
    pub scheduling: Scheduling,
    /// Its capacity-provider strategy; `None`: what the policy's `spot` asks for, or on demand.
    pub strategy: Option<Vec<StrategyItem>>,
}

impl ServiceStart {
    /// A rolling service as the policy wants it, without a scalable target.
    pub fn plain() -> Self {
        Self {
            desired: None,
            native: None,
            controller: DeploymentController::Ecs,
            scheduling: Scheduling::Replica,
            strategy: None,
        }
    }

    /// The same with a scalable target.
    #[must_use]
    pub fn registered(self, native: Native) -> Self {
        Self { native: Some(native), ..self }
    }
}

/// Requests that the scaler made to warm what is behind the load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmedUp {
    /// When.
    pub at: Timestamp,
    /// Before which event.
    pub event: String,
    /// How many.
    pub requests: u32,
}

/// Everything there is of one service.
#[derive(Debug)]
pub(super) struct State {
    pub(super) shared: Shared,
    tasks: Tasks,
    native: Option<Registered>,
    plant: Plant,
    ring: usize,
    watcher: Watcher,
    /// The first target group of the policy.
    group: Option<String>,
    /// Until then nobody sends a request.
    no_requests_until: Millis,
    /// Tasks that ran since the minute began, times how long.
    worked: f64,
    changes: Vec<Change>,
    warmed: Vec<WarmedUp>,
    alarms: Vec<Alarm>,
    /// Whether one of them went off since this was last asked.
    alarmed: bool,
}

impl Simulated for State {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn shared_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// In order of time: whatever becomes of tasks, and the work that they do in between.
    fn advance(&mut self, to: Millis) {
        while self.shared.now < to {
            let next = to.min(self.tasks.next_step()).max(self.shared.now);
            self.worked += f64::from(self.tasks.running()) * (next - self.shared.now).in_minutes();
            self.shared.now = next;
            self.tasks.settle(next);
        }
    }

    fn end_minute(&mut self, demand: f64) -> Served {
        let now = self.shared.now;
        let demand = if now > self.no_requests_until { demand } else { 0.0 };
        let minute = Minute(now.minute().0 - 1);
        let capacity = std::mem::take(&mut self.worked);
        let tasks = (capacity, self.tasks.running());
        self.plant.serve(demand, tasks, now, minute, &mut self.shared.metrics);
        self.look_at_alarms();
        // A native policy sees what everybody sees: nothing in a blackout.
        let cpu = self.plant.last.cpu.filter(|_| !self.shared.metrics.is_dark(minute));
        let deploying = self.tasks.deploying_since().is_some();
        if self.native.as_mut().is_some_and(|native| native.act(now)) {
            self.pull(now);
            self.watcher.scheduled(self.native.as_ref().map(|native| native.bounds.min.0));
        }
        if let Some(wanted) = self.native.as_ref().and_then(|native| native.predicted(now))
            && wanted > self.tasks.desired
            && self.tasks.is_active()
        {
            // A forecast scales out only, above the maximum too.
            self.tasks.set_desired(wanted, now);
        }
        let desired = self.tasks.desired;
        if self.tasks.is_active()
            && let Some(wanted) =
                self.native.as_mut().and_then(|native| native.minute(cpu, capacity, desired, deploying, now))
        {
            self.tasks.set_desired(wanted, now);
        }
        let sees = metrics_needed(&self.shared.target)
            .into_iter()
            .any(|metric| self.plant.last.of(metric).is_some());
        self.watcher.demands(demand);
        self.watcher.look(sees && !self.shared.metrics.is_dark(minute), now);
        Served::of(demand, capacity)
    }

    fn live_before(&mut self, before: &[f64]) {
        if let TargetKind::EcsService(kind) = self.shared.target.kind.clone() {
            self.publish_before(before, &kind.resource_id());
        }
    }

    fn befall(&mut self, event: &WorldEvent) -> Option<String> {
        let now = self.shared.now;
        let lasting = event.lasting().map_or(Millis(0), Millis::of_duration);
        let until = now + lasting;
        match event {
            WorldEvent::Deploy { rollout, .. } => {
                let fate = match rollout {
                    Rollout::Completes => Fate::Sound,
                    Rollout::Fails => Fate::Fails,
                    Rollout::RollsBack => Fate::RollsBack,
                };
                self.tasks.deploy(fate, lasting, now);
            }
            WorldEvent::SpotInterruption { tasks } => {
                let taken = self.tasks.interrupt_spot(*tasks, now);
                return Some(match taken {
                    0 => "no task on Spot to take".to_owned(),
                    1 => "Spot takes 1 task away".to_owned(),
                    taken => format!("Spot takes {taken} tasks away"),
                });
            }
            WorldEvent::SpotDrought { .. } => self.tasks.dry_up(until),
            WorldEvent::ForeignDesired { count } => self.tasks.set_desired(*count, now),
            WorldEvent::ForeignBounds { min, max } => {
                let bounds = CapacityBounds { min: Count(*min), max: Count(*max) };
                match &mut self.native {
                    Some(native) => native.bounds = bounds,
                    None => self.native = Some(Registered::new(Native { min: *min, max: *max, cpu: None })),
                }
                // Whatever a scheduled action raised, somebody has overruled it.
                self.watcher.scheduled(None);
                self.pull(now);
            }
            WorldEvent::Register { native } => {
                self.native = Some(Registered::new(*native));
                self.watcher.registered(now);
                self.watcher.scheduled(None);
                self.pull(now);
            }
            WorldEvent::Deregister => {
                self.native = None;
                self.watcher.scheduled(None);
            }
            WorldEvent::ScheduledAction { min, max, every } => match &mut self.native {
                Some(native) => native.schedule(*min, *max, Millis::of_duration(*every), now),
                None => return Some("no scalable target to schedule".to_owned()),
            },
            WorldEvent::Forecast { tasks, .. } => match &mut self.native {
                Some(native) => native.predict(*tasks, until),
                None => return Some("no scalable target to forecast".to_owned()),
            },
            WorldEvent::Suspend { scaling_in, scaling_out, scheduled } => match &mut self.native {
                Some(native) => {
                    let (scaling_in, scaling_out, scheduled) = (*scaling_in, *scaling_out, *scheduled);
                    native.suspended = Suspended { scaling_in, scaling_out, scheduled };
                }
                None => return Some("no scalable target to suspend".to_owned()),
            },
            WorldEvent::DeleteService => self.tasks.delete(now),
            WorldEvent::TargetGroupShift { .. } => {
                let Some(group) = self.group.clone() else {
                    return Some("no target groups to shift requests between".to_owned());
                };
                self.tasks.alternate_between([format!("{group}{OTHER_GROUP}")], now);
                let to_other = self.plant.shift.is_none_or(|last| !last.to_other);
                self.plant.shift = Some(Shift { to_other, from: now, until });
                self.tasks.deploy(Fate::Sound, lasting, now);
            }
            WorldEvent::LongJobs { jobs, .. } => match &mut self.plant.queue {
                Some(queue) => queue.put_long(*jobs, lasting),
                None => return Some("no queue to send long jobs to".to_owned()),
            },
            WorldEvent::NoRequests { .. } => {
                if !self.plant.has_balancer {
                    return Some("no load balancer to be without requests".to_owned());
                }
                self.no_requests_until = until;
            }
            WorldEvent::BrokenRelease { errors, .. } => self.plant.broken = Some((*errors, until)),
            _ => return None,
        }
        Some(event.sentence(None))
    }

    fn unit_hours(&self) -> f64 {
        self.tasks.unit_hours(self.shared.now)
    }

    fn take_events(&mut self) -> bool {
        std::mem::take(&mut self.alarmed)
    }

    fn take_breaches(&mut self) -> Vec<Breach> {
        self.watcher.take()
    }

    fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn frame(&self) -> Body {
        Body::Service(self.task_set())
    }
}

impl State {
    /// The tasks as a chart shows them.
    fn task_set(&self) -> TaskSet {
        let target = &self.shared.target;
        let nothing = History::default();
        let history = self.shared.history();
        let now = self.shared.now;
        let in_force = bounds_in_force(target, history.as_deref().unwrap_or(&nothing), now.timestamp());
        let last = &self.plant.last;
        TaskSet {
            min: in_force.min.0,
            max: in_force.max.0,
            registered: self.native.as_ref().map(|native| native.bounds),
            desired: self.tasks.desired,
            running: self.tasks.running(),
            pending: self.tasks.pending(),
            on_spot: self.tasks.running_on_spot(),
            cpu: last.cpu,
            memory: last.memory,
            requests: last.requests,
            latency: last.latency,
            errors: last.errors,
            queue_depth: last.depth,
            queue_age: last.age,
            deploying: self.tasks.deploying_since().is_some(),
            event: self.watcher.event(now).map(str::to_owned),
            dark: self.shared.metrics.is_dark(Minute(now.minute().0 - 1)),
        }
    }

    /// The service as it stood for long.
    pub(super) fn new(mut shared: Shared, kind: &EcsService, start: &ServiceStart, streams: Streams) -> Self {
        let now = shared.now;
        let resource = kind.resource_id();
        let key = |purpose: &str| streams.key(&resource, purpose);
        let native = start.native.map(Registered::new);
        let desired = start.desired.unwrap_or(shared.target.scaling.min.0);
        let desired = native.as_ref().map_or(desired, |native| native.pulled(desired));
        let strategy = start.strategy.clone().unwrap_or_else(|| usual_strategy(kind));
        let keys = (key("start"), key("stale describe"));
        let mut tasks = Tasks::new(keys, start.controller, start.scheduling, strategy, desired, now);
        tasks.alternate_between(named_groups(kind), now);
        let ring = shared.metrics.ring(&resource, SERIES, now);
        let plant = Plant::new(kind, key("noise"), ring, now);
        let watcher = Watcher::new(&shared.target, kind, now);
        let alarms = Alarm::all(&shared.target);
        Self {
            shared,
            tasks,
            native,
            plant,
            ring,
            watcher,
            group: named_groups(kind).next(),
            no_requests_until: now,
            worked: 0.0,
            changes: Vec::new(),
            warmed: Vec::new(),
            alarms,
            alarmed: false,
        }
    }

    /// Those of signals that one metric shows as it is; of the others, as of errors, the stack's alarms calculate.
    fn look_at_alarms(&mut self) {
        let now = self.shared.now;
        for alarm in &mut self.alarms {
            if let [metric] = alarm.signal.service_metrics() {
                let points = self.shared.metrics.read(self.ring, series(*metric, false), READS_MINUTES, now);
                self.alarmed |= alarm.goes_off(&points);
            }
        }
    }

    /// Registering pulls the capacity into the bounds at once.
    fn pull(&mut self, now: Millis) {
        let desired = self.tasks.desired;
        let pulled = self.native.as_ref().map_or(desired, |native| native.pulled(desired));
        if pulled != desired && self.tasks.is_active() {
            self.tasks.set_desired(pulled, now);
        }
    }

    pub(super) fn warmed_up(&self) -> Vec<WarmedUp> {
        self.warmed.clone()
    }
}

/// What follows the name of the policy's target group in that of the other one.
const OTHER_GROUP: &str = "0";

/// The target groups that the policy names.
fn named_groups(kind: &EcsService) -> impl Iterator<Item = String> {
    kind.load_balancer.iter().flat_map(|balancer| balancer.target_groups.iter().cloned())
}

/// What a person who wrote the policy made the service with.
fn usual_strategy(kind: &EcsService) -> Vec<StrategyItem> {
    let item = |provider: &str, weight, base| StrategyItem { provider: provider.to_owned(), weight, base };
    let Some(spot) = &kind.spot else { return vec![item(FARGATE, 1, 0)] };
    let share = Count::ceil(spot.share.0).0.min(100);
    let mut items = vec![item(FARGATE, 100 - share, spot.base.0), item(FARGATE_SPOT, share, 0)];
    // A provider with neither weight nor base places nothing.
    items.retain(|item| item.weight > 0 || item.base > 0);
    items
}

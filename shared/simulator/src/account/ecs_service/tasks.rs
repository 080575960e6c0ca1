//! ECS in virtual time: the tasks of one service, its deployments, and the scheduler that keeps as many as are desired.
//!
//! Facts: the ECS developer guide. Marked (?) where no live account has confirmed them.

use std::collections::{BTreeSet, VecDeque};

use tidegate_policy::observation::{
    Deployment, DeploymentController, Rollout, Scheduling, Service, ServiceEvent, ServiceStatus,
    StoppedContainer, StoppedTask, StrategyItem,
};
use tidegate_policy::units::Count;

use crate::account::clock::Millis;
use crate::random::Key;

/// Median of the time from a task's start to RUNNING (decision-quality: the plant).
const START_MEDIAN_MINUTES: f64 = 1.5;
const START_SIGMA: f64 = 0.3;
const START_FAILS: f64 = 0.01;
/// From being told to stop to being gone: its requests in flight are let go.
const STOPPING: Millis = Millis(30_000);
/// A Spot interruption is told this long before (ECS developer guide, "Fargate Spot").
const NOTICE: Millis = Millis(120_000);
/// How often the scheduler tries again to place what it could not place.
const PLACE_AGAIN: Millis = Millis(60_000);
/// Health checks alone take so long.
const SHORTEST_DEPLOYMENT: Millis = Millis(30_000);
/// A deployment that was rolled back is steady again after this.
const ROLLED_BACK_WITHIN: Millis = Millis(120_000);
/// A service that was deleted is still described for a while (?).
const FORGOTTEN_AFTER: Millis = Millis(3_600_000);
/// DescribeServices is eventually consistent: an answer can be this old.
const DESCRIBE_LATENESS: Millis = Millis(10_000);
/// A running task is counted as one minute at least.
const BILLED_AT_LEAST: Millis = Millis::MINUTE;

/// `rolloutStateReason` of a deployment whose tasks never ran (ECS developer guide, "How the deployment circuit breaker detects failures").
const CIRCUIT_BREAKER: &str = "ECS deployment circuit breaker: tasks failed to start.";

/// `reason` of a container that used more memory than it may ("Stopped tasks error codes", ECS developer guide).
const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";
/// `stoppedReason` of its task.
const EXITED: &str = "Essential container in task exited";
/// DescribeTasks takes so many.
const TASKS_SHOWN: u32 = 100;

/// What it says then, and of a task that Spot has no room for ("Amazon ECS service event messages").
const CANNOT_START: &str = "is unable to consistently start tasks successfully.";
const NO_CAPACITY: &str = "was unable to place a task. Reason: Capacity is unavailable at this time.";

/// The name of Fargate's capacity provider.
pub(super) const FARGATE: &str = "FARGATE";
/// The name of Fargate's cheaper capacity provider, whose tasks are taken away when AWS needs them.
pub(super) const FARGATE_SPOT: &str = "FARGATE_SPOT";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Until then; and then running, or stopped for a reason of its own.
    Pending {
        until: Millis,
        fails: bool,
    },
    Running,
    Stopping {
        until: Millis,
    },
}

#[derive(Clone, Copy, Debug)]
struct Task {
    deployment: u32,
    spot: bool,
    asked: Millis,
    phase: Phase,
    /// When Spot takes it; nobody counts on it any more.
    notice: Option<Millis>,
}

impl Task {
    fn runs(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Whether the scheduler counts on it.
    fn counts(&self) -> bool {
        self.notice.is_none() && !matches!(self.phase, Phase::Stopping { .. })
    }

    fn next(&self) -> Millis {
        let own = match self.phase {
            Phase::Pending { until, .. } | Phase::Stopping { until } => until,
            Phase::Running => Millis::NEVER,
        };
        own.min(self.notice.unwrap_or(Millis::NEVER))
    }
}

/// How a deployment is going to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its tasks become healthy.
    Sound,
    /// None of its tasks ever runs; in the end it is marked as failed.
    Fails,
    /// The same, and the circuit breaker goes back to the last one.
    RollsBack,
}

#[derive(Clone, Copy, Debug)]
struct Rolling {
    id: u32,
    rollout: Rollout,
    fate: Fate,
    since: Millis,
    /// It does not end before this.
    until: Millis,
    /// So many of its tasks failed before one ran; `None` since one runs.
    failed: Option<u32>,
}

/// One service.
#[derive(Debug)]
pub(crate) struct Tasks {
    starts_key: Key,
    stale_key: Key,
    controller: DeploymentController,
    scheduling: Scheduling,
    status: ServiceStatus,
    pub(super) desired: u32,
    /// The newest is the last; at least one.
    deployments: Vec<Rolling>,
    strategy: Vec<StrategyItem>,
    /// The target groups that they are registered with in turn.
    groups: BTreeSet<String>,
    tasks: Vec<Task>,
    /// Until when Spot places nothing.
    drought: Millis,
    place_again: Millis,
    unplaced_at: Option<Millis>,
    failed_at: Option<Millis>,
    forgotten: Millis,
    starts: u64,
    deployed: u32,
    describes: u64,
    /// Of tasks that are gone.
    billed: Millis,
    next_step: Millis,
    current: Option<Service>,
    /// Earlier answers, each with the moment until which it was true.
    earlier: VecDeque<(Millis, Option<Service>)>,
}

impl Tasks {
    /// A service that has stood for long with this many tasks.
    pub(super) fn new(
        (starts_key, stale_key): (Key, Key),
        controller: DeploymentController,
        scheduling: Scheduling,
        strategy: Vec<StrategyItem>,
        desired: u32,
        now: Millis,
    ) -> Self {
        let first = Rolling {
            id: 1,
            rollout: Rollout::Completed,
            fate: Fate::Sound,
            since: now,
            until: now,
            failed: None,
        };
        let mut service = Self {
            starts_key,
            stale_key,
            controller,
            scheduling,
            status: ServiceStatus::Active,
            desired,
            deployments: vec![first],
            strategy,
            groups: BTreeSet::new(),
            tasks: Vec::new(),
            drought: now,
            place_again: Millis::NEVER,
            unplaced_at: None,
            failed_at: None,
            forgotten: Millis::NEVER,
            starts: 0,
            deployed: 1,
            describes: 0,
            billed: Millis(0),
            next_step: Millis::NEVER,
            current: None,
            earlier: VecDeque::new(),
        };
        service.schedule(now);
        for task in &mut service.tasks {
            task.phase = Phase::Running;
        }
        service.touch(now);
        service.earlier.clear();
        service
    }

    /// When something next happens by itself.
    pub(super) fn next_step(&self) -> Millis {
        self.next_step
    }

    /// How many tasks were ever started.
    #[cfg(test)]
    pub(super) fn starts(&self) -> u64 {
        self.starts
    }

    pub(super) fn running(&self) -> u32 {
        number(self.tasks.iter().filter(|task| task.runs()).count())
    }

    pub(super) fn pending(&self) -> u32 {
        number(self.tasks.iter().filter(|task| matches!(task.phase, Phase::Pending { .. })).count())
    }

    pub(super) fn running_on_spot(&self) -> u32 {
        number(self.tasks.iter().filter(|task| task.runs() && task.spot).count())
    }

    pub(super) fn strategy(&self) -> &[StrategyItem] {
        &self.strategy
    }

    pub(super) fn controller(&self) -> DeploymentController {
        self.controller
    }

    pub(super) fn scheduling(&self) -> Scheduling {
        self.scheduling
    }

    pub(super) fn is_active(&self) -> bool {
        self.status == ServiceStatus::Active
    }

    /// Since when the newest deployment is under way or failed; `None` when there is one and it is complete.
    pub(super) fn deploying_since(&self) -> Option<Millis> {
        let settled = self.deployments.len() == 1;
        let primary = self.deployments.last()?;
        (!settled || primary.rollout != Rollout::Completed).then_some(primary.since)
    }

    /// Whether the newest deployment failed, and of all there are only one completed while no other has a task.
    pub(super) fn stands_beside_a_failure(&self) -> bool {
        let failed = |one: &&Rolling| one.rollout == Rollout::Failed;
        let others: Vec<_> = self.deployments.iter().filter(|one| !failed(one)).collect();
        self.deployments.last().is_some_and(|newest| failed(&newest))
            && matches!(others[..], [only] if only.rollout == Rollout::Completed)
            && self.deployments.iter().filter(failed).all(|one| self.tasks_of(one.id) == 0)
    }

    /// How many tasks of a deployment run or are pending.
    fn tasks_of(&self, deployment: u32) -> u32 {
        let there = |task: &&Task| !matches!(task.phase, Phase::Stopping { .. });
        number(self.tasks.iter().filter(there).filter(|task| task.deployment == deployment).count())
    }

    /// Hours of tasks, from the moment that they were asked for until they are gone.
    pub(super) fn unit_hours(&self, now: Millis) -> f64 {
        let alive: i64 = self.tasks.iter().map(|task| billed(task, now).0).sum();
        (self.billed.0 + alive) as f64 / 3_600_000.0
    }

    /// DescribeServices, as it was true a moment ago; `None` is a miss.
    pub(super) fn describe(&mut self, now: Millis) -> Option<Service> {
        self.describes += 1;
        let mut draws = self.stale_key.member(self.describes);
        let lateness = if draws.chance(0.05) {
            Millis::of_minutes(draws.between(0.0, DESCRIBE_LATENESS.in_minutes()))
        } else {
            Millis(0)
        };
        let moment = now - lateness;
        let old = self.earlier.iter().find(|(until, _)| *until > moment);
        old.map_or_else(|| self.current.clone(), |(_, answer)| answer.clone())
    }

    /// So many tasks are desired from now on.
    pub(super) fn set_desired(&mut self, desired: u32, now: Millis) {
        self.desired = desired;
        self.schedule(now);
        self.touch(now);
    }

    /// Tasks are placed by this strategy: AWS takes it only with a forced deployment.
    pub(super) fn set_strategy(&mut self, strategy: Vec<StrategyItem>, now: Millis) {
        self.strategy = strategy;
        self.deploy(Fate::Sound, Millis(0), now);
    }

    /// A rolling deployment begins: up to twice the tasks, never fewer healthy ones than are desired.
    pub(super) fn deploy(&mut self, fate: Fate, lasting: Millis, now: Millis) {
        self.deployed += 1;
        // One that failed or is under way is replaced by the new one; its tasks go as the others do.
        let until = now + lasting.max(SHORTEST_DEPLOYMENT);
        let rolling = Rolling {
            id: self.deployed,
            rollout: Rollout::InProgress,
            fate,
            since: now,
            until,
            failed: Some(0),
        };
        self.deployments.push(rolling);
        self.schedule(now);
        self.touch(now);
    }

    /// They are registered with these target groups, in turn.
    pub(super) fn alternate_between(&mut self, groups: impl IntoIterator<Item = String>, now: Millis) {
        self.groups.extend(groups);
        self.touch(now);
    }

    /// Spot takes this many tasks away, with notice; how many there were to take.
    pub(super) fn interrupt_spot(&mut self, most: u32, now: Millis) -> u32 {
        let taken = self
            .tasks
            .iter_mut()
            .filter(|task| task.spot && task.runs() && task.counts())
            .take(most as usize);
        let taken = number(taken.map(|task| task.notice = Some(now + NOTICE)).count());
        self.schedule(now);
        self.touch(now);
        taken
    }

    /// Spot has no capacity until then.
    pub(super) fn dry_up(&mut self, until: Millis) {
        self.drought = self.drought.max(until);
    }

    /// Somebody deletes the service.
    pub(super) fn delete(&mut self, now: Millis) {
        self.status = ServiceStatus::Draining;
        self.desired = 0;
        self.schedule(now);
        self.touch(now);
    }

    /// Lets everything happen that is due at `now`.
    pub(super) fn settle(&mut self, now: Millis) {
        if self.next_step > now {
            return;
        }
        for task in &mut self.tasks {
            let of_it = self.deployments.iter_mut().find(|one| one.id == task.deployment);
            match task.phase {
                Phase::Pending { until, fails: false } if until <= now => {
                    task.phase = Phase::Running;
                    of_it.into_iter().for_each(|of_it| of_it.failed = None);
                }
                Phase::Pending { until, fails: true } if until <= now => {
                    task.phase = Phase::Stopping { until: now };
                    if let Some(failed) = of_it.and_then(|of_it| of_it.failed.as_mut()) {
                        *failed += 1;
                        self.failed_at = Some(now);
                    }
                }
                _ => {}
            }
            if task.notice.is_some_and(|at| at <= now) {
                task.phase = Phase::Stopping { until: now };
            }
        }
        let gone = |task: &Task| matches!(task.phase, Phase::Stopping { until } if until <= now);
        let ended: i64 = self.tasks.iter().filter(|task| gone(task)).map(|task| billed(task, now).0).sum();
        self.billed = self.billed + Millis(ended);
        self.tasks.retain(|task| !gone(task));
        self.schedule(now);
        self.roll(now);
        if self.status == ServiceStatus::Draining && self.tasks.is_empty() {
            self.status = ServiceStatus::Inactive;
            self.forgotten = now + FORGOTTEN_AFTER;
        }
        self.touch(now);
    }

    /// Deployments end: sound ones when all their tasks run and the others' are gone, others when their time is over.
    fn roll(&mut self, now: Millis) {
        let Some(primary) = self.deployments.last().copied() else { return };
        if primary.rollout != Rollout::InProgress || now < primary.until {
            return;
        }
        let ended = match primary.fate {
            Fate::Sound => {
                let of_it = self.tasks.iter().filter(|task| task.deployment == primary.id && task.runs());
                let others = self.tasks.iter().any(|task| task.deployment != primary.id && task.counts());
                (number(of_it.count()) >= self.desired && !others).then_some(Rollout::Completed)
            }
            Fate::Fails | Fate::RollsBack => Some(Rollout::Failed),
        };
        let Some(rollout) = ended else { return };
        if primary.fate == Fate::RollsBack {
            self.deployments.pop();
            if let Some(last) = self.deployments.last_mut() {
                last.rollout = Rollout::InProgress;
                last.fate = Fate::Sound;
                last.until = now + ROLLED_BACK_WITHIN;
            }
        } else if let Some(primary) = self.deployments.last_mut() {
            primary.rollout = rollout;
        }
        if rollout == Rollout::Completed {
            self.deployments.drain(..self.deployments.len() - 1);
        }
        self.schedule(now);
    }

    /// The service scheduler: starts what is missing, stops what is too much.
    fn schedule(&mut self, now: Millis) {
        let Some(primary) = self.deployments.last().copied() else { return };
        let before = self.deployments.iter().rev().skip(1).find(|one| one.fate == Fate::Sound).copied();
        let desired = self.desired;
        let of = |tasks: &[Task], wanted: &dyn Fn(&Task) -> bool| {
            number(tasks.iter().filter(|task| task.counts() && wanted(task)).count())
        };
        match (primary.rollout, before) {
            // The last one that worked goes on as if there had been no other.
            (Rollout::Failed, Some(before)) => {
                self.stop(
                    of(&self.tasks, &|task| task.deployment == primary.id),
                    |task| task.deployment == primary.id,
                    now,
                );
                let there = of(&self.tasks, &|task| task.deployment == before.id);
                self.start(desired.saturating_sub(there), before.id, before.fate, now);
                self.stop(there.saturating_sub(desired), |task| task.deployment == before.id, now);
            }
            (_, Some(_)) => {
                let new = of(&self.tasks, &|task| task.deployment == primary.id);
                let old = of(&self.tasks, &|task| task.deployment != primary.id);
                let room = desired.saturating_mul(2).saturating_sub(new + old);
                self.start(desired.saturating_sub(new).min(room), primary.id, primary.fate, now);
                self.stop(new.saturating_sub(desired), |task| task.deployment == primary.id, now);
                let healthy = of(&self.tasks, &|task| task.deployment == primary.id && task.runs());
                let too_many = old.saturating_sub(desired.saturating_sub(healthy));
                self.stop(too_many, |task| task.deployment != primary.id, now);
            }
            (_, None) => {
                let there = of(&self.tasks, &|_| true);
                self.start(desired.saturating_sub(there), primary.id, primary.fate, now);
                self.stop(there.saturating_sub(desired), |_| true, now);
            }
        }
    }

    /// Starts tasks where the strategy places them. What Spot has no room for is not pending: it is tried again.
    fn start(&mut self, count: u32, deployment: u32, fate: Fate, now: Millis) {
        let mut unplaced = [0, 0];
        for _ in 0..count {
            let spot = self.next_is_spot(unplaced);
            if spot && now < self.drought {
                unplaced[1] += 1;
                continue;
            }
            let mut draws = self.starts_key.member(self.starts);
            self.starts += 1;
            let takes = Millis::of_minutes(draws.lognormal(START_MEDIAN_MINUTES, START_SIGMA));
            let fails = draws.chance(START_FAILS) || fate != Fate::Sound;
            let phase = Phase::Pending { until: now + takes, fails };
            self.tasks.push(Task { deployment, spot, asked: now, phase, notice: None });
        }
        if unplaced[1] > 0 {
            self.unplaced_at = Some(now);
            self.place_again = now + PLACE_AGAIN;
        } else {
            self.place_again = Millis::NEVER;
        }
    }

    /// Whether the strategy wants the next task on Spot: first the bases, then in proportion to the weights.
    fn next_is_spot(&self, unplaced: [u32; 2]) -> bool {
        let there = |spot: bool| {
            number(self.tasks.iter().filter(|task| task.counts() && task.spot == spot).count())
                + unplaced[usize::from(spot)]
        };
        let is_spot = |item: &StrategyItem| item.provider == FARGATE_SPOT;
        if let Some(item) =
            self.strategy.iter().find(|item| item.base > 0 && there(is_spot(item)) < item.base)
        {
            return is_spot(item);
        }
        // How far each would be with one more, in its weight.
        let filled = |item: &&StrategyItem| {
            f64::from(there(is_spot(item)).saturating_sub(item.base) + 1) / f64::from(item.weight)
        };
        let by_weight = self.strategy.iter().filter(|item| item.weight > 0);
        by_weight.min_by(|a, b| filled(a).total_cmp(&filled(b))).is_some_and(is_spot)
    }

    /// Stops tasks: those that do not run yet, and then the newest.
    fn stop(&mut self, count: u32, of: impl Fn(&Task) -> bool, now: Millis) {
        for _ in 0..count {
            let candidates = self.tasks.iter_mut().filter(|task| task.counts() && of(task));
            let Some(task) = candidates.max_by_key(|task| (!task.runs(), task.asked)) else { return };
            task.phase = Phase::Stopping { until: if task.runs() { now + STOPPING } else { now } };
        }
    }

    /// After every change that a describe shows: the next step, and the answers of the last moments.
    fn touch(&mut self, now: Millis) {
        let primary = self.deployments.last();
        let roll = primary.filter(|primary| primary.rollout == Rollout::InProgress && primary.until > now);
        let tasks = self.tasks.iter().map(Task::next).min().unwrap_or(Millis::NEVER);
        let forgotten = if self.forgotten > now { self.forgotten } else { Millis::NEVER };
        self.next_step = tasks
            .min(roll.map_or(Millis::NEVER, |roll| roll.until))
            .min(self.place_again)
            .min(forgotten)
            .max(now);
        let answer = (now < self.forgotten).then(|| self.answer());
        if answer != self.current {
            let before = std::mem::replace(&mut self.current, answer);
            self.earlier.push_back((now, before));
        }
        while self.earlier.pop_front_if(|(until, _)| *until + DESCRIBE_LATENESS <= now).is_some() {}
    }

    /// DescribeTasks of those of the newest deployment that failed: what never runs runs out of memory.
    pub(super) fn stopped(&self, failed: Count) -> Vec<StoppedTask> {
        let container = || StoppedContainer {
            name: "app".to_owned(),
            reason: Some(OUT_OF_MEMORY.to_owned()),
            exit_code: Some(137),
        };
        let task = || StoppedTask { reason: EXITED.to_owned(), containers: vec![container()] };
        (0..failed.0.min(TASKS_SHOWN)).map(|_| task()).collect()
    }

    fn answer(&self) -> Service {
        let primary = self.deployments.last().map(|primary| primary.id);
        let deployments = self.deployments.iter().rev().map(|deployment| Deployment {
            id: format!("ecs-svc/{:019}", deployment.id),
            primary: Some(deployment.id) == primary,
            rollout: deployment.rollout,
            tasks: Count(self.tasks_of(deployment.id)),
            failed_tasks: Count(deployment.failed.unwrap_or(0)),
            failure: (deployment.rollout == Rollout::Failed).then(|| CIRCUIT_BREAKER.to_owned()),
        });
        let said = |at: Millis, said: &str| ServiceEvent { at: at.timestamp(), said: said.to_owned() };
        let unplaced = self.unplaced_at.map(|at| said(at, NO_CAPACITY));
        let failed = self.failed_at.map(|at| said(at, CANNOT_START));
        Service {
            status: self.status.clone(),
            desired: Count(self.desired),
            running: Count(self.running()),
            pending: Count(self.pending()),
            deployments: deployments.collect(),
            controller: self.controller,
            scheduling: self.scheduling,
            launch_type: None,
            strategy: self.strategy.clone(),
            target_groups: [self.groups.clone()].into_iter().filter(|groups| !groups.is_empty()).collect(),
            unplaced_at: self.unplaced_at.map(Millis::timestamp),
            unplaced: unplaced.clone(),
            trouble: failed.into_iter().chain(unplaced).max_by_key(|event| event.at),
        }
    }
}

fn billed(task: &Task, now: Millis) -> Millis {
    (now - task.asked).max(BILLED_AT_LEAST)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

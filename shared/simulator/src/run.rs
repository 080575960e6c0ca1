//! The loop: minute by minute the account lives on, the scaler is woken, and what both did is written down.

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::Transition;
use tidegate_policy::order::Order;
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::{Explanation, Reason};
use tidegate_policy::record::Activity;
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use crate::account::{Account, Beginning, Breach, Change, GroupStart, Served, ServiceStart};
use crate::demand::Demand;
use crate::document::{Document, Frame, Recording, Simulation, Threshold, TimelineEntry};
use crate::world::{ScriptedEvent, WorldEvent};

/// The scaler is woken this long after the minute begins.
const WAKE_OFFSET: SignedDuration = SignedDuration::from_secs(20);
/// Long runs are thinned out to about this many frames.
const FRAMES: usize = 3_000;
/// An action this soon after one in the other direction is a reversal.
const REVERSAL_WITHIN: SignedDuration = SignedDuration::from_mins(60);

/// How often a direct command is sent again whose attempt failed.
const RETRIES: u32 = 2;

/// How a simulation is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The policy file, as it was named.
    pub policy_name: String,
    /// Reproduces the run.
    pub seed: u64,
    /// What happens besides demand.
    pub world: Vec<ScriptedEvent>,
    /// Whether CloudWatch has its one 20-minute blackout and its one batch out of order.
    pub blackout: bool,
    /// How a service stands before the run; says nothing of replicas.
    pub service: ServiceStart,
    /// How a replication group stands before the run; says nothing of the others.
    pub group: GroupStart,
}

impl Setup {
    /// A day on which nothing happens but demand and CloudWatch's own mishaps. Change what is to be otherwise by `..Setup::new(..)`.
    pub fn new(policy_name: &str, seed: u64) -> Self {
        Self {
            policy_name: policy_name.to_owned(),
            seed,
            world: Vec::new(),
            blackout: true,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        }
    }
}

/// How far a simulation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The start of the minute that is over now.
    pub at: Timestamp,
    /// Its place in the run, from 0.
    pub minute: usize,
    /// How many minutes the run has.
    pub total: usize,
    /// What was added to the timeline in this minute.
    pub entries: &'a [TimelineEntry],
}

/// A simulation that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// There is no minute to simulate.
    #[error("demand \"{scenario}\" has no minutes")]
    NoDemand {
        /// Its name.
        scenario: String,
    },
    /// A minute lies beyond the range of time stamps.
    #[error("minute {minute} of the run cannot be told as a time")]
    Time {
        /// From 0.
        minute: usize,
    },
    /// A port waited for something, which nothing in virtual time can bring about.
    #[error(
        "the attempt of minute {minute} waits for something: a port of the simulated account is not ready at once"
    )]
    Waiting {
        /// From 0.
        minute: usize,
    },
}

/// Simulates one target under one demand; `on_minute` hears of every minute. The same input gives the same document.
///
/// # Errors
/// When there is no demand, or its time cannot be told.
pub fn simulate(
    target: &Target,
    demand: &Demand,
    setup: &Setup,
    on_minute: &mut dyn FnMut(Progress<'_>),
) -> Result<Simulation, SimulationError> {
    let total = demand.units.len();
    let end = minute_at(demand, total)?;
    if total == 0 {
        return Err(SimulationError::NoDemand { scenario: demand.scenario.clone() });
    }
    let account = Account::new(
        target,
        &Beginning {
            seed: setup.seed,
            start: demand.start,
            lasting: end.duration_since(demand.start),
            blackout: setup.blackout,
            service: setup.service.clone(),
            group: setup.group.clone(),
        },
    );
    let mut run = Run {
        policy: Policy { targets: vec![target.clone()] },
        account,
        world: script(setup),
        timeline: Vec::new(),
        logged: 0,
        failing: None,
        orders: Vec::new(),
        desired: target.scaling.min.0,
        decisions: 0,
        actions: Vec::new(),
        reversals: 0,
        invariant_violations: 0,
    };
    let mut recording = Recording { frames: Vec::new(), thresholds: thresholds(target) };
    let every = total.div_ceil(FRAMES);
    let (mut violation_minutes, mut severe_minutes) = (0, 0);
    for (minute, units) in demand.units.iter().enumerate() {
        let before = run.timeline.len();
        let at = minute_at(demand, minute)?;
        run.world(target, demand.start, at);
        run.wake(target, minute, at)?;
        run.account.advance_to(minute_at(demand, minute + 1)?);
        let served = run.account.end_minute(*units);
        for breach in run.account.take_breaches() {
            run.breach(breach);
        }
        violation_minutes += u64::from(served.violation);
        severe_minutes += u64::from(served.severe);
        if minute % every == 0 {
            recording.frames.push(run.frame(at, &served));
        }
        on_minute(Progress { at, minute, total, entries: &run.timeline[before..] });
    }
    let document = Document {
        scenario: demand.scenario.clone(),
        policy: setup.policy_name.clone(),
        target: target.name.to_string(),
        seed: setup.seed,
        days: rounded(total as f64 / 1_440.0, 1e6),
        unit_hours: rounded(run.account.unit_hours(), 1e2),
        violation_minutes,
        severe_minutes,
        actions: run.actions.len() as u64,
        reversals: run.reversals,
        invariant_violations: run.invariant_violations,
        api_calls: run.account.api_calls(),
        timeline: run.timeline,
    };
    Ok(Simulation { document, recording })
}

/// A run under way.
struct Run {
    policy: Policy,
    account: Account,
    /// In descending order of time: the next is the last.
    world: Vec<ScriptedEvent>,
    timeline: Vec<TimelineEntry>,
    /// How many lines of the ledger's log are in the timeline.
    logged: usize,
    /// What the attempts fail with at present: told once.
    failing: Option<Reason>,
    /// Direct commands on their way, and how often each was tried.
    orders: Vec<(Order, u32)>,
    desired: u32,
    decisions: u64,
    actions: Vec<(Timestamp, Way)>,
    reversals: u64,
    invariant_violations: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

impl Run {
    fn world(&mut self, target: &Target, start: Timestamp, at: Timestamp) {
        while let Some(scripted) = self.world.pop_if(|scripted| at.duration_since(start) >= scripted.after) {
            let detail = if let WorldEvent::Order(order) = &scripted.event {
                self.orders.push((order.clone(), 0));
                scripted.event.sentence(None)
            } else {
                self.account.befall(&scripted.event)
            };
            self.timeline.push(TimelineEntry {
                at,
                target: target.name.to_string(),
                kind: "world".to_owned(),
                reason: scripted.event.code().to_owned(),
                detail,
            });
        }
    }

    fn wake(&mut self, target: &Target, minute: usize, at: Timestamp) -> Result<(), SimulationError> {
        let now = at.checked_add(WAKE_OFFSET).map_err(|_| SimulationError::Time { minute })?;
        self.account.advance_to(now);
        let orders: Vec<_> =
            self.orders.iter().map(|(order, _)| (target.name.clone(), order.clone())).collect();
        let wake = if self.account.take_events() { Wake::Event } else { Wake::Clock };
        let owner = format!("minute-{minute}");
        let attempt = Attempt {
            owner: &owner,
            lease_for: tidegate_reconcile::attempt::LEASE_AT_LEAST,
            wake,
            mode: Mode::Apply,
            orders: &orders,
        };
        let report = reconcile(&self.account, &self.account, &self.policy, now, &attempt)
            .now_or_never()
            .ok_or(SimulationError::Waiting { minute })?;
        for activity in self.account.activities_since(self.logged) {
            self.logged += 1;
            self.timeline.push(entry(activity));
        }
        let failure = match &report {
            Ok(report) => self.read(report),
            Err(error) => Some(Explanation::new(Reason::LedgerFailed, chain(error))),
        };
        let reason = failure.as_ref().map(|failure| failure.reason);
        self.try_orders_again(reason);
        if let Some(failure) = failure.filter(|failure| {
            self.failing != reason
                && !self.timeline.iter().rev().take(3).any(|entry| told(entry, now, failure))
        }) {
            self.timeline.push(TimelineEntry {
                at: now,
                target: target.name.to_string(),
                kind: "hold".to_owned(),
                reason: failure.reason.code().to_owned(),
                detail: failure.detail,
            });
        }
        self.failing = reason;
        self.count_actions(now);
        Ok(())
    }

    /// Lambda tries an asynchronous invocation that failed twice more; one that was refused would only be refused again.
    fn try_orders_again(&mut self, failed: Option<Reason>) {
        if failed.is_none_or(|reason| reason == Reason::OrderRefused) {
            self.orders.clear();
        }
        for (_, tries) in &mut self.orders {
            *tries += 1;
        }
        self.orders.retain(|(_, tries)| *tries <= RETRIES);
    }

    /// What the last decision wanted; why the attempt failed, if it did.
    fn read(&mut self, report: &RunReport) -> Option<Explanation> {
        let mut failure = None;
        for target in &report.targets {
            match &target.result {
                TargetResult::Planned { plan, .. } => self.desired = plan.decision.desired.0,
                TargetResult::Unrecorded { plan, why, .. } => {
                    self.desired = plan.decision.desired.0;
                    failure = Some(why.clone());
                }
                TargetResult::Failed(why) => failure = Some(why.clone()),
                TargetResult::Skipped(_) => {}
            }
        }
        failure
    }

    /// A new intent is an action, and so is a change that was made to a service or a replication group.
    fn count_actions(&mut self, now: Timestamp) {
        let changes = self.account.take_changes().into_iter().map(|change| match change {
            Change::Out => Way::Out,
            Change::In => Way::In,
        });
        for way in changes.chain(self.begun()).collect::<Vec<_>>() {
            let recent =
                self.actions.iter().rev().take_while(|(at, _)| now.duration_since(*at) <= REVERSAL_WITHIN);
            if recent.into_iter().any(|(_, other)| *other != way) {
                self.reversals += 1;
            }
            self.actions.push((now, way));
        }
    }

    /// The way of an intent that is new.
    fn begun(&mut self) -> Option<Way> {
        let seen = self.decisions;
        let fresh = self.account.with_history(|history| {
            let intent = history.intent.as_ref().filter(|_| history.decisions != seen)?;
            let way = match intent.transition {
                Transition::Add(_) => Way::Out,
                Transition::Remove(_) => Way::In,
            };
            Some((history.decisions, way))
        });
        let (decisions, way) = fresh.flatten()?;
        self.decisions = decisions;
        Some(way)
    }

    fn breach(&mut self, breach: Breach) {
        self.invariant_violations += 1;
        self.timeline.push(TimelineEntry {
            at: breach.at,
            target: breach.target.to_string(),
            kind: "invariant".to_owned(),
            reason: breach.invariant.to_owned(),
            detail: breach.detail,
        });
    }

    fn frame(&self, at: Timestamp, served: &Served) -> Frame {
        Frame {
            at,
            demand: served.demand,
            capacity: served.capacity,
            desired: self.desired,
            body: self.account.frame(),
        }
    }
}

/// Digits beyond these are the machine's, not the run's.
fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

fn minute_at(demand: &Demand, minute: usize) -> Result<Timestamp, SimulationError> {
    let after = i64::try_from(minute).map_err(|_| SimulationError::Time { minute })?.saturating_mul(60);
    demand.start.checked_add(SignedDuration::from_secs(after)).map_err(|_| SimulationError::Time { minute })
}

/// Latest first; of one moment, in the order of the script.
fn script(setup: &Setup) -> Vec<ScriptedEvent> {
    let mut world = setup.world.clone();
    world.sort_by_key(|scripted| scripted.after);
    world.reverse();
    world
}

fn entry(activity: Activity) -> TimelineEntry {
    TimelineEntry {
        at: activity.at,
        target: activity.target.to_string(),
        kind: activity.kind.name().to_owned(),
        reason: activity.reason.code().to_owned(),
        detail: activity.detail,
    }
}

fn told(entry: &TimelineEntry, now: Timestamp, failure: &Explanation) -> bool {
    entry.at == now && entry.reason == failure.reason.code()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn thresholds(target: &Target) -> Vec<Threshold> {
    let scaling = &target.scaling;
    let rules = scaling
        .scale_out
        .iter()
        .chain(&scaling.scale_in)
        .chain(&scaling.alert)
        .map(|rule| Threshold { rule: rule.text.clone(), signal: rule.signal, value: rule.threshold });
    let tracked = scaling.track.iter().map(|rule| Threshold {
        rule: rule.text.clone(),
        signal: rule.signal,
        value: rule.target,
    });
    rules.chain(tracked).collect()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_nodes;
#[cfg(test)]
mod tests_of_services;

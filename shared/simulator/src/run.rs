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

use crate::account::{Account, Beginning, Breach, Change, Served, ServiceStart};
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

    /// A new intent is an action, and so is a change that was made to a service.
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
mod tests {
    use super::*;
    use tidegate_policy::history::History;
    use tidegate_reconcile::port::{Fleet, ObserveRequest};

    use crate::fixture::{daily, minutes, rds_mut, target};
    use crate::world::WorldEvent;

    fn setup(seed: u64, world: Vec<ScriptedEvent>) -> Setup {
        Setup { world, ..Setup::new("fixture", seed) }
    }

    fn run(target: &Target, demand: &Demand, setup: &Setup) -> Simulation {
        simulate(target, demand, setup, &mut |_| {}).unwrap()
    }

    fn print(simulation: &Simulation) -> String {
        let document = &simulation.document;
        let mut text = format!(
            "hours {:.1} violation {} severe {} actions {} reversals {} breaches {} calls {:?}\n",
            document.unit_hours,
            document.violation_minutes,
            document.severe_minutes,
            document.actions,
            document.reversals,
            document.invariant_violations,
            document.api_calls
        );
        for entry in &document.timeline {
            text.push_str(&format!("{} {} {} {}\n", entry.at, entry.kind, entry.reason, entry.detail));
        }
        text
    }

    #[test]
    fn a_day_of_demand_scales_out_and_in_without_a_breach() {
        let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(1, Vec::new()));
        let told = print(&simulation);
        assert!(simulation.document.actions >= 4, "{told}");
        assert_eq!(simulation.document.invariant_violations, 0, "{told}");
        let widest = simulation.recording.frames.iter().map(|frame| frame.replicas().len()).max();
        assert!(widest >= Some(3), "{told}");
    }

    #[test]
    fn a_document_has_no_more_digits_than_it_means() {
        let document = run(&target(1, 5), &daily(100, 0.6, 0.6), &setup(1, Vec::new())).document;
        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(
            (json["days"].to_string(), json["unit_hours"].to_string()),
            ("0.069444".into(), "1.67".into())
        );
    }

    #[test]
    fn a_replica_that_lags_is_taken_out_and_not_draining() {
        use crate::document::Stage;
        let story = vec![at(60, WorldEvent::LagSpike { replica: 0, seconds: 240.0, lasting: minutes(12) })];
        let simulation = run(&target(2, 2), &daily(180, 1.0, 1.0), &setup(1, story));
        let told = print(&simulation);
        let replicas = || simulation.recording.frames.iter().flat_map(|frame| frame.replicas());
        let demoted = replicas().filter(|replica| replica.stage == Stage::Demoted);
        assert!(
            demoted.clone().count() > 5 && demoted.clone().all(|replica| replica.weight < Some(64)),
            "{told}"
        );
        assert!(replicas().all(|replica| replica.stage != Stage::Draining), "{told}");
        let last = simulation.recording.frames.last().unwrap();
        assert!(last.replicas().iter().all(|replica| replica.stage == Stage::Serving), "{told}");
    }

    #[test]
    fn a_replica_that_is_removed_drains() {
        use crate::document::Stage;
        let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(1, Vec::new()));
        let drains = |frame: &Frame| {
            frame.replicas().iter().filter(|replica| replica.stage == Stage::Draining).count()
        };
        let most = simulation.recording.frames.iter().map(drains).max();
        assert_eq!(most, Some(1), "one at a time: {}", print(&simulation));
        let demoted = |frame: &Frame| frame.replicas().iter().any(|replica| replica.stage == Stage::Demoted);
        assert!(!simulation.recording.frames.iter().any(demoted), "{}", print(&simulation));
    }

    #[test]
    fn the_same_seed_gives_the_same_document() {
        let story = vec![
            at(60, WorldEvent::LagSpike { replica: 0, seconds: 20.0, lasting: minutes(10) }),
            at(300, WorldEvent::ThrottleBurst { probability: 0.5, lasting: minutes(60) }),
        ];
        let json = |seed| {
            let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(seed, story.clone()));
            serde_json::to_string(&simulation.document).unwrap()
        };
        assert_eq!(json(1), json(1));
        assert_ne!(json(1), json(2));
    }

    #[test]
    fn what_happens_later_changes_nothing_before() {
        let demand = daily(1_440, 0.6, 3.5);
        let mut other = demand.clone();
        for units in &mut other.units[600..] {
            *units = 0.2;
        }
        let upto = |demand: &Demand| {
            let mut timeline = run(&target(1, 5), demand, &setup(1, Vec::new())).document.timeline;
            timeline.retain(|entry| entry.at < minute_at(demand, 600).unwrap());
            timeline
        };
        assert_eq!(upto(&demand), upto(&other));
    }

    #[test]
    fn the_world_is_told_in_its_own_words() {
        let story =
            vec![at(30, WorldEvent::ForeignReplica), at(10, WorldEvent::PromoteReplica { replica: 4 })];
        let simulation = run(&target(1, 5), &daily(60, 0.6, 0.6), &setup(1, story));
        let told: Vec<_> =
            simulation.document.timeline.iter().filter(|entry| entry.kind == "world").collect();
        assert_eq!(told[0].detail, "no replica to hit");
        assert_eq!(
            (told[1].reason.as_str(), told[1].at),
            ("foreign_replica", minute_at(&daily(60, 0.0, 0.0), 30).unwrap())
        );
    }

    #[test]
    fn a_ledger_out_of_reach_is_told_once_and_nothing_is_changed() {
        let story = vec![at(240, WorldEvent::LedgerUnreachable { lasting: minutes(120) })];
        let simulation = run(&target(1, 5), &daily(480, 0.6, 3.5), &setup(1, story));
        let during = simulation.document.timeline.iter().filter(|entry| {
            let minute = entry.at.duration_since(crate::fixture::start()).as_mins();
            entry.kind != "world" && (240..360).contains(&minute)
        });
        let reasons: Vec<_> = during.map(|entry| entry.reason.as_str()).collect();
        assert_eq!(reasons, ["ledger_failed"], "{}", print(&simulation));
    }

    #[test]
    fn a_long_run_is_thinned_out_and_heard_of_every_minute() {
        let demand = daily(6_000, 0.6, 0.6);
        let mut heard = 0;
        let simulation = simulate(&target(1, 5), &demand, &setup(1, Vec::new()), &mut |progress| {
            assert_eq!((progress.minute, progress.total), (heard, 6_000));
            heard += 1;
        })
        .unwrap();
        assert_eq!((heard, simulation.recording.frames.len()), (6_000, 3_000));
    }

    #[test]
    fn without_demand_there_is_nothing_to_simulate() {
        let refused = simulate(&target(1, 5), &daily(0, 0.6, 0.6), &setup(1, Vec::new()), &mut |_| {});
        assert_eq!(refused.unwrap_err(), SimulationError::NoDemand { scenario: "daily".to_owned() });
    }

    /// Goal: no script of mishaps makes the scaler break an invariant. Method: random scripts on random days; the watcher judges.
    #[test]
    fn no_mishap_breaks_an_invariant() {
        let mut broken = String::new();
        for seed in 0..SCRIPTS {
            let mut draws = crate::random::Streams::new(seed).key("scripts", "mishaps").member(0);
            let story = (0..12).map(|_| mishap(&mut draws)).collect();
            let (min, max) = if draws.chance(0.3) { (0, 2) } else { (1, 5) };
            let high = draws.between(1.0, 5.0);
            let mut target = target(min, max);
            let kind = rds_mut(&mut target);
            kind.floor = min == 0 || draws.chance(0.7);
            if draws.chance(0.3) {
                kind.engine = tidegate_policy::policy::Engine::Postgres;
            }
            if draws.chance(0.2) {
                kind.reader.ttl = tidegate_policy::units::TtlSeconds(60);
                kind.pool_lifetime = minutes(30);
            }
            let simulation = run(&target, &daily(2_880, 0.2, high), &setup(seed, story));
            if simulation.document.invariant_violations > 0 {
                let lines = simulation.document.timeline.iter().filter(|entry| entry.kind == "invariant");
                for entry in lines {
                    broken
                        .push_str(&format!("seed {seed} {} {}: {}\n", entry.at, entry.reason, entry.detail));
                }
            }
        }
        assert_eq!(broken, "");
    }

    const SCRIPTS: u64 = 40;

    fn mishap(draws: &mut crate::random::Draws) -> ScriptedEvent {
        let lasting = minutes(crate::account::whole(draws.between(2.0, 40.0)));
        let replica = usize::from(draws.chance(0.5));
        let events = [
            WorldEvent::FailNextCreation,
            WorldEvent::LagSpike { replica, seconds: 30.0, lasting },
            WorldEvent::ThrottleBurst { probability: 0.6, lasting },
            WorldEvent::LedgerUnreachable { lasting },
            WorldEvent::LedgerAnswersLost { probability: 0.3, lasting },
            WorldEvent::PromoteReplica { replica },
            WorldEvent::ProtectReplica { replica },
            WorldEvent::PinReplica { replica },
            WorldEvent::ForeignReplica,
            WorldEvent::InstanceInterrupted { replica, lasting },
            WorldEvent::InstanceInterrupted { replica, lasting },
            WorldEvent::SourceModifying { lasting },
            WorldEvent::MetricBlackout { lasting },
        ];
        let nth = crate::account::whole(draws.between(0.0, events.len() as f64) - 0.5);
        let minute = crate::account::whole(draws.between(0.0, 2_800.0));
        at(minute, events[usize::try_from(nth).unwrap()].clone())
    }

    fn at(minute: i64, event: WorldEvent) -> ScriptedEvent {
        ScriptedEvent { after: minutes(minute), event }
    }

    #[test]
    #[ignore = "a measurement: run it with --release --nocapture"]
    fn speed_of_a_year_and_of_the_plant_alone() {
        let demand = daily(525_600, 0.6, 3.5);
        let begun = std::time::Instant::now();
        let simulation = run(&target(1, 5), &demand, &setup(1, Vec::new()));
        let year = begun.elapsed();
        let account = Account::new(
            &target(3, 5),
            &Beginning {
                seed: 1,
                start: demand.start,
                lasting: minutes(525_600),
                blackout: true,
                service: ServiceStart::plain(),
            },
        );
        let begun = std::time::Instant::now();
        let mut violations = 0;
        for (minute, units) in demand.units.iter().enumerate() {
            account.advance_to(minute_at(&demand, minute + 1).unwrap());
            violations += u32::from(account.end_minute(*units).violation);
        }
        let plant = begun.elapsed();
        let history = History::default();
        let only = target(3, 5);
        let begun = std::time::Instant::now();
        for _ in 0..100_000 {
            let requests = [ObserveRequest { target: &only, history: &history }];
            let seen = account.observe(&requests, account.now());
            assert!(seen.now_or_never().unwrap().is_ok());
        }
        let look = begun.elapsed();
        let look = look / 100_000;
        let plant = plant / 525_600;
        println!(
            "a year {year:?}; the plant alone {plant:?} a minute ({violations} violations); an observation {look:?}"
        );
        println!("{:?}", simulation.document.api_calls);
        assert!(year.as_secs() < 5, "{year:?}");
        assert!(plant.as_micros() < 3, "{plant:?}");
    }
}

//! The loop: minute by minute the account lives on, the scalers are woken, and what both did is written down.

mod course;
mod error;
mod minute;
mod scaler;
mod setup;

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::policy::Target;

use crate::account::{Account, Beginning};
use crate::demand::Demand;
use crate::document::{AccountDocument, Simulation, Simulations, TimelineEntry};
use crate::world::{ScriptedEvent, WorldEvent};

use course::Course;
pub use minute::{Said, TargetMinute};
use scaler::Scaler;

pub use error::SimulationError;
pub use setup::{Progress, Setup, Story};

/// The scalers are woken this long after the minute begins.
const WAKE_OFFSET: SignedDuration = SignedDuration::from_secs(20);
/// Long runs are thinned out to about this many frames.
const FRAMES: usize = 3_000;

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
    let alone = [Story { target, demand, world: Vec::new() }];
    let simulated = simulate_account(&alone, setup, on_minute)?;
    simulated.targets.into_iter().next().ok_or(SimulationError::NoTarget)
}

/// Simulates several targets on one account: one clock, one ledger, and mishaps that strike all of them.
///
/// As on AWS every kind of target has a scaler of its own, with its own attempt at every wake-up over all targets of the kind. The same
/// input gives the same documents. A target on whose account nothing strikes all has the run that it has alone.
///
/// # Errors
/// When there is no target or no demand, when demands are apart, or when their time cannot be told.
pub fn simulate_account(
    stories: &[Story<'_>],
    setup: &Setup,
    on_minute: &mut dyn FnMut(Progress<'_>),
) -> Result<Simulations, SimulationError> {
    let (first, others) = stories.split_first().ok_or(SimulationError::NoTarget)?;
    let (start, total) = (first.demand.start, first.demand.units.len());
    let end = minute_at(start, total)?;
    if total == 0 {
        return Err(SimulationError::NoDemand { scenario: first.demand.scenario.clone() });
    }
    let apart = |story: &&Story<'_>| story.demand.start != start || story.demand.units.len() != total;
    if let Some(Story { target, demand, .. }) = others.iter().find(apart) {
        let (scenario, target) = (demand.scenario.clone(), target.name.to_string());
        return Err(SimulationError::Apart { scenario, target });
    }
    let beginning = Beginning {
        seed: setup.seed,
        start,
        lasting: end.duration_since(start),
        blackout: setup.blackout,
        service: setup.service.clone(),
        group: setup.group.clone(),
    };
    let targets: Vec<&Target> = others.iter().map(|story| story.target).collect();
    let mut run = Run {
        account: Account::of(first.target, &targets, &beginning),
        courses: stories.iter().map(|story| Course::new(story.target)).collect(),
        scalers: Scaler::each(stories.iter().map(|story| story.target)),
        script: script(setup, stories),
        logged: 0,
    };
    for (target, story) in run.account.targets().zip(stories) {
        target.live_before(&story.demand.before);
    }
    let every = total.div_ceil(FRAMES);
    for minute in 0..total {
        let at = minute_at(start, minute)?;
        let seen: Vec<usize> = run.courses.iter().map(Course::told).collect();
        run.befall(start, at);
        let began = Instant::now();
        run.wake(minute, at)?;
        let took = began.elapsed();
        run.account.advance_to(minute_at(start, minute + 1)?);
        let mut minutes = Vec::new();
        for ((course, target), story) in run.courses.iter_mut().zip(run.account.targets()).zip(stories) {
            let units = story.demand.units.get(minute).copied().unwrap_or_default();
            course.end_minute(target, units, at, minute % every == 0);
            if setup.every_minute {
                minutes.push(course.minute(target));
            }
        }
        for breach in run.account.take_breaches() {
            if let Some(course) = run.courses.iter_mut().find(|course| course.is_of(&breach.target)) {
                course.breach(breach);
            }
        }
        let fresh = run.courses.iter().zip(seen).map(|(course, seen)| course.since(seen));
        let entries: Vec<TimelineEntry> = fresh.flatten().cloned().collect();
        on_minute(Progress { at, minute, total, entries: &entries, targets: &minutes, took });
    }
    Ok(run.simulations(stories, setup))
}

/// A run under way.
struct Run {
    account: Account,
    /// One for each target of the account, in its order.
    courses: Vec<Course>,
    scalers: Vec<Scaler>,
    /// In descending order of time: the next is the last.
    script: Vec<Scripted>,
    /// How many lines of the ledger's log are in the timelines.
    logged: usize,
}

/// Something that will happen, and to whom: the target in this place, or every target.
struct Scripted {
    event: ScriptedEvent,
    whom: Option<usize>,
}

impl Run {
    fn befall(&mut self, start: Timestamp, at: Timestamp) {
        let is_due = |scripted: &mut Scripted| at.duration_since(start) >= scripted.event.after;
        while let Some(Scripted { event: ScriptedEvent { event, .. }, whom }) = self.script.pop_if(is_due) {
            let of_all = self.account.befall_all(&event);
            for (place, (course, target)) in self.courses.iter_mut().zip(self.account.targets()).enumerate() {
                let detail = match (&of_all, &event) {
                    (Some(detail), _) => detail.clone(),
                    (None, _) if whom.is_some_and(|whom| whom != place) => continue,
                    (None, WorldEvent::Order(order)) => {
                        course.order(order.clone(), at);
                        event.sentence(None)
                    }
                    (None, WorldEvent::LateOrder { order, late }) => {
                        course.order(order.clone().sent(at), at.checked_add(*late).unwrap_or(at));
                        event.sentence(None)
                    }
                    (None, _) => target.befall(&event),
                };
                course.befallen(at, &event, detail);
            }
        }
    }

    fn wake(&mut self, minute: usize, at: Timestamp) -> Result<(), SimulationError> {
        let now = at.checked_add(WAKE_OFFSET).map_err(|_| SimulationError::Time { minute })?;
        self.account.advance_to(now);
        for scaler in &mut self.scalers {
            let report = scaler.wake(&self.account, &self.courses, minute, now)?;
            let log = self.account.activities_since(self.logged);
            self.logged += log.len();
            for activity in log {
                if let Some(course) = self.courses.iter_mut().find(|course| course.is_of(&activity.target)) {
                    course.log(activity);
                }
            }
            for (course, target) in self.courses.iter_mut().zip(self.account.targets()) {
                if scaler.looks_after(course) {
                    course.read(&report, now);
                    course.count_actions(target, now);
                }
            }
        }
        Ok(())
    }

    fn simulations(self, stories: &[Story<'_>], setup: &Setup) -> Simulations {
        let Run { account, courses, scalers, .. } = self;
        let simulation = |((course, target), story): ((Course, _), &Story<'_>)| {
            let calls = scalers.iter().find(|scaler| scaler.looks_after(&course)).map(Scaler::calls);
            course.simulation(target, story, setup, calls.unwrap_or_default())
        };
        let targets: Vec<Simulation> =
            courses.into_iter().zip(account.targets()).zip(stories).map(simulation).collect();
        let documents = || targets.iter().map(|simulation| &simulation.document);
        let account = AccountDocument {
            scalers: scalers.iter().map(|scaler| scaler.document(documents())).collect(),
            api_calls: account.api_calls(),
        };
        Simulations { account, targets }
    }
}

fn minute_at(start: Timestamp, minute: usize) -> Result<Timestamp, SimulationError> {
    let after = i64::try_from(minute).map_err(|_| SimulationError::Time { minute })?.saturating_mul(60);
    start.checked_add(SignedDuration::from_secs(after)).map_err(|_| SimulationError::Time { minute })
}

/// Latest first; of one moment, in the order of the scripts, the account's before those of its targets.
fn script(setup: &Setup, stories: &[Story<'_>]) -> Vec<Scripted> {
    let of_all = setup.world.iter().map(|event| Scripted { event: event.clone(), whom: None });
    let of_each = stories.iter().enumerate().flat_map(|(place, story)| {
        story.world.iter().map(move |event| Scripted { event: event.clone(), whom: Some(place) })
    });
    let mut script: Vec<Scripted> = of_all.chain(of_each).collect();
    script.sort_by_key(|scripted| scripted.event.after);
    script.reverse();
    script
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_accounts;
#[cfg(test)]
mod tests_of_nodes;
#[cfg(test)]
mod tests_of_services;

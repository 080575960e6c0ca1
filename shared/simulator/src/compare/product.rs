//! The product's own row: the simulated account under the production planner, through the same minutes as its rivals.

use std::collections::BTreeMap;

use tidegate_policy::policy::{Forecast, ForecastMode, Target, TargetKind};
use tidegate_policy::units::Count;

use crate::demand::Demand;
use crate::document::{Body, ReplicaFrame, Simulation, Stage};
use crate::run::{Progress, Setup, SimulationError, TargetMinute, simulate};

use super::life_cycle::Kind;
use super::plant::{Actions, Way};
use super::played::Played;
use super::scores::{Changes, Outcome};
use super::seen::LEAST;

/// The name of the product's row with its rules alone.
pub const RULES: &str = "tidegate-rules";
/// The name of its row where a forecast acts.
pub const FORECAST: &str = "tidegate-forecast";

/// The rows of a target, by name: its rules alone, and where it has a forecast, the same with that, which acts.
#[must_use]
pub fn variants(target: &Target) -> Vec<(&'static str, Target)> {
    let mut rules = target.clone();
    rules.scaling.forecast = None;
    let acts = target.scaling.forecast.map(|forecast| {
        let mut acts = target.clone();
        acts.scaling.forecast = Some(Forecast { mode: ForecastMode::Act, ..forecast });
        (FORECAST, acts)
    });
    std::iter::once((RULES, rules)).chain(acts).collect()
}

/// The target with the bounds that its rivals have, and without windows: a primary that answers reads is one unit of replicas, and one that
/// does not is none of a group's.
#[must_use]
pub fn bench_bounds(target: &Target, peak_units: f64) -> Target {
    let mut target = target.clone();
    let kind = Kind::of(&target);
    let members = |units: u32| match kind {
        Kind::Rds => units.saturating_sub(1),
        Kind::Ecs => units,
        Kind::Redis => units + 1,
    };
    target.scaling.min = Count(members(LEAST));
    target.scaling.max = Count(members(kind.most_at(peak_units)));
    target.scaling.windows.clear();
    target
}

/// How many units so many members of the target are, without those that are no unit: a group's primary.
pub fn units(target: &Target, Count(members): Count) -> u32 {
    match &target.kind {
        TargetKind::RdsReplicas(_) => members.saturating_add(1),
        TargetKind::EcsService(_) => members,
        TargetKind::RedisNodes(_) => members.saturating_sub(1),
    }
}

/// Units that are billed and that no member is: of replicas the primary, of a group the primaries the other way.
fn units_beside(target: &Target) -> f64 {
    match &target.kind {
        TargetKind::RdsReplicas(_) => 1.0,
        TargetKind::EcsService(_) => 0.0,
        TargetKind::RedisNodes(_) => -1.0,
    }
}

/// One run of one trace.
pub(super) fn run(target: &Target, played: &Played, seed: u64) -> Result<Outcome, SimulationError> {
    run_heard(target, played, seed, &mut |_, _| {}).map(|(outcome, _)| outcome)
}

/// The same with what the simulation left. `on_minute` hears of every scored minute, and of the units that were billed in it.
pub(super) fn run_heard(
    target: &Target,
    played: &Played,
    seed: u64,
    on_minute: &mut dyn FnMut(&Progress<'_>, f64),
) -> Result<(Outcome, Simulation), SimulationError> {
    let demand = Demand::new(&played.trace, played.start, played.units.clone());
    let setup = Setup { every_minute: true, ..Setup::new("compare", seed) };
    let mut watch = Watch::new(played.scored_from, units_beside(target));
    let simulation = simulate(target, &demand, &setup, &mut |progress| {
        if let Some(billed) = watch.minute(&progress) {
            on_minute(&progress, billed);
        }
    })?;
    let invariant_violations = simulation.document.invariant_violations;
    Ok((Outcome { invariant_violations, ..watch.outcome() }, simulation))
}

/// Scores the run as it goes.
struct Watch {
    scored_from: usize,
    /// Units beside the members, every minute.
    beside: f64,
    outcome: Outcome,
    actions: Actions,
    unit_hours: f64,
    /// The minute of the last removal decided.
    removal: Option<usize>,
    replicas: BTreeMap<String, Life>,
    changes: Changes,
}

/// One replica: since when it was ordered, and leaves.
#[derive(Clone, Copy, Debug)]
struct Life {
    /// `None` once half of its capacity was there, or if it was there before the run.
    ordered: Option<usize>,
    /// When its removal was decided.
    leaving: Option<usize>,
    last_seen: usize,
}

impl Watch {
    fn new(scored_from: usize, beside: f64) -> Self {
        Self {
            scored_from,
            beside,
            outcome: Outcome::default(),
            actions: Actions::default(),
            unit_hours: 0.0,
            removal: None,
            replicas: BTreeMap::new(),
            changes: Changes::default(),
        }
    }

    /// One minute more; the units that were billed in it, if it is scored.
    fn minute(&mut self, progress: &Progress<'_>) -> Option<f64> {
        let target = progress.targets.first()?;
        if progress.minute == self.scored_from {
            // What the last action was is known; nothing before is counted.
            self.actions.restart();
        }
        let now = i64::try_from(progress.minute).unwrap_or(i64::MAX / 60_000) * 60_000;
        for (way, count) in [(Way::Out, target.outs), (Way::In, target.ins)] {
            for _ in 0..count {
                self.actions.count(way, now);
            }
        }
        if target.ins > 0 {
            self.removal = Some(progress.minute);
        }
        if let Body::Replicas(set) = &target.body {
            self.lives(&set.replicas, progress.minute);
        }
        let billed = 60.0 * (target.unit_hours - self.unit_hours) + self.beside;
        self.unit_hours = target.unit_hours;
        (progress.minute >= self.scored_from).then(|| {
            self.score(target, progress, billed);
            billed
        })
    }

    fn score(&mut self, target: &TargetMinute, progress: &Progress<'_>, billed: f64) {
        self.outcome.unit_minutes += billed;
        self.outcome.violations += u64::from(target.served.violation);
        self.outcome.severe += u64::from(target.served.severe);
        if let Some(cause) = target.cause {
            self.outcome.split.count(cause);
        }
        self.outcome.decision_nanos.push(u32::try_from(progress.took.as_nanos()).unwrap_or(u32::MAX));
    }

    /// How long replicas take to come and to go.
    fn lives(&mut self, frames: &[ReplicaFrame], minute: usize) {
        for frame in frames {
            let ordered = (frame.stage == Stage::Creating).then_some(minute);
            let life = self.replicas.entry(frame.id.clone()).or_insert(Life {
                ordered,
                leaving: None,
                last_seen: minute,
            });
            life.last_seen = minute;
            if frame.serves >= 0.5
                && let Some(ordered) = life.ordered.take()
                && minute >= self.scored_from
            {
                self.changes.to_half.push((minute - ordered) as f64);
            }
            match frame.stage {
                Stage::Draining | Stage::Deleting => life.leaving = life.leaving.or(self.removal),
                // It was taken back.
                _ => life.leaving = None,
            }
        }
        let scored_from = self.scored_from;
        let to_gone = &mut self.changes.to_gone;
        self.replicas.retain(|_, life| {
            let gone = life.last_seen < minute;
            if gone
                && let Some(leaving) = life.leaving
                && minute >= scored_from
            {
                to_gone.push((minute - leaving) as f64);
            }
            !gone
        });
    }

    fn outcome(self) -> Outcome {
        Outcome {
            actions: self.actions.all,
            reversals: self.actions.reversals,
            changes: Some(self.changes),
            ..self.outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::{DAY, shape::Shape};
    use crate::fixture::{nodes, service, target};

    fn played(scored_from: usize) -> Played {
        let Demand { scenario, start, units, .. } = Shape::Mission.demand(DAY, 1, 3.5);
        Played { trace: scenario, start, units, scored_from }
    }

    #[test]
    fn of_more_load_the_bench_has_more_tasks_and_no_more_replicas() {
        for (kind, peak_units, most) in
            [(Kind::Ecs, 21.0, 57), (Kind::Ecs, 2.1, 15), (Kind::Rds, 21.0, 15), (Kind::Redis, 21.0, 5)]
        {
            assert_eq!(kind.most_at(peak_units), most, "{kind:?} {peak_units}");
        }
        assert_eq!(bench_bounds(&service(2, 9), 21.0).scaling.max.0, 57);
    }

    #[test]
    fn the_bounds_of_the_bench_are_those_of_its_rivals() {
        for (given, members, kind) in [
            (target(1, 5), (0, 14), Kind::Rds),
            (service(2, 9), (1, 15), Kind::Ecs),
            (nodes(2, 6), (2, 6), Kind::Redis),
        ] {
            let bounded = bench_bounds(&given, kind.peak_units());
            assert_eq!((bounded.scaling.min.0, bounded.scaling.max.0), members, "{kind:?}");
            assert_eq!(units(&bounded, bounded.scaling.max), kind.most());
            assert_eq!(units(&bounded, bounded.scaling.min), LEAST);
        }
    }

    #[test]
    fn a_run_is_scored_as_the_simulation_scores_itself() {
        for target in [target(1, 5), service(2, 9), nodes(2, 6)] {
            let load = played(0);
            let outcome = run(&target, &load, 3).unwrap();
            let demand = Demand::new("", load.start, load.units.clone());
            let document = simulate(&target, &demand, &Setup::new("", 3), &mut |_| {}).unwrap().document;
            let unit_minutes = 60.0 * document.unit_hours + units_beside(&target) * DAY as f64;
            assert!((outcome.unit_minutes - unit_minutes).abs() < 1.0, "{}", target.name);
            assert_eq!(outcome.violations, document.violation_minutes, "{}", target.name);
            assert_eq!(outcome.severe, document.severe_minutes, "{}", target.name);
            assert_eq!(outcome.actions, document.actions, "{}", target.name);
            assert_eq!(outcome.split, document.violation_causes, "{}", target.name);
            assert_eq!(outcome.split.all(), outcome.violations, "{}", target.name);
            assert_eq!(outcome.decision_nanos.len(), DAY);
        }
    }

    #[test]
    fn only_the_scored_minutes_count() {
        let (all, late) =
            (run(&target(1, 5), &played(0), 1).unwrap(), run(&target(1, 5), &played(DAY / 2), 1).unwrap());
        assert_eq!(late.decision_nanos.len(), DAY / 2);
        assert!(late.unit_minutes < all.unit_minutes && late.unit_minutes > DAY as f64 / 2.0);
        assert!(late.actions < all.actions, "{} and {}", late.actions, all.actions);
    }

    #[test]
    fn replicas_take_their_time_to_come_and_to_go() {
        let changes = run(&target(1, 5), &played(0), 1).unwrap().changes.unwrap();
        assert!(!changes.to_half.is_empty() && !changes.to_gone.is_empty(), "{changes:?}");
        // No creation is clipped below half of its median, and a pool has ten minutes to move.
        assert!(changes.to_half.iter().all(|minutes| (7.0..90.0).contains(minutes)), "{changes:?}");
        assert!(changes.to_gone.iter().all(|minutes| (10.0..90.0).contains(minutes)), "{changes:?}");
    }
}

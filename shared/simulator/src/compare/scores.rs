//! What a policy is scored by, and the row that says it: the median over seeds, and how far Q spreads.

use serde::Serialize;

use crate::demand::per_mille;
use crate::split::{Cause, Split};

use super::clairvoyant::Clairvoyant;

/// A violating minute costs so many unit-minutes in Q.
pub const VIOLATION_PRICE: f64 = 30.0;

/// What one seed of a policy came to, over the scored minutes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) unit_minutes: f64,
    pub(super) violations: u64,
    pub(super) severe: u64,
    pub(super) actions: u64,
    pub(super) reversals: u64,
    pub(super) split: Split,
    /// Breaches of standing invariants.
    pub(super) invariant_violations: u64,
    /// How long each decision took.
    pub(super) decision_nanos: Vec<u32>,
    /// How long capacity took to come and to go; only the product's is measured.
    pub(super) changes: Option<Changes>,
}

impl Outcome {
    /// What the clairvoyant cannot avoid, nobody could.
    pub(super) fn of_clairvoyant(found: &Clairvoyant) -> Outcome {
        Outcome {
            unit_minutes: found.unit_minutes,
            violations: found.violations,
            severe: found.severe,
            actions: found.actions,
            split: Split { at_max: found.violations, ..Split::default() },
            ..Outcome::default()
        }
    }

    /// In unit-minutes, with its price for each violating minute.
    pub(super) fn cost(&self) -> f64 {
        self.unit_minutes + VIOLATION_PRICE * self.violations as f64
    }
}

/// How long changes of capacity took, in minutes, one value per member.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// From the order until half of the member's capacity serves.
    pub(super) to_half: Vec<f64>,
    /// From the decision to remove until the member is gone.
    pub(super) to_gone: Vec<f64>,
}

/// The clairvoyants that outcomes are divided by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denominators {
    pub(super) plain: Clairvoyant,
    pub(super) life_cycle: Clairvoyant,
}

/// On what a policy ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// A unit serves once it is created, and is gone at once.
    Plain,
    /// Units join, climb and drain as the product's.
    LifeCycle,
    /// The product itself, on its simulated account.
    Account,
}

/// One policy on one trace. The fields are a stable interface; figures are medians over seeds, of the scored minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The trace's file name.
    pub trace: String,
    /// The rival's name, or `tidegate`.
    pub policy: String,
    /// On what it ran.
    pub plant: On,
    /// How many seeds.
    pub seeds: u64,
    /// Hours of units, from their order until they are gone; a primary that answers reads is one.
    pub unit_hours: f64,
    /// Unit-minutes over the clairvoyant's on the plain plant.
    pub ratio: f64,
    /// Minutes per day in which demand was above 85% of capacity.
    pub violation_minutes_per_day: f64,
    /// Minutes per day in which demand was above capacity.
    pub severe_minutes_per_day: f64,
    /// Additions and removals per day.
    pub actions_per_day: f64,
    /// Actions per day within 60 minutes of the last one, which went the other way.
    pub reversals_per_day: f64,
    /// Unit-minutes and 30 for each violating minute, over the plain clairvoyant's unit-minutes.
    pub q: f64,
    /// Of the best seed.
    pub q_low: f64,
    /// Of the worst seed.
    pub q_high: f64,
    /// The same over the unit-minutes of the clairvoyant that pays for the product's life cycle.
    pub q_of_life_cycle: f64,
    /// Half of the decisions took longer, in microseconds. Of the product: an attempt as a whole, the simulated account's answers included.
    pub decision_p50_us: f64,
    /// One decision in a hundred took longer, in microseconds.
    pub decision_p99_us: f64,
    /// Violating minutes per day by cause, each minute once.
    pub causes: Causes,
    /// Minutes from an order until half of the member's capacity served; of the product only.
    pub order_to_half_minutes: Option<f64>,
    /// Minutes from the decision to remove until the member was gone; of the product only.
    pub decision_to_gone_minutes: Option<f64>,
    /// Breaches of standing invariants, over all seeds: anything but 0 is a defect.
    pub invariant_violations: u64,
}

/// Violating minutes per day by cause: [`Cause`] says which minute counts where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Causes {
    /// See [`Cause::AtMax`].
    pub at_max: f64,
    /// See [`Cause::InjectedFault`].
    pub injected_fault: f64,
    /// See [`Cause::Ramping`].
    pub ramping: f64,
    /// See [`Cause::Creating`].
    pub creating: f64,
    /// See [`Cause::Draining`].
    pub draining: f64,
    /// See [`Cause::TooSmall`].
    pub too_small: f64,
    /// See [`Cause::NothingUnderWay`].
    pub nothing_under_way: f64,
}

impl Causes {
    /// The minutes per day of one cause.
    pub fn of(&self, cause: Cause) -> f64 {
        match cause {
            Cause::AtMax => self.at_max,
            Cause::InjectedFault => self.injected_fault,
            Cause::Ramping => self.ramping,
            Cause::Creating => self.creating,
            Cause::Draining => self.draining,
            Cause::TooSmall => self.too_small,
            Cause::NothingUnderWay => self.nothing_under_way,
        }
    }

    /// The mean over seeds: of medians the sum would not be all minutes.
    fn mean(outcomes: &[Outcome], days: f64) -> Causes {
        let mean = |cause| {
            let minutes: u64 = outcomes.iter().map(|outcome| outcome.split.of(cause)).sum();
            rounded(minutes as f64 / days / outcomes.len().max(1) as f64, 1e3)
        };
        Causes {
            at_max: mean(Cause::AtMax),
            injected_fault: mean(Cause::InjectedFault),
            ramping: mean(Cause::Ramping),
            creating: mean(Cause::Creating),
            draining: mean(Cause::Draining),
            too_small: mean(Cause::TooSmall),
            nothing_under_way: mean(Cause::NothingUnderWay),
        }
    }
}

/// Of which policy a row is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    pub(super) trace: &'a str,
    pub(super) policy: &'a str,
    pub(super) plant: On,
    pub(super) days: f64,
}

impl Row {
    /// Of these seeds.
    pub(super) fn new(of: Of<'_>, outcomes: &[Outcome], denominators: &Denominators) -> Row {
        let over = |clairvoyant: &Clairvoyant| {
            let q = |outcome: &Outcome| outcome.cost() / clairvoyant.unit_minutes;
            outcomes.iter().map(q).collect::<Vec<f64>>()
        };
        let q = over(&denominators.plain);
        let per_day = |count: fn(&Outcome) -> u64| {
            rounded(median(outcomes.iter().map(|outcome| count(outcome) as f64 / of.days)), 1e3)
        };
        let unit_minutes = median(outcomes.iter().map(|outcome| outcome.unit_minutes));
        let nanos: Vec<f64> = outcomes
            .iter()
            .flat_map(|outcome| &outcome.decision_nanos)
            .map(|nanos| f64::from(*nanos))
            .collect();
        let micros = |thousandths| rounded(per_mille(&nanos, thousandths).unwrap_or(0.0) / 1e3, 1e3);
        let changes = || outcomes.iter().filter_map(|outcome| outcome.changes.as_ref());
        let minutes = |of: fn(&Changes) -> &Vec<f64>| {
            let all: Vec<f64> = changes().flat_map(of).copied().collect();
            per_mille(&all, 500).map(|minutes| rounded(minutes, 1e1))
        };
        Row {
            trace: of.trace.to_owned(),
            policy: of.policy.to_owned(),
            plant: of.plant,
            seeds: outcomes.len() as u64,
            unit_hours: rounded(unit_minutes / 60.0, 1e2),
            ratio: rounded(unit_minutes / denominators.plain.unit_minutes, 1e4),
            violation_minutes_per_day: per_day(|outcome| outcome.violations),
            severe_minutes_per_day: per_day(|outcome| outcome.severe),
            actions_per_day: per_day(|outcome| outcome.actions),
            reversals_per_day: per_day(|outcome| outcome.reversals),
            q: rounded(median(q.iter().copied()), 1e4),
            q_low: rounded(q.iter().copied().fold(f64::INFINITY, f64::min), 1e4),
            q_high: rounded(q.iter().copied().fold(0.0, f64::max), 1e4),
            q_of_life_cycle: rounded(median(over(&denominators.life_cycle).into_iter()), 1e4),
            decision_p50_us: micros(500),
            decision_p99_us: micros(990),
            causes: Causes::mean(outcomes, of.days),
            order_to_half_minutes: minutes(|changes| &changes.to_half),
            decision_to_gone_minutes: minutes(|changes| &changes.to_gone),
            invariant_violations: outcomes.iter().map(|outcome| outcome.invariant_violations).sum(),
        }
    }
}

/// The geometric mean of what is above 0; 1 of nothing.
pub fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values.map(f64::ln).collect();
    (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    per_mille(&values.collect::<Vec<f64>>(), 500).unwrap_or(0.0)
}

pub(super) fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(unit_minutes: f64, violations: u64) -> Outcome {
        let mut split = Split::default();
        for _ in 0..violations {
            split.count(Cause::Creating);
        }
        Outcome { unit_minutes, violations, split, ..Outcome::default() }
    }

    fn row(outcomes: &[Outcome]) -> Row {
        let clairvoyant = |unit_minutes| Clairvoyant { unit_minutes, violations: 0, severe: 0, actions: 0 };
        let denominators = Denominators { plain: clairvoyant(1_000.0), life_cycle: clairvoyant(2_000.0) };
        let of = Of { trace: "load.csv", policy: "step", plant: On::Plain, days: 2.0 };
        Row::new(of, outcomes, &denominators)
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
    }

    #[test]
    fn figures_are_medians_and_q_has_its_spread() {
        let row = row(&[outcome(1_200.0, 10), outcome(1_100.0, 2), outcome(1_300.0, 4)]);
        assert_close(
            &[row.q, row.q_low, row.q_high, row.q_of_life_cycle, row.ratio, row.violation_minutes_per_day],
            &[1.42, 1.16, 1.5, 0.71, 1.2, 2.0],
        );
        assert_close(&[row.unit_hours, row.causes.creating], &[20.0, 2.667]);
        assert_eq!((row.seeds, row.order_to_half_minutes), (3, None));
    }

    #[test]
    fn decisions_and_changes_are_of_all_seeds_together() {
        let one = |nanos: Vec<u32>, to_half: Vec<f64>| Outcome {
            decision_nanos: nanos,
            changes: Some(Changes { to_half, to_gone: Vec::new() }),
            ..outcome(1.0, 0)
        };
        let row = row(&[one(vec![1_000, 3_000], vec![40.0]), one(vec![2_000], vec![20.0, 30.0])]);
        assert_close(&[row.decision_p50_us, row.decision_p99_us], &[2.0, 2.98]);
        assert_eq!((row.order_to_half_minutes, row.decision_to_gone_minutes), (Some(30.0), None));
    }

    #[test]
    fn a_geometric_mean_is_that_of_the_logarithms() {
        assert_close(
            &[geometric_mean([1.0, 2.0, 4.0].into_iter()), geometric_mean([].into_iter())],
            &[2.0, 1.0],
        );
    }
}

//! One policy of a backtest: what it bought and what it cost over the scored minutes, and why it was short.

use serde::Serialize;

use crate::compare::scores::{Outcome, rounded};
use crate::split::Split;

/// One policy through the load. The fields are a stable interface; figures are of the scored minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// `maximum`, `rules`, `shadow`, `act`, or the rival's name.
    pub policy: &'static str,
    /// Of which seed the figures are; 0 where there is no luck.
    pub seed: u64,
    /// Hours of units billed; a primary that answers reads is one.
    pub unit_hours: f64,
    /// Minutes in which demand was above 85% of capacity.
    pub violation_minutes: u64,
    /// Minutes in which demand was above capacity.
    pub severe_minutes: u64,
    /// Additions and removals.
    pub actions: u64,
    /// Actions within 60 minutes of the last one, which went the other way.
    pub reversals: u64,
    /// The violating minutes by cause, each once.
    pub violation_causes: Split,
    /// The same minutes in four.
    pub short_by: ShortBy,
    /// Unit-minutes and 30 for each violating minute, over the unit-minutes of a clairvoyant on the plain plant.
    pub q: f64,
    /// Of the cheapest seed.
    pub q_low: f64,
    /// Of the dearest seed.
    pub q_high: f64,
    /// Breaches of standing invariants, over all seeds: anything but 0 is a defect.
    pub invariant_violations: u64,
}

/// Why it was short, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ShortBy {
    /// The policy's maximum carries less: no decision avoids it.
    pub maximum: u64,
    /// Enough was ordered, and was being created, caught up or climbed.
    pub creating: u64,
    /// Too little was ordered, nothing yet, or something was on its way out.
    pub late: u64,
    /// A fault of the simulated account: a creation failed.
    pub injected: u64,
}

impl ShortBy {
    fn of(split: &Split) -> ShortBy {
        ShortBy {
            maximum: split.at_max,
            creating: split.creating + split.ramping,
            late: split.draining + split.too_small + split.nothing_under_way,
            injected: split.injected_fault,
        }
    }
}

impl Line {
    pub(super) fn new(policy: &'static str, seed: u64, outcome: &Outcome, perfect: f64) -> Line {
        let q = q(outcome.cost(), perfect);
        Line {
            policy,
            seed,
            unit_hours: rounded(outcome.unit_minutes / 60.0, 1e2),
            violation_minutes: outcome.violations,
            severe_minutes: outcome.severe,
            actions: outcome.actions,
            reversals: outcome.reversals,
            violation_causes: outcome.split,
            short_by: ShortBy::of(&outcome.split),
            q,
            q_low: q,
            q_high: q,
            invariant_violations: outcome.invariant_violations,
        }
    }

    /// The same with how far the seeds lie apart, and what broke in any of them.
    pub(super) fn over_seeds(self, cheapest: f64, dearest: f64, perfect: f64, broken: u64) -> Line {
        Line {
            q_low: q(cheapest, perfect),
            q_high: q(dearest, perfect),
            invariant_violations: broken,
            ..self
        }
    }
}

fn q(cost: f64, perfect: f64) -> f64 {
    rounded(cost / perfect, 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_one_of_four() {
        let split = Split {
            at_max: 1,
            injected_fault: 2,
            ramping: 4,
            creating: 8,
            draining: 16,
            too_small: 32,
            nothing_under_way: 64,
        };
        let ShortBy { maximum, creating, late, injected } = ShortBy::of(&split);
        assert_eq!((maximum, creating, late, injected), (1, 12, 112, 2));
        assert_eq!(maximum + creating + late + injected, split.all());
    }
}

//! The clairvoyant: the least that a fleet could have cost whose owner knew every minute, by dynamic programme. It is what all are divided by.

use crate::account::OBJECTIVE;

use super::life_cycle::{LifeCycle, minutes};
use super::seen::LEAST;

/// A violating minute costs so many unit-minutes: any number of units is cheaper.
const VIOLATION: f64 = 1e6;
/// More sizes are not told apart: of a larger fleet every second size is tried, or every third.
const SIZES: u32 = 64;

/// What the clairvoyant's fleet costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clairvoyant {
    /// Unit-minutes, starts and stops billed.
    pub(super) unit_minutes: f64,
    /// Minutes that the largest fleet cannot carry either.
    pub(super) violations: u64,
    /// Minutes that are above all that the largest fleet has.
    pub(super) severe: u64,
    /// Changes of size.
    pub(super) actions: u64,
}

/// Of these minutes of demand, where a unit is billed from its order until it serves fully, and from its removal until it is gone.
pub(super) fn clairvoyant(demand: &[f64], cycle: &LifeCycle) -> Clairvoyant {
    let start = minutes(cycle.creation) + minutes(cycle.climb());
    best(demand, start, minutes(cycle.drain), cycle.most)
}

fn best(demand: &[f64], start: f64, stop: f64, most: u32) -> Clairvoyant {
    let step = most.div_ceil(SIZES).max(1);
    let sizes = usize::try_from(most.saturating_sub(LEAST).div_ceil(step) + 1).unwrap_or(1);
    let size = |place: usize| f64::from(LEAST) + f64::from(step) * place as f64;
    let change = |from: usize, to: usize| {
        let units = size(to) - size(from);
        if units > 0.0 { units * start } else { -units * stop }
    };
    let violates = |demand: f64, place: usize| demand > OBJECTIVE * size(place);
    // From the last minute backwards: what the rest costs if it begins at this size, and the size to go to.
    let (mut rest, mut before) = (vec![0.0; sizes], vec![0.0; sizes]);
    let mut next = vec![0_u8; sizes * demand.len()];
    for (demand, next) in demand.iter().zip(next.chunks_exact_mut(sizes)).rev() {
        for (from, before) in before.iter_mut().enumerate() {
            let mut least = f64::INFINITY;
            for (to, rest) in rest.iter().enumerate() {
                let cost = change(from, to) + rest;
                if cost < least {
                    least = cost;
                    next[from] = u8::try_from(to).unwrap_or(u8::MAX);
                }
            }
            *before = least + size(from) + if violates(*demand, from) { VIOLATION } else { 0.0 };
        }
        std::mem::swap(&mut rest, &mut before);
    }
    let mut at = (0..sizes).min_by(|a, b| rest[*a].total_cmp(&rest[*b])).unwrap_or(0);
    let mut found = Clairvoyant { unit_minutes: 0.0, violations: 0, severe: 0, actions: 0 };
    for (demand, next) in demand.iter().zip(next.chunks_exact(sizes)) {
        found.violations += u64::from(violates(*demand, at));
        found.severe += u64::from(*demand > f64::from(most));
        let to = usize::from(next[at]);
        found.unit_minutes += size(at) + change(at, to);
        found.actions += u64::from(to != at);
        at = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every course of sizes there is.
    fn by_hand(demand: &[f64], start: f64, stop: f64) -> f64 {
        fn go(demand: &[f64], size: u32, start: f64, stop: f64) -> f64 {
            let [first, others @ ..] = demand else { return 0.0 };
            let violation = if *first > OBJECTIVE * f64::from(size) { VIOLATION } else { 0.0 };
            let next = |to: u32| {
                let units = f64::from(to) - f64::from(size);
                let change = if units > 0.0 { units * start } else { -units * stop };
                change + go(others, to, start, stop)
            };
            let least = (LEAST..=4).map(next).fold(f64::INFINITY, f64::min);
            f64::from(size) + violation + least
        }
        (LEAST..=4).map(|size| go(demand, size, start, stop)).fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn nobody_finds_a_cheaper_course(
            demand in proptest::collection::vec(0.0..3.3_f64, 1..6),
            start in 0.0..3.0_f64,
            stop in 0.0..3.0_f64,
        ) {
            let found = best(&demand, start, stop, 4);
            let cost = found.unit_minutes + VIOLATION * found.violations as f64;
            prop_assert!((cost - by_hand(&demand, start, stop)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_short_dip_is_not_worth_a_stop_and_a_start() {
        let mut demand = vec![1.6; 60];
        demand[20..30].fill(0.5);
        assert!((best(&demand, 13.0, 5.0, 15).unit_minutes - 120.0).abs() < 1e-9);
        demand[20..50].fill(0.5);
        // Thirty minutes of one unit saved, one start and one stop paid.
        assert!((best(&demand, 13.0, 5.0, 15).unit_minutes - (120.0 - 30.0 + 18.0)).abs() < 1e-9);
    }

    #[test]
    fn a_large_fleet_is_tried_in_steps_that_carry_as_much() {
        let found = best(&[100.0; 4], 0.0, 0.0, 150);
        // 118 carry it, and of 1, 4, 7.. that is the first from there on.
        assert_eq!((found.unit_minutes, found.violations), (4.0 * 118.0, 0));
        assert_eq!(best(&[126.0; 4], 0.0, 0.0, 150).violations, 0);
    }

    #[test]
    fn what_the_largest_fleet_cannot_carry_violates() {
        let found = best(&[1.0, 12.76, 15.5, 1.0], 0.0, 0.0, 15);
        assert_eq!((found.violations, found.severe), (2, 1));
    }
}

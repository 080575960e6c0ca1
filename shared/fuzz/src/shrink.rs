//! Makes a failing case small: the shortest prefix of what befalls that still breaks the same law, then without what it does not need.

use std::cell::Cell;

use crate::case::Case;
use crate::run::{Outcome, run_with};
use crate::tamper::Tamper;

/// What is left of a failing case.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The small case.
    pub case: Case,
    /// Its run, with a time line.
    pub outcome: Outcome,
    /// How many events befell in the case as it was drawn.
    pub events_before: usize,
    /// How many runs it took.
    pub runs: usize,
}

/// The smallest that is found within so many runs; `None` if the case does not fail.
pub fn shrink(case: &Case, tamper: &dyn Tamper, most_runs: usize) -> Option<Shrunk> {
    let first = run_with(case, tamper, false);
    let law = first.violations.first()?.law;
    let runs = Cell::new(1);
    let still = |case: &Case| {
        runs.set(runs.get() + 1);
        run_with(case, tamper, false).violations.iter().any(|violation| violation.law == law)
    };
    let mut small = case.clone();
    if !law.is_liveness() {
        small.minutes = small.minutes.min(first.minutes);
    }
    // The shortest prefix, by halving: what befell after it is not needed.
    let (mut low, mut high) = (0, small.script.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let mut shorter = small.clone();
        shorter.script.truncate(middle);
        if still(&shorter) { high = middle } else { low = middle + 1 }
    }
    let mut shorter = small.clone();
    shorter.script.truncate(high);
    if still(&shorter) {
        small = shorter;
    }
    // Whole kinds of trouble, then events one by one.
    let calmer = Case { hostility: small.hostility.none(), ..small.clone() };
    if still(&calmer) {
        small = calmer;
    }
    for without in
        [Case { forgets: None, ..small.clone() }, Case { lasting: None, forgets: None, ..small.clone() }]
    {
        if still(&without) {
            small = without;
        }
    }
    let mut place = small.script.len();
    while place > 0 && runs.get() < most_runs {
        place -= 1;
        let mut fewer = small.clone();
        fewer.script.remove(place);
        if still(&fewer) {
            small = fewer;
        }
    }
    let outcome = run_with(&small, tamper, true);
    Some(Shrunk { events_before: case.script.len(), outcome, case: small, runs: runs.get() })
}

//! Named situations for the tests of rivals: so many minutes at this use, so many units.

use crate::compare::seen::{Move, Rule, Seen};

/// What owns a [`Seen`].
pub(super) struct Situation {
    pub(super) minute: usize,
    utilisation: Vec<f64>,
    work: Vec<f64>,
    serving: u32,
    coming: u32,
}

impl Situation {
    pub(super) fn seen(&self) -> Seen<'_> {
        let Situation { minute, utilisation, work, serving, coming } = self;
        Seen { minute: *minute, utilisation, work, serving: *serving, coming: *coming, most: 15 }
    }
}

/// So many minutes at each use, the last ones last.
pub(super) fn seen(minutes: &[(usize, f64)], serving: u32, coming: u32) -> Situation {
    let utilisation: Vec<f64> = minutes.iter().flat_map(|(count, used)| vec![*used; *count]).collect();
    let work = utilisation.iter().map(|used| used * f64::from(serving)).collect();
    Situation { minute: utilisation.len(), utilisation, work, serving, coming }
}

/// After these minutes of work, by so many units.
pub(super) fn seen_of_work(work: Vec<f64>, serving: u32) -> Situation {
    let utilisation = work.iter().map(|work| work / f64::from(serving)).collect();
    Situation { minute: work.len(), utilisation, work, serving, coming: 0 }
}

/// What it wants minute after minute while nothing changes.
pub(super) fn after(rule: &mut impl Rule, situation: &Situation, minutes: usize) -> Vec<Move> {
    (0..minutes)
        .map(|later| {
            let seen = situation.seen();
            rule.decide(&Seen { minute: seen.minute + later, ..seen })
        })
        .collect()
}

//! The Horizontal Pod Autoscaler of Kubernetes, autoscaling/v2 with its default behaviour, on a resource metric.
//!
//! Per "algorithm details" of its documentation: the ratio of the metric and its target, a tolerance of 10%; pods that are not ready count as
//! idle when the ratio asks for more, and if that undoes the direction nothing is done. Downwards the highest recommendation of the
//! stabilization window holds. The default policies upwards (four pods or 100% per 15 seconds) never bind at steps of a minute and 15 units.

use std::collections::VecDeque;

use crate::compare::seen::{LEAST, Move, Rule, Seen, whole_units};

const TOLERANCE: f64 = 0.1;

pub(super) struct Hpa {
    target: f64,
    window: usize,
    /// Recommendations of the stabilization window, newest last.
    recommended: VecDeque<u32>,
}

impl Hpa {
    /// Utilisation is kept at `target`; `window` minutes of stabilization downwards.
    pub(super) fn new(target: f64, window: usize) -> Self {
        Self { target, window, recommended: VecDeque::new() }
    }

    fn recommendation(&self, seen: &Seen<'_>) -> Option<u32> {
        let used = *seen.utilisation.last()?;
        let (ready, units) = (f64::from(seen.serving), seen.units());
        let tolerated = |ratio: f64| (ratio - 1.0).abs() <= TOLERANCE;
        let ratio = used / self.target;
        let wanted = if tolerated(ratio) {
            units
        } else if ratio < 1.0 {
            whole_units(ready * ratio)
        } else {
            let work = used * ready;
            let with_idle = work / (self.target * f64::from(units.max(1)));
            if tolerated(with_idle) || with_idle < 1.0 { units } else { whole_units(work / self.target) }
        };
        Some(wanted.clamp(LEAST, seen.most))
    }

    /// Decides with another recommendation beside its own: the higher one is taken, as of two metrics.
    pub(super) fn decide_with(&mut self, other: u32, seen: &Seen<'_>) -> Move {
        let Some(own) = self.recommendation(seen) else { return Move::Stay };
        let wanted = own.max(other);
        self.recommended.push_back(wanted);
        if self.recommended.len() > self.window {
            self.recommended.pop_front();
        }
        let units = seen.units();
        let highest = self.recommended.iter().copied().max().unwrap_or(wanted);
        if wanted > units {
            Move::Add(wanted - units)
        } else if highest < units && seen.coming == 0 {
            Move::Remove(units - highest)
        } else {
            Move::Stay
        }
    }
}

impl Rule for Hpa {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        self.decide_with(0, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::{after, seen};

    #[test]
    fn named_situations() {
        let cases = [
            // The documentation's own: 200m against 100m doubles, 50m halves.
            ("twice the target", seen(&[(1, 0.8)], 3, 0), Move::Add(3)),
            ("half of the target", seen(&[(1, 0.2)], 4, 0), Move::Remove(2)),
            ("within the tolerance above", seen(&[(1, 0.43)], 10, 0), Move::Stay),
            ("within the tolerance below", seen(&[(1, 0.361)], 10, 0), Move::Stay),
            ("above the tolerance", seen(&[(1, 0.45)], 10, 0), Move::Add(2)),
            ("those that are not ready undo the direction", seen(&[(1, 0.5)], 4, 2), Move::Stay),
            ("those that are not ready dampen it", seen(&[(1, 0.8)], 4, 2), Move::Add(2)),
            ("nothing to do at all", seen(&[(1, 0.0)], 4, 0), Move::Remove(3)),
            ("idle, with one on its way", seen(&[(1, 0.1)], 4, 1), Move::Stay),
            ("more than there may be", seen(&[(1, 1.0)], 12, 0), Move::Add(3)),
        ];
        for (what, situation, expected) in cases {
            assert_eq!(Hpa::new(0.4, 5).decide(&situation.seen()), expected, "{what}");
        }
    }

    #[test]
    fn down_goes_to_the_highest_recommendation_of_the_window() {
        let mut hpa = Hpa::new(0.4, 5);
        assert_eq!(hpa.decide(&seen(&[(1, 0.4)], 4, 0).seen()), Move::Stay);
        assert_eq!(hpa.decide(&seen(&[(1, 0.3)], 4, 0).seen()), Move::Stay);
        let moves = after(&mut hpa, &seen(&[(1, 0.2)], 4, 0), 5);
        assert_eq!(moves, [Move::Stay, Move::Stay, Move::Stay, Move::Remove(1), Move::Remove(2)]);
    }
}

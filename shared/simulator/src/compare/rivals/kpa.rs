//! Knative's pod autoscaler with its defaults: concurrency over a stable window of a minute, and a panic in which nothing is taken away.
//!
//! Per its documentation and autoscaler: a target of 70% of a unit's concurrency, at most a thousandfold up and half down at a time; a panic
//! begins where twice the ready units are wanted, and ends when that was not so for a stable window. Minutes are published no finer, so
//! that the panic window of six seconds sees the same minute as the stable one.

use crate::compare::seen::{LEAST, Move, Rule, Seen, whole_units};

const TARGET: f64 = 0.7;
const PANIC_THRESHOLD: f64 = 2.0;
const STABLE_WINDOW: usize = 1;
const MOST_UP: f64 = 1_000.0;

#[derive(Default)]
pub(super) struct Kpa {
    /// The last minute in which the panic's threshold was crossed, and the most units wanted since it began.
    panic: Option<(usize, u32)>,
}

impl Rule for Kpa {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        let Some(work) = seen.work.last() else { return Move::Stay };
        let ready = seen.serving.max(1);
        // At a scale-down rate of 2 half of the ready units stay.
        let most = whole_units(MOST_UP * f64::from(ready));
        let asked = whole_units(work / TARGET);
        let mut wanted = asked.max(ready / 2).min(most);
        let over = f64::from(asked) / f64::from(ready) >= PANIC_THRESHOLD;
        self.panic = match self.panic {
            Some((_, highest)) if over => Some((seen.minute, highest)),
            None if over => Some((seen.minute, 0)),
            Some((last, _)) if seen.minute > last + STABLE_WINDOW => None,
            other => other,
        };
        if let Some((_, highest)) = &mut self.panic {
            wanted = wanted.max(*highest);
            *highest = wanted;
        }
        let wanted = wanted.clamp(LEAST, seen.most);
        // Kubernetes takes pods first that are not ready. Here nobody can: they come, and go if they are still too many.
        match Move::to(wanted, seen.units()) {
            Move::Remove(_) => Move::to(wanted.min(seen.serving), seen.serving),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::seen;

    #[test]
    fn named_situations() {
        let cases = [
            // 2.8 of work at 70% is four units.
            ("at the target", seen(&[(1, 0.7)], 4, 0), Move::Stay),
            ("above the target", seen(&[(1, 0.8)], 4, 0), Move::Add(1)),
            ("what is on its way counts", seen(&[(1, 0.8)], 4, 1), Move::Stay),
            ("below the target", seen(&[(1, 0.5)], 4, 0), Move::Remove(1)),
            ("those on their way would go first", seen(&[(1, 0.5)], 4, 2), Move::Remove(1)),
            ("they are what is too many", seen(&[(1, 0.5)], 3, 1), Move::Stay),
            ("at most half at a time", seen(&[(1, 0.05)], 8, 0), Move::Remove(4)),
            ("nothing to do, and the last one", seen(&[(1, 0.0)], 1, 0), Move::Stay),
        ];
        for (what, situation, expected) in cases {
            assert_eq!(Kpa::default().decide(&situation.seen()), expected, "{what}");
        }
    }

    #[test]
    fn in_a_panic_nothing_is_taken_away_until_it_was_calm_for_a_window() {
        let mut kpa = Kpa::default();
        // One unit at 100% wants two: twice what is ready.
        assert_eq!(kpa.decide(&seen(&[(1, 1.0)], 1, 0).seen()), Move::Add(1));
        let mut calm = seen(&[(2, 0.3)], 2, 0);
        assert_eq!(kpa.decide(&calm.seen()), Move::Stay);
        calm.minute += 1;
        assert_eq!(kpa.decide(&calm.seen()), Move::Remove(1));
    }
}

//! Step scaling, as the mission asks for it: one more above 70% for ten minutes, one less below 40% for thirty.
//!
//! As a pair of CloudWatch alarms with simple scaling policies: an alarm fires when all of its datapoints breach, and a policy waits for the
//! activity under way and for its cooldown.

use crate::compare::seen::{LEAST, Move, Rule, Seen};

const OUT_ABOVE: f64 = 0.7;
const OUT_MINUTES: usize = 10;
const OUT_COOLDOWN: usize = 5;
const IN_BELOW: f64 = 0.4;
const IN_MINUTES: usize = 30;
const IN_COOLDOWN: usize = 10;

#[derive(Default)]
pub(super) struct Step {
    /// No action before this minute.
    idle_until: usize,
}

impl Rule for Step {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        if seen.coming > 0 || seen.minute < self.idle_until {
            return Move::Stay;
        }
        let all = |minutes: usize, is: fn(f64) -> bool| {
            seen.last(minutes).is_some_and(|last| last.iter().all(|used| is(*used)))
        };
        if all(OUT_MINUTES, |used| used > OUT_ABOVE) {
            self.idle_until = seen.minute + OUT_COOLDOWN;
            Move::Add(1)
        } else if all(IN_MINUTES, |used| used < IN_BELOW) && seen.serving > LEAST {
            self.idle_until = seen.minute + IN_COOLDOWN;
            Move::Remove(1)
        } else {
            Move::Stay
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::{after, seen};

    #[test]
    fn named_situations() {
        let cases = [
            ("ten hot minutes", seen(&[(20, 0.5), (10, 0.71)], 3, 0), Move::Add(1)),
            ("nine of ten", seen(&[(21, 0.5), (9, 0.71)], 3, 0), Move::Stay),
            ("exactly at the threshold", seen(&[(40, 0.7)], 3, 0), Move::Stay),
            ("hot, but one is on its way", seen(&[(40, 0.9)], 3, 1), Move::Stay),
            ("thirty idle minutes", seen(&[(30, 0.39)], 3, 0), Move::Remove(1)),
            ("twenty-nine of thirty", seen(&[(5, 0.5), (29, 0.39)], 3, 0), Move::Stay),
            ("idle with the last one", seen(&[(40, 0.1)], 1, 0), Move::Stay),
        ];
        for (what, situation, expected) in cases {
            assert_eq!(Step::default().decide(&situation.seen()), expected, "{what}");
        }
    }

    #[test]
    fn a_cooldown_follows_each_way() {
        let mut step = Step::default();
        assert_eq!(after(&mut step, &seen(&[(40, 0.9)], 3, 0), 7), {
            let mut moves = vec![Move::Add(1), Move::Stay, Move::Stay, Move::Stay, Move::Stay];
            moves.extend([Move::Add(1), Move::Stay]);
            moves
        });
        let mut step = Step::default();
        let moves = after(&mut step, &seen(&[(40, 0.1)], 3, 0), 11);
        assert_eq!(moves.iter().filter(|made| **made == Move::Remove(1)).count(), 2);
        assert_eq!((moves[0], moves[10]), (Move::Remove(1), Move::Remove(1)));
    }
}

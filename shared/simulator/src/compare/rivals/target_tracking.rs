//! AWS target tracking: proportional out after three minutes above the target, gradual in after fifteen minutes below 90% of it.
//!
//! Application Auto Scaling makes two alarms, of three and of fifteen one-minute datapoints, and scales "proportionally to the metric as fast
//! as it can" out. The cooldowns are the default of 300 seconds of ECS services and Aurora clusters; a scale-in waits for both.

use crate::compare::seen::{LEAST, Move, Rule, Seen, mean, whole_units};

const HIGH_MINUTES: usize = 3;
const LOW_MINUTES: usize = 15;
/// The low alarm stands at this share of the target.
const LOW_SHARE: f64 = 0.9;
const COOLDOWN: usize = 5;

pub(super) struct TargetTracking {
    target: f64,
    /// Whether nothing is added or removed while a unit is created.
    blocked: bool,
    out_from: usize,
    in_from: usize,
}

impl TargetTracking {
    /// Utilisation is kept at `target`; a database waits for the member that is being created.
    pub(super) fn new(target: f64, blocked: bool) -> Self {
        Self { target, blocked, out_from: 0, in_from: 0 }
    }
}

impl Rule for TargetTracking {
    fn decide(&mut self, seen: &Seen<'_>) -> Move {
        if self.blocked && seen.coming > 0 {
            return Move::Stay;
        }
        let (Some(high), Some(low)) = (seen.last(HIGH_MINUTES), seen.last(LOW_MINUTES)) else {
            return Move::Stay;
        };
        let units = seen.units();
        // In proportion to the units that the metric is of; what was ordered counts as there.
        let wanted = |minutes: &[f64]| whole_units(f64::from(seen.serving) * mean(minutes) / self.target);
        if high.iter().all(|used| *used > self.target) && seen.minute >= self.out_from {
            let more = wanted(high).min(seen.most).saturating_sub(units);
            if more > 0 {
                self.out_from = seen.minute + COOLDOWN;
                return Move::Add(more);
            }
        } else if low.iter().all(|used| *used < LOW_SHARE * self.target)
            && seen.minute >= self.in_from.max(self.out_from)
        {
            let fewer = units.saturating_sub(wanted(low).max(LEAST));
            if fewer > 0 {
                self.in_from = seen.minute + COOLDOWN;
                return Move::Remove(fewer);
            }
        }
        Move::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rivals::situations::{after, seen};

    #[test]
    fn named_situations() {
        let cases = [
            ("three minutes above", seen(&[(15, 0.55), (3, 0.9)], 4, 0), Move::Add(2)),
            ("two minutes above", seen(&[(15, 0.55), (2, 0.9)], 4, 0), Move::Stay),
            ("just above", seen(&[(15, 0.61)], 4, 0), Move::Add(1)),
            ("saturated", seen(&[(15, 1.0)], 3, 0), Move::Add(2)),
            ("fifteen minutes below 90%", seen(&[(15, 0.3)], 4, 0), Move::Remove(2)),
            ("fourteen minutes below 90%", seen(&[(5, 0.6), (14, 0.3)], 4, 0), Move::Stay),
            ("between 90% and the target", seen(&[(20, 0.55)], 4, 0), Move::Stay),
            ("nothing to do at all", seen(&[(20, 0.0)], 4, 0), Move::Remove(3)),
            ("above, while one is created", seen(&[(15, 0.9)], 4, 1), Move::Stay),
        ];
        for (what, situation, expected) in cases {
            assert_eq!(TargetTracking::new(0.6, true).decide(&situation.seen()), expected, "{what}");
        }
    }

    #[test]
    fn a_service_adds_while_tasks_start_but_not_the_same_ones_again() {
        let mut service = TargetTracking::new(0.6, false);
        assert_eq!(service.decide(&seen(&[(15, 0.9)], 4, 2).seen()), Move::Stay);
        assert_eq!(service.decide(&seen(&[(15, 1.0)], 4, 2).seen()), Move::Add(1));
    }

    #[test]
    fn a_cooldown_follows_and_one_of_out_holds_in_too() {
        let mut tracking = TargetTracking::new(0.6, true);
        let moves = after(&mut tracking, &seen(&[(15, 0.9)], 4, 0), 6);
        assert_eq!(moves, [Move::Add(2), Move::Stay, Move::Stay, Move::Stay, Move::Stay, Move::Add(2)]);
        let mut idle = seen(&[(15, 0.1)], 4, 0);
        idle.minute += 7;
        assert_eq!(tracking.decide(&idle.seen()), Move::Stay);
        idle.minute += 3;
        assert_eq!(tracking.decide(&idle.seen()), Move::Remove(3));
    }
}

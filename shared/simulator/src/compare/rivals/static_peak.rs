//! The static fleet: as many units as the peak of the days that are not scored wanted, and never another number.

use crate::compare::seen::{LEAST, Move, Rule, Seen, whole_units};
use crate::split::needed;

/// How many units a person orders who has seen these minutes.
pub(super) fn fleet(unscored: &[f64], most: u32) -> u32 {
    let peak = unscored.iter().copied().fold(0.0, f64::max);
    whole_units(needed(peak)).clamp(LEAST, most)
}

pub(super) struct StaticPeak;

impl Rule for StaticPeak {
    fn decide(&mut self, _: &Seen<'_>) -> Move {
        Move::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_carries_the_peak_within_its_bounds() {
        for (peak, units) in [(0.0, 1), (0.85, 1), (0.9, 2), (5.0, 6), (40.0, 15)] {
            assert_eq!(fleet(&[0.1, peak, 0.2], 15), units, "{peak}");
        }
    }
}

//! What a rival may see, and what it may answer: published minutes only, and the fleet as its own interface shows it.

/// The newest minute that is known is so many minutes older than the one that has just ended.
pub(super) const LATE: usize = 2;

/// Every fleet of a comparison has at least so many units.
pub const LEAST: u32 = 1;

/// What is known when a decision is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// How many minutes have passed.
    pub(super) minute: usize,
    /// Of each minute that was published, work over capacity: never above 1, whatever was asked for.
    pub(super) utilisation: &'a [f64],
    /// Of each minute that was published, the work done, in unit capacities.
    pub(super) work: &'a [f64],
    /// Units at their full weight.
    pub(super) serving: u32,
    /// Units that are being created or climb.
    pub(super) coming: u32,
    /// The most units that there may be.
    pub(super) most: u32,
}

impl Seen<'_> {
    /// The last minutes that were published, oldest first; `None` if there are not so many.
    pub(super) fn last(&self, minutes: usize) -> Option<&[f64]> {
        self.utilisation.get(self.utilisation.len().checked_sub(minutes)?..)
    }

    /// Units that there are or will be.
    pub(super) fn units(&self) -> u32 {
        self.serving + self.coming
    }
}

/// What a rival wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Stay,
    Add(u32),
    Remove(u32),
}

impl Move {
    /// From so many units to so many others.
    pub(super) fn to(wanted: u32, from: u32) -> Move {
        match (wanted.saturating_sub(from), from.saturating_sub(wanted)) {
            (0, 0) => Move::Stay,
            (0, fewer) => Move::Remove(fewer),
            (more, _) => Move::Add(more),
        }
    }
}

/// A rule that decides every minute.
pub(super) trait Rule {
    /// What it wants now.
    fn decide(&mut self, seen: &Seen<'_>) -> Move;
}

/// The mean of these; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / (values.len().max(1) as f64)
}

/// The least whole number of units that is not below this; what is above by a rounding error only is not.
pub(super) fn whole_units(units: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped, and no number gives 0"
    )]
    let whole = (units - 1e-9).ceil().clamp(0.0, 1e6) as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_rounded_up_but_not_for_a_rounding_error() {
        let cases = [(0.0, 0), (0.2, 1), (2.0, 2), (3.0 * 0.7 / 0.3 / 0.7 * 0.3, 3), (2.1, 3), (f64::NAN, 0)];
        for (units, whole) in cases {
            assert_eq!(whole_units(units), whole, "{units}");
        }
    }

    #[test]
    fn a_move_is_the_difference() {
        assert_eq!(
            [Move::to(5, 3), Move::to(3, 5), Move::to(3, 3)],
            [Move::Add(2), Move::Remove(2), Move::Stay]
        );
    }

    #[test]
    fn minutes_that_were_not_published_are_not_made_up() {
        let seen = Seen { minute: 4, utilisation: &[0.1, 0.2], work: &[], serving: 1, coming: 0, most: 15 };
        assert_eq!(seen.last(2), Some(&[0.1, 0.2][..]));
        assert_eq!(seen.last(3), None);
    }
}

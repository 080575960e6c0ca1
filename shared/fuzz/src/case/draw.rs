//! Small draws that read well.

use tidegate_simulator::random::Draws;

/// A whole number from `low` to `high`, both included.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn whole(draws: &mut Draws, low: i64, high: i64) -> i64 {
    draws.between(low as f64, high as f64 + 1.0).floor() as i64
}

/// A number of things from `low` on, below `end`.
pub(super) fn size(draws: &mut Draws, low: usize, end: usize) -> usize {
    let bound = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    usize::try_from(whole(draws, bound(low), bound(end) - 1)).unwrap_or(low)
}

/// One of several, of which there is one at least.
pub(super) fn one_of<T: Clone>(draws: &mut Draws, all: &[T]) -> T {
    all[size(draws, 0, all.len()).min(all.len() - 1)].clone()
}

//! The buckets of five minutes ahead: which are learned, and between which of them the others lie.

/// Minutes of a bucket.
pub(super) const BUCKET: i64 = 5;
/// Buckets ahead that are predicted: 0 to 11, an hour.
pub const AHEAD: usize = 12;
/// Buckets ahead that are learned; the others lie between them. Source: the specification, section 2.
pub(super) const LEARNED: [usize; HORIZONS] = [1, 2, 3, 4, 5, 6, 8, 11];
pub(super) const HORIZONS: usize = 8;

/// Minutes from the end of the known minutes to the beginning of a bucket.
pub(super) fn minutes_to(bucket: usize) -> i64 {
    BUCKET * i64::try_from(bucket).unwrap_or(0)
}

/// Share of a deviation from the usual that is left after a bucket's distance: it halves in three hours.
pub(super) fn persistence(bucket: usize) -> f64 {
    libm::exp2(-(bucket as f64) * 5.0 / 180.0)
}

/// A bucket's place among those that are learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// The learned horizon before it, as an index.
    pub(super) before: usize,
    /// The learned horizon after it, as an index.
    pub(super) after: usize,
    /// The share of the one after it.
    pub(super) share: f64,
    /// The horizon is learned itself.
    pub(super) exact: bool,
}

impl Place {
    pub(super) fn of(bucket: usize) -> Place {
        let after = LEARNED.partition_point(|learned| *learned < bucket).min(HORIZONS - 1);
        let exact = LEARNED[after] == bucket;
        if exact || after == 0 {
            return Place { before: after, after, share: 0.0, exact };
        }
        let (low, high) = (LEARNED[after - 1], LEARNED[after]);
        let share = (bucket - low) as f64 / (high - low) as f64;
        Place { before: after - 1, after, share, exact }
    }

    /// The value between what the two neighbours say.
    pub(super) fn between(&self, before: f64, after: f64) -> f64 {
        if self.before == self.after { after } else { (1.0 - self.share) * before + self.share * after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_that_are_not_learned_lie_between_those_that_are() {
        let place = |before, after, share, exact| Place { before, after, share, exact };
        assert_eq!(Place::of(0), place(0, 0, 0.0, false));
        assert_eq!(Place::of(1), place(0, 0, 0.0, true));
        assert_eq!(Place::of(6), place(5, 5, 0.0, true));
        assert_eq!(Place::of(7), place(5, 6, 0.5, false));
        assert_eq!(Place::of(9), place(6, 7, 1.0 / 3.0, false));
        assert_eq!(Place::of(11), place(7, 7, 0.0, true));
    }
}

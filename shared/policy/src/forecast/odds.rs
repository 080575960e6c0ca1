//! The chance that more than n levels are needed, for each n, and how it is counted.

use super::settings::MAX_LEVELS;

/// P(need > n) at index n. Some level is always needed, so index 0 is 1.
pub type Odds = [f64; MAX_LEVELS + 1];

/// Nobody knows anything yet.
pub(super) const NO_ODDS: Odds = {
    let mut odds = [0.0; MAX_LEVELS + 1];
    odds[0] = 1.0;
    odds
};

/// Weighted counts of needs.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    by_need: [f64; MAX_LEVELS + 2],
    total: f64,
}

impl Counts {
    pub(super) fn none() -> Counts {
        Counts { by_need: [0.0; MAX_LEVELS + 2], total: 0.0 }
    }

    pub(super) fn add(&mut self, need: usize, weight: f64) {
        self.by_need[need] += weight;
        self.total += weight;
    }

    /// The weighted share of needs above each level; none is above anything if nothing was counted.
    pub(super) fn odds(&self, levels: usize) -> Odds {
        let mut odds = NO_ODDS;
        if self.total > 0.0 {
            let mut above = self.by_need[levels + 1];
            for level in (1..=levels).rev() {
                odds[level] = above / self.total;
                above += self.by_need[level];
            }
        }
        odds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_are_the_share_above_each_level() {
        let mut counts = Counts::none();
        assert_eq!(counts.odds(3)[..4], [1.0, 0.0, 0.0, 0.0]);
        for (need, weight) in [(1, 2.0), (2, 1.0), (4, 1.0)] {
            counts.add(need, weight);
        }
        assert_eq!(counts.odds(3)[..4], [1.0, 0.5, 0.25, 0.25]);
    }
}

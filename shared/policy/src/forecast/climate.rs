//! What was needed at the same minute of the day, or of the hour: the experts that know no level.

use super::horizons::{BUCKET, minutes_to};
use super::minutes::{DAY, Minutes};
use super::odds::{Counts, Odds};

/// How often it comes round, and how it fades.
pub(super) struct Climate {
    period: i64,
    periods: i64,
    /// Minutes on both sides that count too.
    around: i64,
    fade: f64,
    /// Every so many periods count twice.
    twice: i64,
}

/// The minute of the day: 14 days, a week ago counts twice.
pub(super) const OF_THE_DAY: Climate = Climate { period: DAY, periods: 14, around: 5, fade: 0.88, twice: 7 };
/// The minute of the hour: 24 hours.
pub(super) const OF_THE_HOUR: Climate =
    Climate { period: 60, periods: 24, around: 0, fade: 0.93, twice: i64::MAX };

impl Climate {
    pub(super) fn odds(&self, minutes: &Minutes, bucket: usize) -> Odds {
        self.odds_at(minutes, minutes.end() + minutes_to(bucket))
    }

    /// Of the five minutes that begin then.
    pub(super) fn odds_at(&self, minutes: &Minutes, at: i64) -> Odds {
        let mut counts = Counts::none();
        let mut weight = 1.0;
        for period in 1..=self.periods {
            let from = at - self.period * period - self.around;
            let to = from + BUCKET + 2 * self.around;
            if from < minutes.first() {
                break;
            }
            if to <= minutes.end() {
                let weight = if period % self.twice == 0 { 2.0 * weight } else { weight };
                (from..to).for_each(|minute| counts.add(minutes.need(minute), weight));
            }
            weight *= self.fade;
        }
        counts.odds(minutes.thresholds().levels())
    }
}

//! How long orders and drains take on this account: learned from the last 32, with what is usual as a prior.

use super::codec::{Reader, SnapshotError, Writer};

/// Durations that are remembered.
const REMEMBERED: usize = 32;
/// How many observations the prior is worth. Source: the specification, section 4.
const PRIOR_WEIGHT: f64 = 8.0;
/// The standard normal deviate that a tenth of all is above.
const TENTH_ABOVE: f64 = 1.281_551_565_544_600_4;
/// Nothing takes less, in minutes: a logarithm needs something.
const SHORTEST: f32 = 0.05;
/// Nothing that took longer than two days was one duration.
const LONGEST: f32 = 2_880.0;

/// A lognormal duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delay {
    /// Half of all take less. In minutes.
    pub median: f64,
    /// Standard deviation of ln.
    pub sigma: f64,
}

impl Delay {
    /// Creation of an RDS replica. Source of the three: the plant of `decision-quality.md`.
    pub const RDS: Delay = Delay { median: 13.0, sigma: 0.25 };
    /// Start of an ECS task.
    pub const ECS: Delay = Delay { median: 1.5, sigma: 0.3 };
    /// Creation of an ElastiCache node.
    pub const ELASTICACHE: Delay = Delay { median: 10.0, sigma: 0.25 };

    /// The time within which nine of ten are through, in minutes.
    pub fn p90(&self) -> f64 {
        self.median * libm::exp(TENTH_ABOVE * self.sigma)
    }

    /// Half a sigma later than the median, in minutes: 69% are through by then.
    pub fn cautious(&self) -> f64 {
        self.median * libm::exp(0.5 * self.sigma)
    }
}

/// The last durations of one kind of step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations(Vec<f32>);

impl Durations {
    /// One more took so many minutes. What is no duration is ignored.
    pub fn record(&mut self, minutes: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "minutes are kept in f32")]
        let minutes = minutes as f32;
        if !(SHORTEST..=LONGEST).contains(&minutes) {
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(minutes);
    }

    /// How many are remembered.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which this share of those that are remembered were through, in minutes: the least of them that does. `None` of nothing.
    pub fn within(&self, share: f64) -> Option<f64> {
        let mut minutes = self.0.clone();
        minutes.sort_unstable_by(f32::total_cmp);
        let last = minutes.len().checked_sub(1)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "32 at most, and a cast saturates"
        )]
        let rank = (share * minutes.len() as f64 - 1e-9).ceil() as usize;
        Some(f64::from(minutes[rank.saturating_sub(1).min(last)]))
    }

    /// The median of ln and its spread, each drawn towards `prior` as if eight of that had been seen.
    pub fn estimate(&self, prior: Delay) -> Delay {
        let mut logs: Vec<f64> = self.0.iter().map(|minutes| libm::log(f64::from(*minutes))).collect();
        if logs.is_empty() {
            return prior;
        }
        logs.sort_unstable_by(f64::total_cmp);
        let middle = 0.5 * (logs[(logs.len() - 1) / 2] + logs[logs.len() / 2]);
        let (seen, all) = (logs.len() as f64, logs.len() as f64 + PRIOR_WEIGHT);
        let spread: f64 = logs.iter().map(|log| (log - middle) * (log - middle)).sum();
        let variance = (PRIOR_WEIGHT * prior.sigma * prior.sigma + spread) / all;
        let log = (PRIOR_WEIGHT * libm::log(prior.median) + seen * middle) / all;
        Delay { median: libm::exp(log), sigma: variance.sqrt() }
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        to.u8(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        self.0.iter().for_each(|minutes| to.f32(*minutes));
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Durations, SnapshotError> {
        let count = usize::from(from.u8()?);
        let mut durations = Vec::with_capacity(REMEMBERED);
        for _ in 0..count {
            durations.push(from.f32("duration")?);
        }
        if count > REMEMBERED || durations.iter().any(|minutes| !(SHORTEST..=LONGEST).contains(minutes)) {
            return Err(SnapshotError::Impossible("duration"));
        }
        Ok(Durations(durations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minutes: &[f64]) -> Durations {
        let mut durations = Durations::default();
        minutes.iter().for_each(|minutes| durations.record(*minutes));
        durations
    }

    #[test]
    fn without_experience_it_is_as_usual() {
        assert_eq!(of(&[]).estimate(Delay::RDS), Delay::RDS);
        assert!((Delay::RDS.p90() - 17.91).abs() < 0.01);
        assert!((Delay::RDS.cautious() - 14.73).abs() < 0.01);
    }

    #[test]
    fn a_share_is_through_within_the_least_duration_that_covers_it() {
        assert_eq!(of(&[]).within(0.5), None);
        let ten = of(&[19.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0]);
        let told = [0.0, 0.1, 0.5, 0.9, 0.91, 1.0].map(|share| ten.within(share));
        assert_eq!(told, [10.0, 10.0, 14.0, 18.0, 19.0, 19.0].map(Some));
    }

    #[test]
    fn many_that_took_longer_outweigh_what_is_usual() {
        let learned = of(&[30.0; 32]).estimate(Delay::RDS);
        assert!((25.0..27.0).contains(&learned.median), "{learned:?}");
        assert!(learned.sigma < 0.13, "{learned:?}");
    }

    #[test]
    fn one_that_hung_hardly_moves_the_median() {
        let mut minutes = vec![13.0; 10];
        minutes.push(500.0);
        let learned = of(&minutes).estimate(Delay::RDS);
        assert!((learned.median - 13.0).abs() < 0.1, "{learned:?}");
        assert!(learned.sigma > 0.5, "{learned:?}");
    }

    #[test]
    fn only_the_last_32_count_and_nonsense_does_not() {
        let mut durations = of(&[60.0; 40]);
        (0..32).for_each(|_| durations.record(13.0));
        for nonsense in [f64::NAN, f64::INFINITY, -4.0, 0.0, 1e9] {
            durations.record(nonsense);
        }
        assert_eq!(durations.count(), 32);
        assert!((durations.estimate(Delay::RDS).median - 13.0).abs() < 1e-4);
    }
}

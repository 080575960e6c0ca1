//! P(need > n) for each bucket of the next hour, and who says so: what a prediction hands to the planner.

use super::experts::{EXPERTS, Expert};
use super::horizons::BUCKET;
use super::mix::Weights;
use super::odds::Odds;
use super::settings::Shape;
use crate::observation::Minute;

/// What is expected of one bucket of five minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// P(need > n): the expected share of the bucket's minutes.
    pub odds: Odds,
    /// The same as each expert alone has it.
    pub experts: [Odds; EXPERTS],
    /// How far each expert is followed.
    pub weights: Weights,
}

/// Who is followed most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leading {
    /// The expert.
    pub expert: Expert,
    /// Its share of the mixture.
    pub weight: f64,
    /// Its own P(need > n).
    pub odds: f64,
}

/// The need of the next hour. Bucket k begins 5k minutes after [`NeedAhead::end`].
#[derive(Clone, Debug, PartialEq)]
pub struct NeedAhead {
    /// Levels and their worth.
    pub shape: Shape,
    /// The minute after the last one that was pushed, in minutes since the Unix epoch.
    pub end: i64,
    /// The factor on the price of a violating minute: at least 1.
    pub price_scale: f64,
    /// Twelve buckets: see [`super::horizons::AHEAD`].
    pub buckets: Vec<Bucket>,
}

/// What is expected of five minutes. Each pair is the least and the most work, in units of capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The first of the minutes.
    pub from: Minute,
    /// Half of all minutes lie between these: a quarter below, a quarter above.
    pub half: (f64, f64),
    /// 95% of all minutes do.
    pub most: (f64, f64),
}

impl NeedAhead {
    /// What is expected of a bucket, as work.
    pub fn expected(&self, bucket: usize) -> Expected {
        let buckets = i64::try_from(bucket).unwrap_or(0);
        let between = |low: f64, high: f64| (self.work_below(bucket, low), self.work_below(bucket, high));
        Expected {
            from: Minute(self.end + BUCKET * buckets),
            half: between(0.25, 0.75),
            most: between(0.025, 0.975),
        }
    }

    /// The work that this share of a bucket's minutes stays below, in units of capacity. Only the levels are predicted: between two of them it
    /// is taken to be spread evenly, and above the last one nothing is known.
    fn work_below(&self, bucket: usize, share: f64) -> f64 {
        let above = 1.0 - share;
        let (levels, a_level) = (self.shape.levels(), self.shape.objective() * self.shape.step());
        let mut before = (0.0, 1.0);
        for level in 1..=levels {
            let odds = self.odds(bucket, level);
            let work = f64::from(u32::try_from(level).unwrap_or(u32::MAX)) * a_level;
            if odds <= above {
                let (least, likelier) = before;
                return least
                    + (work - least) * (likelier - above) / (likelier - odds).max(f64::MIN_POSITIVE);
            }
            before = (work, odds);
        }
        before.0
    }

    /// P(need > `level`) in a bucket. More than 0 levels are always needed; of what is not predicted it is 0.
    pub fn odds(&self, bucket: usize, level: usize) -> f64 {
        self.buckets.get(bucket).and_then(|bucket| bucket.odds.get(level)).copied().unwrap_or(0.0)
    }

    /// Whom the mixture follows most there, and its own P(need > `level`).
    pub fn leading(&self, bucket: usize, level: usize) -> Leading {
        let bucket = &self.buckets[bucket];
        let heavier =
            |best: usize, next: usize| if bucket.weights[next] > bucket.weights[best] { next } else { best };
        let place = (0..EXPERTS).fold(0, heavier);
        Leading {
            expert: Expert::ALL[place],
            weight: bucket.weights[place],
            odds: bucket.experts[place][level],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::odds::NO_ODDS;

    fn need(above: &[f64]) -> NeedAhead {
        let mut odds = NO_ODDS;
        odds[1..=above.len()].copy_from_slice(above);
        let bucket = Bucket { odds, experts: [odds; EXPERTS], weights: [0.0; EXPERTS] };
        let shape = Shape::new(4, 1.0, 0.85).unwrap();
        NeedAhead { shape, end: 1_000, price_scale: 1.0, buckets: vec![bucket; 3] }
    }

    #[test]
    fn work_lies_between_the_levels_that_were_predicted() {
        let expected = need(&[1.0, 0.5, 0.0]).expected(2);
        assert_eq!(expected.from, Minute(1_010));
        // Half of it lies from 1.7 (two levels at 85%) to 2.55, and half below.
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9;
        assert!(near(expected.half, (0.85 * 1.5, 0.85 * 2.5)), "{expected:?}");
        assert!(near(expected.most, (0.85 * 1.05, 0.85 * 2.95)), "{expected:?}");
    }

    #[test]
    fn above_the_last_level_nothing_is_known() {
        let expected = need(&[1.0, 1.0, 1.0, 0.9]).expected(0);
        assert!((expected.most.1 - 0.85 * 4.0).abs() < 1e-9 && expected.half.0 <= expected.half.1);
        assert_eq!(need(&[0.0]).expected(9).from, Minute(1_045));
    }
}

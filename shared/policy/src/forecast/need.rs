//! P(need > n) for each bucket of the next hour, and who says so: what a prediction hands to the planner.

use super::experts::{EXPERTS, Expert};
use super::mix::Weights;
use super::odds::Odds;
use super::settings::Shape;

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

impl NeedAhead {
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

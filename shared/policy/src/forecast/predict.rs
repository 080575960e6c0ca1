//! A prediction: from the minutes and what was learned of them to the need ahead, and to the forecast that waits for its outcome.

use super::climate::{OF_THE_DAY, OF_THE_HOUR};
use super::experts::{EXPERTS, POINTS, centres, features};
use super::horizons::{AHEAD, HORIZONS, Place, minutes_to};
use super::learned::{Learned, hour_of};
use super::minutes::Minutes;
use super::mix::{choice, mixture};
use super::need::{Bucket, NeedAhead};
use super::neighbours::Neighbours;
use super::now::{Now, Then};
use super::odds::{NO_ODDS, Odds};
use super::recent::Recent;
use super::stack::{Between, Habits, Logits, Scene};
use super::thresholds::Thresholds;
use super::waiting::{Said, Waiting};

/// What all buckets of a prediction share.
struct Prediction<'a> {
    minutes: &'a Minutes,
    thresholds: &'a Thresholds,
    learned: &'a Learned,
    now: Now,
    habits: Habits,
    neighbours: Neighbours,
    unrest: f64,
    /// Of a violating minute, with its scale.
    price: f64,
}

/// The need ahead, and the forecast that is to wait for its outcome. `price` is of a violating minute, before its scale.
pub(super) fn predict(
    minutes: &Minutes,
    recent: &Recent,
    learned: &Learned,
    price: f64,
) -> (NeedAhead, Waiting) {
    let thresholds = minutes.thresholds();
    let price_scale = learned.price_scale.factor();
    let glimpse = recent.glimpse(minutes);
    let prediction = Prediction {
        minutes,
        thresholds,
        learned,
        now: Now::of(minutes),
        habits: Habits::of(&glimpse, thresholds.levels()),
        neighbours: Neighbours::find(minutes),
        unrest: learned.volatility.ratio(),
        price: price * price_scale,
    };
    let mut said = Vec::with_capacity(HORIZONS);
    let buckets = (0..AHEAD)
        .map(|bucket| {
            let (expected, kept) = prediction.of(bucket);
            said.extend(kept);
            expected
        })
        .collect();
    let need = NeedAhead { shape: thresholds.shape(), end: minutes.end(), price_scale, buckets };
    #[expect(clippy::cast_possible_truncation, reason = "in f32 as they are stored")]
    let (level, price) = (prediction.now.five as f32, prediction.price as f32);
    (need, Waiting { end: minutes.end(), level, price, glimpse, said })
}

impl Prediction<'_> {
    /// One bucket; what waits for its outcome if its horizon is learned.
    fn of(&self, bucket: usize) -> (Bucket, Option<Said>) {
        let levels = self.thresholds.levels();
        let place = Place::of(bucket);
        let (before, after) = (&self.learned.horizons[place.before], &self.learned.horizons[place.after]);
        let then = Then::of(self.minutes, &self.now, bucket);
        let features = features(&self.now, &then);
        let (least, most) = self.thresholds.plausible();
        let deviation = place.between(before.squares.forecast(&features), after.squares.forecast(&features));
        let centres = centres(&self.now, &then, bucket, (self.now.day + deviation).clamp(least, most));
        let experts = self.experts(bucket, &place, &centres);
        let (near, far) = (before.losses.weights(), after.losses.weights());
        let weights = std::array::from_fn(|expert| place.between(near[expert], far[expert]));
        let mixed = mixture(&experts, &weights, levels);
        let logits = Logits::of(&experts, &mixed, levels);
        let scene = Scene {
            thresholds: self.thresholds,
            logits: &logits,
            level: self.now.five,
            hour: hour_of(self.minutes.end() + minutes_to(bucket)),
            habits: &self.habits,
            unrest: self.unrest,
        };
        let odds = Between { before: &before.stack, after: &after.stack, share: place.share }
            .correct(&scene, &mixed);
        let kept = place.exact.then(|| {
            let choices = experts.each_ref().map(|odds| choice(odds, levels, self.price));
            Said::new(centres, features, choices, &logits, levels)
        });
        (Bucket { odds, experts, weights }, kept)
    }

    /// What each expert says of a bucket.
    fn experts(&self, bucket: usize, place: &Place, centres: &[f64; POINTS]) -> [Odds; EXPERTS] {
        let (before, after) = (&self.learned.horizons[place.before], &self.learned.horizons[place.after]);
        let mut experts = [NO_ODDS; EXPERTS];
        for (point, centre) in centres.iter().enumerate() {
            let of = |residuals: &[super::residuals::Residuals; POINTS]| {
                residuals[point].odds(self.thresholds, *centre)
            };
            experts[point] = of(&after.residuals);
            if place.before != place.after {
                let nearer = of(&before.residuals);
                for (odds, nearer) in experts[point].iter_mut().zip(nearer) {
                    *odds = place.between(nearer, *odds);
                }
            }
        }
        experts[POINTS] = OF_THE_DAY.odds(self.minutes, bucket);
        experts[POINTS + 1] = OF_THE_HOUR.odds(self.minutes, bucket);
        experts[POINTS + 2] = self.neighbours.odds(self.minutes, bucket);
        experts
    }
}

//! How far a point expert is usually off, minute by minute: a histogram that forgets, which makes a distribution of one number.

use super::codec::{Reader, SnapshotError, Writer};
use super::odds::{NO_ODDS, Odds};
use super::thresholds::Thresholds;

const BINS: usize = 140;
/// In ln work.
const WIDTH: f64 = 0.04;
const LOWEST: f64 = -2.0;
/// Mass of the shape that it begins with, in buckets.
const PRIOR: f64 = 20.0;
/// Buckets that are remembered. Source: the specification, section 4.
const MEMORY: f64 = 700.0;
/// Below this a mass is nothing: numbers near the end of f32 are slow.
const NOTHING: f32 = 1e-20;

/// Residuals of one expert at one horizon, as masses a bin.
#[derive(Clone, Debug)]
pub(super) struct Residuals {
    mass: [f32; BINS],
    /// Share above the lower edge of each bin. Derived.
    tail: [f64; BINS + 1],
}

impl Residuals {
    /// A double exponential that is the wider the farther the horizon, with a floor for surprises.
    pub(super) fn prior(bucket: usize) -> Residuals {
        let scale = 0.06 + 0.05 * (bucket as f64).sqrt();
        let mut shape = [0.0; BINS];
        let mut middle = LOWEST + 0.5 * WIDTH;
        for value in &mut shape {
            let surprise = if middle.abs() < 1.0 { 0.002 } else { 0.0 };
            *value = libm::exp(-middle.abs() / scale) + surprise;
            middle += WIDTH;
        }
        let total: f64 = shape.iter().sum();
        #[expect(clippy::cast_possible_truncation, reason = "masses are kept in f32")]
        let mass = shape.map(|value| (value * PRIOR / total) as f32);
        Residuals::of(mass)
    }

    fn of(mass: [f32; BINS]) -> Residuals {
        let mut residuals = Residuals { mass, tail: [0.0; BINS + 1] };
        residuals.sum_up();
        residuals
    }

    fn sum_up(&mut self) {
        let mut above = 0.0;
        for (tail, mass) in self.tail[..BINS].iter_mut().zip(&self.mass).rev() {
            above += f64::from(*mass);
            *tail = above;
        }
        for tail in &mut self.tail[..BINS] {
            *tail /= above;
        }
    }

    /// The five minutes of a bucket were off by so much.
    pub(super) fn learn(&mut self, residuals: impl Iterator<Item = f64>) {
        #[expect(clippy::cast_possible_truncation, reason = "masses are kept in f32")]
        let left = (1.0 - 1.0 / MEMORY) as f32;
        for mass in &mut self.mass {
            *mass *= left;
            if *mass < NOTHING {
                *mass = 0.0;
            }
        }
        for residual in residuals {
            let bin = ((residual - LOWEST) / WIDTH).clamp(0.0, 139.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the bins"
            )]
            let bin = bin as usize;
            self.mass[bin] += 0.2;
        }
        self.sum_up();
    }

    /// P(residual > `distance`), linear inside a bin.
    fn above(&self, distance: f64) -> f64 {
        let place = (distance - LOWEST) / WIDTH;
        if place <= 0.0 {
            return 1.0;
        }
        if place >= 140.0 {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between the first and the last bin"
        )]
        let bin = place as usize;
        let part = place - bin as f64;
        self.tail[bin] * (1.0 - part) + self.tail[bin + 1] * part
    }

    /// P(need > n) if the expert expects `centre`.
    pub(super) fn odds(&self, thresholds: &Thresholds, centre: f64) -> Odds {
        let mut odds = NO_ODDS;
        for (level, odds) in odds.iter_mut().enumerate().take(thresholds.levels() + 1).skip(1) {
            *odds = self.above(thresholds.log(level) - centre);
        }
        odds
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        self.mass.iter().for_each(|mass| to.f32(*mass));
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Residuals, SnapshotError> {
        let mut masses = [0.0; BINS];
        for mass in &mut masses {
            *mass = from.f32("residual")?;
            if !(*mass == 0.0 || (NOTHING..1e6).contains(mass)) {
                return Err(SnapshotError::Impossible("residual"));
            }
        }
        if masses.iter().sum::<f32>() < 1e-3 {
            return Err(SnapshotError::Impossible("residual"));
        }
        Ok(Residuals::of(masses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::settings::Shape;

    #[test]
    fn before_anything_is_learned_it_is_off_to_both_sides_alike() {
        let residuals = Residuals::prior(3);
        assert!((residuals.above(0.0) - 0.5).abs() < 1e-6);
        assert!(residuals.above(-3.0) == 1.0 && residuals.above(4.0) == 0.0);
        assert!(Residuals::prior(11).above(0.3) > residuals.above(0.3));
    }

    #[test]
    fn a_bias_is_learned_and_forgotten() {
        let mut residuals = Residuals::prior(3);
        for _ in 0..400 {
            residuals.learn([0.5; 5].into_iter());
        }
        assert!(residuals.above(0.46) > 0.9);
        for _ in 0..3000 {
            residuals.learn([-0.5; 5].into_iter());
        }
        assert!(residuals.above(0.0) < 0.02);
        let odds = residuals.odds(&Thresholds::of(Shape::default()), libm::log(0.85 * 3.0));
        assert!(odds[1] > 0.9 && odds[2] < 0.02, "{odds:?}");
    }

    #[test]
    fn masses_that_fade_become_nothing() {
        let mut residuals = Residuals::prior(1);
        for _ in 0..40_000 {
            residuals.learn([0.01; 5].into_iter());
        }
        assert!(residuals.mass.iter().filter(|mass| **mass > 0.0).count() <= 2);
        assert!((residuals.tail[0] - 1.0).abs() < 1e-12);
    }
}

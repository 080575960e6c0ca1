//! Recursive least squares: one linear forecast a horizon, which begins as the daily expert and learns from each bucket.

use super::codec::{Reader, SnapshotError, Writer};
use super::horizons::persistence;

/// Features of a forecast.
pub(super) const FEATURES: usize = 14;
/// As they are used and stored.
pub(super) type Features = [f32; FEATURES];

/// What is left of an observation's weight after a bucket.
const FORGETTING: f64 = 0.9997;
/// An error beyond this is an incident, not a lesson.
const LARGEST_ERROR: f64 = 0.3;

/// Coefficients and their covariance. Source: Haykin, Adaptive Filter Theory, the exponentially weighted RLS.
#[derive(Clone, Debug)]
pub(super) struct Squares {
    theta: [f64; FEATURES],
    covariance: [[f64; FEATURES]; FEATURES],
}

impl Squares {
    /// The daily expert at a distance of so many buckets.
    pub(super) fn prior(bucket: usize) -> Squares {
        let left = persistence(bucket);
        let mut theta = [0.0; FEATURES];
        (theta[2], theta[3], theta[8], theta[9]) = (left, left, 1.0, -left);
        let mut covariance = [[0.0; FEATURES]; FEATURES];
        for (place, row) in covariance.iter_mut().enumerate() {
            row[place] = 1.0;
        }
        Squares { theta, covariance }
    }

    /// The deviation of ln work from the mean of the day.
    pub(super) fn forecast(&self, features: &Features) -> f64 {
        dot(&self.theta, features)
    }

    /// The forecast from `features` was off by `error`.
    pub(super) fn learn(&mut self, bucket: usize, features: &Features, error: f64) {
        let gain = self.covariance.map(|row| dot(&row, features));
        let spread = FORGETTING + dot(&gain, features);
        // Rounding has made the covariance worthless: never seen, and cheap to survive.
        if !(spread.is_finite() && spread > 0.0) {
            *self = Squares::prior(bucket);
            return;
        }
        let error = error.clamp(-LARGEST_ERROR, LARGEST_ERROR);
        for (theta, gain) in self.theta.iter_mut().zip(gain) {
            *theta += gain / spread * error;
        }
        let trace: f64 = (0..FEATURES).map(|place| self.covariance[place][place]).sum();
        // While nothing new is seen forgetting would blow the covariance up: it stops at that of the beginning.
        let grow = if trace > 14.0 { 1.0 } else { 1.0 / FORGETTING };
        for (row, own) in self.covariance.iter_mut().zip(gain) {
            for (value, other) in row.iter_mut().zip(gain) {
                *value = (*value - own * other / spread) * grow;
            }
        }
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        self.theta.iter().for_each(|value| to.f64(*value));
        // It is symmetric to the last bit: each pair is computed from the same two numbers.
        for (place, row) in self.covariance.iter().enumerate() {
            row[place..].iter().for_each(|value| to.f64(*value));
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Squares, SnapshotError> {
        let mut squares = Squares { theta: [0.0; FEATURES], covariance: [[0.0; FEATURES]; FEATURES] };
        for value in &mut squares.theta {
            *value = from.f64("coefficient")?;
        }
        for row in 0..FEATURES {
            for column in row..FEATURES {
                let value = from.f64("covariance")?;
                squares.covariance[row][column] = value;
                squares.covariance[column][row] = value;
            }
        }
        Ok(squares)
    }
}

fn dot(coefficients: &[f64; FEATURES], features: &Features) -> f64 {
    coefficients.iter().zip(features).map(|(coefficient, feature)| coefficient * f64::from(*feature)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few different sets of features, the same in every run.
    fn some(index: u8) -> Features {
        let mut features = [0.0; FEATURES];
        features[0] = 1.0;
        features[1] = f32::from(index % 5) / 10.0 - 0.2;
        features[4] = f32::from(index % 7) / 10.0 - 0.3;
        features
    }

    #[test]
    fn a_linear_law_is_learned() {
        let law = |features: &Features| f64::from(features[1]) * 0.7 - f64::from(features[4]) * 0.4 + 0.1;
        let mut squares = Squares::prior(3);
        for round in 0..40_u8 {
            for index in 0..35 {
                let features = some(index + round % 2);
                let error = law(&features) - squares.forecast(&features);
                squares.learn(3, &features, error);
            }
        }
        assert!((squares.forecast(&some(11)) - law(&some(11))).abs() < 0.01);
    }

    #[test]
    fn the_covariance_stays_symmetric_and_bounded_while_nothing_new_is_seen() {
        let mut squares = Squares::prior(3);
        for _ in 0..100_000 {
            squares.learn(3, &some(3), 0.01);
        }
        for row in 0..FEATURES {
            for column in 0..FEATURES {
                let value = squares.covariance[row][column];
                assert_eq!(value.to_bits(), squares.covariance[column][row].to_bits());
                assert!(value.abs() < 15.0, "{value}");
            }
        }
    }

    #[test]
    fn an_incident_moves_the_forecast_no_more_than_the_largest_lesson() {
        let (mut once, mut huge) = (Squares::prior(3), Squares::prior(3));
        once.learn(3, &some(2), 0.3);
        huge.learn(3, &some(2), 5.0);
        assert_eq!(once.forecast(&some(2)).to_bits(), huge.forecast(&some(2)).to_bits());
    }
}

//! How far each expert is followed: by what its own choices would have cost.

use super::codec::{Reader, SnapshotError, Writer};
use super::experts::EXPERTS;
use super::odds::{NO_ODDS, Odds};

/// A cost of three days ago counts half. In buckets.
const HALF_LIFE: f64 = 864.0;
/// What a unit of cost takes from ln of a weight.
const TEMPERATURE: f64 = 0.02;

/// Shares of the experts; they sum to 1.
pub type Weights = [f64; EXPERTS];

/// Costs of the experts' choices at one horizon.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses([f64; EXPERTS]);

/// The level that is cheapest if these odds are true; the smallest of equals.
pub(super) fn choice(odds: &Odds, levels: usize, price: f64) -> u8 {
    let mut best = (f64::INFINITY, 1);
    for (level, odds) in (0_u8..).zip(odds).take(levels + 1).skip(1) {
        let cost = f64::from(level) + price * odds;
        if cost < best.0 - 1e-12 {
            best = (cost, level);
        }
    }
    best.1
}

impl Losses {
    /// Each expert chose a level; `above` is the share of minutes that needed more.
    pub(super) fn learn(&mut self, choices: &[u8; EXPERTS], price: f64, above: &Odds) {
        let left = libm::exp2(-1.0 / HALF_LIFE);
        for (loss, choice) in self.0.iter_mut().zip(choices) {
            *loss = left * *loss + f64::from(*choice) + price * above[usize::from(*choice)];
        }
    }

    pub(super) fn weights(&self) -> Weights {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let weights = self.0.map(|loss| libm::exp(-TEMPERATURE * (loss - least)));
        let total: f64 = weights.iter().sum();
        weights.map(|weight| weight / total)
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        self.0.iter().for_each(|loss| to.f64(*loss));
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Losses, SnapshotError> {
        let mut losses = Losses::default();
        for loss in &mut losses.0 {
            *loss = from.mass("loss")?;
        }
        Ok(losses)
    }
}

/// What the experts say together.
pub(super) fn mixture(opinions: &[Odds; EXPERTS], weights: &Weights, levels: usize) -> Odds {
    let mut odds = NO_ODDS;
    for (level, odds) in odds.iter_mut().enumerate().take(levels + 1).skip(1) {
        *odds = opinions.iter().zip(weights).map(|(opinion, weight)| opinion[level] * weight).sum();
    }
    odds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odds(values: [f64; 3]) -> Odds {
        let mut odds = NO_ODDS;
        odds[1..4].copy_from_slice(&values);
        odds
    }

    #[test]
    fn one_more_is_chosen_where_lacking_it_costs_more_than_having_it() {
        assert_eq!(choice(&odds([0.5, 0.2, 0.03]), 3, 27.0), 3);
        assert_eq!(choice(&odds([0.5, 0.03, 0.0]), 3, 27.0), 2);
        assert_eq!(choice(&odds([0.03, 0.0, 0.0]), 3, 27.0), 1);
    }

    #[test]
    fn of_equal_costs_the_smaller_level_is_chosen() {
        assert_eq!(choice(&odds([0.5, 0.25, 0.0]), 3, 4.0), 1);
    }

    #[test]
    fn who_chooses_better_is_followed() {
        let mut losses = Losses::default();
        assert!(losses.weights().iter().all(|weight| (weight - 1.0 / 9.0).abs() < 1e-12));
        let mut choices = [3; EXPERTS];
        choices[4] = 2;
        for _ in 0..300 {
            losses.learn(&choices, 27.0, &odds([1.0, 0.0, 0.0]));
        }
        assert!(losses.weights()[4] > 0.9);
    }
}

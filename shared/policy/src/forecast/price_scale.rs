//! The factor on the price of a violation: without it a large fleet would rationally give up on its rare peaks.

use super::codec::{Reader, SnapshotError, Writer};
use super::settings::MAX_LEVELS;

/// A week that fades, minute by minute.
const FADE: f64 = 1.0 - 1.0 / 10_080.0;
/// A fleet of so many levels pays the price as it is.
const USUAL: f64 = 7.0;

/// How often each need was seen, and the factor that follows from it, revised each hour.
#[derive(Clone, Debug)]
pub(super) struct PriceScale {
    seen: [f64; MAX_LEVELS + 2],
    factor: f64,
}

impl PriceScale {
    pub(super) fn new() -> PriceScale {
        PriceScale { seen: [0.0; MAX_LEVELS + 2], factor: 1.0 }
    }

    /// At least 1: the level of need that 99.5% of the minutes stay within, over 7.
    pub(super) fn factor(&self) -> f64 {
        self.factor
    }

    pub(super) fn learn(&mut self, minute: i64, need: usize, levels: usize) {
        self.seen.iter_mut().for_each(|seen| *seen *= FADE);
        self.seen[need] += 1.0;
        if minute.rem_euclid(60) == 0 {
            self.revise(levels);
        }
    }

    fn revise(&mut self, levels: usize) {
        let most = 0.005 * self.seen.iter().sum::<f64>();
        let mut above = 0.0;
        let mut peak = levels + 1;
        while peak > 1 {
            above += self.seen[peak];
            if above > most {
                break;
            }
            peak -= 1;
        }
        let peak = peak as f64;
        self.factor = (peak / USUAL).max(1.0);
    }

    pub(super) fn encode(&self, to: &mut Writer, levels: usize) {
        self.seen[1..=levels + 1].iter().for_each(|seen| to.f64(*seen));
        to.f64(self.factor);
    }

    pub(super) fn decode(from: &mut Reader<'_>, levels: usize) -> Result<PriceScale, SnapshotError> {
        let mut scale = PriceScale::new();
        for seen in &mut scale.seen[1..=levels + 1] {
            *seen = from.mass("share of need")?;
        }
        scale.factor = from.mass("price scale")?;
        if (1.0..=10.0).contains(&scale.factor) {
            Ok(scale)
        } else {
            Err(SnapshotError::Impossible("price scale"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_fleet_pays_more_for_its_rare_peaks() {
        let mut scale = PriceScale::new();
        for minute in 0..1440 {
            scale.learn(minute, 5, 15);
        }
        assert!((scale.factor() - 1.0).abs() < 1e-12);
        for minute in 1440..1500 {
            scale.learn(minute, 14, 15);
        }
        scale.learn(1500, 14, 15);
        assert!((scale.factor() - 2.0).abs() < 1e-12, "{}", scale.factor());
    }
}

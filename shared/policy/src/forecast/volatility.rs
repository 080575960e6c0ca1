//! How restless the work is now, against how restless it usually is.

use super::codec::{Reader, SnapshotError, Writer};

/// Mean changes of ln work from one bucket to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Volatility {
    fast: f64,
    slow: f64,
    learned: u32,
}

impl Volatility {
    pub(super) fn learn(&mut self, change: f64) {
        self.learned = self.learned.saturating_add(1);
        let rate = if self.learned <= 300 { 1.0 / f64::from(self.learned) } else { 1.0 / 1000.0 };
        self.fast += 0.2 * (change - self.fast);
        self.slow += rate * (change - self.slow);
    }

    /// Recent over usual restlessness; 1 is as usual, 3 the most that is told.
    pub(super) fn ratio(&self) -> f64 {
        (self.fast / (self.slow + 1e-6)).min(3.0)
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        to.f64(self.fast);
        to.f64(self.slow);
        to.u32(self.learned);
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Volatility, SnapshotError> {
        let (fast, slow) = (from.mass("volatility")?, from.mass("volatility")?);
        Ok(Volatility { fast, slow, learned: from.u32()? })
    }
}

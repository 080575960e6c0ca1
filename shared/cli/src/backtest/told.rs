//! What was played and what came of it, as the report and the document tell it.

use std::path::Path;

use tidegate_policy::policy::{Forecast, Target};
use tidegate_simulator::compare::Played;
use tidegate_simulator::compare::backtest::{Backtested, Line};

/// A backtest that was made.
pub(super) struct Told<'a> {
    /// The policy's file, as it was named.
    pub(super) file: &'a Path,
    pub(super) target: &'a Target,
    pub(super) played: &'a Played,
    pub(super) peak_units: f64,
    pub(super) seeds: u64,
    pub(super) usd_per_hour: Option<f64>,
    /// The forecast that was tried.
    pub(super) forecast: Forecast,
    pub(super) all: &'a Backtested,
}

impl Told<'_> {
    /// Whether the forecast cost more than the rules.
    pub(super) fn lost(&self) -> bool {
        self.all.act.q > self.all.rules.q
    }

    /// What so many unit-hours cost.
    pub(super) fn usd(&self, unit_hours: f64) -> Option<f64> {
        self.usd_per_hour.map(|price| price * unit_hours)
    }

    /// Percent of the unit-hours of the fixed fleet that this one does not have; `None` of that fleet itself.
    pub(super) fn saved(&self, line: &Line) -> Option<f64> {
        let fixed = &self.all.fixed;
        (!std::ptr::eq(line, fixed)).then(|| 100.0 * (1.0 - line.unit_hours / fixed.unit_hours))
    }
}

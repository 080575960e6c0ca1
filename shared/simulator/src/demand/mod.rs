//! Demand: how many unit capacities the clients ask for, minute by minute; from a seeded shape or from a trace of real load.

mod history;
pub mod shape;
pub mod trace;

use jiff::{SignedDuration, Timestamp};

/// The 99.5th percentile of a trace where nobody says otherwise: eight replicas at 70%. Scores of traces compare at this scale.
pub const DEFAULT_PEAK_UNITS: f64 = 5.6;

/// The longest demand there is.
pub const LONGEST_DAYS: f64 = 400.0;

/// Minutes of a day.
pub(crate) const DAY: usize = 24 * 60;

/// Demand over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The shape's name, or the trace's file name.
    pub scenario: String,
    /// When the first minute begins.
    pub start: Timestamp,
    /// One value a minute, in capacities of one replica of the policy's class, or of one task; finite and not negative.
    pub units: Vec<f64>,
    /// The history: the minutes before `start`, the newest last, of two weeks at most; empty where nothing is known of them.
    pub before: Vec<f64>,
}

impl Demand {
    /// Of a run without a history.
    pub fn new(scenario: &str, start: Timestamp, units: Vec<f64>) -> Self {
        Self { scenario: scenario.to_owned(), start, units, before: Vec::new() }
    }

    /// Makes its first minutes the history, of which at least one is left. The start moves with them.
    ///
    /// # Errors
    /// How many minutes it has, when nothing would be left of it.
    pub fn begin_after(&mut self, minutes: usize) -> Result<(), usize> {
        let there = self.units.len();
        let span = i64::try_from(minutes).map(SignedDuration::from_mins).map_err(|_| there)?;
        let start = self.start.checked_add(span).map_err(|_| there)?;
        if minutes >= there {
            return Err(there);
        }
        let rest = self.units.split_off(minutes);
        self.before.append(&mut self.units);
        (self.units, self.start) = (rest, start);
        Ok(())
    }

    /// How long it is, in days.
    pub fn days(&self) -> f64 {
        self.units.len() as f64 / DAY as f64
    }

    /// Forgets what comes before this minute.
    pub fn begin_at(&mut self, minute: usize) {
        let minute = minute.min(self.units.len());
        self.units.drain(..minute);
        let after = SignedDuration::from_mins(i64::try_from(minute).unwrap_or(i64::MAX / 60));
        self.start = self.start.checked_add(after).unwrap_or(self.start);
    }

    /// Forgets what comes after this many minutes.
    pub fn truncate(&mut self, minutes: usize) {
        self.units.truncate(minutes);
    }
}

/// A number of days as whole minutes, at least one; `None` unless it is above 0 and at most [`LONGEST_DAYS`].
pub fn minutes_of_days(days: f64) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 576,000 by the guard"
    )]
    (days > 0.0 && days <= LONGEST_DAYS).then(|| ((days * DAY as f64).round() as usize).max(1))
}

/// The value below which this many thousandths of `values` lie, or `None` of nothing.
///
/// Linear interpolation between the two closest ranks: Hyndman and Fan's seventh definition (1996), the default of R and NumPy.
pub fn per_mille(values: &[f64], thousandths: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = thousandths.min(1000) * sorted.len().checked_sub(1)?;
    let (below, fraction) = (rank / 1000, (rank % 1000) as f64 / 1000.0);
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    Some(low + (high - low) * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_numpy() {
        let ten: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        for (thousandths, value) in [(0, 1.0), (500, 5.5), (900, 9.1), (995, 9.955), (1000, 10.0)] {
            assert!((per_mille(&ten, thousandths).unwrap() - value).abs() < 1e-12, "{thousandths}");
        }
        assert_eq!(per_mille(&[7.0], 995), Some(7.0));
        assert_eq!(per_mille(&[], 995), None);
    }

    #[test]
    fn a_demand_that_begins_later_has_its_minutes_at_the_same_time() {
        let start: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let mut demand = Demand::new("load.csv", start, vec![1.0, 2.0, 3.0]);
        demand.begin_at(2);
        assert_eq!(demand.units, [3.0]);
        assert_eq!(demand.start, start + SignedDuration::from_mins(2));
        demand.begin_at(9);
        assert_eq!((demand.units.len(), demand.start), (0, start + SignedDuration::from_mins(3)));
    }

    #[test]
    fn days_become_whole_minutes_or_nothing() {
        let cases = [
            (1.0, Some(1440)),
            (0.25, Some(360)),
            (1e-9, Some(1)),
            (400.0, Some(576_000)),
            (400.001, None),
            (0.0, None),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ];
        for (days, minutes) in cases {
            assert_eq!(minutes_of_days(days), minutes, "{days}");
        }
    }
}

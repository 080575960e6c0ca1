//! What of a trace is played and scored: its last sixty days at the published scale, the first days unscored.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::units::friendly;

use crate::demand::{DAY, Demand, per_mille};
use crate::split::needed;

use super::error::CompareError;

/// Longer traces are cut at their beginning.
const LONGEST: usize = 60 * DAY;
/// So many minutes are not scored: what forecasts needs a week first.
const UNSCORED: usize = 7 * DAY;
/// A trace of up to so many minutes has fewer of them unscored.
const SHORT: usize = 9 * DAY;
const UNSCORED_OF_SHORT: usize = 3 * DAY;
/// At least so many minutes must be left to score.
const SCORED: usize = DAY;

/// A trace, ready to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The trace's name.
    pub trace: String,
    /// When the first minute begins.
    pub start: Timestamp,
    /// One value per minute, in unit capacities.
    pub units: Vec<f64>,
    /// The first minute that is scored.
    pub scored_from: usize,
}

impl Played {
    /// What is played of this demand, its 99.5th percentile at so many units.
    ///
    /// # Errors
    /// When there would be less than a day to score, or nothing can be scaled.
    pub fn new(demand: &Demand, peak_units: f64) -> Result<Played, CompareError> {
        let minutes = demand.units.len();
        let unscored = if minutes > SHORT { UNSCORED } else { UNSCORED_OF_SHORT };
        if minutes < unscored + SCORED {
            let told = |minutes: usize| {
                friendly(SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX)))
            };
            return Err(CompareError::TooShort {
                trace: demand.scenario.clone(),
                has: told(minutes),
                unscored: told(unscored),
                least: told(UNSCORED_OF_SHORT + SCORED),
            });
        }
        let cut = minutes.saturating_sub(LONGEST);
        let mut units = demand.units.get(cut..).unwrap_or_default().to_vec();
        let high = per_mille(&units, 995).filter(|high| *high > 0.0);
        let high = high.ok_or_else(|| CompareError::NoLoad { trace: demand.scenario.clone() })?;
        for value in &mut units {
            *value *= peak_units / high;
        }
        let after = SignedDuration::from_mins(i64::try_from(cut).unwrap_or(0));
        let start = demand.start.checked_add(after).unwrap_or(demand.start);
        Ok(Played { trace: demand.scenario.clone(), start, units, scored_from: unscored })
    }

    /// The minutes that are scored.
    pub fn scored(&self) -> &[f64] {
        self.units.get(self.scored_from..).unwrap_or_default()
    }

    /// The minutes that are not.
    pub fn unscored(&self) -> &[f64] {
        self.units.get(..self.scored_from).unwrap_or_default()
    }

    /// How many days are scored.
    pub fn days(&self) -> f64 {
        self.scored().len() as f64 / DAY as f64
    }

    /// Scored minutes that so many units cannot carry: no policy that may have no more avoids them.
    pub fn beyond(&self, units: u32) -> usize {
        self.scored().iter().filter(|demand| needed(**demand) > f64::from(units)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::start;

    fn demand(minutes: usize) -> Demand {
        let units = (0..minutes).map(|minute| 1.0 + (minute % 1000) as f64 / 1000.0).collect();
        Demand::new("load.csv", start(), units)
    }

    #[test]
    fn the_first_days_are_not_scored() {
        for (days, unscored) in [(4, 3), (9, 3), (10, 7), (60, 7)] {
            let played = Played::new(&demand(days * DAY), 5.6).unwrap();
            assert_eq!(played.scored_from, unscored * DAY, "{days} days");
            assert!((played.days() - (days - unscored) as f64).abs() < 1e-9);
            assert_eq!(played.unscored().len() + played.scored().len(), played.units.len());
        }
    }

    #[test]
    fn a_trace_that_leaves_no_day_to_score_is_refused() {
        let error = Played::new(&demand(4 * DAY - 1), 5.6).unwrap_err();
        assert_eq!(
            error.to_string(),
            "load.csv: the trace is 3d23h59m, and its first 3d are not scored: take one of at least 4d"
        );
    }

    #[test]
    fn the_last_sixty_days_are_scaled_by_themselves() {
        let mut long = demand(70 * DAY);
        long.units[..10 * DAY].fill(100.0);
        let played = Played::new(&long, 5.6).unwrap();
        assert_eq!(played.units.len(), 60 * DAY);
        assert_eq!(played.start.duration_since(long.start), SignedDuration::from_hours(240));
        let high = per_mille(&played.units, 995).unwrap();
        assert!((high - 5.6).abs() < 1e-9, "{high}");
    }

    #[test]
    fn minutes_that_no_policy_avoids_are_those_above_what_its_most_units_carry() {
        let mut played = Played::new(&demand(5 * DAY), 5.6).unwrap();
        played.units.fill(1.0);
        played.units[0] = 9.0;
        played.units[4 * DAY] = 4.26;
        assert_eq!((played.beyond(5), played.beyond(6)), (1, 0));
    }

    #[test]
    fn a_trace_without_load_has_nothing_to_score() {
        let mut idle = demand(5 * DAY);
        idle.units.fill(0.0);
        assert_eq!(Played::new(&idle, 5.6), Err(CompareError::NoLoad { trace: "load.csv".to_owned() }));
    }
}

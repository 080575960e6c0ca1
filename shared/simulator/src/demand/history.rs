//! The days before a shape's run: what a company sees in two ordinary weeks, which the surprises of the run are no part of.

use crate::random::Streams;

use super::DAY;
use super::shape::{Noise, Shape, USERS_AT_PEAK, between, daily, humps, staircase};

/// From day to day the load differs by so much (standard deviation of its logarithm).
const DAY_TO_DAY: f64 = 0.06;
/// People come and go so many minutes earlier or later than on another day, at most.
const SHIFTED: f64 = 12.0;
/// Of a quiet shape, the users of an ordinary minute.
const QUIET: f64 = 100.0;

/// An ordinary working day of the mission's company: no ramp within half an hour, nothing at once. Minute of the day, users.
const WORKING_DAY: &[(usize, f64)] = &[
    (0, 100.0),
    (180, 60.0),
    (330, 60.0),
    (435, 720.0),
    (510, 720.0),
    (600, 300.0),
    (720, 240.0),
    (1020, 260.0),
    (1140, 720.0),
    (1230, 680.0),
    (1330, 200.0),
    (1440, 100.0),
];
/// A Saturday or a Sunday.
const WEEKEND: &[(usize, f64)] =
    &[(0, 100.0), (180, 60.0), (420, 60.0), (600, 240.0), (1140, 330.0), (1290, 250.0), (1440, 100.0)];
/// A newsletter, on one day of the two weeks.
const NEWSLETTER: &[(usize, f64)] = &[(689, 0.0), (690, 500.0), (735, 500.0), (780, 0.0)];
/// Its day, counted from the run's first: the Thursday before.
const NEWSLETTER_DAY: i64 = -4;
/// A busy afternoon, on another.
const AFTERNOON: &[(usize, f64)] = &[(840, 0.0), (850, 220.0), (950, 220.0), (970, 0.0)];
/// Its day: the Wednesday of the week before that.
const AFTERNOON_DAY: i64 = -12;

impl Shape {
    /// The load of so many minutes before the run, the newest last, where a thousand users ask for `peak_units`.
    ///
    /// What repeats goes on as it was before: humps, stairs, a steady load. What a shape is to surprise with (a ramp, a spike, a fall, and most
    /// of what happens on the mission's day) did not happen before, or once in two weeks. Days differ from each other, weekends are quieter where
    /// the shape has some; the week is the run's, which begins on a Monday. The same seed gives the same history, and a longer one ends as a
    /// shorter one.
    pub fn history(self, minutes: usize, seed: u64, peak_units: f64) -> Vec<f64> {
        let days = Streams::new(seed).key(self.name(), "history");
        let mut noise = Noise::new(!seed);
        let mut units: Vec<f64> = (1..=i64::try_from(minutes).unwrap_or(0))
            .map(|ago| {
                let day = (-ago).div_euclid(A_DAY);
                let mut draws = days.member(day.unsigned_abs());
                let (factor, shift) = (draws.lognormal(1.0, DAY_TO_DAY), draws.between(-SHIFTED, SHIFTED));
                let factor = if self.has_days() { factor } else { 1.0 };
                self.users_before(-ago, shift) * factor * noise.next_factor() / USERS_AT_PEAK * peak_units
            })
            .collect();
        units.reverse();
        units
    }

    /// Whether one of its days differs from another.
    fn has_days(self) -> bool {
        matches!(self, Shape::Daily | Shape::Growth | Shape::Mission)
    }

    /// Users of an ordinary minute, which is counted from the run's start and below 0.
    fn users_before(self, minute: i64, shift: f64) -> f64 {
        let of_week = usize::try_from(minute.rem_euclid(7 * A_DAY)).unwrap_or(0);
        match self {
            Shape::Steady => 500.0,
            Shape::Daily => daily(of_week),
            // It grows from the run's start on.
            Shape::Growth => humps(of_week) * 0.2,
            Shape::Step => staircase(usize::try_from(minute.rem_euclid(960)).unwrap_or(0)),
            Shape::Ramp => QUIET / 10.0,
            Shape::Spike | Shape::Sustained | Shape::Fall => QUIET,
            Shape::Mission => ordinary(minute.div_euclid(A_DAY), of_week, shift),
        }
    }
}

const A_DAY: i64 = 1_440;

/// An ordinary day of the mission's company.
fn ordinary(day: i64, of_week: usize, shift: f64) -> f64 {
    let of_day = of_week % DAY;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a day by the clamp"
    )]
    let shifted = (of_day as f64 + shift).clamp(0.0, DAY as f64) as usize;
    if matches!(of_week / DAY, 5 | 6) {
        return between(shifted, WEEKEND);
    }
    let rare = match day {
        NEWSLETTER_DAY => between(of_day, NEWSLETTER),
        AFTERNOON_DAY => between(of_day, AFTERNOON),
        _ => 0.0,
    };
    between(shifted, WORKING_DAY) + rare
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hour, the mean, of the day that so many days before the run.
    fn hours(history: &[f64], ago: usize) -> Vec<f64> {
        let day = &history[history.len() - ago * DAY..][..DAY];
        day.chunks(60).map(|hour| hour.iter().sum::<f64>() / 60.0).collect()
    }

    #[test]
    fn a_seed_reproduces_and_a_longer_history_ends_as_a_shorter_one() {
        for shape in Shape::ALL {
            let two_weeks = shape.history(14 * DAY, 7, 5.6);
            assert_eq!(two_weeks.len(), 14 * DAY);
            assert_eq!(two_weeks[12 * DAY..], shape.history(2 * DAY, 7, 5.6), "{}", shape.name());
            assert_ne!(two_weeks, shape.history(14 * DAY, 8, 5.6), "{}", shape.name());
            assert!(two_weeks.iter().all(|units| units.is_finite() && *units >= 0.0));
        }
        assert!(Shape::Daily.history(0, 1, 5.6).is_empty());
    }

    #[test]
    fn what_repeats_goes_on_as_it_was_before() {
        let history = Shape::Daily.history(14 * DAY, 1, 1.0);
        // The run begins on a Monday: the day before is a Sunday, and the one a week before a Monday.
        let (sunday, monday, friday) = (hours(&history, 1), hours(&history, 7), hours(&history, 3));
        assert!(monday[19] > 1.2 * sunday[19] && friday[19] > 1.2 * sunday[19]);
        let run = Shape::Daily.demand(DAY, 1, 1.0).units;
        assert!((hours(&run, 1)[19] / monday[19] - 1.0).abs() < 0.25);
        let stairs = Shape::Step.history(960, 1, 1.0);
        let run = Shape::Step.demand(960, 1, 1.0).units;
        assert!(stairs.iter().zip(&run).all(|(before, now)| (before / now - 1.0).abs() < 0.4));
    }

    #[test]
    fn the_surprises_of_a_run_are_rare_in_its_history_or_not_in_it() {
        for shape in [Shape::Ramp, Shape::Spike, Shape::Sustained, Shape::Fall] {
            let most = shape.history(14 * DAY, 1, 1.0).into_iter().fold(0.0, f64::max);
            assert!(most < 0.2, "{}: {most}", shape.name());
        }
        let history = Shape::Mission.history(14 * DAY, 1, 1.0);
        let at_noon = |ago: usize| hours(&history, ago)[11];
        let busy: Vec<usize> = (1..=14).filter(|ago| at_noon(*ago) > 0.4).collect();
        assert_eq!(busy, [4], "the newsletter went out once");
        // From half past six to seven the run's day climbs from 10 to 1,000 users. None before it did.
        let climbs = |units: &[f64]| units[420] - units[390];
        assert!(climbs(&Shape::Mission.demand(DAY, 1, 1.0).units) > 0.8);
        assert!((0..14).all(|day| climbs(&history[day * DAY..]) < 0.35));
    }

    #[test]
    fn a_weekend_is_quieter_and_no_day_is_as_another() {
        let history = Shape::Mission.history(14 * DAY, 1, 1.0);
        let mornings: Vec<f64> = (1..=14).map(|ago| hours(&history, ago)[8]).collect();
        for (ago, morning) in (1..).zip(&mornings) {
            let weekend = matches!(ago, 1 | 2 | 8 | 9);
            assert_eq!(*morning < 0.35, weekend, "{ago} days before: {morning}");
        }
        let working = |ago: usize| mornings[ago - 1];
        assert!((working(3) - working(4)).abs() > 0.005 && (working(7) - working(14)).abs() > 0.005);
    }
}

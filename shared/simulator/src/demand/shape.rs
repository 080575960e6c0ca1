//! Shapes of load: seeded generators, so that a scenario is reproduced from its name and its seed.
//!
//! A shape is written in users. A thousand users ask for `peak_units`; a policy's fitness for more or fewer is tried by moving that.

use std::f64::consts::TAU;

use jiff::Timestamp;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{DAY, Demand};

/// How many users ask for `peak_units`.
pub(super) const USERS_AT_PEAK: f64 = 1000.0;

/// Monday 2 March 2026, 00:00 UTC: a week begins, and no zone of Europe or America changes its clock in the first six days.
const START_SECOND: i64 = 1_772_409_600;

/// The shapes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 500 users, all the time.
    Steady,
    /// Two humps a day, quieter nights and weekends.
    Daily,
    /// 10 to 1,000 users in 30 minutes.
    Ramp,
    /// 100 to 1,000 users from one minute to the next.
    Spike,
    /// 500 users for two hours.
    Sustained,
    /// 1,000 to 100 users from one minute to the next.
    Fall,
    /// Up and down a staircase of 200 users, two hours a step.
    Step,
    /// Two humps a day, growing from a fifth to all of their size over the run; no weekends.
    Growth,
    /// One day with a ramp, a spike, a sustained load and a fall, over a quiet base.
    Mission,
}

impl Shape {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Shape; 9] = [
        Shape::Steady,
        Shape::Daily,
        Shape::Ramp,
        Shape::Spike,
        Shape::Sustained,
        Shape::Fall,
        Shape::Step,
        Shape::Growth,
        Shape::Mission,
    ];

    /// As written on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Steady => "steady",
            Shape::Daily => "daily",
            Shape::Ramp => "ramp",
            Shape::Spike => "spike",
            Shape::Sustained => "sustained",
            Shape::Fall => "fall",
            Shape::Step => "step",
            Shape::Growth => "growth",
            Shape::Mission => "mission",
        }
    }

    /// The shape of this name.
    pub fn named(name: &str) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// How long it takes to show what it is, in days: a week where weeks matter, a day elsewhere.
    pub fn usual_days(self) -> f64 {
        match self {
            Shape::Daily | Shape::Growth => 7.0,
            _ => 1.0,
        }
    }

    /// The demand of this shape, where a thousand users ask for `peak_units`.
    ///
    /// The same seed gives the same demand; a longer run begins as a shorter one (except `growth`, which grows over the run).
    pub fn demand(self, minutes: usize, seed: u64, peak_units: f64) -> Demand {
        let mut noise = Noise::new(seed);
        let units = (0..minutes)
            .map(|minute| {
                let users = self.users(minute, minutes) * noise.next_factor();
                (users / USERS_AT_PEAK * peak_units).max(0.0)
            })
            .collect();
        Demand::new(self.name(), start(), units)
    }

    /// Users at one minute, before noise.
    fn users(self, minute: usize, minutes: usize) -> f64 {
        let of_day = minute % DAY;
        match self {
            Shape::Steady => 500.0,
            Shape::Daily => daily(minute),
            Shape::Ramp => between(of_day, &[(60, 10.0), (90, 1000.0), (330, 1000.0), (450, 10.0)]),
            Shape::Spike => between(of_day, &[(60, 100.0), (60, 1000.0), (120, 1000.0), (180, 100.0)]),
            Shape::Sustained => between(of_day, &[(60, 100.0), (70, 500.0), (190, 500.0), (200, 100.0)]),
            Shape::Fall => between(of_day, &[(0, 100.0), (60, 1000.0), (240, 1000.0), (240, 100.0)]),
            Shape::Step => staircase(minute),
            Shape::Growth => humps(minute) * 0.2_f64.powf(1.0 - minute as f64 / minutes.max(1) as f64),
            Shape::Mission => between(of_day, MISSION),
        }
    }
}

/// The mission's day: minute of the day, users. Between two points the load moves in a straight line.
const MISSION: &[(usize, f64)] = &[
    // A quiet night.
    (0, 100.0),
    (180, 60.0),
    (360, 60.0),
    // 06:30, a gradual ramp from 10 to 1,000 in half an hour, and its morning.
    (385, 10.0),
    (390, 10.0),
    (420, 1000.0),
    (510, 1000.0),
    (600, 150.0),
    // 11:30, a spike from 100 to 1,000 at once.
    (680, 100.0),
    (690, 100.0),
    (690, 1000.0),
    (735, 1000.0),
    (780, 150.0),
    // 14:00, 500 users for two hours.
    (835, 150.0),
    (840, 500.0),
    (960, 500.0),
    (970, 150.0),
    // The evening climbs, and at 20:30 falls from 1,000 to 100 at once.
    (1050, 150.0),
    (1140, 1000.0),
    (1230, 1000.0),
    (1230, 100.0),
    (1440, 100.0),
];

/// The straight line through `points` (in ascending order; a repeated minute is a jump), flat before the first and after the last.
pub(super) fn between(minute: usize, points: &[(usize, f64)]) -> f64 {
    let after = points.partition_point(|&(at, _)| at <= minute);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some(&(from, low)), Some(&(to, high))) => {
            low + (high - low) * (minute - from) as f64 / (to - from) as f64
        }
        (Some(&(_, users)), None) | (None, Some(&(_, users))) => users,
        (None, None) => 0.0,
    }
}

/// 200, 400, .. 1,000, .. 400 users and again, two hours each.
pub(super) fn staircase(minute: usize) -> f64 {
    let step = minute / 120 % 8;
    200.0 + 200.0 * step.min(8 - step) as f64
}

/// The humps of every day, two thirds as high on weekends.
pub(super) fn daily(minute: usize) -> f64 {
    let weekend = matches!(minute / DAY % 7, 5 | 6);
    humps(minute) * if weekend { 0.66 } else { 1.0 }
}

/// A trough at 03:00, a first hump before noon and a second, higher one at 19:00.
pub(super) fn humps(minute: usize) -> f64 {
    let day = (minute % DAY) as f64 / DAY as f64;
    let first = (TAU * (day - 10.0 / 24.0)).cos();
    let second = (2.0 * TAU * (day - 20.5 / 24.0)).cos();
    let tide = (TAU * (day - 16.0 / 24.0)).cos();
    // The sum of the three lies between 0.10 and 0.80; the peak is to be 1.
    let level = (0.53 + 0.28 * tide + 0.05 * first + 0.15 * second) / 0.8;
    USERS_AT_PEAK * level
}

/// Users come and go: a slow wander (an hour or so) and the scatter of single minutes, both multiplied in.
pub(super) struct Noise {
    stream: Xoshiro256PlusPlus,
    wander: f64,
}

impl Noise {
    /// Of a minute's wander, the share that the next minute keeps: a half-life of about half an hour.
    const KEPT: f64 = 0.977;
    /// Standard deviation of the wander.
    const WANDER: f64 = 0.03;
    /// Standard deviation of a minute's own scatter.
    const SCATTER: f64 = 0.02;

    pub(super) fn new(seed: u64) -> Self {
        Self { stream: Xoshiro256PlusPlus::seed_from_u64(seed), wander: 0.0 }
    }

    pub(super) fn next_factor(&mut self) -> f64 {
        let pull: f64 = StandardNormal.sample(&mut self.stream);
        let scatter: f64 = StandardNormal.sample(&mut self.stream);
        self.wander = Self::KEPT * self.wander + Self::WANDER * (1.0 - Self::KEPT * Self::KEPT).sqrt() * pull;
        (self.wander + Self::SCATTER * scatter).exp()
    }
}

/// When every shape begins.
fn start() -> Timestamp {
    Timestamp::from_second(START_SECOND).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        for shape in Shape::ALL {
            assert_eq!(Shape::named(shape.name()), Some(shape));
        }
        assert_eq!(Shape::named("sine"), None);
    }

    #[test]
    fn it_begins_on_a_monday_at_midnight() {
        assert_eq!(start().to_string(), "2026-03-02T00:00:00Z");
        assert_eq!(start().to_zoned(jiff::tz::TimeZone::UTC).weekday(), jiff::civil::Weekday::Monday);
    }

    #[test]
    fn a_seed_reproduces_and_another_differs() {
        for shape in Shape::ALL {
            let one = shape.demand(DAY, 7, 5.6);
            assert_eq!(one, shape.demand(DAY, 7, 5.6), "{}", shape.name());
            assert_ne!(one.units, shape.demand(DAY, 8, 5.6).units, "{}", shape.name());
            assert!(one.units.iter().all(|units| units.is_finite() && *units >= 0.0));
        }
    }

    #[test]
    fn a_longer_run_begins_as_a_shorter_one() {
        for shape in Shape::ALL.into_iter().filter(|shape| *shape != Shape::Growth) {
            let long = shape.demand(2 * DAY, 1, 5.6).units;
            assert_eq!(&long[..DAY], &shape.demand(DAY, 1, 5.6).units[..], "{}", shape.name());
        }
    }

    #[test]
    fn the_shapes_are_those_of_the_mission() {
        let users = |shape: Shape, minute| shape.users(minute, DAY);
        // 10 to 1,000 in 30 minutes.
        assert_eq!(
            (users(Shape::Ramp, 60), users(Shape::Ramp, 75), users(Shape::Ramp, 90)),
            (10.0, 505.0, 1000.0)
        );
        // 100 to 1,000 at once.
        assert_eq!((users(Shape::Spike, 59), users(Shape::Spike, 60)), (100.0, 1000.0));
        // 500 for two hours.
        assert!((70..=190).all(|minute| users(Shape::Sustained, minute) == 500.0));
        // 1,000 to 100 at once.
        assert_eq!((users(Shape::Fall, 239), users(Shape::Fall, 240)), (1000.0, 100.0));
        // All four in one day.
        assert_eq!((users(Shape::Mission, 390), users(Shape::Mission, 420)), (10.0, 1000.0));
        assert_eq!((users(Shape::Mission, 689), users(Shape::Mission, 690)), (100.0, 1000.0));
        assert!((840..=960).all(|minute| users(Shape::Mission, minute) == 500.0));
        assert_eq!((users(Shape::Mission, 1229), users(Shape::Mission, 1230)), (1000.0, 100.0));
    }

    #[test]
    fn a_thousand_users_ask_for_the_peak() {
        for shape in Shape::ALL {
            let highest = (0..7 * DAY).map(|minute| shape.users(minute, 7 * DAY)).fold(0.0, f64::max);
            let expected = if matches!(shape, Shape::Steady | Shape::Sustained) { 500.0 } else { 1000.0 };
            assert!((highest - expected).abs() < 0.05 * expected, "{}: {highest}", shape.name());
        }
    }
}

//! The experts: who they are, and where six of them expect the work to be.

use super::horizons::persistence;
use super::now::{Now, Then};
use super::squares::{FEATURES, Features};

/// An expert says what will be needed. Its number is its place in every table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expert {
    /// As in the last five minutes.
    Persistence,
    /// As on the days before, shifted to today's level.
    Daily,
    /// As a week ago, shifted to this week's level.
    Weekly,
    /// Least squares over all features.
    Squares,
    /// As at this phase of the last four hours.
    Hourly,
    /// As in the last hour.
    LastHour,
    /// What was needed at this minute of the day.
    DayClimate,
    /// What was needed at this minute of the hour.
    HourClimate,
    /// What followed on the most similar moments.
    Neighbours,
}

impl Expert {
    /// All, by their numbers. The first six say one number each, which their residuals make a distribution of.
    pub const ALL: [Expert; EXPERTS] = [
        Expert::Persistence,
        Expert::Daily,
        Expert::Weekly,
        Expert::Squares,
        Expert::Hourly,
        Expert::LastHour,
        Expert::DayClimate,
        Expert::HourClimate,
        Expert::Neighbours,
    ];

    /// As a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Expert::Persistence => "last minutes",
            Expert::Daily => "daily",
            Expert::Weekly => "weekly",
            Expert::Squares => "least squares",
            Expert::Hourly => "hourly",
            Expert::LastHour => "last hour",
            Expert::DayClimate => "minute of day",
            Expert::HourClimate => "minute of hour",
            Expert::Neighbours => "similar moments",
        }
    }
}

/// All experts.
pub const EXPERTS: usize = 9;
/// Those that say one number.
pub(super) const POINTS: usize = 6;
/// The place of the least squares.
pub(super) const SQUARES: usize = 3;

/// Where the point experts expect ln work in a bucket; `squares` is what the least squares say.
pub(super) fn centres(now: &Now, then: &Then, bucket: usize, squares: f64) -> [f64; POINTS] {
    let left = persistence(bucket);
    let daily = if now.history >= 1 { then.days + left * (now.quarter - now.days) } else { now.quarter };
    let weekly = if now.history >= 7 { then.week_ago + left * (now.quarter - now.week_ago) } else { daily };
    [now.five, daily, weekly, squares, then.hours, now.hour]
}

/// What the least squares are given: the specification's order, differences from the day's and the hour's mean.
pub(super) fn features(now: &Now, then: &Then) -> Features {
    let features: [f64; FEATURES] = [
        1.0,
        now.five - now.hour,
        now.quarter - now.hour,
        now.hour - now.day,
        then.day_ago - now.day,
        now.day_ago - now.day,
        then.week_ago - now.day,
        now.week_ago - now.day,
        then.days - now.day,
        now.days - now.day,
        then.peaks - now.day,
        then.hours - now.hour,
        now.hours - now.hour,
        now.last - now.five,
    ];
    // As they will be kept until the outcome is known.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "differences of logarithms, in f32 as they are stored"
    )]
    features.map(|value| value as f32)
}

//! What followed on the moments that looked most like this one, at about this time of the day.

use super::horizons::{AHEAD, BUCKET, minutes_to, persistence};
use super::minutes::{DAY, Minutes};
use super::odds::{Counts, Odds};

/// Neighbours that are asked.
const NEAREST: usize = 64;
/// Moments need so much before them, to be compared.
const BEFORE: i64 = 240;
const DAYS_BACK: i64 = 14;
/// Two hours on both sides of the time of day, in buckets.
const AROUND: i64 = 24;

/// The moments most like now.
pub(super) struct Neighbours {
    nearest: Vec<Neighbour>,
}

struct Neighbour {
    distance: f64,
    /// The minute after its last.
    end: i64,
    /// How much higher the work is now.
    shift: f64,
}

/// The recent course up to just before a minute: its level first, then differences from it.
fn course(minutes: &Minutes, end: i64) -> [f64; 6] {
    let level = minutes.mean(end - 5, end);
    let off = |from: i64, to: i64| minutes.mean(end - from, end - to) - level;
    [
        level,
        off(10, 5),
        off(20, 10),
        0.7 * off(60, 20),
        0.5 * off(240, 60),
        0.5 * (minutes.log(end - 1) - level),
    ]
}

/// A tenth of the square of the hours between two times of day, and a trace of age, so that of equals the later is nearer.
fn apart(minutes_apart: i64) -> f64 {
    let of_day = minutes_apart % DAY;
    let (hours, days) = (of_day.min(DAY - of_day) as f64 / 60.0, minutes_apart as f64 / 1440.0);
    0.1 * hours * hours + 1e-6 * days
}

impl Neighbours {
    /// Looks through two hours around this time of day, of today and of 14 days before.
    pub(super) fn find(minutes: &Minutes) -> Neighbours {
        let end = minutes.end();
        let oldest = (end - DAYS_BACK * DAY).max(minutes.first() + BEFORE);
        // The hour after it must be known as well.
        let newest = end - BUCKET - minutes_to(AHEAD);
        let now = course(minutes, end);
        let mut nearest: Vec<Neighbour> = (0..=DAYS_BACK)
            .flat_map(|day| (-AROUND..=AROUND).map(move |step| end - DAY * day + BUCKET * step))
            .filter(|candidate| (oldest..=newest).contains(candidate))
            .map(|candidate| {
                let then = course(minutes, candidate);
                let square: f64 = now.iter().zip(&then).map(|(a, b)| (a - b) * (a - b)).sum();
                Neighbour {
                    distance: square + apart(end - candidate),
                    end: candidate,
                    shift: now[0] - then[0],
                }
            })
            .collect();
        let nearer = |one: &Neighbour, other: &Neighbour| {
            one.distance.total_cmp(&other.distance).then(other.end.cmp(&one.end))
        };
        if nearest.len() > NEAREST {
            nearest.select_nth_unstable_by(NEAREST - 1, nearer);
            nearest.truncate(NEAREST);
        }
        nearest.sort_unstable_by(nearer);
        Neighbours { nearest }
    }

    /// What was needed after them, lifted to today's level as far as levels last.
    pub(super) fn odds(&self, minutes: &Minutes, bucket: usize) -> Odds {
        let thresholds = minutes.thresholds();
        let mut counts = Counts::none();
        let farthest = self.nearest.last().map_or(1.0, |last| last.distance + 1e-4);
        let left = persistence(bucket);
        for neighbour in &self.nearest {
            let weight = 1.0 - 0.8 * neighbour.distance / farthest;
            let from = neighbour.end + minutes_to(bucket);
            for minute in from..from + BUCKET {
                counts.add(thresholds.need_of_log(minutes.log(minute) + neighbour.shift * left), weight);
            }
        }
        counts.odds(thresholds.levels())
    }
}

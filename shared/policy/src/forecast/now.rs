//! What the work is like now, and what it was like at the same phase of earlier hours, days and weeks.

use super::horizons::{BUCKET, minutes_to};
use super::minutes::{DAY, Minutes};

/// How much a day further back counts.
const FADE: f64 = 0.8;
/// Days that are averaged.
const WEEK: i64 = 7;

/// Means of ln work up to the last minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) last: f64,
    pub(super) five: f64,
    pub(super) quarter: f64,
    pub(super) hour: f64,
    pub(super) day: f64,
    /// The quarter of an hour one day ago.
    pub(super) day_ago: f64,
    /// The quarter of an hour seven days ago.
    pub(super) week_ago: f64,
    /// The quarters of the last seven days, the later the heavier.
    pub(super) days: f64,
    /// The quarters of the last four hours.
    pub(super) hours: f64,
    /// Whole days of history.
    pub(super) history: i64,
}

impl Now {
    pub(super) fn of(minutes: &Minutes) -> Now {
        let end = minutes.end();
        let history = minutes.length() / DAY;
        let quarter_before = |ago: i64| minutes.mean(end - ago - 15, end - ago);
        let kept = |ago: i64| end - ago - 15 >= minutes.first();
        let day = minutes.mean(end - DAY, end);
        let day_ago = if history >= 1 { quarter_before(DAY) } else { day };
        let days =
            faded((1..=history.min(WEEK)).map(|d| DAY * d).filter(|ago| kept(*ago)).map(quarter_before));
        let hours = (1..=4).map(|h| 60 * h).filter(|ago| kept(*ago)).map(quarter_before);
        let hour = minutes.mean(end - 60, end);
        Now {
            last: minutes.log(end - 1),
            five: minutes.mean(end - 5, end),
            quarter: minutes.mean(end - 15, end),
            hour,
            day,
            day_ago,
            week_ago: if history >= WEEK { quarter_before(WEEK * DAY) } else { day_ago },
            days: days.unwrap_or(day),
            hours: plain_mean(hours).unwrap_or(hour),
            history,
        }
    }
}

/// The mean of values of one day ago, two days ago and so on.
fn faded(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut total, mut weight) = (0.0, 0.0, 1.0);
    for value in values {
        sum += weight * value;
        total += weight;
        weight *= FADE;
    }
    (total > 0.0).then(|| sum / total)
}

fn plain_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Means of ln work at the phase of a bucket ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then {
    /// One day before it, smoothed over a quarter of an hour.
    pub(super) day_ago: f64,
    /// A week before it.
    pub(super) week_ago: f64,
    /// The last seven days, the later the heavier.
    pub(super) days: f64,
    /// The same, of the highest within ten minutes.
    pub(super) peaks: f64,
    /// The last four hours.
    pub(super) hours: f64,
}

impl Then {
    pub(super) fn of(minutes: &Minutes, now: &Now, bucket: usize) -> Then {
        let (first, end) = (minutes.first(), minutes.end());
        let at = end + minutes_to(bucket);
        let five = |from: i64| minutes.mean(from, from + BUCKET);
        let day_ago = if now.history >= 1 {
            let from = at - DAY;
            let from = if from + 10 > end { from - DAY } else { from };
            minutes.mean(from - 5, from + 10)
        } else {
            now.day
        };
        let (mut sum, mut high, mut total, mut weight) = (0.0, 0.0, 0.0, 1.0);
        for day in 1..=now.history.min(WEEK) {
            let from = at - DAY * day;
            if from - 10 < first {
                break;
            }
            if from + BUCKET <= end {
                let exact = five(from);
                let later = if from + 15 <= end { five(from + 10) } else { exact };
                sum += weight * exact;
                high += weight * exact.max(five(from - 10)).max(later);
                total += weight;
            }
            weight *= FADE;
        }
        let hours = (1..=10)
            .map(|hour| at - 60 * hour)
            .filter(|from| from + BUCKET <= end)
            .take_while(|from| *from >= first)
            .take(4)
            .map(five);
        let (days, peaks) = if total > 0.0 { (sum / total, high / total) } else { (now.day, now.day) };
        Then {
            day_ago,
            week_ago: if now.history >= WEEK { five(at - WEEK * DAY) } else { day_ago },
            days,
            peaks,
            hours: plain_mean(hours).unwrap_or(now.hour),
        }
    }
}

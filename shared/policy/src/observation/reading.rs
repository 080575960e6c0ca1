//! A metric's recent points, and whether they may be believed. Empty is not zero, and old is not now.

use jiff::{SignedDuration, Timestamp};

/// A newest point that ended longer ago than this cannot support a removal.
///
/// CloudWatch shows RDS points after 1-3 minutes and the newest is left out, so a healthy series is 2-4 minutes old.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// A newest point that ended longer ago than this says nothing at all.
pub const STALE_FOR: SignedDuration = SignedDuration::from_mins(30);

/// A point must have ended this long ago: the newest one is still being added to.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// A minute of time, counted from the Unix epoch: the grid on which RDS publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(pub i64);

impl Minute {
    /// The minute that holds `at`.
    pub fn containing(at: Timestamp) -> Minute {
        Minute(at.as_second().div_euclid(60))
    }

    /// When it begins; `None` beyond the range of time stamps.
    pub fn start(self) -> Option<Timestamp> {
        Timestamp::from_second(self.0.checked_mul(60)?).ok()
    }

    /// When it ends; `None` beyond the range of time stamps.
    pub fn end(self) -> Option<Timestamp> {
        Timestamp::from_second((self.0 + 1) * 60).ok()
    }
}

/// One value of one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The minute that it covers.
    pub minute: Minute,
    /// In the metric's own unit.
    pub value: f64,
}

/// Points in ascending order, at most one a minute, none incomplete.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<Point>,
}

impl Series {
    /// In ascending order of minutes; never empty.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The newest point.
    pub fn newest(&self) -> Point {
        // `Reading::new` makes no empty series; a NaN would be refused by every comparison all the same.
        self.points.last().copied().unwrap_or(Point { minute: Minute(i64::MIN / 2), value: f64::NAN })
    }

    /// The present points of the last `minutes` minutes, counted back from the newest point.
    pub fn last_minutes(&self, minutes: u32) -> &[Point] {
        let first = self.newest().minute.0 - i64::from(minutes) + 1;
        let start = self.points.partition_point(|point| point.minute.0 < first);
        &self.points[start..]
    }

    /// The same as it was when this minute was the newest; `None` where nothing was known then.
    pub fn up_to(&self, minute: Minute) -> Option<Series> {
        let end = self.points.partition_point(|point| point.minute <= minute);
        (end > 0).then(|| Series { points: self.points[..end].to_vec() })
    }

    /// The mean of the present points of the last `minutes` minutes.
    pub fn mean_of_last(&self, minutes: u32) -> f64 {
        let points = self.last_minutes(minutes);
        points.iter().map(|point| point.value).sum::<f64>() / points.len() as f64
    }
}

/// A metric of one member, and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The newest point is recent enough to act on in both directions.
    Fresh(Series),
    /// The newest point is too old to conclude that fewer will do.
    Stale(Series),
    /// No points: nothing may be concluded.
    Missing,
}

impl Reading {
    /// Sorts what CloudWatch gave into something that may be judged at `now`.
    ///
    /// Left out are: points that ended less than a minute ago (incomplete), points before `since` (a re-used name inherits
    /// another instance's history: pass `InstanceCreateTime`), values that are not finite, and all but the last given of one minute.
    pub fn new(mut points: Vec<Point>, since: Option<Timestamp>, now: Timestamp) -> Reading {
        let first = since.map_or(i64::MIN, |since| Minute::containing(since).0);
        let last = Minute::containing(now.saturating_sub(SETTLED_AFTER).unwrap_or(now)).0 - 1;
        points.retain(|point| point.value.is_finite() && point.minute.0 >= first && point.minute.0 <= last);
        if !points.is_sorted_by(|a, b| a.minute < b.minute) {
            points.sort_by_key(|point| point.minute);
            points.reverse();
            points.dedup_by_key(|point| point.minute);
            points.reverse();
        }
        let Some(end) = points.last().and_then(|newest| newest.minute.end()) else {
            return Reading::Missing;
        };
        let age = now.duration_since(end);
        if age <= FRESH_FOR {
            Reading::Fresh(Series { points })
        } else if age <= STALE_FOR {
            Reading::Stale(Series { points })
        } else {
            Reading::Missing
        }
    }

    /// The series, where it may be acted on in both directions.
    pub fn fresh(&self) -> Option<&Series> {
        match self {
            Reading::Fresh(series) => Some(series),
            Reading::Stale(_) | Reading::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64, second: i64) -> Timestamp {
        Timestamp::from_second(minute * 60 + second).unwrap()
    }

    fn points(minutes: impl IntoIterator<Item = i64>) -> Vec<Point> {
        minutes.into_iter().map(|minute| Point { minute: Minute(minute), value: minute as f64 }).collect()
    }

    #[test]
    fn the_newest_point_is_left_out_until_it_has_settled() {
        let reading = Reading::new(points(0..=9), None, at(10, 30));
        assert_eq!(reading.fresh().unwrap().newest().minute, Minute(8));
    }

    #[test]
    fn age_sorts_fresh_from_stale_from_missing() {
        assert!(matches!(Reading::new(points(0..=9), None, at(15, 0)), Reading::Fresh(_)));
        assert!(matches!(Reading::new(points(0..=9), None, at(15, 1)), Reading::Stale(_)));
        assert!(matches!(Reading::new(points(0..=9), None, at(40, 1)), Reading::Missing));
        assert!(matches!(Reading::new(vec![], None, at(40, 0)), Reading::Missing));
    }

    #[test]
    fn a_reused_name_does_not_inherit_the_history_of_its_predecessor() {
        let reading = Reading::new(points(0..=9), Some(at(7, 10)), at(11, 0));
        assert_eq!(reading.fresh().unwrap().points().len(), 3);
    }

    #[test]
    fn disorder_and_repeats_are_put_right_and_the_last_value_of_a_minute_wins() {
        let mut given = points([3, 1, 2]);
        given.push(Point { minute: Minute(2), value: 7.0 });
        given.push(Point { minute: Minute(4), value: f64::NAN });
        let reading = Reading::new(given, None, at(6, 0));
        let values: Vec<_> =
            reading.fresh().unwrap().points().iter().map(|p| (p.minute.0, p.value)).collect();
        assert_eq!(values, [(1, 1.0), (2, 7.0), (3, 3.0)]);
    }

    #[test]
    fn a_window_counts_minutes_not_points() {
        let reading = Reading::new(points([1, 2, 3, 7, 9]), None, at(11, 0));
        assert_eq!(reading.fresh().unwrap().last_minutes(3).len(), 2);
    }
}

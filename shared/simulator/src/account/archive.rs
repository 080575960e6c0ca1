//! What CloudWatch keeps of a target's work for fifteen days: a forecast reads there what no attempt looked at.

use tidegate_policy::observation::{Lacking, Minute, Point};

use super::clock::Millis;

/// CloudWatch keeps points of a minute for so long.
const KEPT_MINUTES: i64 = 15 * 1_440;
/// A forecast learns from so many at most.
const ASKED_MINUTES: i64 = 14 * 1_440;
/// One answer is a day at most.
const A_DAY: i64 = 1_440;

/// One point, from when it is shown.
#[derive(Clone, Copy, Debug)]
struct Kept {
    minute: i64,
    visible: Millis,
    value: f64,
}

/// One series of a name, in ascending order of time.
#[derive(Debug)]
struct Series {
    name: String,
    nth: usize,
    kept: Vec<Kept>,
}

/// The series that a forecast reads.
#[derive(Debug, Default)]
pub(super) struct Archive {
    series: Vec<Series>,
}

/// What was kept of minutes.
#[derive(Debug)]
pub(super) struct Days {
    /// The first minute of which anything is known.
    pub(super) from: Minute,
    /// The minute after the last.
    pub(super) until: Minute,
    /// The points of each series that has any, with whose it is and which.
    pub(super) series: Vec<(String, usize, Vec<Point>)>,
}

impl Archive {
    /// Keeps one point of a series; what is no number was dropped.
    pub(super) fn keep(&mut self, name: &str, nth: usize, minute: Minute, visible: Millis, value: f64) {
        if value.is_nan() {
            return;
        }
        let known = self.series.iter().rposition(|series| series.nth == nth && series.name == name);
        let place = known.unwrap_or_else(|| {
            // A member that is new: whoever left long ago has nothing left to show.
            let shows = |series: &Series| {
                series.kept.last().is_some_and(|last| minute.0 - last.minute < KEPT_MINUTES)
            };
            self.series.retain(shows);
            self.series.push(Series { name: name.to_owned(), nth, kept: Vec::new() });
            self.series.len() - 1
        });
        let kept = &mut self.series[place].kept;
        // Once a day is enough.
        if kept.first().is_some_and(|first| minute.0 - first.minute >= KEPT_MINUTES + A_DAY) {
            let old = kept.partition_point(|one| minute.0 - one.minute >= KEPT_MINUTES);
            kept.drain(..old);
        }
        kept.push(Kept { minute: minute.0, visible, value });
    }

    /// What is shown at `now` of the minutes that are lacking: from the first of which anything is known, a day at most.
    pub(super) fn read(&self, lacking: Lacking, now: Millis) -> Days {
        let until = lacking.until.0;
        let oldest = lacking.from.map_or(until - ASKED_MINUTES, |from| from.0);
        let begin = |kept: &[Kept]| kept.partition_point(|one| one.minute < oldest);
        let firsts = self.series.iter().filter_map(|series| series.kept.get(begin(&series.kept)));
        let first = firsts.map(|one| one.minute).min().filter(|first| *first < until);
        let from = lacking.from.map_or_else(|| first.unwrap_or(until), |from| from.0);
        let until = until.min(from + A_DAY);
        let shown = |kept: &[Kept]| -> Vec<Point> {
            let within = kept[kept.partition_point(|one| one.minute < from)..].iter();
            let within = within.take_while(|one| one.minute < until).filter(|one| one.visible <= now);
            within.map(|one| Point { minute: Minute(one.minute), value: one.value }).collect()
        };
        let of = |series: &Series| (series.name.clone(), series.nth, shown(&series.kept));
        let series = self.series.iter().map(of).filter(|(_, _, points)| !points.is_empty()).collect();
        Days { from: Minute(from), until: Minute(until), series }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(minutes: std::ops::Range<i64>) -> Archive {
        let mut archive = Archive::default();
        for minute in minutes {
            archive.keep("a", 0, Minute(minute), Millis::start_of(Minute(minute + 3)), minute as f64);
        }
        archive
    }

    fn read(archive: &Archive, from: Option<i64>, until: i64, now: i64) -> (i64, i64, Vec<i64>) {
        let lacking = Lacking { from: from.map(Minute), until: Minute(until) };
        let days = archive.read(lacking, Millis::start_of(Minute(now)));
        let points = days.series.iter().flat_map(|(_, _, points)| points).map(|point| point.minute.0);
        (days.from.0, days.until.0, points.collect())
    }

    #[test]
    fn a_day_at_most_is_read_from_the_first_minute_that_is_known() {
        let archive = archive(5_000..9_000);
        let (from, until, points) = read(&archive, None, 8_000, 9_000);
        assert_eq!((from, until, points.len()), (5_000, 6_440, 1_440));
        let (from, until, points) = read(&archive, Some(7_990), 8_000, 9_000);
        assert_eq!((from, until, points), (7_990, 8_000, (7_990..8_000).collect()));
    }

    #[test]
    fn what_is_not_known_or_not_yet_shown_is_left_out() {
        assert_eq!(read(&Archive::default(), None, 100, 200), (100, 100, Vec::new()));
        assert_eq!(read(&archive(50..60), Some(0), 40, 200), (0, 40, Vec::new()));
        assert_eq!(read(&archive(50..60), Some(55), 60, 60).2, [55, 56, 57]);
        let mut dropped = Archive::default();
        dropped.keep("a", 0, Minute(7), Millis(0), f64::NAN);
        assert_eq!(read(&dropped, None, 100, 200).2, Vec::<i64>::new());
    }

    #[test]
    fn it_forgets_what_is_older_than_fifteen_days_and_who_left() {
        let mut archive = archive(0..40_000);
        assert!(archive.series[0].kept.len() <= 16 * 1_440 + 1);
        archive.keep("b", 0, Minute(39_999 + KEPT_MINUTES), Millis(0), 1.0);
        assert_eq!((archive.series.len(), archive.series[0].name.as_str()), (1, "b"));
        assert_eq!(read(&archive, None, 62_000, 62_000).0, 39_999 + KEPT_MINUTES);
    }
}

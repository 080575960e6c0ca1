//! One member's series of one signal, in the signal's unit.

use std::borrow::Cow;

use jiff::Timestamp;

use super::saw_tooth;
use crate::observation::{Point, Reading, Series};

/// One member's series of one signal.
pub(super) struct MemberSeries<'a> {
    pub(super) member: &'a str,
    /// `None`: the unit is unknown, since max_connections is.
    pub(super) scale: Option<f64>,
    pub(super) reading: &'a Reading,
    /// Each point counts as the smallest lag of so many minutes up to it; `None`: as it is.
    pub(super) smallest_of: Option<u32>,
}

/// The points of the newest `minutes`, each as the smallest lag of the `window` minutes up to it. A value below zero says that nothing can be
/// said.
pub(super) fn smallest_of(series: &Series, minutes: u32, window: Option<u32>) -> Cow<'_, [Point]> {
    let Some(window) = window else { return Cow::Borrowed(series.last_minutes(minutes)) };
    let first = series.newest().minute.0 - i64::from(minutes) + 1;
    let points = series.points();
    let rolled =
        points.iter().enumerate().filter(|(_, point)| point.minute.0 >= first).map(|(index, point)| {
            let oldest = point.minute.0 - i64::from(window);
            let from = points.partition_point(|earlier| earlier.minute.0 <= oldest);
            Point { minute: point.minute, value: saw_tooth::smallest(&points[from..=index]).unwrap_or(-1.0) }
        });
    Cow::Owned(rolled.collect())
}

/// Points of `raw` changed one by one.
pub(super) fn mapped(raw: &Reading, now: Timestamp, change: impl Fn(&Point) -> f64) -> Reading {
    let (Reading::Fresh(series) | Reading::Stale(series)) = raw else { return Reading::Missing };
    let points = series.points().iter().map(|point| Point { minute: point.minute, value: change(point) });
    Reading::new(points.collect(), None, now)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::observation::Minute;

    /// A saw-tooth that falls to nothing every third minute, and one minute of which nothing can be said.
    #[test]
    fn each_point_is_the_smallest_of_its_window_and_no_other_minute_is_shown() {
        let now: Timestamp = "2026-03-04T12:00:00Z".parse().unwrap();
        let newest = Minute::containing(now).0 - 2;
        let values = [0.0, 40.0, 80.0, 3.0, -1.0, 90.0];
        let points =
            (newest - 5..).zip(values).map(|(minute, value)| Point { minute: Minute(minute), value });
        let Reading::Fresh(series) = Reading::new(points.collect(), None, now) else { panic!("not fresh") };
        let shown = |minutes, window| -> Vec<f64> {
            smallest_of(&series, minutes, window).iter().map(|point| point.value).collect()
        };
        assert_eq!(shown(3, None), [3.0, -1.0, 90.0]);
        assert_eq!(shown(3, Some(1)), [3.0, -1.0, 90.0]);
        assert_eq!(shown(3, Some(3)), [3.0, 3.0, 3.0]);
        assert_eq!(shown(4, Some(3)), [0.0, 3.0, 3.0, 3.0]);
        assert_eq!(shown(2, Some(4)), [3.0, 3.0]);
    }
}

//! What came of what was ordered, whichever call brought it.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::DateTime;
use jiff::Timestamp;
use tidegate_policy::observation::{Minute, Point, Reading};

use super::series::{Series, Wish};

/// What came.
#[derive(Debug, Default)]
pub struct Bought {
    points: BTreeMap<Series, Vec<Point>>,
    /// Those that CloudWatch did not answer to the end: what they have not got may be there all the same.
    pub(super) broken: BTreeSet<Series>,
}

impl Bought {
    /// What it is worth at `now`. A series that was not ordered or did not come is `Missing`.
    pub(in crate::fleet) fn reading(
        &self,
        series: &Series,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Reading {
        // Puts right what order and what repeats they came in.
        let points = self.points.get(series).cloned().unwrap_or_default();
        Reading::new(points, since, now)
    }

    /// Its points, in ascending order and each once.
    pub(super) fn points_of(&self, series: &Series) -> Vec<Point> {
        let mut points = self.points.get(series).cloned().unwrap_or_default();
        points.sort_by_key(|point| point.minute);
        points.dedup_by_key(|point| point.minute);
        points
    }

    /// Whether all that there is of the series came. Where a minute without a point means something, of another it means nothing.
    pub(in crate::fleet) fn is_whole(&self, series: &Series) -> bool {
        !self.broken.contains(series)
    }

    /// What came of this wish; points from before it, bought for the sake of others in the same call, are nobody's.
    pub(super) fn keep(&mut self, wish: &Wish<'_>, points: impl Iterator<Item = Point>) {
        let points = points.filter(|point| wish.start <= point.minute);
        self.points.entry(wish.series.clone()).or_default().extend(points);
    }
}

/// A point of the minute that begins then.
pub(super) fn point(at: &DateTime, value: f64) -> Option<Point> {
    let at = Timestamp::from_second(at.secs()).ok()?;
    Some(Point { minute: Minute::containing(at), value })
}

//! Metrics, bought together for all targets: each series once, in the way that costs least.

mod data;
mod statistics;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::Dimension;
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use tidegate_policy::observation::{Minute, Point, Reading};

use crate::failure::Failure;

/// So many series at most are bought one by one.
const ONE_BY_ONE_AT_MOST: usize = 100;
/// So many points are in one answer of GetMetricStatistics, which refuses to give more (CloudWatch API reference, "GetMetricStatistics").
const POINTS_AT_MOST: i64 = 1_440;

/// One series of CloudWatch, by all that names it. Those of one thing stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// As `AWS/RDS`.
    pub(super) namespace: &'static str,
    /// Names and values.
    pub(super) dimensions: Vec<(&'static str, String)>,
    /// CloudWatch's name of the metric.
    pub(super) metric: &'static str,
    /// Of a minute: as `Average`, or a percentile as `p95`.
    pub(super) statistic: &'static str,
}

impl Series {
    fn dimensions(&self) -> Vec<Dimension> {
        let dimensions = self.dimensions.iter();
        dimensions.map(|(name, value)| Dimension::builder().name(*name).value(value).build()).collect()
    }
}

/// What to buy: each series once, as far back as the one that looks furthest.
#[derive(Debug, Default)]
pub(super) struct Order {
    minutes: BTreeMap<Series, u32>,
}

impl Order {
    /// This series, so many minutes back.
    pub(super) fn add(&mut self, series: Series, minutes: u32) {
        let known = self.minutes.entry(series).or_default();
        *known = (*known).max(minutes);
    }
}

/// What came.
#[derive(Debug, Default)]
pub(super) struct Bought {
    points: BTreeMap<Series, Vec<Point>>,
    /// Those that CloudWatch did not answer to the end: what they have not got may be there all the same.
    broken: BTreeSet<Series>,
}

impl Bought {
    /// What it is worth at `now`. A series that was not ordered or did not come is `Missing`.
    pub(super) fn reading(&self, series: &Series, since: Option<Timestamp>, now: Timestamp) -> Reading {
        // Puts right what order and what repeats they came in.
        let points = self.points.get(series).cloned().unwrap_or_default();
        Reading::new(points, since, now)
    }

    /// Whether all that there is of the series came. Where a minute without a point means something, of another it means nothing.
    pub(super) fn is_whole(&self, series: &Series) -> bool {
        !self.broken.contains(series)
    }

    /// What came of this wish; points from before it, bought for the sake of others in the same call, are nobody's.
    fn keep(&mut self, wish: &Wish<'_>, points: impl Iterator<Item = Point>) {
        let points = points.filter(|point| wish.start <= point.minute);
        self.points.entry(wish.series.clone()).or_default().extend(points);
    }
}

/// One series, and from when on it is wanted.
#[derive(Clone, Copy, Debug)]
struct Wish<'a> {
    series: &'a Series,
    start: Minute,
}

/// Whether so many series, of which the longest has so many points, are bought one by one.
///
/// A series costs the same either way, $0.01 a thousand, but the first million GetMetricStatistics of a month are free and GetMetricData
/// is free never (CloudWatch pricing, "Free tier"). The price is a call a series: a hundred series every five minutes are 864,000 calls a month,
/// and 13 round trips an attempt. Beyond that the free ones would be used up, and attempts would take long.
fn one_by_one(series: usize, points: i64) -> bool {
    series <= ONE_BY_ONE_AT_MOST && points <= POINTS_AT_MOST
}

/// Buys all that was ordered, or says why not: a part of it would look like all that there is.
pub(super) async fn buy(
    client: &aws_sdk_cloudwatch::Client,
    order: &Order,
    now: Timestamp,
) -> Result<Bought, Failure> {
    // Exclusive: the minute that runs is not asked for.
    let end = Minute::containing(now);
    let mut wishes: Vec<_> = order
        .minutes
        .iter()
        .map(|(series, minutes)| Wish { series, start: Minute(end.0 - i64::from(*minutes) - 1) })
        .collect();
    // Those that look equally far stand together, the ones that look least far first.
    wishes.sort_by_key(|wish| std::cmp::Reverse(wish.start));
    let furthest = wishes.last().map_or(end, |wish| wish.start);
    if one_by_one(wishes.len(), end.0 - furthest.0) {
        statistics::buy(client, &wishes, end).await
    } else {
        data::buy(client, &wishes, end).await
    }
}

/// The start of the minute: an aligned range is what CloudWatch answers fastest.
fn time(minute: Minute) -> DateTime {
    DateTime::from_secs(minute.0 * 60)
}

/// A point of the minute that begins then.
fn point(at: &DateTime, value: f64) -> Option<Point> {
    let at = Timestamp::from_second(at.secs()).ok()?;
    Some(Point { minute: Minute::containing(at), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_series_that_fit_an_answer_are_bought_one_by_one() {
        for (series, points, expected) in [
            (0, 0, true),
            (1, 31, true),
            (100, 191, true),
            (101, 31, false),
            (100, 1_440, true),
            (1, 1_441, false),
        ] {
            assert_eq!(one_by_one(series, points), expected, "{series} series of {points} points");
        }
    }
}

//! What is bought: each series by all that names it, and how far back.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::Dimension;
use aws_smithy_types::DateTime;
use tidegate_policy::observation::Minute;

/// One series of CloudWatch, by all that names it. Those of one thing stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fleet) struct Series {
    /// As `AWS/RDS`.
    pub(in crate::fleet) namespace: &'static str,
    /// Names and values.
    pub(in crate::fleet) dimensions: Vec<(&'static str, String)>,
    /// CloudWatch's name of the metric.
    pub(in crate::fleet) metric: &'static str,
    /// Of a minute: as `Average`, or a percentile as `p95`.
    pub(in crate::fleet) statistic: &'static str,
}

impl Series {
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        let dimensions = self.dimensions.iter();
        dimensions.map(|(name, value)| Dimension::builder().name(*name).value(value).build()).collect()
    }
}

/// What to buy: each series once, as far back as the one that looks furthest.
#[derive(Debug, Default)]
pub struct Order {
    pub(super) minutes: BTreeMap<Series, u32>,
}

impl Order {
    /// This series, so many minutes back.
    pub(in crate::fleet) fn add(&mut self, series: Series, minutes: u32) {
        let known = self.minutes.entry(series).or_default();
        *known = (*known).max(minutes);
    }
}

/// One series, and from when on it is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    pub(super) series: &'a Series,
    pub(super) start: Minute,
}

/// The start of the minute: an aligned range is what CloudWatch answers fastest.
pub(super) fn time(minute: Minute) -> DateTime {
    DateTime::from_secs(minute.0 * 60)
}

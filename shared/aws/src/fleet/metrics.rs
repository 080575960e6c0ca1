//! Metrics, bought together: one GetMetricData for up to five hundred series of all targets.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    Dimension, Metric as CloudWatchMetric, MetricDataQuery, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::observation::{Minute, Point, Reading};

use crate::failure::{Failure, Operation, Sorting};

/// The most queries that one call takes.
pub(super) const QUERIES_A_CALL: usize = 500;
/// A page holds at least the points of one series: more pages than this would be an answer without end.
const PAGES_AT_MOST: usize = 100;

/// One series of CloudWatch, by all that names it. Those of one thing stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// As `AWS/RDS`.
    pub(super) namespace: &'static str,
    /// Names and values.
    pub(super) dimensions: Vec<(&'static str, String)>,
    /// CloudWatch's name of the metric.
    pub(super) metric: &'static str,
    /// Of a minute.
    pub(super) statistic: &'static str,
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
}

impl Bought {
    /// What it is worth at `now`. A series that was not ordered or did not come is `Missing`.
    pub(super) fn reading(&self, series: &Series, since: Option<Timestamp>, now: Timestamp) -> Reading {
        let points = self.points.get(series).cloned().unwrap_or_default();
        Reading::new(points, since, now)
    }
}

/// Buys all that was ordered.
pub(super) async fn buy(
    client: &aws_sdk_cloudwatch::Client,
    order: &Order,
    now: Timestamp,
) -> Result<Bought, Failure> {
    // Those that look equally far share calls, so that a day's look-back is not bought for all.
    let mut series: Vec<_> = order.minutes.iter().collect();
    series.sort_by_key(|(_, minutes)| **minutes);
    let mut bought = Bought::default();
    for batch in series.chunks(QUERIES_A_CALL) {
        let furthest = batch.iter().map(|(_, minutes)| **minutes).max().unwrap_or(0);
        let start = now.saturating_sub(SignedDuration::from_mins(i64::from(furthest) + 1)).unwrap_or(now);
        let queries: Vec<_> = batch.iter().enumerate().map(|(nth, (key, _))| query(nth, key)).collect();
        let mut token: Option<String> = None;
        let mut pages = 0;
        loop {
            let page = client
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(minute_of(start))
                // Exclusive: the minute that runs is not asked for.
                .end_time(minute_of(now))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| Failure::of(Operation::GET_METRICS, &error))?;
            for result in page.metric_data_results() {
                let nth =
                    result.id().and_then(|id| id.strip_prefix('m')).and_then(|nth| nth.parse::<usize>().ok());
                let Some((key, _)) = nth.and_then(|nth| batch.get(nth)) else { continue };
                if result.status_code() == Some(&StatusCode::Forbidden) {
                    return Err(forbidden(key.namespace));
                }
                let points = result.timestamps().iter().zip(result.values()).filter_map(|(at, value)| {
                    let at = Timestamp::from_second(at.secs()).ok()?;
                    Some(Point { minute: Minute::containing(at), value: *value })
                });
                bought.points.entry((*key).clone()).or_default().extend(points);
            }
            token = page.next_token.filter(|token| !token.is_empty());
            pages += 1;
            if token.is_none() {
                break;
            }
            if pages == PAGES_AT_MOST {
                return Err(endless());
            }
        }
    }
    Ok(bought)
}

fn query(nth: usize, series: &Series) -> MetricDataQuery {
    let dimensions =
        series.dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
    let metric = CloudWatchMetric::builder()
        .namespace(series.namespace)
        .metric_name(series.metric)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(series.statistic).build();
    MetricDataQuery::builder().id(format!("m{nth}")).metric_stat(stat).return_data(true).build()
}

/// The start of the minute: an aligned range is what CloudWatch answers fastest.
fn minute_of(at: Timestamp) -> DateTime {
    DateTime::from_secs(Minute::containing(at).0 * 60)
}

fn forbidden(namespace: &str) -> Failure {
    let operation = Operation::GET_METRICS;
    let message = format!(
        "CloudWatch forbids the metrics of {namespace}: allow {} to the function's role",
        operation.action
    );
    Failure { operation, code: None, sorting: Sorting::PersonNeeded, message }
}

fn endless() -> Failure {
    let message = format!("CloudWatch answered more than {PAGES_AT_MOST} pages");
    Failure { operation: Operation::GET_METRICS, code: None, sorting: Sorting::RetryNextWake, message }
}

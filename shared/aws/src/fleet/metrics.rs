//! Metrics, bought together: one GetMetricData for up to five hundred series of all targets.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    Dimension, Metric as CloudWatchMetric, MetricDataQuery, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{Minute, Point, Reading};
use tidegate_policy::policy::Metric;

use crate::failure::{Failure, Operation, Sorting};

/// The most queries that one call takes.
pub(super) const QUERIES_A_CALL: usize = 500;
/// A page holds at least the points of one series: more pages than this would be an answer without end.
const PAGES_AT_MOST: usize = 100;

/// What to buy: each series once, as far back as the one that looks furthest.
#[derive(Debug, Default)]
pub(super) struct Order {
    minutes: BTreeMap<(InstanceId, Metric), u32>,
}

impl Order {
    /// This metric of this instance, so many minutes back.
    pub(super) fn add(&mut self, instance: &InstanceId, metric: Metric, minutes: u32) {
        let known = self.minutes.entry((instance.clone(), metric)).or_default();
        *known = (*known).max(minutes);
    }
}

/// What came.
#[derive(Debug, Default)]
pub(super) struct Bought {
    points: BTreeMap<(InstanceId, Metric), Vec<Point>>,
}

impl Bought {
    /// What it is worth at `now`. A series that was not ordered or did not come is `Missing`.
    pub(super) fn reading(
        &self,
        instance: &InstanceId,
        metric: Metric,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Reading {
        let points = self.points.get(&(instance.clone(), metric)).cloned().unwrap_or_default();
        Reading::new(points, since, now)
    }
}

/// CloudWatch's name of a metric, and the statistic of a minute. RDS publishes one point a minute; where it publishes more, the worst counts.
fn named(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::Cpu => ("CPUUtilization", "Average"),
        Metric::Connections => ("DatabaseConnections", "Maximum"),
        Metric::Lag => ("ReplicaLag", "Maximum"),
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
                if result.status_code() == Some(&StatusCode::Forbidden) {
                    return Err(forbidden());
                }
                let nth =
                    result.id().and_then(|id| id.strip_prefix('m')).and_then(|nth| nth.parse::<usize>().ok());
                let Some((key, _)) = nth.and_then(|nth| batch.get(nth)) else { continue };
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

fn query(nth: usize, (instance, metric): &(InstanceId, Metric)) -> MetricDataQuery {
    let (name, statistic) = named(*metric);
    let dimension = Dimension::builder().name("DBInstanceIdentifier").value(instance.as_str()).build();
    let metric =
        CloudWatchMetric::builder().namespace("AWS/RDS").metric_name(name).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(statistic).build();
    MetricDataQuery::builder().id(format!("m{nth}")).metric_stat(stat).return_data(true).build()
}

/// The start of the minute: an aligned range is what CloudWatch answers fastest.
fn minute_of(at: Timestamp) -> DateTime {
    DateTime::from_secs(Minute::containing(at).0 * 60)
}

fn forbidden() -> Failure {
    let operation = Operation::GET_METRICS;
    let message =
        format!("CloudWatch forbids the metrics of RDS: allow {} to the function's role", operation.action);
    Failure { operation, code: None, sorting: Sorting::PersonNeeded, message }
}

fn endless() -> Failure {
    let message = format!("CloudWatch answered more than {PAGES_AT_MOST} pages");
    Failure { operation: Operation::GET_METRICS, code: None, sorting: Sorting::RetryNextWake, message }
}

//! GetMetricStatistics: one series a call, a few calls at a time, the first million of a month for nothing.

use aws_sdk_cloudwatch::types::{Datapoint, Statistic};
use futures_util::{StreamExt, TryStreamExt, stream};
use tidegate_policy::observation::{Minute, Point};

use super::bought::{Bought, point};
use super::series::{Wish, time};
use crate::failure::{Failure, Operation};

/// An answer takes some tens of milliseconds: so many at a time stay below the 400 calls a second that AWS allows an account in a Region (CloudWatch
/// service quotas), beside those of other functions and of other people.
pub(super) const CALLS_AT_A_TIME: usize = 8;

/// Seconds of a point.
const MINUTE: i32 = 60;
const HOUR: i32 = 3_600;

/// Buys these up to `end`, exclusive.
///
/// # Errors
/// Of the first of them, in their order, that could not be had.
pub(super) async fn buy(
    client: &aws_sdk_cloudwatch::Client,
    wishes: &[Wish<'_>],
    end: Minute,
) -> Result<Bought, Failure> {
    let answers = stream::iter(wishes).map(|wish| one(client, wish, end, MINUTE)).buffered(CALLS_AT_A_TIME);
    let answers: Vec<Vec<Point>> = answers.try_collect().await?;
    let mut bought = Bought::default();
    for (wish, points) in wishes.iter().zip(answers) {
        bought.keep(wish, points.into_iter());
    }
    Ok(bought)
}

/// One series by the hour: two weeks fit into an answer. A point stands at the hour's first minute.
pub(super) async fn hours(
    client: &aws_sdk_cloudwatch::Client,
    wish: Wish<'_>,
    end: Minute,
) -> Result<Vec<Point>, Failure> {
    one(client, &wish, end, HOUR).await
}

async fn one(
    client: &aws_sdk_cloudwatch::Client,
    wish: &Wish<'_>,
    end: Minute,
    period: i32,
) -> Result<Vec<Point>, Failure> {
    let series = wish.series;
    let call = client
        .get_metric_statistics()
        .namespace(series.namespace)
        .metric_name(series.metric)
        .set_dimensions(Some(series.dimensions()))
        .period(period)
        .start_time(time(wish.start))
        .end_time(time(end));
    let call = match Statistic::try_parse(series.statistic) {
        Ok(statistic) => call.statistics(statistic),
        Err(_) => call.extended_statistics(series.statistic),
    };
    let answer = call.send().await.map_err(|error| Failure::of(Operation::GET_STATISTICS, &error))?;
    let value_of = |one: &Datapoint| point(one.timestamp()?, value(one, series.statistic)?);
    Ok(answer.datapoints().iter().filter_map(value_of).collect())
}

/// The statistic that was asked for: a field for each of the five, a map for percentiles.
fn value(point: &Datapoint, statistic: &str) -> Option<f64> {
    match Statistic::try_parse(statistic) {
        Ok(Statistic::Average) => point.average(),
        Ok(Statistic::Maximum) => point.maximum(),
        Ok(Statistic::Minimum) => point.minimum(),
        Ok(Statistic::SampleCount) => point.sample_count(),
        Ok(Statistic::Sum) => point.sum(),
        _ => point.extended_statistics()?.get(statistic).copied(),
    }
}

//! GetMetricData: up to five hundred series a call, each of them paid for.

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, ScanBy, StatusCode};
use tidegate_policy::observation::Minute;

use super::bought::{Bought, point};
use super::series::{Series, Wish, time};
use crate::failure::{Failure, Operation, Sorting};

/// The most queries that one call takes.
const QUERIES_A_CALL: usize = 500;
/// A page holds at least the points of one series: more pages than this would be an answer without end.
const PAGES_AT_MOST: usize = 100;

/// Buys these up to `end`, exclusive. Those that look equally far share calls, so that a day's look-back is not bought for all.
pub(super) async fn buy(
    client: &aws_sdk_cloudwatch::Client,
    wishes: &[Wish<'_>],
    end: Minute,
) -> Result<Bought, Failure> {
    let mut bought = Bought::default();
    for batch in wishes.chunks(QUERIES_A_CALL) {
        let furthest = batch.iter().map(|wish| wish.start).min().unwrap_or(end);
        let queries: Vec<_> = batch.iter().enumerate().map(|(nth, wish)| query(nth, wish.series)).collect();
        let mut complete = vec![false; batch.len()];
        let mut token: Option<String> = None;
        let mut pages = 0;
        loop {
            let page = client
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(time(furthest))
                .end_time(time(end))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| Failure::of(Operation::GET_METRICS, &error))?;
            for result in page.metric_data_results() {
                let nth =
                    result.id().and_then(|id| id.strip_prefix('m')).and_then(|nth| nth.parse::<usize>().ok());
                let Some((nth, wish)) = nth.and_then(|nth| Some((nth, batch.get(nth)?))) else { continue };
                if result.status_code() == Some(&StatusCode::Forbidden) {
                    return Err(forbidden(wish.series.namespace));
                }
                // `PartialData` goes on with the next page, and an `InternalError` may.
                complete[nth] = result.status_code().is_none_or(|code| *code == StatusCode::Complete);
                let points = result.timestamps().iter().zip(result.values());
                bought.keep(wish, points.filter_map(|(at, value)| point(at, *value)));
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
        let cut = batch.iter().zip(complete).filter(|(_, complete)| !complete);
        bought.broken.extend(cut.map(|(wish, _)| wish.series.clone()));
    }
    Ok(bought)
}

fn query(nth: usize, series: &Series) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace(series.namespace)
        .metric_name(series.metric)
        .set_dimensions(Some(series.dimensions()))
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(series.statistic).build();
    MetricDataQuery::builder().id(format!("m{nth}")).metric_stat(stat).return_data(true).build()
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

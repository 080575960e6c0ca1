//! Metrics, bought together for all targets: each series once, in the way that costs least.

mod bought;
mod data;
mod past;
mod series;
mod statistics;

use jiff::Timestamp;
use tidegate_policy::observation::Minute;

use crate::failure::Failure;
use series::Wish;

pub(super) use bought::Bought;
pub(super) use past::{Gone, PastOf, Whose, past};
pub(super) use series::{Order, Series};

/// So many series at most are bought one by one.
const ONE_BY_ONE_AT_MOST: usize = 100;
/// So many points are in one answer of GetMetricStatistics, which refuses to give more (CloudWatch API reference, "GetMetricStatistics").
const POINTS_AT_MOST: i64 = 1_440;

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

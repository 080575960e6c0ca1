//! The reads that a group's nodes answer, minute by minute: the forecast learns from them.

use jiff::Timestamp;

use super::readings::Readings;
use crate::evaluate::ahead::{Took, Usual, Workforce};
use crate::forecast::delays::Delay;
use crate::history::{Lever, RedisNodesMemory};
use crate::observation::{Minute, Node, Point, Reading, Role};
use crate::policy::Signal;

/// ElastiCache shows points after one to three minutes: a minute that some node still lacks after so many is taken as it is.
const WAITS_MINUTES: i64 = 3;
/// Percent of the engine's core above which a node serves less than it is asked for.
const CENSORED_ABOVE: f64 = 97.0;
/// By how much a censored minute's work is taken to be more than what was measured. Source: the specification of the forecast.
const CENSORED: f64 = 1.25;

/// Minutes until clients have found a new replica.
const FOUND_AFTER: f64 = 2.0;

/// A replica has its keys when it is available; clients find it within two minutes.
const USUAL: Usual = Usual {
    half_share: Delay { median: 12.0, sigma: 0.25 },
    billed_before: 10.0,
    gone: Delay { median: 5.0, sigma: 0.3 },
};

/// A change that added replicas, or took some away, is done. Clients find a new one some two minutes later.
pub(crate) fn took(before: &RedisNodesMemory, after: &RedisNodesMemory, now: Timestamp) -> Vec<Took> {
    let done = before.changing.iter().filter(|changing| changing.begun && after.changing.is_none());
    let of_replicas = done.filter(|changing| changing.to.lever() == Lever::Replicas);
    let took = of_replicas.map(|changing| {
        let minutes = Took::minutes(changing.since, now);
        if changing.to.is_out(&changing.from) {
            Took::HalfShare(minutes + FOUND_AFTER)
        } else {
            Took::Gone(minutes)
        }
    });
    took.collect()
}

/// Who works for the group, and what was worked since `since`, or as far back as is known. Replicas answer the reads, and alone a primary does.
pub(crate) fn workforce(readings: &Readings<'_>, since: Option<i64>, now: Timestamp) -> Workforce {
    let group = readings.group;
    let answers = |node: &&Node| readings.role(node) == Role::Replica;
    let replicas: Vec<&Node> = group.nodes().filter(answers).collect();
    let readers = if replicas.is_empty() { group.nodes().collect() } else { replicas };
    let points = |node: &Node| match readings.reading(node, Signal::Cpu) {
        Reading::Fresh(series) | Reading::Stale(series) => series.points(),
        Reading::Missing => &[][..],
    };
    let nodes = i64::try_from(group.nodes().count()).unwrap_or(0);
    let beside = i64::try_from(readers.len()).unwrap_or(0) - nodes;
    let series: Vec<&[Point]> = readers.into_iter().map(points).collect();
    // One change is made at a time: while it is, nothing can be ordered or removed, whatever is wished.
    Workforce {
        work: work(&series, since, now),
        beside,
        coming: Vec::new(),
        leaving: Vec::new(),
        usual: USUAL,
    }
}

/// The work of each minute that is over: of what one node lacks, as much as the others do on average.
fn work(series: &[&[Point]], since: Option<i64>, now: Timestamp) -> Vec<(Minute, Option<f64>)> {
    let newest = series.iter().filter_map(|points| points.last()).map(|point| point.minute.0).max();
    let oldest = series.iter().filter_map(|points| points.first()).map(|point| point.minute.0).min();
    let (Some(newest), Some(oldest)) = (newest, oldest) else { return Vec::new() };
    let whole_until = Minute::containing(now).0 - 1 - WAITS_MINUTES;
    let mut work = Vec::new();
    for minute in since.unwrap_or(oldest).max(oldest)..=newest {
        // Of a node that is new nothing is assumed.
        let known =
            series.iter().filter(|points| points.first().is_some_and(|first| first.minute.0 <= minute));
        let at = |points: &[Point]| {
            let place = points.binary_search_by_key(&minute, |point| point.minute.0).ok()?;
            Some(points[place].value)
        };
        let values: Vec<Option<f64>> = known.map(|points| at(points)).collect();
        let present: Vec<f64> = values.iter().copied().flatten().collect();
        if present.len() < values.len() && minute > whole_until {
            break;
        }
        let sum = present.iter().sum::<f64>() / 100.0 * values.len() as f64 / present.len().max(1) as f64;
        let censored = present.iter().any(|cpu| *cpu > CENSORED_ABOVE);
        let enough = 2 * present.len() >= values.len() && !present.is_empty();
        work.push((Minute(minute), enough.then_some(if censored { sum * CENSORED } else { sum })));
    }
    work
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;

    use super::*;
    use crate::history::{Changing, Goal, Shape};
    use crate::names::{NodeType, ShardId};
    use crate::units::Count;

    /// The minute that it is.
    const NOW: i64 = 20_000 * 1440 + 100;

    fn now() -> Timestamp {
        Minute(NOW).start().unwrap()
    }

    fn points(newest: i64, values: &[f64]) -> Vec<Point> {
        let first = newest + 1 - i64::try_from(values.len()).unwrap();
        (first..).zip(values).map(|(minute, value)| Point { minute: Minute(minute), value: *value }).collect()
    }

    fn worked(series: &[&[Point]]) -> Vec<(i64, Option<f64>)> {
        let rounded = |work: f64| (work * 1000.0).round() / 1000.0;
        let work = work(series, None, now()).into_iter();
        work.map(|(minute, work)| (NOW - minute.0, work.map(rounded))).collect()
    }

    #[test]
    fn it_is_the_sum_over_the_nodes_and_of_one_that_lacks_a_minute_as_much_as_the_others() {
        let (one, two) = (points(NOW - 2, &[50.0; 6]), points(NOW - 2, &[20.0, 98.0]));
        // Of one that is new nothing is assumed; above 97% it was more.
        assert_eq!(worked(&[&one, &two])[3..], [(4, Some(0.5)), (3, Some(0.7)), (2, Some(1.85))]);
        let late = points(NOW - 7, &[30.0]);
        let waited = [(7, Some(0.8)), (6, Some(1.0)), (5, Some(1.0)), (4, Some(1.0))];
        assert_eq!(worked(&[&one, &late]), waited);
        assert_eq!(worked(&[&one, &late, &late])[1], (6, None));
        assert_eq!(worked(&[]), []);
    }

    fn changing(from: u32, to: Goal, begun: bool) -> RedisNodesMemory {
        let replicas = BTreeMap::from([(ShardId::new("0001"), Count(from))]);
        let from = Shape { replicas, node_type: NodeType::new("cache.m7g.large") };
        let since = now() - SignedDuration::from_mins(12);
        let changing = Some(Changing { since, from, to, begun, before: None });
        RedisNodesMemory { changing, ..RedisNodesMemory::default() }
    }

    #[test]
    fn a_change_of_replicas_took_until_it_was_done() {
        let to = |count| Goal::Replicas(BTreeMap::from([(ShardId::new("0001"), Count(count))]));
        let done = RedisNodesMemory::default();
        assert_eq!(took(&changing(1, to(2), true), &done, now()), [Took::HalfShare(14.0)]);
        assert_eq!(took(&changing(2, to(1), true), &done, now()), [Took::Gone(12.0)]);
        assert_eq!(took(&changing(1, to(2), false), &done, now()), []);
        assert_eq!(took(&changing(1, to(2), true), &changing(1, to(2), true), now()), []);
        assert_eq!(took(&changing(1, Goal::Shards(Count(2)), true), &done, now()), []);
    }
}

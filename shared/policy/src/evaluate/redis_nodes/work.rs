//! The reads that a group's nodes answer, minute by minute: the forecast learns from them.

use jiff::Timestamp;

use super::cores;
use super::readings::Readings;
use crate::evaluate::ahead::{self, Took, Usual, Worker, Workforce, work};
use crate::forecast::delays::Delay;
use crate::history::{Lever, RedisNodesMemory};
use crate::observation::{Minute, Node, PastMinutes, Point, Reading, Role, Worked};
use crate::policy::Signal;

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
    let readers = readers(readings);
    let points = |node: &Node| match readings.reading(node, Signal::Cpu) {
        Reading::Fresh(series) | Reading::Stale(series) => series.points(),
        Reading::Missing => &[][..],
    };
    let nodes = i64::try_from(readings.group.nodes().count()).unwrap_or(0);
    let beside = i64::try_from(readers.len()).unwrap_or(0) - nodes;
    let workers: Vec<Worker<'_>> = readers.into_iter().map(|node| worker(points(node))).collect();
    // One change is made at a time: while it is, nothing can be ordered or removed, whatever is wished.
    Workforce {
        work: work(&workers, since, now),
        reads_on: false,
        beside,
        coming: Vec::new(),
        leaving: Vec::new(),
        usual: USUAL,
    }
}

/// What was worked in minutes that were read afterwards. Who was the primary then is not known: it is taken for today's.
pub(crate) fn worked(readings: &Readings<'_>, past: &PastMinutes) -> Vec<(Minute, Option<f64>)> {
    let Worked::Members(members) = &past.worked else { return Vec::new() };
    let readers = readers(readings);
    let reads = |name: &str| {
        let is_there = readings.group.nodes().any(|node| node.id.as_str() == name);
        !is_there || readers.iter().any(|node| node.id.as_str() == name)
    };
    let readers = members.iter().filter(|member| reads(&member.name));
    // As readings are: a share of the one core that the engine uses.
    let (_, scale) = cores::cpu_metric(&readings.group.node_type);
    let scaled = |point: &Point| Point { value: (point.value * scale).min(100.0), ..*point };
    let cpu: Vec<Vec<Point>> = readers.map(|member| member.cpu.iter().map(scaled).collect()).collect();
    let workers: Vec<_> = cpu.iter().map(|cpu| Worker { stays: false, ..worker(cpu) }).collect();
    ahead::worked(&workers, past)
}

/// Who answers the reads: the replicas, or alone the primary.
fn readers<'a>(readings: &Readings<'a>) -> Vec<&'a Node> {
    let group = readings.group;
    let replicas: Vec<&Node> = group.nodes().filter(|node| readings.role(node) == Role::Replica).collect();
    if replicas.is_empty() { group.nodes().collect() } else { replicas }
}

/// Nodes of a group are alike, and each is asked for its share.
fn worker(cpu: &[Point]) -> Worker<'_> {
    Worker { cpu, capacity: 1.0, answers: true, stays: true }
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
        let workers: Vec<_> = series.iter().map(|cpu| worker(cpu)).collect();
        let work = work(&workers, None, now()).into_iter();
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

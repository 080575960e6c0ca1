//! The alarms of Redis nodes: how many lookups find their key. CPU and memory are what Tidegate scales by, and need none.

use tidegate_policy::policy::{ClusterMode, RedisNodes, Target};
use tidegate_policy::units::Count;

use super::alarm::{Alarm, Breach, METRICS_AN_ALARM, Missing, Severity, Side, Watched};
use crate::series;

/// Lookups in five minutes below which their share of hits says little: a quiet cache has no bad rate.
const LOOKUPS_WORTH_TELLING: u32 = 1_000;
/// Hits and misses of each.
const NODES_AN_ALARM: usize = METRICS_AN_ALARM / 2;
/// An alarm can read no more than five nodes, so a group has as many alarms as it takes, up to this: two cover every group without cluster mode,
/// which has six nodes at most. Each is $0.10 per month and metric.
const WHATS: [&str; 2] = ["hit-rate", "hit-rate-more"];
/// So many nodes are watched.
const NODES: usize = NODES_AN_ALARM * WHATS.len();

/// Those of one target.
pub(super) fn alarms<'a>(target: &'a Target, kind: &RedisNodes) -> Vec<Alarm<'a>> {
    let nodes = members(kind, target.scaling.max);
    nodes.chunks(NODES_AN_ALARM).zip(WHATS).map(|(nodes, what)| hit_rate(target, kind, what, nodes)).collect()
}

/// That of these nodes together.
fn hit_rate<'a>(target: &'a Target, kind: &RedisNodes, what: &'static str, nodes: &[String]) -> Alarm<'a> {
    let read = |metric: &'static str, letter: char| {
        let each =
            |(nth, node): (usize, &String)| (format!("{letter}{nth}"), series::node(node, metric, "Sum"));
        nodes.iter().enumerate().map(each).collect::<Vec<_>>()
    };
    let (hits, misses) = (read("CacheHits", 'h'), read("CacheMisses", 'm'));
    // A node that is not there has no points at all: it adds nothing.
    let total = |metrics: &[(String, _)]| {
        metrics.iter().map(|(id, _)| format!("FILL({id}, 0)")).collect::<Vec<_>>().join(" + ")
    };
    let expressions = vec![
        ("hits", total(&hits)),
        ("misses", total(&misses)),
        ("rate", format!("IF(hits + misses >= {LOOKUPS_WORTH_TELLING}, 100 * hits / (hits + misses), 100)")),
    ];
    let covered = match nodes {
        [only] => format!("its node {only}"),
        _ => {
            let end = |node: Option<&String>| node.cloned().unwrap_or_default();
            format!("its nodes {} to {}", end(nodes.first()), end(nodes.last()))
        }
    };
    let description = format!(
        "Fewer than 70% of the lookups in the replication group {group} have found their key for fifteen minutes, by {covered}, and there were {LOOKUPS_WORTH_TELLING} in five minutes or more. Look at its evictions, at what expires, and for a client that reads what nobody writes; Tidegate scales the group by the rules of target {name}, and does nothing about the hit rate itself.",
        group = kind.group,
        name = target.name,
    );
    Alarm {
        target,
        what,
        description,
        watched: Watched::Math { metrics: hits.into_iter().chain(misses).collect(), expressions },
        breach: Breach {
            side: Side::Below,
            threshold: 70.0,
            period: 300,
            // Of four: the newest may be filled in before its points are there, and looks quiet ("Using metric math", FILL).
            at_least: 3,
            of: 4,
            missing: Missing::NotBreaching,
        },
        severity: Some(Severity::Warning),
        wakes: false,
    }
}

/// The nodes that the group may have, as many as are watched: as ElastiCache names them when it makes a group, `sessions-001`, or with
/// cluster mode enabled `sessions-0001-001`. Of many shards the first nodes, since keys are spread evenly among shards.
fn members(kind: &RedisNodes, max: Count) -> Vec<String> {
    let group = &kind.group;
    if kind.cluster_mode == ClusterMode::Disabled {
        return (1..=max.0).take(NODES).map(|node| format!("{group}-{node:03}")).collect();
    }
    let nodes_a_shard = kind.replicas.max.0 + 1;
    let shards = kind.shards.map_or_else(|| max.0.div_ceil(nodes_a_shard), |shards| shards.max.0).max(1);
    let names = (1..=nodes_a_shard)
        .flat_map(|node| (1..=shards).map(move |shard| format!("{group}-{shard:04}-{node:03}")));
    names.take(NODES).collect()
}

//! Whose past a forecast of a group's replicas learns from: its nodes, and those that it had.

use tidegate_policy::evaluate::node_cpu_metric;
use tidegate_policy::observation::RedisObservation;
use tidegate_policy::policy::RedisNodes;

use super::series::{self, CLUSTER};
use crate::fleet::metrics::{Gone, PastOf, Series, Whose};

pub(super) fn past(kind: &RedisNodes, seen: &RedisObservation) -> PastOf {
    let group = seen.look.group();
    let metric = group.map(node_cpu_metric);
    let nodes = group.into_iter().flat_map(|group| group.nodes());
    let known = nodes.zip(metric.into_iter().cycle()).map(|(node, metric)| {
        let name = node.id.to_string();
        (name, series::of(&node.id, metric))
    });
    let gone =
        Gone { dimension: CLUSTER, prefix: format!("{}-", kind.group), goes_on: is_a_number, cpu: named };
    PastOf(Whose::Members { known: known.collect(), gone })
}

/// As `like`, of the node of this name.
fn named(like: &Series, name: &str) -> Series {
    let mut series = like.clone();
    for (dimension, value) in &mut series.dimensions {
        if *dimension == CLUSTER {
            name.clone_into(value);
        }
    }
    series
}

/// Nodes are called `group-001`, and with cluster mode `group-0001-001`.
fn is_a_number(rest: &str) -> bool {
    let mut parts = rest.split('-');
    let is = |part: &str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(node), None, None) => is(node, 3),
        (Some(shard), Some(node), None) => is(shard, 4) && is(node, 3),
        (_, _, _) => false,
    }
}

//! Whether it matters which larger node types a group could have: the list costs a call, and memory is seldom short.

use super::tiering::memory_metric;
use crate::observation::{Group, Point, Reading, RedisObservation};
use crate::policy::{Comparison, NodeMetric, Signal, Target, TargetKind, ThresholdRule};

/// Whether a rule of memory or of evictions may hold, in a group that the policy lets grow further.
///
/// Wider than the rule itself: one point above the threshold in its minutes is enough. A list that is there and not needed harms nobody.
pub fn larger_types_matter(target: &Target, seen: &RedisObservation) -> bool {
    let (TargetKind::RedisNodes(redis), Some(group)) = (&target.kind, seen.look.group()) else {
        return false;
    };
    let may_grow = redis.node_types.last().is_some_and(|largest| *largest != group.node_type);
    may_grow && target.scaling.scale_out.iter().any(|rule| may_hold(rule, seen, group))
}

fn may_hold(rule: &ThresholdRule, seen: &RedisObservation, group: &Group) -> bool {
    let metric = match (rule.signal, rule.comparison) {
        (Signal::Memory, Comparison::Above) => memory_metric(group),
        (Signal::Evictions, Comparison::Above) => NodeMetric::Evictions,
        _ => return false,
    };
    let above = |point: &Point| point.value > rule.threshold;
    seen.signals.values().filter_map(|metrics| metrics.get(&metric)).any(|reading| match reading {
        Reading::Fresh(series) | Reading::Stale(series) => {
            series.last_minutes(rule.points.of()).iter().any(above)
        }
        Reading::Missing => false,
    })
}

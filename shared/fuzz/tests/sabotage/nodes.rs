//! Wrong in what it does with the nodes of a replication group, or in what it sees of them.

use jiff::Timestamp;
use tidegate_fuzz::tamper::Tamper;
use tidegate_policy::kind::Kind;
use tidegate_policy::names::NodeType;
use tidegate_policy::observation::{Availability, Found, Group, Look, Observation};
use tidegate_policy::plan::{
    Action, DecreaseReplicas, IncreaseReplicas, RedisNodesAction, SetNodeType, SetShards, ShardReplicas,
};
use tidegate_policy::policy::{NodeMetric, Target};
use tidegate_policy::units::Count;

use super::Variant;
use super::hooks::{Hooks, asks_instead, with_values};

pub(crate) fn all() -> Vec<Variant> {
    let variant = |name, made| Variant { name, kind: Kind::RedisNodes, made };
    vec![
        variant("leaves_a_shard_without_a_replica", || {
            decreases(|_, shard| ShardReplicas { to: Count(0), ..shard })
        }),
        variant("takes_one_replica_more_away", || {
            decreases(|_, shard| ShardReplicas { to: Count(shard.to.0.saturating_sub(1)), ..shard })
        }),
        variant("adds_more_replicas_than_the_maximum", || {
            increases(|target, shard| ShardReplicas { to: Count(target.scaling.max.0), ..shard })
        }),
        variant("adds_six_replicas_to_a_shard", || {
            increases(|_, shard| ShardReplicas { to: Count(6), ..shard })
        }),
        variant("adds_shards_without_end", || {
            shards(|set| if set.to > set.from { Count(set.to.0 + 8) } else { set.to })
        }),
        variant("takes_all_shards_but_one", || {
            shards(|set| if set.to < set.from { Count(1) } else { set.to })
        }),
        variant("chooses_a_node_type_of_its_own", chooses_a_node_type_of_its_own),
        variant("does_not_see_that_a_group_is_busy", || {
            sees(|group| {
                group.status = Availability::Available;
                group.pending.clear();
                for shard in &mut group.shards {
                    shard.status = Availability::Available;
                    shard.nodes.iter_mut().for_each(|node| node.status = Availability::Available);
                }
            })
        }),
        variant("does_not_see_the_migration_of_the_mode", || sees(|group| group.migrating = None)),
        variant("takes_full_memory_for_empty", || metric(NodeMetric::Memory, 1.0)),
        variant("takes_empty_memory_for_full", || metric(NodeMetric::Memory, 99.0)),
    ]
}

fn decreases(hook: fn(&Target, ShardReplicas) -> ShardReplicas) -> Box<dyn Tamper> {
    asks_instead(move |target, action| {
        let Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) = action else { return None };
        let shards = fewer.shards.iter().map(|shard| hook(target, shard.clone())).collect();
        Some(Action::RedisNodes(RedisNodesAction::DecreaseReplicas(DecreaseReplicas {
            shards,
            ..fewer.clone()
        })))
    })
}

fn increases(hook: fn(&Target, ShardReplicas) -> ShardReplicas) -> Box<dyn Tamper> {
    asks_instead(move |target, action| {
        let Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) = action else { return None };
        let shards = more.shards.iter().map(|shard| hook(target, shard.clone())).collect();
        Some(Action::RedisNodes(RedisNodesAction::IncreaseReplicas(IncreaseReplicas {
            shards,
            ..more.clone()
        })))
    })
}

fn shards(hook: fn(&SetShards) -> Count) -> Box<dyn Tamper> {
    asks_instead(move |_, action| {
        let Action::RedisNodes(RedisNodesAction::SetShards(set)) = action else { return None };
        Some(Action::RedisNodes(RedisNodesAction::SetShards(SetShards { to: hook(set), ..set.clone() })))
    })
}

fn chooses_a_node_type_of_its_own() -> Box<dyn Tamper> {
    asks_instead(|_, action| {
        let Action::RedisNodes(RedisNodesAction::SetNodeType(set)) = action else { return None };
        let to = NodeType::new("cache.r7g.16xlarge");
        Some(Action::RedisNodes(RedisNodesAction::SetNodeType(SetNodeType { to, ..set.clone() })))
    })
}

fn sees(hook: fn(&mut Group)) -> Box<dyn Tamper> {
    let seen = move |_: &Target, seen: Observation, _: Timestamp| match seen {
        Observation::RedisNodes(mut seen) => {
            if let Found::Group(group) = &mut seen.look.found {
                hook(group);
            }
            Observation::RedisNodes(seen)
        }
        other => other,
    };
    let looked = move |_: &Target, look: Look| match look {
        Look::RedisNodes(mut look) => {
            if let Found::Group(group) = &mut look.found {
                hook(group);
            }
            Look::RedisNodes(look)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), looked: Some(Box::new(looked)), ..Hooks::default() })
}

fn metric(metric: NodeMetric, value: f64) -> Box<dyn Tamper> {
    let seen = move |_: &Target, seen: Observation, now: Timestamp| match seen {
        Observation::RedisNodes(mut seen) => {
            for readings in seen.signals.values_mut() {
                if let Some(reading) = readings.get_mut(&metric) {
                    *reading = with_values(reading, value, now);
                }
            }
            Observation::RedisNodes(seen)
        }
        other => other,
    };
    Box::new(Hooks { seen: Some(Box::new(seen)), ..Hooks::default() })
}

//! How many nodes: the decision on the grid of what the levers can do, and the call that makes it so.

use std::collections::BTreeMap;

use super::leaving::Going;
use super::scene::Scene;
use super::situation::refused;
use crate::decide::{Decision, Direction};
use crate::history::{Goal, History, Lever};
use crate::names::ShardId;
use crate::plan::draft::Draft;
use crate::plan::step::Step;
use crate::plan::{Action, DecreaseReplicas, IncreaseReplicas, RedisNodesAction, SetShards, ShardReplicas};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// A decision as the levers can bring it about: of a shard all nodes or none, and with cluster mode enabled a replica in every shard.
pub(super) fn on_the_grid(scene: &Scene<'_>, history: &History, decision: Decision) -> Decision {
    match decision.direction() {
        None => decision,
        Some(Direction::Out) => out_on_the_grid(scene, history, decision),
        Some(Direction::In) => in_on_the_grid(scene, decision),
    }
}

fn out_on_the_grid(scene: &Scene<'_>, history: &History, decision: Decision) -> Decision {
    let reach = &scene.reach;
    let current = decision.current;
    let lever = lever_out(scene, &decision);
    if let Some((why, until)) = refused(history, lever, true, scene.now) {
        return Decision { next_eligible: Some(until), ..hold(decision, why.reason, why.detail) };
    }
    // The minimum is reached or gone beyond; what rules ask for stays below what was left of it.
    let wanted = decision.desired;
    let nodes = match lever {
        Lever::Shards => reach.nodes_with_shards(shards_for(scene, &decision)),
        Lever::Replicas | Lever::NodeType if is_minimum(&decision) => {
            let replicas = reach.replicas_for(wanted).unwrap_or(reach.highest());
            reach.nodes_with_replicas(replicas)
        }
        Lever::Replicas | Lever::NodeType => reach.nodes_with_replicas(reach.replicas_within(wanted)),
    };
    if nodes > current && nodes <= scene.bounds.max {
        return Decision { desired: nodes, ..decision };
    }
    let shards = reach.shape.shards();
    // The maximum is innocent where no shard may have a replica more.
    if let (Lever::Replicas, Err(limit)) = (lever, reach.more_replicas(Count::ONE)) {
        let detail = format!("{wanted} nodes are wanted and {current} are there: {}", limit.detail);
        return hold(decision, limit.reason, detail);
    }
    let together =
        if shards > Count::ONE { format!(", for {shards} shards grow together") } else { String::new() };
    let detail = format!(
        "{wanted} nodes are wanted and {current} are there: the next step up takes more than that{together}, and {} are the most",
        scene.bounds.max
    );
    hold(decision, Reason::AlreadyAtMaxCapacity, detail)
}

fn in_on_the_grid(scene: &Scene<'_>, decision: Decision) -> Decision {
    let current = decision.current;
    let Ok(leaving) = &scene.leaving else {
        return hold(decision, Reason::AlreadyAtMinCapacity, "nothing can go".to_owned());
    };
    let left = current.minus(leaving.nodes);
    if left < scene.bounds.min {
        let detail = format!(
            "the next step down leaves {left} nodes, and the minimum is {}: {} go together",
            scene.bounds.min, leaving.nodes
        );
        return hold(decision, Reason::AlreadyAtMinCapacity, detail);
    }
    if left < decision.desired {
        let detail = format!(
            "{} nodes go together, and no more than {} may go now",
            leaving.nodes,
            current.minus(decision.desired)
        );
        let reason = decision.limited_by.unwrap_or(Reason::RateLimited);
        return hold(decision, reason, detail);
    }
    Decision { desired: left, ..decision }
}

fn hold(decision: Decision, reason: Reason, detail: String) -> Decision {
    Decision {
        desired: decision.current,
        explanation: Explanation::new(reason, detail),
        limited_by: Some(reason),
        ..decision
    }
}

fn is_minimum(decision: &Decision) -> bool {
    decision.explanation.reason == Reason::ScaleOutMinimum
}

/// What makes more nodes: what the rule asks for, and for a minimum replicas, which come sooner; shards where no replica has room.
fn lever_out(scene: &Scene<'_>, decision: &Decision) -> Lever {
    let reach = &scene.reach;
    if is_minimum(decision) {
        let enough = reach.more_replicas(Count::ONE).is_ok();
        return if enough || reach.more_shards(Count::ONE).is_err() {
            Lever::Replicas
        } else {
            Lever::Shards
        };
    }
    scene.out.unwrap_or(Lever::Replicas)
}

/// How many shards there are to be: as many as give no more nodes than are wanted, and for a minimum as few as give them.
fn shards_for(scene: &Scene<'_>, decision: &Decision) -> Count {
    let reach = &scene.reach;
    let (wanted, at_most) = match is_minimum(decision) {
        true => (decision.desired, scene.bounds.max),
        false => (Count(u32::MAX), decision.desired),
    };
    let had = reach.shape.shards();
    let mut shards = had;
    while reach.nodes_with_shards(shards) < wanted
        && let Ok(next) = reach.more_shards(shards.minus(had).plus(Count::ONE))
        && next > shards
        && reach.nodes_with_shards(next) <= at_most
    {
        shards = next;
    }
    shards
}

pub(super) fn change(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    match draft.decision.direction() {
        None => Step::Pass,
        Some(Direction::Out) => grow(scene, draft),
        Some(Direction::In) => shrink(scene, draft),
    }
}

fn grow(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let reach = &scene.reach;
    let desired = draft.decision.desired;
    if lever_out(scene, &draft.decision) == Lever::Shards {
        let shards = shards_for(scene, &draft.decision);
        return set_shards(scene, draft, shards, Vec::new());
    }
    let replicas = reach.raised_to(reach.replicas_within(desired));
    if replicas.is_empty() {
        return Step::Pass;
    }
    let shards = changes(scene, &replicas);
    let detail =
        format!("asks ElastiCache for {} instead of {}: {}", nodes(desired), reach.nodes(), listed(&shards));
    draft.begin(scene, Goal::Replicas(replicas));
    let action = IncreaseReplicas { group: scene.redis.group.clone(), shards };
    Step::Act(
        Explanation::new(Reason::IncreaseReplicas, detail),
        vec![Action::RedisNodes(RedisNodesAction::IncreaseReplicas(action))],
    )
}

fn shrink(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let Ok(leaving) = &scene.leaving else { return Step::Pass };
    match &leaving.what {
        Going::Shard(shard) => {
            let to = scene.reach.shape.shards().minus(Count::ONE);
            set_shards(scene, draft, to, vec![shard.clone()])
        }
        Going::Replicas { left, named } => {
            let shards = changes(scene, left);
            let who = match named {
                Some((_, who)) => format!("{who} leaves"),
                None => "one replica of each leaves, of ElastiCache's choice".to_owned(),
            };
            let detail = format!(
                "asks ElastiCache for {} instead of {}: {}; {who}",
                nodes(draft.decision.desired),
                scene.reach.nodes(),
                listed(&shards)
            );
            draft.begin(scene, Goal::Replicas(left.clone()));
            let named = named.as_ref().map(|(node, _)| node.clone());
            let action = DecreaseReplicas { group: scene.redis.group.clone(), shards, named };
            Step::Act(
                Explanation::new(Reason::DecreaseReplicas, detail),
                vec![Action::RedisNodes(RedisNodesAction::DecreaseReplicas(action))],
            )
        }
    }
}

fn set_shards(scene: &Scene<'_>, draft: &mut Draft, to: Count, removed: Vec<ShardId>) -> Step {
    let from = scene.reach.shape.shards();
    if from == to {
        return Step::Pass;
    }
    let without = removed.first().map_or(String::new(), |shard| format!(", without shard {shard}"));
    let detail = format!(
        "asks ElastiCache for {to} shards instead of {from}{without}: slots move while it serves, which takes its time and some CPU"
    );
    draft.begin(scene, Goal::Shards(to));
    let action = SetShards { group: scene.redis.group.clone(), from, to, removed };
    Step::Act(
        Explanation::new(Reason::SetShards, detail),
        vec![Action::RedisNodes(RedisNodesAction::SetShards(action))],
    )
}

fn changes(scene: &Scene<'_>, replicas: &BTreeMap<ShardId, Count>) -> Vec<ShardReplicas> {
    let had = |shard: &ShardId| scene.reach.shape.replicas.get(shard).copied().unwrap_or(Count::ZERO);
    let change =
        |(shard, to): (&ShardId, &Count)| ShardReplicas { shard: shard.clone(), from: had(shard), to: *to };
    replicas.iter().map(change).collect()
}

fn nodes(count: Count) -> String {
    if count == Count::ONE { "1 node".to_owned() } else { format!("{count} nodes") }
}

/// As `replicas of shard 0001 1 -> 2, shard 0002 1 -> 2 and 3 shards more`.
fn listed(shards: &[ShardReplicas]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = shards.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = match shards.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => " and one shard more".to_owned(),
        more => format!(" and {more} shards more"),
    };
    format!("replicas of {}{more}", shown.join(", "))
}

//! What an action starts from, and that it leads elsewhere: a call that changes nothing fails, and hides a loop.

use std::collections::BTreeSet;

use super::case::{Step, replicas};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::plan::{Action, RedisNodesAction, ShardReplicas};
use crate::units::Count;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    match step.action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => lines(step, &more.shards, findings),
        Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => lines(step, &fewer.shards, findings),
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => {
            let found = Count::of_len(step.group.shards.len());
            compared(step, &set.from.to_string(), &found.to_string(), findings);
            moves(step, "the number of shards", set.from != set.to, findings);
        }
        Action::RedisNodes(RedisNodesAction::SetNodeType(set)) => {
            compared(step, set.from.as_str(), step.group.node_type.as_str(), findings);
            moves(step, "the node type", set.from != set.to, findings);
        }
        _ => {}
    }
}

fn lines(step: &Step<'_>, lines: &[ShardReplicas], findings: &mut Findings) {
    let more = matches!(step.action, Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_)));
    moves(step, "anything", !lines.is_empty(), findings);
    let mut named = BTreeSet::new();
    for line in lines {
        if !named.insert(&line.shard) {
            findings.refuse(
                invariant::GROUP_EXPECTATION,
                format!("{} names the shard {} twice", step.action, line.shard),
            );
        }
        match step.group.shards.iter().find(|shard| shard.id == line.shard) {
            Some(shard) => {
                compared(step, &line.from.to_string(), &replicas(shard).to_string(), findings);
            }
            None => findings.refuse(
                invariant::GROUP_EXPECTATION,
                format!("{}, but there is no shard {}", step.action, line.shard),
            ),
        }
        // ElastiCache refuses an increase to no more, and a decrease to no fewer.
        let there = if more { line.to > line.from } else { line.to < line.from };
        moves(step, &format!("the shard {} that way", line.shard), there, findings);
    }
}

fn compared(step: &Step<'_>, expects: &str, found: &str, findings: &mut Findings) {
    if expects != found {
        findings.refuse(
            invariant::GROUP_EXPECTATION,
            format!("{} expects {expects}, but {found} was observed", step.action),
        );
    }
}

fn moves(step: &Step<'_>, what: &str, moves: bool, findings: &mut Findings) {
    if !moves {
        findings.refuse(invariant::GROUP_EMPTY_CALL, format!("{} does not change {what}", step.action));
    }
}

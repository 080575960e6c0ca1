//! A paused group: no node comes, none goes, and none is replaced by a larger one.

use super::case::Step;
use crate::check::findings::Findings;
use crate::plan::{Action, RedisNodesAction};

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    // Every node is replaced, and the primary fails over.
    let replaces = matches!(step.action, Action::RedisNodes(RedisNodesAction::SetNodeType(_)));
    let adds = match step.action {
        Action::RedisNodes(RedisNodesAction::IncreaseReplicas(_)) => true,
        Action::RedisNodes(RedisNodesAction::SetShards(set)) => set.to > set.from,
        _ => false,
    };
    step.case.paused.judge(step.action, replaces || adds, replaces || step.takes_away(), findings);
}

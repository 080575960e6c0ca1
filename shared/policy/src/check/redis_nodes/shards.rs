//! On the number of shards: a person's to allow, a Global Datastore's to keep, and keys leave only shards that are there.

use super::case::Step;
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::plan::{Action, RedisNodesAction};
use crate::policy::ClusterMode;
use crate::units::Count;

pub(super) fn judge(step: &Step<'_>, findings: &mut Findings) {
    let Action::RedisNodes(RedisNodesAction::SetShards(set)) = step.action else { return };
    let mut refuse = |why: String| findings.refuse(invariant::SHARDS, format!("{}, but {why}", step.action));
    if step.case.redis.shards.is_none() {
        refuse("the policy leaves the number of shards as it is".to_owned());
    }
    if step.group.cluster_mode == ClusterMode::Disabled {
        refuse("there is one without cluster mode".to_owned());
    }
    if let Some(global) = &step.group.global {
        refuse(format!("the Global Datastore {global} has the same number everywhere"));
    }
    let leave = set.from.minus(set.to);
    let named = Count::of_len(set.removed.len());
    if named != leave {
        refuse(format!("{named} are named to leave, of {leave}"));
    }
    for (place, removed) in set.removed.iter().enumerate() {
        if set.removed.iter().take(place).any(|before| before == removed) {
            refuse(format!("{removed} is named twice"));
        }
        if !step.group.shards.iter().any(|shard| shard.id == *removed) {
            refuse(format!("there is no shard {removed}"));
        }
    }
    if set.to == Count::ZERO || step.group.shards.iter().all(|shard| set.removed.contains(&shard.id)) {
        refuse("none would stay".to_owned());
    }
}

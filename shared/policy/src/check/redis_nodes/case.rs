//! The case under judgement: its inputs side by side, and each action beside the group that it would change.

use jiff::Timestamp;

use crate::check::clock::{self, InForce};
use crate::check::judged::Judged;
use crate::check::pause::PausedNow;
use crate::history::{History, RedisNodesMemory};
use crate::observation::{Group, RedisObservation, Shard};
use crate::plan::{Action, Plan, RedisNodesAction};
use crate::policy::{RedisNodes, Scaling};
use crate::units::Count;

/// Everything that a plan is judged by.
pub(super) struct Case<'a> {
    pub(super) redis: &'a RedisNodes,
    pub(super) scaling: &'a Scaling,
    pub(super) seen: &'a RedisObservation,
    /// The memory before the plan.
    pub(super) history: &'a History,
    pub(super) plan: &'a Plan,
    pub(super) paused: PausedNow,
    pub(super) now: Timestamp,
    /// What the clock and a direct command say now: a group has no planned events.
    pub(super) in_force: InForce<'a>,
}

impl<'a> Case<'a> {
    pub(super) fn new(judged: Judged<'a>, redis: &'a RedisNodes, seen: &'a RedisObservation) -> Self {
        let Judged { target, history, plan, paused, now } = judged;
        let in_force = clock::in_force(&target.scaling, &[], history.orders.bounds.as_ref(), now);
        Self { redis, scaling: &target.scaling, seen, history, plan, paused, now, in_force }
    }

    /// What was remembered of the group.
    pub(super) fn before(&self) -> &'a RedisNodesMemory {
        &self.history.redis_nodes
    }

    /// What the plan remembers of it.
    pub(super) fn after(&self) -> &'a RedisNodesMemory {
        &self.plan.history.redis_nodes
    }

    /// Whether any signal may ask for anything. Rules that only alert may not.
    pub(super) fn is_ruled(&self) -> bool {
        let scaling = self.scaling;
        !(scaling.scale_out.is_empty() && scaling.scale_in.is_empty() && scaling.track.is_empty())
    }
}

/// One action, and the group as it was observed.
pub(super) struct Step<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) group: &'a Group,
    pub(super) action: &'a Action,
}

impl Step<'_> {
    /// How many nodes there are.
    pub(super) fn nodes(&self) -> Count {
        Count::of_len(self.group.nodes().count())
    }

    /// How many there would be: what the action says, on top of what was observed.
    pub(super) fn nodes_after(&self) -> Count {
        let shards = &self.group.shards;
        let lines = match self.action {
            Action::RedisNodes(RedisNodesAction::IncreaseReplicas(more)) => &more.shards,
            Action::RedisNodes(RedisNodesAction::DecreaseReplicas(fewer)) => &fewer.shards,
            Action::RedisNodes(RedisNodesAction::SetShards(set)) if set.to < set.from => {
                let stay = shards.iter().filter(|shard| !set.removed.contains(&shard.id));
                return Count::of_len(stay.map(|shard| shard.nodes.len()).sum());
            }
            Action::RedisNodes(RedisNodesAction::SetShards(set)) => {
                // A new shard gets as many replicas as the smallest has.
                let each = smallest(self.group).plus(Count::ONE);
                let more = set.to.minus(Count::of_len(shards.len()));
                return self.nodes().plus(Count(each.0.saturating_mul(more.0)));
            }
            _ => return self.nodes(),
        };
        shards.iter().fold(Count::ZERO, |sum, shard| {
            let asked = lines.iter().find(|line| line.shard == shard.id);
            sum.plus(Count::ONE).plus(asked.map_or_else(|| replicas(shard), |line| line.to))
        })
    }

    /// Whether it takes nodes away.
    pub(super) fn takes_away(&self) -> bool {
        match self.action {
            Action::RedisNodes(RedisNodesAction::DecreaseReplicas(_)) => true,
            Action::RedisNodes(RedisNodesAction::SetShards(set)) => set.to < set.from,
            _ => false,
        }
    }
}

/// How many replicas a shard has: all but its primary.
pub(super) fn replicas(shard: &Shard) -> Count {
    Count::of_len(shard.nodes.len()).minus(Count::ONE)
}

/// The replicas of the shard that has the fewest.
pub(super) fn smallest(group: &Group) -> Count {
    group.shards.iter().map(replicas).min().unwrap_or(Count::ZERO)
}

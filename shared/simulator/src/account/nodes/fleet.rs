//! What the scaler sees of a replication group and does to it: every AWS call counted and open to faults.

use jiff::Timestamp;
use tidegate_policy::evaluate::{lookback_minutes, node_metrics_needed};
use tidegate_policy::names::ShardId;
use tidegate_policy::observation::{Found, Group, GroupLook, Observation, Reading, RedisObservation};
use tidegate_policy::plan::{
    Action, DecreaseReplicas, IncreaseReplicas, SetNodeType, SetShards, ShardReplicas,
};
use tidegate_policy::policy::{NodeMetric, Target, TargetKind};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::{FleetError, ObserveRequest};

use crate::account::Change;
use crate::account::faults::Operation;
use crate::account::fleet::{another_kind, answered, failed, not_of_this_kind};
use crate::world::NodeShortage;

use super::State;
use super::group::number;
use super::node_types;
use super::plant::SERIES;
use super::watcher::Truth;

impl State {
    pub(in crate::account) fn observe_all(
        &mut self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        let look = self.look()?;
        Ok(requests.iter().map(|request| self.observe(request.target, look.clone(), now)).collect())
    }

    fn observe(
        &mut self,
        target: &Target,
        look: GroupLook,
        now: Timestamp,
    ) -> Result<Observation, FleetError> {
        let TargetKind::RedisNodes(_) = &target.kind else {
            return Err(another_kind(Operation::DescribeReplicationGroups, target));
        };
        let minutes = lookback_minutes(target);
        let needed = look.group().map(|group| node_metrics_needed(target, group)).unwrap_or_default();
        let series: usize = needed.values().map(std::collections::BTreeSet::len).sum();
        // Metrics that cannot be read are missing; the group is seen all the same.
        let mut signals_read = true;
        for _ in 0..series.div_ceil(500) {
            signals_read &= self.shared.call(Operation::GetMetricData).is_ok();
        }
        let group = look.group();
        let signals = needed
            .into_iter()
            .map(|(node, metrics)| {
                let since = group.and_then(|group: &Group| group.nodes().find(|one| one.id == node));
                let since = since.and_then(|node| node.created);
                let ring = self.shared.metrics.ring(node.as_str(), SERIES, self.shared.now);
                let read = |metric: NodeMetric| {
                    if !signals_read {
                        return Reading::Missing;
                    }
                    let now_here = self.shared.now;
                    Reading::new(
                        self.shared.metrics.read(ring, metric as usize, minutes, now_here),
                        since,
                        now,
                    )
                };
                let readings = metrics.into_iter().map(|metric| (metric, read(metric))).collect();
                (node, readings)
            })
            .collect();
        Ok(Observation::RedisNodes(RedisObservation { at: now, look, signals, signals_read }))
    }

    /// DescribeReplicationGroups, DescribeCacheClusters and DescribeScalableTargets; the types that it may grow to, where they are asked for.
    pub(in crate::account) fn look(&mut self) -> Result<GroupLook, FleetError> {
        self.shared.call(Operation::DescribeReplicationGroups)?;
        self.shared.call(Operation::DescribeCacheClusters)?;
        let found = self.nodes.describe(self.shared.now).map_or(Found::Nothing, Found::Group);
        self.shared.call(Operation::DescribeScalableTargets)?;
        let asks = !self.kind.node_types.is_empty();
        // Types that cannot be read are not known; the group is seen all the same.
        let larger = asks && self.shared.call(Operation::ListAllowedNodeTypeModifications).is_ok();
        let larger_types = larger.then(|| node_types::larger(&self.nodes.node_type));
        Ok(GroupLook { found, scalable: self.native.clone(), larger_types })
    }

    pub(in crate::account) fn apply(&mut self, target: &Target, action: &Action) -> Outcome {
        let outcome = match action {
            Action::IncreaseReplicas(more) => self.increase(more),
            Action::DecreaseReplicas(fewer) => self.decrease(fewer),
            Action::SetShards(set) => self.set_shards(set),
            Action::SetNodeType(set) => self.set_node_type(set),
            Action::CreateReplica(_)
            | Action::ChangeRecords(_)
            | Action::DeleteReplica(_)
            | Action::SetDesiredCount(_)
            | Action::SetBounds(_)
            | Action::SetStrategy(_)
            | Action::Warm(_) => Err(not_of_this_kind(target, action)),
        };
        outcome.unwrap_or_else(|outcome| outcome)
    }

    fn increase(&mut self, more: &IncreaseReplicas) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::IncreaseReplicaCount)?;
        self.asked_at_rest()?;
        if self.stands(&more.shards)? {
            return Ok(Outcome::AlreadySatisfied);
        }
        let wanted = wanted(&more.shards);
        let now = self.shared.now;
        let truth = Truth::of(&self.nodes, &self.plant, &self.native);
        self.watcher.increases(&wanted, &truth, now);
        self.nodes.may_increase(&wanted)?;
        self.has_nodes()?;
        self.nodes.increase(&wanted, now);
        self.changes.push(Change::Out);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn decrease(&mut self, fewer: &DecreaseReplicas) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::DecreaseReplicaCount)?;
        self.asked_at_rest()?;
        if self.stands(&fewer.shards)? {
            return Ok(Outcome::AlreadySatisfied);
        }
        let wanted = wanted(&fewer.shards);
        let now = self.shared.now;
        let truth = Truth::of(&self.nodes, &self.plant, &self.native);
        self.watcher.decreases(&wanted, fewer.named.as_ref(), &truth, now);
        self.nodes.may_decrease(&wanted, fewer.named.as_ref())?;
        self.nodes.decrease(&wanted, fewer.named.as_ref(), now);
        self.changes.push(Change::In);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn set_shards(&mut self, set: &SetShards) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::ModifyReplicationGroupShardConfiguration)?;
        self.asked_at_rest()?;
        let (current, to) = (number(self.nodes.shards.len()), set.to.0);
        if current == to {
            return Ok(Outcome::AlreadySatisfied);
        }
        if current != set.from.0 {
            return Err(Outcome::Stale { why: format!("there are {current} shards, not {}", set.from) });
        }
        let now = self.shared.now;
        let truth = Truth::of(&self.nodes, &self.plant, &self.native);
        self.watcher.reshards(to, &truth, now);
        self.nodes.may_reshard(to, &set.removed)?;
        if to > current {
            self.has_nodes()?;
        }
        self.nodes.reshard(to, &set.removed, now);
        self.changes.push(if to > current { Change::Out } else { Change::In });
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    fn set_node_type(&mut self, set: &SetNodeType) -> Result<Outcome, Outcome> {
        let lost = self.shared.changing_call(Operation::ModifyReplicationGroup)?;
        self.asked_at_rest()?;
        if self.nodes.node_type == set.to {
            return Ok(Outcome::AlreadySatisfied);
        }
        if self.nodes.node_type != set.from {
            let why = format!("the nodes are of type {}, not {}", self.nodes.node_type, set.from);
            return Err(Outcome::Stale { why });
        }
        let now = self.shared.now;
        self.watcher.retypes(&set.to, now);
        self.nodes.may_retype(&set.to)?;
        self.has_nodes()?;
        self.nodes.retype(set.to.clone(), now);
        self.changes.push(Change::Out);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    /// A change that is asked for while another is under way is a defect, unless that could not be seen.
    fn asked_at_rest(&mut self) -> Result<(), Outcome> {
        let busy_since = self.nodes.busy_since;
        self.watcher.asked(busy_since, self.shared.now);
        self.nodes.takes_changes()
    }

    /// Whether every shard has what it is to have already.
    ///
    /// # Errors
    /// One has neither what was expected nor what is wanted.
    fn stands(&self, shards: &[ShardReplicas]) -> Result<bool, Outcome> {
        let mut all = true;
        for wanted in shards {
            let Some(shard) = self.nodes.shards.iter().find(|shard| shard.id == wanted.shard) else {
                return Err(Outcome::Stale { why: format!("there is no shard {}", wanted.shard) });
            };
            let current = shard.replicas();
            all &= current == wanted.to.0;
            if current != wanted.from.0 && current != wanted.to.0 {
                let why = format!("shard {} has {current} replicas, not {}", wanted.shard, wanted.from);
                return Err(Outcome::Stale { why });
            }
        }
        Ok(all)
    }

    /// Whether AWS has nodes to give.
    fn has_nodes(&mut self) -> Result<(), Outcome> {
        let message = match self.shortage.take() {
            None => return Ok(()),
            Some(NodeShortage::Capacity) => {
                "InsufficientCacheClusterCapacity: the node type is not available in this zone"
            }
            Some(NodeShortage::Quota) => {
                "NodeQuotaForCustomerExceeded: the account may have no more nodes in this Region"
            }
        };
        Err(failed(FailureClass::PersonNeeded, message))
    }
}

fn wanted(shards: &[ShardReplicas]) -> Vec<(ShardId, u32)> {
    shards.iter().map(|shard| (shard.shard.clone(), shard.to.0)).collect()
}

//! What the scaler sees of a replication group and does to it: every AWS call counted and open to faults.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tidegate_policy::evaluate::{larger_types_matter, lookback_minutes, node_metrics_needed};
use tidegate_policy::names::{NodeId, NodeType, ShardId};
use tidegate_policy::observation::{Found, Group, GroupLook, Observation, Reading, RedisObservation};
use tidegate_policy::plan::{
    DecreaseReplicas, IncreaseReplicas, RedisNodesAction, SetNodeType, SetShards, ShardReplicas,
};
use tidegate_policy::policy::{NodeMetric, RedisNodes, Target};
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::FleetError;

use crate::account::call::{answered, buy, failed};
use crate::account::change::Change;
use crate::account::faults::Operation;
use crate::account::region::Region;
use crate::account::request::PartRequest;
use crate::account::shared::Common;
use crate::world::NodeShortage;

use super::State;
use super::group::number;
use super::measured::SERIES;
use super::node_types;
use super::watcher::Truth;

/// DescribeReplicationGroups and DescribeCacheClusters answer so many a page.
const A_PAGE: usize = 100;
/// DescribeScalableTargets takes so many resources.
const RESOURCES_A_CALL: usize = 50;

/// Sees all these groups in as few calls as AWS allows, in their order.
pub(in crate::account) fn observe_all(
    asked: &mut [PartRequest<'_, State, RedisNodes>],
    region: Region,
    common: &RefCell<Common>,
    now: Timestamp,
) -> Vec<Result<Observation, FleetError>> {
    let call =
        |operation, times: usize| (0..times.max(1)).try_for_each(|_| common.borrow_mut().call(operation));
    if asked.is_empty() {
        return Vec::new();
    }
    let described = call(Operation::DescribeReplicationGroups, region.groups.div_ceil(A_PAGE))
        .and_then(|()| call(Operation::DescribeCacheClusters, region.nodes.div_ceil(A_PAGE)))
        .and_then(|()| call(Operation::DescribeScalableTargets, asked.len().div_ceil(RESOURCES_A_CALL)));
    if let Err(error) = described {
        return asked.iter().map(|_| Err(error.clone())).collect();
    }
    let looks: Vec<GroupLook> = asked.iter_mut().map(|asked| asked.state.described()).collect();
    let needed: Vec<Needed> = asked
        .iter()
        .zip(&looks)
        .map(|(asked, look)| look.group().map(|group| node_metrics_needed(asked.target, group)))
        .map(Option::unwrap_or_default)
        .collect();
    let series = needed.iter().flat_map(BTreeMap::values).map(BTreeSet::len).sum();
    // Metrics that cannot be read are missing; the groups are seen all the same.
    let bought = buy(common, series).is_ok();
    asked
        .iter_mut()
        .zip(looks.into_iter().zip(needed))
        .map(|(asked, (look, needed))| Ok(asked.state.observation(asked.target, look, needed, bought, now)))
        .collect()
}

/// The metrics that are bought of each node.
type Needed = BTreeMap<NodeId, BTreeSet<NodeMetric>>;

impl State {
    fn observation(
        &mut self,
        target: &Target,
        look: GroupLook,
        needed: Needed,
        bought: bool,
        now: Timestamp,
    ) -> Observation {
        let minutes = lookback_minutes(target);
        let signals_read = needed.is_empty() || bought;
        let group = look.group();
        let signals = needed
            .into_iter()
            .map(|(node, metrics)| {
                let since = group.and_then(|group: &Group| group.nodes().find(|one| one.id == node));
                let since = since.and_then(|node| node.created);
                let here = self.shared.now;
                let ring = self.shared.metrics.ring(node.as_str(), SERIES, here);
                let read = |metric: NodeMetric| {
                    if !signals_read {
                        return Reading::Missing;
                    }
                    let points = self.shared.metrics.read(ring, metric as usize, minutes, here);
                    Reading::new(points, since, now)
                };
                let readings = metrics.into_iter().map(|metric| (metric, read(metric))).collect();
                (node, readings)
            })
            .collect();
        let mut seen = RedisObservation { at: now, look, signals, signals_read };
        if larger_types_matter(target, &seen) {
            seen.look.larger_types = self.larger_types();
        }
        Observation::RedisNodes(seen)
    }

    /// DescribeReplicationGroups, DescribeCacheClusters, DescribeScalableTargets and the types that it may grow to, of this group alone.
    pub(in crate::account) fn look(&mut self) -> Result<GroupLook, FleetError> {
        self.shared.call(Operation::DescribeReplicationGroups)?;
        self.shared.call(Operation::DescribeCacheClusters)?;
        self.shared.call(Operation::DescribeScalableTargets)?;
        let larger_types = if self.kind.node_types.is_empty() { None } else { self.larger_types() };
        Ok(GroupLook { larger_types, ..self.described() })
    }

    /// What these answer.
    fn described(&mut self) -> GroupLook {
        let found = self.nodes.describe(self.shared.now).map_or(Found::Nothing, Found::Group);
        GroupLook { found, scalable: self.native.clone(), larger_types: None }
    }

    /// ListAllowedNodeTypeModifications. Types that cannot be read are not known; the group is seen all the same.
    fn larger_types(&mut self) -> Option<Vec<NodeType>> {
        self.shared.call(Operation::ListAllowedNodeTypeModifications).ok()?;
        Some(node_types::larger(&self.nodes.node_type))
    }

    pub(in crate::account) fn apply(&mut self, action: &RedisNodesAction) -> Outcome {
        let outcome = match action {
            RedisNodesAction::IncreaseReplicas(more) => self.increase(more),
            RedisNodesAction::DecreaseReplicas(fewer) => self.decrease(fewer),
            RedisNodesAction::SetShards(set) => self.set_shards(set),
            RedisNodesAction::SetNodeType(set) => self.set_node_type(set),
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
        self.watcher.gives_room((to > current).then_some((to, &self.nodes.node_type)));
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
        let truth = Truth::of(&self.nodes, &self.plant, &self.native);
        self.watcher.retypes(&set.to, &truth, now);
        self.nodes.may_retype(&set.to)?;
        self.has_nodes()?;
        self.watcher.gives_room(Some((number(self.nodes.shards.len()), &set.to)));
        self.nodes.retype(set.to.clone(), now);
        self.changes.push(Change::Out);
        Ok(answered(lost, Outcome::Applied { change: None }))
    }

    /// A change that is asked for while another is under way is a defect, unless that could not be seen.
    fn asked_at_rest(&mut self) -> Result<(), Outcome> {
        let busy_since = self.nodes.busy_since;
        let now = self.shared.now.timestamp();
        let order = self.shared.history().and_then(|history| history.orders.bounds.clone());
        let order = order.filter(|order| now < order.until);
        let least = order.as_ref().and_then(|order| order.min).map_or(0, |least| least.0);
        self.watcher.commanded(least, order.is_some_and(|order| order.max.is_some()));
        self.watcher.asked(busy_since, self.nodes.compatible_since(), self.shared.now);
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

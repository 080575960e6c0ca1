//! Reach: how far each lever goes from a group as it stands, in nodes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::history::Shape;
use crate::names::{NodeType, ShardId};
use crate::observation::{Group, GroupLook, Role};
use crate::policy::{ClusterMode, REPLICAS_A_SHARD, RedisNodes};
use crate::reason::{Explanation, Reason};
use crate::units::Count;

/// How large a group is, and how large it may become.
pub(crate) struct Reach<'a> {
    pub(crate) redis: &'a RedisNodes,
    pub(crate) group: &'a Group,
    pub(crate) shape: Shape,
    look: &'a GroupLook,
    now: Timestamp,
}

/// The replicas of each shard, and the type of the nodes.
pub(crate) fn shape(group: &Group) -> Shape {
    let replicas = |nodes: usize| Count::of_len(nodes).minus(Count::ONE);
    let shards = group.shards.iter().map(|shard| (shard.id.clone(), replicas(shard.nodes.len())));
    Shape { replicas: shards.collect(), node_type: group.node_type.clone() }
}

impl<'a> Reach<'a> {
    pub(crate) fn new(redis: &'a RedisNodes, look: &'a GroupLook, group: &'a Group, now: Timestamp) -> Self {
        Self { redis, group, shape: shape(group), look, now }
    }

    /// The nodes that there are.
    pub(crate) fn nodes(&self) -> Count {
        self.shape.nodes()
    }

    /// The fewest replicas that every shard keeps: the policy's word, and what failover needs.
    pub(crate) fn lowest(&self) -> Count {
        let needed = if self.group.needs_a_replica() { Count::ONE } else { Count::ZERO };
        self.redis.replicas.min.max(needed)
    }

    /// The most replicas that a shard may have.
    pub(crate) fn highest(&self) -> Count {
        self.redis.replicas.max.min(REPLICAS_A_SHARD).max(self.lowest())
    }

    /// The replicas of the shard that has the fewest.
    fn fewest(&self) -> Count {
        self.shape.replicas.values().copied().min().unwrap_or(Count::ZERO)
    }

    /// The nodes that there would be with so many replicas in every shard, or more where there are more.
    pub(crate) fn nodes_with_replicas(&self, least: Count) -> Count {
        self.shape.replicas.values().fold(self.shape.shards(), |sum, count| sum.plus((*count).max(least)))
    }

    /// What each shard that has fewer would be given.
    pub(crate) fn raised_to(&self, least: Count) -> BTreeMap<ShardId, Count> {
        let fewer = self.shape.replicas.iter().filter(|(_, count)| **count < least);
        fewer.map(|(shard, _)| (shard.clone(), least)).collect()
    }

    /// So many replicas more for each shard, as far as a shard may have them.
    ///
    /// # Errors
    /// `ReplicaLimit` when every shard has all that it may have.
    pub(crate) fn more_replicas(&self, step: Count) -> Result<Count, Explanation> {
        let (fewest, highest) = (self.fewest(), self.highest());
        if fewest >= highest {
            let detail = format!("{highest} replicas are the most that a shard may have");
            return Err(Explanation::new(Reason::ReplicaLimit, detail));
        }
        Ok(fewest.plus(step).min(highest))
    }

    /// The most replicas in every shard with which there are no more than `nodes`.
    pub(crate) fn replicas_within(&self, nodes: Count) -> Count {
        let (fewest, highest) = (self.fewest().0, self.highest().0);
        let fits = (fewest..=highest).rev().find(|least| self.nodes_with_replicas(Count(*least)) <= nodes);
        Count(fits.unwrap_or(fewest))
    }

    /// The fewest replicas in every shard with which there are `nodes` at least, if any are enough.
    pub(crate) fn replicas_for(&self, nodes: Count) -> Option<Count> {
        let (fewest, highest) = (self.fewest().0, self.highest().0);
        (fewest..=highest).map(Count).find(|least| self.nodes_with_replicas(*least) >= nodes)
    }

    /// So many shards more, as far as there may be.
    ///
    /// # Errors
    /// Why their number does not go up.
    pub(crate) fn more_shards(&self, step: Count) -> Result<Count, Explanation> {
        let bounds = self.may_reshard()?;
        let shards = self.shape.shards();
        if self.fewest() < self.lowest() {
            // ElastiCache gives a new shard as many replicas as the smallest has.
            let detail = format!(
                "a new shard would have {} replicas, and {} are needed",
                self.fewest(),
                self.lowest()
            );
            return Err(Explanation::new(Reason::FailoverMinimum, detail));
        }
        if shards >= bounds.max {
            let detail = format!("{shards} shards are there, and shards.max is {}", bounds.max);
            return Err(Explanation::new(Reason::AlreadyAtMaxCapacity, detail));
        }
        Ok(shards.plus(step).min(bounds.max))
    }

    /// Whether one shard more stays within so many nodes: what the maximum has no room for helps nobody, and another lever may.
    ///
    /// # Errors
    /// `AlreadyAtMaxCapacity`.
    pub(crate) fn room_for_a_shard(&self, most: Count) -> Result<(), Explanation> {
        let nodes = self.nodes_with_shards(self.shape.shards().plus(Count::ONE));
        if nodes <= most {
            return Ok(());
        }
        let detail = format!("with a shard more there would be {nodes} nodes, and {most} are the most");
        Err(Explanation::new(Reason::AlreadyAtMaxCapacity, detail))
    }

    /// Whether the number of shards is ours to change.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) fn may_reshard(&self) -> Result<crate::observation::CapacityBounds, Explanation> {
        if self.group.cluster_mode == ClusterMode::Disabled {
            let detail = "with cluster mode disabled there is one shard";
            return Err(Explanation::new(Reason::NoMemoryLever, detail));
        }
        let Some(bounds) = self.redis.shards else {
            let detail = "the policy does not let the number of shards change: write `shards`";
            return Err(Explanation::new(Reason::NoMemoryLever, detail));
        };
        self.not_global()?;
        Ok(bounds)
    }

    /// The nodes that there would be with so many shards more: each new one gets as many replicas as the smallest has.
    pub(crate) fn nodes_with_shards(&self, shards: Count) -> Count {
        let more = shards.minus(self.shape.shards()).0;
        self.nodes().plus(Count(more.saturating_mul(self.fewest().plus(Count::ONE).0)))
    }

    /// The next larger node type of the policy.
    ///
    /// # Errors
    /// Why there is none, or none that ElastiCache offers. That it waits for the maintenance window is [`Reach::in_maintenance`]'s to say.
    pub(crate) fn larger_type(&self) -> Result<NodeType, Explanation> {
        let (ladder, current) = (&self.redis.node_types, &self.group.node_type);
        let none = |detail: String| Err(Explanation::new(Reason::NoMemoryLever, detail));
        if ladder.is_empty() {
            return none("the policy does not let the node type change: write `node_types`".to_owned());
        }
        let Some(place) = ladder.iter().position(|step| step == current) else {
            return none(format!("the nodes are of type {current}, which is not in `node_types`"));
        };
        let Some(next) = ladder.get(place + 1) else {
            return none(format!("{current} is the largest of `node_types`"));
        };
        self.not_global()?;
        let unreachable = |detail: String| Err(Explanation::new(Reason::NodeTypeUnreachable, detail));
        match &self.look.larger_types {
            Some(types) if types.contains(next) => Ok(next.clone()),
            Some(types) if types.is_empty() => {
                unreachable(format!("ElastiCache offers the group no larger node type than {current}"))
            }
            Some(types) => {
                let offered: Vec<_> = types.iter().map(NodeType::as_str).collect();
                unreachable(format!(
                    "ElastiCache does not offer {next} to the group, but {}: write one of those in `node_types`",
                    offered.join(", ")
                ))
            }
            None => unreachable(format!("whether ElastiCache offers {next} could not be read")),
        }
    }

    /// Whether ElastiCache does its own maintenance now.
    ///
    /// # Errors
    /// `AwaitMaintenance` with the window.
    pub(crate) fn in_maintenance(&self, next: &NodeType) -> Result<(), Explanation> {
        let detail = match self.group.maintenance {
            Some(window) if window.contains(self.now) => return Ok(()),
            Some(window) => format!("{next} waits for the group's maintenance window, {window}"),
            None => format!("{next} waits for the group's maintenance window, and ElastiCache tells none"),
        };
        Err(Explanation::new(Reason::AwaitMaintenance, detail))
    }

    /// One replica less in each of the shards that have the most: what each would be left with.
    ///
    /// # Errors
    /// `FailoverMinimum` or `AlreadyAtMinCapacity` when every shard has the fewest that it keeps.
    pub(crate) fn fewer_replicas(&self) -> Result<BTreeMap<ShardId, Count>, Explanation> {
        let most = self.shape.replicas.values().copied().max().unwrap_or(Count::ZERO);
        let lowest = self.lowest();
        if most <= lowest {
            let (reason, why) = if lowest > Count::ZERO {
                (Reason::FailoverMinimum, "failover needs")
            } else {
                (Reason::AlreadyAtMinCapacity, "the policy keeps")
            };
            let detail = format!("{why} {lowest} in each shard, and no shard has more replicas");
            return Err(Explanation::new(reason, detail));
        }
        let full = self.shape.replicas.iter().filter(|(_, count)| **count == most);
        Ok(full.map(|(shard, count)| (shard.clone(), count.minus(Count::ONE))).collect())
    }

    /// The shard that goes where one does: the last by its id, as ElastiCache numbers them.
    ///
    /// # Errors
    /// Why none does.
    pub(crate) fn fewer_shards(&self) -> Result<ShardId, Explanation> {
        let bounds = self.may_reshard()?;
        let least = bounds.min.max(Count::ONE);
        if self.shape.shards() <= least {
            let detail = format!("{} shards are there, and shards.min is {least}", self.shape.shards());
            return Err(Explanation::new(Reason::AlreadyAtMinCapacity, detail));
        }
        let last = self.shape.replicas.keys().next_back().cloned();
        last.ok_or_else(|| Explanation::new(Reason::GroupBusy, "ElastiCache tells of no shard"))
    }

    fn not_global(&self) -> Result<(), Explanation> {
        match &self.group.global {
            None => Ok(()),
            Some(global) => {
                let detail = format!(
                    "the group belongs to the Global Datastore {global}, where shards and node types are changed"
                );
                Err(Explanation::new(Reason::GlobalDatastore, detail))
            }
        }
    }
}

/// Whether the group can be changed at all as it stands, in words if not: the group, every shard and every node available, nothing under way.
pub(crate) fn busy(group: &Group) -> Option<String> {
    use crate::observation::{Availability, Failover};
    if group.status != Availability::Available {
        return Some(format!("the group is {}", group.status.word()));
    }
    if let Some(pending) = group.pending.first() {
        return Some(format!("the group has {pending} under way"));
    }
    if group.failover == Failover::Changing {
        return Some("automatic failover is being switched on or off".to_owned());
    }
    for shard in &group.shards {
        if shard.status != Availability::Available {
            return Some(format!("shard {} is {}", shard.id, shard.status.word()));
        }
        let primaries = shard.nodes.iter().filter(|node| node.role == Role::Primary).count();
        if shard.nodes.is_empty() || (group.cluster_mode == ClusterMode::Disabled && primaries != 1) {
            return Some(format!("shard {} has {primaries} primaries", shard.id));
        }
    }
    if group.shards.is_empty() {
        return Some("ElastiCache tells of no shard".to_owned());
    }
    let nodes = group.nodes().chain(&group.strays);
    nodes.into_iter().find(|node| node.status != Availability::Available).map_or_else(
        || group.strays.first().map(|node| format!("node {} belongs to no shard yet", node.id)),
        |node| Some(format!("node {} is {}", node.id, node.status.word())),
    )
}

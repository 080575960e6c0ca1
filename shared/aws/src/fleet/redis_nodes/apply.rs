//! The four mutations of a replication group. Each is held to what it expects by a look right before: what is already so is not asked for
//! again, and where somebody else was at work the next wake-up plans anew. All apply at once: AWS takes most of them in no other way.

use aws_sdk_elasticache::types::ConfigureShard;
use tidegate_policy::names::{GroupName, NodeId};
use tidegate_policy::observation::{Availability, Group, Role, Shard};
use tidegate_policy::plan::{DecreaseReplicas, IncreaseReplicas, SetNodeType, SetShards, ShardReplicas};
use tidegate_policy::policy::ClusterMode;
use tidegate_policy::record::Outcome;
use tidegate_policy::units::Count;

use super::Groups;
use crate::failure::{Failure, Operation};
use crate::fleet::scalable::number;

/// Why ElastiCache may refuse to move slots (ElastiCache user guide, "Online cluster resizing").
const RESHARDING: &str = "no item above 256 MB serialised can be moved to another shard, and the shards need the memory that \
                          `reserved-memory-percent` keeps free";

fn stale(why: String) -> Outcome {
    Outcome::Stale { why }
}

impl Groups {
    /// IncreaseReplicaCount of the shards that it names.
    pub(in crate::fleet) async fn increase(&self, more: &IncreaseReplicas) -> Outcome {
        let IncreaseReplicas { group: name, shards } = more;
        let group = match self.may_change(name, |group| replicas_as_expected(name, group, shards)).await {
            Ok(group) => group,
            Err(outcome) => return outcome,
        };
        let call = self.elasticache.increase_replica_count().replication_group_id(name.as_str());
        let call = match (group.cluster_mode, shards.as_slice()) {
            (ClusterMode::Disabled, [shard]) => call.new_replica_count(number(shard.to)),
            (ClusterMode::Disabled, _) => return one_shard(name),
            (ClusterMode::Enabled, shards) => call.set_replica_configuration(Some(configuration(shards))),
        };
        match call.apply_immediately(true).send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::INCREASE_REPLICAS, &error)),
        }
    }

    /// DecreaseReplicaCount of the shards that it names, or of the one replica. Of the three ways to say what goes AWS takes exactly one.
    pub(in crate::fleet) async fn decrease(&self, fewer: &DecreaseReplicas) -> Outcome {
        let DecreaseReplicas { group: name, shards, named } = fewer;
        let expected = |group: &Group| {
            replicas_as_expected(name, group, shards)?;
            named.as_ref().map_or(Ok(()), |node| is_replica(name, group, shards, node))
        };
        let group = match self.may_change(name, expected).await {
            Ok(group) => group,
            Err(outcome) => return outcome,
        };
        let call = self.elasticache.decrease_replica_count().replication_group_id(name.as_str());
        let call = match (group.cluster_mode, named, shards.as_slice()) {
            (_, Some(node), _) => call.replicas_to_remove(node.as_str()),
            (ClusterMode::Disabled, None, [shard]) => call.new_replica_count(number(shard.to)),
            (ClusterMode::Disabled, None, _) => return one_shard(name),
            (ClusterMode::Enabled, None, shards) => {
                call.set_replica_configuration(Some(configuration(shards)))
            }
        };
        match call.apply_immediately(true).send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::DECREASE_REPLICAS, &error)),
        }
    }

    /// ModifyReplicationGroupShardConfiguration, with the shards that go on the way in.
    pub(in crate::fleet) async fn set_shards(&self, set: &SetShards) -> Outcome {
        let SetShards { group: name, from, to, removed } = set;
        let expected = |group: &Group| {
            let shards = Count::of_len(group.shards.len());
            as_expected(shards, *from, *to, || format!("{name} has {shards} shards, no longer {from}"))?;
            if Count::of_len(removed.len()) != from.minus(*to) {
                return Err(stale(format!(
                    "{} shards of {name} are named for {from} -> {to}",
                    removed.len()
                )));
            }
            match removed.iter().find(|id| !group.shards.iter().any(|shard| shard.id == **id)) {
                Some(gone) => Err(stale(format!("{name} has no shard {gone} any more"))),
                None => Ok(()),
            }
        };
        if let Err(outcome) = self.may_change(name, expected).await {
            return outcome;
        }
        let call = self
            .elasticache
            .modify_replication_group_shard_configuration()
            .replication_group_id(name.as_str())
            .node_group_count(number(*to))
            .apply_immediately(true);
        let removed: Vec<_> = removed.iter().map(ToString::to_string).collect();
        let call = call.set_node_groups_to_remove((!removed.is_empty()).then_some(removed));
        match call.send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => {
                let mut failure = Failure::of(Operation::MODIFY_SHARDS, &error);
                if failure.is("InvalidParameterValue") || failure.is("InvalidParameterCombination") {
                    failure.message.push_str(&format!("; {RESHARDING}"));
                }
                refused(failure)
            }
        }
    }

    /// ModifyReplicationGroup with the node type and nothing else.
    pub(in crate::fleet) async fn set_node_type(&self, set: &SetNodeType) -> Outcome {
        let SetNodeType { group: name, from, to } = set;
        let expected = |group: &Group| {
            let now = &group.node_type;
            as_expected(now, from, to, || format!("the nodes of {name} are {now}, no longer {from}"))
        };
        if let Err(outcome) = self.may_change(name, expected).await {
            return outcome;
        }
        let call = self.elasticache.modify_replication_group().replication_group_id(name.as_str());
        match call.cache_node_type(to.as_str()).apply_immediately(true).send().await {
            Ok(_) => Outcome::Applied { change: None },
            Err(error) => refused(Failure::of(Operation::MODIFY_GROUP, &error)),
        }
    }

    /// The group, if it is there, as the action expects it, and not at work.
    async fn may_change(
        &self,
        name: &GroupName,
        expected: impl FnOnce(&Group) -> Result<(), Outcome>,
    ) -> Result<Group, Outcome> {
        let group = self.right_before(name).await.map_err(Failure::outcome)?;
        let group = group.ok_or_else(|| stale(format!("there is no replication group {name} any more")))?;
        // What is already so, or on its way, is found before what is at work on it.
        expected(&group)?;
        match &group.status {
            Availability::Available => Ok(group),
            Availability::Other(word) => Err(stale(format!("{name} is {word}"))),
        }
    }
}

/// Something else may stand there than was expected: what was asked for, since an answer was lost, or somebody else's.
fn as_expected<T: PartialEq>(
    now: T,
    from: T,
    to: T,
    otherwise: impl FnOnce() -> String,
) -> Result<(), Outcome> {
    if now == from {
        Ok(())
    } else if now == to {
        Err(Outcome::AlreadySatisfied)
    } else {
        Err(stale(otherwise()))
    }
}

fn replicas_as_expected(name: &GroupName, group: &Group, shards: &[ShardReplicas]) -> Result<(), Outcome> {
    let now: Option<Vec<Count>> = shards
        .iter()
        .map(|wanted| group.shards.iter().find(|shard| shard.id == wanted.shard).map(replicas))
        .collect();
    let told = |now: &[Count]| {
        let now: Vec<_> = shards
            .iter()
            .zip(now)
            .filter(|(wanted, now)| wanted.from != **now)
            .map(|(wanted, now)| {
                format!("shard {} of {name} has {now} replicas, no longer {}", wanted.shard, wanted.from)
            })
            .collect();
        now.join("; ")
    };
    match now {
        Some(now) => {
            let all = |count: fn(&ShardReplicas) -> Count| shards.iter().map(count).collect::<Vec<_>>();
            let words = told(&now);
            as_expected(now, all(|shard| shard.from), all(|shard| shard.to), || words)
        }
        None => Err(stale(format!("{name} no longer has every shard that changes"))),
    }
}

/// Whether the node that goes is still a replica, and of the shard that gets one fewer. Roles may have flipped since planning.
fn is_replica(
    name: &GroupName,
    group: &Group,
    shards: &[ShardReplicas],
    node: &NodeId,
) -> Result<(), Outcome> {
    let [wanted] = shards else { return Err(one_shard(name)) };
    if wanted.from.minus(wanted.to) != Count::ONE {
        return Err(stale(format!("one node of {name} is named for {} -> {}", wanted.from, wanted.to)));
    }
    let shard = group.shards.iter().find(|shard| shard.id == wanted.shard);
    let found = shard.and_then(|shard| shard.nodes.iter().find(|found| found.id == *node));
    match found.map(|found| found.role) {
        Some(Role::Replica) => Ok(()),
        Some(Role::Primary) => Err(stale(format!("{node} is the primary of {name} by now"))),
        Some(Role::Unknown) => Err(stale(format!("ElastiCache does not say whether {node} is a replica"))),
        None => Err(stale(format!("{name} has no node {node} any more"))),
    }
}

fn replicas(shard: &Shard) -> Count {
    Count::of_len(shard.nodes.len()).minus(Count::ONE)
}

fn one_shard(name: &GroupName) -> Outcome {
    stale(format!("{name} has one shard, and the change is not about exactly one"))
}

fn configuration(shards: &[ShardReplicas]) -> Vec<ConfigureShard> {
    let of_shard = |shard: &ShardReplicas| {
        let builder = ConfigureShard::builder().node_group_id(shard.shard.as_str());
        builder.new_replica_count(number(shard.to)).build()
    };
    shards.iter().map(of_shard).collect()
}

/// A refused mutation. What is already so is done; that the group has gone is news, which the next wake-up looks at, and no failure.
fn refused(failure: Failure) -> Outcome {
    let gone = failure.is("ReplicationGroupNotFoundFault") || failure.is("CacheClusterNotFound");
    if failure.is("NoOperationFault") {
        Outcome::AlreadySatisfied
    } else if gone {
        stale(failure.message)
    } else {
        failure.outcome()
    }
}

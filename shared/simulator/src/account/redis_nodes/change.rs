//! The changes that ElastiCache takes, what it refuses, and how long each is under way.

use tidegate_policy::names::{NodeId, NodeType, ShardId};
use tidegate_policy::policy::{ClusterMode, REPLICAS_A_SHARD};
use tidegate_policy::record::{FailureClass, Outcome};

use crate::account::call::failed;
use crate::account::clock::Millis;

use super::group::{Life, Member, Nodes, ShardStage, number};
use super::node_types;
use super::work::Work;

/// Median of the time that a node takes to be made (?).
const CREATION_MEDIAN_MINUTES: f64 = 10.0;
const CREATION_SIGMA: f64 = 0.25;
const CREATION_FAILS: f64 = 0.01;
/// After so long ElastiCache gives a creation up (?).
const FAILURE_SHOWS_AFTER: Millis = Millis(30 * 60_000);
/// How long a resharding takes, minutes (?).
const RESHARDING_MINUTES: (f64, f64) = (15.0, 25.0);
/// Of a resharding, what the new shards take to be made, and when the first slot moves.
const SHARDS_MADE: f64 = 0.35;
const SLOTS_MOVE_FROM: f64 = 0.4;
/// Median of the time that another node type takes, all nodes one after the other (?).
const NODE_TYPE_MEDIAN_MINUTES: f64 = 20.0;
const NODE_TYPE_SIGMA: f64 = 0.2;

/// What ElastiCache says of a change: nothing, or why not.
type Answer = Result<(), Outcome>;

impl Nodes {
    /// Any change of a group that is at work on another fails.
    pub(super) fn takes_changes(&self) -> Answer {
        if self.compatible_until.is_some() {
            let message = "InvalidParameterCombination: cluster mode is compatible";
            return Err(failed(FailureClass::PersonNeeded, message));
        }
        if let Some(status) = self.status() {
            let message = format!("InvalidReplicationGroupState: the group is {status}");
            return Err(failed(FailureClass::RetryNextWake, &message));
        }
        if let Some(member) = self.busy_member() {
            let message = format!("InvalidCacheClusterState: {} is not available", member.id);
            return Err(failed(FailureClass::RetryNextWake, &message));
        }
        Ok(())
    }

    /// Whether IncreaseReplicaCount would be taken.
    pub(super) fn may_increase(&self, wanted: &[(ShardId, u32)]) -> Answer {
        for (id, to) in wanted {
            let current = self.replicas_of(id)?;
            if *to <= current {
                return invalid(format!("shard {id} has {current} replicas: {to} are not more"));
            }
            if *to > REPLICAS_A_SHARD.0 {
                return invalid(format!("shard {id} may have {REPLICAS_A_SHARD} replicas, not {to}"));
            }
        }
        Ok(())
    }

    /// Whether DecreaseReplicaCount would be taken.
    pub(super) fn may_decrease(&self, wanted: &[(ShardId, u32)], named: Option<&NodeId>) -> Answer {
        let least = u32::from(self.failover || self.multi_az);
        for (id, to) in wanted {
            let current = self.replicas_of(id)?;
            if *to >= current {
                return invalid(format!("shard {id} has {current} replicas: {to} are not fewer"));
            }
            if *to < least {
                return invalid(format!("shard {id} keeps {least} replica for failover, not {to}"));
            }
        }
        let Some(named) = named else { return Ok(()) };
        match self.members().find(|member| member.id == *named) {
            None => Err(Outcome::Stale { why: format!("there is no node {named}") }),
            Some(member) if member.primary => invalid(format!("{named} is the primary")),
            Some(_) => Ok(()),
        }
    }

    /// Whether ModifyReplicationGroupShardConfiguration would be taken.
    pub(super) fn may_reshard(&self, to: u32, removed: &[ShardId]) -> Answer {
        if self.cluster_mode == ClusterMode::Disabled {
            let message = "InvalidParameterCombination: cluster mode is disabled";
            return Err(failed(FailureClass::PersonNeeded, message));
        }
        let current = number(self.shards.len());
        if to == current || to == 0 {
            return invalid(format!("there are {current} shards: {to} is no change"));
        }
        let known = removed.iter().filter(|id| self.shards.iter().any(|shard| shard.id == **id)).count();
        if number(known) != current.saturating_sub(to) || known != removed.len() {
            return invalid(format!("from {current} to {to} shards, {} are named", removed.len()));
        }
        Ok(())
    }

    /// Whether ModifyReplicationGroup would take the node type.
    pub(super) fn may_retype(&self, to: &NodeType) -> Answer {
        if !node_types::larger(&self.node_type).contains(to) {
            return invalid(format!("the group cannot grow from {} to {to}", self.node_type));
        }
        Ok(())
    }

    fn replicas_of(&self, id: &ShardId) -> Result<u32, Outcome> {
        let shard = self.shards.iter().find(|shard| shard.id == *id);
        shard.map(super::group::Shard::replicas).ok_or_else(|| {
            failed(FailureClass::PersonNeeded, &format!("NodeGroupNotFoundFault: there is no shard {id}"))
        })
    }

    /// Replicas are made until each of these shards has so many.
    pub(super) fn increase(&mut self, wanted: &[(ShardId, u32)], now: Millis) {
        let mut first = Millis::NEVER;
        for (id, to) in wanted {
            let Some(at) = self.shards.iter().position(|shard| shard.id == *id) else { continue };
            for _ in self.shards[at].replicas()..*to {
                let mut draws = self.creations.member(self.made());
                let takes = draws.lognormal(CREATION_MEDIAN_MINUTES, CREATION_SIGMA);
                let fails = draws.chance(CREATION_FAILS) || std::mem::take(&mut self.fail_creation);
                let takes = if fails { FAILURE_SHOWS_AFTER } else { Millis::of_minutes(takes) };
                // The group says available up to a minute and a half before the node does (?).
                let early = Millis::of_minutes(draws.between(0.0, 1.5));
                first = first.min(now + takes - early);
                self.add_member(at, Life::Creating { since: now, until: now + takes, fails }, now);
            }
        }
        self.work = Some(Work::Replicas { until: first });
        self.touch(now);
    }

    /// Replicas go until each of these shards has so many: the one that is named, and else the newest.
    pub(super) fn decrease(&mut self, wanted: &[(ShardId, u32)], named: Option<&NodeId>, now: Millis) {
        for (id, to) in wanted {
            let Some(shard) = self.shards.iter_mut().find(|shard| shard.id == *id) else { continue };
            for _ in *to..shard.replicas() {
                let replicas = shard.members.iter_mut().filter(|member| member.stays() && !member.primary);
                let goes = replicas.max_by_key(|member| (Some(&member.id) == named, member.nth));
                if let Some(member) = goes {
                    delete(member, &self.creations, now);
                }
            }
        }
        let mut draws = self.creations.member(self.made() << 20 | 1);
        let until = now + Millis::of_minutes(draws.between(1.5, 2.5));
        self.work = Some(Work::Replicas { until });
        self.touch(now);
    }

    /// The slots are spread over so many shards, without those that go.
    pub(super) fn reshard(&mut self, to: u32, removed: &[ShardId], now: Millis) {
        let mut draws = self.creations.member(self.made() << 20 | 2);
        let minutes = draws.between(RESHARDING_MINUTES.0, RESHARDING_MINUTES.1);
        let made = now + Millis::of_minutes(minutes * SHARDS_MADE);
        let share = 1.0 / f64::from(to);
        for shard in &mut self.shards {
            let leaves = removed.contains(&shard.id);
            shard.stage = if leaves { ShardStage::Leaving } else { ShardStage::Steady };
            shard.share.1 = if leaves { 0.0 } else { share };
        }
        let fewest = self.shards.iter().map(super::group::Shard::replicas).min().unwrap_or(0);
        for _ in number(self.shards.len())..to {
            let life = |_| Life::Creating { since: now, until: made, fails: false };
            self.add_shard(fewest, (0.0, share), ShardStage::Coming, life, now);
        }
        self.work = Some(Work::Shards {
            moves_from: now + Millis::of_minutes(minutes * SLOTS_MOVE_FROM),
            until: now + Millis::of_minutes(minutes),
            fails: std::mem::take(&mut self.fail_resharding),
        });
        self.touch(now);
    }

    /// Every node is replaced by one of this type: the replicas first, then the primary, which fails over.
    pub(super) fn retype(&mut self, to: NodeType, now: Millis) {
        let order: Vec<Vec<NodeId>> = self
            .shards
            .iter()
            .map(|shard| {
                let of = |primary| shard.members.iter().filter(move |member| member.primary == primary);
                of(false).chain(of(true)).map(|member| member.id.clone()).collect()
            })
            .collect();
        let slices = order.iter().map(Vec::len).max().unwrap_or(1);
        let mut draws = self.creations.member(self.made() << 20 | 3);
        let minutes = draws.lognormal(NODE_TYPE_MEDIAN_MINUTES, NODE_TYPE_SIGMA);
        let each = Millis::of_minutes(minutes / slices as f64);
        self.replace(&order, 0, now);
        self.work = Some(Work::NodeType { to, order, slice: 0, each, until: now + each });
        self.touch(now);
    }

    /// The change under way comes to its next step, or to its end.
    pub(super) fn go_on(&mut self, now: Millis) {
        match self.work.take() {
            Some(Work::Shards { fails, .. }) => self.end_resharding(fails, now),
            Some(Work::NodeType { to, order, slice, each, .. }) => {
                for member in self.shards.iter_mut().flat_map(|shard| &mut shard.members) {
                    if member.life == Life::Modifying {
                        member.life = Life::Serving;
                        member.node_type = to.clone();
                        member.reach = 0.0;
                    }
                }
                let slice = slice + 1;
                if order.iter().all(|nodes| nodes.len() <= slice) {
                    self.node_type = to;
                } else {
                    self.replace(&order, slice, now);
                    self.work = Some(Work::NodeType { to, order, slice, each, until: now + each });
                }
            }
            Some(Work::Replicas { .. }) | None => {}
        }
    }

    /// The next node of each shard is replaced; a primary hands its role to a replica first.
    fn replace(&mut self, order: &[Vec<NodeId>], slice: usize, now: Millis) {
        for (shard, nodes) in self.shards.iter_mut().zip(order) {
            let Some(id) = nodes.get(slice) else { continue };
            if shard.primary().is_some_and(|primary| primary.id == *id) {
                shard.fail_over(now);
            }
            if let Some(member) = shard.members.iter_mut().find(|member| member.id == *id) {
                member.life = Life::Modifying;
            }
        }
    }

    fn end_resharding(&mut self, fails: bool, now: Millis) {
        let gone = if fails { ShardStage::Coming } else { ShardStage::Leaving };
        let (going, staying): (Vec<_>, Vec<_>) = self.shards.drain(..).partition(|shard| shard.stage == gone);
        self.shards = staying;
        for shard in &mut self.shards {
            shard.stage = ShardStage::Steady;
            // What was moved is moved back.
            let share = if fails { shard.share.0 } else { shard.share.1 };
            shard.share = (share, share);
        }
        for mut member in going.into_iter().flat_map(|shard| shard.members) {
            delete(&mut member, &self.creations, now);
            self.strays.push(member);
        }
    }
}

/// A node serves nobody from now on, and is gone some minutes later.
fn delete(member: &mut Member, key: &crate::random::Key, now: Millis) {
    let mut draws = key.member(member.nth << 20 | 4);
    let until = now + Millis::of_minutes(draws.between(3.0, 8.0));
    member.life = Life::Deleting { since: now, until };
    member.primary = false;
}

fn invalid(why: String) -> Answer {
    Err(failed(FailureClass::PersonNeeded, &format!("InvalidParameterValue: {why}")))
}

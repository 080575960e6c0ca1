//! ElastiCache in virtual time: the shards of one replication group, the lives of their nodes, and the one change that is under way.
//!
//! Facts: the ElastiCache user guide and API reference. Marked (?) where no live account has confirmed them.

use std::collections::VecDeque;

use tidegate_policy::names::{AvailabilityZone, GroupName, NodeId, NodeType, ShardId};
use tidegate_policy::observation::Group;
use tidegate_policy::policy::{ClusterMode, RedisNodes};

use crate::account::clock::Millis;
use crate::random::Key;

use super::measured::Measured;
use super::work::Work;

/// Where nodes are placed, in turn.
const ZONES: [&str; 3] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
/// Describes are eventually consistent: an answer can be this old (?).
pub(super) const DESCRIBE_LATENESS: Millis = Millis(60_000);
/// A node is counted as one minute at least.
const BILLED_AT_LEAST: Millis = Millis::MINUTE;

/// Where a node stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Until then; and then it serves, or is gone again.
    Creating { since: Millis, until: Millis, fails: bool },
    /// It serves, and can be changed.
    Serving,
    /// It is being replaced by one of another type.
    Modifying,
    /// It serves nobody any more.
    Deleting { since: Millis, until: Millis },
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: NodeId,
    pub(super) zone: AvailabilityZone,
    pub(super) node_type: NodeType,
    pub(super) primary: bool,
    /// Since when it has its role.
    pub(super) role_since: Millis,
    pub(super) created: Millis,
    pub(super) life: Life,
    /// How many of the clients that will connect have found it, 0 to 1.
    pub(super) reach: f64,
    /// The how-many-th node ever: what its luck is keyed by.
    pub(super) nth: u64,
    /// Of the last minute.
    pub(super) measured: Measured,
}

impl Member {
    /// Whether it answers clients.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.life, Life::Serving | Life::Modifying)
    }

    pub(super) fn stays(&self) -> bool {
        !matches!(self.life, Life::Deleting { .. })
    }

    fn until(&self) -> Millis {
        match self.life {
            Life::Creating { until, .. } | Life::Deleting { until, .. } => until,
            Life::Serving | Life::Modifying => Millis::NEVER,
        }
    }
}

/// What a resharding makes of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShardStage {
    /// It was there, and stays.
    Steady,
    /// It takes slots.
    Coming,
    /// It gives its slots away.
    Leaving,
}

/// One shard.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) id: ShardId,
    pub(super) stage: ShardStage,
    /// Its share of the slots before the resharding under way, and after it; the same at rest.
    pub(super) share: (f64, f64),
    pub(super) members: Vec<Member>,
}

impl Shard {
    /// Its replicas, as ElastiCache counts them: those that are being made too.
    pub(super) fn replicas(&self) -> u32 {
        number(self.members.iter().filter(|member| member.stays() && !member.primary).count())
    }

    pub(super) fn primary(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.primary)
    }

    /// A replica becomes the primary; the two that swapped, the old primary first.
    pub(super) fn fail_over(&mut self, now: Millis) -> Option<(NodeId, NodeId)> {
        let new = self.members.iter().position(|member| !member.primary && member.life == Life::Serving)?;
        let old = self.members.iter().position(|member| member.primary)?;
        for (at, primary) in [(old, false), (new, true)] {
            let member = &mut self.members[at];
            (member.primary, member.role_since) = (primary, now);
            // Clients of the reader endpoint find the old primary only in time.
            member.reach = if primary { 1.0 } else { 0.0 };
        }
        Some((self.members[old].id.clone(), self.members[new].id.clone()))
    }
}

/// One replication group.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) creations: Key,
    pub(super) stale: Key,
    pub(super) name: GroupName,
    pub(super) cluster_mode: ClusterMode,
    /// Until when a person migrates it from cluster mode disabled to enabled.
    pub(super) compatible_until: Option<Millis>,
    pub(super) compatible_since: Option<Millis>,
    pub(super) failover: bool,
    pub(super) multi_az: bool,
    pub(super) node_type: NodeType,
    /// By id; at least one.
    pub(super) shards: Vec<Shard>,
    /// Nodes of shards that are gone.
    pub(super) strays: Vec<Member>,
    pub(super) work: Option<Work>,
    pub(super) snapshot_until: Option<Millis>,
    /// Since when the group or one of its nodes is not available.
    pub(super) busy_since: Option<Millis>,
    /// The next creation fails.
    pub(super) fail_creation: bool,
    /// The next resharding fails.
    pub(super) fail_resharding: bool,
    made: u64,
    /// Of nodes that are gone.
    billed: Millis,
    pub(super) describes: u64,
    pub(super) current: Option<Group>,
    /// Earlier answers, each with the moment until which it was true.
    pub(super) earlier: VecDeque<(Millis, Group)>,
}

impl Nodes {
    /// A group that has stood for long with so many shards of so many replicas.
    pub(super) fn new(
        (creations, stale): (Key, Key),
        kind: &RedisNodes,
        (shards, replicas): (u32, u32),
        node_type: NodeType,
        multi_az: bool,
        now: Millis,
    ) -> Self {
        let mut group = Self {
            creations,
            stale,
            name: kind.group.clone(),
            cluster_mode: kind.cluster_mode,
            compatible_until: None,
            compatible_since: None,
            failover: kind.failover || kind.cluster_mode == ClusterMode::Enabled,
            multi_az,
            node_type,
            shards: Vec::new(),
            strays: Vec::new(),
            work: None,
            snapshot_until: None,
            busy_since: None,
            fail_creation: false,
            fail_resharding: false,
            made: 0,
            billed: Millis(0),
            describes: 0,
            current: None,
            earlier: VecDeque::new(),
        };
        let share = 1.0 / f64::from(shards);
        for _ in 0..shards {
            group.add_shard(replicas, (share, share), ShardStage::Steady, |_| Life::Serving, now);
        }
        group.touch(now);
        group
    }

    /// A shard with the next id, a primary and so many replicas.
    pub(super) fn add_shard(
        &mut self,
        replicas: u32,
        share: (f64, f64),
        stage: ShardStage,
        life: impl Fn(u64) -> Life,
        now: Millis,
    ) {
        let free = (1..).map(|nth: u32| ShardId::new(format!("{nth:04}")));
        let is_free = |id: &ShardId| !self.shards.iter().any(|shard| shard.id == *id);
        let Some(id) = free.into_iter().find(is_free) else { return };
        let at = self.shards.partition_point(|shard| shard.id < id);
        self.shards.insert(at, Shard { id, stage, share, members: Vec::new() });
        for _ in 0..=replicas {
            let life = life(self.made);
            self.add_member(at, life, now);
        }
        if let Some(first) = self.shards[at].members.first_mut() {
            first.primary = true;
        }
        // Nobody has to find what has stood for long.
        if stage == ShardStage::Steady {
            self.shards[at].members.iter_mut().for_each(|member| member.reach = 1.0);
        }
    }

    /// How many nodes were ever made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// A node with the lowest free name, in the zone with the fewest of its shard.
    pub(super) fn add_member(&mut self, shard: usize, life: Life, now: Millis) {
        let prefix = match self.cluster_mode {
            ClusterMode::Disabled => self.name.to_string(),
            ClusterMode::Enabled => format!("{}-{}", self.name, self.shards[shard].id),
        };
        let is_free = |id: &NodeId| !self.members().any(|member| member.id == *id);
        let free = (1..).map(|nth: u32| NodeId::new(format!("{prefix}-{nth:03}"))).find(is_free);
        let in_zone = |zone: &str| {
            let there = self.shards[shard].members.iter().filter(|member| member.stays());
            there.filter(|member| member.zone.as_str() == zone).count()
        };
        let zone = ZONES.into_iter().min_by_key(|zone| in_zone(zone));
        let (Some(id), Some(zone)) = (free, zone) else { return };
        self.shards[shard].members.push(Member {
            id,
            zone: AvailabilityZone::new(zone),
            node_type: self.node_type.clone(),
            primary: false,
            role_since: now,
            created: now,
            life,
            reach: 0.0,
            nth: self.made,
            measured: Measured::default(),
        });
        self.made += 1;
    }

    /// Every node there is, by shard.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.shards.iter().flat_map(|shard| &shard.members).chain(&self.strays)
    }

    /// The nodes that there will be once what was asked for is done.
    pub(super) fn desired(&self) -> u32 {
        let staying = self.shards.iter().filter(|shard| shard.stage != ShardStage::Leaving);
        number(staying.flat_map(|shard| &shard.members).filter(|member| member.stays()).count())
    }

    /// The group's own status; `None`: available.
    pub(super) fn status(&self) -> Option<&'static str> {
        match (&self.work, self.snapshot_until) {
            (Some(_), _) => Some("modifying"),
            (None, Some(_)) => Some("snapshotting"),
            (None, None) => None,
        }
    }

    /// The first node that is not available.
    pub(super) fn busy_member(&self) -> Option<&Member> {
        self.members().find(|member| member.life != Life::Serving)
    }

    /// Since when it is being migrated.
    pub(super) fn compatible_since(&self) -> Option<Millis> {
        self.compatible_until.and(self.compatible_since)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.status().is_some() || self.busy_member().is_some()
    }

    /// When something happens next by itself.
    pub(super) fn next_step(&self) -> Millis {
        let members = self.members().map(Member::until).min().unwrap_or(Millis::NEVER);
        let work = self.work.as_ref().map_or(Millis::NEVER, Work::until);
        let others = [self.snapshot_until, self.compatible_until];
        others.into_iter().flatten().fold(members.min(work), Millis::min)
    }

    /// Whatever is due by now.
    pub(super) fn settle(&mut self, now: Millis) {
        if self.next_step() <= now {
            let billed = &mut self.billed;
            let mut live = |member: &mut Member| match member.life {
                Life::Creating { until, fails, .. } if until <= now => {
                    member.life = Life::Serving;
                    !fails
                }
                Life::Deleting { until, .. } if until <= now => {
                    *billed = *billed + (now - member.created).max(BILLED_AT_LEAST);
                    false
                }
                _ => true,
            };
            for shard in &mut self.shards {
                shard.members.retain_mut(&mut live);
            }
            self.strays.retain_mut(live);
            if self.work.as_ref().is_some_and(|work| work.until() <= now) {
                self.go_on(now);
            }
            self.snapshot_until = self.snapshot_until.filter(|until| *until > now);
            if self.compatible_until.take_if(|until| *until <= now).is_some() {
                self.touch(now);
            }
        }
        // While something is under way its description changes by itself, as the share of the slots that were moved.
        if self.busy_since.is_some() {
            self.touch(now);
        }
    }

    /// After every change that a describe shows.
    pub(super) fn touch(&mut self, now: Millis) {
        self.busy_since = if self.is_busy() { self.busy_since.or(Some(now)) } else { None };
        let answer = self.answer(now);
        if self.current.as_ref() != Some(&answer)
            && let Some(before) = self.current.replace(answer)
        {
            self.earlier.push_back((now, before));
        }
        while self.earlier.pop_front_if(|(until, _)| *until + DESCRIBE_LATENESS <= now).is_some() {}
    }

    /// Hours of nodes so far.
    pub(super) fn unit_hours(&self, now: Millis) -> f64 {
        let there = self.members().map(|member| (now - member.created).max(BILLED_AT_LEAST));
        there.fold(self.billed, |sum, span| sum + span).in_minutes() / 60.0
    }
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

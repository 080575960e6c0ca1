//! A replication group as an account has it: its members' states, which change by the clock, and what ElastiCache refuses of it.
//!
//! The facts are those of the ElastiCache user guide and of its API reference; each rule says which.

use jiff::{SignedDuration, Timestamp};

/// The node types that a group may grow through here, the smallest first.
pub const NODE_TYPES: [&str; 3] = ["cache.m7g.large", "cache.m7g.xlarge", "cache.m7g.2xlarge"];

/// The most replicas of a shard ("Replication: Valkey and Redis OSS cluster mode disabled vs. enabled").
const MOST_REPLICAS: usize = 5;
const ZONES: [&str; 3] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/// How long ElastiCache takes, on the test's clock; no whole minutes, so that no tick falls on an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupSpells {
    /// How long the group says `modifying` after its replicas were changed: it may be `available` again while a node is still `creating`.
    pub modifying: SignedDuration,
    /// From the request for a node until it is `available`.
    pub creating: SignedDuration,
    /// From the request until a node is gone.
    pub deleting: SignedDuration,
    /// From the request until keys are spread over another number of shards, or every node runs on another type.
    pub moving: SignedDuration,
}

impl Default for GroupSpells {
    fn default() -> Self {
        let seconds = SignedDuration::from_secs;
        Self { modifying: seconds(90), creating: seconds(210), deleting: seconds(150), moving: seconds(270) }
    }
}

/// What ElastiCache says instead of doing it: code and message.
pub(super) type Refused = (&'static str, String);

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) zone: String,
    pub(super) is_primary: bool,
    /// When it was asked for; `None` of a node that the stand-in made itself.
    pub(super) made: Option<Timestamp>,
    ready: Timestamp,
    gone: Option<Timestamp>,
}

impl Member {
    /// Of a group that is being made.
    pub(super) fn first(id: String, zone: String, is_primary: bool) -> Self {
        Self { id, zone, is_primary, made: None, ready: Timestamp::UNIX_EPOCH, gone: None }
    }

    /// `CacheClusterStatus`
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        match self.gone {
            Some(_) => "deleting",
            None if now < self.ready => "creating",
            None => "available",
        }
    }

    /// Whether its shard names it. When ElastiCache begins and ends to do so is documented nowhere: here in the middle of its coming and of
    /// its going, so that both are seen.
    pub(super) fn is_named(&self, now: Timestamp, spells: GroupSpells) -> bool {
        match self.gone {
            Some(gone) => now + spells.deleting / 2 < gone,
            None => now + spells.creating / 2 >= self.ready,
        }
    }

    /// Whether it holds data and answers.
    pub(super) fn serves(&self, now: Timestamp) -> bool {
        self.status(now) == "available"
    }
}

#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) id: String,
    pub(super) members: Vec<Member>,
}

impl Shard {
    fn replicas(&self) -> usize {
        self.members.iter().filter(|member| !member.is_primary && member.gone.is_none()).count()
    }
}

/// What takes the whole group, and when it is over.
#[derive(Clone, Debug)]
enum Moving {
    /// Keys to new shards, or away from these.
    Keys { since: Timestamp, leaving: Vec<String> },
    /// Every node to this type.
    Nodes { to: String },
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) cluster_mode: bool,
    /// Whether it fails over by itself, or has Multi-AZ.
    pub(super) needs_a_replica: bool,
    pub(super) node_type: String,
    pub(super) shards: Vec<Shard>,
    pub(super) spells: GroupSpells,
    /// A word of the scenario's own for `Status`.
    pub(super) status: Option<&'static str>,
    busy_until: Timestamp,
    moving: Option<Moving>,
}

impl Group {
    pub(super) fn new(id: String, cluster_mode: bool, needs_a_replica: bool, node_type: String) -> Self {
        Self {
            id,
            cluster_mode,
            needs_a_replica,
            node_type,
            shards: Vec::new(),
            spells: GroupSpells::default(),
            status: None,
            busy_until: Timestamp::UNIX_EPOCH,
            moving: None,
        }
    }

    /// Lets everything happen that is due.
    pub(super) fn settle(&mut self, now: Timestamp) {
        for shard in &mut self.shards {
            shard.members.retain(|member| member.gone.is_none_or(|at| now < at));
        }
        if now < self.busy_until {
            return;
        }
        match self.moving.take() {
            Some(Moving::Keys { leaving, .. }) => self.shards.retain(|shard| !leaving.contains(&shard.id)),
            Some(Moving::Nodes { to }) => {
                // The primary is replaced too, and hands over before.
                self.node_type = to;
                self.fail_over(now);
            }
            None => {}
        }
    }

    /// `Status`
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        let own = if now < self.busy_until { "modifying" } else { "available" };
        self.status.unwrap_or(own)
    }

    /// How far the keys have moved, in percent.
    pub(super) fn progress(&self, now: Timestamp) -> Option<f64> {
        let Some(Moving::Keys { since, .. }) = &self.moving else { return None };
        let all = self.busy_until.duration_since(*since).as_secs_f64();
        Some(now.duration_since(*since).as_secs_f64() / all * 100.0)
    }

    /// The primary of every shard hands over to its last replica that serves.
    pub(super) fn fail_over(&mut self, now: Timestamp) {
        for shard in &mut self.shards {
            let next = shard.members.iter().rposition(|member| !member.is_primary && member.serves(now));
            if let Some(next) = next {
                for (at, member) in shard.members.iter_mut().enumerate() {
                    member.is_primary = at == next;
                }
            }
        }
    }

    /// A change is refused while the group, or one of its members, is not available: with two different codes.
    fn is_at_rest(&self, now: Timestamp) -> Result<(), Refused> {
        let status = self.status(now);
        if status != "available" {
            let message =
                format!("Replication group must be in available state to be modified, it is {status}.");
            return Err(("InvalidReplicationGroupState", message));
        }
        let busy = self.shards.iter().flat_map(|shard| &shard.members).find(|member| !member.serves(now));
        match busy {
            Some(member) => {
                let message = format!("Cache cluster {} is in {} state.", member.id, member.status(now));
                Err(("InvalidCacheClusterState", message))
            }
            None => Ok(()),
        }
    }

    fn shard(&self, id: &str) -> Result<&Shard, Refused> {
        let message = || format!("Node group {id} does not exist in {}.", self.id);
        self.shards.iter().find(|shard| shard.id == id).ok_or_else(|| ("InvalidParameterValue", message()))
    }

    /// The number of every shard's replicas, where the request names none.
    pub(super) fn everywhere(&self, replicas: usize) -> Vec<(String, usize)> {
        self.shards.iter().map(|shard| (shard.id.clone(), replicas)).collect()
    }

    /// IncreaseReplicaCount.
    pub(super) fn increase(&mut self, to: &[(String, usize)], now: Timestamp) -> Result<(), Refused> {
        self.is_at_rest(now)?;
        self.wants(to, |from, to| to > from)?;
        for (shard, count) in to {
            if *count > MOST_REPLICAS {
                let message = format!(
                    "A node group cannot have more than {MOST_REPLICAS} replicas, {shard} asks for {count}."
                );
                return Err(("InvalidParameterValue", message));
            }
        }
        for (id, count) in to {
            while self.shard(id)?.replicas() < *count {
                self.add_member(id, now);
            }
        }
        self.busy_until = now + self.spells.modifying;
        Ok(())
    }

    /// A count that is already so is no operation; one on the other side is a wrong parameter.
    fn wants(&self, to: &[(String, usize)], right: impl Fn(usize, usize) -> bool) -> Result<(), Refused> {
        let mut changes = false;
        for (id, count) in to {
            let from = self.shard(id)?.replicas();
            if from != *count && !right(from, *count) {
                let message = format!(
                    "Node group {id} has {from} replicas, {count} is not possible by this operation."
                );
                return Err(("InvalidParameterValue", message));
            }
            changes |= from != *count;
        }
        let nothing = || ("NoOperationFault", "The replica count is what it already is.".to_owned());
        if changes { Ok(()) } else { Err(nothing()) }
    }

    /// A free name comes again: the smallest number of the shard that no node has. The zone is one with the fewest nodes of the shard.
    fn add_member(&mut self, shard: &str, now: Timestamp) {
        let prefix = format!("{}-{shard}", self.id);
        let ready = now + self.spells.creating;
        let Some(shard) = self.shards.iter_mut().find(|one| one.id == shard) else { return };
        let is_free = |id: &String| shard.members.iter().all(|member| member.id != *id);
        let id =
            (1..).map(|number| format!("{prefix}-{number:03}")).find(is_free).expect("numbers do not end");
        let in_zone = |zone: &&&str| shard.members.iter().filter(|member| member.zone == **zone).count();
        let zone = ZONES.iter().min_by_key(in_zone).expect("there are zones");
        let is_primary = shard.members.is_empty();
        let member = Member { id, zone: (*zone).to_owned(), is_primary, made: Some(now), ready, gone: None };
        shard.members.push(member);
    }

    /// DecreaseReplicaCount by numbers: ElastiCache chooses who goes.
    pub(super) fn decrease(&mut self, to: &[(String, usize)], now: Timestamp) -> Result<(), Refused> {
        self.is_at_rest(now)?;
        self.wants(to, |from, to| to < from)?;
        let mut going = Vec::new();
        for (id, count) in to {
            let shard = self.shard(id)?;
            let replicas = shard.members.iter().filter(|member| !member.is_primary);
            going.extend(replicas.skip(*count).map(|member| member.id.clone()));
        }
        self.take_away(&going, now)
    }

    /// DecreaseReplicaCount by names: a primary cannot be named.
    pub(super) fn remove(&mut self, named: &[String], now: Timestamp) -> Result<(), Refused> {
        self.is_at_rest(now)?;
        for id in named {
            let mut members = self.shards.iter().flat_map(|shard| &shard.members);
            match members.find(|member| member.id == *id) {
                Some(member) if !member.is_primary => {}
                Some(_) => {
                    return Err((
                        "InvalidParameterValue",
                        format!("{id} is a primary and cannot be removed."),
                    ));
                }
                None => return Err(("InvalidParameterValue", format!("{id} is no node of {}.", self.id))),
            }
        }
        self.take_away(named, now)
    }

    fn take_away(&mut self, going: &[String], now: Timestamp) -> Result<(), Refused> {
        for shard in &self.shards {
            let leaving = shard.members.iter().filter(|member| going.contains(&member.id)).count();
            // A group with Multi-AZ or automatic failover keeps a replica in every shard.
            if leaving > 0 && self.needs_a_replica && shard.replicas() == leaving {
                let message = format!("Node group {} must keep at least 1 replica.", shard.id);
                return Err(("InvalidParameterValue", message));
            }
        }
        let gone = Some(now + self.spells.deleting);
        let members = self.shards.iter_mut().flat_map(|shard| &mut shard.members);
        members.filter(|member| going.contains(&member.id)).for_each(|member| member.gone = gone);
        self.busy_until = now + self.spells.modifying;
        Ok(())
    }

    /// ModifyReplicationGroupShardConfiguration: `removed` is asked for on the way in, and for nothing else.
    pub(super) fn reshard(&mut self, to: usize, removed: &[String], now: Timestamp) -> Result<(), Refused> {
        self.is_at_rest(now)?;
        if !self.cluster_mode {
            return Err((
                "InvalidParameterValue",
                "Cluster mode must be enabled to change shards.".to_owned(),
            ));
        }
        let from = self.shards.len();
        if to == from || to + removed.len() != from.max(to) {
            let message = format!("{from} node groups cannot become {to} without {removed:?}.");
            return Err(("InvalidParameterValue", message));
        }
        for id in removed {
            self.shard(id)?;
        }
        // Each new shard has as many replicas as the smallest.
        let replicas = self.shards.iter().map(Shard::replicas).min().unwrap_or(0);
        for _ in from..to {
            let is_free = |id: &String| self.shards.iter().all(|shard| shard.id != *id);
            let id = (1..).map(|number| format!("{number:04}")).find(is_free).expect("numbers do not end");
            self.shards.push(Shard { id: id.clone(), members: Vec::new() });
            for _ in 0..=replicas {
                self.add_member(&id, now);
            }
        }
        self.busy_until = now + self.spells.moving;
        self.moving = Some(Moving::Keys { since: now, leaving: removed.to_vec() });
        Ok(())
    }

    /// ModifyReplicationGroup: a larger node type, at once.
    pub(super) fn grow(&mut self, to: &str, now: Timestamp) -> Result<(), Refused> {
        self.is_at_rest(now)?;
        if !self.larger().contains(&to) {
            return Err((
                "InvalidParameterValue",
                format!("{} cannot be scaled up to {to}.", self.node_type),
            ));
        }
        self.busy_until = now + self.spells.moving;
        self.moving = Some(Moving::Nodes { to: to.to_owned() });
        Ok(())
    }

    /// `ScaleUpModifications`
    pub(super) fn larger(&self) -> &'static [&'static str] {
        let own = NODE_TYPES.iter().position(|name| *name == self.node_type);
        own.map_or(&[], |own| &NODE_TYPES[own + 1..])
    }
}

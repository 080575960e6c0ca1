//! The watcher of a replication group: holds what no scaler may do against the truth of the account.
//!
//! It shares no code with the planner or the checker: a mistake in either shows here.

use std::collections::VecDeque;

use tidegate_policy::names::{NodeId, NodeType, ShardId, TargetName};
use tidegate_policy::observation::ScalableTarget;
use tidegate_policy::policy::{Comparison, RedisNodes, Signal, Target};

use crate::account::clock::Millis;
use crate::account::watched::Breach;

use super::group::{Nodes, number};
use super::plant::Plant;

/// What changed less than this ago could not be seen: describes are up to a minute old.
const UNSEEN: Millis = Millis(60_000);
/// After so long without a point of any signal, everything that a scaler sees is stale.
const DARK_AFTER: Millis = Millis(6 * 60_000);
/// CPU that was pressing within this time may still be answered.
const PRESSED_WITHIN: Millis = Millis(60 * 60_000);
/// Memory that was pressing within this time may still be answered.
const FULL_WITHIN: Millis = Millis(60 * 60_000);
/// So many minutes are the level before an addition.
const LEVEL_MINUTES: usize = 15;
/// Percent by which memory moves without anything having changed.
const STEADY: f64 = 1.0;
/// Percent by which what is published may lie above or below what is measured here.
const BLUR: f64 = 3.0;

/// What is so when a change is asked for.
pub(super) struct Truth<'a> {
    nodes: &'a Nodes,
    plant: &'a Plant,
    native: &'a [ScalableTarget],
}

impl<'a> Truth<'a> {
    pub(super) fn of(nodes: &'a Nodes, plant: &'a Plant, native: &'a [ScalableTarget]) -> Self {
        Self { nodes, plant, native }
    }
}

/// Memory of the fullest shard around an addition: the least and the most, percent.
#[derive(Clone, Debug)]
struct SinceMore {
    shards: u32,
    node_type: NodeType,
    before: (f64, f64),
    since: Option<(f64, f64)>,
}

/// Looks at every call that changes something, and at the whole once a minute.
#[derive(Debug)]
pub(super) struct Watcher {
    target: TargetName,
    kind: RedisNodes,
    least: u32,
    most: u32,
    /// A minimum of any window: below it nodes come whatever is pressing.
    wanted_least: u32,
    /// The minimum of a direct command that stands: the same of it.
    commanded_least: u32,
    /// Whether a person commands a maximum: one who says fewer means it, whatever can be measured.
    commanded_down: bool,
    /// The lowest CPU, memory and connections at which the policy scales out.
    cpu_out: Option<f64>,
    memory_out: Option<f64>,
    connections_out: Option<f64>,
    /// When CPU was last at it.
    pressed_at: Option<Millis>,
    /// When connections of a node that answers reads were last above it.
    crowded_at: Option<Millis>,
    /// When memory was last at it, or keys were dropped.
    full_at: Option<Millis>,
    /// Of the last minutes, the newest last.
    fullest: VecDeque<f64>,
    /// What became of memory since the last shard or larger type was added.
    since_more: Option<SinceMore>,
    /// Since when nothing was published.
    dark_since: Option<Millis>,
    /// Shards that the scaler removes; whether somebody wrote more keys meanwhile.
    removing: Option<bool>,
    breaches: Vec<Breach>,
}

impl Watcher {
    pub(super) fn new(target: &Target, kind: &RedisNodes) -> Self {
        let scaling = &target.scaling;
        let mins = || scaling.windows.iter().filter_map(|window| window.min).chain([scaling.min]);
        let maxes = || scaling.windows.iter().filter_map(|window| window.max).chain([scaling.max]);
        let lowest = |signal: Signal| {
            let rules = scaling.scale_out.iter();
            let rules = rules.filter(|rule| rule.signal == signal && rule.comparison == Comparison::Above);
            rules.map(|rule| rule.threshold).reduce(f64::min)
        };
        Self {
            target: target.name.clone(),
            kind: kind.clone(),
            // A window may move either; which one is open is the planner's business.
            least: mins().chain(maxes()).min().unwrap_or_default().0,
            most: mins().chain(maxes()).max().unwrap_or_default().0,
            wanted_least: mins().max().unwrap_or_default().0,
            commanded_least: 0,
            commanded_down: false,
            cpu_out: lowest(Signal::Cpu),
            memory_out: lowest(Signal::Memory),
            connections_out: lowest(Signal::NodeConnections),
            pressed_at: None,
            crowded_at: None,
            full_at: None,
            fullest: VecDeque::new(),
            since_more: None,
            dark_since: None,
            removing: None,
            breaches: Vec::new(),
        }
    }

    pub(super) fn take(&mut self) -> Vec<Breach> {
        std::mem::take(&mut self.breaches)
    }

    /// Once a minute.
    pub(super) fn look(&mut self, nodes: &Nodes, plant: &Plant, dark: bool, now: Millis) {
        self.dark_since = if dark { self.dark_since.or(Some(now)) } else { None };
        let busiest = nodes.members().filter_map(|member| member.measured.engine).fold(0.0, f64::max);
        if self.cpu_out.is_some_and(|cpu| busiest > cpu - BLUR) {
            self.pressed_at = Some(now);
        }
        let alone = nodes.members().count() == 1;
        let readers = nodes.members().filter(|member| alone || !member.primary);
        let most = readers.filter_map(|member| member.measured.connections).fold(0.0, f64::max);
        if self.connections_out.is_some_and(|connections| most > connections) {
            self.crowded_at = Some(now);
        }
        let fullest = plant.fullest_now(nodes);
        if self.memory_out.is_some_and(|memory| fullest > memory - BLUR) || fullest > 100.0 {
            self.full_at = Some(now);
        }
        self.fullest.push_back(fullest);
        let surplus = self.fullest.len().saturating_sub(LEVEL_MINUTES);
        self.fullest.drain(..surplus);
        if nodes.work.is_none() {
            // What failed gave no room, and what somebody else did is theirs.
            self.since_more.take_if(|more| {
                more.shards != number(nodes.shards.len()) || more.node_type != nodes.node_type
            });
            if let Some(more) = &mut self.since_more {
                let (least, most) = more.since.unwrap_or((fullest, fullest));
                more.since = Some((least.min(fullest), most.max(fullest)));
            }
        }
        if let Some(surged) = self.removing {
            let surged = surged || plant.surge.is_some();
            self.removing = Some(surged);
            if nodes.work.is_none() {
                let fullest = plant.fullest(nodes);
                if fullest > 100.0 && !surged {
                    let detail = format!("a shard was removed, and {fullest:.0}% of the rest is asked for");
                    self.breach(now, "keys", detail);
                }
                self.removing = None;
            }
        }
    }

    /// What a direct command says by now.
    pub(super) fn commanded(&mut self, least: u32, down: bool) {
        self.commanded_least = least;
        self.commanded_down = down;
    }

    /// Any change.
    pub(super) fn asked(&mut self, busy_since: Option<Millis>, compatible: Option<Millis>, now: Millis) {
        if let Some(since) = compatible.filter(|since| now - *since > UNSEEN) {
            let detail = format!("a change, while cluster mode is compatible since {}", since.timestamp());
            self.breach(now, "compatible", detail);
        }
        if let Some(since) = busy_since.filter(|since| now - *since > UNSEEN) {
            let detail = format!("a change, while the group is at work since {}", since.timestamp());
            self.breach(now, "busy", detail);
        }
    }

    pub(super) fn increases(&mut self, wanted: &[(ShardId, u32)], truth: &Truth<'_>, now: Millis) {
        let before = truth.nodes.desired();
        self.replicas(wanted, truth, now);
        for (id, to) in wanted {
            if *to > 5 {
                self.breach(now, "shard_limit", format!("{to} replicas for shard {id}"));
            }
        }
        let fullest = truth.plant.fullest(truth.nodes);
        let memory_presses = self.memory_out.is_some_and(|memory| fullest > memory) || fullest > 100.0;
        let lately = |at: Option<Millis>| at.is_some_and(|at| now - at <= PRESSED_WITHIN);
        let others_press = lately(self.pressed_at) || lately(self.crowded_at);
        if memory_presses && !others_press && before >= self.wanted_least.max(self.commanded_least) {
            let detail =
                format!("replicas for a shard that is {fullest:.0}% full, and neither CPU nor readers press");
            self.breach(now, "memory_replica", detail);
        }
    }

    pub(super) fn decreases(
        &mut self,
        wanted: &[(ShardId, u32)],
        named: Option<&NodeId>,
        truth: &Truth<'_>,
        now: Millis,
    ) {
        let after = self.replicas(wanted, truth, now);
        self.in_the_dark(after, now);
        let needs_one = self.kind.failover || truth.nodes.failover || truth.nodes.multi_az;
        for (id, to) in wanted {
            if *to < 1 && needs_one {
                self.breach(now, "failover_minimum", format!("no replica for shard {id}, which fails over"));
            }
        }
        let primary = truth.nodes.members().find(|member| Some(&member.id) == named && member.primary);
        if let Some(primary) = primary.filter(|primary| now - primary.role_since > UNSEEN) {
            let detail = format!("{} is named to go, and is the primary", primary.id);
            self.breach(now, "primary", detail);
        }
    }

    /// What is so of replicas in both directions; how many nodes there will be.
    fn replicas(&mut self, wanted: &[(ShardId, u32)], truth: &Truth<'_>, now: Millis) -> u32 {
        self.writers(truth, "elasticache:replication-group:Replicas", now);
        let before = truth.nodes.desired();
        let mut after = before;
        for (id, to) in wanted {
            let Some(shard) = truth.nodes.shards.iter().find(|shard| shard.id == *id) else { continue };
            let from = shard.replicas();
            after = (after + to).saturating_sub(from);
            let bounds = self.kind.replicas;
            if (*to > from && *to > bounds.max.0) || (*to < from && *to < bounds.min.0) {
                let detail = format!("{to} replicas for shard {id}, outside {bounds}");
                self.breach(now, "bounds", detail);
            }
        }
        self.bounds(before, after, now);
        after
    }

    pub(super) fn reshards(&mut self, to: u32, truth: &Truth<'_>, now: Millis) {
        self.writers(truth, "elasticache:replication-group:NodeGroups", now);
        let from = number(truth.nodes.shards.len());
        match self.kind.shards {
            None => self.breach(now, "opt_in", "the policy does not let shards be changed".to_owned()),
            Some(bounds) if (to > from && to > bounds.max.0) || (to < from && to < bounds.min.0) => {
                self.breach(now, "bounds", format!("{to} shards, outside {bounds}"));
            }
            Some(_) => {}
        }
        let before = truth.nodes.desired();
        let fewest = truth.nodes.shards.iter().map(|shard| shard.replicas()).min().unwrap_or(0);
        let nodes = 1 + fewest;
        let after =
            if to > from { before + (to - from) * nodes } else { before.saturating_sub((from - to) * nodes) };
        self.bounds(before, after, now);
        if to > from {
            self.more_room(truth, now);
        }
        if to < from {
            self.in_the_dark(after, now);
            let fullest = truth.plant.with_shards(truth.nodes, to);
            if fullest > 100.0 {
                let detail = format!("{to} shards would have to hold {fullest:.0}% of what they can");
                self.breach(now, "keys", detail);
            }
            self.removing = Some(truth.plant.surge.is_some());
        }
    }

    /// More room for keys, whose lack nobody saw or which did not help the last time.
    fn more_room(&mut self, truth: &Truth<'_>, now: Millis) {
        let lately = |at: Option<Millis>, within| at.is_some_and(|at| now - at <= within);
        let busy = lately(self.pressed_at, PRESSED_WITHIN);
        let few = truth.nodes.desired() < self.wanted_least.max(self.commanded_least);
        let fullest = truth.plant.fullest_now(truth.nodes);
        if !busy && !few && !lately(self.full_at, FULL_WITHIN) {
            let detail = format!("more room for keys, and the fullest shard is {fullest:.0}% full");
            self.breach(now, "needless_room", detail);
        }
        let unmoved = self.since_more.as_ref().is_some_and(|more| {
            let (least, most) = more.since.unwrap_or(more.before);
            least > more.before.1 - STEADY && most < more.before.0 + STEADY
        });
        if unmoved && !busy && !few {
            let detail = format!("more room again, and memory is at {fullest:.0}% as it was before the last");
            self.breach(now, "no_relief", detail);
        }
    }

    /// ElastiCache takes a change: to so many shards of such nodes, if that is more room for keys.
    pub(super) fn gives_room(&mut self, room: Option<(u32, &NodeType)>) {
        self.since_more = room.map(|(shards, node_type)| {
            let least = self.fullest.iter().copied().fold(f64::INFINITY, f64::min);
            let most = self.fullest.iter().copied().fold(0.0, f64::max);
            SinceMore { shards, node_type: node_type.clone(), before: (least, most), since: None }
        });
    }

    pub(super) fn retypes(&mut self, to: &NodeType, truth: &Truth<'_>, now: Millis) {
        self.more_room(truth, now);
        if !self.kind.node_types.contains(to) {
            self.breach(now, "opt_in", format!("{to} is no node type of the policy"));
        }
        // Sunday, 03:00 to 04:00 UTC, as the group is made here.
        let minute = now.minute().0 + 3 * 1_440;
        let (day, of_day) = (minute.div_euclid(1_440).rem_euclid(7), minute.rem_euclid(1_440));
        if day != 6 || !(180..240).contains(&of_day) {
            self.breach(now, "maintenance", format!("{to} outside the group's maintenance window"));
        }
    }

    fn writers(&mut self, truth: &Truth<'_>, dimension: &str, now: Millis) {
        if truth.native.iter().any(|native| native.dimension == dimension) {
            self.breach(now, "writers", format!("native scaling is registered for {dimension}"));
        }
    }

    fn bounds(&mut self, before: u32, after: u32, now: Millis) {
        let (least, most) = (self.least, self.most);
        if after > most && after > before {
            self.breach(now, "bounds", format!("{after} nodes, above the maximum of {most}"));
        }
        if after < least && after < before {
            self.breach(now, "bounds", format!("{after} nodes, below the minimum of {least}"));
        }
    }

    /// What is above the maximum is so whatever the signals say; back to it no data is needed.
    fn in_the_dark(&mut self, after: u32, now: Millis) {
        if after < self.most
            && !self.commanded_down
            && self.dark_since.is_some_and(|since| now - since >= DARK_AFTER)
        {
            self.breach(now, "dark", format!("{after} nodes without any signal"));
        }
    }

    fn breach(&mut self, now: Millis, invariant: &'static str, detail: String) {
        self.breaches.push(Breach { at: now.timestamp(), target: self.target.clone(), invariant, detail });
    }
}

//! The plant of a replication group: from demand and nodes to load, and what is measured of both.
//!
//! A unit of demand is the reads that keep one engine's thread full, whatever the node type: a larger type holds more keys and reads no
//! faster. The reader endpoint spreads reads over the replicas that clients have found; without a replica the primary serves them.

use tidegate_policy::observation::Minute;
use tidegate_policy::policy::NodeMetric;

use crate::account::clock::Millis;
use crate::account::cloudwatch::CloudWatch;
use crate::random::Key;

use super::group::{Life, Member, Nodes, Shard};
use super::measured::{Measured, SERIES};
use super::node_types;
use super::start::Keys;

/// Writes of a unit of demand, in units, on the primary.
pub(super) const WRITES: f64 = 0.05;
/// What a replica spends on following a write, as a share of what the primary spent.
pub(super) const REPLICATED: f64 = 0.2;
/// Percent of the engine that a node uses with nothing to do.
pub(super) const IDLE_CPU: f64 = 1.0;
/// Percent of a primary's engine while slots move.
const SLOTS_MOVING: f64 = 15.0;
/// Of the clients that have not found a node, the share that does in a minute.
const FOUND_A_MINUTE: f64 = 0.2;
/// Whoever connects finds even the newest node sometimes.
const LEAST_REACH: f64 = 0.05;
/// Connections that all readers together keep open with nothing to read, and those that a unit of demand makes more: each client has a pool.
const READERS_IDLE: f64 = 100.0;
const READERS_A_UNIT: f64 = 600.0;
/// Connections of writers and of monitoring.
const WRITERS: f64 = 20.0;
const MONITORING: f64 = 2.0;
/// Of a minute's demand, the share that the next minute's keys keep: they expire over half an hour.
const KEYS_KEPT: f64 = 0.97;
/// Keys dropped in a minute for each percent that does not fit.
const EVICTED_A_PERCENT: f64 = 1_000.0;
/// Percent of its memory that a node with data tiering uses, however little it holds: what is there stays until something needs the room.
const TIERED_MEMORY: f64 = 99.0;

#[derive(Debug)]
pub(super) struct Plant {
    key: Key,
    keys: Keys,
    /// GiB that all shards could hold at the start.
    held_at_start: f64,
    /// Demand, averaged over the last half hour or so.
    warmth: Option<f64>,
    /// So much more, in percent of what could be held at the start, and until when.
    pub(super) surge: Option<(f64, Millis)>,
    /// Somebody keeps whatever there is room for: every shard is at least so full, in percent, whatever is added; and until when.
    pub(super) hoard: Option<(f64, Millis)>,
}

impl Plant {
    pub(super) fn new(keys: Keys, nodes: &Nodes, key: Key) -> Self {
        let held_at_start = node_types::memory(&nodes.node_type) * nodes.shards.len() as f64;
        Self { key, keys, held_at_start, warmth: None, surge: None, hoard: None }
    }

    /// Serves the minute that ended at `now` with the nodes as they are, and publishes what was measured; what could be served.
    pub(super) fn serve(
        &mut self,
        demand: f64,
        nodes: &mut Nodes,
        now: Millis,
        minute: Minute,
        metrics: &mut CloudWatch,
    ) -> f64 {
        let warmth = self.warmth.unwrap_or(demand);
        self.warmth = Some(KEYS_KEPT * warmth + (1.0 - KEYS_KEPT) * demand);
        self.surge = self.surge.filter(|(_, until)| now <= *until);
        self.hoard = self.hoard.filter(|(_, until)| now <= *until);
        let progress = nodes.work.as_ref().map_or(1.0, |work| work.progress(now));
        let moving = nodes.work.as_ref().is_some_and(|work| work.moves_slots(now));
        let gib = self.gib();
        // A client of several shards connects to each of them.
        let readers = READERS_IDLE + READERS_A_UNIT * demand;
        let mut capacity = f64::INFINITY;
        for shard in &mut nodes.shards {
            let share = shard.share.0 + (shard.share.1 - shard.share.0) * progress;
            let load = Load {
                asked: demand * share,
                readers,
                moving,
                filled: self.at_least(filled(shard, gib * share)),
            };
            let can = self.serve_shard(shard, load, minute);
            if share > 0.0 {
                capacity = capacity.min(can / share);
            }
        }
        for member in nodes.strays.iter_mut() {
            member.measured = Measured::default();
        }
        for member in nodes.members().filter(|member| member.is_up()) {
            let ring = metrics.ring(member.id.as_str(), SERIES, now);
            let values: [f64; SERIES] =
                std::array::from_fn(|nth| member.measured.of(NodeMetric::ALL[nth]).unwrap_or(f64::NAN));
            metrics.publish(ring, minute, member.nth, &values);
        }
        if capacity.is_finite() { capacity } else { 0.0 }
    }

    /// GiB of keys that there are to remember.
    fn gib(&self) -> f64 {
        let surge = self.surge.map_or(0.0, |(percent, _)| percent);
        let percent = self.keys.base + self.keys.per_unit * self.warmth.unwrap_or(0.0) + surge;
        self.held_at_start * percent / 100.0
    }

    /// What is hoarded is dropped for what has to be kept.
    fn at_least(&self, filled: f64) -> f64 {
        self.hoard.map_or(filled, |(percent, _)| filled.max(percent))
    }

    /// How full the fullest shard is said to be, percent: with what is hoarded.
    pub(super) fn fullest_now(&self, nodes: &Nodes) -> f64 {
        self.at_least(self.fullest(nodes))
    }

    /// How full the fullest shard would be with its share of the slots as it will be, percent; above 100 keys are dropped.
    pub(super) fn fullest(&self, nodes: &Nodes) -> f64 {
        nodes.shards.iter().map(|shard| filled(shard, self.gib() * shard.share.1)).fold(0.0, f64::max)
    }

    /// How full every shard would be if so many were left.
    pub(super) fn with_shards(&self, nodes: &Nodes, count: u32) -> f64 {
        100.0 * self.gib() / (f64::from(count) * node_types::memory(&nodes.node_type))
    }

    /// Serves one shard; what it can serve.
    fn serve_shard(&self, shard: &mut Shard, load: Load, minute: Minute) -> f64 {
        let has_replica = shard.members.iter().any(|member| !member.primary && member.life == Life::Serving);
        let reads =
            |member: &Member| if has_replica { !member.primary } else { member.primary && member.is_up() };
        for member in shard.members.iter_mut().filter(|member| member.life == Life::Serving) {
            member.reach += FOUND_A_MINUTE * (1.0 - member.reach);
        }
        let takes = |member: &Member| {
            let reader = reads(member) && member.is_up() && (member.primary || member.life == Life::Serving);
            if reader { member.reach.max(LEAST_REACH) } else { 0.0 }
        };
        let (all, most) = shard
            .members
            .iter()
            .map(takes)
            .fold((0.0, 0.0_f64), |(all, most), one| (all + one, most.max(one)));
        for member in &mut shard.members {
            let part = if all > 0.0 { takes(member) / all } else { 0.0 };
            // A replica that is being replaced publishes nothing.
            let publishes = member.life == Life::Serving || (member.is_up() && member.primary);
            member.measured =
                if publishes { self.measure(member, part, &load, minute) } else { Measured::default() };
        }
        // The node that takes most is full first.
        let of_one = if has_replica || !load.moving { 1.0 } else { 1.0 - SLOTS_MOVING / 100.0 };
        if most > 0.0 { of_one * all / most } else { 0.0 }
    }

    fn measure(&self, member: &Member, part: f64, load: &Load, minute: Minute) -> Measured {
        let mut draws = self.key.member(member.nth << 40 | minute.0.unsigned_abs());
        let writes = WRITES * load.asked * if member.primary { 1.0 } else { REPLICATED };
        let moving = if member.primary && load.moving { SLOTS_MOVING } else { 0.0 };
        let busy = 100.0 * (load.asked * part + writes) + moving + draws.between(-1.5, 1.5);
        let engine = busy.clamp(IDLE_CPU, 100.0);
        let connections = load.readers * part + if member.primary { WRITERS } else { 0.0 } + MONITORING;
        let capacity = (load.filled + draws.between(-0.3, 0.3)).clamp(0.0, 100.0);
        let memory = if node_types::is_tiered(&member.node_type) { TIERED_MEMORY } else { capacity };
        let evicted = if member.primary { EVICTED_A_PERCENT * (load.filled - 100.0).max(0.0) } else { 0.0 };
        Measured {
            engine: Some(engine),
            host: Some(engine / node_types::vcpus(&member.node_type)),
            memory: Some(memory),
            capacity: Some(capacity),
            evictions: Some(evicted.floor()),
            connections: Some(connections.round()),
            is_primary: Some(if member.primary { 1.0 } else { 0.0 }),
        }
    }
}

/// What one shard has to do.
struct Load {
    /// Demand, in units.
    asked: f64,
    /// Connections of clients that read.
    readers: f64,
    /// Whether slots move.
    moving: bool,
    /// How full it is, percent.
    filled: f64,
}

/// How full a shard is with so many GiB of keys: it holds what its primary holds.
fn filled(shard: &Shard, gib: f64) -> f64 {
    shard.primary().map_or(0.0, |primary| 100.0 * gib / node_types::memory(&primary.node_type))
}

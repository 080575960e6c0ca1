//! The plant: from demand and connections to load, capacity, and what is measured of both.
//!
//! Demand D is everything asked in a minute, reads and writes, in capacities of one warm replica. What could not be served in a minute
//! waits for the next, at most one minute of capacity; the rest timed out. Load L = D + backlog.
//!
//! The application treats the primary as one more reader: it takes 1 / (1 + n) of the load, n being the usable capacity behind the
//! reader name, and never less than the writes, a tenth of the load up to half a capacity. The rest goes over the reader name, in
//! proportion to connections. A member's usable capacity is its capacity x min(1, its share of connections / its fair share): a replica
//! that nobody is connected to helps nobody.

use tidegate_policy::observation::Minute;
use tidegate_policy::policy::{Engine, RdsReplicas};

use crate::random::{Key, Streams};

use super::disk::Disk;
use super::rds::Rds;
use super::sample::Sample;
use crate::account::clock::{Millis, whole};
use crate::account::cloudwatch::CloudWatch;
use crate::account::served::{OBJECTIVE, Served};

const WRITES: f64 = 0.10;
const WRITES_AT_MOST: f64 = 0.5;
/// Percent that a database uses with nothing to do.
pub(super) const IDLE_CPU: f64 = 3.0;
/// The monitoring agent's connection, always there.
const AGENT: f64 = 1.0;
/// Connections that all pools together keep open with nothing to do.
const IDLE_POOL: f64 = 20.0;
/// Connections at a member at 85% CPU, as a share of its max_connections (Little's law: in proportion to its load).
const CONNECTIONS_AT_OBJECTIVE: f64 = 0.6;

#[derive(Debug)]
pub(crate) struct Plant {
    key: Key,
    engine: Engine,
    max_connections: u32,
    backlog: f64,
}

impl Plant {
    pub(crate) fn new(kind: &RdsReplicas, class: &str, streams: Streams) -> Self {
        Self {
            key: streams.key(kind.source.as_str(), "noise"),
            engine: kind.engine,
            max_connections: kind.max_connections.unwrap_or_else(|| default_max_connections(class)),
            backlog: 0.0,
        }
    }

    /// Of every member.
    pub(crate) fn max_connections(&self) -> u32 {
        self.max_connections
    }

    /// Serves the minute that ended at `now` and publishes what was measured.
    pub(crate) fn serve(
        &mut self,
        demand: f64,
        now: Millis,
        minute: Minute,
        rds: &mut Rds,
        metrics: &mut CloudWatch,
    ) -> Served {
        // Which instance has its name may change: one is restored under it.
        let source = rds.instances.iter().position(|instance| instance.described.id == *rds.source_id());
        let is_source = |index: usize| Some(index) == source;
        let mut slots = 0.0;
        let mut behind = 0.0;
        for (index, instance) in rds.instances.iter().enumerate() {
            slots += f64::from(instance.slots);
            if !is_source(index) && instance.slots > 0 {
                behind += instance.capacity(now);
            }
        }
        let mut usable = 0.0;
        for (index, instance) in rds.instances.iter().enumerate() {
            if !is_source(index) && instance.slots > 0 && behind > 0.0 {
                let capacity = instance.capacity(now);
                let share = f64::from(instance.slots) / slots;
                usable += capacity.min(share * behind);
            }
        }
        let load = demand + self.backlog;
        let capacity = 1.0 + usable;
        self.backlog = (load - load.min(capacity)).min(capacity);
        let at_primary = (load / capacity).max((WRITES * load).min(WRITES_AT_MOST));
        let over_name = if slots > 0.0 { load - at_primary } else { 0.0 };
        let scale = CONNECTIONS_AT_OBJECTIVE * f64::from(self.max_connections) / OBJECTIVE;
        let served = Served::of(demand, capacity);
        let no_replay = rds.replays_nothing_since();
        for (index, instance) in rds.instances.iter_mut().enumerate() {
            if instance.available.is_none() || !instance.accepts() {
                instance.last = Sample::NOTHING;
                continue;
            }
            let mut draws = self.key.member(u64::from(instance.uid.0) << 40 | minute.0.unsigned_abs());
            let share = if slots > 0.0 { f64::from(instance.slots) / slots } else { 0.0 };
            let direct = if is_source(index) { at_primary } else { 0.0 };
            let own = if is_source(index) { 1.0 } else { instance.capacity(now) };
            let asked = (direct + over_name * share) / own;
            let utilisation = asked.min(1.0);
            let serves = if is_source(index) { 0.0 } else { own.min(share * behind) };
            let noise = draws.between(-1.5, 1.5);
            let mut clients = (IDLE_POOL + scale * over_name) * share;
            if is_source(index) {
                clients += IDLE_POOL + scale * direct;
            }
            // No client at all leaves exactly the agent; any client shows as one more at least.
            let connections = (AGENT + clients.ceil()).min(f64::from(self.max_connections));
            let not_replayed = instance.not_replayed(no_replay, now);
            let behind = instance.lag(now, draws.unit()).map(|lag| match lag {
                // Replication does not run at all.
                ..0.0 => lag,
                _ => lag + not_replayed,
            });
            let lag = behind.map(|lag| self.idle_lag(lag, demand, minute));
            let sample = Sample {
                cpu: (100.0 * utilisation + noise).clamp(IDLE_CPU, 100.0),
                connections,
                lag,
                behind,
                disk: Disk::at(asked),
                serves,
            };
            instance.last = sample;
            metrics.publish(instance.described.ring, minute, u64::from(instance.uid.0), &sample.values());
        }
        served
    }

    /// An idle PostgreSQL source shows a saw-tooth of up to 5 minutes: now minus the last replay.
    fn idle_lag(&self, lag: f64, demand: f64, minute: Minute) -> f64 {
        if self.engine == Engine::Postgres && demand < 0.05 && lag >= 0.0 {
            let minutes = whole(minute.0.rem_euclid(5) as f64);
            lag + 60.0 * (minutes + 1) as f64
        } else {
            lag
        }
    }
}

/// MySQL's default, DBInstanceClassMemory / 12582880, where the memory leaves out what RDS and the system use: 300 for 4 GiB.
fn default_max_connections(class: &str) -> u32 {
    let size = class.rsplit('.').next().unwrap_or(class);
    let gibibytes = match size {
        "micro" => 1,
        "small" => 2,
        "large" => 8,
        "xlarge" => 16,
        "2xlarge" => 32,
        "4xlarge" => 64,
        _ => 4,
    };
    75 * gibibytes
}

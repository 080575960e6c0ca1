//! The application's hosts: pools of long-lived connections, and resolvers that keep an answer longer than one would like.
//!
//! DNS balances connections, not queries. A weight moves load only as connections reach their maximum lifetime and are made anew,
//! and a host asks again only when its cached answer has expired. That delay is what an impatient scaler gets wrong.

use std::collections::VecDeque;

use jiff::Timestamp;
use tidegate_policy::names::DnsName;
use tidegate_policy::observation::WeightedRecord;

use crate::random::Streams;

use super::rds::{EndpointId, Rds, Uid};
use crate::account::clock::{Millis, whole};

const HOSTS: usize = 40;
const CONNECTIONS_A_HOST: usize = 10;
/// Connections that the application keeps over the reader name.
pub(crate) const SLOTS: usize = HOSTS * CONNECTIONS_A_HOST;
/// One host in twenty keeps an answer for up to this many TTLs.
const OVERSTAY: f64 = 3.0;
const OVERSTAYING: f64 = 0.05;
/// Steps of the golden ratio, of a turn of 2^64, spread evenly over a turn: shares without the noise of drawing.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Refused connections are remembered one by one up to this many; all are counted.
const REMEMBERED: usize = 1_000;

/// A connection that a client wanted and did not get, or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedConnection {
    /// When.
    pub at: Timestamp,
    /// Which host of the application, from 0.
    pub host: u8,
    /// The endpoint it was sent to.
    pub endpoint: DnsName,
    /// Why it was refused.
    pub cause: RefusalCause,
}

/// Why a connection was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalCause {
    /// The scaler's deletion cut it.
    CutByRemoval,
    /// It was sent to an instance that the scaler deleted.
    SentToRemoved,
    /// The instance stopped serving by itself and cut it.
    CutByInterruption,
    /// It was sent to an instance that is there but does not serve.
    SentToInterrupted,
    /// It was sent to an endpoint that nobody has.
    SentToNobody,
}

impl RefusalCause {
    /// Whether the scaler's removal is to blame.
    pub fn by_removal(self) -> bool {
        matches!(self, RefusalCause::CutByRemoval | RefusalCause::SentToRemoved)
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    host: u8,
    /// Where it is connected.
    at: Option<Uid>,
    waiting: bool,
}

#[derive(Clone, Copy, Debug)]
struct Host {
    cached: Option<EndpointId>,
    expires: Millis,
    /// Keeps an answer for this share of the TTL, percent.
    patience: i64,
}

#[derive(Clone, Copy, Debug)]
struct Route {
    endpoint: EndpointId,
    /// The upper end of its part of [0, 1).
    upto: f64,
}

/// All the application's hosts.
#[derive(Debug)]
pub(crate) struct Clients {
    /// In the order in which they reach the end of their lifetime; slot i does so at `start + i/SLOTS x lifetime`, and again.
    slots: Vec<Slot>,
    hosts: Vec<Host>,
    routes: Vec<Route>,
    ttl: Millis,
    lifetime: Millis,
    cycle: Millis,
    next: usize,
    turn: u64,
    waiting: VecDeque<usize>,
    /// Newest last.
    pub(crate) refused: Vec<RefusedConnection>,
    pub(crate) refused_count: u64,
    pub(crate) refused_by_removal: u64,
}

impl Clients {
    /// Hosts whose connections live for `lifetime`, counted from `start`.
    pub(crate) fn new(streams: Streams, lifetime: Millis, start: Millis) -> Self {
        let key = streams.key("clients", "patience");
        let hosts = (0..HOSTS as u64)
            .map(|nth| {
                let mut draws = key.member(nth);
                // Stratified: exactly one host in twenty, whatever the seed.
                let overstays = (nth % 20) as f64 * OVERSTAYING < OVERSTAYING / 2.0;
                let patience = if overstays { whole(100.0 * draws.between(1.5, OVERSTAY)) } else { 100 };
                Host { cached: None, expires: Millis(i64::MIN), patience }
            })
            .collect();
        // A host's ten connections are spread over the lifetime.
        let slots = (0..SLOTS)
            .map(|nth| Slot { host: u8::try_from(nth % HOSTS).unwrap_or_default(), at: None, waiting: false })
            .collect();
        Self {
            slots,
            hosts,
            routes: Vec::new(),
            ttl: Millis::SECOND,
            lifetime: lifetime.max(Millis::MINUTE),
            cycle: start,
            next: 0,
            turn: 0,
            waiting: VecDeque::new(),
            refused: Vec::new(),
            refused_count: 0,
            refused_by_removal: 0,
        }
    }

    /// What the name servers answer from now on.
    pub(crate) fn route(&mut self, group: &[WeightedRecord], rds: &mut Rds) {
        let sum: u32 = group.iter().map(|record| u32::from(record.weight.0)).sum();
        let whole = if sum == 0 { group.len() as f64 } else { f64::from(sum) };
        let mut upto = 0.0;
        self.routes.clear();
        for record in group.iter().filter(|record| sum == 0 || record.weight.is_positive()) {
            // All zero: all are equally likely.
            upto += if sum == 0 { 1.0 } else { f64::from(record.weight.0) } / whole;
            self.routes.push(Route { endpoint: rds.endpoint_id(&record.value), upto });
        }
        if let Some(record) = group.first() {
            self.ttl = Millis(i64::from(record.ttl.0) * Millis::SECOND.0);
        }
    }

    /// Connects everyone at once: the state after a long quiet time.
    pub(crate) fn connect_all(&mut self, rds: &mut Rds, now: Millis) {
        for slot in 0..self.slots.len() {
            // Each connection was made at its own time, with an answer of its own.
            self.hosts[usize::from(self.slots[slot].host)].cached = None;
            self.connect(slot, rds, now);
        }
    }

    /// Lets the connections that reach their lifetime before `until` be made anew.
    pub(crate) fn run_until(&mut self, until: Millis, rds: &mut Rds) {
        loop {
            let due = self.cycle + Millis(self.next as i64 * self.lifetime.0 / SLOTS as i64);
            if due >= until {
                return;
            }
            self.reconnect(self.next, rds, due);
            self.next += 1;
            if self.next == SLOTS {
                self.next = 0;
                self.cycle = self.cycle + self.lifetime;
            }
        }
    }

    /// Lets those who were refused try again.
    pub(crate) fn retry(&mut self, rds: &mut Rds, now: Millis) {
        for _ in 0..self.waiting.len() {
            let Some(slot) = self.waiting.pop_front() else { return };
            self.slots[slot].waiting = false;
            if self.slots[slot].at.is_none() {
                self.connect(slot, rds, now);
            }
        }
    }

    /// Everyone at this instance loses the connection.
    pub(crate) fn cut(&mut self, uid: Uid, endpoint: &DnsName, cause: RefusalCause, now: Millis) -> u32 {
        let mut cut = 0;
        for slot in 0..self.slots.len() {
            if self.slots[slot].at == Some(uid) {
                self.slots[slot].at = None;
                cut += 1;
                self.refuse(slot, endpoint.clone(), cause, now);
            }
        }
        cut
    }

    /// How many hosts keep an answer beyond its TTL.
    #[cfg(test)]
    pub(crate) fn overstaying(&self) -> usize {
        self.hosts.iter().filter(|host| host.patience > 100).count()
    }

    fn reconnect(&mut self, slot: usize, rds: &mut Rds, now: Millis) {
        if let Some(instance) = self.slots[slot].at.take().and_then(|uid| rds.by_uid(uid)) {
            instance.slots -= 1;
        }
        self.connect(slot, rds, now);
    }

    fn connect(&mut self, slot: usize, rds: &mut Rds, now: Millis) {
        let Some(endpoint) = self.resolve(usize::from(self.slots[slot].host), now) else {
            // The name has no answer at all: the application reads from the primary, as it does for every other query.
            self.wait(slot);
            return;
        };
        let found = rds.instances.iter_mut().find(|instance| instance.endpoint_id == endpoint);
        match found {
            Some(instance) if instance.accepts() => {
                instance.slots += 1;
                instance.first_connection.get_or_insert(now);
                self.slots[slot].at = Some(instance.uid);
            }
            found => {
                let there = found.is_some();
                let cause = if rds.removed_endpoints.contains(&endpoint) {
                    RefusalCause::SentToRemoved
                } else if there {
                    RefusalCause::SentToInterrupted
                } else {
                    RefusalCause::SentToNobody
                };
                let name = rds.endpoint_name(endpoint);
                self.refuse(slot, name, cause, now);
            }
        }
    }

    fn resolve(&mut self, host: usize, now: Millis) -> Option<EndpointId> {
        let host = &mut self.hosts[host];
        if now < host.expires && host.cached.is_some() {
            return host.cached;
        }
        self.turn = self.turn.wrapping_add(GOLDEN);
        let place = (self.turn >> 11) as f64 / (1_u64 << 53) as f64;
        let route = self.routes.iter().find(|route| place < route.upto).or(self.routes.last())?;
        host.cached = Some(route.endpoint);
        host.expires = now + Millis(self.ttl.0 * host.patience / 100);
        host.cached
    }

    fn refuse(&mut self, slot: usize, endpoint: DnsName, cause: RefusalCause, now: Millis) {
        self.refused_count += 1;
        self.refused_by_removal += u64::from(cause.by_removal());
        if self.refused.len() < REMEMBERED {
            let host = self.slots[slot].host;
            self.refused.push(RefusedConnection { at: now.timestamp(), host, endpoint, cause });
        }
        self.wait(slot);
    }

    fn wait(&mut self, slot: usize) {
        if !self.slots[slot].waiting {
            self.slots[slot].waiting = true;
            self.waiting.push_back(slot);
        }
    }
}

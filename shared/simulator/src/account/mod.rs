//! The simulated account: RDS, Route 53, CloudWatch, the ledger's table and the application's clients, in virtual time.
//!
//! It stands behind the ports of `tidegate-reconcile`, so that the very code that runs against AWS runs here. Everything in it is
//! the truth; what the scaler sees of it goes through `fleet`, late and sometimes not at all.

#[cfg(test)]
mod behaviour;
mod clients;
mod clock;
mod cloudwatch;
mod faults;
mod fleet;
mod ledger;
mod plant;
mod rds;
mod route53;
mod watcher;

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::{History, Intent, Transition};
use tidegate_policy::names::{DnsName, InstanceClass, InstanceId, SetId};
use tidegate_policy::observation::{Minute, WeightedRecord};
use tidegate_policy::ownership::{DECISION_TAG, FLOOR_SET_ID, OWNER_TAG, TARGET_TAG};
use tidegate_policy::policy::{RdsReplicas, Target, TargetKind};
use tidegate_policy::record::Activity;
use tidegate_policy::units::Weight;

use crate::document::{ReplicaFrame, Stage};
use crate::random::Streams;
use crate::world::WorldEvent;

use clients::Clients;
use clock::Millis;
use cloudwatch::CloudWatch;
use faults::Faults;
use ledger::Table;
use plant::Plant;
use rds::{Birth, Rds, RdsEvent};
use route53::Route53;
use watcher::Watcher;

pub use clients::{RefusalCause, RefusedConnection};
#[cfg(test)]
pub(crate) use clock::whole;
pub use faults::{Fault, Operation};
pub use plant::Served;
pub use watcher::Breach;

/// The weight of a replica that takes its full share.
pub const FULL_WEIGHT: Weight = Weight(64);

/// How an account begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// Reproduces everything that is left to chance.
    pub seed: u64,
    /// The first moment.
    pub start: Timestamp,
    /// How long it will be watched: the blackout falls within.
    pub lasting: SignedDuration,
    /// Whether CloudWatch has its one 20-minute blackout and its one batch out of order.
    pub blackout: bool,
}

/// A simulated account with one target's source, replicas and reader name.
///
/// It implements both ports of `tidegate-reconcile`. Interior mutability, because the ports take `&self`; one thread only.
#[derive(Debug)]
pub struct Account {
    state: RefCell<State>,
}

/// Everything there is.
#[derive(Debug)]
struct State {
    now: Millis,
    target: Target,
    kind: RdsReplicas,
    rds: Rds,
    dns: Route53,
    metrics: CloudWatch,
    clients: Clients,
    plant: Plant,
    faults: Faults,
    table: Table,
    watcher: Watcher,
    describes: u64,
    foreign: u64,
}

impl Account {
    /// The account of `target` as it stood for long: its source with backups, as many replicas of ours as its minimum asks for, and
    /// the reader name that answers with them; with none, with the primary if the policy has a floor.
    pub fn new(target: &Target, beginning: &Beginning) -> Self {
        let TargetKind::RdsReplicas(kind) = &target.kind;
        let now = Millis::of(beginning.start);
        let streams = Streams::new(beginning.seed);
        let mut rds = Rds::new(streams, kind.source.clone());
        let mut metrics = CloudWatch::new(streams.key(kind.source.as_str(), "metrics"));
        let class = kind.class.clone().unwrap_or_else(|| InstanceClass::new("db.t3.medium"));
        let mut seed = |id: InstanceId, source: Option<InstanceId>, tags| {
            let ring = metrics.ring(&id, now);
            let birth = Birth {
                id,
                source,
                engine: kind.engine,
                class: class.clone(),
                tags,
                maker: rds::Maker::Scaler,
                ring,
            };
            rds.seed(birth, now);
        };
        seed(kind.source.clone(), None, BTreeMap::new());
        for nth in 1..=target.scaling.min.0 {
            let tags = BTreeMap::from([
                (OWNER_TAG.to_owned(), kind.owner.clone()),
                (TARGET_TAG.to_owned(), target.name.to_string()),
                (DECISION_TAG.to_owned(), "before-the-run".to_owned()),
            ]);
            let name = format!("{}first{nth}", kind.prefix);
            seed(InstanceId::new(name), Some(kind.source.clone()), tags);
        }
        if beginning.blackout {
            let minutes = beginning.lasting.as_secs() / 60;
            let mut draws = streams.key(kind.source.as_str(), "blackout").member(0);
            let mut somewhere = |low: f64, high: f64| {
                Minute(now.minute().0 + clock::whole(draws.between(low, high) * minutes as f64))
            };
            let dark = somewhere(0.1, 0.5);
            metrics.blackouts.push((dark, Minute(dark.0 + 20)));
            metrics.disorder = Some(somewhere(0.6, 0.9));
        }
        let mut dns = Route53::new(
            streams.key(kind.reader.zone.as_str(), "changes"),
            kind.reader.zone.clone(),
            kind.reader.name.clone(),
        );
        let mut records = Vec::new();
        for instance in &rds.instances {
            let is_source = instance.described.id == kind.source;
            let Some(value) = instance.described.endpoint.clone() else { continue };
            let (set_id, weight) = if !is_source {
                (SetId::new(instance.described.id.as_str()), FULL_WEIGHT)
            } else if kind.floor {
                let alone = target.scaling.min.0 == 0;
                (SetId::new(FLOOR_SET_ID), if alone { FULL_WEIGHT } else { Weight::ZERO })
            } else {
                continue;
            };
            records.push(WeightedRecord { set_id, weight, ttl: kind.reader.ttl, value });
        }
        dns.seed(records);
        let mut clients = Clients::new(streams, Millis::of_duration(kind.pool_lifetime), now);
        clients.route(dns.visible(), &mut rds);
        clients.connect_all(&mut rds, now);
        // Those who were there before the run are warm.
        for instance in &mut rds.instances {
            instance.first_connection = instance.available;
        }
        let plant = Plant::new(kind, class.as_str(), streams);
        Self {
            state: RefCell::new(State {
                now,
                target: target.clone(),
                kind: kind.clone(),
                rds,
                dns,
                metrics,
                clients,
                plant,
                faults: Faults::new(streams.key(kind.source.as_str(), "faults")),
                table: Table::default(),
                watcher: Watcher::new(target, kind),
                describes: 0,
                foreign: 0,
            }),
        }
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.state.borrow().now.timestamp()
    }

    /// Lets time pass until `at`: instances come and go, changes reach the name servers, connections are made anew.
    pub fn advance_to(&self, at: Timestamp) {
        self.state.borrow_mut().advance(Millis::of(at));
    }

    /// Ends the minute that is over now (time has advanced to its end): serves `demand`, in capacities of one replica, publishes its
    /// metrics, and lets the watcher look.
    pub fn end_minute(&self, demand: f64) -> Served {
        self.state.borrow_mut().end_minute(demand)
    }

    /// Lets something happen to the account; the sentence that says what.
    pub fn befall(&self, event: &WorldEvent) -> String {
        self.state.borrow_mut().befall(event)
    }

    /// Lets the next call of `operation` go wrong.
    pub fn fail_next(&self, operation: Operation, fault: Fault) {
        self.state.borrow_mut().faults.next_call(operation, fault);
    }

    /// Lets calls of `operation` (`None`: of RDS, Route 53 and CloudWatch) go wrong with this probability for a while.
    pub fn fail_for(
        &self,
        lasting: SignedDuration,
        probability: f64,
        operation: Option<Operation>,
        fault: Fault,
    ) {
        let state = &mut *self.state.borrow_mut();
        let until = state.now + Millis::of_duration(lasting);
        state.faults.burst(state.now, until, probability, operation, fault);
    }

    /// Sets the Region's quota of instances, the source included.
    pub fn set_instance_quota(&self, quota: usize) {
        self.state.borrow_mut().rds.quota = quota;
    }

    /// Sets how many days the source's backups are kept; 0 forbids replicas.
    pub fn set_backup_retention(&self, days: u32) {
        let state = &mut *self.state.borrow_mut();
        if let Some(source) = state.rds.instances.first_mut() {
            source.described.backup_retention_days = days;
        }
        state.rds.touch(state.now);
    }

    /// Adds a record of another name that points at an instance.
    pub fn add_other_use(&self, name: DnsName, endpoint: DnsName) {
        self.state.borrow_mut().dns.seed_simple(name, endpoint);
    }

    /// Calls by AWS operation, as far as there were any.
    pub fn api_calls(&self) -> BTreeMap<String, u64> {
        self.state.borrow().faults.counts()
    }

    /// Connections that were refused or cut, newest last; the first thousand.
    pub fn refused_connections(&self) -> Vec<RefusedConnection> {
        self.state.borrow().clients.refused.clone()
    }

    /// How many connections were refused or cut because the scaler removed an instance. Anything but 0 is a defect.
    pub fn refused_by_removal(&self) -> u64 {
        self.state.borrow().clients.refused_by_removal
    }

    /// How many connections were refused or cut, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.state.borrow().clients.refused_count
    }

    /// Client connections at this instance, as pool slots of 400 in all.
    pub fn slots_at(&self, id: &InstanceId) -> u32 {
        self.state.borrow().rds.named(id).map_or(0, |instance| instance.slots)
    }

    /// The reader name's records as the name servers answer them.
    pub fn answered_records(&self) -> Vec<WeightedRecord> {
        self.state.borrow().dns.visible().to_vec()
    }

    /// Hours that the scaler's replicas were billed so far.
    pub fn unit_hours(&self) -> f64 {
        let state = self.state.borrow();
        state.rds.unit_hours(state.now)
    }

    /// The log so far, from line `from` on.
    pub fn activities_since(&self, from: usize) -> Vec<Activity> {
        self.state.borrow().table.activities(&self.state.borrow().target.name, from)
    }

    /// Whether RDS published an event since this was last asked.
    pub fn take_rds_events(&self) -> bool {
        let state = &mut *self.state.borrow_mut();
        let any = !state.rds.events.is_empty();
        state.rds.events.clear();
        any
    }

    /// Looks at the ledger's memory of the target.
    pub fn with_history<T>(&self, look: impl FnOnce(&History) -> T) -> Option<T> {
        let state = self.state.borrow();
        state.table.history(&state.target.name).map(look)
    }

    /// The breaches found since this was last asked.
    pub fn take_breaches(&self) -> Vec<Breach> {
        self.state.borrow_mut().watcher.take()
    }

    /// Every replica there is, for a chart.
    pub fn replica_frames(&self) -> Vec<ReplicaFrame> {
        self.state.borrow().replica_frames()
    }

    /// The weight of the floor record, if there is one.
    pub fn floor_weight(&self) -> Option<u8> {
        let state = self.state.borrow();
        let floor = state.dns.group().iter().find(|record| record.set_id.as_str() == FLOOR_SET_ID);
        floor.map(|record| record.weight.0)
    }
}

impl State {
    /// In order of time: whatever RDS does, whatever reaches the name servers, and every connection in between.
    fn advance(&mut self, to: Millis) {
        while self.now < to {
            let next = to.min(self.rds.next_step()).min(self.dns.next_insync()).max(self.now);
            self.clients.run_until(next, &mut self.rds);
            self.now = next;
            let known = self.rds.events.len();
            self.rds.settle(next);
            self.note_stops(known);
            if self.dns.settle(next) {
                self.clients.route(self.dns.visible(), &mut self.rds);
            }
        }
    }

    /// Instances that failed by themselves cut their clients.
    fn note_stops(&mut self, known: usize) {
        let failed: Vec<RdsEvent> =
            self.rds.events.iter().skip(known).filter(|event| event.what == "failed").cloned().collect();
        for event in failed {
            self.cut(&event.id, RefusalCause::CutByInterruption);
        }
    }

    /// Cuts everyone who is connected to this instance; how many.
    fn cut(&mut self, id: &InstanceId, cause: RefusalCause) -> u32 {
        let Some(instance) = self.rds.named(id) else { return 0 };
        let (uid, endpoint) = (instance.uid, self.rds.endpoint_name(instance.endpoint_id));
        let cut = self.clients.cut(uid, &endpoint, cause, self.now);
        if let Some(instance) = self.rds.by_uid(uid) {
            instance.slots = 0;
        }
        cut
    }

    fn end_minute(&mut self, demand: f64) -> Served {
        self.clients.retry(&mut self.rds, self.now);
        let minute = Minute(self.now.minute().0 - 1);
        let served = self.plant.serve(demand, self.now, minute, &mut self.rds, &mut self.metrics);
        let blameless = self.faults.active(self.now);
        self.watcher.look(&self.rds, &self.dns, &self.clients, self.now, blameless);
        served
    }

    /// The `nth` (from 0) of the scaler's replicas that serve, in order of creation.
    fn nth_replica(&self, nth: usize) -> Option<InstanceId> {
        let ours = self.rds.replicas().filter(|replica| replica.maker == rds::Maker::Scaler);
        ours.filter(|replica| replica.accepts()).nth(nth).map(|replica| replica.described.id.clone())
    }

    fn befall(&mut self, event: &WorldEvent) -> String {
        let now = self.now;
        let replica = event.replica().and_then(|nth| self.nth_replica(nth));
        let lasting = event.lasting().map_or(Millis(0), Millis::of_duration);
        let until = now + lasting;
        match (event, &replica) {
            (WorldEvent::LagSpike { seconds, .. }, Some(id)) => self.rds.spike(id, *seconds, until),
            (WorldEvent::PromoteReplica { .. }, Some(id)) => self.rds.promote(id, now),
            (WorldEvent::ProtectReplica { .. }, Some(id)) => self.rds.protect(id, now),
            (WorldEvent::PinReplica { .. }, Some(id)) => {
                self.rds.tag(id, tidegate_policy::ownership::PIN_TAG, "a person", now);
            }
            (WorldEvent::InstanceInterrupted { .. }, Some(id)) => {
                if self.rds.interrupt(id, "rebooting", lasting, now).is_some() {
                    self.cut(id, RefusalCause::CutByInterruption);
                }
            }
            (WorldEvent::SourceModifying { .. }, _) => {
                let source = self.kind.source.clone();
                self.rds.interrupt(&source, "modifying", lasting, now);
            }
            (WorldEvent::FailNextCreation, _) => self.rds.creations_to_fail += 1,
            (WorldEvent::ThrottleBurst { probability, .. }, _) => {
                self.faults.burst(now, until, *probability, None, Fault::Throttled);
            }
            (WorldEvent::LedgerUnreachable { .. }, _) => {
                for operation in [Operation::GetItem, Operation::BatchGetItem, Operation::PutItem] {
                    self.faults.burst(now, until, 1.0, Some(operation), Fault::Unreachable);
                }
            }
            (WorldEvent::LedgerAnswersLost { probability, .. }, _) => {
                let operation = Some(Operation::PutItem);
                self.faults.burst(now, until, *probability, operation, Fault::AnswerLost);
            }
            (WorldEvent::MetricBlackout { .. }, _) => {
                let end = Minute((until + Millis::MINUTE).minute().0);
                self.metrics.blackouts.push((now.minute(), end));
            }
            (WorldEvent::ForeignReplica, _) => return self.foreign_replica(),
            (_, None) => return "no replica to hit".to_owned(),
        }
        event.sentence(replica.as_ref())
    }

    fn foreign_replica(&mut self) -> String {
        self.foreign += 1;
        let id = InstanceId::new(format!("analytics-{}", self.foreign));
        let ring = self.metrics.ring(&id, self.now);
        let class = self
            .rds
            .source()
            .map_or_else(|| InstanceClass::new("db.t3.medium"), |source| source.described.class.clone());
        let create = tidegate_policy::plan::CreateReplica {
            id: id.clone(),
            source: self.kind.source.clone(),
            class,
            tags: BTreeMap::new(),
            security_groups: Vec::new(),
        };
        match self.rds.create(&create, rds::Maker::Other, ring, self.now) {
            Ok(()) => format!("somebody else creates the replica {id}"),
            Err(refusal) => format!("somebody else cannot create the replica {id}: {}", refusal.message),
        }
    }

    fn replica_frames(&self) -> Vec<ReplicaFrame> {
        let ours_or_not = self.rds.instances.iter().filter(|instance| {
            instance.described.id != self.kind.source
                && (instance.described.source.is_some() || instance.maker == rds::Maker::Scaler)
        });
        let intent = self.table.history(&self.target.name).and_then(|history| history.intent.as_ref());
        ours_or_not
            .map(|instance| {
                let record = self
                    .dns
                    .group()
                    .iter()
                    .find(|record| record.set_id.as_str() == instance.described.id.as_str());
                let weight = record.map(|record| record.weight.0);
                ReplicaFrame {
                    id: instance.described.id.to_string(),
                    stage: stage(instance, weight, Course::of(intent, &instance.described.id)),
                    weight,
                    cpu: instance.last.cpu,
                    connections: 100.0 * instance.last.connections / f64::from(self.plant.max_connections()),
                    lag: instance.last.lag.unwrap_or(0.0),
                }
            })
            .collect()
    }
}

/// What the scaler means to do with a replica, by its ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Coming,
    Staying,
    Going,
}

impl Course {
    fn of(intent: Option<&Intent>, id: &InstanceId) -> Course {
        match intent.map(|intent| &intent.transition) {
            Some(Transition::Add(additions)) if additions.iter().any(|addition| addition.id == *id) => {
                Course::Coming
            }
            Some(Transition::Remove(removal)) if removal.id == *id => Course::Going,
            _ => Course::Staying,
        }
    }
}

/// Where in its life a replica truly stands.
fn stage(instance: &rds::Instance, weight: Option<u8>, course: Course) -> Stage {
    let foreign = instance.maker == rds::Maker::Other || instance.described.source.is_none();
    match (instance.described.status.0.as_str(), weight) {
        _ if foreign => Stage::Foreign,
        ("deleting", _) => Stage::Deleting,
        ("failed", _) => Stage::Failed,
        _ if instance.available.is_none() => Stage::Creating,
        (_, None | Some(0)) if course == Course::Going => Stage::Draining,
        (_, None | Some(0)) if course == Course::Staying && instance.first_connection.is_some() => {
            Stage::Demoted
        }
        (_, None | Some(0)) => Stage::CatchingUp,
        (_, Some(weight)) if weight < FULL_WEIGHT.0 && course == Course::Coming => Stage::Ramping,
        (_, Some(weight)) if weight < FULL_WEIGHT.0 => Stage::Demoted,
        _ => Stage::Serving,
    }
}

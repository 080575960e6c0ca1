//! The simulated account: what is scaled, CloudWatch, the ledger's table and the application's clients, in virtual time.
//!
//! It stands behind the ports of `tidegate-reconcile`, so that the very code that runs against AWS runs here. Everything in it is
//! the truth; what the scaler sees of it goes through `fleet`, late and sometimes not at all.

mod clock;
mod cloudwatch;
mod faults;
mod fleet;
mod ledger;
mod nodes;
mod replicas;
mod served;
mod service;
mod shared;
mod watched;

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::history::History;
use tidegate_policy::names::{DnsName, InstanceId};
use tidegate_policy::observation::WeightedRecord;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Activity;

use crate::document::{Body, ReplicaFrame};
use crate::random::Streams;
use crate::world::WorldEvent;

use clock::Millis;
use cloudwatch::CloudWatch;
use faults::Faults;
use ledger::Table;
use shared::Shared;

#[cfg(test)]
pub(crate) use clock::whole;
pub use faults::{Fault, Operation};
pub use nodes::{GroupStart, Keys};
pub use replicas::{FULL_WEIGHT, RefusalCause, RefusedConnection};
pub use served::Served;
pub use service::{Change, MESSAGES_A_MINUTE, Native, REQUESTS_A_MINUTE, ServiceStart, WarmedUp};
pub use watched::Breach;

/// How an account begins.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Reproduces everything that is left to chance.
    pub seed: u64,
    /// The first moment.
    pub start: Timestamp,
    /// How long it will be watched: the blackout falls within.
    pub lasting: SignedDuration,
    /// Whether CloudWatch has its one 20-minute blackout and its one batch out of order.
    pub blackout: bool,
    /// How a service stands; says nothing of replicas.
    pub service: ServiceStart,
    /// How a replication group stands; says nothing of the others.
    pub group: GroupStart,
}

/// A simulated account with one target: a source with its replicas and reader name, a service, or a replication group.
///
/// It implements both ports of `tidegate-reconcile`. Interior mutability, because the ports take `&self`; one thread only.
#[derive(Debug)]
pub struct Account {
    state: RefCell<State>,
}

/// Everything there is, by the target's kind.
#[derive(Debug)]
enum State {
    Replicas(Box<replicas::State>),
    Service(Box<service::State>),
    Nodes(Box<nodes::State>),
}

impl State {
    fn shared(&self) -> &Shared {
        match self {
            State::Replicas(state) => &state.shared,
            State::Service(state) => &state.shared,
            State::Nodes(state) => &state.shared,
        }
    }

    fn shared_mut(&mut self) -> &mut Shared {
        match self {
            State::Replicas(state) => &mut state.shared,
            State::Service(state) => &mut state.shared,
            State::Nodes(state) => &mut state.shared,
        }
    }

    fn replicas(&self) -> Option<&replicas::State> {
        match self {
            State::Replicas(state) => Some(state),
            State::Service(_) | State::Nodes(_) => None,
        }
    }

    fn replicas_mut(&mut self) -> Option<&mut replicas::State> {
        match self {
            State::Replicas(state) => Some(state),
            State::Service(_) | State::Nodes(_) => None,
        }
    }

    fn service(&self) -> Option<&service::State> {
        match self {
            State::Service(state) => Some(state),
            State::Replicas(_) | State::Nodes(_) => None,
        }
    }

    #[cfg(test)]
    fn nodes(&self) -> Option<&nodes::State> {
        match self {
            State::Nodes(state) => Some(state),
            State::Replicas(_) | State::Service(_) => None,
        }
    }
}

impl Account {
    /// The account of `target` as it stood for long, with as many members as its minimum asks for.
    pub fn new(target: &Target, beginning: &Beginning) -> Self {
        let streams = Streams::new(beginning.seed);
        let now = Millis::of(beginning.start);
        // What chance is keyed by: the name that AWS knows the target by.
        let resource = match &target.kind {
            TargetKind::RdsReplicas(kind) => kind.source.to_string(),
            TargetKind::EcsService(kind) => kind.resource_id(),
            TargetKind::RedisNodes(kind) => kind.group.to_string(),
        };
        let mut metrics = CloudWatch::new(streams.key(&resource, "metrics"));
        if beginning.blackout {
            metrics.have_a_bad_day(streams.key(&resource, "blackout"), now, beginning.lasting);
        }
        let faults = Faults::new(streams.key(&resource, "faults"));
        let shared = Shared { now, target: target.clone(), metrics, faults, table: Table::default() };
        let state = match &target.kind {
            TargetKind::RdsReplicas(kind) => {
                State::Replicas(Box::new(replicas::State::new(shared, kind, streams)))
            }
            TargetKind::EcsService(kind) => {
                State::Service(Box::new(service::State::new(shared, kind, &beginning.service, streams)))
            }
            TargetKind::RedisNodes(kind) => {
                State::Nodes(Box::new(nodes::State::new(shared, kind, &beginning.group, streams)))
            }
        };
        Self { state: RefCell::new(state) }
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.shared().now.timestamp()
    }

    /// Lets time pass until `at`: members come and go, changes spread, connections are made anew.
    pub fn advance_to(&self, at: Timestamp) {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.advance(Millis::of(at)),
            State::Service(state) => state.advance(Millis::of(at)),
            State::Nodes(state) => state.advance(Millis::of(at)),
        }
    }

    /// Ends the minute that is over now (time has advanced to its end): serves `demand`, in capacities of one member, publishes its
    /// metrics, and lets the watcher look.
    pub fn end_minute(&self, demand: f64) -> Served {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.end_minute(demand),
            State::Service(state) => state.end_minute(demand),
            State::Nodes(state) => state.end_minute(demand),
        }
    }

    /// Lets something happen to the account; the sentence that says what.
    pub fn befall(&self, event: &WorldEvent) -> String {
        let state = &mut *self.state.borrow_mut();
        let own = match state {
            State::Replicas(state) => state.befall(event),
            State::Service(state) => state.befall(event),
            State::Nodes(state) => state.befall(event),
        };
        own.or_else(|| state.shared_mut().befall(event)).unwrap_or_else(|| {
            format!("nothing: {} does not happen to a target of kind {}", event.code(), self.kind_of(state))
        })
    }

    fn kind_of(&self, state: &State) -> &'static str {
        state.shared().target.kind.name()
    }

    /// Lets the next call of `operation` go wrong.
    pub fn fail_next(&self, operation: Operation, fault: Fault) {
        self.shared_mut().faults.next_call(operation, fault);
    }

    /// Lets calls of `operation` (`None`: of every service but the ledger's) go wrong with this probability for a while.
    pub fn fail_for(
        &self,
        lasting: SignedDuration,
        probability: f64,
        operation: Option<Operation>,
        fault: Fault,
    ) {
        let shared = &mut *self.shared_mut();
        let until = shared.now + Millis::of_duration(lasting);
        shared.faults.burst(shared.now, until, probability, operation, fault);
    }

    /// Calls by AWS operation, as far as there were any.
    pub fn api_calls(&self) -> BTreeMap<String, u64> {
        self.shared().faults.counts()
    }

    /// Hours that members were billed so far: the scaler's replicas, the service's tasks, or the group's nodes.
    pub fn unit_hours(&self) -> f64 {
        match &*self.state.borrow() {
            State::Replicas(state) => state.unit_hours(),
            State::Service(state) => state.unit_hours(),
            State::Nodes(state) => state.unit_hours(),
        }
    }

    /// The log so far, from line `from` on.
    pub fn activities_since(&self, from: usize) -> Vec<Activity> {
        let shared = self.shared();
        shared.table.activities(&shared.target.name, from)
    }

    /// Whether AWS published an event that wakes the scaler since this was last asked.
    pub fn take_events(&self) -> bool {
        self.state.borrow_mut().replicas_mut().is_some_and(replicas::State::take_events)
    }

    /// Looks at the ledger's memory of the target.
    pub fn with_history<T>(&self, look: impl FnOnce(&History) -> T) -> Option<T> {
        let shared = self.shared();
        shared.table.history(&shared.target.name).map(look)
    }

    /// The breaches found since this was last asked.
    pub fn take_breaches(&self) -> Vec<Breach> {
        match &mut *self.state.borrow_mut() {
            State::Replicas(state) => state.take_breaches(),
            State::Service(state) => state.take_breaches(),
            State::Nodes(state) => state.take_breaches(),
        }
    }

    /// What a chart is drawn from.
    pub fn frame(&self) -> Body {
        match &*self.state.borrow() {
            State::Replicas(state) => Body::Replicas(state.frame()),
            State::Service(state) => Body::Service(state.frame()),
            State::Nodes(state) => Body::Nodes(state.frame()),
        }
    }

    fn shared(&self) -> Ref<'_, Shared> {
        Ref::map(self.state.borrow(), State::shared)
    }

    fn shared_mut(&self) -> RefMut<'_, Shared> {
        RefMut::map(self.state.borrow_mut(), State::shared_mut)
    }
}

/// What only replicas have; of a service nothing is said and nothing is done.
impl Account {
    /// Sets the Region's quota of instances, the source included.
    pub fn set_instance_quota(&self, quota: usize) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.set_instance_quota(quota);
        }
    }

    /// Sets how many days the source's backups are kept; 0 forbids replicas.
    pub fn set_backup_retention(&self, days: u32) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.set_backup_retention(days);
        }
    }

    /// Adds a record of another name that points at an instance.
    pub fn add_other_use(&self, name: DnsName, endpoint: DnsName) {
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.add_other_use(name, endpoint);
        }
    }

    /// Connections that were refused or cut, newest last; the first thousand.
    pub fn refused_connections(&self) -> Vec<RefusedConnection> {
        self.state.borrow().replicas().map_or_else(Vec::new, |state| state.clients().refused.clone())
    }

    /// How many connections were refused or cut because the scaler removed an instance. Anything but 0 is a defect.
    pub fn refused_by_removal(&self) -> u64 {
        self.state.borrow().replicas().map_or(0, |state| state.clients().refused_by_removal)
    }

    /// How many connections were refused or cut, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.state.borrow().replicas().map_or(0, |state| state.clients().refused_count)
    }

    /// Client connections at this instance, as pool slots of 400 in all.
    pub fn slots_at(&self, id: &InstanceId) -> u32 {
        self.state.borrow().replicas().map_or(0, |state| state.slots_at(id))
    }

    /// The reader name's records as the name servers answer them.
    pub fn answered_records(&self) -> Vec<WeightedRecord> {
        self.state.borrow().replicas().map_or_else(Vec::new, replicas::State::answered_records)
    }

    /// Every replica there is, for a chart.
    pub fn replica_frames(&self) -> Vec<ReplicaFrame> {
        self.state.borrow().replicas().map_or_else(Vec::new, replicas::State::frames)
    }

    /// The weight of the floor record, if there is one.
    pub fn floor_weight(&self) -> Option<u8> {
        self.state.borrow().replicas().and_then(replicas::State::floor_weight)
    }
}

/// What replicas do not have.
impl Account {
    /// The changes of capacity that the scaler made to a service or a replication group since this was last asked, in order.
    pub fn take_changes(&self) -> Vec<Change> {
        match &mut *self.state.borrow_mut() {
            State::Replicas(_) => Vec::new(),
            State::Service(state) => state.take_changes(),
            State::Nodes(state) => state.take_changes(),
        }
    }

    /// The warm-ups that the scaler made so far.
    pub fn warmed_up(&self) -> Vec<WarmedUp> {
        self.state.borrow().service().map_or_else(Vec::new, service::State::warmed_up)
    }
}

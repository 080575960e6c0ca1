//! The simulated account: what is scaled, CloudWatch, the ledger's table and the application's clients, in virtual time.
//!
//! It holds every target of a policy: one clock, one table, and mishaps of the account that strike all its targets at once. Targets meet
//! nowhere else: what becomes of one is the same whatever else the account holds.
//!
//! It stands behind the ports of `tidegate-reconcile`, so that the very code that runs against AWS runs here. Everything in it is
//! the truth; what the scaler sees of it goes through `fleet`, late and sometimes not at all.

mod alarm;
mod archive;
mod before;
mod beginning;
mod bus;
mod call;
mod change;
mod clock;
mod cloudwatch;
mod ecs_service;
mod faults;
mod fleet;
mod kinds;
mod latency;
mod ledger;
mod one;
mod only;
mod pace;
mod past;
mod rds_replicas;
mod redis_nodes;
mod region;
mod request;
mod served;
mod shared;
mod simulated;
mod table;
mod watched;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::names::TargetName;
use tidegate_policy::policy::{Target, TargetKind};
use tidegate_policy::record::Activity;
use tidegate_reconcile::port::Lease;

use crate::random::Streams;
use crate::world::WorldEvent;

use bus::Bus;
use clock::Millis;
use cloudwatch::CloudWatch;
use faults::Faults;
use kinds::Part;
use region::Region;
use shared::{Common, Shared};
use table::Table;

pub use beginning::Beginning;
pub use bus::Announcement;
pub use change::Change;
pub(crate) use clock::whole;
pub use ecs_service::{MESSAGES_A_MINUTE, Native, REQUESTS_A_MINUTE, ServiceStart, WarmedUp};
pub use faults::{Calls, Fault, Operation};
pub use latency::TimeLeft;
pub use one::OneTarget;
pub use pace::Latency;
pub use rds_replicas::{FULL_WEIGHT, RefusalCause, RefusedConnection};
pub use redis_nodes::{GroupStart, Keys};
pub(crate) use served::OBJECTIVE;
pub use served::Served;
pub use watched::Breach;

/// A simulated account with its targets: each a source with its replicas and reader name, a service, or a replication
/// group.
///
/// It implements both ports of `tidegate-reconcile`. Interior mutability, because the ports take `&self`; one thread only.
#[derive(Debug)]
pub struct Account {
    state: RefCell<State>,
}

/// Everything there is.
#[derive(Debug)]
struct State {
    common: Rc<RefCell<Common>>,
    /// At least one.
    parts: Vec<Part>,
}

impl State {
    fn replicas(&self) -> Option<&rds_replicas::State> {
        self.parts.iter().find_map(Part::replicas)
    }

    fn replicas_mut(&mut self) -> Option<&mut rds_replicas::State> {
        self.parts.iter_mut().find_map(Part::replicas_mut)
    }

    fn service(&self) -> Option<&ecs_service::State> {
        self.parts.iter().find_map(Part::service)
    }

    #[cfg(test)]
    fn nodes(&self) -> Option<&redis_nodes::State> {
        self.parts.iter().find_map(Part::nodes)
    }

    /// The part that is this target.
    fn part_mut(&mut self, target: &Target) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.any().shared().target.name == target.name)
    }

    /// How much there is to describe in the Region.
    fn region(&self) -> Region {
        let groups = || self.parts.iter().filter_map(Part::nodes);
        Region {
            instances: self.parts.iter().filter_map(Part::replicas).map(rds_replicas::State::instances).sum(),
            groups: groups().count(),
            nodes: groups().map(redis_nodes::State::members).sum(),
        }
    }
}

/// What chance is keyed by: the name that AWS knows the target by.
fn resource(target: &Target) -> String {
    match &target.kind {
        TargetKind::RdsReplicas(kind) => kind.source.to_string(),
        TargetKind::EcsService(kind) => kind.resource_id(),
        TargetKind::RedisNodes(kind) => kind.group.to_string(),
    }
}

impl Account {
    /// The account of `target` alone, as it stood for long, with as many members as its minimum asks for.
    pub fn new(target: &Target, beginning: &Beginning) -> Self {
        Self::of(target, &[], beginning)
    }

    /// The account of several targets, each as `new` has it.
    pub fn of(first: &Target, others: &[&Target], beginning: &Beginning) -> Self {
        let streams = Streams::new(beginning.seed);
        let now = Millis::of(beginning.start);
        let targets = || std::iter::once(first).chain(others.iter().copied());
        let all: Vec<String> = targets().map(resource).collect();
        let faults = Faults::new(streams.key(&all.join(" "), "faults"));
        let common = Rc::new(RefCell::new(Common {
            now,
            faults,
            table: Table::default(),
            bus: Bus::default(),
            pace: None,
        }));
        let part = |target: &Target| {
            let resource = resource(target);
            let mut metrics = CloudWatch::new(streams.key(&resource, "metrics"));
            if beginning.blackout {
                metrics.have_a_bad_day(streams.key(&resource, "blackout"), now, beginning.lasting);
            }
            let shared = Shared { now, target: target.clone(), metrics, common: Rc::clone(&common) };
            Part::new(shared, beginning)
        };
        let parts = targets().map(part).collect();
        Self { state: RefCell::new(State { common, parts }) }
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.common(|common| common.now.timestamp())
    }

    /// Lets time pass until `at`: members come and go, changes spread, connections are made anew.
    pub fn advance_to(&self, at: Timestamp) {
        let at = Millis::of(at);
        for part in &mut self.state.borrow_mut().parts {
            part.any_mut().advance(at);
        }
        self.common(|common| common.now = common.now.max(at));
    }

    /// Lets something happen that strikes every target of the account; the sentence that says what, `None` if it is no such thing.
    pub fn befall_all(&self, event: &WorldEvent) -> Option<String> {
        let State { common, parts } = &mut *self.state.borrow_mut();
        let common = &mut *common.borrow_mut();
        let now = common.now;
        let until = now + event.lasting().map_or(Millis(0), Millis::of_duration);
        match event {
            WorldEvent::ThrottleBurst { probability, .. } => {
                common.faults.burst(now, until, *probability, None, Fault::Throttled);
            }
            WorldEvent::SlowCalls { seconds, .. } => {
                common.faults.slow_down(now, until, SignedDuration::from_secs_f64(seconds.clamp(0.0, 900.0)));
            }
            WorldEvent::LedgerUnreachable { .. } => {
                for operation in [Operation::GetItem, Operation::BatchGetItem, Operation::PutItem] {
                    common.faults.burst(now, until, 1.0, Some(operation), Fault::Unreachable);
                }
            }
            WorldEvent::LedgerAnswersLost { probability, .. } => {
                let operation = Some(Operation::PutItem);
                common.faults.burst(now, until, *probability, operation, Fault::AnswerLost);
            }
            WorldEvent::EventBusThrottled { probability, .. } => {
                let operation = Some(Operation::PutEvents);
                common.faults.burst(now, until, *probability, operation, Fault::Throttled);
            }
            WorldEvent::MetricBlackout { .. } => {
                for part in parts {
                    part.any_mut().shared_mut().metrics.black_out(now, until);
                }
            }
            _ => return None,
        }
        Some(event.sentence(None))
    }

    /// Lets the next call of `operation` go wrong.
    pub fn fail_next(&self, operation: Operation, fault: Fault) {
        self.common(|common| common.faults.next_call(operation, fault));
    }

    /// Lets calls of `operation` (`None`: of every service but the ledger's) go wrong with this probability for a while.
    pub fn fail_for(
        &self,
        lasting: SignedDuration,
        probability: f64,
        operation: Option<Operation>,
        fault: Fault,
    ) {
        self.common(|common| {
            let until = common.now + Millis::of_duration(lasting);
            common.faults.burst(common.now, until, probability, operation, fault);
        });
    }

    /// The ledger loses what it remembers of every target, as after a restore of an old table.
    pub fn forget(&self) {
        self.common(|common| common.table.forget());
        if let Some(state) = self.state.borrow_mut().replicas_mut() {
            state.forgotten();
        }
    }

    /// Who holds the lease of a target, as the table has it.
    pub fn lease(&self, target: &TargetName) -> Option<Lease> {
        self.common(|common| common.table.lease(target))
    }

    /// The calls made so far.
    pub fn calls(&self) -> Calls {
        self.common(|common| common.faults.calls())
    }

    /// Calls by AWS operation, as far as there were any.
    pub fn api_calls(&self) -> BTreeMap<String, u64> {
        self.calls().by_operation()
    }

    /// The log of all targets so far, from line `from` on.
    pub fn activities_since(&self, from: usize) -> Vec<Activity> {
        self.common(|common| common.table.activities(from))
    }

    /// What was published of all targets so far, in the order in which it arrived; after a lost answer once more.
    pub fn announcements(&self) -> Vec<Announcement> {
        self.common(|common| common.bus.announcements().to_vec())
    }

    /// The breaches of all targets found since this was last asked.
    pub fn take_breaches(&self) -> Vec<Breach> {
        self.state.borrow_mut().parts.iter_mut().flat_map(|part| part.any_mut().take_breaches()).collect()
    }

    fn common<T>(&self, look: impl FnOnce(&mut Common) -> T) -> T {
        look(&mut self.state.borrow().common.borrow_mut())
    }
}

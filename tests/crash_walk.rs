//! Goal: an attempt may die anywhere. Method: walk the add and the remove path once and count every write, to AWS and to the ledger;
//! then walk it again for each of them, killed right before it and right after it, and compare where everything comes to rest.

use std::cell::Cell;

use jiff::Timestamp;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::{Lacking, Look, Observation, PastMinutes};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::Target;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::Mode;
use tidegate_reconcile::port::{
    Fleet, FleetError, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite, ObserveRequest,
};
use tidegate_simulator::account::Account;

use crate::world::{PRODUCTION, Rest, TO_ZERO, World, target};

/// When the attempt dies, counted in writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    Before(usize),
    After(usize),
}

/// Both ports of an account, on which an attempt dies at one write.
pub(crate) struct Mortal<'a> {
    pub(crate) account: &'a Account,
    pub(crate) writes: &'a Cell<usize>,
    pub(crate) death: Option<Death>,
}

impl Mortal<'_> {
    async fn write<T>(&self, call: impl Future<Output = T>) -> T {
        let number = self.writes.get();
        self.writes.set(number + 1);
        if self.death == Some(Death::Before(number)) {
            // A killed process never comes back: the driver drops the future.
            std::future::pending::<()>().await;
        }
        let answer = call.await;
        if self.death == Some(Death::After(number)) {
            std::future::pending::<()>().await;
        }
        answer
    }
}

impl Fleet for Mortal<'_> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        self.account.observe(requests, now).await
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        self.account.past(target, seen, lacking).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        self.account.look_again(target, action, now).await
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.write(self.account.apply(target, action)).await
    }
}

impl Ledger for Mortal<'_> {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        self.account.load(targets).await
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        self.write(self.account.claim(target, version, lease, now)).await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        self.write(self.account.store(target, version, write)).await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        self.write(self.account.publish(target, notices)).await
    }
}

/// A policy whose evaluations do not depend on the minute at which an attempt died: every minute is one.
fn impatient(document: &str) -> Target {
    let mut target = target(document);
    target.scaling.evaluate_every = jiff::SignedDuration::from_mins(1);
    target
}

/// Hours of one load and then hours of another; what it comes to, and how many writes it took.
struct Walk {
    target: Target,
    hours: [(i64, f64); 2],
}

struct Walked {
    rest: Rest,
    creations: u64,
    deletions: u64,
    writes: usize,
    /// The writes that were mutations of AWS: the walk must have seen them all.
    mutations: Vec<(usize, String)>,
    /// How many attempts were killed.
    killed: usize,
}

impl Walk {
    fn walk(&self, death: Option<Death>) -> Walked {
        let mut world = World::new(&self.target, 7);
        let writes = Cell::new(0);
        let mut mutations = Vec::new();
        let mut killed = 0;
        for (hours, units) in self.hours {
            for _ in 0..hours * 60 {
                let before = writes.get();
                let mortal = Mortal { account: &world.account, writes: &writes, death };
                let report = world.attempt(&mortal, &mortal, Mode::Apply);
                killed += usize::from(report.is_none());
                for target in report.iter().flat_map(|report| &report.targets) {
                    if let tidegate_reconcile::report::TargetResult::Planned { outcomes, .. } = &target.result
                    {
                        mutations.extend(outcomes.iter().map(|(action, _)| (before, action.to_string())));
                    }
                    assert!(
                        !matches!(target.result, tidegate_reconcile::report::TargetResult::Failed(_)),
                        "{death:?} at minute {}: {:?}",
                        world.minute,
                        target.result
                    );
                }
                world.live(units);
            }
        }
        let calls = world.account.api_calls();
        let of = |name: &str| calls.get(name).copied().unwrap_or(0);
        Walked {
            rest: world.rest(),
            creations: of("CreateDBInstanceReadReplica"),
            deletions: of("DeleteDBInstance"),
            writes: writes.get(),
            mutations,
            killed,
        }
    }

    /// The first and the last write that matter: from the attempt before the first mutation to the one after the last.
    fn stretch(&self, alive: &Walked) -> std::ops::Range<usize> {
        let first = alive.mutations.first().map_or(0, |(write, _)| write.saturating_sub(4));
        let last = alive.mutations.last().map_or(0, |(write, _)| write + 12);
        first..last.min(alive.writes)
    }

    fn every_death_comes_to_the_same(&self, expected_creations: u64, expected_deletions: u64) {
        let alive = self.walk(None);
        assert_eq!(
            (alive.creations, alive.deletions),
            (expected_creations, expected_deletions),
            "{:?}",
            alive.rest
        );
        assert_eq!(alive.rest.transition, None);
        let stretch = self.stretch(&alive);
        assert!(stretch.len() > 20, "the walk is too short to be one: {:?}", alive.mutations);
        for write in stretch {
            for death in [Death::Before(write), Death::After(write)] {
                let died = self.walk(Some(death));
                assert_eq!(died.killed, 1, "{death:?}: nobody died");
                assert_eq!(died.rest, alive.rest, "{death:?} of {} writes", alive.writes);
                // A creation or deletion may be asked for again; it never makes or takes a second instance.
                assert!(died.creations <= alive.creations + 1, "{death:?}: {} creations", died.creations);
                assert!(died.deletions <= alive.deletions + 1, "{death:?}: {} deletions", died.deletions);
            }
        }
    }
}

#[test]
fn the_add_path_survives_a_crash_at_every_write() {
    // Hot enough for the step of two, and for both to stay: two replicas come in together.
    let walk = Walk { target: impatient(PRODUCTION), hours: [(1, 0.8), (3, 2.4)] };
    walk.every_death_comes_to_the_same(2, 0);
}

#[test]
fn the_remove_path_survives_a_crash_at_every_write() {
    let mut target = impatient(PRODUCTION);
    target.scaling.cooldown.in_ = jiff::SignedDuration::from_mins(10);
    // The first hour adds, the later ones take it all away again, one after the other.
    let walk = Walk { target, hours: [(1, 1.9), (7, 0.3)] };
    walk.every_death_comes_to_the_same(2, 2);
}

#[test]
fn the_way_to_zero_and_back_survives_a_crash_at_every_write() {
    let mut target = impatient(TO_ZERO);
    target.scaling.cooldown.in_ = jiff::SignedDuration::from_mins(10);
    let walk = Walk { target, hours: [(1, 0.9), (5, 0.1)] };
    let alive = walk.walk(None);
    assert!(alive.creations == 1 && alive.deletions == 1, "{:?}", alive.mutations);
    assert_eq!(alive.rest.floor, Some(64), "{:?}", alive.rest);
    walk.every_death_comes_to_the_same(1, 1);
}

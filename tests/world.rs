//! A simulated account that a test drives minute by minute, with its own idea of who wakes up.

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::parse;
use tidegate_policy::history::Transition;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::policy::{Policy, Target};
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::port::{Fleet, Ledger};
use tidegate_reconcile::report::RunReport;
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile_within};
use tidegate_simulator::account::{Account, Beginning, Breach, GroupStart, ServiceStart};
use tidegate_simulator::document::Stage;

/// The production policy, as the repository ships it.
pub(crate) const PRODUCTION: &str = include_str!("../infra/policies/production.toml");
/// The staging policy, likewise.
pub(crate) const STAGING: &str = include_str!("../infra/policies/staging.toml");
/// The staging policy that comes to none, likewise.
pub(crate) const TO_ZERO: &str = include_str!("../infra/policies/staging-to-zero.toml");

/// The policy with forecasts that act, likewise.
pub(crate) const FORECAST: &str = include_str!("../infra/policies/forecast.toml");

/// The first target of a shipped policy: its replicas.
pub(crate) fn target(document: &str) -> Target {
    targets(document).into_iter().next().unwrap()
}

/// All targets of a shipped policy.
pub(crate) fn targets(document: &str) -> Vec<Target> {
    parse(document).unwrap().targets
}

/// A Sunday, so that no capacity window is open.
pub(crate) fn start() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// An account, its policy and its clock.
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) policy: Policy,
    pub(crate) minute: i64,
}

impl World {
    pub(crate) fn new(target: &Target, seed: u64) -> Self {
        Self::of_group(target, seed, GroupStart::plain())
    }

    /// The same with a replication group that stands so; says nothing of other kinds.
    pub(crate) fn of_group(target: &Target, seed: u64, group: GroupStart) -> Self {
        let beginning = Beginning {
            seed,
            start: start(),
            lasting: SignedDuration::from_hours(48),
            blackout: false,
            service: ServiceStart::plain(),
            group,
        };
        let account = Account::new(target, &beginning);
        Self { account, policy: Policy { targets: vec![target.clone()], notify: Vec::new() }, minute: 0 }
    }

    pub(crate) fn now(&self) -> Timestamp {
        start() + SignedDuration::from_secs(self.minute * 60 + 20)
    }

    /// One attempt over these ports. `None`: it never came back, as when a function is killed, or could not read the ledger.
    pub(crate) fn attempt<F: Fleet, L: Ledger>(
        &self,
        fleet: &F,
        ledger: &L,
        mode: Mode,
    ) -> Option<RunReport> {
        let now = self.now();
        self.account.advance_to(now);
        self.attempt_with(fleet, ledger, mode, &[])
    }

    /// The same with direct commands.
    pub(crate) fn attempt_with<F: Fleet, L: Ledger>(
        &self,
        fleet: &F,
        ledger: &L,
        mode: Mode,
        orders: &[(TargetName, Order)],
    ) -> Option<RunReport> {
        let now = self.now();
        let owner = format!("attempt-{}", self.minute);
        let attempt = Attempt {
            owner: &owner,
            lease_for: LEASE_AT_LEAST,
            wake: Wake::Clock,
            mode,
            orders,
            paused: None,
        };
        let made = self.account.attempt(now, async |time| {
            reconcile_within(fleet, ledger, &self.policy, now, &attempt, &time, &|_| ()).await
        });
        made?.ok()
    }

    /// The rest of the minute, under this demand, in which no invariant is broken.
    pub(crate) fn live(&mut self, units: f64) {
        let breaches = self.pass(units);
        assert!(breaches.is_empty(), "minute {}: {breaches:?}", self.minute);
    }

    /// The rest of the minute, under this demand, and what was broken by its end.
    pub(crate) fn pass(&mut self, units: f64) -> Vec<Breach> {
        self.minute += 1;
        self.account.advance_to(start() + SignedDuration::from_mins(self.minute));
        let _ = self.account.end_minute(units);
        self.account.take_breaches()
    }

    /// What is left when everything has come to rest: the stage and weight of every replica, the floor, and no transition.
    pub(crate) fn rest(&self) -> Rest {
        let mut replicas: Vec<_> =
            self.account.replica_frames().iter().map(|frame| (frame.stage, frame.weight)).collect();
        replicas.sort();
        let transition =
            self.account.with_history(|history| history.rds_replicas.intents.first().cloned()).flatten();
        Rest {
            replicas,
            floor: self.account.floor_weight(),
            transition: transition.map(|intent| match intent.transition {
                Transition::Add(_) => "add",
                Transition::Remove(_) => "remove",
            }),
        }
    }
}

/// See `World::rest`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) replicas: Vec<(Stage, Option<u8>)>,
    pub(crate) floor: Option<u8>,
    pub(crate) transition: Option<&'static str>,
}

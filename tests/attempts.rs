//! Goal: an attempt fails closed and one target at a time. Method: a puppet between the attempt and the account, which spoils single calls
//! and counts what came through.

use std::cell::{Cell, RefCell};

use futures_util::FutureExt;
use jiff::Timestamp;
use tidegate_policy::history::Notice;
use tidegate_policy::names::TargetName;
use tidegate_policy::observation::{EndpointUse, Lacking, Look, Observation, OtherUses, PastMinutes};
use tidegate_policy::plan::Action;
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::port::{
    Fleet, FleetError, Lease, Ledger, LedgerError, LedgerItem, LedgerWrite, ObserveRequest,
};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, ReconcileError, Wake, reconcile};
use tidegate_simulator::account::Account;

use crate::world::{PRODUCTION, World, target};

/// What is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoil {
    Nothing,
    /// The ledger cannot be read.
    Load,
    /// The first target's item cannot be read.
    OneItem,
    /// The ledger cannot be written once the lease is taken.
    Store,
    /// The lease cannot be taken.
    Claim,
    /// Nothing can be observed.
    ObserveAll,
    /// The first target cannot be observed.
    ObserveFirst,
    /// The last look before a deletion fails.
    Inspect,
    /// Somebody pins the replica between the plan and the deletion.
    PinnedMeanwhile,
    /// Somebody turns on deletion protection in between.
    ProtectedMeanwhile,
    /// Somebody puts the endpoint into another record in between.
    UsedMeanwhile,
    /// The whole zone cannot be read in between.
    ZoneUnreadMeanwhile,
    /// The owner tag is gone in between.
    DisownedMeanwhile,
    /// The name belongs to another instance in between.
    ReplacedMeanwhile,
}

struct Puppet<'a> {
    account: &'a Account,
    spoil: Spoil,
    applied: RefCell<Vec<String>>,
    deletions_tried: Cell<usize>,
}

impl<'a> Puppet<'a> {
    fn new(account: &'a Account, spoil: Spoil) -> Self {
        Self { account, spoil, applied: RefCell::default(), deletions_tried: Cell::new(0) }
    }

    fn error(operation: &'static str) -> FleetError {
        FleetError { operation, class: FailureClass::RetryNextWake, message: "Rate exceeded".to_owned() }
    }

    fn unreachable() -> LedgerError {
        LedgerError::Unreachable { message: "no such table".to_owned() }
    }
}

impl Fleet for Puppet<'_> {
    async fn observe(
        &self,
        requests: &[ObserveRequest<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Observation, FleetError>>, FleetError> {
        if self.spoil == Spoil::ObserveAll {
            return Err(Self::error("DescribeDBInstances"));
        }
        let mut seen = self.account.observe(requests, now).await?;
        if self.spoil == Spoil::ObserveFirst {
            seen[0] = Err(Self::error("GetMetricData"));
        }
        Ok(seen)
    }

    async fn past(
        &self,
        target: &Target,
        seen: &Observation,
        lacking: Lacking,
    ) -> Result<PastMinutes, FleetError> {
        if self.spoil == Spoil::ObserveAll {
            return Err(Self::error("GetMetricData"));
        }
        self.account.past(target, seen, lacking).await
    }

    async fn look_again(&self, target: &Target, action: &Action, now: Timestamp) -> Result<Look, FleetError> {
        self.deletions_tried.set(self.deletions_tried.get() + 1);
        let mut look = self.account.look_again(target, action, now).await?;
        let Look::RdsReplicas(seen) = &mut look else { return Ok(look) };
        let Some(found) = &mut seen.replica else { return Ok(look) };
        match self.spoil {
            Spoil::Inspect => return Err(Self::error("DescribeDBInstances")),
            Spoil::PinnedMeanwhile => _ = found.tags.insert("tidegate:pin".to_owned(), "me".to_owned()),
            Spoil::ProtectedMeanwhile => found.deletion_protection = true,
            Spoil::DisownedMeanwhile => _ = found.tags.remove("tidegate:owner"),
            Spoil::ReplacedMeanwhile => {
                found.resource_id = tidegate_policy::names::ResourceId::new("db-OTHER")
            }
            Spoil::UsedMeanwhile => {
                let name = tidegate_policy::names::DnsName::new("reports.example.com");
                let used = EndpointUse { name, endpoint: found.endpoint.clone().unwrap() };
                seen.records.other_uses = OtherUses::Known(vec![used]);
            }
            Spoil::ZoneUnreadMeanwhile => {
                seen.records.other_uses = OtherUses::Unknown("Rate exceeded".to_owned());
            }
            _ => {}
        }
        Ok(look)
    }

    async fn apply(&self, target: &Target, action: &Action) -> Outcome {
        self.applied.borrow_mut().push(action.to_string());
        self.account.apply(target, action).await
    }
}

impl Ledger for Puppet<'_> {
    async fn load(
        &self,
        targets: &[TargetName],
    ) -> Result<Vec<Result<LedgerItem, LedgerError>>, LedgerError> {
        if self.spoil == Spoil::Load {
            return Err(Self::unreachable());
        }
        // The account has one target; others are as if never written.
        let first = self.account.load(&targets[..1]).await?;
        let mut items = first;
        items.resize(targets.len(), Ok(LedgerItem::default()));
        if self.spoil == Spoil::OneItem {
            items[0] = Err(Self::unreachable());
        }
        Ok(items)
    }

    async fn claim(
        &self,
        target: &TargetName,
        version: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        if self.spoil == Spoil::Claim {
            return Err(Self::unreachable());
        }
        self.account.claim(target, version, lease, now).await
    }

    async fn store(
        &self,
        target: &TargetName,
        version: u64,
        write: LedgerWrite<'_>,
    ) -> Result<u64, LedgerError> {
        if self.spoil == Spoil::Store {
            return Err(Self::unreachable());
        }
        self.account.store(target, version, write).await
    }

    async fn publish(&self, target: &TargetName, notices: &[Notice]) -> Result<usize, LedgerError> {
        self.account.publish(target, notices).await
    }
}

fn attempt(world: &World, puppet: &Puppet<'_>, policy: &Policy) -> Result<RunReport, ReconcileError> {
    let now = world.now();
    world.account.advance_to(now);
    let owner = format!("attempt-{}-{:?}", world.minute, puppet.spoil);
    let attempt = Attempt {
        owner: &owner,
        lease_for: LEASE_AT_LEAST,
        wake: Wake::Event,
        mode: Mode::Apply,
        orders: &[],
        paused: None,
    };
    reconcile(puppet, puppet, policy, now, &attempt).now_or_never().unwrap()
}

/// An account whose next attempt asks for a replica.
fn about_to_add() -> World {
    let mut world = World::new(&target(PRODUCTION), 5);
    for _ in 0..60 {
        world.live(1.95);
    }
    world
}

#[test]
fn without_the_ledger_nothing_is_changed_anywhere() {
    for spoil in [Spoil::Load, Spoil::Claim, Spoil::Store] {
        let world = about_to_add();
        let puppet = Puppet::new(&world.account, spoil);
        match attempt(&world, &puppet, &world.policy) {
            Err(ReconcileError::Load(_)) => assert_eq!(spoil, Spoil::Load),
            Ok(report) => {
                assert_eq!(report.failures().count(), 1, "{spoil:?}");
                let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
                assert_eq!(why.reason, Reason::LedgerFailed);
            }
        }
        assert_eq!(*puppet.applied.borrow(), Vec::<String>::new(), "{spoil:?}");
    }
    // The same account, unspoilt, would have acted: the test can fail.
    let world = about_to_add();
    let puppet = Puppet::new(&world.account, Spoil::Nothing);
    let _ = attempt(&world, &puppet, &world.policy).unwrap();
    assert!(!puppet.applied.borrow().is_empty());
}

#[test]
fn what_cannot_be_observed_is_left_alone_and_the_lease_is_given_back() {
    let mut world = about_to_add();
    let puppet = Puppet::new(&world.account, Spoil::ObserveAll);
    let report = attempt(&world, &puppet, &world.policy).unwrap();
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.to_string(), "observe_failed: DescribeDBInstances: Rate exceeded");
    assert_eq!(report.targets[0].activities.len(), 1, "told once");
    assert!(puppet.applied.borrow().is_empty());
    let again = attempt(&world, &Puppet::new(&world.account, Spoil::ObserveAll), &world.policy).unwrap();
    assert!(
        matches!(again.targets[0].result, TargetResult::Failed(_)),
        "the lease was given back: {again:?}"
    );
    assert_eq!(again.targets[0].activities, [], "and not told every minute");
    world.live(1.95);
}

#[test]
fn a_failed_target_does_not_stop_the_others() {
    for spoil in [Spoil::OneItem, Spoil::ObserveFirst] {
        let world = about_to_add();
        // The ledger of the account knows the second name too; what it observes is one and the same account.
        let mut policy = world.policy.clone();
        let mut other = policy.targets[0].clone();
        other.name = TargetName::new("unobservable");
        policy.targets.insert(0, other);
        let puppet = Puppet::new(&world.account, spoil);
        let report = attempt(&world, &puppet, &policy).unwrap();
        let names: Vec<_> = report.targets.iter().map(|target| target.target.as_str()).collect();
        assert_eq!(names, ["unobservable", "orders-readers"], "in the order of the policy");
        assert!(matches!(report.targets[0].result, TargetResult::Failed(_)), "{report:?}");
        assert!(matches!(report.targets[1].result, TargetResult::Planned { .. }), "{report:?}");
        assert_eq!(report.failures().count(), 1);
    }
}

/// Steps an account to the attempt that would delete a replica, with `spoil` in its way from there on.
fn at_the_deletion(spoil: Spoil) -> (Vec<String>, usize) {
    let mut target = target(PRODUCTION);
    target.scaling.evaluate_every = jiff::SignedDuration::from_mins(1);
    let mut world = World::new(&target, 5);
    for minute in 0..60 * 8 {
        let puppet = Puppet::new(&world.account, spoil);
        let report = attempt(&world, &puppet, &world.policy).unwrap();
        if puppet.deletions_tried.get() > 0 {
            let TargetResult::Planned { outcomes, .. } = &report.targets[0].result else {
                panic!("{report:?}")
            };
            if spoil != Spoil::Nothing {
                let stopped = matches!(outcomes[0].1, Outcome::Stale { .. } | Outcome::Failed { .. });
                assert!(stopped, "{spoil:?}: {outcomes:?}");
            }
            return (puppet.applied.into_inner(), puppet.deletions_tried.get());
        }
        world.live(if minute < 60 { 1.9 } else { 0.3 });
    }
    panic!("{spoil:?}: no deletion was ever planned");
}

#[test]
fn the_last_look_keeps_a_planned_deletion_from_being_made() {
    let (applied, tried) = at_the_deletion(Spoil::Nothing);
    assert_eq!((applied.len(), tried), (1, 1));
    assert!(applied[0].starts_with("delete replica"), "{applied:?}");
    for spoil in [
        Spoil::Inspect,
        Spoil::PinnedMeanwhile,
        Spoil::ProtectedMeanwhile,
        Spoil::UsedMeanwhile,
        Spoil::ZoneUnreadMeanwhile,
        Spoil::DisownedMeanwhile,
        Spoil::ReplacedMeanwhile,
    ] {
        let (applied, tried) = at_the_deletion(spoil);
        assert_eq!((applied, tried), (vec![], 1), "{spoil:?}");
    }
}

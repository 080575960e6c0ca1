//! Goal: one writer a target. Method: a lease is held while another attempt begins, or has ended by the time its owner writes; the other
//! attempt and the late write are made, and the ledger lets only one of the two through. (`disturbed.rs` puts a whole attempt before every write.)

use std::cell::RefCell;

use futures_util::FutureExt;
use tidegate_policy::reason::Reason;
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::port::{AfterWrite, Ledger, LedgerError, LedgerWrite};
use tidegate_reconcile::report::TargetResult;
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use crate::world::{PRODUCTION, World, target};

#[test]
fn while_one_attempt_holds_the_lease_the_other_does_nothing() {
    let world = World::new(&target(PRODUCTION), 1);
    let name = world.policy.targets[0].name.clone();
    let lease =
        tidegate_reconcile::port::Lease { owner: "first".to_owned(), until: world.now() + LEASE_AT_LEAST };
    world.account.advance_to(world.now());
    let version = world.account.claim(&name, 0, &lease, world.now()).now_or_never().unwrap().unwrap();

    let attempt = Attempt {
        owner: "second",
        lease_for: LEASE_AT_LEAST,
        wake: Wake::Event,
        mode: Mode::Apply,
        orders: &[],
        paused: None,
    };
    let report = reconcile(&world.account, &world.account, &world.policy, world.now(), &attempt);
    let report = report.now_or_never().unwrap().unwrap();
    let TargetResult::Skipped(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::LeaseHeld);
    let calls = world.account.api_calls();
    assert_eq!(calls.get("DescribeDBInstances"), None, "not even a read is bought: {calls:?}");

    // The second cannot write either, whatever it believes.
    let history = RefCell::new(tidegate_policy::history::History::default());
    let history = history.borrow();
    let write =
        LedgerWrite { owner: "second", history: &history, activities: &[], lease: AfterWrite::Release };
    let stored = world.account.store(&name, version, write).now_or_never().unwrap();
    assert!(matches!(stored, Err(LedgerError::Conflict { .. })), "{stored:?}");
}

#[test]
fn a_lease_that_ended_is_taken_over_and_its_late_owner_writes_nothing() {
    let mut world = World::new(&target(PRODUCTION), 1);
    let name = world.policy.targets[0].name.clone();
    let lease =
        tidegate_reconcile::port::Lease { owner: "slow".to_owned(), until: world.now() + LEASE_AT_LEAST };
    world.account.advance_to(world.now());
    let version = world.account.claim(&name, 0, &lease, world.now()).now_or_never().unwrap().unwrap();
    world.live(0.5);
    world.live(0.5);
    let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
    assert!(matches!(report.targets[0].result, TargetResult::Planned { .. }), "{report:?}");
    let history = tidegate_policy::history::History::default();
    let write = LedgerWrite { owner: "slow", history: &history, activities: &[], lease: AfterWrite::Release };
    let stored = world.account.store(&name, version, write).now_or_never().unwrap();
    assert!(matches!(stored, Err(LedgerError::Conflict { .. })), "{stored:?}");
}

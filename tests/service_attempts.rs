//! Goal: an attempt at a service may die anywhere, may be doubled, and never loses or invents a direct command. Method: the simulated account,
//! a day in two hours (out by load, a command, in again), killed before and after every write.

use std::cell::Cell;

use futures_util::FutureExt;
use tidegate_policy::document::parse;
use tidegate_policy::names::TargetName;
use tidegate_policy::order::Order;
use tidegate_policy::policy::Target;
use tidegate_policy::reason::Reason;
use tidegate_policy::units::Count;
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::Mode;
use tidegate_reconcile::port::{Lease, Ledger};
use tidegate_reconcile::report::{RunReport, TargetResult};
use tidegate_simulator::account::{Fault, Operation};
use tidegate_simulator::document::{Body, TaskSet};

use crate::crash_walk::{Death, Mortal};
use crate::world::World;

fn target() -> Target {
    let document = r#"
[[target]]
name = "api"
kind = "ecs-service"
cluster = "prod"
service = "api"
min = 2
max = 8
evaluate_every = "1m"
scale_out = ["cpu > 70% for 3m"]
scale_in = ["cpu < 40% for 5m"]
cooldown = { out = "60s", in = "300s" }
stabilization = { in = "0s" }
"#;
    parse(document).unwrap().targets.remove(0)
}

fn tasks(world: &World) -> TaskSet {
    let Body::Service(tasks) = world.account.frame() else { panic!("a service") };
    tasks
}

fn exactly(count: u32) -> Order {
    Order::Hold { min: Some(Count(count)), max: Some(Count(count)), until: None, sent_at: None }
}

fn ordered(world: &World, order: Order) -> RunReport {
    let orders = [(TargetName::new("api"), order)];
    world.attempt_with(&world.account, &world.account, Mode::Apply, &orders).unwrap()
}

fn order_of(world: &World) -> Option<tidegate_policy::history::StandingOrder> {
    world.account.with_history(|history| history.orders.bounds.clone()).flatten()
}

/// Where a walk comes to rest: tasks wanted and running, and whether somebody else was blamed for a change.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    desired: u32,
    running: u32,
    blamed: usize,
}

struct Walked {
    rest: Rest,
    updates: u64,
    writes: usize,
    killed: usize,
    /// The writes of attempts that changed something.
    eventful: Vec<usize>,
}

/// Busy for half an hour, a direct command of six for an hour, and quiet until all of it is over.
fn walk(death: Option<Death>) -> Walked {
    let mut world = World::new(&target(), 7);
    let writes = Cell::new(0);
    let (mut killed, mut eventful, mut unsent) = (0, Vec::new(), Vec::new());
    for minute in 0..150 {
        if minute == 40 {
            unsent = vec![(TargetName::new("api"), exactly(6))];
        }
        let before = writes.get();
        let mortal = Mortal { account: &world.account, writes: &writes, death };
        match world.attempt_with(&mortal, &mortal, Mode::Apply, &unsent) {
            Some(_) => unsent.clear(),
            // Who sent the command was not answered, and sends it again.
            None => killed += 1,
        }
        // The lease and the record are two; with a third write something was done.
        if writes.get() - before > 2 {
            eventful.extend(before..writes.get());
        }
        world.live(if minute < 30 { 3.4 } else { 0.3 });
    }
    let blamed =
        world.account.activities_since(0).iter().filter(|said| said.reason == Reason::ForeignWrite).count();
    let tasks = tasks(&world);
    Walked {
        rest: Rest { desired: tasks.desired, running: tasks.running, blamed },
        updates: world.account.api_calls().get("UpdateService").copied().unwrap_or(0),
        writes: writes.get(),
        killed,
        eventful,
    }
}

#[test]
fn a_service_survives_a_crash_at_every_write() {
    let alive = walk(None);
    assert_eq!(alive.rest, Rest { desired: 2, running: 2, blamed: 0 });
    assert!(alive.updates >= 6 && alive.eventful.len() >= 20, "{} {:?}", alive.updates, alive.eventful);
    for write in &alive.eventful {
        for death in [Death::Before(*write), Death::After(*write)] {
            let died = walk(Some(death));
            assert_eq!(died.killed, 1, "{death:?}: nobody died");
            assert_eq!(died.rest, alive.rest, "{death:?} of {} writes", alive.writes);
        }
    }
}

#[test]
fn a_command_is_in_the_ledger_before_its_call() {
    let world = World::new(&target(), 7);
    let writes = Cell::new(0);
    let orders = [(TargetName::new("api"), exactly(6))];
    // The lease is the first write, the order the second, the call the third.
    let mortal = Mortal { account: &world.account, writes: &writes, death: Some(Death::Before(2)) };
    assert!(world.attempt_with(&mortal, &mortal, Mode::Apply, &orders).is_none());
    assert_eq!(tasks(&world).desired, 2);
    assert_eq!(order_of(&world).unwrap().min, Some(Count(6)));
}

#[test]
fn a_command_that_meets_another_attempt_is_not_lost_in_silence() {
    let world = World::new(&target(), 7);
    let name = TargetName::new("api");
    let lease = Lease { owner: "another".to_owned(), until: world.now() + LEASE_AT_LEAST };
    world.account.advance_to(world.now());
    let _ = world.account.claim(&name, 0, &lease, world.now()).now_or_never().unwrap().unwrap();
    let report = ordered(&world, exactly(6));
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::LeaseHeld);
    assert!(why.detail.ends_with("the direct command was not taken: send it again"), "{}", why.detail);
    assert_eq!(tasks(&world).desired, 2);
}

#[test]
fn a_command_that_meets_an_outage_is_not_lost_in_silence() {
    let world = World::new(&target(), 7);
    world.account.fail_next(Operation::DescribeServices, Fault::Throttled);
    let report = ordered(&world, exactly(6));
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::ObserveFailed);
    assert!(why.detail.ends_with("the direct command was not taken: send it again"), "{}", why.detail);
    assert_eq!((tasks(&world).desired, order_of(&world)), (2, None));
}

#[test]
fn a_command_outside_the_bounds_changes_nothing_and_stands_nowhere() {
    let mut world = World::new(&target(), 7);
    for _ in 0..3 {
        let report = ordered(&world, exactly(9));
        let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
        assert_eq!(
            why.to_string(),
            "order_refused: min 9 is outside the policy's 2..8 of target \"api\": send a number within, or change the policy"
        );
        world.live(0.3);
    }
    assert_eq!((tasks(&world).desired, order_of(&world)), (2, None));
    // And the schedule goes on: the lease was given back.
    let report = world.attempt(&world.account, &world.account, Mode::Apply).unwrap();
    assert!(matches!(report.targets[0].result, TargetResult::Planned { .. }), "{report:?}");
}

#[test]
fn a_command_delivered_twice_acts_once() {
    let mut world = World::new(&target(), 7);
    for _ in 0..2 {
        let _ = ordered(&world, exactly(6));
        world.live(0.3);
    }
    assert_eq!(tasks(&world).desired, 6);
    assert_eq!(world.account.api_calls().get("UpdateService"), Some(&1));
}

#[test]
fn a_dry_run_of_a_command_shows_what_it_would_do_and_does_nothing() {
    let world = World::new(&target(), 7);
    let orders = [(TargetName::new("api"), exactly(6))];
    let report = world.attempt_with(&world.account, &world.account, Mode::DryRun, &orders).unwrap();
    let TargetResult::Planned { plan, outcomes } = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!((plan.decision.desired, outcomes.len()), (Count(6), 0));
    assert_eq!((tasks(&world).desired, order_of(&world)), (2, None));
    assert_eq!(world.account.api_calls().get("PutItem"), None);
}

#[test]
fn a_command_to_replicas_is_in_the_ledger_and_followed() {
    let world = World::new(&crate::world::target(crate::world::PRODUCTION), 7);
    let most = Order::Hold { min: Some(Count(4)), max: None, until: None, sent_at: None };
    let orders = [(TargetName::new("orders-readers"), most)];
    world.account.advance_to(world.now());
    let report = world.attempt_with(&world.account, &world.account, Mode::Apply, &orders).unwrap();
    let TargetResult::Planned { plan, .. } = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(plan.decision.desired, Count(4), "{plan}");
    assert_eq!(order_of(&world).and_then(|order| order.min), Some(Count(4)));
}

/// Whoever pauses a service that is gone wants it to rest when it is back, too.
#[test]
fn a_pause_is_taken_of_a_service_that_cannot_be_scaled() {
    let world = World::new(&target(), 7);
    world.account.advance_to(world.now());
    let _ = world.account.befall(&tidegate_simulator::world::WorldEvent::DeleteService);
    let pause = Order::Pause { what: tidegate_policy::pause::Paused::All, until: None, sent_at: None };
    let report = ordered(&world, pause);
    assert!(matches!(report.targets[0].result, TargetResult::Planned { .. }), "{report:?}");
    let stored = world.account.with_history(|history| history.orders.pause.clone()).flatten();
    assert!(stored.is_some());
}

#[test]
fn a_command_to_a_service_that_cannot_be_scaled_is_refused_and_does_not_wait_for_better_days() {
    let world = World::new(&target(), 7);
    world.account.advance_to(world.now());
    let _ = world.account.befall(&tidegate_simulator::world::WorldEvent::DeleteService);
    let report = ordered(&world, exactly(6));
    let TargetResult::Failed(why) = &report.targets[0].result else { panic!("{report:?}") };
    assert_eq!(why.reason, Reason::OrderRefused);
    assert!(why.detail.ends_with("the direct command was not taken"), "{}", why.detail);
    assert_eq!(order_of(&world), None);
}

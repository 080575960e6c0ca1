//! Runs of several targets on one account: they meet in the clock, the ledger and what strikes all, and nowhere else.

use futures_util::FutureExt;
use tidegate_policy::history::History;
use tidegate_policy::names::{GroupName, ServiceName, TargetName};
use tidegate_policy::observation::Observation;
use tidegate_policy::policy::Policy;
use tidegate_reconcile::LEASE_AT_LEAST;
use tidegate_reconcile::port::{Fleet, ObserveRequest};
use tidegate_reconcile::report::TargetResult;
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile};

use super::*;
use crate::account::{GroupStart, ServiceStart};
use crate::fixture::{daily, minutes, nodes, nodes_mut, service, service_mut, start, target, workers};
use crate::world::Rollout;

fn at(minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: minutes(minute), event }
}

/// Every kind of target, and of services two.
fn targets() -> Vec<Target> {
    vec![target(1, 5), service(2, 10), workers(0, 10), nodes(2, 6)]
}

/// What happens to each, none of which can strike the others.
fn worlds() -> Vec<Vec<ScriptedEvent>> {
    vec![
        vec![
            at(500, WorldEvent::FailNextCreation),
            at(800, WorldEvent::LagSpike { replica: 0, seconds: 90.0, lasting: minutes(9) }),
        ],
        vec![at(600, WorldEvent::Deploy { lasting: minutes(12), rollout: Rollout::Completes })],
        vec![at(700, WorldEvent::ForeignDesired { count: 3 })],
        vec![
            at(650, WorldEvent::NodeFailover { shard: 0 }),
            at(660, WorldEvent::SnapshotRunning { lasting: minutes(9) }),
        ],
    ]
}

fn together(
    targets: &[Target],
    demand: &Demand,
    worlds: Vec<Vec<ScriptedEvent>>,
    setup: &Setup,
) -> Simulations {
    let stories: Vec<_> =
        targets.iter().zip(worlds).map(|(target, world)| Story { target, demand, world }).collect();
    simulate_account(&stories, setup, &mut |_| {}).unwrap()
}

/// Whatever a run says, but for the calls, which scalers make for several targets at once.
fn said(simulation: &Simulation) -> String {
    let document = crate::document::Document { api_calls: Default::default(), ..simulation.document.clone() };
    format!("{document:?}\n{:?}", simulation.recording)
}

#[test]
fn a_target_has_the_run_that_it_has_alone() {
    let (targets, demand, setup) = (targets(), daily(1_440, 0.3, 3.6), Setup::new("fixture", 1));
    let all = together(&targets, &demand, worlds(), &setup);
    for ((target, world), shared) in targets.iter().zip(worlds()).zip(&all.targets) {
        let alone = Setup { world, ..setup.clone() };
        let alone = simulate(target, &demand, &alone, &mut |_| {}).unwrap();
        assert!(alone.document.actions > 0, "{} had nothing to do", target.name);
        assert!(said(&alone) == said(shared), "{} is disturbed by the others", target.name);
    }
    let broken: u64 = all.account.scalers.iter().map(|scaler| scaler.invariant_violations).sum();
    assert_eq!(broken, 0);
}

#[test]
fn a_scaler_of_one_target_makes_the_calls_that_it_makes_alone() {
    let (targets, demand, setup) = (targets(), daily(1_440, 0.3, 3.6), Setup::new("fixture", 1));
    let all = together(&targets, &demand, worlds(), &setup);
    for scaler in all.account.scalers.iter().filter(|scaler| scaler.targets.len() == 1) {
        let place = targets.iter().position(|target| target.name.as_str() == scaler.targets[0]).unwrap();
        let alone = Setup { world: worlds().swap_remove(place), ..setup.clone() };
        let alone = simulate(&targets[place], &demand, &alone, &mut |_| {}).unwrap();
        assert_eq!(scaler.api_calls, alone.document.api_calls, "{}", scaler.kind);
    }
}

#[test]
fn a_burst_strikes_every_target_at_once() {
    let (targets, demand) = (targets(), daily(360, 0.6, 3.6));
    let none = || vec![Vec::new(); targets.len()];
    let burst = at(120, WorldEvent::ThrottleBurst { probability: 1.0, lasting: minutes(30) });
    let of_account = Setup { world: vec![burst.clone()], ..Setup::new("fixture", 1) };
    let mut of_one = none();
    of_one[1].push(burst);
    let during = |simulation: &Simulation, kind: &str| {
        let (from, to) = (start() + minutes(120), start() + minutes(150));
        let entries = simulation.document.timeline.iter();
        entries.filter(|entry| entry.kind == kind && (from..to).contains(&entry.at)).count()
    };
    for (worlds, setup) in [(none(), of_account), (of_one, Setup::new("fixture", 1))] {
        let all = together(&targets, &demand, worlds, &setup);
        for simulation in &all.targets {
            let name = &simulation.document.target;
            assert_eq!(during(simulation, "world"), 1, "{name} does not hear of the burst");
            assert!(during(simulation, "hold") > 0, "{name} is spared");
            assert_eq!(simulation.document.invariant_violations, 0, "{name}");
        }
    }
}

#[test]
fn a_ledger_out_of_reach_stops_every_scaler() {
    let (targets, demand) = (targets(), daily(240, 0.6, 3.6));
    let world = vec![at(60, WorldEvent::LedgerUnreachable { lasting: minutes(60) })];
    let setup = Setup { world, ..Setup::new("fixture", 1) };
    let all = together(&targets, &demand, vec![Vec::new(); targets.len()], &setup);
    for simulation in &all.targets {
        let (from, to) = (start() + minutes(60), start() + minutes(120));
        let during: Vec<_> = simulation
            .document
            .timeline
            .iter()
            .filter(|entry| (from..to).contains(&entry.at))
            .map(|entry| entry.reason.as_str())
            .collect();
        assert_eq!(during, ["ledger_unreachable", "ledger_failed"], "{}", simulation.document.target);
    }
}

#[test]
fn targets_of_one_kind_share_their_calls() {
    let mut targets = vec![target(1, 5)];
    for nth in 0..12 {
        let mut one = service(2, 10);
        one.name = TargetName::new(format!("api-{nth}"));
        service_mut(&mut one).service = ServiceName::new(format!("api-{nth}"));
        targets.push(one);
    }
    let demand = daily(60, 0.6, 0.6);
    let setup = Setup { blackout: false, ..Setup::new("fixture", 1) };
    let all = together(&targets, &demand, vec![Vec::new(); targets.len()], &setup);
    let [replicas, services] = &all.account.scalers[..] else { panic!("two kinds, two scalers") };
    assert_eq!((replicas.targets.len(), services.targets.len()), (1, 12));
    // Once a minute: two calls for twelve services of one cluster, one for their scalable targets and one for their metrics.
    for (operation, calls) in [
        ("DescribeServices", 120),
        ("DescribeScalableTargets", 60),
        ("GetMetricData", 60),
        ("BatchGetItem", 60),
    ] {
        assert_eq!(services.api_calls[operation], calls, "{operation}");
    }
    assert_eq!(replicas.api_calls["GetItem"], 60);
    for (operation, calls) in &all.account.api_calls {
        let of_scalers = all.account.scalers.iter().filter_map(|scaler| scaler.api_calls.get(operation));
        assert_eq!(of_scalers.sum::<u64>(), *calls, "{operation}");
    }
}

#[test]
fn two_hundred_groups_are_described_by_the_page() {
    let mut targets = Vec::new();
    for nth in 0..200 {
        let mut one = nodes(2, 6);
        one.name = TargetName::new(format!("sessions-{nth}"));
        nodes_mut(&mut one).group = GroupName::new(format!("sessions-{nth}"));
        targets.push(one);
    }
    let demand = daily(1, 0.6, 0.6);
    let setup = Setup { blackout: false, ..Setup::new("fixture", 1) };
    let all = together(&targets, &demand, vec![Vec::new(); targets.len()], &setup);
    let calls = &all.account.api_calls;
    // A hundred groups a page, a hundred of their four hundred nodes, fifty scalable targets, a hundred items of the ledger.
    for (operation, times) in [
        ("DescribeReplicationGroups", 2),
        ("DescribeCacheClusters", 4),
        ("DescribeScalableTargets", 4),
        ("BatchGetItem", 2),
    ] {
        assert_eq!(calls[operation], times, "{operation}");
    }
    assert!(calls["GetMetricData"] <= 4, "up to two thousand series, five hundred a call: {calls:?}");
}

#[test]
fn one_attempt_may_be_at_targets_of_every_kind() {
    let targets = targets();
    let beginning = Beginning {
        seed: 1,
        start: start(),
        lasting: minutes(60),
        blackout: false,
        service: ServiceStart::plain(),
        group: GroupStart::plain(),
    };
    let others: Vec<&Target> = targets[1..].iter().collect();
    let account = Account::of(&targets[0], &others, &beginning);
    let now = start() + minutes(10);
    account.advance_to(now);
    let attempt = Attempt {
        owner: "one",
        lease_for: LEASE_AT_LEAST,
        wake: Wake::Clock,
        mode: Mode::Apply,
        orders: &[],
        paused: None,
    };
    let policy = Policy { targets, notify: Vec::new() };
    let report = reconcile(&account, &account, &policy, now, &attempt).now_or_never().unwrap().unwrap();
    for target in &report.targets {
        assert!(matches!(target.result, TargetResult::Planned { .. }), "{target:?}");
    }
    let calls = account.api_calls();
    for operation in ["BatchGetItem", "DescribeDBInstances", "DescribeServices", "DescribeReplicationGroups"]
    {
        assert_eq!(calls[operation], 1, "{operation}");
    }
    assert_eq!(calls["DescribeScalableTargets"], 2, "once for services, once for groups");
    assert_eq!(calls["PutItem"], 2 * 4, "a lease and a record of each");
}

/// One call asks for the deployments of the Region, and each target has the answer that its watcher judges it by.
#[test]
fn deployments_that_cannot_be_read_of_one_target_are_read_of_another() {
    let mut other = target(1, 5);
    other.name = TargetName::new("other");
    let targets = [target(1, 5), other];
    let beginning = Beginning {
        seed: 1,
        start: start(),
        lasting: minutes(60),
        blackout: false,
        service: ServiceStart::plain(),
        group: GroupStart::plain(),
    };
    for denied in [0, 1] {
        let account = Account::of(&targets[0], &[&targets[1]], &beginning);
        let event = WorldEvent::DeploymentsUnreadable { lasting: minutes(30) };
        let _ = account.targets().nth(denied).unwrap().befall(&event);
        account.advance_to(start() + minutes(5));
        let history = History::default();
        let requests: Vec<_> = targets.iter().map(|target| ObserveRequest::new(target, &history)).collect();
        let seen = account.observe(&requests, start() + minutes(5)).now_or_never().unwrap().unwrap();
        for (place, seen) in seen.into_iter().enumerate() {
            let Observation::RdsReplicas(seen) = seen.unwrap() else { panic!("a source") };
            assert_eq!(seen.blue_green.is_err(), place == denied, "{place}: {:?}", seen.blue_green);
        }
        assert_eq!(account.api_calls()["DescribeBlueGreenDeployments"], 1);
    }
}

#[test]
fn an_account_does_not_see_what_it_does_not_hold() {
    let beginning = Beginning {
        seed: 1,
        start: start(),
        lasting: minutes(60),
        blackout: false,
        service: ServiceStart::plain(),
        group: GroupStart::plain(),
    };
    let account = Account::of(&target(1, 5), &[&service(2, 10)], &beginning);
    let policy = Policy { targets: vec![service(2, 10), workers(0, 10)], notify: Vec::new() };
    let attempt = Attempt {
        owner: "one",
        lease_for: LEASE_AT_LEAST,
        wake: Wake::Clock,
        mode: Mode::Apply,
        orders: &[],
        paused: None,
    };
    let report = reconcile(&account, &account, &policy, start(), &attempt).now_or_never().unwrap().unwrap();
    assert!(matches!(report.targets[0].result, TargetResult::Planned { .. }));
    let TargetResult::Failed(why) = &report.targets[1].result else { panic!("{:?}", report.targets[1]) };
    assert!(why.detail.contains("the account holds no target worker of kind ecs-service"), "{why:?}");
}

#[test]
fn demands_of_one_account_begin_and_end_together() {
    let (first, other) = (target(1, 5), service(2, 10));
    let (long, short) = (daily(60, 0.6, 0.6), daily(59, 0.6, 0.6));
    let story = |target, demand| Story { target, demand, world: Vec::new() };
    let stories = [story(&first, &long), story(&other, &short)];
    let refused = simulate_account(&stories, &Setup::new("fixture", 1), &mut |_| {});
    let apart = SimulationError::Apart { scenario: "daily".to_owned(), target: "api".to_owned() };
    assert_eq!(refused.err(), Some(apart));
    let nobody = simulate_account(&[], &Setup::new("fixture", 1), &mut |_| {});
    assert_eq!(nobody.err(), Some(SimulationError::NoTarget));
}

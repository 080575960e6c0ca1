//! Runs of replicas: days, mishaps, and what a document promises.

use futures_util::FutureExt;

use super::*;
use tidegate_policy::history::History;
use tidegate_reconcile::port::{Fleet, ObserveRequest};

use crate::account::{GroupStart, ServiceStart};
use crate::document::Frame;
use crate::fixture::{daily, minutes, rds_mut, start, target};
use crate::mishaps::swarm;
use crate::world::WorldEvent;

fn setup(seed: u64, world: Vec<ScriptedEvent>) -> Setup {
    Setup { world, ..Setup::new("fixture", seed) }
}

pub(super) fn run(target: &Target, demand: &Demand, setup: &Setup) -> Simulation {
    simulate(target, demand, setup, &mut |_| {}).unwrap()
}

pub(super) fn print(simulation: &Simulation) -> String {
    let document = &simulation.document;
    let mut text = format!(
        "hours {:.1} violation {} severe {} actions {} reversals {} breaches {} calls {:?}\n",
        document.unit_hours,
        document.violation_minutes,
        document.severe_minutes,
        document.actions,
        document.reversals,
        document.invariant_violations,
        document.api_calls
    );
    for entry in &document.timeline {
        text.push_str(&format!("{} {} {} {}\n", entry.at, entry.kind, entry.reason, entry.detail));
    }
    text
}

#[test]
fn a_day_of_demand_scales_out_and_in_without_a_breach() {
    let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(1, Vec::new()));
    let told = print(&simulation);
    assert!(simulation.document.actions >= 4, "{told}");
    assert_eq!(simulation.document.invariant_violations, 0, "{told}");
    let widest = simulation.recording.frames.iter().map(|frame| frame.replicas().len()).max();
    assert!(widest >= Some(3), "{told}");
}

#[test]
fn a_document_has_no_more_digits_than_it_means() {
    let document = run(&target(1, 5), &daily(100, 0.6, 0.6), &setup(1, Vec::new())).document;
    let json = serde_json::to_value(&document).unwrap();
    assert_eq!(
        (json["days"].to_string(), json["unit_hours"].to_string()),
        ("0.069444".into(), "1.67".into())
    );
}

#[test]
fn a_replica_that_lags_is_taken_out_and_not_draining() {
    use crate::document::Stage;
    let story = vec![at(60, WorldEvent::LagSpike { replica: 0, seconds: 240.0, lasting: minutes(12) })];
    let simulation = run(&target(2, 2), &daily(180, 1.0, 1.0), &setup(1, story));
    let told = print(&simulation);
    let replicas = || simulation.recording.frames.iter().flat_map(|frame| frame.replicas());
    let demoted = replicas().filter(|replica| replica.stage == Stage::Demoted);
    assert!(
        demoted.clone().count() > 5 && demoted.clone().all(|replica| replica.weight < Some(64)),
        "{told}"
    );
    assert!(replicas().all(|replica| replica.stage != Stage::Draining), "{told}");
    let last = simulation.recording.frames.last().unwrap();
    assert!(last.replicas().iter().all(|replica| replica.stage == Stage::Serving), "{told}");
}

#[test]
fn a_replica_that_is_removed_drains() {
    use crate::document::Stage;
    let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(1, Vec::new()));
    let drains =
        |frame: &Frame| frame.replicas().iter().filter(|replica| replica.stage == Stage::Draining).count();
    let most = simulation.recording.frames.iter().map(drains).max();
    assert_eq!(most, Some(1), "one at a time: {}", print(&simulation));
    let demoted = |frame: &Frame| frame.replicas().iter().any(|replica| replica.stage == Stage::Demoted);
    assert!(!simulation.recording.frames.iter().any(demoted), "{}", print(&simulation));
}

#[test]
fn the_same_seed_gives_the_same_document() {
    let story = vec![
        at(60, WorldEvent::LagSpike { replica: 0, seconds: 20.0, lasting: minutes(10) }),
        at(300, WorldEvent::ThrottleBurst { probability: 0.5, lasting: minutes(60) }),
    ];
    let json = |seed| {
        let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup(seed, story.clone()));
        serde_json::to_string(&simulation.document).unwrap()
    };
    assert_eq!(json(1), json(1));
    assert_ne!(json(1), json(2));
}

#[test]
fn what_happens_later_changes_nothing_before() {
    let demand = daily(1_440, 0.6, 3.5);
    let mut other = demand.clone();
    for units in &mut other.units[600..] {
        *units = 0.2;
    }
    let upto = |demand: &Demand| {
        let mut timeline = run(&target(1, 5), demand, &setup(1, Vec::new())).document.timeline;
        timeline.retain(|entry| entry.at < minute_at(demand.start, 600).unwrap());
        timeline
    };
    assert_eq!(upto(&demand), upto(&other));
}

#[test]
fn the_world_is_told_in_its_own_words() {
    let story = vec![at(30, WorldEvent::ForeignReplica), at(10, WorldEvent::PromoteReplica { replica: 4 })];
    let simulation = run(&target(1, 5), &daily(60, 0.6, 0.6), &setup(1, story));
    let told: Vec<_> = simulation.document.timeline.iter().filter(|entry| entry.kind == "world").collect();
    assert_eq!(told[0].detail, "no replica to hit");
    assert_eq!(
        (told[1].reason.as_str(), told[1].at),
        ("foreign_replica", minute_at(daily(60, 0.0, 0.0).start, 30).unwrap())
    );
}

#[test]
fn a_ledger_out_of_reach_is_told_once_and_nothing_is_changed() {
    let story = vec![at(240, WorldEvent::LedgerUnreachable { lasting: minutes(120) })];
    let simulation = run(&target(1, 5), &daily(480, 0.6, 3.5), &setup(1, story));
    let during = simulation.document.timeline.iter().filter(|entry| {
        let minute = entry.at.duration_since(crate::fixture::start()).as_mins();
        entry.kind != "world" && (240..360).contains(&minute)
    });
    let reasons: Vec<_> = during.map(|entry| entry.reason.as_str()).collect();
    assert_eq!(reasons, ["ledger_failed"], "{}", print(&simulation));
}

#[test]
fn a_long_run_is_thinned_out_and_heard_of_every_minute() {
    let demand = daily(6_000, 0.6, 0.6);
    let mut heard = 0;
    let simulation = simulate(&target(1, 5), &demand, &setup(1, Vec::new()), &mut |progress| {
        assert_eq!((progress.minute, progress.total), (heard, 6_000));
        heard += 1;
    })
    .unwrap();
    assert_eq!((heard, simulation.recording.frames.len()), (6_000, 3_000));
}

#[test]
fn without_demand_there_is_nothing_to_simulate() {
    let refused = simulate(&target(1, 5), &daily(0, 0.6, 0.6), &setup(1, Vec::new()), &mut |_| {});
    assert_eq!(refused.unwrap_err(), SimulationError::NoDemand { scenario: "daily".to_owned() });
}

/// On a steady day with two replicas of this engine: the reasons that were told, and the whole.
fn steady_with(
    engine: tidegate_policy::policy::Engine,
    world: Vec<ScriptedEvent>,
) -> (Vec<String>, Simulation) {
    let mut target = target(2, 5);
    rds_mut(&mut target).engine = engine;
    let setup = Setup { blackout: false, ..setup(1, world) };
    let simulation = run(&target, &daily(600, 1.2, 1.2), &setup);
    assert_eq!(simulation.document.invariant_violations, 0, "{}", print(&simulation));
    let reasons = simulation.document.timeline.iter().map(|entry| entry.reason.clone()).collect();
    (reasons, simulation)
}

#[test]
fn standbys_that_take_fewer_connections_than_their_source_are_told_of() {
    use tidegate_policy::policy::Engine;
    let raised = || vec![at(60, WorldEvent::SourceMaxConnectionsRaised { lasting: minutes(50) })];
    let (told, simulation) = steady_with(Engine::Postgres, raised());
    assert!(told.iter().any(|reason| reason == "standby_too_small"), "{}", print(&simulation));
    let (told, _) = steady_with(Engine::MySql, raised());
    assert!(!told.iter().any(|reason| reason == "standby_too_small"));
}

#[test]
fn slow_calls_cut_attempts_short_and_the_next_go_on() {
    // So slow that no look comes within its half of an attempt, and so that most attempts end.
    for (seconds, fails) in [(9.0, true), (0.5, false)] {
        let slow = at(60, WorldEvent::SlowCalls { seconds, lasting: minutes(120) });
        let setup = Setup { blackout: false, ..setup(1, vec![slow]) };
        let simulation = run(&target(1, 5), &daily(1_440, 0.6, 3.5), &setup);
        let told = print(&simulation);
        assert_eq!(simulation.document.invariant_violations, 0, "{told}");
        let within = |entry: &&TimelineEntry| (60..180).contains(&entry.at.duration_since(start()).as_mins());
        let failed =
            simulation.document.timeline.iter().filter(within).any(|entry| entry.reason == "observe_failed");
        assert_eq!(failed, fails, "{seconds}: {told}");
        assert!(simulation.document.actions >= 4, "{seconds}: it is over, and goes on: {told}");
    }
}

/// Goal: no script of mishaps makes the scaler break an invariant. Method: random scripts on random days; the watcher judges.
#[test]
fn no_mishap_breaks_an_invariant() {
    let mut broken = String::new();
    for seed in 0..SCRIPTS {
        let mut draws = crate::random::Streams::new(seed).key("scripts", "mishaps").member(0);
        let story = swarm(&target(1, 5).kind, &mut draws, 24, 2_800);
        let (min, max) = if draws.chance(0.3) { (0, 2) } else { (1, 5) };
        let high = draws.between(1.0, 5.0);
        let mut target = target(min, max);
        let kind = rds_mut(&mut target);
        kind.floor = min == 0 || draws.chance(0.7);
        if draws.chance(0.3) {
            kind.engine = tidegate_policy::policy::Engine::Postgres;
        }
        if draws.chance(0.2) {
            kind.reader.ttl = tidegate_policy::units::TtlSeconds(60);
            kind.pool_lifetime = minutes(30);
        }
        let simulation = run(&target, &daily(2_880, 0.2, high), &setup(seed, story));
        if simulation.document.invariant_violations > 0 {
            let lines = simulation.document.timeline.iter().filter(|entry| entry.kind == "invariant");
            for entry in lines {
                broken.push_str(&format!("seed {seed} {} {}: {}\n", entry.at, entry.reason, entry.detail));
            }
        }
    }
    assert_eq!(broken, "");
}

const SCRIPTS: u64 = 40;

fn at(minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: minutes(minute), event }
}

#[test]
#[ignore = "a measurement: run it with --release --nocapture"]
fn speed_of_a_year_and_of_the_plant_alone() {
    let demand = daily(525_600, 0.6, 3.5);
    let begun = std::time::Instant::now();
    let simulation = run(&target(1, 5), &demand, &setup(1, Vec::new()));
    let year = begun.elapsed();
    let account = Account::new(
        &target(3, 5),
        &Beginning {
            seed: 1,
            start: demand.start,
            lasting: minutes(525_600),
            blackout: true,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        },
    );
    let begun = std::time::Instant::now();
    let mut violations = 0;
    for (minute, units) in demand.units.iter().enumerate() {
        account.advance_to(minute_at(demand.start, minute + 1).unwrap());
        violations += u32::from(account.end_minute(*units).violation);
    }
    let plant = begun.elapsed();
    let history = History::default();
    let only = target(3, 5);
    let begun = std::time::Instant::now();
    for _ in 0..100_000 {
        let requests = [ObserveRequest::new(&only, &history)];
        let seen = account.observe(&requests, account.now());
        assert!(seen.now_or_never().unwrap().unwrap().iter().all(Result::is_ok));
    }
    let look = begun.elapsed();
    let look = look / 100_000;
    let plant = plant / 525_600;
    println!(
        "a year {year:?}; the plant alone {plant:?} a minute ({violations} violations); an observation {look:?}"
    );
    println!("{:?}", simulation.document.api_calls);
    assert!(year.as_secs() < 5, "{year:?}");
    assert!(plant.as_micros() < 3, "{plant:?}");
}

#[test]
fn every_violating_minute_has_a_cause_and_a_fault_is_one() {
    let hard = crate::demand::shape::Shape::Mission.demand(1_440, 1, 3.5);
    let quiet = run(&target(1, 5), &hard, &setup(1, Vec::new())).document;
    assert!(quiet.violation_minutes > 0, "a day that hurts nobody shows nothing");
    assert_eq!(quiet.violation_causes.all(), quiet.violation_minutes);
    assert_eq!(quiet.violation_causes.injected_fault, 0);
    let lasting = minutes(1_440);
    let world = vec![ScriptedEvent { after: minutes(0), event: WorldEvent::EventsLost { lasting } }];
    let faulty = run(&target(1, 5), &hard, &setup(1, world)).document;
    assert!(faulty.violation_causes.injected_fault > 0, "{:?}", faulty.violation_causes);
    // The primary and one replica carry 1.7: what is above that no policy avoids.
    let small = run(&target(1, 1), &hard, &setup(1, Vec::new())).document;
    assert!(small.violation_causes.at_max > 0, "{:?}", small.violation_causes);
}

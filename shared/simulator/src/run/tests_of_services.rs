//! Runs of services: the same promises.

use super::*;
use crate::account::Native;
use crate::fixture::{daily, minutes, sale, service, service_mut, workers};
use crate::world::Rollout;

fn at(minute: i64, event: WorldEvent) -> ScriptedEvent {
    ScriptedEvent { after: minutes(minute), event }
}

fn run(target: &Target, demand: &Demand, setup: &Setup) -> Simulation {
    simulate(target, demand, setup, &mut |_| {}).unwrap()
}

fn print(simulation: &Simulation) -> String {
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
fn look() {
    let simulation = run(&service(2, 10), &daily(1_440, 0.6, 6.0), &Setup::new("fixture", 1));
    println!("{}", print(&simulation));
    let mut target = service(2, 10);
    service_mut(&mut target).events.push(sale(crate::fixture::start() + minutes(900)));
    let setup = Setup {
        world: vec![
            at(600, WorldEvent::Deploy { lasting: minutes(20), rollout: Rollout::Completes }),
            at(1100, WorldEvent::Deploy { lasting: minutes(20), rollout: Rollout::RollsBack }),
        ],
        service: crate::account::ServiceStart::plain().registered(Native {
            min: 1,
            max: 20,
            cpu: Some(60.0),
        }),
        ..Setup::new("fixture", 1)
    };
    let simulation = run(&target, &daily(1_440, 0.6, 6.0), &setup);
    println!("{}", print(&simulation));
    let simulation = run(&workers(0, 10), &daily(1_440, 0.0, 6.0), &Setup::new("fixture", 1));
    println!("{}", print(&simulation));
}

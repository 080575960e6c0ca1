//! A paused target through the day of the mission: its capacity rests whatever the load is, nothing is broken by it, and what is wanted by the
//! time that the pause ends follows within one evaluation.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::order::{Order, Until};
use tidegate_policy::pause::Paused;
use tidegate_policy::policy::Target;
use tidegate_simulator::demand::minutes_of_days;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::{Document, Frame, Simulation, TimelineEntry};
use tidegate_simulator::run::{Setup, simulate};
use tidegate_simulator::world::{ScriptedEvent, WorldEvent};

use crate::world::{PRODUCTION, targets};

fn paused(lasting: SignedDuration) -> ScriptedEvent {
    let until = Some(Until::For(lasting));
    let event = WorldEvent::Order(Order::Pause { what: Paused::All, until, sent_at: None });
    ScriptedEvent { after: SignedDuration::ZERO, event }
}

fn day(target: &Target, world: Vec<ScriptedEvent>) -> Simulation {
    let peak = f64::from(target.scaling.max.0) + 0.6;
    let demand = Shape::Mission.demand(minutes_of_days(1.0).unwrap(), 1, peak);
    let setup = Setup { world, blackout: false, ..Setup::new("paused", 1) };
    let simulation = simulate(target, &demand, &setup, &mut |_| ()).unwrap();
    let document = &simulation.document;
    assert_eq!(document.invariant_violations, 0, "{}: {:#?}", target.name, document.timeline);
    assert!(told(document, "plan_refused").is_empty(), "{}: {:#?}", target.name, document.timeline);
    simulation
}

fn told<'a>(document: &'a Document, reason: &str) -> Vec<&'a TimelineEntry> {
    document.timeline.iter().filter(|entry| entry.reason == reason).collect()
}

fn decisions_from(document: &Document, at: Timestamp) -> Vec<&TimelineEntry> {
    document.timeline.iter().filter(|entry| entry.kind == "decision" && entry.at >= at).collect()
}

fn members(frame: &Frame) -> usize {
    let tasks = frame.task_set().map(|set| set.desired as usize);
    let nodes = frame.node_set().map(|set| set.desired as usize);
    tasks.or(nodes).unwrap_or_else(|| frame.replicas().len())
}

#[test]
fn a_paused_target_rests_through_the_day_of_the_mission_and_then_catches_up_at_once() {
    let mut caught_up = BTreeSet::new();
    for target in targets(PRODUCTION) {
        let name = &target.name;
        let rests = day(&target, vec![paused(SignedDuration::from_hours(48))]);
        let counts: BTreeSet<usize> = rests.recording.frames.iter().map(members).collect();
        assert_eq!(counts.len(), 1, "{name}: {counts:?}");
        let start = rests.recording.frames[0].at;
        assert_eq!(decisions_from(&rests.document, start), Vec::<&TimelineEntry>::new(), "{name}");
        assert_eq!(told(&rests.document, "pause_began").len(), 1, "{name}: {:#?}", rests.document.timeline);
        // While it holds something back a person resumes it, or its time is over.
        let held = told(&rests.document, "paused").into_iter().find(|entry| entry.kind == "hold");
        let Some(held) = held else { continue };
        let ends = held.at.duration_since(start).as_mins() + 3;
        let resume = WorldEvent::Order(Order::Resume { sent_at: None });
        let after = SignedDuration::from_mins(ends);
        for world in [
            vec![paused(SignedDuration::from_hours(48)), ScriptedEvent { after, event: resume }],
            vec![paused(after)],
        ] {
            let resumed = day(&target, world);
            let decisions = decisions_from(&resumed.document, start);
            let first = decisions.first().unwrap_or_else(|| panic!("{name}: no decision after the pause"));
            let waited = first.at.duration_since(start) - after;
            assert!(!waited.is_negative(), "{name}: {first:?} came during the pause");
            assert!(
                waited <= target.scaling.evaluate_every + SignedDuration::from_mins(1),
                "{name}: {first:?} came {waited} after the pause"
            );
            assert_eq!(told(&resumed.document, "pause_ended").len(), 1, "{name}");
        }
        caught_up.insert(target.kind.name());
    }
    assert_eq!(caught_up.len(), 3, "one of each kind was held back: {caught_up:?}");
}

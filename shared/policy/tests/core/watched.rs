//! What lasts and changes nothing is told to a person: once when it has lasted, and once when it is over.

use jiff::Timestamp;
use tidegate_policy::plan::Plan;
use tidegate_policy::policy::ServiceMetric;
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{ActivityKind, plan_told};
use tidegate_policy::units::Count;

use crate::ecs_service::fixture::{World, deployment};
use crate::fixture::minutes;
use crate::orders::pause;
use tidegate_policy::observation::Rollout;
use tidegate_policy::order::take;
use tidegate_policy::pause::Paused;

/// Lives for so many minutes at these percent of CPU; what is told of this kind of lasting thing, minute by minute.
fn live(world: &mut World, of: std::ops::Range<i64>, cpu: impl Fn(i64) -> f64) -> Vec<(i64, Reason, String)> {
    let mut told = Vec::new();
    for minute in of {
        world.signal(ServiceMetric::Cpu, cpu(minute));
        let before = world.history.clone();
        let plan: Plan = world.step();
        let mut history = world.history.clone();
        let lines = plan_told(&plan, &before, &mut history, world.now);
        world.history = history;
        let alerts = lines.into_iter().filter(|line| line.kind == ActivityKind::Alert);
        told.extend(alerts.map(|line| (minute, line.reason, line.detail)));
    }
    told
}

fn codes(told: &[(i64, Reason, String)]) -> Vec<(i64, &'static str)> {
    told.iter().map(|(minute, reason, _)| (*minute, reason.code())).collect()
}

#[test]
fn twelve_hours_at_the_maximum_are_told_once_and_once_that_they_are_over() {
    let mut world = World::steady(10);
    assert_eq!(world.target.scaling.max, Count(10));
    // For a minute in every ten the load is at the level and asks for nothing more.
    let told = live(&mut world, 0..720, |minute| if minute % 10 == 9 { 55.0 } else { 95.0 });
    let calm = live(&mut world, 720..760, |_| 55.0);
    assert_eq!(codes(&told), [(15, "at_maximum_for")], "{told:#?}");
    assert!(told[0].2.contains("(15m): 11 are wanted, but the maximum of the policy is 10"), "{}", told[0].2);
    assert_eq!(codes(&calm), [(725, "alert_cleared")], "{calm:#?}");
}

#[test]
fn at_maximum_for_says_after_how_long() {
    let mut world = World::steady(10);
    world.target.scaling.at_maximum_for = minutes(60);
    let told = live(&mut world, 0..70, |_| 95.0);
    assert_eq!(codes(&told), [(60, "at_maximum_for")], "{told:#?}");
}

#[test]
fn a_removal_that_a_rollout_keeps_for_an_hour_is_told() {
    let mut world = World::steady(6);
    world.service().deployments.push(deployment("old", false, Rollout::InProgress));
    let told = live(&mut world, 0..90, |_| 10.0);
    let blocked: Vec<_> = told.iter().filter(|(_, reason, _)| *reason == Reason::ScaleInBlocked).collect();
    assert_eq!(blocked.len(), 1, "{told:#?}");
    assert!((60..75).contains(&blocked[0].0), "{blocked:?}");
    assert!(blocked[0].2.contains("deployment"), "{}", blocked[0].2);
}

#[test]
fn a_removal_that_a_person_paused_is_not_told_once_more() {
    let mut world = World::steady(6);
    take(&world.target, &mut world.history, &pause(Paused::All, 300), world.now).unwrap();
    let told = live(&mut world, 0..180, |_| 10.0);
    assert!(codes(&told).iter().all(|(_, code)| *code != "scale_in_blocked"), "{told:#?}");
    assert_eq!(world.history.last_reason, Some(Reason::Paused), "it was held back all the time");
}

#[test]
fn what_was_watched_is_an_alert_since_it_is_so() {
    let mut world = World::steady(10);
    let began = world.now;
    live(&mut world, 0..20, |_| 95.0);
    let standing: Vec<_> = world.history.outbox.standing().collect();
    assert_eq!(standing, [(Reason::AtMaximumFor, began)]);
}

#[test]
fn capacity_that_turns_three_times_in_two_hours_is_told_and_one_that_goes_up_and_down_once_is_not() {
    let waves = |period: i64| move |minute: i64| if minute % period < period / 2 { 95.0 } else { 5.0 };
    let mut world = World::steady(4);
    let told = live(&mut world, 0..300, waves(60));
    let flapping = codes(&told).into_iter().filter(|(_, code)| *code == "flapping").count();
    assert_eq!(flapping, 1, "{told:#?}");
    let mut world = World::steady(4);
    let told = live(&mut world, 0..600, waves(300));
    assert!(codes(&told).iter().all(|(_, code)| *code != "flapping"), "{told:#?}");
}

#[test]
fn while_signals_are_missing_what_stood_stands() {
    let mut world = World::steady(10);
    let told = live(&mut world, 0..30, |_| 95.0);
    assert_eq!(codes(&told), [(15, "at_maximum_for")]);
    let until: Timestamp = world.now + minutes(30);
    while world.now < until {
        world.seen.signals.clear();
        world.seen.signals_read = false;
        let before = world.history.clone();
        let plan = world.step();
        let mut history = world.history.clone();
        let lines = plan_told(&plan, &before, &mut history, world.now);
        world.history = history;
        assert!(lines.iter().all(|line| line.reason != Reason::AlertCleared), "{lines:?}");
    }
}

#[test]
fn a_load_that_nobody_measures_is_still_at_the_maximum() {
    let mut world = World::steady(10);
    let told = live(&mut world, 0..30, |_| 95.0);
    assert_eq!(codes(&told), [(15, "at_maximum_for")], "{told:#?}");
    let signals = std::mem::take(&mut world.seen.signals);
    for minute in 30..60 {
        world.now += minutes(1);
        let plan = world.plan();
        let mut history = plan.history.clone();
        let lines = plan_told(&plan, &world.history, &mut history, world.now);
        assert!(lines.iter().all(|line| line.reason != Reason::AlertCleared), "{minute}: {lines:#?}");
        world.history = history;
    }
    world.seen.signals = signals;
    let told = live(&mut world, 60..80, |_| 55.0);
    assert_eq!(codes(&told).len(), 1, "{told:#?}");
    assert!(told[0].2.starts_with("over after 1h6m: more is wanted than the maximum"), "{told:#?}");
}

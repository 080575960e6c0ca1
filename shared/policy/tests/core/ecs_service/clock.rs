//! The clock: windows, ramps, planned events, and what becomes of them when they end.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Weekday;
use tidegate_policy::evaluate::same_bounds;
use tidegate_policy::plan::{Action, EcsServiceAction};
use tidegate_policy::policy::{PlannedEvent, RateLimit, WindowDays};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::{FailureClass, Outcome, settle};
use tidegate_policy::units::{Count, Percent};

use super::fixture::{World, minutes, sale, window};

/// Business hours, and no signals at all.
fn office(tasks: u32) -> World {
    let mut world = World::steady(tasks).schedule_only();
    world.target.scaling.windows.push(window("08:00", "22:00", "UTC", Some(4), None));
    world
}

#[test]
fn a_schedule_without_signals_follows_its_minimum_both_ways() {
    assert_eq!(
        office(2).at("2026-03-04T08:00:20Z").says(),
        "2 -> 4 scale_out_minimum: desired count of production/api: 2 -> 4"
    );
    assert_eq!(office(4).at("2026-03-04T21:59:20Z").says(), "4 -> 4 within_thresholds: nothing");
    assert_eq!(
        office(4).at("2026-03-04T22:00:20Z").says(),
        "4 -> 2 scale_in_schedule: desired count of production/api: 4 -> 2"
    );
}

#[test]
fn a_missed_wake_up_is_caught_up_at_the_next() {
    // Nobody was awake at 08:00, nor at 22:00.
    assert_eq!(
        office(2).at("2026-03-04T13:37:00Z").says(),
        "2 -> 4 scale_out_minimum: desired count of production/api: 2 -> 4"
    );
    assert_eq!(
        office(4).at("2026-03-05T03:10:00Z").says(),
        "4 -> 2 scale_in_schedule: desired count of production/api: 4 -> 2"
    );
}

#[test]
fn with_signals_the_end_of_a_window_gives_back_the_minimum_and_signals_decide() {
    let at_night = |mut world: World| {
        world.target.scaling.windows.push(window("08:00", "22:00", "UTC", Some(4), None));
        world.at("2026-03-04T23:00:00Z").says()
    };
    assert_eq!(at_night(World::steady(4)), "4 -> 4 within_thresholds: nothing");
    assert_eq!(
        at_night(World::idle(4)),
        "4 -> 3 scale_in_thresholds: desired count of production/api: 4 -> 3"
    );
}

#[test]
fn bounds_of_a_scalable_target_follow_the_window() {
    assert_eq!(
        office(2).registered(2, 10).at("2026-03-04T08:00:20Z").says(),
        "2 -> 4 scale_out_minimum: bounds of production/api: 2..10 -> 4..10"
    );
    assert_eq!(
        office(4).registered(4, 10).at("2026-03-04T22:00:20Z").says(),
        "4 -> 4 within_thresholds: bounds of production/api: 4..10 -> 2..10"
    );
}

#[test]
fn a_window_is_due_when_it_opens_and_not_when_signals_are() {
    let world = office(2);
    let same = |one: &str, other: &str| {
        let (one, other): (Timestamp, Timestamp) = (one.parse().unwrap(), other.parse().unwrap());
        same_bounds(&world.target, &world.history, one, other)
    };
    assert!(same("2026-03-04T07:56:00Z", "2026-03-04T07:59:59Z"));
    assert!(!same("2026-03-04T07:56:00Z", "2026-03-04T08:00:00Z"));
    assert!(!same("2026-03-04T21:59:00Z", "2026-03-04T22:00:00Z"));
}

#[test]
fn of_overlapping_windows_the_largest_minimum_wins() {
    let mut world = office(2);
    world.target.scaling.windows.push(window("12:00", "14:00", "UTC", Some(6), None));
    world.target.scaling.windows.push(window("12:30", "13:00", "UTC", Some(5), None));
    let at = |now| world.clone().at(now).plan().decision.desired;
    assert_eq!([at("2026-03-04T11:59:00Z"), at("2026-03-04T12:45:00Z")], [Count(4), Count(6)]);
    assert_eq!([at("2026-03-04T13:59:00Z"), at("2026-03-04T14:00:00Z")], [Count(6), Count(4)]);
}

/// When business hours of `zone` open and close on a day of UTC.
fn hours(zone: &str, day: &str) -> String {
    let mut world = World::steady(2).schedule_only();
    world.target.scaling.windows.push(window("08:00", "22:00", zone, Some(4), None));
    let midnight: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    let mut changes = Vec::new();
    let mut was_open = None;
    for minute in 0..1_440 {
        world.go_to(midnight + minutes(minute));
        let open = world.plan().decision.desired == Count(4);
        if was_open.is_some_and(|was| was != open) {
            let word = if open { "opens" } else { "closes" };
            changes.push(format!("{word} {:02}:{:02}", minute / 60, minute % 60));
        }
        was_open = Some(open);
    }
    changes.join(", ")
}

#[test]
fn the_clock_changes_shift_business_hours_by_their_own_zone() {
    let days = |zone, days: [&str; 3]| days.map(|day| hours(zone, day));
    // The day before, the day of, and the day after; in UTC.
    assert_eq!(
        days("Europe/Madrid", ["2026-03-28", "2026-03-29", "2026-03-30"]),
        ["opens 07:00, closes 21:00", "opens 06:00, closes 20:00", "opens 06:00, closes 20:00"]
    );
    assert_eq!(
        days("Europe/Madrid", ["2026-10-24", "2026-10-25", "2026-10-26"]),
        ["opens 06:00, closes 20:00", "opens 07:00, closes 21:00", "opens 07:00, closes 21:00"]
    );
    // 22:00 in New York is on the next day of UTC.
    assert_eq!(
        days("America/New_York", ["2026-03-07", "2026-03-08", "2026-03-09"]),
        ["closes 03:00, opens 13:00", "closes 03:00, opens 12:00", "closes 02:00, opens 12:00"]
    );
    assert_eq!(
        days("America/New_York", ["2026-10-31", "2026-11-01", "2026-11-02"]),
        ["closes 02:00, opens 12:00", "closes 02:00, opens 13:00", "closes 03:00, opens 13:00"]
    );
}

#[test]
fn holidays_close_a_window_and_open_another() {
    let christmas: Arc<BTreeSet<_>> = Arc::new([jiff::civil::date(2026, 12, 25)].into());
    let mut world = office(2);
    world.target.scaling.windows[0].days =
        WindowDays::Weekdays { on: vec![Weekday::Thursday, Weekday::Friday], except: christmas.clone() };
    let mut closed = window("00:00", "24:00", "UTC", None, Some(3));
    closed.days = WindowDays::Dates(christmas);
    world.target.scaling.windows.push(closed);
    let at = |tasks, now| {
        let mut world = world.clone().at(now);
        (world.service().desired, world.service().running) = (Count(tasks), Count(tasks));
        world.plan().decision.desired
    };
    assert_eq!(at(2, "2026-12-24T12:00:00Z"), Count(4));
    assert_eq!(at(2, "2026-12-25T12:00:00Z"), Count(2));
    assert_eq!(at(5, "2026-12-25T12:00:00Z"), Count(2), "and a schedule follows its minimum");
    let mut busy = world.clone();
    busy.target.scaling.scale_out = World::steady(2).target.scaling.scale_out;
    busy.target.scaling.scale_in = World::steady(2).target.scaling.scale_in;
    let mut busy = busy.at("2026-12-25T12:00:00Z");
    (busy.service().desired, busy.service().running) = (Count(6), Count(6));
    assert_eq!(
        busy.says(),
        "6 -> 3 scale_in_maximum: desired count of production/api: 6 -> 3",
        "the holiday's maximum goes at once"
    );
}

#[test]
fn a_ramp_spreads_a_large_step() {
    let mut world = World::steady(2).schedule_only();
    world.target.scaling.windows.push(window("08:00", "22:00", "UTC", Some(8), None));
    world.target.scaling.windows[0].over = minutes(30);
    let at = |now: &str| world.clone().at(now).plan().decision.desired.0;
    let minimum = ["07:59", "08:00", "08:05", "08:06", "08:15", "08:29", "08:30", "21:59", "22:00"]
        .map(|time| at(&format!("2026-03-04T{time}:00Z")));
    assert_eq!(minimum, [2, 3, 3, 4, 5, 8, 8, 8, 2]);
}

#[test]
fn an_event_needs_twelve_tasks_by_the_missions_numbers() {
    assert_eq!(sale().tasks(), Count(12));
    let needs = |expected, per_task, buffer| {
        let mut event = sale();
        (event.expected, event.per_task, event.buffer) = (expected, per_task, Percent(buffer));
        event.tasks().0
    };
    assert_eq!([needs(5_001, 500, 20.0), needs(1, 500, 0.0), needs(5_000, 500, 0.0)], [13, 1, 10]);
}

#[test]
fn an_event_raises_the_minimum_before_holds_and_comes_down_gradually() {
    let mut world = World::idle(2).at("2026-03-04T16:59:00Z");
    world.ecs().events.push(sale());
    let mut walked = Vec::new();
    let mut last = None;
    while world.now < "2026-03-04T22:00:00Z".parse().unwrap() {
        let at = world.now;
        let _ = world.step();
        let tasks = world.service().desired.0;
        if last != Some(tasks) {
            walked.push(format!("{} {tasks}", at.strftime("%H:%M")));
            last = Some(tasks);
        }
    }
    // Idle all along: nothing but the event and its descent of two in ten minutes decides; signals then go on one by one.
    insta::assert_snapshot!(walked.join(", "), @"16:59 2, 17:00 12, 20:00 11, 20:05 10, 20:10 9, 20:15 8, 20:20 7, 20:25 6, 20:30 5, 20:35 4, 20:40 3, 20:45 2");
}

#[test]
fn what_signals_added_to_an_event_goes_as_gradually_as_the_rest() {
    // 23 tasks under load that is gone at once; tracking would do with two.
    let mut world = World::steady(23).at("2026-03-04T20:00:00Z");
    world.target.scaling.max = Count(30);
    world.target.scaling.scale_out.clear();
    world.target.scaling.scale_in.clear();
    world.target.scaling.track =
        vec![super::fixture::track(tidegate_policy::policy::Signal::RequestsPerTarget, 500.0)];
    world.ecs().events.push(sale());
    world.ecs().events[0].max = None;
    world.signal(tidegate_policy::policy::ServiceMetric::Requests, 600.0);
    let mut walked = Vec::new();
    for _ in 0..120 {
        let (at, before) = (world.now, world.service().desired);
        let _ = world.step();
        if world.service().desired != before {
            walked.push(format!("{} {}", at.strftime("%H:%M"), world.service().desired));
        }
    }
    insta::assert_snapshot!(walked.join(", "), @"20:00 21, 20:10 19, 20:20 17, 20:30 15, 20:40 13, 20:50 11, 21:00 9, 21:10 7, 21:20 5, 21:30 3, 21:40 2");
}

#[test]
fn an_event_of_a_scalable_target_raises_both_bounds_and_gives_them_back() {
    let mut world = World::steady(2).schedule_only().registered(2, 10).at("2026-03-04T17:00:00Z");
    world.ecs().events.push(sale());
    world.ecs().events[0].warm = None;
    let mut walked = Vec::new();
    for _ in 0..300 {
        let at = world.now;
        let plan = world.step();
        if let [Action::EcsService(EcsServiceAction::SetBounds(set))] = &plan.actions[..] {
            walked.push(format!("{} {}", at.strftime("%H:%M"), set.to));
        }
    }
    insta::assert_snapshot!(walked.join(", "), @"17:00 12..12, 20:00 10..12, 20:10 8..12, 20:20 6..12, 20:30 4..12, 20:40 2..12, 20:50 2..10");
}

/// A rate of one in a quarter of an hour would give a sale six tasks in its hour of lead instead of twelve.
#[test]
fn a_rate_limit_is_for_signals_and_not_for_the_minimum() {
    let mut world = World::idle(2).at("2026-03-04T17:00:00Z");
    world.ecs().events.push(sale());
    world.target.scaling.rate_limit.out = Some(RateLimit { members: Count(1), period: minutes(15) });
    assert_eq!(world.says(), "2 -> 12 scale_out_minimum: desired count of production/api: 2 -> 12");
}

#[test]
fn an_event_and_a_window_are_resolved_visibly() {
    let mut world = office(12).at("2026-03-04T17:30:00Z");
    world.ecs().events.push(sale());
    world
        .history
        .ecs_service
        .warmed
        .insert("sale".to_owned(), tidegate_policy::history::Warmed { at: world.now, tries: 1, done: true });
    let plan = world.plan();
    assert_eq!(
        plan.notes[0].to_string(),
        "scale_out_minimum: minimum 12: 4 by the window daily 08:00-22:00 UTC, 12 by the event \"sale\""
    );
    assert_eq!(plan.decision.explanation.reason, Reason::WithinThresholds);
}

#[test]
fn an_event_that_is_over_is_told_and_does_nothing() {
    let mut world = office(4).at("2026-03-05T12:00:00Z");
    world.ecs().events.push(sale());
    let plan = world.plan();
    assert_eq!(plan.decision.desired, Count(4));
    assert_eq!(
        plan.notes[0].to_string(),
        "event_over: the event \"sale\" ended at 2026-03-04T20:00:00Z: remove it from the policy"
    );
}

#[test]
fn targets_are_warmed_once_their_tasks_run_and_three_tries_are_enough() {
    let mut world = World::steady(12).at("2026-03-04T17:10:00Z");
    world.ecs().events.push(sale());
    world.service().running = Count(11);
    assert!(world.plan().actions.is_empty(), "not before all tasks run");
    world.service().running = Count(12);
    let plan = world.plan();
    let [action @ Action::EcsService(EcsServiceAction::Warm(warm))] = &plan.actions[..] else {
        panic!("{plan}")
    };
    assert_eq!((warm.url.as_str(), warm.requests), ("https://api.example.com/health", 50));
    let after = |outcome| settle(plan.history.clone(), &[(action.clone(), outcome)], world.now);
    let mut warm_world = world.clone();
    warm_world.history = after(Outcome::Applied { change: None });
    assert!(warm_world.plan().actions.is_empty(), "once is enough");

    let failed = Outcome::Failed { class: FailureClass::RetryNextWake, message: "refused".to_owned() };
    let mut tries = 0;
    for _ in 0..6 {
        let plan = world.plan();
        tries += plan.actions.len();
        let outcomes: Vec<_> = plan.actions.iter().map(|action| (action.clone(), failed.clone())).collect();
        world.history = settle(plan.history, &outcomes, world.now);
        world.go_to(world.now + minutes(1));
    }
    assert_eq!(tries, 3);
    assert_eq!(world.plan().alerts[0].explanation.reason, Reason::WarmUpFailed);
    // Once the load is there, it warms by itself.
    let mut late = World::steady(12).at("2026-03-04T18:00:00Z");
    late.ecs().events.push(sale());
    assert!(late.plan().actions.is_empty());
}

#[test]
fn staging_goes_to_zero_at_night_and_comes_back() {
    let mut world = World::steady(1);
    world.target.scaling.min = Count::ZERO;
    world.target.scaling.max = Count(3);
    world.target.scaling.windows = vec![
        window("07:00", "20:00", "UTC", Some(1), None),
        window("20:00", "24:00", "UTC", None, Some(0)),
        window("00:00", "07:00", "UTC", None, Some(0)),
    ];
    let mut world = world.at("2026-03-04T20:00:20Z");
    assert_eq!(world.says(), "1 -> 0 scale_in_maximum: desired count of production/api: 1 -> 0");
    let _ = world.step();
    // With no task there is no CPU, and that is known.
    world.seen.signals.clear();
    let mut world = world.at("2026-03-05T03:00:00Z");
    assert_eq!(world.says(), "0 -> 0 within_thresholds: nothing");
    world.go_to("2026-03-05T07:00:20Z".parse().unwrap());
    assert_eq!(world.says(), "0 -> 1 scale_out_minimum: desired count of production/api: 0 -> 1");
}

#[test]
fn a_minimum_that_outranks_a_maximum_is_named_as_what_sets_it() {
    let mut world = World::idle(12).at("2026-03-04T20:00:20Z");
    world.target.scaling.windows.push(window("19:00", "24:00", "UTC", None, Some(4)));
    world.ecs().events.push(PlannedEvent { max: None, ..sale() });
    let decision = world.plan().decision;
    assert_eq!(
        decision.explanation.to_string(),
        "scale_in_maximum: 12 is above the maximum of 10 set by the event \"sale\""
    );
}

#[test]
fn a_window_that_the_clock_passes_is_no_limit() {
    let mut world = World::steady(4).at("2026-03-04T20:00:20Z");
    world.target.scaling.stabilization.in_ = minutes(5);
    world.target.scaling.min = Count::ZERO;
    world.target.scaling.windows.push(window("20:00", "24:00", "UTC", None, Some(0)));
    world.history.recommendations[0].desired = Count(4);
    let decision = world.plan().decision;
    assert_eq!(
        (decision.desired, decision.explanation.reason, decision.limited_by),
        (Count::ZERO, Reason::ScaleInMaximum, Some(Reason::AlreadyAtMaxCapacity))
    );
}

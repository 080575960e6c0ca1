//! The clock of the checker at its edges: windows on days of 23 and 25 hours, ramps, the steps of a descent, the ends of a command.

use std::sync::Arc;

use jiff::civil::{Date, Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::fixture::{at, event, scaling, window};
use crate::check::clock::{InForce, in_force, instant};
use crate::check::event::claim;
use crate::history::StandingOrder;
use crate::policy::{CapacityWindow, Scaling, WindowDays};
use crate::units::{Count, Percent};

fn with(window: CapacityWindow) -> Scaling {
    Scaling { windows: vec![window], ..scaling() }
}

fn told(scaling: &Scaling, now: &str) -> (u32, u32) {
    let InForce { min, max, .. } = in_force(scaling, &[], None, at(now));
    (min.0, max.0)
}

fn in_zone(hours: (&str, &str), zone: &str) -> Scaling {
    with(CapacityWindow { zone: TimeZone::get(zone).unwrap(), ..window(hours.0, hours.1, Some(4), None) })
}

#[test]
fn a_window_opens_and_closes_to_the_second() {
    let summer = in_zone(("08:00", "20:00"), "Europe/Madrid");
    let winter = in_zone(("08:00", "20:00"), "America/New_York");
    for (scaling, now, min) in [
        (&summer, "2026-07-15T05:59:59.999Z", 2),
        (&summer, "2026-07-15T06:00:00Z", 4),
        (&summer, "2026-07-15T17:59:59.999Z", 4),
        (&summer, "2026-07-15T18:00:00Z", 2),
        (&winter, "2026-01-15T12:59:59Z", 2),
        (&winter, "2026-01-15T13:00:00Z", 4),
        (&winter, "2026-01-16T00:59:59Z", 4),
        (&winter, "2026-01-16T01:00:00Z", 2),
    ] {
        assert_eq!(told(scaling, now), (min, 10), "{now}");
    }
}

#[test]
fn days_of_23_and_25_hours_open_and_close_once() {
    // (hours, zone, opens, closes); in Madrid clocks change at 01:00Z, in New York at 07:00Z and 06:00Z.
    for (hours, zone, opens, closes) in [
        (("01:00", "04:00"), "Europe/Madrid", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"),
        (("02:30", "08:00"), "Europe/Madrid", "2026-03-29T01:30:00Z", "2026-03-29T06:00:00Z"),
        (("01:00", "02:30"), "Europe/Madrid", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
        (("00:00", "24:00"), "Europe/Madrid", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        (("02:30", "04:00"), "Europe/Madrid", "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"),
        (("01:00", "02:30"), "Europe/Madrid", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
        (("00:00", "24:00"), "Europe/Madrid", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        (("02:30", "08:00"), "America/New_York", "2026-03-08T07:30:00Z", "2026-03-08T12:00:00Z"),
        (("01:00", "03:00"), "America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"),
        (("00:00", "24:00"), "America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        (("01:30", "03:00"), "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T08:00:00Z"),
        (("00:30", "01:30"), "America/New_York", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"),
        (("00:00", "24:00"), "America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
    ] {
        let mut scaling = in_zone(hours, zone);
        // One day of it, so that the neighbours' windows do not touch.
        let day = at(opens).to_zoned(TimeZone::get(zone).unwrap()).date();
        scaling.windows[0].days = WindowDays::Dates(Arc::new([day].into()));
        let second = SignedDuration::from_secs(1);
        for (moment, open) in
            [(at(opens) - second, false), (at(opens), true), (at(closes) - second, true), (at(closes), false)]
        {
            let min = in_force(&scaling, &[], None, moment).min;
            assert_eq!(min == Count(4), open, "{hours:?} {zone} at {moment}");
        }
        // And never again that day: autumn's second pass does not open it anew.
        let minutes = (-1_440..2_880).map(|minute| at(opens) + SignedDuration::from_mins(minute));
        let open = minutes.filter(|now| in_force(&scaling, &[], None, *now).min == Count(4)).count();
        let lasts = at(closes).duration_since(at(opens)).as_secs() / 60;
        assert_eq!(i64::try_from(open).unwrap(), lasts, "{hours:?} {zone}");
    }
}

#[test]
fn wall_clocks_are_read_as_jiff_reads_them() {
    // The arithmetic is our own; that it is right, another says. Lord Howe moves by half an hour, Havana at midnight.
    for zone in ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata"]
    {
        let zone = TimeZone::get(zone).unwrap();
        let mut day: Date = date(2026, 1, 1);
        while day < date(2027, 1, 1) {
            for quarter in 0..96i8 {
                let wall = time(quarter / 4, quarter % 4 * 15, 0, 0);
                let theirs = day.to_datetime(wall).to_zoned(zone.clone()).unwrap().timestamp();
                assert_eq!(instant(&zone, day, wall), Some(theirs), "{day} {wall} {zone:?}");
            }
            day = day.tomorrow().unwrap();
        }
    }
}

#[test]
fn days_and_dates_are_those_of_the_windows_own_zone() {
    let on = |days: WindowDays, zone: &str| {
        let window = window("00:00", "24:00", Some(4), None);
        with(CapacityWindow { days, zone: TimeZone::get(zone).unwrap(), ..window })
    };
    let holiday = || Arc::new([date(2026, 7, 15)].into());
    let wednesdays = |except| WindowDays::Weekdays { on: vec![Weekday::Wednesday], except };
    for (days, zone, now, min) in [
        (wednesdays(Arc::default()), "UTC", "2026-07-15T12:00:00Z", 4),
        (wednesdays(Arc::default()), "UTC", "2026-07-16T12:00:00Z", 2),
        (wednesdays(holiday()), "UTC", "2026-07-15T12:00:00Z", 2),
        (wednesdays(holiday()), "UTC", "2026-07-22T12:00:00Z", 4),
        (WindowDays::Dates(holiday()), "UTC", "2026-07-15T12:00:00Z", 4),
        (WindowDays::Dates(holiday()), "UTC", "2026-07-22T12:00:00Z", 2),
        // It is Thursday in Madrid already, and still Wednesday in New York.
        (wednesdays(Arc::default()), "Europe/Madrid", "2026-07-15T22:00:00Z", 2),
        (wednesdays(Arc::default()), "America/New_York", "2026-07-16T03:59:59Z", 4),
        (WindowDays::Dates(holiday()), "America/New_York", "2026-07-16T03:59:59Z", 4),
        (WindowDays::Dates(holiday()), "America/New_York", "2026-07-16T04:00:00Z", 2),
    ] {
        assert_eq!(told(&on(days.clone(), zone), now), (min, 10), "{days:?} {zone} {now}");
    }
}

#[test]
fn overlapping_windows_take_the_larger_and_a_minimum_outranks_a_maximum() {
    for (windows, bounds) in [
        (vec![(Some(4), None), (Some(6), None)], (6, 10)),
        (vec![(None, Some(4)), (None, Some(6))], (2, 6)),
        (vec![(Some(5), None), (None, Some(3))], (5, 5)),
        (vec![(Some(1), Some(30))], (2, 10)),
        (vec![], (2, 10)),
    ] {
        let windows = windows.iter().map(|(min, max)| window("00:00", "24:00", *min, *max)).collect();
        let scaling = Scaling { windows, ..scaling() };
        assert_eq!(told(&scaling, "2026-07-15T12:00:00Z"), bounds, "{:?}", scaling.windows);
    }
}

#[test]
fn a_minimum_that_rises_has_one_at_once_and_all_at_the_end() {
    // From 2 to 8 within an hour: one every ten minutes.
    let over = SignedDuration::from_hours(1);
    let scaling = with(CapacityWindow { over, ..window("08:00", "20:00", Some(8), None) });
    for (now, min) in [
        ("2026-07-15T07:59:59Z", 2),
        ("2026-07-15T08:00:00Z", 3),
        ("2026-07-15T08:10:00Z", 3),
        ("2026-07-15T08:10:01Z", 4),
        ("2026-07-15T08:50:00Z", 7),
        ("2026-07-15T08:50:01Z", 8),
        ("2026-07-15T09:00:00Z", 8),
        ("2026-07-15T20:00:00Z", 2),
    ] {
        assert_eq!(told(&scaling, now), (min, 10), "{now}");
    }
}

#[test]
fn an_event_holds_from_its_lead_and_comes_down_in_steps() {
    let sale = event(at("2026-07-15T12:00:00Z"), Some(12));
    for (now, tasks, holds) in [
        ("2026-07-15T10:59:59Z", 0, false),
        ("2026-07-15T11:00:00Z", 12, true),
        ("2026-07-15T12:00:00Z", 12, true),
        ("2026-07-15T13:59:59Z", 12, true),
        ("2026-07-15T14:00:00Z", 10, false),
        ("2026-07-15T14:14:59Z", 10, false),
        ("2026-07-15T14:15:00Z", 8, false),
        ("2026-07-15T14:30:00Z", 6, false),
        ("2026-07-15T15:14:59Z", 2, false),
        ("2026-07-15T15:15:00Z", 0, false),
        ("2026-08-15T15:15:00Z", 0, false),
    ] {
        let found = claim(&sale, at(now)).map_or((0, false), |claim| (claim.tasks.0, claim.holds));
        assert_eq!(found, (tasks, holds), "{now}");
        // The event's maximum stays as long as its last task.
        let events = std::slice::from_ref(&sale);
        let InForce { min, max, most, held_by } = in_force(&scaling(), events, None, at(now));
        let bounds = if tasks > 0 { (Count(tasks.max(2)), Count(12)) } else { (Count(2), Count(10)) };
        assert_eq!((min, max), bounds, "{now}");
        assert_eq!((most, held_by.is_some()), (bounds.1, holds), "{now}");
    }
}

#[test]
fn the_tasks_of_an_event_are_rounded_up_once() {
    for (expected, per_task, buffer, tasks) in [
        (5_000, 500, 20.0, 12),
        (5_001, 500, 20.0, 13),
        (5_000, 500, 0.0, 10),
        (1, 500, 0.0, 1),
        (1_000, 300, 12.5, 4),
        (u32::MAX, 1, 100.0, u32::MAX),
        (10, 0, 0.0, 10),
    ] {
        let mut sale = event(at("2026-07-15T12:00:00Z"), None);
        (sale.expected, sale.per_task, sale.buffer) = (expected, per_task, Percent(buffer));
        let found = claim(&sale, sale.from).map(|claim| claim.tasks);
        assert_eq!(found, Some(Count(tasks)), "{expected} at {per_task} and {buffer}%");
    }
}

#[test]
fn an_event_beyond_the_policys_maximum_is_held_to_it() {
    let sale = event(at("2026-07-15T12:00:00Z"), None);
    let InForce { min, max, most, .. } =
        in_force(&scaling(), std::slice::from_ref(&sale), None, at("2026-07-15T12:00:00Z"));
    assert_eq!((min, max, most), (Count(10), Count(10), Count(10)));
}

#[test]
fn a_direct_command_replaces_what_it_names_until_its_time_is_over() {
    let until = at("2026-07-15T12:00:00Z");
    let just_before = until - SignedDuration::from_secs(1);
    let daytime = with(window("08:00", "20:00", Some(4), Some(8)));
    for (min, max, now, bounds) in [
        (None, Some(3), just_before, (3, 3)),
        (None, Some(6), just_before, (4, 6)),
        (Some(2), None, just_before, (2, 8)),
        (Some(9), None, just_before, (9, 9)),
        (Some(5), Some(5), just_before, (5, 5)),
        (None, Some(10), just_before, (4, 10)),
        // A policy that became narrower since.
        (Some(1), Some(30), just_before, (2, 10)),
        (Some(5), Some(5), until, (4, 8)),
    ] {
        let order =
            StandingOrder { at: Timestamp::UNIX_EPOCH, until, min: min.map(Count), max: max.map(Count) };
        let found = in_force(&daytime, &[], Some(&order), now);
        assert_eq!((found.min.0, found.max.0), bounds, "{min:?} {max:?} at {now}");
    }
}

#[test]
fn only_a_command_with_a_maximum_ends_the_hold_of_an_event() {
    let now = at("2026-07-15T12:00:00Z");
    let sale = [event(now, Some(12))];
    for (min, max, held) in [(Some(4), None, true), (None, Some(6), false), (Some(6), Some(6), false)] {
        let until = now + SignedDuration::from_secs(1);
        let order = StandingOrder { at: now, until, min: min.map(Count), max: max.map(Count) };
        let found = in_force(&scaling(), &sale, Some(&order), now);
        assert_eq!(found.held_by.is_some(), held, "{min:?} {max:?}");
        assert!(in_force(&scaling(), &sale, Some(&order), until).held_by.is_some());
    }
}

//! What a document says of calendars and of the windows that follow them: dates, files, ramps.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use tidegate_policy::document::parse_with;
use tidegate_policy::policy::{CapacityWindow, WindowDays};

use crate::services::SERVICE;
use crate::{edit, minutes, read, told};

/// The document of the service with a window of these fields, before what `rest` adds.
fn document(fields: &str, rest: &str) -> String {
    let all = format!("{{ {fields}, from = '08:00', to = '22:00', zone = 'UTC', min = 4 }}");
    format!("{}\n{rest}\n", edit(SERVICE, &[&format!("windows = [{all}]")]))
}

fn window(fields: &str, rest: &str) -> CapacityWindow {
    read(&document(fields, rest)).targets.remove(0).scaling.windows.remove(0)
}

const SPAIN: &str = "[calendars]\nspain = { dates = ['2026-12-25', '2027-01-01'] }";

fn spain() -> BTreeSet<Date> {
    BTreeSet::from([date(2026, 12, 25), date(2027, 1, 1)])
}

/// All that is told of a document beside which these files stand.
fn told_with(document: &str, files: &[(&str, &str)]) -> String {
    let read = |name: &str| {
        let file = files.iter().find(|(file, _)| *file == name);
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    };
    match parse_with(document, &read) {
        Ok(policy) => {
            let days = &policy.targets[0].scaling.windows[0].days;
            let WindowDays::Dates(dates) = days else { panic!("{days:?}") };
            dates.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn windows_stay_shut_on_a_calendar_or_open_on_it_alone() {
    let shut = window("days = 'mon-fri', except = 'spain'", SPAIN);
    assert_eq!(shut.text, "mon-fri except spain 08:00-22:00 UTC");
    let WindowDays::Weekdays { on, except } = &shut.days else { panic!("{:?}", shut.days) };
    assert_eq!((on.len(), &**except), (5, &spain()));
    assert!(!shut.days.contains(date(2026, 12, 25)) && shut.days.contains(date(2026, 12, 24)));

    let open = window("on = 'spain'", SPAIN);
    assert_eq!(open.text, "on spain 08:00-22:00 UTC");
    assert_eq!(open.days, WindowDays::Dates(spain().into()));
    assert_eq!(open.over, SignedDuration::ZERO);
}

#[test]
fn dates_are_written_in_quotes_or_bare() {
    let bare = window("on = 'spain'", "[calendars]\nspain.dates = [2026-12-25, '2027-01-01']");
    assert_eq!(bare.days, WindowDays::Dates(spain().into()));
    let headed = window("on = 'spain'", "[calendars.spain]\ndates = ['2026-12-25', '2027-01-01']");
    assert_eq!(headed.days, bare.days);
}

#[test]
fn files_are_read_and_joined_with_dates() {
    let calendar = document(
        "on = 'spain'",
        "[calendars]\nspain = { dates = ['2026-12-08'], files = ['a.ics', 'b.ics'] }",
    );
    let event = |start: &str| {
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{start}\nEND:VEVENT\nEND:VCALENDAR\n")
    };
    let (a, b) = (event("20261225"), event("20270101"));
    assert_eq!(told_with(&calendar, &[("a.ics", &a), ("b.ics", &b)]), "2026-12-08 2026-12-25 2027-01-01");
    let broken = "BEGIN:VEVENT\nDTSTART:20261225\nRRULE:FREQ=WEEKLY\nEND:VEVENT\n";
    assert_snapshot!(told_with(&calendar, &[("a.ics", broken), ("b.ics", "")]), @r#"
    13:44: calendars.spain.files: a.ics:3: RRULE: "FREQ=WEEKLY" is not read: only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one
    13:53: calendars.spain.files: b.ics:1: there is no event (BEGIN:VEVENT) in this file: export it again
    "#);
    assert_snapshot!(told_with(&calendar, &[("a.ics", &a)]), @r#"13:53: calendars.spain.files: "b.ics" cannot be read: no such file"#);
    // A document alone has none beside it.
    assert_snapshot!(told(&calendar), @r#"
    13:44: calendars.spain.files: "a.ics" cannot be read: no file stands beside this document: write dates = ["2026-12-25"] instead
    13:53: calendars.spain.files: "b.ics" cannot be read: no file stands beside this document: write dates = ["2026-12-25"] instead
    "#);
}

#[test]
fn calendars_say_what_to_write_instead() {
    let calendars = |calendars: &str| told(&format!("{SERVICE}[calendars]\n{calendars}\n"));
    assert_snapshot!(calendars("spain = {}"), @r#"12:9: calendar "spain" has no date: add dates = ["2026-12-25"], or files = ["spain.ics"]"#);
    assert_snapshot!(calendars("spain = { dates = [] }"), @r#"12:9: calendar "spain" has no date: add dates = ["2026-12-25"], or files = ["spain.ics"]"#);
    assert_snapshot!(calendars("spain = { dates = ['25-12-2026', '2026-02-30', 7, 08:00, 2026-12-25T08:00:00] }"), @r#"
    12:20: calendars.spain.dates: "25-12-2026" is not a date: write year, month and day, as "2026-12-25"
    12:34: calendars.spain.dates: "2026-02-30" is not a date: write year, month and day, as "2026-12-25"
    12:48: calendars.spain.dates: expected dates in quotes, found the number 7: write calendars.spain.dates = ["2026-12-25"]
    12:51: calendars.spain.dates: "08:00" is not a date: write year, month and day, as "2026-12-25"
    12:58: calendars.spain.dates: "2026-12-25T08:00:00" is not a date: write year, month and day, as "2026-12-25"
    "#);
    assert_snapshot!(calendars("spain = { date = ['2026-12-25'] }"), @r#"
    12:9: calendar "spain" has no date: add dates = ["2026-12-25"], or files = ["spain.ics"]
    12:11: unknown key "date" in calendar "spain": did you mean "dates"?
    "#);
    assert_snapshot!(calendars("spain = ['2026-12-25']"), @r#"12:9: calendars.spain: expected a table, found a list: write calendars.spain = { dates = ["2026-12-25"] }"#);
    assert_snapshot!(calendars("spain = { files = 'spain.ics' }"), @r#"12:19: calendars.spain.files: expected a list of file names, found the text "spain.ics": write calendars.spain.files = ["spain.ics"]"#);
    assert_snapshot!(calendars("spain = { files = [''] }"), @r#"12:20: calendars.spain.files: "" is not a file's name: write that of an iCalendar file beside the policy, as "spain.ics""#);
    assert_snapshot!(calendars("'los reyes' = { dates = ['2026-12-25'] }"), @r#"12:1: "los reyes" is not a calendar's name: write 1 to 40 letters, digits, hyphens and underscores, as spain"#);
    assert_snapshot!(told(&format!("calendars = ['spain']\n{SERVICE}")), @r#"1:13: calendars: expected a table, found a list: write calendars = { spain = { dates = ["2026-12-25"] } }"#);
}

#[test]
fn calendars_are_found_by_name() {
    assert_snapshot!(told(&document("on = 'spian'", SPAIN)), @r#"11:19: windows.on: there is no calendar "spian": did you mean "spain"?"#);
    assert_snapshot!(told(&document("days = 'daily', except = 'france'", SPAIN)), @r#"11:39: windows.except: there is no calendar "france": add it to [calendars]; known are "spain""#);
    assert_snapshot!(told(&document("days = 'daily', except = 'france'", "")), @r#"11:39: windows.except: there is no calendar "france": add [calendars] with france = { dates = ["2026-12-25"] }"#);
    assert_snapshot!(told(&document("days = 'daily', except = ['spain']", SPAIN)), @r#"11:39: windows.except: expected the name of a calendar in quotes, found a list: write windows.except = "spain""#);
    // One that is wrong is told once, and not again by its windows.
    assert_snapshot!(told(&format!("calendars = ['spain']\n{}", document("on = 'spain'", ""))), @r#"1:13: calendars: expected a table, found a list: write calendars = { spain = { dates = ["2026-12-25"] } }"#);
    assert_snapshot!(told(&document("on = 'spain'", "[calendars]\nspain = { dates = ['x'] }")), @r#"13:20: calendars.spain.dates: "x" is not a date: write year, month and day, as "2026-12-25""#);
}

#[test]
fn days_come_from_the_week_or_from_a_calendar() {
    assert_snapshot!(told(&document("days = 'daily', on = 'spain'", SPAIN)), @r#"11:14: windows.days: the window has both "days" and "on": remove one of them, or split it into two windows"#);
    assert_snapshot!(told(&document("on = 'spain', except = 'spain'", SPAIN)), @"11:28: windows.except: the window opens on a calendar's dates only: remove it, or write days instead of on");
    assert_snapshot!(told(&document("except = 'spain'", SPAIN)), @r#"11:12: the window has no "days": add it, as days = "mon-fri""#);
}

#[test]
fn ramps_are_shorter_than_their_window_and_have_somewhere_to_rise() {
    assert_eq!(window("days = 'daily', over = '30m'", "").over, minutes(30));
    assert_eq!(window("days = 'daily', lead = '25m'", "").lead, minutes(25));
    assert_eq!(window("days = 'daily'", "").lead, minutes(0));
    assert_snapshot!(told(&document("days = 'daily', lead = '5h'", "")), @"11:37: windows.lead: 5h is longer than any capacity takes to come: write 4h or less, or let the window open earlier");
    assert_snapshot!(told(&document("days = 'daily', lead = '0m'", "")), @"11:37: windows.lead: 0s is too short: write 1s or more");
    let only_max = document("days = 'daily', lead = '25m'", "").replace("min = 4", "max = 4");
    assert_snapshot!(told(&only_max), @"11:37: windows.lead: only a min holds ahead, and the window has none: add one, as min = 2, or remove lead");
    assert_eq!(told(&document("days = 'daily', over = '13h59m'", "")), "nothing");
    assert_snapshot!(told(&document("days = 'daily', over = '14h'", "")), @"11:37: windows.over: 14h is not shorter than the window, which is open for 14h: write less than 14h");
    assert_snapshot!(told(&document("days = 'daily', over = '0m'", "")), @"11:37: windows.over: 0s is too short: write 1s or more");
    assert_snapshot!(told(&document("days = 'daily', over = 30", "")), @r#"11:37: windows.over: expected a duration with its unit in quotes, found the number 30: write windows.over = "30m""#);
    let without = document("days = 'daily', over = '30m'", "").replace("min = 4", "max = 4");
    assert_snapshot!(told(&without), @"11:37: windows.over: only a min rises, and the window has none: add one, as min = 2, or remove over");
    // Up to midnight too.
    let night = document("days = 'daily', over = '2h'", "")
        .replace("'22:00'", "'24:00'")
        .replace("'08:00'", "'22:00'");
    assert_snapshot!(told(&night), @"11:37: windows.over: 2h is not shorter than the window, which is open for 2h: write less than 2h");
}

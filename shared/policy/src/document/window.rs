//! Capacity windows: days, a time of day in a zone, and the bounds that hold meanwhile.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::place::Placed;
use super::problems::Problems;
use super::spelling::did_you_mean;
use super::table::{Entry, Key, Table};
use super::text::{Fault, Text};
use crate::policy::{CapacityWindow, WindowDays};
use crate::units::Count;

const DAYS: Key = Key { name: "days", example: "\"mon-fri\"" };
const FROM: Key = Key { name: "from", example: "\"08:00\"" };
const TO: Key = Key { name: "to", example: "\"20:00\"" };
const ZONE: Key = Key { name: "zone", example: "\"Europe/Madrid\"" };
const MIN: Key = Key { name: "min", example: "2" };
const MAX: Key = Key { name: "max", example: "4" };

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The bounds of the target, within which windows move.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// The target's `min`.
    pub(super) min: Option<Count>,
    /// The target's `max`.
    pub(super) max: Option<Count>,
}

/// Reads one window.
pub(super) fn read(entry: &Entry<'_>, target: Bounds, problems: &mut Problems<'_>) -> Option<CapacityWindow> {
    let mut table = entry.table(problems)?.titled("the window", "windows.");
    let days = table.need(DAYS, problems).and_then(|entry| read_days(&entry, problems));
    let from = table.need(FROM, problems).and_then(|entry| read_time(&entry, problems));
    let to = table.need(TO, problems).and_then(|entry| read_time(&entry, problems));
    let hours = from.zip(to).and_then(|(from, to)| read_hours(from, to, problems));
    let zone = table.need(ZONE, problems).and_then(|entry| read_zone(&entry, problems));
    let (min, max) = read_bounds(&mut table, target, problems)?;
    table.tell_unknown_keys(problems);

    let Days { days, text: days_text } = days?;
    let Hours { from, to, text: hours_text } = hours?;
    let zone = zone?;
    let text = format!("{days_text} {hours_text} {}", zone.iana_name().unwrap_or_default());
    let days = WindowDays::Weekdays { on: days, except: Arc::default() };
    Some(CapacityWindow { days, from, to, zone, min, max, over: SignedDuration::ZERO, text })
}

struct Days {
    days: Vec<Weekday>,
    text: String,
}

fn read_days(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Days> {
    const EXPECTED: &str = "days in quotes";
    let texts: Vec<Text<'_>> = match entry.elements() {
        Some(elements) => {
            let read: Vec<_> = elements.iter().map(|element| element.text(EXPECTED, problems)).collect();
            read.into_iter().collect::<Option<_>>()?
        }
        None => vec![entry.text(EXPECTED, problems)?],
    };
    let mut open = [false; 7];
    let mut right = true;
    for text in &texts {
        for fault in mark_days(text.value, &mut open) {
            problems.tell(text.place(fault.index), format!("{}: {}", entry.path, fault.message));
            right = false;
        }
    }
    if texts.is_empty() {
        problems.tell(entry.at(), format!("{}: no day is named: write \"mon-fri\" or \"daily\"", entry.path));
        right = false;
    }
    let days = WEEK.iter().zip(open).filter(|(_, open)| *open).map(|((_, day), _)| *day).collect();
    let text = texts.iter().map(|text| text.value.trim()).collect::<Vec<_>>().join(",");
    right.then_some(Days { days, text })
}

/// Marks the days that `written` names, from Monday.
fn mark_days(written: &str, open: &mut [bool; 7]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut index = 0;
    for item in written.split(',') {
        let (start, item_text) = (index + item.len() - item.trim_start().len(), item.trim());
        index += item.len() + 1;
        let (first, last) = item_text.split_once('-').unwrap_or((item_text, item_text));
        let named = match item_text {
            "daily" => Ok((0, 6)),
            _ => day_of(first, start).and_then(|first_day| {
                let last_at = start + item_text.len() - last.len();
                day_of(last, last_at).map(|last_day| (first_day, last_day))
            }),
        };
        let (first, last) = match named {
            Ok(range) => range,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        // "fri-mon" goes on over the end of the week.
        for day in (0..=(7 + last - first) % 7).map(|more| (first + more) % 7) {
            if open[day] {
                let message = format!("{:?} is named twice: name each day once", WEEK[day].0);
                faults.push(Fault::new(start, message));
            }
            open[day] = true;
        }
    }
    faults
}

fn day_of(name: &str, index: usize) -> Result<usize, Fault> {
    WEEK.iter().position(|(known, _)| *known == name).ok_or_else(|| {
        let lower = name.to_lowercase();
        // "Monday" and "tues" begin as the day does.
        let begun = WEEK.iter().find(|(known, _)| lower.starts_with(known)).map(|(known, _)| *known);
        let meant = begun.map(|day| format!(": did you mean \"{day}\"?"));
        let mend = meant
            .or_else(|| did_you_mean(name, WEEK.map(|(known, _)| known)))
            .unwrap_or_else(|| ": write days as \"mon-fri\", \"mon,wed,sat\" or \"daily\"".to_owned());
        Fault::new(index, format!("unknown day {name:?}{mend}"))
    })
}

/// Minutes from the day's midnight, 0 to 1440.
fn read_time(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Placed<u32>> {
    let text = entry.text("a time of day in quotes", problems)?;
    match minutes_of(text.value) {
        Some(value) => Some(Placed { value, at: text.at }),
        None => {
            let mend = "write hours and minutes, as \"08:00\"";
            problems.tell(text.at, format!("{}: {:?} is not a time of day: {mend}", entry.path, text.value));
            None
        }
    }
}

fn minutes_of(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| -> Option<u32> {
        let right = part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
        if right { part.parse().ok() } else { None }
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= MIDNIGHT).then_some(hours * 60 + minutes)
}

const MIDNIGHT: u32 = 24 * 60;

struct Hours {
    from: Time,
    to: Option<Time>,
    text: String,
}

fn read_hours(from: Placed<u32>, to: Placed<u32>, problems: &mut Problems<'_>) -> Option<Hours> {
    let (opens, closes) = (clock(from.value), clock(to.value));
    if from.value == MIDNIGHT {
        problems.tell(
            from.at,
            "windows.from: a window cannot open at \"24:00\": write \"00:00\" of the next day",
        );
        return None;
    }
    if to.value == 0 {
        problems.tell(to.at, "windows.to: midnight at the end of the day is \"24:00\": write to = \"24:00\"");
        return None;
    }
    if to.value == from.value {
        let split = format!("\"{opens}\" to \"24:00\" and \"00:00\" to \"{closes}\"");
        problems.tell(to.at, format!("windows.to: the window closes at {closes}, when it opens: for whole days write from = \"00:00\", to = \"24:00\", or split it into two windows at midnight, {split}"));
        return None;
    }
    if to.value < from.value {
        let split = format!("\"{opens}\" to \"24:00\" and, for the days after, \"00:00\" to \"{closes}\"");
        problems.tell(to.at, format!("windows.to: the window closes at {closes}, before it opens at {opens}: split it into two windows at midnight, {split}"));
        return None;
    }
    let to_time = if to.value == MIDNIGHT { None } else { Some(time(to.value)?) };
    Some(Hours { from: time(from.value)?, to: to_time, text: format!("{opens}-{closes}") })
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn time(minutes: u32) -> Option<Time> {
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    Time::new(hour, minute, 0, 0).ok()
}

fn read_zone(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<TimeZone> {
    let text = entry.text("a time zone in quotes", problems)?;
    // A zone without a name (jiff's "Etc/Unknown") could not be told back.
    let zone = TimeZone::get(text.value).ok().filter(|zone| zone.iana_name().is_some());
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let mend = did_you_mean(text.value, known.iter().map(String::as_str))
            .unwrap_or_else(|| ": write an IANA name, as \"Europe/Madrid\" or \"UTC\"".to_owned());
        problems.tell(text.at, format!("{}: unknown time zone {:?}{mend}", entry.path, text.value));
    }
    zone
}

type WindowBounds = (Option<Count>, Option<Count>);

fn read_bounds(table: &mut Table<'_>, target: Bounds, problems: &mut Problems<'_>) -> Option<WindowBounds> {
    let mut right = true;
    let mut bound = |key: Key, problems: &mut Problems<'_>| {
        let number = table.find(key).map(|entry| entry.number(0, u32::MAX, problems));
        right &= !matches!(number, Some(None));
        (number.is_some(), number.flatten())
    };
    let (has_min, min) = bound(MIN, problems);
    let (has_max, max) = bound(MAX, problems);
    let mut complain = |at: usize, message: String| {
        problems.tell(at, message);
        right = false;
    };
    if let (Some(min), Some(max)) = (min, max)
        && min.value > max.value
    {
        let (min, max, at) = (min.value, max.value, min.at);
        complain(at, format!("windows.min: {min} is above the window's max of {max}: write {max} or less"));
    }
    for (name, bound) in [("min", min), ("max", max)] {
        let Some(Placed { value, at }) = bound else { continue };
        if let Some(least) = target.min
            && value < least.0
        {
            let mend = format!("write {least} or more, or lower the target's min");
            complain(at, format!("windows.{name}: {value} is below the target's min of {least}: {mend}"));
        }
        if let Some(most) = target.max
            && value > most.0
        {
            let mend = format!("write {most} or less, or raise the target's max");
            complain(at, format!("windows.{name}: {value} is above the target's max of {most}: {mend}"));
        }
    }
    if !has_min && !has_max {
        let message = "the window has neither \"min\" nor \"max\": add one, as min = 2";
        problems.tell_of_whole(table.at, message);
        right = false;
    }
    right.then(|| (min.map(|min| Count(min.value)), max.map(|max| Count(max.value))))
}

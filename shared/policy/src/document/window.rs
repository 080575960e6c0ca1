//! Capacity windows: days, a time of day in a zone, and the bounds that hold meanwhile.

use jiff::SignedDuration;
use jiff::civil::Time;

use super::calendar::Calendars;
use super::duration::{self, Allowed};
use super::node_count::NodeCount;
use super::place::Placed;
use super::problems::Problems;
use super::table::{Entry, Key, Table};
use super::window_days::{self, Days};
use super::zone;
use crate::policy::CapacityWindow;
use crate::units::{Count, friendly};

const FROM: Key = Key { name: "from", example: "\"08:00\"" };
const TO: Key = Key { name: "to", example: "\"20:00\"" };
const ZONE: Key = Key { name: "zone", example: "\"Europe/Madrid\"" };
const MIN: Key = Key { name: "min", example: "2" };
const MAX: Key = Key { name: "max", example: "4" };
const LEAD: Key = Key { name: "lead", example: "\"25m\"" };
const OVER: Key = Key { name: "over", example: "\"30m\"" };

/// No capacity takes longer to come than this.
const LONGEST_LEAD: SignedDuration = SignedDuration::from_hours(4);

/// The bounds of the target, within which windows move.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// The target's `min`.
    pub(super) min: Option<Count>,
    /// The target's `max`.
    pub(super) max: Option<Count>,
    /// What bounds the number of nodes, of a target that has nodes.
    pub(super) nodes: Option<NodeCount>,
}

/// Reads one window.
pub(super) fn read(
    entry: &Entry<'_>,
    target: Bounds,
    calendars: &Calendars<'_>,
    problems: &mut Problems<'_>,
) -> Option<CapacityWindow> {
    let mut table = entry.table(problems)?.titled("the window", "windows.");
    let days = window_days::read(&mut table, calendars, problems);
    let from = table.need(FROM, problems).and_then(|entry| read_time(&entry, problems));
    let to = table.need(TO, problems).and_then(|entry| read_time(&entry, problems));
    let hours = from.zip(to).and_then(|(from, to)| read_hours(from, to, problems));
    let zone = table.need(ZONE, problems).and_then(|entry| zone::read(&entry, problems));
    let bounds = read_bounds(&mut table, target, problems);
    let length = hours.as_ref().map(|hours| hours.length);
    let without_min = bounds.is_some_and(|(min, _)| min.is_none());
    let lead =
        table.find(LEAD).map_or(Some(SignedDuration::ZERO), |entry| read_lead(&entry, without_min, problems));
    let over = table
        .find(OVER)
        .map_or(Some(SignedDuration::ZERO), |entry| read_over(&entry, length, without_min, problems));
    table.tell_unknown_keys(problems);

    let (min, max) = bounds?;
    let Days { days, text: days_text } = days?;
    let Hours { from, to, text: hours_text, .. } = hours?;
    let zone = zone?;
    let text = format!("{days_text} {hours_text} {}", zone.iana_name().unwrap_or_default());
    Some(CapacityWindow { days, from, to, zone, min, max, lead: lead?, over: over?, text })
}

/// How long before the window opens its `min` holds.
fn read_lead(entry: &Entry<'_>, without_min: bool, problems: &mut Problems<'_>) -> Option<SignedDuration> {
    let lead = duration::read(entry, &Allowed::POSITIVE, problems)?;
    if without_min {
        let message = "windows.lead: only a min holds ahead, and the window has none: add one, as min = 2, or remove lead";
        problems.tell_of_whole(entry.at(), message);
        return None;
    }
    if lead > LONGEST_LEAD {
        let (lead, most) = (friendly(lead), friendly(LONGEST_LEAD));
        problems.tell(entry.at(), format!("windows.lead: {lead} is longer than any capacity takes to come: write {most} or less, or let the window open earlier"));
        return None;
    }
    Some(lead)
}

/// How long `min` takes to rise.
fn read_over(
    entry: &Entry<'_>,
    length: Option<SignedDuration>,
    without_min: bool,
    problems: &mut Problems<'_>,
) -> Option<SignedDuration> {
    let over = duration::read(entry, &Allowed::POSITIVE, problems)?;
    if without_min {
        let message =
            "windows.over: only a min rises, and the window has none: add one, as min = 2, or remove over";
        problems.tell_of_whole(entry.at(), message);
        return None;
    }
    if let Some(length) = length.filter(|length| over >= *length) {
        let (over, length) = (friendly(over), friendly(length));
        problems.tell(entry.at(), format!("windows.over: {over} is not shorter than the window, which is open for {length}: write less than {length}"));
        return None;
    }
    Some(over)
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
    length: SignedDuration,
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
    let length = SignedDuration::from_mins(i64::from(to.value - from.value));
    Some(Hours { from: time(from.value)?, to: to_time, length, text: format!("{opens}-{closes}") })
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn time(minutes: u32) -> Option<Time> {
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    Time::new(hour, minute, 0, 0).ok()
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
        // What no group can have comes first: the target's own bounds may be as wrong.
        let complaint = target.nodes.and_then(|nodes| {
            let count = Count(value);
            if name == "min" { nodes.complaint_of_min(count) } else { nodes.complaint_of_max(count) }
        });
        if let Some(complaint) = complaint {
            complain(at, format!("windows.{name}: {complaint}"));
            continue;
        }
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

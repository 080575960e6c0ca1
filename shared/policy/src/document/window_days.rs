//! On which days a window opens: days of the week, a calendar's dates left out, or a calendar's dates alone.

use std::sync::Arc;

use jiff::civil::Weekday;

use super::calendar::Calendars;
use super::problems::Problems;
use super::spelling::did_you_mean;
use super::table::{Entry, Key, Table};
use super::text::{Fault, Text};
use crate::policy::WindowDays;

const DAYS: Key = Key { name: "days", example: "\"mon-fri\"" };
const ON: Key = Key { name: "on", example: "\"spain\"" };
const EXCEPT: Key = Key { name: "except", example: "\"spain\"" };

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The days of a window, as explanations tell them.
pub(super) struct Days {
    pub(super) days: WindowDays,
    /// As `mon-fri except spain`.
    pub(super) text: String,
}

/// Reads `days` with `except`, or `on`.
pub(super) fn read(
    table: &mut Table<'_>,
    calendars: &Calendars<'_>,
    problems: &mut Problems<'_>,
) -> Option<Days> {
    let (on, except) = (table.find(ON), table.find(EXCEPT));
    if let Some(on) = on {
        let dates = calendars.find(&on, problems);
        if let Some(except) = except {
            let mend = "remove it, or write days instead of on";
            problems.tell(
                except.key_at(),
                format!("windows.except: the window opens on a calendar's dates only: {mend}"),
            );
            return None;
        }
        if let Some(days) = table.find(DAYS) {
            let mend = "remove one of them, or split it into two windows";
            problems.tell(
                days.key_at(),
                format!("windows.days: the window has both \"days\" and \"on\": {mend}"),
            );
            return None;
        }
        let (name, dates) = dates?;
        return Some(Days { days: WindowDays::Dates(dates), text: format!("on {name}") });
    }
    let week = table.need(DAYS, problems).and_then(|entry| read_week(&entry, problems));
    let except = except.map(|entry| calendars.find(&entry, problems));
    let (on, text) = week?;
    Some(match except {
        None => Days { days: WindowDays::Weekdays { on, except: Arc::default() }, text },
        Some(calendar) => {
            let (name, except) = calendar?;
            Days { days: WindowDays::Weekdays { on, except }, text: format!("{text} except {name}") }
        }
    })
}

fn read_week(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<(Vec<Weekday>, String)> {
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
    right.then_some((days, text))
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

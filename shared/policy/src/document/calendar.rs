//! Calendars: named sets of dates, written in the document or in iCalendar files beside it, on which windows open or stay shut.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::icalendar;
use super::identifier::{calendar_complaint, checked_text};
use super::problems::Problems;
use super::spelling::{did_you_mean, listed};
use super::table::{Entry, Key, Table};

const DATES: Key = Key { name: "dates", example: "[\"2026-12-25\"]" };
const FILES: Key = Key { name: "files", example: "[\"spain.ics\"]" };
const EXAMPLE: &str = "{ dates = [\"2026-12-25\"] }";

/// How the files that a document names are read: a name in, the text or why there is none out.
pub(super) type Files<'f> = &'f dyn Fn(&str) -> Result<String, String>;

/// The calendars of a document by name; of one that is not right, only that it is there.
pub(super) struct Calendars<'d> {
    known: BTreeMap<&'d str, Option<Arc<BTreeSet<Date>>>>,
    /// Whether there may be others: what was to hold them is no table.
    lost: bool,
}

impl<'d> Calendars<'d> {
    /// Reads the table of calendars, which may be left out.
    pub(super) fn read(entry: Option<&Entry<'d>>, files: Files<'_>, problems: &mut Problems<'_>) -> Self {
        let table = entry.and_then(|entry| entry.table(problems));
        let Some(table) = table else { return Self { known: BTreeMap::new(), lost: entry.is_some() } };
        let calendars = table.chosen(EXAMPLE).into_iter().map(|(name, entry)| {
            let complaint = calendar_complaint(name);
            if let Some(complaint) = &complaint {
                let message = format!("{name:?} is not a calendar's name: {complaint}");
                problems.tell(entry.key_at(), message);
            }
            let dates = read_calendar(&entry, name, files, problems);
            (name, dates.filter(|_| complaint.is_none()).map(Arc::new))
        });
        Self { known: calendars.collect(), lost: false }
    }

    /// The calendar that `entry` names, with its name.
    pub(super) fn find<'n>(
        &self,
        entry: &Entry<'n>,
        problems: &mut Problems<'_>,
    ) -> Option<(&'n str, Arc<BTreeSet<Date>>)> {
        let text = entry.text("the name of a calendar in quotes", problems)?;
        if let Some(dates) = self.known.get(text.value) {
            return Some((text.value, Arc::clone(dates.as_ref()?)));
        }
        if self.lost {
            return None;
        }
        let known = || self.known.keys().copied();
        let mend = match did_you_mean(text.value, known()) {
            Some(meant) => meant,
            None if self.known.is_empty() => {
                let name = if calendar_complaint(text.value).is_none() { text.value } else { "spain" };
                format!(": add [calendars] with {name} = {EXAMPLE}")
            }
            None => format!(": add it to [calendars]; known are {}", listed(known(), "and")),
        };
        let message = format!("{}: there is no calendar {:?}{mend}", entry.path, text.value);
        problems.tell_of_whole(text.at, message);
        None
    }
}

fn read_calendar(
    entry: &Entry<'_>,
    name: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<BTreeSet<Date>> {
    let table = entry.table(problems)?;
    let path = format!("{}.", entry.path);
    let mut table = table.titled(format!("calendar {name:?}"), &path);
    let written = table.find(DATES).map(|entry| read_dates(&entry, problems));
    let filed = table.find(FILES).map(|entry| read_files(&entry, files, problems));
    table.tell_unknown_keys(problems);
    if written.is_none() && filed.is_none() {
        tell_empty(&table, problems);
        return None;
    }
    let mut dates = BTreeSet::new();
    for read in [written, filed].into_iter().flatten() {
        dates.append(&mut read?);
    }
    if dates.is_empty() {
        tell_empty(&table, problems);
        return None;
    }
    Some(dates)
}

fn tell_empty(table: &Table<'_>, problems: &mut Problems<'_>) {
    let mend = "add dates = [\"2026-12-25\"], or files = [\"spain.ics\"]";
    problems.tell_of_whole(table.at, format!("{} has no date: {mend}", table.title()));
}

fn read_dates(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<BTreeSet<Date>> {
    let read: Vec<Option<Date>> =
        entry.list("a list of dates", problems)?.iter().map(|date| read_date(date, problems)).collect();
    read.into_iter().collect()
}

/// A date, in quotes or as TOML writes dates.
fn read_date(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Date> {
    let written = match entry.bare_time() {
        Some(bare) => bare,
        None => entry.text("dates in quotes", problems)?.value.to_owned(),
    };
    let date = date_of(&written);
    if date.is_none() {
        let mend = "write year, month and day, as \"2026-12-25\"";
        problems.tell(entry.at(), format!("{}: {written:?} is not a date: {mend}", entry.path));
    }
    date
}

/// `2026-12-25` and no other form.
fn date_of(text: &str) -> Option<Date> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape == "9999-99-99" { text.parse().ok() } else { None }
}

fn read_files(entry: &Entry<'_>, files: Files<'_>, problems: &mut Problems<'_>) -> Option<BTreeSet<Date>> {
    let read: Vec<Option<BTreeSet<Date>>> = entry
        .list("a list of file names", problems)?
        .iter()
        .map(|file| {
            let name = checked_text(file, "a file's name", file_complaint, problems)?;
            let mut tell = |message: String| problems.tell(name.at, format!("{}: {message}", entry.path));
            match files(name.value) {
                Err(reason) => {
                    tell(format!("{:?} cannot be read: {reason}", name.value));
                    None
                }
                Ok(text) => match icalendar::dates(&text) {
                    Ok(dates) => Some(dates),
                    Err(faults) => {
                        for fault in faults {
                            tell(format!("{}:{}: {}", name.value, fault.line, fault.message));
                        }
                        None
                    }
                },
            }
        })
        .collect();
    Some(read.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

fn file_complaint(name: &str) -> Option<String> {
    let right = !name.trim().is_empty() && !name.chars().any(char::is_control);
    (!right).then(|| "write that of an iCalendar file beside the policy, as \"spain.ics\"".to_owned())
}

//! Dates out of iCalendar files (RFC 5545): whole days and what repeats every year, as calendars of holidays are written. What it does not
//! understand is an error with its line: a holiday that is silently missed is capacity that is silently missing.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

/// What repeats every year without an end is followed until the end of this one.
const HORIZON: i16 = 2100;

/// An event that is longer was surely written wrong.
const LONGEST_DAYS: i32 = 366;

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileFault {
    /// From 1.
    pub(super) line: usize,
    /// What is wrong, and what to do about it.
    pub(super) message: String,
}

impl FileFault {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// All dates of the events in `text`.
///
/// # Errors
/// Every fault, in the order of the file; a file without an event is one.
pub(super) fn dates(text: &str) -> Result<BTreeSet<Date>, Vec<FileFault>> {
    let mut faults = Vec::new();
    let mut dates = BTreeSet::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut event = Event::default();
    let mut events = 0;
    for (line, content) in unfolded(text) {
        let Some(property) = Property::read(line, &content) else {
            faults.push(FileFault::new(line, "this is no line of an iCalendar file: write NAME:VALUE"));
            return Err(faults);
        };
        match property.name.as_str() {
            "BEGIN" => {
                let component = property.value.to_ascii_uppercase();
                if component == "VEVENT" {
                    if open.iter().any(|(component, _)| component == "VEVENT") {
                        let message = "BEGIN:VEVENT inside of an event: add the END:VEVENT of the one before";
                        faults.push(FileFault::new(line, message));
                        return Err(faults);
                    }
                    event = Event { line, ..Event::default() };
                }
                open.push((component, line));
            }
            "END" => {
                let ended = property.value.to_ascii_uppercase();
                match open.pop() {
                    Some((component, _)) if component == ended => {}
                    _ => {
                        let message = format!("END:{ended} ends nothing that is open: mend the file");
                        faults.push(FileFault::new(line, message));
                        return Err(faults);
                    }
                }
                if ended == "VEVENT" {
                    events += 1;
                    match std::mem::take(&mut event).dates() {
                        Ok(of_event) => dates.extend(of_event),
                        Err(fault) => faults.push(fault),
                    }
                }
            }
            // Reminders stand inside events and have times of their own.
            _ if open.last().is_some_and(|(component, _)| component == "VEVENT") => event.note(property),
            _ => {}
        }
    }
    if let Some((component, line)) = open.pop() {
        faults.push(FileFault::new(line, format!("BEGIN:{component} is never ended: the file is not whole")));
    } else if events == 0 {
        faults.push(FileFault::new(1, "there is no event (BEGIN:VEVENT) in this file: export it again"));
    }
    if faults.is_empty() { Ok(dates) } else { Err(faults) }
}

/// The content lines with the line that each begins on: a line that begins with a blank goes on with the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((_, content))) => content.push_str(more),
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines.retain(|(_, content)| !content.trim().is_empty());
    lines
}

/// `NAME;PARAMETER=VALUE:VALUE`; the parameters say nothing that the value does not show.
struct Property {
    line: usize,
    name: String,
    value: String,
}

impl Property {
    fn read(line: usize, content: &str) -> Option<Property> {
        let mut quoted = false;
        let colon = content.char_indices().find_map(|(index, c)| {
            quoted ^= c == '"';
            (c == ':' && !quoted).then_some(index)
        })?;
        let (before, value) = (&content[..colon], &content[colon + 1..]);
        let name = before.split(';').next().unwrap_or_default();
        let right = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        right.then(|| Property { line, name: name.to_ascii_uppercase(), value: value.trim().to_owned() })
    }

    fn fault(&self, message: impl Into<String>) -> FileFault {
        FileFault::new(self.line, message)
    }

    /// The one day of the value, and whether it is a whole one.
    fn day(&self) -> Result<Day, FileFault> {
        Day::of(&self.value).ok_or_else(|| {
            let mend = "write year, month and day, as 20261225";
            self.fault(format!("{}: {:?} is not a date: {mend}", self.name, self.value))
        })
    }

    /// The days of the value, with commas between.
    fn days(&self) -> Result<Vec<Day>, FileFault> {
        let days = self.value.split(',').map(|day| Day::of(day.trim()));
        days.collect::<Option<_>>().ok_or_else(|| {
            let mend = "write dates as 20261225, with commas between them";
            self.fault(format!("{}: {:?} are not dates: {mend}", self.name, self.value))
        })
    }
}

#[derive(Clone, Copy)]
struct Day {
    date: Date,
    whole: bool,
}

impl Day {
    /// `20261225`, `20261225T080000` or `20261225T080000Z`.
    fn of(text: &str) -> Option<Day> {
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        let whole = match shape.as_str() {
            "99999999" => true,
            "99999999T999999" | "99999999T999999Z" => false,
            _ => return None,
        };
        text[..8].parse().ok().map(|date| Day { date, whole })
    }
}

/// What an event says of its days.
#[derive(Default)]
struct Event {
    line: usize,
    start: Option<Property>,
    end: Option<Property>,
    duration: Option<Property>,
    rule: Option<Property>,
    also: Vec<Property>,
    except: Vec<Property>,
    cancelled: bool,
    /// Something that moves days and is not read.
    strange: Option<FileFault>,
}

impl Event {
    fn note(&mut self, property: Property) {
        match property.name.as_str() {
            "DTSTART" => self.start = Some(property),
            "DTEND" => self.end = Some(property),
            "DURATION" => self.duration = Some(property),
            "RRULE" if self.rule.is_some() => {
                self.strange = Some(property.fault("a second RRULE is not read: write an event of its own"));
            }
            "RRULE" => self.rule = Some(property),
            "RDATE" => self.also.push(property),
            "EXDATE" => self.except.push(property),
            "STATUS" => self.cancelled = property.value.eq_ignore_ascii_case("CANCELLED"),
            "RECURRENCE-ID" | "EXRULE" => {
                let message = format!("{} is not read: write an event of its own", property.name);
                self.strange = Some(property.fault(message));
            }
            _ => {}
        }
    }

    fn dates(self) -> Result<BTreeSet<Date>, FileFault> {
        if self.cancelled {
            return Ok(BTreeSet::new());
        }
        if let Some(strange) = self.strange {
            return Err(strange);
        }
        let Some(start) = &self.start else {
            let message = "the event has no DTSTART: write one, as DTSTART;VALUE=DATE:20261225";
            return Err(FileFault::new(self.line, message));
        };
        let first = start.day()?;
        let length = self.length(first)?;
        let mut starts: BTreeSet<Date> = match &self.rule {
            Some(rule) => yearly(rule, first.date)?,
            None => BTreeSet::from([first.date]),
        };
        for property in &self.also {
            starts.extend(property.days()?.into_iter().map(|day| day.date));
        }
        for property in &self.except {
            for day in property.days()? {
                // A time in another zone may be of the day before: it would be passed over in silence.
                if !starts.remove(&day.date) && !day.whole {
                    let message = format!(
                        "EXDATE: the event does not begin on {}: write a day on which it does",
                        day.date
                    );
                    return Err(property.fault(message));
                }
            }
        }
        let days = starts
            .into_iter()
            .flat_map(|start| (0..length).filter_map(move |day| start.checked_add(day.days()).ok()));
        Ok(days.collect())
    }

    /// How many days one occurrence takes.
    fn length(&self, first: Day) -> Result<i32, FileFault> {
        // Of what has a time only the day counts on which it begins.
        if !first.whole {
            return Ok(1);
        }
        let (days, said) = match (&self.end, &self.duration) {
            (Some(end), _) => {
                let last = end.day()?.date;
                let days = first.date.until(last).map(|span| span.get_days());
                // Some programs write the day itself as the end of a single day.
                let days = days.unwrap_or(i32::MAX);
                (if days == 0 { 1 } else { days }, end)
            }
            (None, Some(duration)) => {
                let number = |text: &str| text.parse::<i32>().ok();
                let days = duration.value.strip_prefix('P').and_then(|value| {
                    let weeks = value.strip_suffix('W').and_then(number);
                    value.strip_suffix('D').and_then(number).or(weeks.map(|weeks| weeks.saturating_mul(7)))
                });
                let mend = "write days or weeks, as P1D or P2W";
                let wrong = || duration.fault(format!("DURATION: {:?} is not read: {mend}", duration.value));
                (days.ok_or_else(wrong)?, duration)
            }
            (None, None) => return Ok(1),
        };
        if (1..=LONGEST_DAYS).contains(&days) {
            Ok(days)
        } else {
            let begins = first.date;
            Err(said.fault(format!(
                "{}: {:?} is not 1 to {LONGEST_DAYS} days after {begins}, when the event begins: mend one of them",
                said.name, said.value
            )))
        }
    }
}

/// The dates on which an event begins that repeats every year.
fn yearly(rule: &Property, first: Date) -> Result<BTreeSet<Date>, FileFault> {
    let not_read = || {
        let mend = "only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one";
        rule.fault(format!("RRULE: {:?} is not read: {mend}", rule.value))
    };
    let (mut yearly, mut interval, mut count, mut until) = (false, 1_i16, None, None);
    for part in rule.value.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(not_read)?;
        let same = |own: i8| value.parse::<i8>().is_ok_and(|written| written == own);
        match key.to_ascii_uppercase().as_str() {
            "FREQ" => yearly = value.eq_ignore_ascii_case("YEARLY"),
            "INTERVAL" => {
                interval = value.parse().ok().filter(|interval| *interval > 0).ok_or_else(not_read)?;
            }
            "COUNT" => {
                let number = value.parse::<usize>().ok().filter(|count| *count > 0);
                count = Some(number.ok_or_else(not_read)?);
            }
            "UNTIL" => until = Some(Day::of(value).ok_or_else(not_read)?.date),
            // What some programs add, and what changes nothing.
            "BYMONTH" if same(first.month()) => {}
            "BYMONTHDAY" if same(first.day()) => {}
            "WKST" => {}
            _ => return Err(not_read()),
        }
    }
    if !yearly {
        return Err(not_read());
    }
    let years = std::iter::successors(Some(first.year()), |year| year.checked_add(interval));
    // A year without the date, as of 29 February, is left out and not counted.
    let dates = years
        .take_while(|year| *year <= HORIZON.max(first.year()))
        .filter_map(|year| Date::new(year, first.month(), first.day()).ok())
        .take(count.unwrap_or(usize::MAX))
        .take_while(|date| until.is_none_or(|until| *date <= until));
    Ok(dates.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> String {
        let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        said(&text)
    }

    fn said(text: &str) -> String {
        match dates(text) {
            Ok(dates) => {
                let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
                dates.join(" ")
            }
            Err(faults) => {
                let faults: Vec<String> =
                    faults.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
                faults.join("\n")
            }
        }
    }

    #[test]
    fn events_say_their_days() {
        for (situation, event, expected) in [
            ("one day", "DTSTART;VALUE=DATE:20261225", "2026-12-25"),
            (
                "the end is not part of it",
                "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227",
                "2026-12-24 2026-12-25 2026-12-26",
            ),
            (
                "an end on the day itself",
                "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225",
                "2026-12-25",
            ),
            ("a duration", "DTSTART;VALUE=DATE:20261231\nDURATION:P2D", "2026-12-31 2027-01-01"),
            (
                "a time counts its date",
                "DTSTART;TZID=\"Europe: Madrid\":20261224T180000\nDTEND:20261226T020000",
                "2026-12-24",
            ),
            ("a time in UTC", "dtstart:20261224T180000Z", "2026-12-24"),
            ("a folded line", "DTSTART;VALUE=\r\n DATE:2026\r\n\t1225", "2026-12-25"),
            (
                "every year, so often",
                "DTSTART:20260106\nRRULE:FREQ=YEARLY;COUNT=3",
                "2026-01-06 2027-01-06 2028-01-06",
            ),
            (
                "every year, until",
                "DTSTART:20260106\nRRULE:FREQ=YEARLY;UNTIL=20280105T230000Z",
                "2026-01-06 2027-01-06",
            ),
            (
                "every other year",
                "DTSTART:20260106\nRRULE:INTERVAL=2;FREQ=YEARLY;COUNT=2",
                "2026-01-06 2028-01-06",
            ),
            (
                "what changes nothing",
                "DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;WKST=MO;COUNT=1",
                "2026-12-25",
            ),
            (
                "29 February is not counted where it is not",
                "DTSTART:20240229\nRRULE:FREQ=YEARLY;COUNT=2",
                "2024-02-29 2028-02-29",
            ),
            (
                "but not on",
                "DTSTART:20260106\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20270106",
                "2026-01-06 2028-01-06",
            ),
            (
                "and also on",
                "DTSTART:20260106\nRDATE;VALUE=DATE:20260107,20260109",
                "2026-01-06 2026-01-07 2026-01-09",
            ),
            ("cancelled", "DTSTART:20260106\nSTATUS:CANCELLED", ""),
            (
                "a reminder has times of its own",
                "DTSTART:20260106\nBEGIN:VALARM\nDURATION:PT15M\nDTSTART:20250101\nEND:VALARM",
                "2026-01-06",
            ),
        ] {
            assert_eq!(read(event), expected, "{situation}");
        }
    }

    #[test]
    fn what_repeats_without_end_is_followed_to_the_horizon() {
        let all = dates("BEGIN:VEVENT\nDTSTART:20261225\nRRULE:FREQ=YEARLY\nEND:VEVENT").unwrap();
        assert_eq!(all.len(), 75);
        assert_eq!(all.last().unwrap().to_string(), "2100-12-25");
        // One that begins after it is still there.
        assert_eq!(said("BEGIN:VEVENT\nDTSTART:21501225\nRRULE:FREQ=YEARLY\nEND:VEVENT"), "2150-12-25");
    }

    #[test]
    fn the_rules_of_time_zones_are_no_holidays() {
        let zone = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nEND:VTIMEZONE";
        let event = "BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT";
        assert_eq!(said(&format!("BEGIN:VCALENDAR\n{zone}\n{event}\nEND:VCALENDAR")), "2026-12-25");
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        insta::assert_snapshot!(read("DTSTART:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), @r#"4: RRULE: "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH" is not read: only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one"#);
        insta::assert_snapshot!(read("DTSTART:20261126\nRRULE:FREQ=WEEKLY"), @r#"4: RRULE: "FREQ=WEEKLY" is not read: only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one"#);
        insta::assert_snapshot!(read("DTSTART:20261126\nRRULE:FREQ=YEARLY;INTERVAL=0"), @r#"4: RRULE: "FREQ=YEARLY;INTERVAL=0" is not read: only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one"#);
        insta::assert_snapshot!(read("DTSTART:20261126\nRRULE:FREQ=YEARLY;BYMONTHDAY=1"), @r#"4: RRULE: "FREQ=YEARLY;BYMONTHDAY=1" is not read: only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is: write the dates one by one"#);
        insta::assert_snapshot!(read("DTSTART:20261126\nRECURRENCE-ID:20261126"), @"4: RECURRENCE-ID is not read: write an event of its own");
        insta::assert_snapshot!(read("SUMMARY:Christmas"), @"2: the event has no DTSTART: write one, as DTSTART;VALUE=DATE:20261225");
        insta::assert_snapshot!(read("DTSTART:2026-12-25"), @r#"3: DTSTART: "2026-12-25" is not a date: write year, month and day, as 20261225"#);
        insta::assert_snapshot!(read("DTSTART:20261325"), @r#"3: DTSTART: "20261325" is not a date: write year, month and day, as 20261225"#);
        insta::assert_snapshot!(read("DTSTART:20261225\nDTEND:20261224"), @r#"4: DTEND: "20261224" is not 1 to 366 days after 2026-12-25, when the event begins: mend one of them"#);
        insta::assert_snapshot!(read("DTSTART:20261225\nDTEND:99991224"), @r#"4: DTEND: "99991224" is not 1 to 366 days after 2026-12-25, when the event begins: mend one of them"#);
        insta::assert_snapshot!(read("DTSTART:20261225\nDURATION:PT1H"), @r#"4: DURATION: "PT1H" is not read: write days or weeks, as P1D or P2W"#);
        insta::assert_snapshot!(read("DTSTART:20261225\nEXDATE:tomorrow"), @r#"4: EXDATE: "tomorrow" are not dates: write dates as 20261225, with commas between them"#);
        insta::assert_snapshot!(read("DTSTART;TZID=Europe/Madrid:20260106T003000\nRRULE:FREQ=YEARLY\nEXDATE:20270105T233000Z"), @"5: EXDATE: the event does not begin on 2027-01-05: write a day on which it does");
        insta::assert_snapshot!(read("Christmas"), @"3: this is no line of an iCalendar file: write NAME:VALUE");
        insta::assert_snapshot!(read("BEGIN:VEVENT\nEND:VEVENT"), @"3: BEGIN:VEVENT inside of an event: add the END:VEVENT of the one before");
        insta::assert_snapshot!(read("END:VALARM"), @"3: END:VALARM ends nothing that is open: mend the file");
    }

    #[test]
    fn a_file_that_is_not_whole_is_an_error() {
        insta::assert_snapshot!(said(""), @"1: there is no event (BEGIN:VEVENT) in this file: export it again");
        insta::assert_snapshot!(said("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), @"1: there is no event (BEGIN:VEVENT) in this file: export it again");
        insta::assert_snapshot!(said("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n"), @"2: BEGIN:VEVENT is never ended: the file is not whole");
        insta::assert_snapshot!(said("<html>\n"), @"1: this is no line of an iCalendar file: write NAME:VALUE");
    }

    #[test]
    fn every_fault_of_a_file_is_told() {
        let event = |start: &str| format!("BEGIN:VEVENT\nDTSTART:{start}\nEND:VEVENT\n");
        insta::assert_snapshot!(said(&[event("x"), event("20261225"), event("y")].concat()), @r#"
        2: DTSTART: "x" is not a date: write year, month and day, as 20261225
        8: DTSTART: "y" is not a date: write year, month and day, as 20261225
        "#);
    }
}

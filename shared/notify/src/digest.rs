//! The week in one message: what was done, what was short, what it cost, and whether a person is needed. That it arrives proves that the channel lives.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use tidegate_policy::names::Stage;

use crate::cost::Priced;
use crate::notice::{Notice, NoticeKind};
use crate::text::{cut, first_of, grouped, in_one_line};
use crate::words::ranked;

/// How many names a line lists, the greatest first.
const LISTED: usize = 8;

/// How many things that need a person are told.
const NEEDS: usize = 20;

/// A week of one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The deployment.
    pub stage: Stage,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// What needs a person, each in one line that says what to do.
    pub needs: Vec<String>,
    /// How many changes of capacity each target had.
    pub changes: BTreeMap<String, u64>,
    /// How many minutes each target had less than it needed.
    pub short: BTreeMap<String, u64>,
    /// How many minutes of shortage the week before had in all, where that is known.
    pub short_before: Option<u64>,
    /// How many minutes each target was at its maximum with more wanted.
    pub at_maximum: BTreeMap<String, u64>,
    /// How many holds each reason gave.
    pub holds: BTreeMap<String, u64>,
    /// What else is to be known, as a pause, each in one line.
    pub notes: Vec<String>,
    /// How many calls changed or read something at AWS.
    pub calls: u64,
    /// How many of them failed.
    pub failed_calls: u64,
    /// What the capacity cost by list price, where prices are known.
    pub cost: Option<Priced>,
}

impl Digest {
    /// Line by line. The first says which week it is and whether a person is needed.
    pub fn lines(&self) -> Vec<String> {
        let needed = match self.needs.len() {
            0 => "nothing needs you".to_owned(),
            1 => "1 thing needs you".to_owned(),
            many => format!("{many} things need you"),
        };
        let stage = cut(&in_one_line(self.stage.as_str()), 60);
        let mut lines = vec![format!("Tidegate {stage}, {}: {needed}", self.days())];
        lines.extend(first_of(&self.needs, NEEDS, |need| format!("! {}", cut(&in_one_line(need), 400))));
        lines.push(format!("Changes {}", counted(&self.changes, grouped)));
        let before =
            self.short_before.map_or(String::new(), |minutes| format!(" ({} before)", hours(minutes)));
        let short = in_all(&self.short, hours);
        let short =
            short.map_or_else(|| "0m".to_owned() + &before, |(all, of)| format!("{all}{before}: {of}"));
        let at_maximum = in_all(&self.at_maximum, hours);
        let at_maximum = at_maximum.map_or_else(|| "0m".to_owned(), |(all, of)| format!("{all}: {of}"));
        lines.push(format!("Short {short}; at the maximum {at_maximum}"));
        if let Some((_, held)) = in_all(&self.holds, grouped) {
            lines.push(format!("Held most: {held}"));
        }
        lines.extend(first_of(&self.notes, NEEDS, |note| cut(&in_one_line(note), 400)));
        let calls = format!("Calls {}, {} failed.", grouped(self.calls), grouped(self.failed_calls));
        let cost = self.cost.map_or(String::new(), |cost| format!(" {}.", compared(cost)));
        lines.push(format!("{calls}{cost}"));
        lines
    }

    fn days(&self) -> String {
        let same_month = (self.first.year(), self.first.month()) == (self.last.year(), self.last.month());
        let first = self.first.strftime(if same_month { "%-d" } else { "%-d %b" });
        format!("{first} - {}", self.last.strftime("%-d %b"))
    }

    /// As it waits for a channel.
    pub fn notice(&self, now: Timestamp) -> Notice {
        Notice::new(NoticeKind::Digest, &self.stage, now, &self.lines())
    }
}

/// The sum, and the greatest of what it is made of.
fn counted(counts: &BTreeMap<String, u64>, words: fn(u64) -> String) -> String {
    in_all(counts, words).map_or_else(|| "0".to_owned(), |(all, of)| format!("{all}: {of}"))
}

/// The same as a pair, if there is any.
fn in_all(counts: &BTreeMap<String, u64>, words: fn(u64) -> String) -> Option<(String, String)> {
    let ranked: Vec<(&str, u64)> = ranked(counts).into_iter().filter(|(_, count)| *count > 0).collect();
    let all = ranked.iter().fold(0_u64, |all, (_, count)| all.saturating_add(*count));
    let of = first_of(&ranked, LISTED, |(name, count)| {
        format!("{} {}", cut(&in_one_line(name), 60), words(*count))
    });
    (!ranked.is_empty()).then(|| (words(all), of.join(", ")))
}

/// Minutes as hours and minutes: `1h 56m`.
fn hours(minutes: u64) -> String {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if hours == 0 { format!("{minutes}m") } else { format!("{}h {minutes:02}m", grouped(hours)) }
}

/// `Cost $92.10 by list price on demand in N. Virginia, always at max $148.00 (-38%)`.
fn compared(cost: Priced) -> String {
    let Priced { spent, at_maximum } = cost;
    let most = u128::from(at_maximum.0);
    let saved = u128::from(at_maximum.0.saturating_sub(spent.0)) * 100 + most / 2;
    let share = saved.checked_div(most).filter(|share| *share > 0);
    let share = share.map_or(String::new(), |share| format!(" (-{share}%)"));
    format!("Cost {spent} by list price on demand in N. Virginia, always at max {at_maximum}{share}")
}

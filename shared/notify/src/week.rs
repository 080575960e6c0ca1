//! A week of one stage, counted per target, as the digest is composed of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tidegate_policy::names::{Stage, TargetName};

use crate::digest::Digest;
use crate::text::{cut, first_of, grouped, in_one_line};
use crate::words::ranked;

/// How many targets the line of hours names.
const LISTED: usize = 8;

/// A week.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// The deployment.
    pub stage: Stage,
    /// Its first day: the digest of a week is sent once.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// What each target had, each named once.
    pub targets: Vec<TargetWeek>,
}

/// A week of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetWeek {
    /// Which.
    pub target: TargetName,
    /// How many changes of its capacity.
    pub changes: u64,
    /// Minutes at its maximum with more wanted.
    pub minutes_at_maximum: u64,
    /// Minutes with less than it needed.
    pub minutes_short: u64,
    /// How many holds each reason gave, by its code.
    pub holds: BTreeMap<String, u64>,
    /// Calls to AWS.
    pub calls: u64,
    /// How many of them failed.
    pub failed_calls: u64,
    /// Hours that its members ran, all together.
    pub member_hours: u64,
    /// What stands at the end of the week, each in one line that says what to do.
    pub standing_alerts: Vec<String>,
    /// How often and how it was paused, each in one line.
    pub pauses: Vec<String>,
}

impl Week {
    /// The digest of it. Costs are not known here.
    pub fn digest(&self) -> Digest {
        let of = |count: fn(&TargetWeek) -> u64| {
            let counts = self.targets.iter().map(|week| (week.target.as_str().to_owned(), count(week)));
            counts.collect::<BTreeMap<String, u64>>()
        };
        let all = |count: fn(&TargetWeek) -> u64| {
            self.targets.iter().map(count).fold(0_u64, |sum, count| sum.saturating_add(count))
        };
        let lines = |lines: fn(&TargetWeek) -> &[String]| {
            let of_one = |week: &TargetWeek| {
                let target = week.target.clone();
                let named = lines(week).iter().map(move |line| format!("{target}: {line}"));
                named.collect::<Vec<String>>()
            };
            self.targets.iter().flat_map(of_one).collect::<Vec<String>>()
        };
        let mut holds: BTreeMap<String, u64> = BTreeMap::new();
        for (reason, count) in self.targets.iter().flat_map(|week| &week.holds) {
            let sum = holds.entry(reason.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        let mut notes: Vec<String> =
            lines(|week| &week.pauses).into_iter().map(|pause| format!("Paused: {pause}")).collect();
        notes.extend(hours(&of(|week| week.member_hours)));
        Digest {
            stage: self.stage.clone(),
            first: self.first,
            last: self.last,
            needs: lines(|week| &week.standing_alerts),
            changes: of(|week| week.changes),
            short: of(|week| week.minutes_short),
            short_before: None,
            at_maximum: of(|week| week.minutes_at_maximum),
            holds,
            notes,
            calls: all(|week| week.calls),
            failed_calls: all(|week| week.failed_calls),
            cost: None,
        }
    }
}

/// `Member hours: api 612, sessions 504.`
fn hours(of: &BTreeMap<String, u64>) -> Option<String> {
    let ranked: Vec<(&str, u64)> = ranked(of).into_iter().filter(|(_, hours)| *hours > 0).collect();
    let named = first_of(&ranked, LISTED, |(target, hours)| {
        format!("{} {}", cut(&in_one_line(target), 60), grouped(*hours))
    });
    (!ranked.is_empty()).then(|| format!("Member hours: {}.", named.join(", ")))
}

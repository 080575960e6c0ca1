//! A week of one stage, counted per target, as the digest is composed of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tidegate_policy::names::{Stage, TargetName};

use crate::cost::{Cents, Cost, Priced};
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
    /// What they cost by list price.
    pub cost: Cost,
    /// What stands at the end of the week, each in one line that says what to do.
    pub standing_alerts: Vec<String>,
    /// How often and how it was paused, each in one line.
    pub pauses: Vec<String>,
}

impl Week {
    /// The digest of it.
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
        notes.extend(hours(&of(|week| week.member_hours), &self.targets));
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
            cost: self.cost(),
        }
    }

    /// Of all targets with a known price.
    fn cost(&self) -> Option<Priced> {
        self.targets.iter().filter_map(|week| week.cost.known).reduce(|sum, more| Priced {
            spent: Cents(sum.spent.0.saturating_add(more.spent.0)),
            at_maximum: Cents(sum.at_maximum.0.saturating_add(more.at_maximum.0)),
        })
    }
}

/// `Member hours: sessions 504 ($34.27), api 612 (price not known).`
fn hours(of: &BTreeMap<String, u64>, targets: &[TargetWeek]) -> Option<String> {
    let ranked: Vec<(&str, u64)> = ranked(of).into_iter().filter(|(_, hours)| *hours > 0).collect();
    let cost = |name: &str| {
        let week = targets.iter().find(|week| week.target.as_str() == name);
        week.map_or_else(String::new, |week| in_money(&week.cost))
    };
    let named = first_of(&ranked, LISTED, |(target, hours)| {
        format!("{} {}{}", cut(&in_one_line(target), 60), grouped(*hours), cost(target))
    });
    (!ranked.is_empty()).then(|| format!("Member hours: {}.", named.join(", ")))
}

fn in_money(cost: &Cost) -> String {
    match (cost.known, cost.unpriced_hours) {
        (None, 0) => String::new(),
        (None, _) => " (price not known)".to_owned(),
        (Some(known), 0) => format!(" ({})", known.spent),
        (Some(known), hours) => format!(" ({}, price not known of {})", known.spent, grouped(hours)),
    }
}

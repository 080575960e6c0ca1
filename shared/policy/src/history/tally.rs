//! What a week brought, counted as it happens: the weekly digest is made from it, in the memory that every attempt writes anyway.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::units::Count;

/// Of what happens between two looks nobody knows more than that: a longer time without a look counts as so long.
const BETWEEN_LOOKS_AT_MOST: SignedDuration = SignedDuration::from_hours(1);
/// So many reasons for holds are counted apart. The time of the others is counted together.
const REASONS_AT_MOST: usize = 12;
/// So many classes of members are counted apart. The time of the others has no price.
const CLASSES_AT_MOST: usize = 8;
const A_WEEK: i64 = 7 * 86_400;
/// The first Monday of Unix time is its fifth day.
const FIRST_MONDAY: i64 = 4 * 86_400;

/// The week that runs, and the one before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// What is counted now.
    pub this: Week,
    /// What the digest of a Monday tells of.
    #[serde(skip_serializing_if = "Week::is_nothing")]
    pub before: Week,
    /// What the last look found, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<(Timestamp, Found)>,
}

/// What is counted of a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Week {
    /// Monday, 00:00 UTC.
    pub from: Timestamp,
    /// Decisions to change the capacity.
    #[serde(skip_serializing_if = "is_zero")]
    pub changes: u64,
    /// How long more was wanted than the maximum.
    #[serde(skip_serializing_if = "SignedDuration::is_zero")]
    pub at_maximum: SignedDuration,
    /// How long fewer members served than there should be.
    #[serde(skip_serializing_if = "SignedDuration::is_zero")]
    pub short: SignedDuration,
    /// How long nothing was changed, by why; of the first twelve reasons of the week.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<Reason, SignedDuration>,
    /// The same of all other reasons.
    #[serde(skip_serializing_if = "SignedDuration::is_zero")]
    pub other_holds: SignedDuration,
    /// Calls that were to change something.
    #[serde(skip_serializing_if = "is_zero")]
    pub calls: u64,
    /// Of these, those that failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed_calls: u64,
    /// How long members were there, summed over all.
    #[serde(skip_serializing_if = "SignedDuration::is_zero")]
    pub member_time: SignedDuration,
    /// How long it would have been, always at the policy's maximum.
    #[serde(skip_serializing_if = "SignedDuration::is_zero")]
    pub member_time_at_maximum: SignedDuration,
    /// How long AWS had members of each class or node type, summed over all; of the first eight of the week. None of a service, whose tasks have
    /// no class.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub class_time: BTreeMap<String, SignedDuration>,
}

impl Default for Week {
    fn default() -> Self {
        Week {
            from: Timestamp::UNIX_EPOCH,
            changes: 0,
            at_maximum: SignedDuration::ZERO,
            short: SignedDuration::ZERO,
            holds: BTreeMap::new(),
            other_holds: SignedDuration::ZERO,
            calls: 0,
            failed_calls: 0,
            member_time: SignedDuration::ZERO,
            member_time_at_maximum: SignedDuration::ZERO,
            class_time: BTreeMap::new(),
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Week {
    fn is_nothing(&self) -> bool {
        *self == Week::default()
    }

    fn add(&mut self, found: &Found, lasting: SignedDuration) {
        let count = |sum: &mut SignedDuration| *sum = sum.saturating_add(lasting);
        if found.at_maximum {
            count(&mut self.at_maximum);
        }
        if found.short {
            count(&mut self.short);
        }
        if let Some(reason) = found.hold {
            let is_apart = self.holds.contains_key(&reason) || self.holds.len() < REASONS_AT_MOST;
            count(if is_apart { self.holds.entry(reason).or_default() } else { &mut self.other_holds });
        }
        let count = |sum: &mut SignedDuration, members: Count| {
            let members = i32::try_from(members.0).unwrap_or(i32::MAX);
            *sum = sum.saturating_add(lasting.saturating_mul(members));
        };
        count(&mut self.member_time, found.members);
        count(&mut self.member_time_at_maximum, found.max);
        for (class, members) in &found.classes {
            if self.class_time.contains_key(class) || self.class_time.len() < CLASSES_AT_MOST {
                count(self.class_time.entry(class.clone()).or_default(), *members);
            }
        }
    }
}

/// What one look found. It counts for the time until the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) members: Count,
    #[serde(default)]
    pub(crate) max: Count,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) classes: BTreeMap<String, Count>,
    pub(crate) at_maximum: bool,
    pub(crate) short: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Reason>,
}

impl Tally {
    /// Whether nothing was ever counted: it is then not stored.
    pub fn is_nothing(&self) -> bool {
        *self == Tally::default()
    }

    /// What was counted of the week that began on this Monday at 00:00 UTC; `None` if nothing was.
    pub fn of_week(&self, monday: Timestamp) -> Option<&Week> {
        [&self.before, &self.this].into_iter().find(|week| week.from == monday && !week.is_nothing())
    }

    /// What the last look found.
    pub(crate) fn found(&self) -> Option<&Found> {
        self.last.as_ref().map(|(_, found)| found)
    }

    /// Counts the time since the last look, of what that one found.
    pub(crate) fn look(&mut self, found: Found, now: Timestamp) {
        if let Some((from, last)) = self.last.take() {
            self.add(&last, from, now);
        }
        self.last = Some((now, found));
        self.turn_to(now);
    }

    /// The week that runs, to count what happened.
    pub(crate) fn week(&mut self, now: Timestamp) -> &mut Week {
        self.turn_to(now);
        &mut self.this
    }

    /// Each part to the week in which it was.
    fn add(&mut self, found: &Found, mut from: Timestamp, now: Timestamp) {
        let until = now.min(from.saturating_add(BETWEEN_LOOKS_AT_MOST).unwrap_or(now));
        while from < until {
            let monday = monday_of(from).saturating_add(week()).unwrap_or(until);
            let part = until.min(monday);
            self.turn_to(from);
            self.this.add(found, part.duration_since(from));
            from = part;
        }
    }

    /// A clock that goes back counts in the week that runs.
    fn turn_to(&mut self, at: Timestamp) {
        let monday = monday_of(at);
        if monday <= self.this.from {
            return;
        }
        let ended = std::mem::replace(&mut self.this, Week { from: monday, ..Week::default() });
        let is_the_one_before = ended.from.saturating_add(week()).is_ok_and(|next| next == monday);
        self.before = if is_the_one_before { ended } else { Week::default() };
    }
}

fn week() -> SignedDuration {
    SignedDuration::from_secs(A_WEEK)
}

/// Monday, 00:00 UTC, of the week of a moment.
fn monday_of(at: Timestamp) -> Timestamp {
    let into_the_week = (at.as_second() - FIRST_MONDAY).rem_euclid(A_WEEK);
    Timestamp::from_second(at.as_second() - into_the_week).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;

//! What is to be told outside: each decision, step, alert and recovery, written with the memory that it tells of and kept until it is published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::notice::{Notice, NoticeKind, kept};
use super::orders::StandingPause;
use super::standing::{About, Standing};
use crate::reason::{Explanation, Reason};

/// So many wait at most. Where nothing can be published for days, alerts and recoveries stay, and the oldest of the others go.
const WAIT_AT_MOST: usize = 50;

/// What waits to be told, and what was told and stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outbox {
    /// The number of the newest notice.
    number: u64,
    /// What waits to be published, in ascending order of its numbers.
    waiting: Vec<Notice>,
    /// The alerts that were told and are not over, in the order in which they came.
    standing: Vec<Standing>,
}

impl Outbox {
    /// What waits to be published, the oldest first.
    pub fn waiting(&self) -> &[Notice] {
        &self.waiting
    }

    /// Whether nothing was ever told: it is then not stored.
    pub fn is_new(&self) -> bool {
        *self == Outbox::default()
    }

    /// The alerts that were told and are not over: why, and since when.
    pub fn standing(&self) -> impl Iterator<Item = (Reason, Timestamp)> {
        self.standing.iter().map(|standing| (standing.reason, standing.since))
    }

    /// The first `count` of them were published.
    pub fn published(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
    }

    /// The attempt came to no plan. It is told once, and is over once attempts come to plans again.
    pub fn failed(&mut self, why: &Explanation, now: Timestamp) {
        self.stands(About::Attempt, why, now);
    }

    /// What happened, and is over with it.
    pub(crate) fn happened(&mut self, kind: NoticeKind, why: &Explanation, now: Timestamp) {
        self.push(kind, why.reason, &why.detail, now, now);
    }

    /// A look found something that lasts. Whether it is told: when it comes, and again once a day.
    pub(crate) fn found(&mut self, key: &str, why: &Explanation, now: Timestamp) -> bool {
        self.stands(About::Seen(key.to_owned()), why, now)
    }

    /// Ends what a look that came to a plan did not find, once it was gone for long enough. `found` says what was found, `unjudged` what the
    /// look could not judge. Returns a sentence for each that is over, for the log.
    pub(crate) fn settle(
        &mut self,
        found: impl Fn(&str, Reason) -> bool,
        unjudged: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Vec<String> {
        let mut over = Vec::new();
        self.standing.retain_mut(|standing| {
            let is_there = match &standing.about {
                About::Seen(key) => found(key, standing.reason) || unjudged(key),
                About::Attempt => false,
                About::Pause => true,
            };
            if is_there || !standing.is_gone(now) {
                return true;
            }
            over.push(standing.clone());
            false
        });
        let recover = |(place, ended): (usize, &Standing)| {
            let detail = ended.over(now);
            // Of several of one reason that are over together, the last says so to receivers.
            if over[place + 1..].iter().all(|later| later.reason != ended.reason) {
                self.recover(ended, &ended.is_over(), now);
            }
            detail
        };
        over.iter().enumerate().map(recover).collect()
    }

    /// A person paused the target. A command that is delivered twice is told once.
    pub(crate) fn paused(
        &mut self,
        before: Option<&StandingPause>,
        pause: &StandingPause,
        detail: &str,
        now: Timestamp,
    ) {
        let is_same = before.is_some_and(|before| before.what == pause.what && before.until == pause.until);
        let told = self.standing.iter().position(|standing| standing.about == About::Pause);
        match told {
            Some(_) if is_same => return,
            Some(place) => drop(self.standing.remove(place)),
            None => {}
        }
        self.begin(About::Pause, &Explanation::new(Reason::PauseBegan, detail), now);
    }

    /// The pause still stands.
    pub(crate) fn pause_lasts(&mut self, detail: &str, now: Timestamp) {
        if let Some(pause) = self.standing.iter().find(|standing| standing.about == About::Pause) {
            let since = pause.since;
            self.push(NoticeKind::Alert, Reason::PauseBegan, detail, since, now);
        }
    }

    /// The pause is over, by its time or by a person: at once, for nobody is in doubt about it.
    pub(crate) fn pause_ended(&mut self, detail: &str, now: Timestamp) {
        let place = self.standing.iter().position(|standing| standing.about == About::Pause);
        if let Some(place) = place {
            let ended = self.standing.remove(place);
            self.recover(&ended, detail, now);
        }
    }

    /// The keys of the alerts that stand, as plans name them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.standing.iter().filter_map(|standing| match &standing.about {
            About::Seen(key) => Some(key.as_str()),
            About::Attempt | About::Pause => None,
        })
    }

    fn stands(&mut self, about: About, why: &Explanation, now: Timestamp) -> bool {
        let mut known = self.standing.iter_mut();
        let Some(standing) = known.find(|known| known.about == about && known.reason == why.reason) else {
            self.begin(about, why, now);
            return true;
        };
        let since = standing.since;
        let is_told = standing.is_there(now);
        if is_told {
            self.push(NoticeKind::Alert, why.reason, &why.detail, since, now);
        }
        is_told
    }

    fn begin(&mut self, about: About, why: &Explanation, now: Timestamp) {
        let others = self.standing.iter().filter(|other| other.reason == why.reason);
        let reason_since = others.map(|other| other.reason_since).min().unwrap_or(now);
        self.standing.push(Standing::new(about, why.reason, now, reason_since));
        self.push(NoticeKind::Alert, why.reason, &why.detail, now, now);
    }

    /// Receivers know an alert by its reason: while another of the same reason stands it is not over for them.
    fn recover(&mut self, ended: &Standing, detail: &str, now: Timestamp) {
        if self.standing.iter().all(|other| other.reason != ended.reason) {
            self.push(NoticeKind::Recovery, ended.reason, detail, ended.reason_since, now);
        }
    }

    fn push(&mut self, kind: NoticeKind, reason: Reason, detail: &str, since: Timestamp, at: Timestamp) {
        // The first number is the second of its time. So a memory that was lost begins above what receivers have seen.
        let first = u64::try_from(at.as_second()).unwrap_or_default();
        self.number = if self.number == 0 { first.max(1) } else { self.number + 1 };
        self.waiting.push(Notice { number: self.number, kind, reason, detail: kept(detail), since, at });
        while self.waiting.len() > WAIT_AT_MOST {
            let least = self.least_needed();
            self.waiting.remove(least);
        }
    }

    /// The oldest decision or step; else the oldest that a later one of its reason has overtaken; else the oldest.
    fn least_needed(&self) -> usize {
        let is_overtaken = |(place, notice): (usize, &Notice)| {
            let later = &self.waiting[place + 1..];
            later.iter().any(|later| later.reason == notice.reason).then_some(place)
        };
        let passing = self.waiting.iter().position(Notice::is_passing);
        passing.or_else(|| self.waiting.iter().enumerate().find_map(is_overtaken)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;

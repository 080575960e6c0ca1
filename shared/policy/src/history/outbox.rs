//! What is to be told outside: each decision, step, alert and recovery, written with the memory that it tells of and kept until it is published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::notice::{Next, Notice, NoticeKind, kept, kept_numbers};
use super::orders::StandingPause;
use super::standing::{About, Read, Standing};
use crate::number::{Number, Sentence};
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
        self.stands(About::Attempt, why, None, now, now);
    }

    /// Capacity is to change.
    pub(crate) fn decided(&mut self, why: &Explanation, next: Option<Next>, now: Timestamp) {
        self.push(NoticeKind::Decision, why, next, now, now);
    }

    /// A step was taken.
    pub(crate) fn stepped(&mut self, why: &Explanation, next: Option<Next>, now: Timestamp) {
        self.push(NoticeKind::Step, why, next, now, now);
    }

    /// Something happened at one moment that a person should know. It is told each time, and is over once it did not happen again for an hour: whoever
    /// opened something for it closes it then.
    pub(crate) fn occurred(&mut self, why: &Explanation, next: Option<Next>, now: Timestamp) {
        let mut known = self.standing.iter_mut();
        let known = known.find(|known| known.about == About::Moment && known.reason == why.reason);
        match known {
            Some(known) => {
                known.happens(now);
                self.push(NoticeKind::Alert, why, next, now, now);
            }
            None => self.begin(About::Moment, why, next, now, now),
        }
    }

    /// A look found something that lasts. Whether it is told: when it comes, and again once a day.
    pub(crate) fn found(&mut self, key: &str, why: &Explanation, next: Option<Next>, now: Timestamp) -> bool {
        self.found_since(key, why, next, now, now)
    }

    /// The same of what was watched since then, and is reported only now.
    pub(crate) fn found_since(
        &mut self,
        key: &str,
        why: &Explanation,
        next: Option<Next>,
        since: Timestamp,
        now: Timestamp,
    ) -> bool {
        self.stands(About::Seen(key.to_owned()), why, next, since, now)
    }

    /// Ends what a look that came to a plan did not find, once it was gone for long enough. `found` says what was found, `unjudged` what the
    /// look could not judge, `read` what it read of an alert that is about readings. Returns a sentence for each that is over, for the log.
    pub(crate) fn settle(
        &mut self,
        found: impl Fn(&str, Reason) -> bool,
        unjudged: impl Fn(&str) -> bool,
        read: impl Fn(&str) -> Option<Read>,
        now: Timestamp,
    ) -> Vec<Sentence> {
        let mut over = Vec::new();
        self.standing.retain_mut(|standing| {
            let stays = match &standing.about {
                About::Seen(key) if found(key, standing.reason) || unjudged(key) => true,
                About::Seen(key) => {
                    let read = read(key);
                    !standing.is_gone(read, now)
                }
                About::Attempt => !standing.is_gone(None, now),
                About::Pause => true,
                About::Moment => !standing.is_past(now),
            };
            if !stays {
                over.push(standing.clone());
            }
            stays
        });
        let recover = |(place, ended): (usize, &Standing)| {
            let lasted = Number::lasting("lasted", ended.lasted(now));
            // Of several of one reason that are over together, the last says so to receivers.
            if over[place + 1..].iter().all(|later| later.reason != ended.reason) {
                self.recover(ended, Sentence::from(ended.is_over()).with(lasted.clone()), now);
            }
            Sentence::from(ended.over(now)).with(lasted)
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
        self.begin(About::Pause, &Explanation::new(Reason::PauseBegan, detail), None, now, now);
    }

    /// The pause still stands.
    pub(crate) fn pause_lasts(&mut self, detail: &str, now: Timestamp) {
        if let Some(pause) = self.standing.iter().find(|standing| standing.about == About::Pause) {
            let since = pause.since;
            self.push(NoticeKind::Alert, &Explanation::new(Reason::PauseBegan, detail), None, since, now);
        }
    }

    /// The pause is over, by its time or by a person: at once, for nobody is in doubt about it.
    pub(crate) fn pause_ended(&mut self, detail: &str, now: Timestamp) {
        let place = self.standing.iter().position(|standing| standing.about == About::Pause);
        if let Some(place) = place {
            let ended = self.standing.remove(place);
            let lasted = Number::lasting("lasted", ended.lasted(now));
            self.recover(&ended, Sentence::from(detail).with(lasted), now);
        }
    }

    /// The keys of the alerts that stand, as plans name them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.standing.iter().filter_map(|standing| match &standing.about {
            About::Seen(key) => Some(key.as_str()),
            About::Attempt | About::Pause | About::Moment => None,
        })
    }

    fn stands(
        &mut self,
        about: About,
        why: &Explanation,
        next: Option<Next>,
        began: Timestamp,
        now: Timestamp,
    ) -> bool {
        let mut known = self.standing.iter_mut();
        let Some(standing) = known.find(|known| known.about == about && known.reason == why.reason) else {
            self.begin(about, why, next, began, now);
            return true;
        };
        let since = standing.since;
        let is_told = standing.is_there(now);
        if is_told {
            self.push(NoticeKind::Alert, why, next, since, now);
        }
        is_told
    }

    fn begin(
        &mut self,
        about: About,
        why: &Explanation,
        next: Option<Next>,
        since: Timestamp,
        now: Timestamp,
    ) {
        let others = self.standing.iter().filter(|other| other.reason == why.reason);
        let reason_since = others.map(|other| other.reason_since).min().unwrap_or(since);
        self.standing.push(Standing::new(about, why.reason, since, reason_since, now));
        self.push(NoticeKind::Alert, why, next, since, now);
    }

    /// Receivers know an alert by its reason: while another of the same reason stands it is not over for them.
    fn recover(&mut self, ended: &Standing, said: Sentence, now: Timestamp) {
        if self.standing.iter().all(|other| other.reason != ended.reason) {
            let why = Explanation::new(ended.reason, said);
            self.push(NoticeKind::Recovery, &why, None, ended.reason_since, now);
        }
    }

    fn push(
        &mut self,
        kind: NoticeKind,
        why: &Explanation,
        next: Option<Next>,
        since: Timestamp,
        at: Timestamp,
    ) {
        // The first number is the second of its time. So a memory that was lost begins above what receivers have seen.
        let first = u64::try_from(at.as_second()).unwrap_or_default();
        self.number = if self.number == 0 { first.max(1) } else { self.number + 1 };
        let (number, reason) = (self.number, why.reason);
        let (detail, numbers) = (kept(&why.detail), kept_numbers(&why.numbers));
        self.waiting.push(Notice { number, kind, reason, detail, since, at, numbers, next });
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

//! What waits for one channel, within bounds, and how much was left out for them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidegate_policy::names::Stage;

use super::letter::{Content, Letter, size};
use crate::event::{Event, EventKind};
use crate::notice::{Notice, NoticeKind};
use crate::text::{cut, first_of, grouped, in_one_line};
use crate::words;

/// How much may wait, in bytes of JSON: some 130 alerts of usual length.
pub(super) const BYTES: usize = 100_000;

/// How many letters may wait.
pub const LETTERS: usize = 200;

/// What stands around the content of a letter, in bytes of JSON at most.
const AROUND: usize = 200;

/// How long a letter waits. An alert of yesterday is none.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How long a recovery waits: without it an alert stands for ever.
pub const LONGEST_OF_A_RECOVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A letter that failed so often while the channel took others stands behind them: it is its own fault. One that was tried so often while the channel
/// took none lets each other one be tried too: only so is it seen whose fault it is.
const OFTEN: u32 = 3;

/// How many reasons are told apart of what was left out.
const REASONS: usize = 30;

/// What waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Queue {
    letters: Vec<Letter>,
    next: u64,
    left_out: LeftOut,
    lost: u64,
}

/// What was left out since the channel was told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many messages.
    pub count: u64,
    /// Since when; missing if none was.
    pub since: Option<Timestamp>,
    /// How many of each reason.
    pub reasons: BTreeMap<String, u64>,
}

impl LeftOut {
    pub(super) fn add(&mut self, word: &str, now: Timestamp) {
        self.count += 1;
        self.since.get_or_insert(now);
        let word = cut(&in_one_line(word), 60);
        let word = if self.reasons.len() < REASONS || self.reasons.contains_key(&word) {
            word
        } else {
            "others".to_owned()
        };
        *self.reasons.entry(word).or_default() += 1;
    }

    fn notice(&self, stage: &Stage, now: Timestamp) -> Notice {
        let since = self.since.map_or_else(String::new, |since| format!(" since {}", words::time(since)));
        let what = if self.count == 1 { "message was" } else { "messages were" };
        let first = format!("LEFT OUT: {stage}, {} {what} not sent here{since}", grouped(self.count));
        let ranked = words::ranked(&self.reasons);
        let of = first_of(&ranked, 12, |(reason, count)| format!("{} {reason}", grouped(*count)));
        let why = "This channel did not answer, or was sent too much. Look at another channel, or at the log lines of the targets.";
        Notice::new(NoticeKind::LeftOut, stage, now, &[first, format!("{}.", of.join(", ")), why.to_owned()])
    }
}

impl Queue {
    /// Adds one at the end. What had to go for it is returned, perhaps itself; it is counted already. `kept` is on its way, and stays.
    pub(super) fn push(&mut self, content: Content, kept: Option<u64>, now: Timestamp) -> Vec<Letter> {
        let bytes = size(&content);
        self.letters.push(Letter {
            number: self.next,
            content,
            tries: 0,
            faults: 0,
            accepted: now,
            bytes,
            refused_by: None,
        });
        self.next += 1;
        let mut gone = Vec::new();
        while self.letters.len() > LETTERS || self.bytes() > BYTES {
            let least = self.letters.iter().enumerate().filter(|(_, letter)| Some(letter.number) != kept);
            let Some((at, _)) = least.min_by_key(|(_, letter)| (letter.content.worth(), letter.number))
            else {
                break;
            };
            gone.push(self.leave_out(at, now));
        }
        gone
    }

    fn bytes(&self) -> usize {
        self.letters
            .iter()
            .fold(0, |sum: usize, letter| sum.saturating_add(letter.bytes).saturating_add(AROUND))
    }

    /// Takes out those that waited too long. They are counted.
    pub(super) fn expire(&mut self, kept: Option<u64>, now: Timestamp) -> Vec<Letter> {
        let mut gone = Vec::new();
        let too_long = |letter: &Letter| {
            let recovery = letter.content.event().is_some_and(|event| event.kind == EventKind::Recovery);
            let longest = if recovery { LONGEST_OF_A_RECOVERY } else { LONGEST };
            Some(letter.number) != kept && now.duration_since(letter.accepted) > longest
        };
        while let Some(at) = self.letters.iter().position(too_long) {
            gone.push(self.leave_out(at, now));
        }
        gone
    }

    fn leave_out(&mut self, at: usize, now: Timestamp) -> Letter {
        let letter = self.letters.remove(at);
        self.left_out.add(letter.content.word(), now);
        self.lost += 1;
        letter
    }

    /// Counts what had no room.
    pub(super) fn count_lost(&mut self, event: &Event, now: Timestamp) {
        self.left_out.add(&event.reason, now);
        self.lost += 1;
    }

    /// Counts what came and went unseen.
    pub(super) fn count_unseen(&mut self, event: &Event, now: Timestamp) {
        self.left_out.add(&event.reason, now);
    }

    /// How many messages had no room or waited too long, ever.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes out the letters of the same key with a lower number, those on their way aside. Whether any was an alert.
    pub(super) fn supersede(&mut self, by: &Event, kept: Option<u64>) -> bool {
        let key = by.key();
        let older = |letter: &Letter| {
            let event = letter.content.event().filter(|event| event.kind.has_edges());
            Some(letter.number) != kept
                && event.is_some_and(|event| event.edge < by.edge && event.key() == key)
        };
        let mut alert = false;
        self.letters.retain(|letter| {
            let goes = older(letter);
            alert |= goes && letter.content.event().is_some_and(|event| event.kind == EventKind::Alert);
            !goes
        });
        alert
    }

    /// Whether this very event waits.
    pub(super) fn has(&self, event: &Event) -> bool {
        let same = |other: &Event| {
            other.kind == event.kind && other.edge == event.edge && other.key() == event.key()
        };
        self.letters.iter().filter_map(|letter| letter.content.event()).any(same)
    }

    /// Whether an alert of this key waits.
    pub(super) fn waits_for_key(&self, of: &Event) -> bool {
        let key = of.key();
        let alerts = self.letters.iter().filter_map(|letter| letter.content.event());
        alerts.filter(|event| event.kind == EventKind::Alert).any(|event| event.key() == key)
    }

    /// The next to be sent: what is urgent, then in order. `looks` is whether the secret is looked at, for which those wait that were refused.
    pub(super) fn first(&self, looks: bool) -> Option<&Letter> {
        let rank = |letter: &&Letter| {
            let Letter { number, tries, faults, refused_by, .. } = **letter;
            (refused_by.is_some(), faults >= OFTEN, tries / OFTEN, !letter.content.is_urgent(), number)
        };
        self.letters.iter().filter(|letter| looks || letter.refused_by.is_none()).min_by_key(rank)
    }

    /// The channel took one: those that failed before did not fail because it takes none.
    pub(super) fn took_one(&mut self) {
        for letter in &mut self.letters {
            letter.faults = letter.faults.saturating_add(u32::from(letter.tries > 0));
            letter.tries = 0;
        }
    }

    /// How many wait for another version of the secret.
    pub(super) fn refused(&self) -> usize {
        self.letters.iter().filter(|letter| letter.refused_by.is_some()).count()
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Letter> {
        self.letters.iter_mut().find(|letter| letter.number == number)
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.letters.retain(|letter| letter.number != number);
    }

    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    pub(super) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The notice of what was left out, if anything was; it is then told.
    pub(super) fn tell_left_out(&mut self, stage: &Stage, now: Timestamp) -> Option<Notice> {
        if self.left_out.count == 0 {
            return None;
        }
        Some(std::mem::take(&mut self.left_out).notice(stage, now))
    }
}

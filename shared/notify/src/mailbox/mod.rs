//! What one channel was sent and what waits for it: one item, written by its version, so that nothing is lost and nothing is sent by two at once.
//!
//! The order is: accept, write, claim, write, send, settle, write. Whoever is killed in between leaves a letter that waits, or a claim that ends. So a
//! message is sent once or twice, and never not at all. State is of one channel: one that fails does not make others send again.

mod letter;
mod queue;
mod terms;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use letter::shortened;
pub use letter::{Content, Letter};
use queue::Queue;
pub use queue::{LETTERS, LONGEST, LONGEST_OF_A_RECOVERY, LeftOut};
pub use terms::{Accepted, Claimed, Due, Manner};

use crate::edge::{Edges, Judgement, Late};
use crate::event::{Event, EventKind};
use crate::notice::Notice;
use crate::retry;
use crate::storm::{Minute, SINGLY};
use crate::verdict::Verdict;

/// How long a claim holds: longer than a secret is read, a message posted twice and its answer written.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How long a channel may take nothing before each further failure is an error.
pub const SILENT: SignedDuration = SignedDuration::from_mins(30);

/// How long what a channel calls a message may be, in bytes. Slack's `ts` has 17; anything longer begins no thread.
const REFERENCE: usize = 64;

/// The state of one channel. Its JSON stays below 300 kB: DynamoDB's item has 400 KB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mailbox {
    edges: Edges,
    minute: Minute,
    queue: Queue,
    /// The channel asked for silence until then, or failed and is left alone until then.
    not_before: Option<Timestamp>,
    /// How often it failed in a row.
    failures: u32,
    /// Since when it failed in a row.
    failing: Option<Timestamp>,
    claim: Option<Claim>,
    claims: u64,
    /// When the secret is looked at for what was refused by its present version.
    look_at: Option<Timestamp>,
    /// How often that was in vain in a row.
    looks: u32,
    /// The first day of the last week that was told.
    week: Option<Date>,
}

/// Somebody sends a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    number: u64,
    letter: u64,
    until: Timestamp,
}

impl Mailbox {
    /// Takes an event in. What it makes superfluous goes: an older edge of its key is not sent any more.
    pub fn accept(&mut self, event: &Event, manner: &Manner<'_>, now: Timestamp) -> Accepted {
        self.tend(manner, now);
        let mut event = shortened(event);
        if !event.kind.has_edges() {
            return if self.queue.has(&event) { Accepted::WaitedAlready } else { self.wait(event, now) };
        }
        if !self.edges.make_room(&event) {
            // What is not known here has nothing to clear.
            if event.kind == EventKind::Recovery {
                return Accepted::Dropped(Late::NothingToClear);
            }
            self.queue.count_lost(&event, now);
            return Accepted::LeftOut;
        }
        // An alarm of CloudWatch does not say since when it rang.
        if event.kind == EventKind::Recovery
            && event.since >= event.at
            && let Some(stood) = self.edges.stood_at(&event)
        {
            event.since = stood.min(event.at);
        }
        let news = !self.edges.knows(&event);
        let judgement = self.edges.arrive(&event);
        if news {
            let alert_unsent = self.queue.supersede(&event, self.on_its_way());
            // It came and went while the channel did not answer. One that was overtaken on the way here is no loss.
            if alert_unsent && self.failures > 0 && judgement == Judgement::Drop(Late::NothingToClear) {
                self.queue.count_unseen(&event, now);
            }
        }
        match judgement {
            Judgement::Drop(late) => {
                if late == Late::NothingToClear {
                    self.edges.ended(&event);
                }
                Accepted::Dropped(late)
            }
            Judgement::Send { .. } if self.queue.has(&event) => Accepted::WaitedAlready,
            Judgement::Send { .. } => {
                if manner.summaries && !self.minute.take(&event, SINGLY, now).singly {
                    self.edges.ended(&event);
                    return Accepted::Together;
                }
                self.wait(event, now)
            }
        }
    }

    /// Whether a recovery has something to clear here, whatever the channel is told of otherwise.
    pub fn has_to_clear(&self, event: &Event) -> bool {
        let event = shortened(event);
        self.edges.stands(&event) || self.queue.waits_for_key(&event)
    }

    /// Takes in the digest of the week that begins at `first`, once. Whether it was taken.
    pub fn accept_digest(&mut self, first: Date, digest: Notice, now: Timestamp) -> bool {
        if self.week.is_some_and(|week| week >= first) {
            return false;
        }
        self.week = Some(first);
        let gone = self.queue.push(Content::Notice(digest), self.on_its_way(), now);
        self.end(&gone);
        true
    }

    fn wait(&mut self, event: Event, now: Timestamp) -> Accepted {
        let (kind, edge, key) = (event.kind, event.edge, event.key());
        let gone = self.queue.push(Content::Event(Box::new(event)), self.on_its_way(), now);
        self.end(&gone);
        let itself = |other: &Event| other.kind == kind && other.edge == edge && other.key() == key;
        let left_out = gone.iter().filter_map(|letter| letter.content.event()).any(itself);
        if left_out { Accepted::LeftOut } else { Accepted::Waits }
    }

    /// What was left out does not come back by a duplicate.
    fn end(&mut self, gone: &[Letter]) {
        for event in gone.iter().filter_map(|letter| letter.content.event()) {
            self.edges.ended(event);
        }
    }

    /// Does what is due by the time alone: ends claims and minutes, forgets, and leaves out what waited too long.
    fn tend(&mut self, manner: &Manner<'_>, now: Timestamp) {
        self.claim.take_if(|claim| claim.until <= now);
        self.edges.forget(now);
        let on_its_way = self.on_its_way();
        let gone = self.queue.expire(on_its_way, now);
        self.end(&gone);
        // A minute without a summary ends with the next alert: that is no reason to write.
        if self.minute.due().is_some()
            && let Some(summary) = self.minute.close(manner.stage, now)
        {
            let gone = self.queue.push(Content::Notice(summary.notice(now)), on_its_way, now);
            self.end(&gone);
        }
        // Told once the channel answers, so that one message has all of it.
        if manner.notices
            && self.failures == 0
            && let Some(notice) = self.queue.tell_left_out(manner.stage, now)
        {
            let gone = self.queue.push(Content::Notice(notice), on_its_way, now);
            self.end(&gone);
        }
    }

    /// What may be sent now, if anything waits, the channel may be asked, and nobody else sends.
    pub fn due(&mut self, manner: &Manner<'_>, now: Timestamp) -> Option<Due> {
        self.tend(manner, now);
        if self.claim.is_some() || self.not_before.is_some_and(|then| then > now) {
            return None;
        }
        loop {
            let letter = self.queue.first(self.look_at.is_none_or(|then| then <= now))?;
            let (number, refused_by) = (letter.number, letter.refused_by);
            let judgement = match letter.content.event() {
                Some(event) => self.edges.arrive(event),
                None => Judgement::Send { thread: None, secret_version: None },
            };
            match judgement {
                Judgement::Send { secret_version, .. } => {
                    return Some(Due { letter: number, secret_version, refused_by });
                }
                // Overtaken while it was on its way.
                Judgement::Drop(_) => self.queue.remove(number),
            }
        }
    }

    /// Claims the letter that is due, to be sent by this version of the secret. Write it before sending: whoever is killed then may have been heard.
    pub fn claim(&mut self, due: Due, secret_version: Option<u64>, now: Timestamp) -> Option<Claimed> {
        let letter = self.queue.get_mut(due.letter)?;
        letter.tries = letter.tries.saturating_add(1);
        let letter = letter.clone();
        let mut thread = None;
        if let Some(event) = letter.content.event() {
            if let Judgement::Send { thread: found, .. } = self.edges.arrive(event) {
                thread = found;
            }
            self.edges.begin(event, secret_version);
        }
        self.claims += 1;
        let until = now.checked_add(LEASE).unwrap_or(now);
        self.claim = Some(Claim { number: self.claims, letter: letter.number, until });
        Some(Claimed { claim: self.claims, letter, thread, tries: self.failures.saturating_add(1) })
    }

    /// Notes what came of a letter that was sent by this version of the secret. It may have been written by another invocation since, even sent.
    pub fn settle(
        &mut self,
        claimed: &Claimed,
        verdict: &Verdict,
        secret_version: Option<u64>,
        now: Timestamp,
    ) {
        self.claim.take_if(|claim| claim.number == claimed.claim);
        let event = claimed.letter.content.event();
        match verdict {
            Verdict::Delivered { reference } => {
                (self.failures, self.failing, self.not_before) = (0, None, None);
                (self.look_at, self.looks) = (None, 0);
                if let Some(event) = event {
                    let reference = reference.clone().filter(|name| is_short(name));
                    self.edges.sent_by(event, secret_version);
                    self.edges.delivered(event, reference);
                }
                self.queue.remove(claimed.letter.number);
                self.queue.took_one();
            }
            Verdict::Retry { not_before, why } => {
                self.postpone(*not_before, now);
                // After other answers it may have been shown: a gateway says 504 of what arrived.
                if let (Some(event), Some(408 | 425 | 429)) = (event, why.status) {
                    self.edges.refused(event);
                }
            }
            Verdict::Refused { secret_may_be_old, .. } => {
                // It is the channel that is gone, not this letter alone.
                if *secret_may_be_old {
                    self.back_off(now);
                }
                if let Some(event) = event {
                    self.edges.refused(event);
                }
                // A person stores a new secret: until then it waits, as for one that is missing.
                let by = secret_version.filter(|_| *secret_may_be_old);
                if by.is_some() {
                    self.look_later(now);
                    if let Some(letter) = self.queue.get_mut(claimed.letter.number) {
                        letter.refused_by = by;
                    }
                    return;
                }
                if let Some(event) = event {
                    self.edges.ended(event);
                }
                self.queue.remove(claimed.letter.number);
            }
        }
    }

    fn postpone(&mut self, not_before: Timestamp, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.failing.get_or_insert(now);
        self.not_before = Some(not_before);
    }

    /// The channel is left alone for a while that grows with each failure: what a person has to fix is not asked for each minute.
    pub fn back_off(&mut self, now: Timestamp) {
        self.postpone(retry::not_before(None, self.failures.saturating_add(1), now), now);
    }

    /// The secret is still the one by which letters were refused. It is looked at ever later; other letters are sent meanwhile.
    pub fn look_later(&mut self, now: Timestamp) {
        self.looks = self.looks.saturating_add(1);
        self.look_at = Some(retry::not_before(None, self.looks, now));
    }

    /// How many letters wait for another version of the secret.
    pub fn refused(&self) -> usize {
        self.queue.refused()
    }

    /// Since when the channel took nothing, once that is [`SILENT`] and more: a person is needed.
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.failing.filter(|since| now.duration_since(*since) >= SILENT)
    }

    /// How many letters wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// When the channel is asked again, if something waits.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.queue.len() == 0 {
            return self.minute.due();
        }
        let claimed = self.claim.as_ref().map(|claim| claim.until);
        let look_at = self.look_at.filter(|_| self.queue.refused() == self.queue.len());
        Some(self.not_before.into_iter().chain(claimed).chain(look_at).max().unwrap_or(now).max(now))
    }

    /// What was left out and not told yet.
    pub fn left_out(&self) -> &LeftOut {
        self.queue.left_out()
    }

    /// How many messages had no room or waited too long, ever.
    pub fn lost(&self) -> u64 {
        self.queue.lost()
    }

    fn on_its_way(&self) -> Option<u64> {
        self.claim.as_ref().map(|claim| claim.letter)
    }
}

/// Whether a reference is kept as it is.
fn is_short(reference: &str) -> bool {
    reference.len() <= REFERENCE && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

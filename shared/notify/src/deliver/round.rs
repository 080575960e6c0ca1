//! One channel in one invocation: take in, write, claim, write, send, settle, write. It waits for no other channel.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::send::{Key, Parcel, send};
use super::told::Told;
use crate::channel::{Channel, Origin, Way};
use crate::deployment::Deployment;
use crate::edge::Late;
use crate::endpoint::address::Private;
use crate::event::Event;
use crate::mailbox::{Accepted, Claimed, Due, Mailbox, Manner};
use crate::notice::Notice;
use crate::port::{MailboxError, SecretError, Which, World};
use crate::verdict::Verdict;
use crate::words;

/// How often another invocation may be faster. With each conflict one of them got on.
const CONFLICTS: u32 = 20;

/// How many letters one invocation sends to one channel. The next wake-up goes on.
const LETTERS: u32 = 20;

/// The time that one letter takes at most: a secret, a post, a secret and a post again, and two writes. The timeouts of the ports are chosen by it; it
/// is shorter than [`crate::mailbox::LEASE`]. No letter is begun that could not end before the deadline.
pub const A_LETTER: SignedDuration = SignedDuration::from_secs(20);

/// Why a channel is looked at.
#[derive(Clone, Copy)]
pub(super) enum Cause<'a> {
    Event(&'a Event, Origin),
    Wake,
    Digest(Date, &'a Notice),
}

pub(super) struct Round<'a, W> {
    pub(super) world: &'a W,
    pub(super) channel: &'a Channel,
    pub(super) deployment: &'a Deployment,
    pub(super) private: Private,
    pub(super) deadline: Timestamp,
}

/// A mailbox that was read.
struct Open {
    mailbox: Mailbox,
    version: u64,
    /// As it is in the table.
    written: Mailbox,
}

/// Why there is no key.
enum Keyless {
    /// The newest version is the one by which the channel refused the letter.
    Refused(u64),
    Passing(String),
    NeedsAPerson(String),
}

impl<W: World> Round<'_, W> {
    /// Takes in what the cause brings, and sends what waits. `None` if the channel has nothing to do with it.
    pub(super) async fn run(&self, cause: Cause<'_>) -> Option<Told> {
        let mut told = Told::of(&self.channel.id);
        match self.take_in(cause, &mut told).await {
            Ok(Some(mut open)) => {
                if let Err(error) = self.send_all(&mut open, &mut told).await {
                    told.failed.push(error.to_string());
                }
                told.waiting = open.mailbox.waiting();
                told.waits_until = open.mailbox.waits_until(self.world.now());
            }
            Ok(None) => return None,
            Err(error) => told.failed.push(error.to_string()),
        }
        Some(told)
    }

    fn manner(&self) -> Manner<'_> {
        let way = &self.channel.way;
        Manner {
            stage: &self.deployment.stage,
            summaries: way.is_read_by_people(),
            notices: way.takes_notices(),
        }
    }

    async fn load(&self) -> Result<Open, MailboxError> {
        let (mailbox, version) = self.world.load(&self.channel.id).await?;
        Ok(Open { written: mailbox.clone(), mailbox, version })
    }

    async fn write(&self, open: &mut Open) -> Result<(), MailboxError> {
        if open.mailbox != open.written {
            open.version = self.world.store(&self.channel.id, open.version, &open.mailbox).await?;
            open.written = open.mailbox.clone();
        }
        Ok(())
    }

    /// From here on it cannot be lost.
    async fn take_in(&self, cause: Cause<'_>, told: &mut Told) -> Result<Option<Open>, MailboxError> {
        for _ in 0..CONFLICTS {
            let mut open = self.load().await?;
            let lost = open.mailbox.lost();
            let now = self.world.now();
            match cause {
                Cause::Event(event, origin) => {
                    let clears = || self.channel.may_clear(event, origin) && open.mailbox.has_to_clear(event);
                    if !self.channel.wants(event, origin) && !clears() {
                        return Ok(None);
                    }
                    told.dropped = match open.mailbox.accept(event, &self.manner(), now) {
                        Accepted::Dropped(Late::Older) => Some("older"),
                        Accepted::Dropped(Late::SentAlready) => Some("sent_already"),
                        Accepted::Dropped(Late::NothingToClear) => Some("nothing_to_clear"),
                        Accepted::Waits
                        | Accepted::WaitedAlready
                        | Accepted::Together
                        | Accepted::LeftOut => None,
                    };
                }
                Cause::Digest(first, digest) => {
                    let taken = open.mailbox.accept_digest(first, digest.clone(), now);
                    told.dropped = (!taken).then_some("sent_already");
                }
                Cause::Wake => {}
            }
            match self.write(&mut open).await {
                Ok(()) => {
                    told.left_out += open.mailbox.lost() - lost;
                    return Ok(Some(open));
                }
                Err(MailboxError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(MailboxError::Conflict)
    }

    async fn send_all(&self, open: &mut Open, told: &mut Told) -> Result<(), MailboxError> {
        let mut conflicts = 0;
        for _ in 0..LETTERS {
            let now = self.world.now();
            if now.checked_add(A_LETTER).is_ok_and(|end| end > self.deadline) {
                break;
            }
            let lost = open.mailbox.lost();
            let due = open.mailbox.due(&self.manner(), now);
            told.left_out += open.mailbox.lost() - lost;
            let Some(due) = due else { break };
            let (key, version) = match self.key(due).await {
                Ok(key) => key,
                Err(why) => {
                    let now = self.world.now();
                    match why {
                        Keyless::Refused(version) => {
                            told.failed.push(self.needs_a_new_secret(open.mailbox.refused(), version));
                            open.mailbox.look_later(now);
                            continue;
                        }
                        Keyless::Passing(why) => told.waits_for = Some(why),
                        Keyless::NeedsAPerson(why) => told.failed.push(why),
                    }
                    open.mailbox.back_off(now);
                    break;
                }
            };
            let Some(claimed) = open.mailbox.claim(due, version, self.world.now()) else { break };
            match self.write(open).await {
                Ok(()) => {}
                Err(MailboxError::Conflict) if conflicts < CONFLICTS => {
                    conflicts += 1;
                    *open = self.load().await?;
                    continue;
                }
                Err(error) => return Err(error),
            }
            let (verdict, version) = self.send(&claimed, key, version).await;
            self.settle(open, &claimed, &verdict, version).await?;
            match verdict {
                Verdict::Delivered { .. } => (told.sent, told.waits_for) = (told.sent + 1, None),
                Verdict::Retry { why, .. } => {
                    if let Some(since) = open.mailbox.silent_since(self.world.now()) {
                        told.failed.push(format!("it took nothing since {}: {why}", words::time(since)));
                    }
                    told.waits_for = Some(why.to_string());
                }
                Verdict::Refused { why, .. } => told.refused.push(why.to_string()),
            }
        }
        // What the time alone changed. Whoever was faster changed it too.
        match self.write(open).await {
            Err(MailboxError::Conflict) => Ok(()),
            other => other,
        }
    }

    /// Why letters wait that the channel refused, and what ends it.
    fn needs_a_new_secret(&self, letters: usize, version: u64) -> String {
        let name = self.channel.way.secret().map_or_else(String::new, ToString::to_string);
        let wait = if letters == 1 { "message waits" } else { "messages wait" };
        format!(
            "{letters} {wait}: the channel refused them by version {version} of {name}: store the right value there"
        )
    }

    /// Sends it once, and by a secret that was read anew once more if the answer says that the secret may be old.
    async fn send(&self, claimed: &Claimed, key: Key, version: Option<u64>) -> (Verdict, Option<u64>) {
        let parcel = Parcel {
            content: &claimed.letter.content,
            thread: claimed.thread.as_deref(),
            tries: claimed.tries,
            private: self.private,
        };
        let verdict = send(self.world, &key, parcel).await;
        if !matches!(verdict, Verdict::Refused { secret_may_be_old: true, .. }) {
            return (verdict, version);
        }
        match self.read_key(Which::Newest, true).await {
            Ok((key, newest)) if newest != version => (send(self.world, &key, parcel).await, newest),
            Ok(_) | Err(_) => (verdict, version),
        }
    }

    /// Notes what came of it, however many others write meanwhile: what was sent must not be sent again.
    async fn settle(
        &self,
        open: &mut Open,
        claimed: &Claimed,
        verdict: &Verdict,
        version: Option<u64>,
    ) -> Result<(), MailboxError> {
        for _ in 0..CONFLICTS {
            open.mailbox.settle(claimed, verdict, version, self.world.now());
            match self.write(open).await {
                Err(MailboxError::Conflict) => *open = self.load().await?,
                other => return other,
            }
        }
        Err(MailboxError::Conflict)
    }

    /// The key to send a letter by. PagerDuty closes an incident only by the key that opened it, also after a rotation.
    async fn key(&self, due: Due) -> Result<(Key, Option<u64>), Keyless> {
        if let Some(refused) = due.refused_by
            && self.read_key(Which::Newest, false).await?.1 == Some(refused)
        {
            return Err(Keyless::Refused(refused));
        }
        match due.secret_version {
            Some(version) if matches!(self.channel.way, Way::PagerDuty { .. }) => {
                match self.read_key(Which::Number(version), false).await {
                    // Systems Manager keeps a hundred versions: a newer key is better than none.
                    Err(Keyless::NeedsAPerson(_)) => self.read_key(Which::Newest, false).await,
                    other => other,
                }
            }
            _ => self.read_key(Which::Newest, false).await,
        }
    }

    async fn read_key(&self, which: Which, fresh: bool) -> Result<(Key, Option<u64>), Keyless> {
        let Some(name) = self.channel.way.secret() else {
            return Key::read(&self.channel.way, None).map(|key| (key, None)).map_err(Keyless::NeedsAPerson);
        };
        let secret = match self.world.read(name, which, fresh).await {
            Ok(secret) => secret,
            Err(error @ SecretError::Unreachable { .. }) => return Err(Keyless::Passing(error.to_string())),
            Err(error) => return Err(Keyless::NeedsAPerson(format!("{name}: {error}"))),
        };
        let key = Key::read(&self.channel.way, Some(&secret));
        let version = secret.version;
        key.map(|key| (key, Some(version))).map_err(|error| Keyless::NeedsAPerson(format!("{name}: {error}")))
    }
}

//! The alerts that stand: which of them are news, which are told again, and which are over.

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::observation::Minute;
use crate::reason::Reason;
use crate::units::{HALF_A_TICK, friendly};

/// An alert is over once so many looks in a row find it gone, each by newer readings than the last if it is about readings. One that comes and goes
/// each minute is one alert.
const CLEAR_LOOKS: u32 = 3;
/// Or once looks find it gone for so long: a target that rests is looked at every few minutes.
const CLEAR_FOR: SignedDuration = SignedDuration::from_mins(3);
/// Or, where a minute was never measured, once looks with newer readings find it gone for so long.
const CLEAR_WITH_GAPS: SignedDuration = SignedDuration::from_mins(15);
/// What happened at one moment is over once it did not happen again for so long.
const QUIET_FOR: SignedDuration = SignedDuration::from_hours(1);
/// What stands is told again after this.
const REMINDED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum About {
    /// What plans find, by the key of their alert.
    Seen(String),
    /// An attempt that came to no plan.
    Attempt,
    /// A person's pause.
    Pause,
    /// What happened at one moment, whatever it was about.
    Moment,
}

impl About {
    /// In words.
    fn words(&self) -> &str {
        match self {
            About::Seen(key) => key,
            About::Attempt => "attempts that failed",
            About::Pause => "a pause",
            About::Moment => "it has not happened again for an hour",
        }
    }
}

/// An alert that was told and is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) about: About,
    pub(crate) reason: Reason,
    pub(crate) since: Timestamp,
    /// Since when alerts of this reason have stood, one after the other. Receivers know an alert by its reason.
    pub(crate) reason_since: Timestamp,
    told_at: Timestamp,
    /// Looks that found it gone, in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone: Option<Gone>,
}

/// Looks that found an alert gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    since: Timestamp,
    looks: u32,
    /// The newest minute that was read by then, where it is about readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<i64>,
}

/// What was read of an alert that is about readings, by a look that did not find it.
///
/// A look is no reading: CloudWatch shows points late, and the same newest point is looked at up to three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The newest minute that was read.
    pub newest: Minute,
    /// Whether it was there in one of the minutes right before.
    pub lately: bool,
    /// Whether each of those minutes was read: one that is missing may still come.
    pub whole: bool,
}

impl Read {
    /// How many minutes up to the newest have to be clear.
    pub(crate) const MINUTES: i64 = 3;

    /// What two readings say that one alert is about.
    #[must_use]
    pub(crate) fn and(self, other: Read) -> Read {
        Read {
            newest: self.newest.min(other.newest),
            lately: self.lately || other.lately,
            whole: self.whole && other.whole,
        }
    }
}

impl Standing {
    pub(crate) fn new(
        about: About,
        reason: Reason,
        since: Timestamp,
        reason_since: Timestamp,
        told_at: Timestamp,
    ) -> Self {
        Standing { about, reason, since, reason_since, told_at, gone: None }
    }

    /// It is there. Whether a person is to be told again.
    pub(crate) fn is_there(&mut self, now: Timestamp) -> bool {
        self.gone = None;
        let due = now.duration_since(self.told_at).saturating_add(HALF_A_TICK) >= REMINDED_EVERY;
        if due {
            self.told_at = now;
        }
        due
    }

    /// A look did not find it, by what it read if it is about readings. Whether it is over.
    pub(crate) fn is_gone(&mut self, read: Option<Read>, now: Timestamp) -> bool {
        if read.is_some_and(|read| read.lately) {
            // It came and went between two looks.
            self.gone = None;
            return false;
        }
        let gone = self.gone.get_or_insert(Gone { since: now, looks: 0, reading: None });
        if let Some(read) = read {
            if gone.reading.is_some_and(|known| read.newest.0 <= known) {
                return false;
            }
            gone.reading = Some(read.newest.0);
        }
        gone.looks += 1;
        let lasts = now.duration_since(gone.since);
        let is_whole = read.is_none_or(|read| read.whole) || lasts >= CLEAR_WITH_GAPS;
        is_whole && (gone.looks >= CLEAR_LOOKS || lasts >= CLEAR_FOR)
    }

    /// It happened once more.
    pub(crate) fn happens(&mut self, now: Timestamp) {
        self.told_at = now;
    }

    /// Whether what happened at one moment is over by now.
    pub(crate) fn is_past(&self, now: Timestamp) -> bool {
        now.duration_since(self.told_at).saturating_add(HALF_A_TICK) >= QUIET_FOR
    }

    /// Until when it lasted: the first look that found it gone, or now.
    pub(crate) fn lasted(&self, now: Timestamp) -> SignedDuration {
        self.gone.map_or(now, |gone| gone.since).duration_since(self.since)
    }

    /// What receivers are told once it is over: since when it was, and when it was found over, they are told apart.
    pub(crate) fn is_over(&self) -> String {
        format!("over: {}", self.about.words())
    }

    /// What the log says once it is over. It lasted until the first look that found it gone.
    pub(crate) fn over(&self, now: Timestamp) -> String {
        let Standing { about, reason, since, reason_since, .. } = self;
        // Nobody reads fractions of a second.
        let shown = |at: &Timestamp| at.round(Unit::Second).unwrap_or(*at);
        let lasted = friendly(self.lasted(now));
        let first = if reason_since < since {
            format!("; {reason} has stood since {}", shown(reason_since))
        } else {
            String::new()
        };
        format!("over after {lasted}: {} ({reason}, since {}){first}", about.words(), shown(since))
    }
}

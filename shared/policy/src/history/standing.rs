//! The alerts that stand: which of them are news, which are told again, and which are over.

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::units::{HALF_A_TICK, friendly};

/// An alert is over once so many looks in a row find it gone. One that comes and goes each minute is one alert.
const CLEAR_LOOKS: u32 = 3;
/// Or once looks find it gone for so long: a target that rests is looked at every few minutes.
const CLEAR_FOR: SignedDuration = SignedDuration::from_mins(3);
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
}

impl About {
    /// In words.
    fn words(&self) -> &str {
        match self {
            About::Seen(key) => key,
            About::Attempt => "attempts that failed",
            About::Pause => "a pause",
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
}

impl Standing {
    pub(crate) fn new(about: About, reason: Reason, at: Timestamp, reason_since: Timestamp) -> Self {
        Standing { about, reason, since: at, reason_since, told_at: at, gone: None }
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

    /// A look did not find it. Whether it is over.
    pub(crate) fn is_gone(&mut self, now: Timestamp) -> bool {
        let gone = self.gone.get_or_insert(Gone { since: now, looks: 0 });
        gone.looks += 1;
        gone.looks >= CLEAR_LOOKS || now.duration_since(gone.since) >= CLEAR_FOR
    }

    /// What receivers are told once it is over: since when it was, and when it was found over, they are told apart.
    pub(crate) fn is_over(&self) -> String {
        format!("over: {}", self.about.words())
    }

    /// What the log says once it is over. It lasted until the first look that found it gone.
    pub(crate) fn over(&self, now: Timestamp) -> String {
        let Standing { about, reason, since, reason_since, gone, .. } = self;
        // Nobody reads fractions of a second.
        let shown = |at: &Timestamp| at.round(Unit::Second).unwrap_or(*at);
        let lasted = friendly(gone.map_or(now, |gone| gone.since).duration_since(*since));
        let first = if reason_since < since {
            format!("; {reason} has stood since {}", shown(reason_since))
        } else {
            String::new()
        };
        format!("over after {lasted}: {} ({reason}, since {}){first}", about.words(), shown(since))
    }
}

//! One message that waits for its channel: an event, or a notice of what is no event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidegate_policy::severity::Severity;

use crate::event::{Event, EventKind};
use crate::notice::{Notice, NoticeKind};
use crate::text::cut;

/// From this size on, in bytes of JSON, an event is shortened before it waits. Few are: a sentence has some hundred.
const LONG: usize = 6_000;

/// Characters of the sentence of an event that was shortened.
const SENTENCE: usize = 1_000;

/// Characters of its other texts. Names stay as they are: they are the key.
const WORD: usize = 150;

/// How many of its numbers stay.
const NUMBERS: usize = 10;

/// One message that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number in the mailbox.
    pub number: u64,
    /// What is told.
    pub content: Content,
    /// How often it was tried since the channel took another one.
    pub tries: u32,
    /// How often the channel took another one after this one had failed. While it takes none, no letter is at fault.
    #[serde(default)]
    pub faults: u32,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// How much room its content takes, in bytes of JSON.
    pub bytes: usize,
    /// The version of the secret by which the channel refused it, as if the secret were old. It waits for another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<u64>,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// An event.
    Event(Box<Event>),
    /// Anything else.
    Notice(Notice),
}

impl Content {
    /// The event, if it is one.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Content::Event(event) => Some(event),
            Content::Notice(_) => None,
        }
    }

    /// Whether it is sent before all that waits.
    pub(super) fn is_urgent(&self) -> bool {
        self.event()
            .is_some_and(|event| event.kind == EventKind::Alert && event.severity == Severity::Critical)
    }

    /// What has to go first when there is no room. A recovery goes last: its alert would stand for ever.
    pub(super) fn worth(&self) -> u8 {
        match self {
            // What it counted is told nowhere else.
            Content::Notice(notice) if notice.kind == NoticeKind::LeftOut => 4,
            Content::Notice(_) => 2,
            Content::Event(event) => match (event.kind, event.severity) {
                (EventKind::Decision | EventKind::Step, _) => 0,
                (EventKind::Alert, Severity::Info) => 1,
                (EventKind::Alert, Severity::Warning) => 3,
                (EventKind::Alert, Severity::Critical) => 4,
                (EventKind::Recovery, _) => 5,
            },
        }
    }

    /// By what it is counted if it is left out.
    pub(super) fn word(&self) -> &str {
        match self {
            Content::Event(event) => &event.reason,
            Content::Notice(notice) => notice.kind.name(),
        }
    }
}

/// The event within its bounds, and shortened if it is long: some 14 kB at most.
pub(super) fn shortened(event: &Event) -> Event {
    let mut event = event.clone().bounded();
    if size(&event) > LONG {
        event.sentence = cut(&event.sentence, SENTENCE);
        event.numbers.truncate(NUMBERS);
        event.doing = event.doing.as_deref().map(|doing| cut(doing, WORD));
        for text in [&mut event.policy, &mut event.account, &mut event.region, &mut event.command] {
            *text = cut(text, WORD);
        }
    }
    event
}

/// How much room it takes, in bytes of JSON.
pub(super) fn size<T: Serialize>(value: &T) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |json| json.len())
}

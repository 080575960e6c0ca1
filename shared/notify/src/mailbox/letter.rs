//! One message that waits for its channel: an event, or a notice of what is no event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidegate_policy::names::Stage;
use tidegate_policy::severity::Severity;

use crate::event::{Event, EventKind};
use crate::text::{cut, in_one_line};

/// From this size on, in bytes of JSON, an event is shortened before it waits. Few are: a sentence has some hundred.
const LONG: usize = 6_000;

/// Characters of the sentence of an event that was shortened.
const SENTENCE: usize = 1_000;

/// Characters of its other texts. Names stay as they are: they are the key.
const WORD: usize = 150;

/// How many of its numbers stay.
const NUMBERS: usize = 10;

/// Lines of a notice, and characters of all of them: Slack shows no more.
const LINES: usize = 100;
const CHARACTERS: usize = 10_000;

/// One message that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number in the mailbox.
    pub number: u64,
    /// What is told.
    pub content: Content,
    /// How often it was tried.
    pub tries: u32,
    /// When it was accepted.
    pub accepted: Timestamp,
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

/// Something that is no event, in lines: the first says the most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What sort.
    pub kind: NoticeKind,
    /// The deployment.
    pub stage: Stage,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub lines: Vec<String>,
}

/// The sorts of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The alerts of a minute that had too many.
    Summary,
    /// How much was left out while the channel did not answer.
    LeftOut,
    /// The week.
    Digest,
}

impl NoticeKind {
    /// As written in messages.
    pub fn name(self) -> &'static str {
        match self {
            NoticeKind::Summary => "summary",
            NoticeKind::LeftOut => "left_out",
            NoticeKind::Digest => "digest",
        }
    }
}

impl Notice {
    /// A notice within its bounds: what is too much is cut at the end.
    pub fn new(kind: NoticeKind, stage: &Stage, at: Timestamp, lines: &[String]) -> Self {
        let mut room = CHARACTERS;
        let mut kept = Vec::new();
        for line in lines.iter().take(LINES) {
            let line = cut(&in_one_line(line), room.min(SENTENCE));
            room -= line.chars().count().min(room);
            kept.push(line);
            if room == 0 {
                break;
            }
        }
        Self { kind, stage: Stage::new(cut(&in_one_line(stage.as_str()), WORD)), at, lines: kept }
    }
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

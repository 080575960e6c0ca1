//! What is told and is no event: the summary of a minute, how much was left out, the week. It waits and is sent as an event is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidegate_policy::names::Stage;

use crate::text::{cut, in_one_line};

/// Lines of a notice, and characters of all of them: Slack shows no more ([`crate::slack::blocks::ALL`]).
const LINES: usize = 100;
const CHARACTERS: usize = 10_000;

/// Characters of one line.
const LINE: usize = 1_000;

/// Characters of the name of the stage.
const STAGE: usize = 150;

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
            let line = cut(&in_one_line(line), room.min(LINE));
            room -= line.chars().count().min(room);
            kept.push(line);
            if room == 0 {
                break;
            }
        }
        Self { kind, stage: Stage::new(cut(&in_one_line(stage.as_str()), STAGE)), at, lines: kept }
    }
}

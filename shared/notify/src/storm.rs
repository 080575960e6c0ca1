//! Many alerts in a minute become one summary. Those that cannot wait are sent singly all the same, and counted in it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidegate_policy::names::Stage;
use tidegate_policy::severity::Severity;

use crate::event::{Event, EventKind};
use crate::notice::{Notice, NoticeKind};
use crate::text::{cut, grouped, in_one_line};
use crate::words::ranked;

/// How many alerts a minute are sent singly, where nothing else is said.
pub const SINGLY: u32 = 10;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How many reasons a summary names.
const REASONS: usize = 12;

/// How many reasons are told apart; what comes beyond is counted together.
const TOLD_APART: usize = 100;

/// The alerts of one channel and stage in the minute under way: kept between two calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    begun: Option<Timestamp>,
    counted: u64,
    held: u64,
    reasons: BTreeMap<String, u64>,
    critical: BTreeMap<String, u64>,
}

/// What is to be done with an alert that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether it is sent by itself; else the summary tells of it.
    pub singly: bool,
    /// The summary of the minute before, which is sent first.
    pub summary: Option<Summary>,
}

/// A minute's alerts in one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The deployment.
    pub stage: Stage,
    /// When the minute began.
    pub begun: Timestamp,
    /// How many alerts there were.
    pub alerts: u64,
    /// How many of each reason, critical ones aside.
    pub reasons: BTreeMap<String, u64>,
    /// How many critical ones of each reason, each of which was sent by itself.
    pub critical: BTreeMap<String, u64>,
}

impl Minute {
    /// Counts an alert that arrived. Of the minute's alerts the first `most` are sent singly, and critical ones always. Recoveries, decisions and steps
    /// are not counted: the edges of an alert that was never sent are dropped anyway.
    pub fn take(&mut self, event: &Event, most: u32, now: Timestamp) -> Taken {
        let summary = self.close(&event.stage, now);
        if event.kind != EventKind::Alert {
            return Taken { singly: true, summary };
        }
        self.begun.get_or_insert(now);
        self.counted += 1;
        let critical = event.severity == Severity::Critical;
        let counts = if critical { &mut self.critical } else { &mut self.reasons };
        let reason = if counts.len() < TOLD_APART || counts.contains_key(&event.reason) {
            cut(&in_one_line(&event.reason), 60)
        } else {
            "others".to_owned()
        };
        *counts.entry(reason).or_default() += 1;
        let singly = critical || self.counted <= u64::from(most);
        self.held += u64::from(!singly);
        Taken { singly, summary }
    }

    /// When the summary is to be sent, if one is: somebody has to come back then.
    pub fn due(&self) -> Option<Timestamp> {
        let begun = self.begun.filter(|_| self.held > 0)?;
        begun.checked_add(MINUTE).ok()
    }

    /// The summary, once the minute is over and something waits for it. Whoever is told begins anew.
    pub fn close(&mut self, stage: &Stage, now: Timestamp) -> Option<Summary> {
        let begun = self.begun?;
        // A clock that went back ends the minute too.
        if now >= begun && now.duration_since(begun) < MINUTE {
            return None;
        }
        let over = std::mem::take(self);
        (over.held > 0).then(|| Summary {
            stage: stage.clone(),
            begun,
            alerts: over.counted,
            reasons: over.reasons,
            critical: over.critical,
        })
    }
}

impl Summary {
    /// In words: the first line says how many, the second which.
    pub fn lines(&self) -> [String; 2] {
        let stage = cut(&in_one_line(self.stage.as_str()), 60);
        let first = format!("SUMMARY: {stage}, {} alerts in 1 minute", grouped(self.alerts));
        let counted = |counts: &BTreeMap<String, u64>, after: &str| {
            let ranked = ranked(counts);
            let told = crate::text::first_of(&ranked, REASONS, |(reason, count)| {
                format!("{} {reason}{after}", grouped(*count))
            });
            told.into_iter().filter(|_| !ranked.is_empty()).collect::<Vec<String>>()
        };
        let told = [counted(&self.reasons, ""), counted(&self.critical, " (sent singly)")].concat();
        [first, format!("{}.", told.join(", "))]
    }

    /// As it waits for a channel.
    pub fn notice(&self, now: Timestamp) -> Notice {
        Notice::new(NoticeKind::Summary, &self.stage, now, &self.lines())
    }
}

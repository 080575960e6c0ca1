//! The versioned event: what Tidegate tells of a target, in the shape that every channel, and anybody else, reads.
//!
//! `docs/events.md` describes it, and `docs/events.schema.json` is its JSON Schema. Fields are only added. A break would be another detail-type of
//! EventBridge beside this one.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use tidegate_policy::names::{Stage, TargetName};
pub use tidegate_policy::number::{Number, Unit};
use tidegate_policy::reason::Reason;
use tidegate_policy::severity::Severity;

use crate::text::{cut, in_one_line};

/// What EventBridge calls the sender.
pub const SOURCE: &str = "tidegate";

/// The version of events that this crate writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// How long the sentence of an event is at most, in characters.
pub const SENTENCE: usize = 4_000;

/// How long every other text of an event is at most, in characters.
pub const WORD: usize = 500;

/// How many numbers an event carries at most.
pub const NUMBERS: usize = 50;

/// One thing that Tidegate tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Written as `version`: 1.
    pub version: Version,
    /// What sort of thing it is.
    pub kind: EventKind,
    /// The deployment.
    pub stage: Stage,
    /// Whose.
    pub target: TargetName,
    /// The stable code. Text, because a receiver may be older than the sender: an alert with a code that is new to it still arrives.
    pub reason: String,
    /// How soon a person has to look.
    pub severity: Severity,
    /// What happened, in one sentence with numbers.
    pub sentence: String,
    /// The numbers of the sentence, for machines.
    #[serde(default)]
    pub numbers: Vec<Number>,
    /// What Tidegate does about it, and when it looks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<String>,
    /// Since when it is so. Of a recovery: since when it had been so.
    pub since: Timestamp,
    /// When this was found.
    pub at: Timestamp,
    /// Grows with each event of the same stage, target and reason: what comes with a lower number is late.
    pub edge: u64,
    /// The hash of the policy by which it was decided.
    pub policy: String,
    /// The AWS account.
    pub account: String,
    /// The Region, as `eu-west-1`.
    pub region: String,
    /// The command that shows more.
    pub command: String,
}

/// The sorts of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Capacity is to change.
    Decision,
    /// A step of the life cycle was taken.
    Step,
    /// A person should know.
    Alert,
    /// An alert is over.
    Recovery,
}

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 4] =
        [EventKind::Decision, EventKind::Step, EventKind::Alert, EventKind::Recovery];

    /// Whether it opens or closes something. Decisions and steps stand alone.
    pub fn has_edges(self) -> bool {
        matches!(self, EventKind::Alert | EventKind::Recovery)
    }

    /// As written in events.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Decision => "decision",
            EventKind::Step => "step",
            EventKind::Alert => "alert",
            EventKind::Recovery => "recovery",
        }
    }

    /// EventBridge's `detail-type` (128 characters at most: API reference, PutEventsRequestEntry).
    pub fn detail_type(self) -> &'static str {
        match self {
            EventKind::Decision => "Tidegate Decision",
            EventKind::Step => "Tidegate Step",
            EventKind::Alert => "Tidegate Alert",
            EventKind::Recovery => "Tidegate Recovery",
        }
    }
}

/// The version of the shape: written and read as the number 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        if found == VERSION {
            return Ok(Self);
        }
        Err(de::Error::custom(format!("version {found} is not read here, only {VERSION}")))
    }
}

/// Why an event cannot be read.
#[derive(Debug, Error)]
#[error("this is no event of Tidegate, version {VERSION}: {0}")]
pub struct UnreadableEvent(serde_json::Error);

impl Event {
    /// Reads one; fields that are not known are ignored.
    ///
    /// # Errors
    /// What is no JSON, lacks a field, or is of another version.
    pub fn read(text: &str) -> Result<Self, UnreadableEvent> {
        serde_json::from_str(text).map_err(UnreadableEvent)
    }

    /// The same of JSON that was read already.
    ///
    /// # Errors
    /// What lacks a field, or is of another version.
    pub fn of_json(json: serde_json::Value) -> Result<Self, UnreadableEvent> {
        serde_json::from_value(json).map_err(UnreadableEvent)
    }

    /// What its edges are numbered by: stage, target and reason.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.stage, self.target, self.reason)
    }

    /// The reason, if this version knows it.
    pub fn known_reason(&self) -> Option<Reason> {
        Reason::ALL.iter().copied().find(|reason| reason.code() == self.reason)
    }

    /// What a person should do, where something is to be done.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        let advice = self.known_reason()?.advice();
        (self.kind == EventKind::Alert && !advice.starts_with("Nothing")).then_some(advice)
    }

    /// The same event with every text in one line and within its length, and no number that JSON has no word for: at most some 100 KB of JSON,
    /// which EventBridge, SNS and an asynchronous Lambda take.
    #[must_use]
    pub fn bounded(self) -> Self {
        let word = |text: &str| cut(&in_one_line(text), WORD);
        let mut numbers: Vec<Number> = self.numbers;
        numbers.retain(|number| number.value.is_finite());
        numbers.truncate(NUMBERS);
        for number in &mut numbers {
            number.name = cut(&in_one_line(&number.name), 100);
            number.bound = number.bound.filter(|bound| bound.is_finite());
        }
        Self {
            stage: Stage::new(word(self.stage.as_str())),
            target: TargetName::new(word(self.target.as_str())),
            reason: word(&self.reason),
            sentence: cut(&in_one_line(&self.sentence), SENTENCE),
            numbers,
            doing: self.doing.as_deref().map(word),
            policy: word(&self.policy),
            account: word(&self.account),
            region: word(&self.region),
            command: word(&self.command),
            ..self
        }
    }

    /// Its JSON.
    ///
    /// # Errors
    /// None that is known: a number that JSON has no word for becomes null. [`Event::bounded`] leaves those out.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

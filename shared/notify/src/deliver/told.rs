//! What came of an invocation, channel by channel: for the log, for the answer, and for whether the invocation ends as an error.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::channel::ChannelId;

/// What came of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Which.
    pub channel: ChannelId,
    /// How many messages it took.
    pub sent: u32,
    /// How many wait.
    pub waiting: usize,
    /// When they are sent, if any waits. Somebody has to wake the delivery then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// Why it is still waited, in words: what the channel answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
    /// What the event was not sent for: `older`, `sent_already`, `nothing_to_clear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<&'static str>,
    /// How many were left out by this invocation: too old, or no room.
    pub left_out: u64,
    /// What was refused for good, each with host, status and word. A person is needed.
    pub refused: Vec<String>,
    /// What kept it from being told, and is no answer of the channel: its mailbox, its secret, the time. Somebody is needed if it lasts.
    pub failed: Vec<String>,
}

/// What came of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The channels that had to do with it.
    pub channels: Vec<Told>,
}

impl Told {
    pub(super) fn of(channel: &ChannelId) -> Self {
        Self {
            channel: channel.clone(),
            sent: 0,
            waiting: 0,
            waits_until: None,
            waits_for: None,
            dropped: None,
            left_out: 0,
            refused: Vec::new(),
            failed: Vec::new(),
        }
    }

    pub(super) fn cut_off(channel: &ChannelId) -> Self {
        let failed = vec!["it did not end before the function's time was over".to_owned()];
        Self { failed, ..Self::of(channel) }
    }

    /// Whether a person is needed.
    pub fn needs_a_person(&self) -> bool {
        !self.refused.is_empty() || !self.failed.is_empty() || self.left_out > 0
    }
}

impl Report {
    /// Why the invocation is to end as an error, so that the function's alarm rings, or nothing: each channel that needs a person, with why.
    pub fn error(&self) -> Option<String> {
        let mut error = String::new();
        for told in self.channels.iter().filter(|told| told.needs_a_person()) {
            let mut why: Vec<String> = told.refused.iter().map(|why| format!("refused: {why}")).collect();
            why.extend(told.failed.iter().cloned());
            if told.left_out > 0 {
                why.push(format!("{} left out", told.left_out));
            }
            let between = if error.is_empty() { "" } else { "; " };
            // Writing to a string does not fail.
            let _ = write!(error, "{between}{}: {}", told.channel, why.join(", "));
        }
        (!error.is_empty()).then_some(error)
    }
}

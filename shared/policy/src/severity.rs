//! How soon a person has to look: what decides by which channel an alert is sent, and what may wake somebody.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How soon a person has to look. The greater is the more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nobody has to look: the digest tells it.
    Info,
    /// Somebody looks today.
    Warning,
    /// A person is needed now: clients are hurt, or nothing scales any more.
    Critical,
}

impl Severity {
    /// All of them, the least urgent first.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

    /// As written in documents and events.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }

    /// The severity of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

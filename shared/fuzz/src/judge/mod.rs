//! What may never happen, and what must come about. None of it shares code with what it judges: it looks at the account, at what passes the ports,
//! and at the log.
//!
//! The account's own watchers judge each minute by the invariants of the kinds. Beside them stand here the laws of every kind: one writer, what is
//! spent, what is nobody else's, what a person hears of, and, once the faults have stopped, that everything comes to rest.

mod alerts;
mod rest;
mod witness;

use jiff::Timestamp;

pub(crate) use alerts::Alerts;
pub(crate) use rest::Rest;
pub(crate) use witness::Witness;

/// What was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// An invariant of the kind, by the account's watchers.
    Invariant(&'static str),
    /// The checker refused what the planner planned: one of the two is wrong.
    PlanRefused,
    /// A change by an attempt that did not hold the target's lease.
    OneWriter,
    /// More replicas were made within a day than the policy allows.
    Spending,
    /// A change of what belongs to another.
    Foreign,
    /// An alert was written down and never published.
    Alerts,
    /// The faults stopped, and a target did not come to rest.
    Rest,
    /// The faults stopped, and a target changes its direction again and again.
    Flapping,
    /// The code panicked.
    Panic,
    /// What was drawn is no policy: a fault of the generator.
    Generator,
}

impl Law {
    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Law::Invariant(name) => name,
            Law::PlanRefused => "plan_refused",
            Law::OneWriter => "one_writer",
            Law::Spending => "spending",
            Law::Foreign => "foreign",
            Law::Alerts => "alerts",
            Law::Rest => "rest",
            Law::Flapping => "flapping",
            Law::Panic => "panic",
            Law::Generator => "generator",
        }
    }

    /// Whether it says what must come about, as against what may never happen.
    pub fn is_liveness(self) -> bool {
        matches!(self, Law::Alerts | Law::Rest | Law::Flapping)
    }
}

/// One breach of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When it was found.
    pub at: Timestamp,
    /// In which minute of the run.
    pub minute: usize,
    /// Whose.
    pub target: String,
    /// Which.
    pub law: Law,
    /// What exactly.
    pub detail: String,
}

impl Violation {
    /// What was drawn is no policy: the problems, and the document.
    pub fn of_the_generator(detail: String) -> Self {
        Self { at: Timestamp::UNIX_EPOCH, minute: 0, target: "all".to_owned(), law: Law::Generator, detail }
    }
}

//! What became of an action.

use std::fmt;

use crate::names::ChangeId;

/// What became of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// AWS took it; a record change has an id to ask for.
    Applied {
        /// Of a ChangeRecords.
        change: Option<ChangeId>,
    },
    /// What it asked for was already so: a retry after a lost answer.
    AlreadySatisfied,
    /// The world is not as the plan expected. Not an error: the next wake-up plans again.
    Stale {
        /// What differed.
        why: String,
    },
    /// It did not happen.
    Failed {
        /// Who can mend it, and when.
        class: FailureClass,
        /// What AWS said.
        message: String,
    },
}

/// Who can mend a failed call, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// Throttling, a server error, a request in progress: the next wake-up tries again.
    RetryNextWake,
    /// A limit, a missing permission, a wrong setting: trying again helps only after a person acted, so it is tried ever more rarely.
    PersonNeeded,
    /// AWS does not make this class or type here now: another may do. Where the policy has no other it is as `PersonNeeded`.
    NotOffered,
}

impl FailureClass {
    /// Whether it fails for longer than until the next wake-up.
    pub fn lasts(self) -> bool {
        match self {
            FailureClass::RetryNextWake => false,
            FailureClass::PersonNeeded | FailureClass::NotOffered => true,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Applied { change: None } => write!(f, "applied"),
            Outcome::Applied { change: Some(change) } => write!(f, "applied as change {change}"),
            Outcome::AlreadySatisfied => write!(f, "already so"),
            Outcome::Stale { why } => write!(f, "stale: {why}"),
            Outcome::Failed { class: FailureClass::RetryNextWake, message } => {
                write!(f, "failed, to be tried at the next wake-up: {message}")
            }
            Outcome::Failed { class: FailureClass::NotOffered, message } => {
                write!(f, "failed, AWS has no room: {message}")
            }
            Outcome::Failed { class: FailureClass::PersonNeeded, message } => {
                write!(f, "failed, a person is needed: {message}")
            }
        }
    }
}

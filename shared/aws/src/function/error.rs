//! Why an invocation failed: a type that alarms can tell apart, and a sentence for a person.

use std::fmt;

use lambda_runtime::Diagnostic;

use crate::event::EventError;
use crate::policy_source::PolicyError;
use tidegate_reconcile::ReconcileError;

/// Why an invocation failed.
#[derive(thiserror::Error)]
pub enum FunctionError {
    /// The event is none that wakes the function. No call was made.
    #[error("{0}")]
    UnreadableEvent(EventError),
    /// There is no policy to follow. No call but for the policy was made.
    #[error("{0}")]
    Policy(PolicyError),
    /// A person named a target that the policy does not have, or the policy has none for this function. No call but for the policy was made.
    #[error("{0}")]
    NoSuchTarget(String),
    /// The ledger could not be read, so nothing was changed.
    #[error("{error}: {}", cause(.error))]
    LedgerUnreadable {
        /// Which.
        error: ReconcileError,
    },
    /// Lambda would have ended the process: the attempt was left where it stood, and the next one goes on from there.
    #[error("{0}")]
    OutOfTime(String),
    /// Some targets failed; the others were done. Names each with its reason.
    #[error("{0}")]
    TargetsFailed(String),
}

impl FunctionError {
    /// The stable word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            FunctionError::UnreadableEvent(_) => "UnreadableEvent",
            FunctionError::Policy(_) => "PolicyUnusable",
            FunctionError::NoSuchTarget(_) => "NoSuchTarget",
            FunctionError::LedgerUnreadable { .. } => "LedgerUnreadable",
            FunctionError::OutOfTime(_) => "OutOfTime",
            FunctionError::TargetsFailed(_) => "TargetsFailed",
        }
    }
}

/// The runtime logs a failed invocation by this: the sentence, not the variants around it.
impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind())
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Diagnostic { error_type: error.kind().to_owned(), error_message: error.to_string() }
    }
}

fn cause(error: &ReconcileError) -> String {
    std::error::Error::source(error).map_or_else(String::new, ToString::to_string)
}

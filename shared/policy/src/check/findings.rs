//! What a judge finds: each violation names the invariant that it breaks.

use std::fmt;

/// Something in a plan that must not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that it breaks: one of [`invariant`](super::invariant).
    pub invariant: &'static str,
    /// What exactly, with names and numbers.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    pub(super) fn refuse(&mut self, invariant: &'static str, detail: String) {
        self.0.push(Violation { invariant, detail });
    }

    /// Every violation, if there is any.
    pub(super) fn verdict(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

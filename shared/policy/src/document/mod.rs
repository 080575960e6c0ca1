//! The policy document: TOML in, a validated `Policy` out, or every problem at once with its place and its mend.

use std::fmt;

use crate::policy::Policy;

/// One thing wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Reads a policy document.
///
/// # Errors
/// Every problem found, in the order of the document; never only the first.
pub fn parse(text: &str) -> Result<Policy, Vec<Problem>> {
    let _ = text;
    Err(Vec::new())
}

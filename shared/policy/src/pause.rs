//! What a pause holds back: a word of a person that stands above every rule, window and command.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is paused of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paused {
    /// Nothing is added, and nothing is removed.
    All,
    /// Nothing is removed.
    In,
    /// Nothing is added.
    Out,
}

impl Paused {
    /// As written in events and in the parameter of a stack.
    pub fn name(self) -> &'static str {
        match self {
            Paused::All => "all",
            Paused::In => "in",
            Paused::Out => "out",
        }
    }

    /// What does not happen meanwhile, in words.
    pub fn words(self) -> &'static str {
        match self {
            Paused::All => "additions and removals are paused",
            Paused::In => "removals are paused",
            Paused::Out => "additions are paused",
        }
    }

    /// Whether nothing is added.
    pub fn holds_out(self) -> bool {
        matches!(self, Paused::All | Paused::Out)
    }

    /// Whether nothing is removed.
    pub fn holds_in(self) -> bool {
        matches!(self, Paused::All | Paused::In)
    }
}

impl fmt::Display for Paused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no pause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no pause: write all, in or out")]
pub struct NoPause(String);

impl FromStr for Paused {
    type Err = NoPause;

    fn from_str(word: &str) -> Result<Self, NoPause> {
        let all = [Paused::All, Paused::In, Paused::Out];
        all.into_iter().find(|paused| paused.name() == word).ok_or_else(|| NoPause(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written_and_no_other_is() {
        for (word, out, in_) in [("all", true, true), ("in", false, true), ("out", true, false)] {
            let paused: Paused = word.parse().unwrap();
            assert_eq!(
                (paused.to_string(), paused.holds_out(), paused.holds_in()),
                (word.to_owned(), out, in_)
            );
        }
        assert_eq!(
            "In".parse::<Paused>().unwrap_err().to_string(),
            "\"In\" is no pause: write all, in or out"
        );
    }
}

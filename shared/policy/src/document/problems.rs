//! Problems, and how they are collected: all of them, in the order of the document, without those that only follow from broken syntax.

use std::collections::BTreeSet;
use std::fmt;

use super::place::{Placed, line_and_column};

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

/// What has been found so far.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<Placed<String>>,
    broken_lines: BTreeSet<usize>,
    /// From this byte on, what the parser made of the text is a guess.
    guessed_from: usize,
}

impl<'t> Problems<'t> {
    /// None yet, of the document `text`.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, found: Vec::new(), broken_lines: BTreeSet::new(), guessed_from: usize::MAX }
    }

    /// The document.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The line of the byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        line_and_column(self.text, at).0
    }

    /// Something that is wrong whatever the rest of the document says.
    pub(super) fn tell(&mut self, at: usize, message: impl Into<String>) {
        // What the parser made of a broken line is a guess, and a problem with a guess would mislead.
        if at < self.guessed_from && !self.broken_lines.contains(&self.line(at)) {
            self.found.push(Placed { value: message.into(), at });
        }
    }

    /// Something that is wrong because of what the document lacks: untold while broken syntax may hide it.
    pub(super) fn tell_of_whole(&mut self, at: usize, message: impl Into<String>) {
        if self.broken_lines.is_empty() {
            self.tell(at, message);
        }
    }

    /// Broken syntax. Of one line only the first is told: the others follow from it.
    pub(super) fn tell_syntax(&mut self, at: usize, message: impl Into<String>) {
        if at < self.guessed_from && self.broken_lines.insert(self.line(at)) {
            self.found.push(Placed { value: message.into(), at });
        }
    }

    /// Broken syntax from which everything after it follows.
    pub(super) fn tell_end_of_syntax(&mut self, at: usize, message: impl Into<String>) {
        self.broken_lines.insert(self.line(at));
        self.guessed_from = self.guessed_from.min(at);
        self.found.push(Placed { value: message.into(), at });
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them by place.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.at);
        let text = self.text;
        let mut sorted: Vec<Problem> = self
            .found
            .into_iter()
            .map(|Placed { value: message, at }| {
                let (line, column) = line_and_column(text, at);
                Problem { line, column, message }
            })
            .collect();
        sorted.dedup();
        sorted
    }
}

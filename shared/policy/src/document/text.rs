//! A string of the document that knows where each of its characters was written.

use std::ops::Range;

/// A string value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'d> {
    /// What it says.
    pub(super) value: &'d str,
    /// Where it begins, at its quote.
    pub(super) at: usize,
    /// Where its first character was written; `None` where escapes make the places inside unknowable.
    content: Option<usize>,
}

impl<'d> Text<'d> {
    /// The string `value` that was written at `span` of `document`.
    pub(super) fn new(document: &str, span: Range<usize>, value: &'d str) -> Self {
        let content = document.get(span.clone()).and_then(|raw| {
            ["\"\"\"", "'''", "\"", "'"].into_iter().find_map(|quote| {
                let inner = raw.strip_prefix(quote)?.strip_suffix(quote)?;
                (inner == value).then_some(span.start + quote.len())
            })
        });
        Self { value, at: span.start, content }
    }

    /// Where the byte `index` of the value was written, or the string's start where that is unknowable.
    pub(super) fn place(&self, index: usize) -> usize {
        self.content.map_or(self.at, |content| content + index)
    }
}

/// Something wrong inside a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte of the string.
    pub(super) index: usize,
    /// What is wrong, and what to write instead.
    pub(super) message: String,
}

impl Fault {
    /// With its place.
    pub(super) fn new(index: usize, message: impl Into<String>) -> Self {
        Self { index, message: message.into() }
    }

    /// The same of a string in which this one begins at `index`.
    pub(super) fn inside(self, index: usize) -> Self {
        Self { index: self.index + index, ..self }
    }
}

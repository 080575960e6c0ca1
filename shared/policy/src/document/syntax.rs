//! Errors of TOML's own syntax, told in the words of a policy, and without those that only follow from another.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::problems::Problems;

/// The document's tables, as far as TOML could make them out; `None` where what stands in which table is a guess.
pub(super) fn read<'t>(problems: &mut Problems<'t>) -> Option<DeTable<'t>> {
    let text = problems.text();
    let (document, mut errors) = DeTable::parse_recoverable(text);
    let document = document.into_inner();
    errors.sort_by_key(start);
    // An open bracket swallows the lines after it, each of which then seems wrong, and the closing bracket around it as well:
    // only where the innermost one was opened is of use.
    let innermost = errors.iter().filter_map(|error| {
        let (bracket, what) = open_bracket(error)?;
        Some((opened_before(text, &document, bracket, start(error))?, bracket, what))
    });
    if let Some((opened, bracket, what)) = innermost.max() {
        let close = if bracket == '[' { ']' } else { '}' };
        problems.tell_end_of_syntax(opened, format!("{what} is never closed: add its \"{close}\""));
    }
    let mut headers_hold = true;
    for error in errors {
        let at = start(&error);
        let quoted = error.span().and_then(|span| text.get(span)).unwrap_or_default();
        if error.message() == "duplicate key" {
            // TOML keeps the first, so the tables are whole.
            problems.tell(at, format!("duplicate key {quoted:?}: keep one of them"));
            continue;
        }
        let line_start = text[..text.floor_char_boundary(at)].rfind('\n').map_or(0, |newline| newline + 1);
        headers_hold &= !text[line_start..].trim_start_matches(['\u{feff}', ' ', '\t']).starts_with('[');
        problems.tell_syntax(at, message(&error, quoted));
    }
    headers_hold.then_some(document)
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

fn message(error: &Error, quoted: &str) -> String {
    let unquoted = error.message().starts_with("string values must be quoted");
    match (unquoted, quoted) {
        (true, "") => "a value is missing: write one after the \"=\"".to_owned(),
        (true, _) => format!("text needs quotes: write {quoted:?}"),
        (false, _) => error.message().to_owned(),
    }
}

fn open_bracket(error: &Error) -> Option<(char, &'static str)> {
    if error.message().starts_with("unclosed array,") {
        Some(('[', "this list"))
    } else if error.message().starts_with("unclosed inline table,") {
        Some(('{', "this table"))
    } else {
        None
    }
}

/// Where the list or inline table begins that is still open at `end`: the outermost that reaches there, as those in it were closed.
fn opened_before(text: &str, table: &DeTable<'_>, bracket: char, end: usize) -> Option<usize> {
    let mut opened = None;
    let mut left: Vec<&Spanned<DeValue<'_>>> = table.iter().map(|(_, value)| value).collect();
    while let Some(value) = left.pop() {
        let span = value.span();
        let begins = text.get(span.start..).is_some_and(|rest| rest.starts_with(bracket));
        if span.end == end && begins {
            opened = Some(opened.map_or(span.start, |other: usize| other.min(span.start)));
        }
        match value.get_ref() {
            DeValue::Array(elements) => left.extend(elements.iter()),
            DeValue::Table(entries) => left.extend(entries.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    opened
}

//! Errors of TOML's own syntax, told in the words of a policy.

use toml::de::{DeTable, Error};

use super::problems::Problems;

/// The document's tables, as far as TOML could make them out; `None` where what stands in which table is a guess.
pub(super) fn read<'t>(problems: &mut Problems<'t>) -> Option<DeTable<'t>> {
    let text = problems.text();
    let (document, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut headers_hold = true;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let quoted = text.get(span.clone()).unwrap_or_default();
        if error.message() == "duplicate key" {
            // TOML keeps the first, so the tables are whole.
            problems.tell(span.start, format!("duplicate key {quoted:?}: keep one of them"));
            continue;
        }
        let line_start = text[..text.floor_char_boundary(span.start)].rfind('\n').map_or(0, |at| at + 1);
        headers_hold &= !text[line_start..].trim_start_matches(['\u{feff}', ' ', '\t']).starts_with('[');
        problems.tell_syntax(span.start, message(&error, quoted));
    }
    headers_hold.then(|| document.into_inner())
}

fn message(error: &Error, quoted: &str) -> String {
    let unquoted = error.message().starts_with("string values must be quoted");
    match (unquoted, quoted) {
        (true, "") => "a value is missing: write one after the \"=\"".to_owned(),
        (true, _) => format!("text needs quotes: write {quoted:?}"),
        (false, _) => error.message().to_owned(),
    }
}

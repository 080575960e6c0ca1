//! Bytes of the document into lines and columns, so that a problem can be found in any editor.

/// A value and the byte at which the person wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<T> {
    /// What was read.
    pub(super) value: T,
    /// Where it begins.
    pub(super) at: usize,
}

/// The line and the column, both from 1, of the byte `at`; the column counts characters.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    // A byte order mark is no character that an editor shows.
    let shown = before[line_start..].trim_start_matches('\u{feff}');
    (line, shown.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = "\u{feff}# é\r\nñ = 1";
        for (found, expected) in
            [(3, (1, 1)), (5, (1, 3)), (6, (1, 3)), (9, (2, 1)), (11, (2, 2)), (99, (2, 6))]
        {
            assert_eq!(line_and_column(text, found), expected, "byte {found}");
        }
    }
}

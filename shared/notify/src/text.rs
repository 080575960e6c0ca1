//! Cutting text to what a channel takes: never inside a character or an entity, and never more than the channel counts.

/// What stands for what was cut away.
const ELLIPSIS: char = '…';

/// How long a text is for a channel. None of them says whether a character beyond the first 65,536 counts once or twice: twice is safe either way.
pub(crate) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// `text`, or its beginning and an ellipsis: at most `most` long, by [`length`].
pub(crate) fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = beginning(text, most.saturating_sub(1)).to_owned();
    if most > 0 {
        kept.push(ELLIPSIS);
    }
    kept
}

/// The same of a text that was escaped: an entity is kept whole, or goes whole.
pub(crate) fn cut_escaped(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = beginning(text, most.saturating_sub(1));
    // Every ampersand of an escaped text begins an entity.
    if let Some(at) = kept.rfind('&').filter(|at| !kept[*at..].contains(';')) {
        kept = &kept[..at];
    }
    let mut kept = kept.to_owned();
    if most > 0 {
        kept.push(ELLIPSIS);
    }
    kept
}

fn beginning(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.len_utf16();
        used > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// `text` in one line: control characters become spaces.
pub(crate) fn in_one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>()
}

/// Slack's three entities. What else stands in a value is text: a name cannot call a channel, a person or a link.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The first of `items`, each in its own words, and how many more there are.
pub(crate) fn first_of<T>(items: &[T], most: usize, word: impl Fn(&T) -> String) -> Vec<String> {
    let mut told: Vec<String> = items.iter().take(most).map(word).collect();
    if items.len() > most {
        told.push(format!("and {} more", grouped((items.len() - most) as u64)));
    }
    told
}

/// A whole number with its thousands set apart: `31,402`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(cut("over", 4), "over");
        assert_eq!(cut("overlong", 4), "ove…");
        assert_eq!(cut("ééééé", 4), "ééé…");
        // One of these counts twice.
        assert_eq!(cut("🚨🚨🚨", 4), "🚨…");
        assert_eq!(cut("any", 0), "");
    }

    #[test]
    fn an_entity_goes_whole() {
        let escaped = escape("a<b>&c");
        assert_eq!(escaped, "a&lt;b&gt;&amp;c");
        let cuts: Vec<String> = (1..=9).map(|most| cut_escaped(&escaped, most)).collect();
        assert_eq!(cuts, ["…", "a…", "a…", "a…", "a…", "a&lt;…", "a&lt;b…", "a&lt;b…", "a&lt;b…"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1_000, 31_402, 1_234_567].map(grouped),
            ["0", "999", "1,000", "31,402", "1,234,567"]
        );
    }
}

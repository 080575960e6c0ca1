//! Quotes what arrived: short, on one line, and without what might be a secret.

/// The most characters of an event that a message to a person quotes.
const LONGEST: usize = 160;

/// What stands near secrets in the texts that topics and consoles carry: signed addresses, tokens to confirm with, passwords.
const TELLTALES: [&str; 7] =
    ["signature", "token", "password", "secret", "credential", "authorization", "apikey"];

/// A quotation of `text`: cut short, on one line; not at all if it may carry a secret.
pub(super) fn of(text: &str) -> String {
    let lower = text.to_lowercase();
    if TELLTALES.iter().any(|telltale| lower.contains(telltale)) {
        return "(not quoted, since it may carry a secret)".to_owned();
    }
    quote(text, LONGEST)
}

/// A quotation of the name of a key, a service or a kind of event, which is no secret. So short that four of them are still short.
pub(super) fn name(text: &str) -> String {
    quote(text, 44)
}

fn quote(text: &str, longest: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(longest)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_short_single_lines() {
        assert_eq!(of("two\nlines"), "`two lines`");
        assert_eq!(of(&"ü".repeat(1_000)).chars().count(), LONGEST + 3);
        assert_eq!(of(&"ü".repeat(LONGEST)).chars().count(), LONGEST + 2);
    }

    #[test]
    fn what_may_be_a_secret_is_not_quoted() {
        for text in ["https://example.com/?X-Amz-Signature=abc", "SecretAccessKey abc", "the PASSWORD is abc"]
        {
            assert!(!of(text).contains("abc"), "{text}");
        }
    }
}

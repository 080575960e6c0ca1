//! Names by which a channel knows an alert again: within its length, in ASCII, and still different where what they are made of is.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// How many characters of the hash follow a name that could not stay as it was.
const HASH: usize = 16;

/// `text` as a name of at most `most` characters of ASCII without spaces and control characters. What had to be changed carries a hash of the whole
/// text, so that two alerts never become one. `most` is more than the hash and its hyphen.
pub(crate) fn bounded(text: &str, most: usize) -> String {
    if text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let letters = text.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { '_' });
    let mut name: String = letters.take(most.saturating_sub(HASH + 1)).collect();
    name.push('-');
    for byte in Sha256::digest(text.as_bytes()).iter().take(HASH / 2) {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_stays_different() {
        assert_eq!(bounded("tidegate-production-api", 255), "tidegate-production-api");
        let (one, other) = (bounded(&"a".repeat(300), 255), bounded(&"a".repeat(301), 255));
        assert_eq!((one.len(), other.len()), (255, 255));
        assert_ne!(one, other);
        assert_ne!(bounded("café", 255), bounded("cafè", 255));
        assert!(bounded("café", 255).is_ascii());
    }
}

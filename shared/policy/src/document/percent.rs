//! Percentages, which are written `70%`, so that 0.7 and 70 never mean the same thing twice.

use crate::units::Percent;

/// Reads one percentage.
///
/// # Errors
/// What the person most likely meant, as `70%`.
pub(super) fn parse(text: &str) -> Result<Percent, String> {
    let number = text.strip_suffix('%');
    match (number.and_then(plain_number), plain_number(text.trim_end_matches('%').trim())) {
        (Some(percent), _) => Ok(Percent(percent)),
        // 0.7 of 1 is a share; 70 is a percentage that lacks its sign.
        (None, Some(share)) if share > 0.0 && share <= 1.0 && !text.contains('%') => {
            Err(Percent(share * 100.0).to_string())
        }
        (None, Some(number)) => Err(Percent(number).to_string()),
        (None, None) => Err("70%".to_owned()),
    }
}

/// A number of digits, with a point where there are decimals.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    // Neither a sign, nor an exponent, nor "nan": what a person writes is digits. Twelve of them are more than anyone needs.
    let plain = text.len() <= 12 && text.starts_with(|c: char| c.is_ascii_digit());
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain && digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_needs_its_sign() {
        for (text, read) in [
            ("70%", Ok(Percent(70.0))),
            ("62.5%", Ok(Percent(62.5))),
            ("70", Err("70%")),
            ("0.7", Err("70%")),
            ("0.57", Err("57%")),
            ("70 %", Err("70%")),
            ("nan%", Err("70%")),
            ("-1%", Err("70%")),
            ("1e2%", Err("70%")),
            ("", Err("70%")),
        ] {
            assert_eq!(parse(text), read.map_err(str::to_owned), "{text}");
        }
    }
}

//! "Did you mean": the known word that a person most likely meant.

/// The nearest of `known` to `word`, if any is near enough to be meant.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    let mut named_by_its_end = None;
    for candidate in known {
        let lower = candidate.to_lowercase();
        let distance = strsim::osa_distance(&word, &lower);
        // One slip, or one in three characters: more is another word.
        let near = distance <= (word.chars().count().max(lower.chars().count()) / 3).max(1);
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
        // "cpu" for "primary cpu", "Madrid" for "Europe/Madrid".
        if !word.is_empty() && lower.rsplit(['/', ' ']).next() == Some(word.as_str()) {
            named_by_its_end = named_by_its_end.or(Some(candidate));
        }
    }
    best.map(|(_, candidate)| candidate).or(named_by_its_end)
}

/// `: did you mean "min"?`, or nothing where no known word is near.
pub(super) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|meant| format!(": did you mean \"{meant}\"?"))
}

/// `a, b and c`, or with "or".
pub(super) fn listed<'k>(words: impl IntoIterator<Item = &'k str>, last: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    match words.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_offered() {
        for (word, meant) in [("mni", Some("min")), ("MAX", Some("max")), ("minimum", None), ("", None)] {
            assert_eq!(nearest(word, ["min", "max"]), meant, "{word}");
        }
        assert_eq!(nearest("Madrid", ["Europe/London", "Europe/Madrid"]), Some("Europe/Madrid"));
    }
}

/// The candidate that is spelt most like `word`, if one comes close: at most a third of its letters differ.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= word.chars().count().max(3) / 3).then_some(candidate)
}

/// Letters to insert, drop or replace to turn one word into the other (Levenshtein), whatever their case.
/// Words beyond 64 letters are compared by their beginnings.
fn distance(from: &str, to: &str) -> usize {
    let letters = |word: &str| word.chars().take(64).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (from, to) = (letters(from), letters(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

/// With its noun: `1 replica`, `3 replicas`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `'a', 'b', 'c'`.
pub(crate) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// The words that are expected, as the end of a sentence.
pub(crate) fn expected_one_of(words: &[&str]) -> String {
    match words {
        [] => "expected nothing here".to_owned(),
        [one] => format!("expected '{one}'"),
        many => format!("expected one of {}", quoted(many.iter().copied())),
    }
}

/// "did you mean 'x'?" if something comes close, and `otherwise` if nothing does.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<String>,
) -> String {
    match nearest(word, candidates) {
        Some(candidate) => format!("did you mean '{candidate}'?"),
        None => otherwise.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let fields = ["at", "strike", "heal_after"];
        assert_eq!(nearest("stirke", fields), Some("strike"));
        assert_eq!(nearest("heal_afte", fields), Some("heal_after"));
        assert_eq!(nearest("Strike", fields), Some("strike"));
        assert_eq!(nearest("latency", fields), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!((counted(1, "voter"), counted(0, "voter")), ("1 voter".to_owned(), "0 voters".to_owned()));
    }

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}

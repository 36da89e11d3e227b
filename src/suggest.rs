//! The word that was probably meant, told where a name is not known. Never: what words mean.

use std::borrow::Cow;

/// Letters of a word that is taken for a slip of the pen.
const SHORTEST_SLIP: usize = 3;
const LONGEST_SLIP: usize = 40;

/// The candidate closest to `word`, when it is close enough to be a slip of the pen.
pub(crate) fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.is_empty() {
        return None;
    }
    let wanted = fold(word);
    let letters = wanted.chars().count();
    let allowed = (letters / 3).max(1);
    let distance = |candidate: &str| {
        let candidate = fold(candidate);
        // `mon` for `monday` is a short form, however many letters it lacks.
        if wanted.len() >= 3 && candidate.starts_with(&*wanted) {
            return Some(1);
        }
        // Each letter that one has more is a slip: most words are told apart by their length.
        if candidate.chars().count().abs_diff(letters) > allowed {
            return None;
        }
        Some(strsim::damerau_levenshtein(&wanted, &candidate)).filter(|distance| *distance <= allowed)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What a word may have been meant to be when the candidates cannot be listed, only tried: its letters with one slip
/// of the pen, then its beginnings.
pub(crate) fn slips(word: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = fold(word).chars().take(LONGEST_SLIP).collect();
    let count = letters.len();
    let joined = |parts: &[&[char]]| -> String { parts.iter().flat_map(|part| part.iter()).collect() };
    let mut tried = vec![joined(&[&letters])];
    for at in 0..=count {
        let (before, after) = letters.split_at(at);
        if let [first, second, rest @ ..] = after {
            tried.push(joined(&[before, &[*second, *first], rest]));
        }
        if let [_, rest @ ..] = after {
            tried.push(joined(&[before, rest]));
        }
        for letter in ('a'..='z').chain(['_']) {
            tried.push(joined(&[before, &[letter], after]));
            if let [_, rest @ ..] = after {
                tried.push(joined(&[before, &[letter], rest]));
            }
        }
    }
    tried.extend((SHORTEST_SLIP..count).rev().map(|end| joined(&[&letters[..end]])));
    // Almost any word of two letters is one slip away from another.
    tried.into_iter().filter(|word| word.chars().count() >= SHORTEST_SLIP)
}

/// Case, and the three ways to join words, make no difference.
fn fold(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return Cow::Borrowed(word);
    }
    Cow::Owned(word.to_lowercase().replace(['-', ' '], "_"))
}

/// ``did you mean `x`?`` before what helps in any case.
pub(crate) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    in_any_case: &str,
) -> String {
    match closest(word, candidates) {
        Some(meant) => format!("did you mean `{meant}`? {in_any_case}"),
        None => in_any_case.to_owned(),
    }
}

/// ``did you mean `x`?``, or else every value there is.
pub(crate) fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str> + Clone) -> String {
    match closest(word, candidates.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => one_of(candidates),
    }
}

/// ``known here: `a`, `b`, `c` ``; empty without candidates.
pub(crate) fn one_of<'c>(candidates: impl IntoIterator<Item = &'c str>) -> String {
    let all: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    if all.is_empty() { String::new() } else { format!("known here: {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::{closest, did_you_mean, slips};

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["schedule", "period", "formats", "source"];
        assert_eq!(closest("shedule", known), Some("schedule"));
        assert_eq!(closest("Formats", known), Some("formats"));
        assert_eq!(closest("format", known), Some("formats"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest("x", known), None);
        assert_eq!(closest("mon", ["sunday", "monday"]), Some("monday"));
        assert_eq!(closest("wensday", ["tuesday", "wednesday"]), Some("wednesday"));
        assert_eq!(closest("", ["a", "b"]), None);
    }

    #[test]
    fn what_helps_in_any_case_follows() {
        let known = ["sales", "visits"];
        assert_eq!(
            did_you_mean("salse", known, "see `parte metrics`"),
            "did you mean `sales`? see `parte metrics`"
        );
        assert_eq!(did_you_mean("margin", known, "see `parte metrics`"), "see `parte metrics`");
    }

    #[test]
    fn what_can_only_be_tried_is_found_by_slips() {
        let meant =
            |word: &str| slips(word).find(|tried| ["round", "upper", "abs"].contains(&tried.as_str()));
        for slip in ["rond", "ruond", "roundd", "raund", "Round", "ounds_", "uppercase", "absolute"] {
            let found = meant(slip);
            assert_eq!(found.is_some(), slip != "ounds_", "{slip}: {found:?}");
        }
        assert_eq!(meant("ab"), Some("abs".to_owned()));
        assert_eq!(meant("x"), None);
        assert_eq!(meant(""), None);
        assert!(slips(&"ñ".repeat(10_000)).count() < 3_000);
    }
}

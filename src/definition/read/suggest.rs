//! Finds the word that was probably meant.

use std::borrow::Cow;

/// The candidate closest to `word`, when it is close enough to be a slip of the pen.
pub(in crate::definition) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
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

/// Case, and the three ways to join words, make no difference.
fn fold(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return Cow::Borrowed(word);
    }
    Cow::Owned(word.to_lowercase().replace(['-', ' '], "_"))
}

/// `did you mean `x`?`, or else every value there is.
pub(in crate::definition) fn hint<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> String {
    match closest(word, candidates.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => one_of(candidates),
    }
}

/// ``known here: `a`, `b`, `c` ``; empty without candidates.
pub(super) fn one_of<'c>(candidates: impl IntoIterator<Item = &'c str>) -> String {
    let all: Vec<String> = candidates.into_iter().map(|candidate| format!("`{candidate}`")).collect();
    if all.is_empty() { String::new() } else { format!("known here: {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let known = ["schedule", "period", "formats", "source"];
        assert_eq!(closest("shedule", known), Some("schedule"));
        assert_eq!(closest("Formats", known), Some("formats"));
        assert_eq!(closest("format", known), Some("formats"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest("x", known), None);
        assert_eq!(closest("mon", ["sunday", "monday"]), Some("monday"));
    }
}

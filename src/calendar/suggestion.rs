//! "Did you mean": the known word nearest to a mistyped one. Says nothing about what words mean.

/// The known word that a mistyped one probably stands for.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The days of the week in short.
pub(super) const SHORT_DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The days of the week in full.
pub(super) const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        assert_eq!(nearest("mondya", DAYS), Some("monday"));
        assert_eq!(nearest("wensday", DAYS), Some("wednesday"));
        assert_eq!(nearest("thurdays", DAYS), Some("thursday"));
        assert_eq!(nearest("quarter", DAYS), None);
    }
}

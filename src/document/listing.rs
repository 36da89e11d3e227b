//! Enumerations as each language writes them.

use crate::definition::Language;

/// `a, b y c`; Spanish writes `e` before the sound of `i`.
pub(super) fn listed(items: &[String], language: Language) -> String {
    let Some((last, before)) = items.split_last() else { return String::new() };
    if before.is_empty() {
        return last.clone();
    }
    let and = match language {
        Language::Es if sounds_like_i(last) => "e",
        Language::Es => "y",
        Language::En => "and",
        Language::Pt => "e",
    };
    format!("{} {and} {last}", before.join(", "))
}

fn sounds_like_i(word: &str) -> bool {
    let lower = word.to_lowercase();
    let vowel = lower.strip_prefix('h').unwrap_or(&lower);
    // "hielo" and "hiato" sound like y.
    let diphthong = lower.starts_with("hie") || lower.starts_with("hia") || lower.starts_with("hio");
    (vowel.starts_with('i') || vowel.starts_with('í')) && !diphthong
}

//! Every code has an explanation, and every explanation is true: its example has this problem, and mended it has none.

use parte::definition::{Example, Severity, check_example, closest_code, explanation, explanations};
use parte::metrics::catalogue;
use std::collections::BTreeSet;
use std::path::Path;

/// Words of the sources that are written like codes.
const NO_CODES: [&str; 3] = ["as-is", "multi-line", "verify-full"];

/// Codes of problems are written in these places of `src` alone.
const PLACES: [&str; 2] = ["definition/read", "app/online.rs"];

fn text_of(path: &Path, all: &mut String) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            text_of(&entry.unwrap().path(), all);
        }
    } else {
        let text = std::fs::read_to_string(path).unwrap();
        all.push_str(text.split("#[cfg(test)]").next().unwrap());
    }
}

fn is_word(text: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split('-').all(letters)
}

/// Words in quotes that have a hyphen, and words of one part that are the first argument of a call which adds a problem.
fn codes_in_sources() -> BTreeSet<String> {
    let mut text = String::new();
    for place in PLACES {
        text_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(place), &mut text);
    }
    let mut codes = BTreeSet::new();
    for (at, _) in text.match_indices('"') {
        let Some(word) = text[at + 1..].split('"').next().filter(|word| is_word(word)) else { continue };
        let before = text[..at].trim_end();
        let call =
            ["add(", "warn(", "add_to_file(", "problem(", "tell("].iter().any(|it| before.ends_with(it));
        if (word.contains('-') || call) && !NO_CODES.contains(&word) {
            codes.insert(word.to_owned());
        }
    }
    codes
}

#[test]
fn every_code_of_the_sources_is_explained_and_nothing_else_is() {
    let written = codes_in_sources();
    assert!(written.len() > 50 && written.contains("syntax"), "{written:?}");
    let explained: BTreeSet<String> = explanations().iter().map(|known| known.code.clone()).collect();
    assert_eq!(explained.len(), explanations().len(), "no code is explained twice");
    let without: Vec<&String> = written.difference(&explained).collect();
    assert!(without.is_empty(), "codes without an explanation: {without:?}");
    let unused: Vec<&String> = explained.difference(&written).collect();
    assert!(unused.is_empty(), "explanations of codes that nothing has: {unused:?}");
}

#[test]
fn every_wrong_example_has_exactly_its_problem_and_the_mended_one_has_none() {
    let mut faults = Vec::new();
    for known in explanations() {
        let Example::Files { wrong, right } = &known.example else { continue };
        let problems = match check_example(wrong, catalogue()) {
            Ok(definitions) => definitions.warnings,
            Err(problems) => problems,
        };
        let severe = |problem: &parte::definition::Problem| problem.severity == known.severity;
        if problems.codes() != [known.code.as_str()] || !problems.problems.iter().all(severe) {
            faults.push(format!("{}: {:?}\n{}", known.code, problems.codes(), problems.render(false, 100)));
        }
        let after = match check_example(right, catalogue()) {
            Ok(definitions) => definitions.warnings,
            Err(problems) => problems,
        };
        if !after.problems.is_empty() {
            faults.push(format!("{}, mended:\n{}", known.code, after.render(false, 100)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn explanations_are_complete_and_fit_their_places() {
    for known in explanations() {
        let code = &known.code;
        let summary = &known.summary;
        assert!(!summary.is_empty() && summary.chars().count() <= 80, "{code}: {summary}");
        assert!(
            !summary.ends_with('.') && summary.starts_with(|c: char| !c.is_whitespace()),
            "{code}: {summary}"
        );
        assert!(
            (60..=500).contains(&known.why.chars().count()) && known.why.ends_with('.'),
            "{code}: {}",
            known.why
        );
        match &known.example {
            Example::Files { wrong, right } => assert_ne!(wrong, right, "{code}"),
            Example::Words(words) => assert!(words.len() > 40 && words.ends_with('.'), "{code}: {words}"),
        }
    }
    assert!(explanation("period-repeats").is_some_and(|known| known.severity == Severity::Warning));
}

#[test]
fn the_code_that_was_meant_is_found() {
    assert_eq!(closest_code("unknown_key"), Some("unknown-key"));
    assert_eq!(closest_code("Bad-Shedule"), Some("bad-schedule"));
    assert_eq!(closest_code("x"), None);
}

#[test]
fn the_table_of_codes_in_the_manual_has_all_of_them() {
    let manual =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/definitions.md")).unwrap();
    let missing: Vec<&str> = explanations()
        .iter()
        .map(|known| known.code.as_str())
        .filter(|code| *code != "internal" && !manual.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "docs/definitions.md does not name {missing:?}");
}

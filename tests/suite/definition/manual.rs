//! docs/definitions.md says what the program does.

use super::{catalogue, definitions_of};
use parte::definition::{Secrets, load_with};

#[test]
fn the_examples_of_the_manual_load() {
    let manual = include_str!("../../../docs/definitions.md");
    let blocks: Vec<&str> =
        manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let (small, others) = blocks.split_first().expect("examples");
    assert_eq!(definitions_of(small).reports.len(), 1);
    let others = others.concat();
    // Whoever reads the manual has none of its secrets.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    std::fs::write(&path, format!("version = 1\n{others}")).expect("written");
    let whole = load_with(&path, &catalogue(), Secrets::Optional)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)));
    assert_eq!((whole.reports.len(), whole.channels.len()), (others.matches("[[report]]").count(), 3));
}

/// The texts of a folder and of those in it.
fn sources(folder: &std::path::Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![std::fs::read_to_string(&path).expect("a file")],
        })
        .collect()
}

#[test]
fn the_manual_names_every_key_and_every_code() {
    let manual = include_str!("../../../docs/definitions.md");
    let mut missing = Vec::new();
    for source in sources(std::path::Path::new("src/definition/read")) {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        // Where the readers ask for a key, and where they add a problem.
        let calls = [
            ".string(\"",
            ".string_with_secret(\"",
            ".strings(\"",
            ".boolean(\"",
            ".integer(\"",
            ".number(\"",
            ".table(\"",
            ".tables(\"",
            ".value(\"",
            "text(table, \"",
            "names(table, \"",
            "names(inner, \"",
            ".add(\"",
            ".add_to_file(\"",
            ".warn(\"",
        ];
        for call in calls {
            for rest in source.split(call).skip(1) {
                let word = rest.split('"').next().unwrap_or_default();
                let written = manual.contains(&format!("`{word}`")) || manual.contains(&format!("[{word}"));
                if !(written || manual.contains(&format!("report.{word}]]")) || word == "internal") {
                    missing.push(word.to_owned());
                }
            }
        }
    }
    assert!(missing.is_empty(), "docs/definitions.md does not name {missing:?}");
}

#[test]
fn every_column_that_definitions_can_name_is_in_the_manual() {
    let manual = include_str!("../../../docs/definitions.md");
    let derived = parte::definition::Rows::ALL.into_iter().flat_map(parte::definition::derived_columns);
    let missing: std::collections::BTreeSet<&str> =
        derived.filter(|name| !manual.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/definitions.md does not name {missing:?}");
}

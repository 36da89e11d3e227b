//! Definitions from outside: the shipped file loads, broken ones say what is wrong and what to do, nothing ever
//! panics or shows a secret.

mod basis;
mod dialects;
mod due;
mod explained;
mod included;
mod manual;
mod mutations;
mod problems;
mod resolved;
mod schema;
mod sql_names;
mod tables;

use parte::definition::{Definitions, Diagnostics, MetricDefinition, Problem, Report, load, read_metrics};
use std::path::Path;

/// Metrics of the tests' own, so that texts here do not change with the shipped catalogue.
fn catalogue() -> Vec<MetricDefinition> {
    let text = include_str!("../definitions/catalogue.toml");
    read_metrics("catalogue.toml", text).unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)))
}

/// Loads a text as a file in a folder of its own.
fn load_text(text: &str) -> Result<Definitions, Diagnostics> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    std::fs::write(&path, text).expect("written");
    load(&path, &catalogue())
}

/// The definitions of a text that has no problems.
fn definitions_of(text: &str) -> Definitions {
    load_text(text).unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)))
}

/// The problems of a text that has some.
fn problems_of(text: &str) -> Diagnostics {
    load_text(text).expect_err("the text has problems")
}

/// Codes with the text under each caret.
fn told(problems: &Diagnostics) -> Vec<(&'static str, String)> {
    let under = |problem: &Problem| match &problem.span {
        Some(span) => problems.files[problem.file].1[span.clone()].to_owned(),
        None => String::new(),
    };
    problems.problems.iter().map(|problem| (problem.code, under(problem))).collect()
}

/// Every span is a range of whole characters of its file.
fn check_spans(problems: &Diagnostics) {
    assert!(!problems.problems.is_empty(), "diagnostics without a problem");
    for problem in &problems.problems {
        let text = &problems.files[problem.file].1;
        if let Some(span) = &problem.span {
            assert!(text.get(span.clone()).is_some(), "{span:?} is no part of the file: {problem:?}");
        }
        assert_ne!(problem.code, "internal", "{problem:?}");
    }
}

/// The same, and every rendering works.
fn check_places(problems: &Diagnostics) {
    check_spans(problems);
    for width in [0, 60, 100] {
        assert!(problems.render(false, width).ends_with(&format!("{problems}\n")));
    }
    assert_eq!(problems.to_github(Path::new("/")).lines().count(), problems.problems.len());
    let results = &problems.to_sarif(Path::new("/"))["runs"][0]["results"];
    assert!(results.as_array().is_some_and(|all| all.len() == problems.problems.len()));
    assert!(problems.render_ascii(false, 100).ends_with(&format!("{problems}\n")));
    assert!(
        problems.to_json()["problems"].as_array().is_some_and(|all| all.len() == problems.problems.len())
    );
}

const SMALL: &str = r#"
version = 1
[defaults]
timezone = "America/Bogota"
[sources.demo]
url = "sqlite:demo.db"
[[report]]
id = "ventas"
title = "Ventas"
period = "previous week"
formats = ["pdf"]
  [[report.section]]
  kpis = ["tasks_planned"]
"#;

fn shipped() -> &'static str {
    include_str!("../../reports.toml")
}

fn shipped_definitions() -> Definitions {
    load(Path::new("reports.toml"), &catalogue())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)))
}

fn report<'d>(definitions: &'d Definitions, id: &str) -> &'d Report {
    definitions.reports.iter().find(|report| report.id.as_str() == id).expect("the report")
}

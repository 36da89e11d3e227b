//! The same report in Spanish, English and Portuguese in every format, as other programs read it: what a manager has before the eyes.

use super::setting::{Setting, weekly};
use super::snapshots::SECTIONS;
use crate::support::{python, run, tests_file};
use parte::definition::{Format, Language, Text};
use parte::document::Document;
use parte::metrics::catalogue;
use parte::render::{Templates, mail_body, render};
use std::path::Path;
use std::process::Command;

fn document(locale: &str) -> Document {
    let setting = Setting::new();
    setting.document(&setting.definitions(locale, &weekly(SECTIONS)))
}

/// Runs of spaces are one: where words stand on a line is the layout's, which they are is the locale's.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| line.split([' ', '\t', '\u{c}']).filter(|word| !word.is_empty()));
    let lines = lines.map(|line| line.collect::<Vec<_>>().join(" "));
    // a no-break space is not to be mistaken for another
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n").replace('\u{a0}', "~")
}

fn artifacts(document: &Document, format: Format, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for artifact in render(document, format, "semana").expect("renders") {
        std::fs::write(folder.join(&artifact.name), &artifact.bytes).expect("written");
        made.push((artifact.name.clone(), artifact.bytes.to_vec()));
    }
    made
}

/// Every format of the report as text, one below the other.
fn in_every_format(locale: &str) -> String {
    let document = document(locale);
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = String::new();
    for (name, bytes) in artifacts(&document, Format::Csv, folder.path()) {
        all.push_str(&format!(
            "== {name}\n{}\n",
            String::from_utf8_lossy(&bytes).replace('\r', "").trim_end()
        ));
    }
    for (name, _) in artifacts(&document, Format::Xlsx, folder.path()) {
        let shown =
            run(python().arg(tests_file("readers").join("locale_xlsx.py")).arg(folder.path().join(&name)));
        all.push_str(&format!("== {name}\n{}\n", words(&shown)));
    }
    for (name, _) in artifacts(&document, Format::Pdf, folder.path()) {
        let path = folder.path().join(&name);
        let shown = run(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(path).arg("-"));
        all.push_str(&format!("== {name}\n{}\n", words(&shown)));
    }
    let templates = Templates::load(folder.path()).expect("the shipped templates");
    let mail = mail_body(&document, &templates, &["semana.pdf".to_owned()]).expect("renders");
    let html = folder.path().join("mail.html");
    std::fs::write(&html, &mail.html).expect("written");
    let shown = run(python().arg(tests_file("readers").join("locale_mail.py")).arg(&html));
    all.push_str(&format!("== mail, HTML\n{}\n== mail, text\n{}\n", words(&shown), words(&mail.text)));
    all
}

#[test]
fn every_format_speaks_colombian_spanish() {
    insta::assert_snapshot!(in_every_format("es-CO"));
}

#[test]
fn every_format_speaks_english_of_the_united_states() {
    insta::assert_snapshot!(in_every_format("en-US"));
}

#[test]
fn every_format_speaks_brazilian_portuguese() {
    insta::assert_snapshot!(in_every_format("pt-BR"));
}

#[test]
fn every_metric_of_the_catalogue_speaks_three_languages_and_no_code() {
    for metric in catalogue() {
        for (what, text) in
            [("label", &metric.label), ("description", &metric.description), ("formula", &metric.formula)]
        {
            let Text::Translated(versions) = text else { panic!("{}: one {what} for all", metric.id) };
            for language in [Language::Es, Language::En, Language::Pt] {
                let words = versions.get(&language).map_or("", String::as_str);
                assert!(!words.trim().is_empty(), "{}: no {what} in {language:?}", metric.id);
                assert!(!words.contains('_'), "{}: {what} in {language:?} names a code: {words}", metric.id);
            }
        }
    }
}

//! PDF/A-2a and PDF/UA-1, as a checker that nobody here wrote sees them.

use super::{info, is_clean, page_count, pdf, sample, strained, text, words};
use crate::support::{python, run, tests_file};
use parte::document::{Body, Document};
use std::path::PathBuf;
use std::process::Command;

/// Names in other scripts, some within words of the report's own.
fn other_scripts() -> Document {
    let mut table = sample::sellers(6);
    let names = ["شركة النور", "חברת אור", "Tienda Ω Жанна", "店 24", "Café 😀", "Ana (شركة) 12"];
    table.columns[0].values = sample::texts(names.iter().map(|name| (*name).to_owned()));
    let mut document = sample::document(vec![sample::section("t", Some("Otras letras"), Body::Table(table))]);
    document.title = "Informe de שלום y شركة".to_owned();
    document
}

fn kept(paths: &[PathBuf]) {
    let said = run(python().arg(tests_file("readers").join("pdf_conformance.py")).args(paths));
    assert_eq!(said.matches(": kept").count(), 2 * paths.len(), "{said}");
}

#[test]
fn every_file_keeps_pdf_a_2a_and_pdf_ua_1() {
    let mut warned = sample::rich();
    warned.warnings = vec!["Filas de tareas en el periodo: 6.".to_owned(); 3];
    kept(&[
        pdf(&parte::document::sample(), "kept-sample"),
        pdf(&sample::rich(), "kept-rich"),
        pdf(&warned, "kept-warned"),
        pdf(&sample::document(Vec::new()), "kept-empty"),
        pdf(&other_scripts(), "kept-scripts"),
    ]);
}

#[test]
fn every_kind_of_chart_and_every_strained_table_keeps_them_is_clean_and_the_same_on_a_second_run() {
    let files: Vec<PathBuf> = strained()
        .into_iter()
        .map(|(name, document)| {
            let path = pdf(&document, &format!("kept-strained-{name}"));
            is_clean(&path);
            let again = pdf(&document, &format!("kept-strained-{name}-again"));
            let read = |path: &PathBuf| std::fs::read(path).expect("the file");
            assert!(read(&path) == read(&again), "{name}: bytes differ on a second run");
            path
        })
        .collect();
    kept(&files);
}

#[test]
fn a_table_of_a_hundred_pages_keeps_them_too() {
    let path = pdf(&super::table_document(sample::sellers(5_200)), "kept-hundred");
    assert!(page_count(&path) > 100);
    kept(&[path]);
}

#[test]
fn names_in_other_scripts_are_drawn_and_can_be_copied_out() {
    let path = pdf(&other_scripts(), "scripts");
    let shown = words(&text(&path, None));
    for name in ["Tienda Ω", "Жанна", "店 24", "Café 😀"] {
        assert!(shown.contains(name), "{name:?} is not in {shown}");
    }
    // Readers give letters that are read from right to left in the order in which they are read.
    for name in ["النور", "חברת", "שלום"] {
        assert!(shown.contains(name), "{name:?} is not in {shown}");
    }
    assert!(shown.contains("店 (U+5E97)") && shown.contains("😀 (U+1F600)"), "{shown}");
}

#[test]
fn the_logo_heads_every_page_and_the_file_still_keeps_them() {
    let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10" fill="#fe0000"/></svg>"##;
    let mut document = sample::rich();
    document.logo = Some(parte::definition::Logo::read("logo.svg", drawing.into()).expect("a logo"));
    let path = pdf(&document, "kept-logo");
    let listed = run(Command::new("pdfimages").arg("-list").arg(&path));
    assert_eq!(listed.lines().skip(2).count(), page_count(&path), "one on each page: {listed}");
    let picture = path.with_extension("first");
    run(Command::new("pdftoppm")
        .args(["-r", "72", "-f", "1", "-l", "1", "-singlefile"])
        .arg(&path)
        .arg(&picture));
    let bytes = std::fs::read(picture.with_extension("first.ppm"))
        .or_else(|_| std::fs::read(format!("{}.ppm", picture.display())));
    let red = bytes.expect("the page").chunks(3).filter(|pixel| pixel[0] > 240 && pixel[1] < 20).count();
    // 84 by 28 points.
    assert!((2_000..2_700).contains(&red), "{red} pixels of the logo");
    kept(&[path]);
}

#[test]
fn texts_that_harm_and_letters_that_are_missing_keep_them_too() {
    // What is told of the file (title, author, outline, words for figures) is text of the report as well.
    let texts = [
        "\u{0}\u{1b}[31m\u{7}",
        "<a&\"'>]]>",
        "\u{202e}exe.txt",
        "fila\r\nrota",
        "店 ร้านค้า 😀",
        "\u{fffd}\u{ffff}",
    ];
    let files: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let mut document = super::characters::saying(text);
            document.brand = format!("Marca {text}");
            document.subtitle = Some((*text).to_owned());
            for section in &mut document.sections {
                if let Body::Chart(chart) = &mut section.body {
                    chart.alt = format!("Gráfico {text}");
                }
            }
            let path = pdf(&document, &format!("kept-harm-{at}"));
            is_clean(&path);
            assert!(info(&path, "Title").starts_with("Título"), "the title is told");
            path
        })
        .collect();
    kept(&files);
}

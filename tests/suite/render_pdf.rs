//! The PDF from outside: read back by qpdf and poppler.

#![expect(clippy::unwrap_used, reason = "a test that cannot set the scene has failed")]

mod characters;
mod conformance;
mod long;
mod pages;
mod sample;
mod structure;

use parte::definition::Format;
use parte::document::{Body, ChartStyle, Display, Document, Table, Value, Values};
use parte::render::render;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Renders and writes the file where a person can look at it too.
fn pdf(document: &Document, name: &str) -> PathBuf {
    let artifacts = render(document, Format::Pdf, name).unwrap();
    assert_eq!(artifacts.len(), 1);
    assert_eq!(artifacts[0].name, format!("{name}.pdf"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pdf");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(&artifacts[0].name);
    std::fs::write(&path, &artifacts[0].bytes).unwrap();
    path
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// The text that a reader finds, with plain spaces; of one page, or of all.
fn text(path: &Path, page: Option<usize>) -> String {
    let page = page.map(|p| p.to_string());
    let mut arguments = vec!["-layout"];
    if let Some(page) = &page {
        arguments.extend(["-f", page, "-l", page]);
    }
    arguments.extend([path.to_str().unwrap(), "-"]);
    run("pdftotext", &arguments).replace(['\u{a0}', '\u{202f}'], " ")
}

/// The words of a text, single-spaced: what is broken over lines is whole again when nothing stands beside it.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn info(path: &Path, field: &str) -> String {
    let all = run("pdfinfo", &["-isodates", path.to_str().unwrap()]);
    let line = all
        .lines()
        .find(|l| l.starts_with(&format!("{field}:")))
        .unwrap_or_else(|| panic!("no {field} in {all}"));
    line[field.len() + 1..].trim().to_owned()
}

fn page_count(path: &Path) -> usize {
    info(path, "Pages").parse().unwrap()
}

fn is_clean(path: &Path) {
    let report = run("qpdf", &["--check", path.to_str().unwrap()]);
    assert!(report.contains("No syntax or stream encoding errors"), "{report}");
}

/// The tables that strain layouts, as a report.
fn strained_tables() -> Document {
    let document = parte::document::sample();
    Document { sections: parte::document::stress_tables(&document.locale), ..document }
}

/// What strains drawings and what strains layouts, each alone and in one report.
fn strained() -> Vec<(&'static str, Document)> {
    let charts = parte::document::stress();
    let tables = strained_tables();
    let sections = charts.sections.iter().chain(&tables.sections).cloned().collect();
    let both = Document { sections, ..tables.clone() };
    vec![("sample", parte::document::sample()), ("charts", charts), ("tables", tables), ("both", both)]
}

fn table_document(table: Table) -> Document {
    sample::document(vec![sample::section("tabla", Some("Detalle de tareas"), Body::Table(table))])
}

#[test]
fn the_sample_report_is_a_clean_pdf_with_embedded_cut_fonts() {
    let documents = [
        (parte::document::sample(), "sample"),
        (parte::document::stress(), "stress"),
        (sample::rich(), "rich"),
    ];
    for (document, name) in documents {
        let path = pdf(&document, name);
        is_clean(&path);
        let fonts = run("pdffonts", &[path.to_str().unwrap()]);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert_eq!(rows.len(), 3, "{fonts}");
        for row in rows {
            let name = row.split_whitespace().next().unwrap();
            let (tag, family) = name.split_once('+').unwrap();
            assert!(
                tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_uppercase()) && family.starts_with("Inter-")
            );
            assert!(row.contains("Identity-H       yes yes yes"), "embedded, cut, with characters: {row}");
        }
    }
}

#[test]
fn every_value_title_and_remark_can_be_found_in_the_text() {
    let document = parte::document::sample();
    let path = pdf(&document, "words");
    let found = words(&text(&path, None));
    let raw =
        words(&run("pdftotext", &["-raw", path.to_str().unwrap(), "-"]).replace(['\u{a0}', '\u{202f}'], " "));
    let has = |wanted: &str| {
        let wanted = words(&wanted.replace(['\u{a0}', '\u{202f}'], " "));
        assert!(found.contains(&wanted) || raw.contains(&wanted), "{wanted:?} is missing");
    };
    has(&document.title);
    has(&document.brand);
    has(&document.period);
    has("Muñoz");
    for section in document.sections_in(Format::Pdf) {
        section.title.iter().for_each(|t| has(t));
        section.notes.iter().for_each(|n| has(n));
        match &section.body {
            Body::Kpis(kpis) => kpis.iter().for_each(|kpi| {
                has(&document.locale.show(kpi.value.map(Value::Number).as_ref(), &kpi.display));
                kpi.changes.iter().for_each(|c| has(&c.text));
            }),
            Body::Table(table) => {
                table.columns.iter().filter(|c| matches!(c.values, Values::Number(_))).for_each(|column| {
                    (0..table.len()).for_each(|row| {
                        has(&document.locale.show(column.values.get(row).as_ref(), &column.display));
                    });
                })
            }
            Body::Text(paragraph) => has(paragraph),
            Body::Chart(chart) => {
                chart.series.iter().filter(|_| chart.series.len() > 1).for_each(|s| has(&s.label))
            }
        }
    }
    document.remarks.iter().for_each(|r| has(r));
    document.definitions.iter().for_each(|(label, _)| has(label));
    for hidden in document.sections.iter().filter(|s| !s.only.is_empty() && !s.only.contains(&Format::Pdf)) {
        assert!(
            hidden.title.as_ref().is_none_or(|t| !found.contains(t.as_str())),
            "{} is not for the PDF",
            hidden.id
        );
    }
}

#[test]
fn every_page_says_which_it_is_and_of_how_many() {
    let path = pdf(&sample::rich(), "pages");
    let pages = page_count(&path);
    assert!((3..=5).contains(&pages));
    for page in 1..=pages {
        let text = words(&text(&path, Some(page)));
        assert!(text.contains(&format!("Página {page} de {pages}")), "{text}");
        assert!(text.contains("Confidencial · ¿Dudas? informes@nandu.example"));
        assert!(text.contains("Periodo: viernes, 13 de marzo de 2026"));
        assert!(text.contains("Parte diario de equipos"), "a loose page names its report");
    }
}

#[test]
fn a_long_table_repeats_its_header_and_ends_with_its_totals() {
    for rows in [1, 2, 40, 48, 49, 50, 51, 52, 53, 54, 200] {
        let path = pdf(&table_document(sample::sellers(rows)), &format!("rows-{rows}"));
        let pages = page_count(&path);
        let mut drawn = 0;
        for page in 1..=pages {
            let text = text(&path, Some(page));
            assert!(
                text.contains("Vendedor") && text.contains("Puntualidad"),
                "page {page} has no header: {text}"
            );
            assert_eq!(words(&text).contains("Detalle de tareas (continúa)"), page > 1);
            // Each row has three shares, the totals' too.
            let here = text.lines().filter(|l| l.contains('$')).count();
            assert!(here >= 2 || rows == 1, "{here} rows alone on page {page} of {pages} with {rows} rows");
            drawn += here;
            assert_eq!(text.lines().any(|l| l.trim_start().starts_with("Total ")), page == pages);
        }
        assert_eq!(drawn, rows + 1, "{rows} rows and the totals on {pages} pages");
    }
}

fn wide_table(columns: usize, rows: usize) -> Table {
    let regions = sample::texts((0..rows).map(|i| format!("Ñuble {i}")));
    Table {
        columns: std::iter::once(sample::column("Región", Display::Text, true, regions))
            .chain((1..columns).map(|i| {
                let values = (0..rows).map(|r| (r % 5 < 4).then_some(1_234_567.0 + i as f64)).collect();
                sample::column(&format!("Indicador {i}"), sample::amount(), false, Values::Number(values))
            }))
            .collect(),
        totals: None,
        groups: Vec::new(),
    }
}

#[test]
fn a_table_too_wide_for_a_page_lies_on_its_side_or_is_split() {
    let size = |path: &Path, page: &str| {
        let all = run("pdfinfo", &["-f", page, "-l", page, path.to_str().unwrap()]);
        all.lines().find(|l| l.contains(" size:")).unwrap().to_owned()
    };
    let landscape = pdf(&table_document(wide_table(13, 30)), "columns-13");
    assert_eq!(page_count(&landscape), 1, "a page with nothing but the title is laid on its side too");
    assert!(size(&landscape, "1").contains("841.89 x 595.276"));

    let few_rows = pdf(&table_document(wide_table(13, 2)), "columns-13-rows-2");
    assert_eq!(page_count(&few_rows), 1);
    assert!(size(&few_rows, "1").contains("595.276 x 841.89"), "two rows do not need a page on its side");
    assert_eq!(
        text(&few_rows, None).matches("Ñuble 1").count(),
        2,
        "each part repeats what its rows are about"
    );

    let mut document = table_document(wide_table(60, 30));
    document.sections.insert(0, sample::section("k", None, Body::Kpis(sample::kpis())));
    document.sections.push(sample::section(
        "t",
        Some("Después"),
        Body::Text("De nuevo vertical. ".repeat(40)),
    ));
    document.remarks = vec!["Una observación. ".repeat(30); 3];
    let path = pdf(&document, "columns-60");
    is_clean(&path);
    let found = words(&text(&path, None));
    for i in 1..60 {
        assert!(found.contains(&format!("$ 1.234.{}", 567 + i)), "column {i}");
    }
    assert!(found.matches("Ñuble 7").count() > 3);
    let last = page_count(&path).to_string();
    assert!(size(&path, "1").contains("595.276 x 841.89") && size(&path, "2").contains("841.89 x 595.276"));
    assert!(size(&path, &last).contains("595.276 x 841.89"));
}

#[test]
fn equal_input_gives_equal_bytes() {
    let document = sample::rich();
    let first = render(&document, Format::Pdf, "a").unwrap();
    let second = render(&document, Format::Pdf, "a").unwrap();
    assert!(first[0].bytes == second[0].bytes);
    let mut other = document.clone();
    other.title.push('!');
    let other = render(&other, Format::Pdf, "a").unwrap();
    assert!(first[0].bytes != other[0].bytes);
}

#[test]
fn the_file_knows_its_title_author_language_and_time() {
    let path = pdf(&sample::rich(), "facts");
    assert_eq!(info(&path, "Title"), "Parte diario de equipos");
    assert_eq!(info(&path, "Author"), "Distribuciones Ñandú");
    assert!(info(&path, "CreationDate").starts_with("2026-03-14T12:00:00"));
    let json = run("qpdf", &["--json", path.to_str().unwrap()]);
    assert!(json.contains("\"/Lang\": \"u:es-CO\""));
    assert!(json.contains("Vendedores y agentes"), "the outline has the headings");
}

#[test]
fn text_that_means_harm_is_drawn_as_text() {
    let long = "palabra ".repeat(1250);
    let unbroken = "ñ".repeat(10_000);
    let hostile = [
        "\u{0}\u{1}\u{7}bell\u{1b}[31m",
        "\u{202e}abc\u{202c}",
        "😀 👨‍👩‍👧 🇨🇴",
        &long,
        &unbroken,
        "مرحبا שלום",
        "漢字かな",
        "a\nb\tc\r\nd",
        "",
        " ",
        "(\\) Tj ET <</JS",
        "n\u{303}o",
    ];
    for text in hostile {
        let mut document = sample::document(vec![
            sample::section(
                "k",
                Some(text),
                Body::Kpis(
                    sample::kpis()
                        .into_iter()
                        .map(|mut k| {
                            k.label = text.to_owned();
                            k
                        })
                        .collect(),
                ),
            ),
            sample::section("t", Some(text), Body::Text(text.to_owned())),
            sample::section(
                "b",
                Some(text),
                Body::Table(Table {
                    columns: vec![
                        sample::column(text, Display::Text, true, sample::texts([text, text])),
                        sample::column(
                            text,
                            sample::integer(),
                            false,
                            Values::Number(vec![Some(f64::NAN), Some(1e300)]),
                        ),
                    ],
                    totals: Some(vec![None]),
                    groups: Vec::new(),
                }),
            ),
            sample::section(
                "c",
                Some(text),
                Body::Chart(sample::chart(
                    ChartStyle::Bars,
                    vec![text.to_owned(); 3],
                    vec![(text, vec![Some(1.0), None, Some(f64::INFINITY)]), (text, Vec::new())],
                    sample::percent(),
                )),
            ),
        ]);
        document.title = text.to_owned();
        document.brand = text.to_owned();
        document.subtitle = Some(text.to_owned());
        document.footer = Some(text.to_owned());
        document.remarks = vec![text.to_owned(); 2];
        document.definitions = vec![(text.to_owned(), text.to_owned()); 3];
        document.sections[0].notes = vec![text.to_owned()];
        is_clean(&pdf(&document, "hostile"));
    }
    let mut document = sample::document(Vec::new());
    document.title = "caja 😀 visible".to_owned();
    let shown = words(&text(&pdf(&document, "missing"), None));
    // A box for the eye; what is copied out is what was written, and it is told.
    assert!(shown.contains("caja 😀 visible"), "{shown}");
    assert!(shown.contains("se ven como □: 😀 (U+1F600)"), "{shown}");
}

#[test]
fn an_empty_report_and_empty_sections_are_pages_too() {
    let empty = pdf(&sample::document(Vec::new()), "empty");
    is_clean(&empty);
    assert_eq!(page_count(&empty), 1);
    let path = pdf(
        &sample::document(vec![
            sample::section("k", None, Body::Kpis(Vec::new())),
            sample::section(
                "t",
                None,
                Body::Table(Table { columns: Vec::new(), totals: None, groups: Vec::new() }),
            ),
            sample::section(
                "c",
                None,
                Body::Chart(sample::chart(ChartStyle::Line, Vec::new(), Vec::new(), sample::integer())),
            ),
        ]),
        "nothing",
    );
    is_clean(&path);
    assert_eq!(text(&path, None).matches("Sin datos en este periodo").count(), 3);
}

#[test]
fn tiles_of_any_number_and_brands_of_any_colour_are_drawn() {
    for count in 1..=13 {
        let kpis: Vec<_> = sample::kpis().into_iter().cycle().take(count).collect();
        let mut document = sample::document(vec![sample::section("k", None, Body::Kpis(kpis))]);
        document.color = [[255, 255, 255], [0, 0, 0], [19, 42, 74], [255, 230, 0]][count % 4];
        let path = pdf(&document, &format!("tiles-{count}"));
        assert!(text(&path, None).contains("1.284"));
        assert_eq!(page_count(&path), 1);
    }
}

//! Workbooks, CSV files and mails as other programs read them: openpyxl, Python's csv and html.parser.

mod described;
mod drawings;
mod extremes;
mod files;
mod hostile;
mod tables;
mod workbook;

use crate::support::{python, run, tests_file};
use described::described;
use hostile::hostile_document;
use parte::definition::{Format, ValueFormat};
use parte::document::{Body, Column, Display, Document, Locale, Table, Value, Values, sample};
use parte::render::{Artifact, Templates, mail_body, render};
use serde_json::json;
use std::path::{Path, PathBuf};

const STEM: &str = "equipo-semanal_20261109";

fn in_locale(tag: &str) -> Document {
    let mut document = sample();
    document.locale = Locale::parse(tag).expect(tag);
    document
}

/// Drawing takes most of a mail's time.
fn without_charts() -> Document {
    let mut document = sample();
    document.sections.retain(|s| !matches!(s.body, Body::Chart(_)));
    document
}

/// Renders files into a fresh folder, beside a description of the document.
fn rendered_into(name: &str, document: &Document, formats: &[Format]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("render-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    for format in formats {
        for artifact in render(document, *format, STEM).expect("renders") {
            std::fs::write(folder.join(&artifact.name), &artifact.bytes).expect("writes");
        }
    }
    std::fs::write(folder.join("document.json"), described(document).to_string()).expect("writes");
    folder
}

/// Renders the mail into the folder.
fn mail_into(folder: &Path, document: &Document) {
    let attachments = vec![format!("{STEM}.xlsx"), format!("{STEM}.pdf")];
    let templates = Templates::load(folder).expect("the shipped templates");
    let body = mail_body(document, &templates, &attachments).expect("renders");
    // Previewed in a browser, the images are files.
    let mut preview = body.html.clone();
    for image in &body.inline {
        let file = format!("{}.png", image.cid);
        std::fs::write(folder.join(&file), &image.bytes).expect("writes");
        preview = preview.replace(&format!("cid:{}", image.cid), &file);
    }
    std::fs::write(folder.join("mail.html.body"), &body.html).expect("writes");
    std::fs::write(folder.join("mail.txt.body"), &body.text).expect("writes");
    std::fs::write(folder.join("preview.html"), preview).expect("writes");
    let mut description = described(document);
    description["attachments"] = json!(attachments);
    description["inline"] = json!(body.inline.iter().map(|i| &i.cid).collect::<Vec<_>>());
    std::fs::write(folder.join("document.json"), description.to_string()).expect("writes");
}

/// Runs a reader over the folder and gives what it printed.
fn read_by(script: &str, folder: &Path) -> String {
    run(python().arg(tests_file("readers").join(script)).arg(folder))
}

fn bytes_of(document: &Document) -> Vec<Artifact> {
    [Format::Csv, Format::Xlsx]
        .into_iter()
        .flat_map(|f| render(document, f, STEM).expect("renders"))
        .collect()
}

#[test]
fn python_reads_the_csv_of_each_dialect_back_equal() {
    for (tag, dialect) in [("es-CO", ";"), ("en-US", ","), ("pt-BR", ";"), ("es-MX", ",")] {
        let folder = rendered_into(&format!("csv-{tag}"), &in_locale(tag), &[Format::Csv]);
        let told = read_by("render_csv.py", &folder);
        assert!(told.contains(&format!("delimiter {dialect}")), "{tag}: {told}");
    }
}

#[test]
fn openpyxl_reads_every_sheet_back_with_types_formats_and_filters() {
    for tag in ["es-CO", "en-US", "pt-BR"] {
        let folder = rendered_into(&format!("xlsx-{tag}"), &in_locale(tag), &[Format::Xlsx]);
        read_by("render_xlsx.py", &folder);
    }
}

#[test]
fn a_number_is_the_same_in_csv_and_in_the_workbook() {
    for tag in ["es-CO", "en-US"] {
        let folder = rendered_into(&format!("same-{tag}"), &in_locale(tag), &[Format::Csv, Format::Xlsx]);
        let told = read_by("render_same_numbers.py", &folder);
        let compared: usize = told.trim().parse().expect("a count of numbers");
        assert!(compared > 500, "only {compared} numbers were compared");
    }
}

#[test]
fn hostile_texts_are_neutral_in_csv_workbook_and_mail() {
    let folder = rendered_into("hostile", &hostile_document(), &[Format::Csv, Format::Xlsx]);
    mail_into(&folder, &hostile_document());
    read_by("render_csv.py", &folder);
    read_by("render_xlsx.py", &folder);
    read_by("render_mail.py", &folder);
}

#[test]
fn the_mail_stands_by_itself_and_says_the_same_in_html_and_text() {
    for tag in ["es-CO", "en-US", "pt-BR"] {
        let folder = rendered_into(&format!("mail-{tag}"), &in_locale(tag), &[]);
        mail_into(&folder, &in_locale(tag));
        let told = read_by("render_mail.py", &folder);
        assert!(told.contains(" 60 cells,"), "the table was not compared: {told}");
    }
}

#[test]
fn equal_input_gives_equal_bytes() {
    for document in [sample(), hostile_document()] {
        assert!(bytes_of(&document) == bytes_of(&document.clone()), "bytes differ on a second run");
        let templates = Templates::load(Path::new("/nonexistent")).expect("the shipped templates");
        let (one, two) = (
            mail_body(&document, &templates, &[]).expect("renders"),
            mail_body(&document, &templates, &[]).expect("renders"),
        );
        assert_eq!(one.html, two.html);
        assert_eq!(one.text, two.text);
        assert!(one.inline.iter().zip(&two.inline).all(|(a, b)| a.bytes == b.bytes));
    }
}

#[test]
fn a_very_large_table_has_a_plain_filter_that_does_not_touch_its_totals() {
    let mut document = sample();
    let column = |id: &str, is_dimension| {
        let display = Display::Number { format: ValueFormat::Integer, currency: None };
        let values = Values::Number(vec![Some(1.0); 130_000]);
        // A total that is no sum would be explained in a row below.
        Column { is_sum: true, ..Column::new(id, id, display, is_dimension, values) }
    };
    let columns = vec![column("a", true), column("b", false)];
    let table = Table::new(columns, Some(vec![None, Some(Value::Number(130_000.0))]));
    document.sections.retain(|s| s.id == "una-fila");
    document.sections[0].body = Body::Table(table);
    let folder = tempfile::tempdir().expect("a folder");
    let workbook = render(&document, Format::Xlsx, STEM).expect("renders").remove(0);
    std::fs::write(folder.path().join(workbook.name), workbook.bytes).expect("writes");
    let told = read_by("render_large.py", folder.path());
    assert_eq!(told.trim(), "filter A1:B130001, totals in row 130003 after 130001");
}

#[test]
fn a_table_with_more_columns_than_a_sheet_holds_is_refused_with_a_way_out() {
    let mut document = sample();
    document.sections.truncate(1);
    let display = Display::Number { format: ValueFormat::Integer, currency: None };
    let columns = (0..16_385)
        .map(|at| Column::new(format!("n{at}"), "n", display.clone(), false, Values::Number(vec![None])))
        .collect();
    document.sections[0].body = Body::Table(Table::new(columns, None));
    let error = render(&document, Format::Xlsx, STEM).expect_err("too many columns");
    assert!(error.what.contains("16385 columns"), "{}", error.what);
    assert!(error.hint.contains("only = [\"csv\"]"), "{}", error.hint);
}

#[test]
fn a_report_without_rows_cannot_be_csv() {
    let mut document = sample();
    document.sections.retain(|s| matches!(s.body, Body::Text(_) | Body::Chart(_)));
    let error = render(&document, Format::Csv, STEM).expect_err("nothing to write");
    assert_eq!(error.format, "csv");
}

#[test]
fn a_report_may_have_a_mail_of_its_own_and_others_keep_the_folder_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("mail.html", "<p>de todos: {{ title }}</p>");
    write("mail-ventas.html", "<p>de ventas: {{ title }}</p>");
    write("mail-ventas.txt", "de ventas: {{ title }}");
    let body = |report: &str| {
        let templates = Templates::of_report(folder.path(), report).expect("templates");
        mail_body(&sample(), &templates, &[]).expect("renders")
    };
    let (ventas, otros) = (body("ventas"), body("equipos"));
    let title = sample().title;
    assert_eq!(ventas.html, format!("<p>de ventas: {title}</p>"));
    assert_eq!(ventas.text, format!("de ventas: {title}\n"));
    assert_eq!(otros.html, format!("<p>de todos: {title}</p>"));
    assert!(otros.text.contains("Observaciones".to_uppercase().as_str()), "the shipped text: {}", otros.text);
    assert!(ventas.inline.is_empty(), "nobody receives pictures that no template shows");
}

#[test]
fn a_template_that_fails_names_its_line() {
    let document = without_charts();
    let shipped = Templates::load(Path::new("/nonexistent")).expect("the shipped templates");
    for (html, expected) in [
        ("<p>\n{{ titel }}", "template mail.html, line 2: undefined value"),
        ("<p>\n\n{% if %}", "template mail.html, line 3: syntax error"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}\nx{% endfor %}{% endfor %}",
            "engine ran out of fuel",
        ),
        ("{% include '/etc/passwd' %}", "template mail.html, line 1: template not found"),
    ] {
        let templates = Templates { html: html.to_owned(), text: shipped.text.clone() };
        let error = mail_body(&document, &templates, &[]).expect_err(html);
        assert!(error.what.contains(expected), "{html}: {}", error.what);
        assert!(error.hint.contains("mail.html"), "{}", error.hint);
    }
}

#[test]
fn a_folders_own_template_is_used_and_an_unreadable_one_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mail.txt"), "{{ title }}: {{ period }}\n").expect("writes");
    let templates = Templates::load(folder.path()).expect("loads");
    let body = mail_body(&without_charts(), &templates, &[]).expect("renders");
    assert_eq!(body.text, "Productividad semanal de los equipos: 9–15 de noviembre de 2026\n");
    assert!(body.html.contains("<!doctype html>"));

    std::fs::write(folder.path().join("mail.html"), b"\xff\xfe").expect("writes");
    let error = Templates::load(folder.path()).expect_err("not UTF-8");
    assert!(error.what.contains("mail.html"), "{}", error.what);
}

#[test]
fn what_is_not_as_expected_is_said_by_templates_that_know_nothing_of_it() {
    let mut document = without_charts();
    let own = |html: &str| Templates { html: html.to_owned(), text: "{{ title }}\n".to_owned() };
    let quiet =
        mail_body(&document, &own("<html><body id=a>{{ title }}</body></html>"), &[]).expect("renders");
    assert!(
        quiet.html.starts_with("<html><body id=a>Productividad") && !quiet.text.contains('!'),
        "{quiet:?}"
    );

    document.warnings = vec!["Filas de <tareas>: 6".to_owned()];
    let body =
        mail_body(&document, &own("<html><body id=a>{{ title }}</body></html>"), &[]).expect("renders");
    let (over, rest) = body.html.split_once("</div>\n</div>").expect("a box");
    assert!(
        over.starts_with("<html><body id=a><div") && over.contains("Filas de &lt;tareas&gt;: 6"),
        "{over}"
    );
    assert!(rest.contains("Productividad semanal"), "{rest}");
    let (over, rest) = body.text.split_once("\n\nProductividad").expect("a title below");
    assert!(over.starts_with("DATOS FUERA DE LO ESPERADO\n\n! Filas de <tareas>: 6"), "{over}");
    assert!(rest.starts_with(" semanal"), "{rest}");

    // a bare piece of HTML has no body to begin in; the shipped templates say it themselves, once
    let bare = mail_body(&document, &own("<p>{{ title }}</p>"), &[]).expect("renders");
    assert!(bare.html.starts_with("<div"), "{}", bare.html);
    let shipped = mail_body(&document, &Templates::shipped(), &[]).expect("renders");
    // Once in the mail, and once in what lists of mails show.
    assert_eq!(shipped.html.matches("Filas de &lt;tareas&gt;: 6").count(), 2);
}

#[test]
fn the_summary_is_said_in_mail_workbook_pdf_page_and_json_and_not_in_csv() {
    let said = "Entregas <a tiempo>: 8,4 % menos que la semana anterior.";
    let mut document = without_charts();
    let quiet = mail_body(&document, &Templates::shipped(), &[]).expect("renders");
    document.summary = vec![parte::document::Sentence {
        text: said.to_owned(),
        finding: parte::document::Finding::Change,
        facts: Vec::new(),
    }];
    let mail = mail_body(&document, &Templates::shipped(), &[]).expect("renders");
    let escaped = said.replace('<', "&lt;").replace('>', "&gt;");
    // In the mail, and before it in what lists of mails show beside the subject.
    assert_eq!((mail.html.matches(&escaped).count(), mail.text.matches(said).count()), (2, 1));
    assert!(!quiet.html.contains("Entregas &lt;") && !quiet.text.contains(said));
    let first_tile = mail.html.find("class=\"tile").expect("a tile");
    assert!(mail.html.rfind(&escaped).expect("a summary") < first_tile, "above the figures");

    let page = parte::render::page(&document).expect("renders");
    assert!(page.find(&escaped).expect("a summary") < page.find("<section").expect("a section"));

    let folder = rendered_into("summary", &document, &Format::ALL);
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the files") {
        let path = entry.expect("a file").path();
        match path.extension().and_then(|it| it.to_str()) {
            Some("pdf") => {
                let text = run(std::process::Command::new("pdftotext").arg(&path).arg("-"));
                assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{text}");
                seen.push("pdf");
            }
            Some("xlsx") => {
                let read = "import openpyxl,sys; print([c.value for r in openpyxl.load_workbook(sys.argv[1]).worksheets[0] for c in r])";
                assert!(run(python().arg("-c").arg(read).arg(&path)).contains(said));
                seen.push("xlsx");
            }
            Some("csv") => {
                assert!(!std::fs::read_to_string(&path).expect("text").contains("Entregas"));
                seen.push("csv");
            }
            Some("json") if path.file_name().is_some_and(|name| name != "document.json") => {
                let text = std::fs::read_to_string(&path).expect("text");
                let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(report["summary"], json!([said]));
                seen.push("json");
            }
            _ => {}
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["csv", "json", "pdf", "xlsx"]);
}

//! Files for programs as other programs read them: CSV in each dialect, JSON, Parquet; hostile texts in all of them.

use super::described::{described, described_dialect};
use super::{STEM, hostile_document, in_locale, read_by, rendered_into};
use crate::support::{DatabaseServer, open_folder};
use chrono::{NaiveDate, NaiveDateTime};
use parte::definition::{
    CsvDates, CsvDialect, CsvEncoding, CsvFormulas, CsvHeadings, CsvLineEnd, CsvQuotes, Format, ValueFormat,
};
use parte::document::{Body, Column, Display, Document, Section, Table, Value, Values};
use parte::render::{render, render_csv, report_schema};
use std::path::PathBuf;

/// Every kind of value, absent ones, and texts that read like something else.
fn kinds() -> Section {
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day);
    let time = |hour| NaiveDate::from_ymd_opt(2026, 3, 9).and_then(|day| day.and_hms_opt(hour, 5, 0));
    let texts = ["", "NULL", "\\N", "true", "-", "null", " a ", "12", "2026-03-09", "1;2|3\t4,5", "fin"];
    let count = texts.len() + 1;
    let mut names: Vec<Option<String>> = texts.iter().map(|text| Some((*text).to_owned())).collect();
    names.push(None);
    let every = |n: usize| (0..count).map(move |at| at % n != 0);
    let number = |format| Display::Number { format, currency: None };
    let column = |id: &str, display, is_dimension, values| {
        Column::new(id, format!("Columna «{id}»"), display, is_dimension, values)
    };
    let times: Vec<Option<NaiveDateTime>> =
        every(4).zip(0..).map(|(is, at)| time(at).filter(|_| is)).collect();
    let columns = vec![
        column("name", Display::Text, true, Values::Text(names)),
        column(
            "day",
            Display::Date,
            true,
            Values::Date(every(3).zip(1..).map(|(is, at)| day(at).filter(|_| is)).collect()),
        ),
        column("at", Display::DateTime, true, Values::DateTime(times)),
        column(
            "is_done",
            Display::Boolean,
            true,
            Values::Boolean(every(3).zip(0..).map(|(is, at)| is.then_some(at % 2 == 0)).collect()),
        ),
        column(
            "tasks",
            number(ValueFormat::Integer),
            false,
            Values::Number(every(5).zip(0..).map(|(is, at)| is.then_some(f64::from(at - 6))).collect()),
        ),
        column(
            "rate",
            number(ValueFormat::Percent(1)),
            false,
            Values::Number(every(2).zip(0..).map(|(is, at)| is.then_some(f64::from(at) / 1000.0)).collect()),
        ),
        column(
            "amount",
            number(ValueFormat::Decimal(2)),
            false,
            Values::Number(
                every(7).zip(0..).map(|(is, at)| is.then_some(f64::from(at) * -1_234_567.25)).collect(),
            ),
        ),
    ];
    let totals = vec![None, None, None, None, Some(Value::Number(-6.0)), Some(Value::Number(0.005)), None];
    let body = Body::Table(Table::new(columns, Some(totals)));
    Section {
        id: "tipos".to_owned(),
        title: Some("Tipos".to_owned()),
        only: Vec::new(),
        body,
        notes: Vec::new(),
    }
}

/// A table of one column, in which an absent value would be an empty line.
fn single() -> Section {
    let values = Values::Text(vec![Some("a".to_owned()), None, Some("b".to_owned())]);
    let column = Column::new("name", "Nombre", Display::Text, true, values);
    let body = Body::Table(Table::new(vec![column], None));
    Section { id: "una-columna".to_owned(), title: None, only: Vec::new(), body, notes: Vec::new() }
}

fn whole(tag: &str) -> Document {
    let mut document = in_locale(tag);
    document.sections.extend([kinds(), single()]);
    document
}

fn rendered_csv_into(name: &str, document: &Document, dialect: &CsvDialect) -> PathBuf {
    let folder = rendered_into(&format!("dialect-{name}"), document, &[]);
    for artifact in render_csv(document, dialect, STEM).expect("renders") {
        std::fs::write(folder.join(&artifact.name), &artifact.bytes).expect("writes");
    }
    let mut description = described(document);
    description["csv"] = described_dialect(dialect, document);
    std::fs::write(folder.join("document.json"), description.to_string()).expect("writes");
    folder
}

/// Dialects by a name for their folder: those that have one, and each key said otherwise at least once.
fn dialects() -> Vec<(&'static str, CsvDialect)> {
    let excel = || CsvDialect::EXCEL;
    vec![
        ("excel", excel()),
        ("rfc4180", CsvDialect::RFC4180),
        ("database", CsvDialect::DATABASE),
        ("pipes", CsvDialect { separator: Some('|'), null: "NULL".to_owned(), ..CsvDialect::DATABASE }),
        (
            "copy",
            CsvDialect {
                separator: Some('\t'),
                null: "\\N".to_owned(),
                quotes: CsvQuotes::Texts,
                ..CsvDialect::DATABASE
            },
        ),
        ("quoted", CsvDialect { quotes: CsvQuotes::All, headings: CsvHeadings::Ids, ..excel() }),
        ("texts", CsvDialect { quotes: CsvQuotes::Texts, line_end: CsvLineEnd::Lf, bom: false, ..excel() }),
        ("local", CsvDialect { dates: CsvDates::Locale, totals: false, decimal: Some('.'), ..excel() }),
        (
            "as-is",
            CsvDialect { formulas: CsvFormulas::AsIs, separator: Some(','), decimal: Some(','), ..excel() },
        ),
    ]
}

#[test]
fn python_reads_the_csv_of_every_dialect_back_equal_and_tells_absent_values_from_texts() {
    for tag in ["es-CO", "en-US"] {
        let document = whole(tag);
        for (name, dialect) in dialects() {
            let folder = rendered_csv_into(&format!("{name}-{tag}"), &document, &dialect);
            let told = read_by("render_csv.py", &folder);
            assert!(told.starts_with("9 files"), "{name}, {tag}: {told}");
        }
    }
}

#[test]
fn python_reads_hostile_texts_back_equal_from_the_csv_of_every_dialect() {
    for (name, dialect) in dialects() {
        let folder = rendered_csv_into(&format!("hostile-{name}"), &hostile_document(), &dialect);
        read_by("render_csv.py", &folder);
    }
}

#[test]
fn duckdb_loads_the_database_dialect_with_null_where_a_value_is_absent() {
    let folder = rendered_csv_into("duckdb", &whole("es-CO"), &CsvDialect::DATABASE);
    read_by("render_csv_duckdb.py", &folder);
}

#[test]
fn postgresql_copies_it_with_null_where_a_value_is_absent_and_an_empty_text_where_there_is_one() {
    let server = DatabaseServer::start();
    let tabs = CsvDialect {
        separator: Some('\t'),
        null: "NULL".to_owned(),
        quotes: CsvQuotes::Texts,
        ..CsvDialect::DATABASE
    };
    for (dialect, more) in [(CsvDialect::DATABASE, ""), (tabs, ", delimiter E'\t', null 'NULL'")] {
        let mut document = in_locale("es-CO");
        document.sections = vec![kinds()];
        let folder = open_folder();
        let path = folder.path().join("tipos.csv");
        std::fs::write(&path, &render_csv(&document, &dialect, STEM).expect("renders")[0].bytes)
            .expect("writes");
        server.query("drop table if exists t");
        server.query("create table t(name text, day date, at timestamp, is_done boolean, tasks bigint, rate float8, amount float8)");
        server.query(&format!("copy t from '{}' with (format csv, header{more})", path.display()));
        let there: Vec<serde_json::Value> = server
            .query("select to_json(t) from t")
            .iter()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let Body::Table(table) = &document.sections[0].body else { panic!("a table") };
        assert_eq!(there.len(), table.len());
        for (row, read) in there.iter().enumerate() {
            for column in &table.columns {
                let expected = match column.values.get(row) {
                    None => serde_json::Value::Null,
                    Some(Value::Text(text)) => text.into(),
                    Some(Value::Number(number)) if column.id == "tasks" => (number as i64).into(),
                    Some(Value::Number(number)) => number.into(),
                    Some(Value::Date(day)) => day.to_string().into(),
                    Some(Value::DateTime(at)) => at.format("%Y-%m-%dT%H:%M:%S").to_string().into(),
                    Some(Value::Boolean(yes)) => yes.into(),
                };
                let same = read[&column.id] == expected
                    || read[&column.id].as_f64().is_some_and(|it| Some(it) == expected.as_f64());
                assert!(same, "row {row}, {}: {} is not {expected}", column.id, read[&column.id]);
            }
        }
    }
}

/// With letters that windows-1252 has, and some of those that stand elsewhere in it than in Latin-1.
fn western() -> Document {
    let mut document = whole("es-CO");
    for section in &mut document.sections {
        let Body::Table(table) = &mut section.body else { continue };
        for column in &mut table.columns {
            if let Values::Text(values) = &mut column.values {
                values.iter_mut().flatten().for_each(|text| *text = text.replace('Ω', "€ “Œ” –"));
            }
        }
    }
    document
}

fn narrow() -> CsvDialect {
    CsvDialect { encoding: CsvEncoding::Windows1252, bom: false, ..CsvDialect::EXCEL }
}

#[test]
fn python_reads_windows_1252_back_equal() {
    let folder = rendered_csv_into("narrow", &western(), &narrow());
    read_by("render_csv.py", &folder);
    let files = render_csv(&western(), &narrow(), STEM).expect("renders");
    assert!(files.iter().all(|file| file.media_type == "text/csv; charset=windows-1252"));
    assert!(files.iter().any(|file| file.bytes.contains(&0xF1)), "an ñ is one byte");
}

#[test]
fn a_letter_that_windows_1252_has_not_is_told_with_its_section_row_and_column() {
    let mut document = western();
    let section = document.sections.iter_mut().find(|section| section.id == "tipos").expect("a section");
    let Body::Table(table) = &mut section.body else { panic!("a table") };
    if let Values::Text(values) = &mut table.columns[0].values {
        values[2] = Some("Łódź".to_owned());
    }
    let error = render_csv(&document, &narrow(), STEM).expect_err("no Ł");
    assert_eq!(
        error.to_string(),
        "failed to render csv: section \"tipos\", row 3, column `Columna «name»`: windows-1252 has no 'Ł' (U+0141)"
    );
    assert!(error.hint.contains("encoding = \"utf-8\""), "{}", error.hint);
    let Body::Table(table) = &mut document.sections.last_mut().expect("a section").body else {
        panic!("a table")
    };
    table.columns[0].label = "🦤".to_owned();
    document.sections.retain(|section| section.id == "una-columna");
    let error = render_csv(&document, &narrow(), STEM).expect_err("no dodo");
    assert!(error.what.contains("the heading of column `name`"), "{}", error.what);
}

fn json_into(name: &str, document: &Document) -> PathBuf {
    let folder = rendered_into(&format!("json-{name}"), document, &[Format::Json]);
    std::fs::write(folder.join("schema.json"), report_schema().to_string()).expect("writes");
    folder
}

#[test]
fn python_reads_the_json_document_back_equal_and_its_schema_describes_every_key() {
    for tag in ["es-CO", "en-US", "pt-BR"] {
        let told = read_by("render_json.py", &json_into(tag, &whole(tag)));
        let values: usize = told.split_whitespace().nth(2).and_then(|it| it.parse().ok()).expect("a count");
        assert!(values > 500, "{told}");
    }
    read_by("render_json.py", &json_into("hostile", &hostile_document()));
}

#[test]
fn json_has_a_line_for_each_row_and_no_number_as_text() {
    let mut document = whole("es-CO");
    document.sections.retain(|section| section.id == "tipos");
    let file = render(&document, Format::Json, STEM).expect("renders").remove(0);
    assert_eq!(
        (file.name.as_str(), file.media_type.as_str()),
        ("equipo-semanal_20261109.json", "application/json")
    );
    let text = String::from_utf8(file.bytes).expect("UTF-8");
    assert!(
        text.contains(
            "\n        [\"NULL\", \"2026-03-02\", \"2026-03-09T01:05:00\", false, -5, 0.001, -1234567.25],\n"
        ),
        "{text}"
    );
    assert!(text.contains("\n      \"totals\": [\n        null,"), "{text}");
}

#[test]
fn pyarrow_and_duckdb_read_parquet_back_equal_with_types_labels_and_totals() {
    for tag in ["es-CO", "en-US"] {
        let folder = rendered_into(&format!("parquet-{tag}"), &whole(tag), &[Format::Parquet]);
        let told = read_by("render_parquet.py", &folder);
        assert!(told.starts_with("9 files"), "{told}");
    }
    let folder = rendered_into("parquet-hostile", &hostile_document(), &[Format::Parquet]);
    read_by("render_parquet.py", &folder);
}

#[test]
fn parquet_holds_many_groups_of_rows_and_none_at_all() {
    let column = |id: &str, values| {
        let display = Display::Number { format: ValueFormat::Integer, currency: None };
        Column::new(id, id, display, false, Values::Number(values))
    };
    let section = |id: &str, columns| Section {
        id: id.to_owned(),
        title: None,
        only: Vec::new(),
        body: Body::Table(Table::new(columns, None)),
        notes: Vec::new(),
    };
    let mut document = in_locale("es-CO");
    let many = (0..600_000).map(|at| (at % 7 != 0).then_some(f64::from(at))).collect();
    document.sections =
        vec![section("many", vec![column("n", many)]), section("none", vec![column("n", Vec::new())])];
    let folder = rendered_into("parquet-groups", &document, &[Format::Parquet]);
    let told = read_by("render_parquet.py", &folder);
    assert_eq!(told.trim(), "2 files, 600000 values");
}

#[test]
fn a_whole_number_that_has_no_64_bits_is_refused_by_parquet() {
    let mut document = whole("es-CO");
    let section = document.sections.iter_mut().find(|section| section.id == "tipos").expect("a section");
    let Body::Table(table) = &mut section.body else { panic!("a table") };
    if let Values::Number(values) = &mut table.columns[4].values {
        values[2] = Some(1e19);
    }
    let error = render(&document, Format::Parquet, STEM).expect_err("too large");
    assert!(error.what.contains("section \"tipos\", column `tasks`"), "{}", error.what);
}

#[test]
fn equal_documents_give_equal_files_for_programs() {
    for document in [whole("es-CO"), hostile_document()] {
        for format in [Format::Json, Format::Parquet] {
            let files = |document: &Document| render(document, format, STEM).expect("renders");
            assert!(files(&document) == files(&document.clone()), "{format:?}");
        }
    }
}

#[test]
fn a_report_without_rows_cannot_be_parquet_and_can_be_json() {
    let mut document = in_locale("es-CO");
    document.sections.retain(|section| matches!(section.body, Body::Text(_) | Body::Chart(_)));
    let error = render(&document, Format::Parquet, STEM).expect_err("nothing to write");
    assert_eq!(error.format, "parquet");
    read_by("render_json.py", &json_into("without-rows", &document));
}

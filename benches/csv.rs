//! A table as CSV, several times over: `bench/csv` measures how long it takes, and holds it against Polars' own writer for the same text.
//!
//! `cargo bench --bench csv -- FILE ROWS TIMES` writes the file.

use chrono::{NaiveDate, TimeDelta};
use parte::definition::{CsvDialect, Format, ValueFormat};
use parte::document::{Body, Column, Display, Document, Section, Table, Values, sample};
use parte::render::render_csv;

/// Eight columns as a report of tasks has them; one cell of eleven is absent.
fn table(rows: usize) -> Table {
    let there = |at: usize, column: usize| !(at + column).is_multiple_of(11);
    let text = |column: usize, of: fn(usize) -> String| {
        Values::Text((0..rows).map(|at| there(at, column).then(|| of(at))).collect())
    };
    let number = |column: usize, of: fn(usize) -> f64| {
        Values::Number((0..rows).map(|at| there(at, column).then(|| of(at))).collect())
    };
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let day = |at: usize| first + TimeDelta::days((at % 90) as i64);
    let shown = |format| Display::Number { format, currency: None };
    let columns = [
        ("task_id", Display::Text, text(1, |at| format!("TSK_{:08}", at * 7919 % 100_000_000))),
        ("seller", Display::Text, text(2, |at| format!("José Muñoz Peñalolén {}", at * 31 % 200))),
        (
            "outcome",
            Display::Text,
            text(3, |at| ["sale", "no_sale", "no, answer", "said \"no\""][at % 4].to_owned()),
        ),
        ("day", Display::Date, Values::Date((0..rows).map(|at| there(at, 4).then(|| day(at))).collect())),
        (
            "completed_at",
            Display::DateTime,
            Values::DateTime(
                (0..rows)
                    .map(|at| {
                        there(at, 5).then(|| day(at).and_hms_opt(at as u32 % 24, at as u32 % 60, 7)).flatten()
                    })
                    .collect(),
            ),
        ),
        ("attempts", shown(ValueFormat::Integer), number(6, |at| (at * 13 % 1000) as f64)),
        (
            "sales_amount",
            shown(ValueFormat::Currency(2)),
            number(7, |at| {
                let whole = at * 7_654_321 % 10_000_000;
                (whole * 100 + 1 + whole % 99) as f64 / 100.0
            }),
        ),
        ("score", shown(ValueFormat::Percent(1)), number(8, |at| (at * 37 % 999 + 1) as f64 / 1000.0)),
    ];
    let columns = columns.map(|(id, display, values)| {
        let is_dimension = !display.is_number();
        Column::new(id, id, display, is_dimension, values)
    });
    Table::new(columns.into(), None)
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [file, rows, times] = words.as_slice() else {
        println!("usage: cargo bench --bench csv -- FILE ROWS TIMES");
        return;
    };
    let [rows, times] = [rows, times].map(|word| word.parse().expect("a number"));
    let section = Section {
        id: "tasks".to_owned(),
        title: None,
        only: vec![Format::Csv],
        body: Body::Table(table(rows)),
        notes: Vec::new(),
    };
    let document = Document { sections: vec![section], ..sample() };
    for _ in 0..times {
        let files = render_csv(&document, &CsvDialect::DATABASE, "bench").expect("the file");
        std::fs::write(file, &files[0].bytes).expect("written");
    }
}

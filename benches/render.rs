//! How long the renderers alone take: `bench/files` measures each case, and holds it against what a user would write today.
//!
//! `cargo bench --bench render -- CASE COUNT [FILE]` says as JSON how long it took, by the clock and of the processor. Cases: `pdf` and `xlsx` render
//! a table of COUNT rows once and write FILE, `rows` writes the same table as CSV for others to read; `short` renders a report of three pages COUNT
//! times, one after the other, `reports` COUNT times a PDF and a workbook on all processors.

use chrono::{NaiveDate, TimeDelta};
use parte::definition::{CsvDialect, Format, ValueFormat};
use parte::document::{Body, Column, Display, Document, Section, Table, Values, sample};
use parte::render::{Artifact, render, render_csv};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Eight columns as a list of tasks has them, every cell filled: three of text, a day, a time, three of numbers.
fn table(rows: usize) -> Table {
    let text = |of: fn(usize) -> String| Values::Text((0..rows).map(|at| Some(of(at))).collect());
    let number = |of: fn(usize) -> f64| Values::Number((0..rows).map(|at| Some(of(at))).collect());
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let day = |at: usize| first + TimeDelta::days((at % 90) as i64);
    let time = |at: usize| day(at).and_hms_opt(at as u32 % 24, at as u32 % 60, 0);
    let shown = |format| {
        let currency = matches!(format, ValueFormat::Currency(_)).then(|| "COP".to_owned());
        Display::Number { format, currency }
    };
    let columns = [
        ("task_id", Display::Text, text(|at| format!("TSK_{:08}", at * 7919 % 100_000_000))),
        ("seller", Display::Text, text(|at| format!("José Muñoz {}", at * 31 % 200))),
        (
            "outcome",
            Display::Text,
            text(|at| ["venta", "sin venta", "no contesta", "reprogramada"][at % 4].to_owned()),
        ),
        ("day", Display::Date, Values::Date((0..rows).map(|at| Some(day(at))).collect())),
        ("completed_at", Display::DateTime, Values::DateTime((0..rows).map(time).collect())),
        ("attempts", shown(ValueFormat::Integer), number(|at| (at * 13 % 1000) as f64)),
        ("sales_amount", shown(ValueFormat::Currency(0)), number(|at| (at * 7_654_321 % 10_000_000) as f64)),
        ("score", shown(ValueFormat::Percent(1)), number(|at| (at * 37 % 999 + 1) as f64 / 1000.0)),
    ];
    let columns = columns.map(|(id, display, values)| {
        let is_dimension = !display.is_number();
        Column::new(id, id, display, is_dimension, values)
    });
    Table::new(columns.into(), None)
}

/// A report of this table alone.
fn list(rows: usize) -> Document {
    let section = Section {
        id: "tasks".to_owned(),
        title: Some("Tareas".to_owned()),
        only: Vec::new(),
        body: Body::Table(table(rows)),
        notes: Vec::new(),
    };
    Document { sections: vec![section], remarks: Vec::new(), definitions: Vec::new(), ..sample() }
}

/// Of the sample what makes a monthly report of three pages: tiles, a text, five charts, a table of teams.
fn short() -> Document {
    let whole = sample();
    let is_chart = |section: &Section| matches!(section.body, Body::Chart(_) | Body::Kpis(_));
    let kept = |section: &Section| is_chart(section) || ["text", "equipos"].contains(&section.id.as_str());
    Document { sections: whole.sections.iter().filter(|section| kept(section)).cloned().collect(), ..whole }
}

/// How many pages a PDF has, by a reader that did not write it.
fn pages(pdf: &[u8]) -> usize {
    lopdf::Document::load_mem(pdf).expect("a PDF").get_pages().len()
}

/// Seconds that this program has had of the processor, on whichever threads, in steps of a hundredth; `None` where the system does not say it.
fn of_processor() -> Option<f64> {
    let said = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold spaces.
    let after = said.rsplit_once(')')?.1;
    let ticks: Vec<f64> =
        after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse().ok()).collect();
    Some(ticks.iter().sum::<f64>() / 100.0)
}

/// Seconds by the clock and of the processor, with what was made.
fn timed<T>(make: impl FnOnce() -> T) -> (f64, Option<f64>, T) {
    let (before, began) = (of_processor(), Instant::now());
    let made = make();
    let clock = began.elapsed().as_secs_f64();
    let processor = of_processor().zip(before).map(|(after, before)| after - before);
    (clock, processor, made)
}

/// The one file that a document is in a format.
fn file(document: &Document, format: Format) -> Artifact {
    render(document, format, "bench").expect("the file").remove(0)
}

/// A table once, into a file.
fn large(format: Format, rows: usize, path: &str) -> Value {
    let document = list(rows);
    let (clock, processor, made) = timed(|| {
        let made = file(&document, format);
        std::fs::write(path, &made.bytes).expect("written");
        made.bytes.len()
    });
    json!({ "clock": clock, "processor": processor, "bytes": made })
}

/// A report of three pages several times over: each by the clock, all of the processor.
fn one_by_one(count: usize) -> Value {
    let document = short();
    let pages = pages(&file(&document, Format::Pdf).bytes);
    let once = |_| timed(|| file(&document, Format::Pdf)).0;
    let (_, processor, each) = timed(|| (0..count).map(once).collect::<Vec<f64>>());
    json!({ "each": each, "processor": processor, "pages": pages })
}

/// Many reports, each a PDF and a workbook, on all processors.
fn beside_each_other(count: usize) -> Value {
    let document = sample();
    let pages = pages(&file(&document, Format::Pdf).bytes);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut bytes = 0;
        while next.fetch_add(1, Ordering::Relaxed) < count {
            for format in [Format::Pdf, Format::Xlsx] {
                bytes += file(&document, format).bytes.len();
            }
        }
        bytes
    };
    let (clock, processor, bytes) = timed(|| {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker")).sum::<usize>()
        })
    });
    json!({ "clock": clock, "processor": processor, "threads": threads, "pages": pages, "bytes": bytes })
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let count = words.get(1).and_then(|word| word.parse().ok());
    let said = match (words.as_slice(), count) {
        (["pdf", _, path], Some(rows)) => large(Format::Pdf, rows, path),
        (["xlsx", _, path], Some(rows)) => large(Format::Xlsx, rows, path),
        (["rows", _, path], Some(rows)) => {
            let files = render_csv(&list(rows), &CsvDialect::DATABASE, "bench").expect("the file");
            std::fs::write(path, &files[0].bytes).expect("written");
            json!({ "bytes": files[0].bytes.len() })
        }
        (["short", _], Some(count)) => one_by_one(count),
        (["reports", _], Some(count)) => beside_each_other(count),
        _ => {
            println!("usage: cargo bench --bench render -- pdf|xlsx|rows ROWS FILE, or short|reports COUNT");
            return;
        }
    };
    println!("{said}");
}

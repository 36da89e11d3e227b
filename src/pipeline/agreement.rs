//! The gate behind rendering: what a rendered file says is read back and held against the document. Never: how a file is written;
//! its readers share no code with what wrote it.
//!
//! Of each table (and of the tiles) of CSV, Excel, JSON and Parquet: how many rows there are, each value of each column of numbers, and the
//! totals. Of a ZIP that it holds the file of each section. Of a PDF that it can be opened and has pages: its numbers are glyphs of a font that holds no more than these.

mod csv;
mod json;
mod parquet;
#[cfg(test)]
mod tests;
mod workbook;

use super::PipelineError;
use crate::definition::{CsvDialect, Format};
use crate::document::{Body, Document, RowGroup, Section, Table, Value, Values};
use crate::render::{Artifact, RenderError};
use std::borrow::Cow;
use std::time::Instant;

/// The files of a format, as long as they say what the document says; of CSV in this dialect.
pub(super) fn agreeing(
    document: &Document,
    dialect: &CsvDialect,
    render: impl FnOnce() -> Result<Vec<Artifact>, RenderError>,
) -> Result<Vec<Artifact>, PipelineError> {
    let artifacts = render()?;
    let began = Instant::now();
    for artifact in &artifacts {
        hold(document, dialect, artifact)
            .map_err(|what| PipelineError::Disagrees { file: artifact.name.clone(), what })?;
        tracing::debug!(
            file = artifact.name,
            duration_us = began.elapsed().as_micros(),
            "files are read back"
        );
    }
    Ok(artifacts)
}

/// Reads a file back; says where it differs, and what either says.
fn hold(document: &Document, dialect: &CsvDialect, artifact: &Artifact) -> Result<(), String> {
    let is = |format: Format| artifact.format == format.extension();
    let section = || document.sections.iter().find(|it| Some(&it.id) == artifact.section.as_ref());
    let table = || section().and_then(Tabled::of).ok_or("it belongs to no table of the report");
    if is(Format::Csv) && dialect.zip {
        csv::read_zip(&artifact.bytes, document, dialect)
    } else if is(Format::Csv) {
        csv::read(&artifact.bytes, document, dialect, table()?)
    } else if is(Format::Xlsx) {
        workbook::read(&artifact.bytes, document)
    } else if is(Format::Json) {
        json::read(&artifact.bytes, document)
    } else if is(Format::Parquet) {
        parquet::read(&artifact.bytes, table()?)
    } else {
        // Not all of it: the structure of a table of a thousand pages would be half a million objects.
        let opened = lopdf::Document::load_metadata_mem(&artifact.bytes)
            .map_err(|e| format!("it cannot be opened: {e}"))?;
        if opened.page_count == 0 { Err("it has no pages".to_owned()) } else { Ok(()) }
    }
}

/// A table of the document, and what a file has of it.
struct Tabled<'d> {
    /// Its heading.
    name: &'d str,
    rows: usize,
    /// Rows that have a value: a file need not have a trace of the others.
    filled: usize,
    /// Is there a row of totals below?
    totals: bool,
    columns: Vec<Numbers<'d>>,
    /// Which of `columns` each of the table's columns is: a matrix may have hundreds.
    places: Vec<Option<usize>>,
    /// Rows that the file has.
    seen: usize,
    /// What groups of rows come to, as a workbook has it below the totals: the outer ones first.
    subtotals: Vec<Subtotal>,
}

/// What a group of rows comes to, by the numbers' columns.
struct Subtotal {
    name: String,
    expected: Vec<Option<f64>>,
    seen: Vec<Option<f64>>,
}

/// A column of numbers.
struct Numbers<'d> {
    /// Which of the table's columns it is.
    at: usize,
    /// Its heading.
    label: &'d str,
    values: Cow<'d, [Option<f64>]>,
    total: Option<f64>,
    seen: Sum,
    seen_total: Option<f64>,
    /// The first row in which the file says something else.
    differs: Option<usize>,
}

/// Values, and what they come to.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    sum: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.count {
            1 => write!(f, "1 value that comes to {}", self.sum),
            count => write!(f, "{count} values that sum to {}", self.sum),
        }
    }
}

impl<'d> Tabled<'d> {
    /// What a section has in rows; `None` for charts and texts.
    fn of(section: &'d Section) -> Option<Self> {
        let name = section.title.as_deref().unwrap_or(&section.id);
        let (rows, filled, totals, columns) = match &section.body {
            Body::Table(table) => (table.len(), filled(table), table.totals.is_some(), columns(table)),
            Body::Kpis(tiles) => {
                let values: Vec<Option<f64>> = tiles.iter().map(|tile| finite(tile.value)).collect();
                // What a tile is held against stands in further columns, which differ with the format.
                let column = Numbers::new(1, "value", values.into(), None);
                (tiles.len(), tiles.len(), false, vec![column])
            }
            Body::Chart(_) | Body::Text(_) => return None,
        };
        let mut places = vec![None; columns.last().map_or(0, |column| column.at + 1)];
        for (number, column) in columns.iter().enumerate() {
            places[column.at] = Some(number);
        }
        let subtotals =
            if let Body::Table(table) = &section.body { subtotals(table, &columns) } else { Vec::new() };
        Some(Self { name, rows, filled, totals, columns, places, seen: 0, subtotals })
    }

    /// The numbers of the table's column at this place.
    fn column(&mut self, at: usize) -> Option<&mut Numbers<'d>> {
        self.places.get(at).copied().flatten().and_then(|number| self.columns.get_mut(number))
    }

    /// A number that the file has in a row of the table, counted from 0.
    fn number(&mut self, row: usize, at: usize, value: f64) {
        if let Some(column) = self.column(at) {
            column.number(row, value);
        }
    }

    /// A number that the file has below the table's rows.
    fn total(&mut self, at: usize, value: f64) {
        if let Some(column) = self.column(at) {
            column.seen_total = Some(value);
        }
    }

    /// The same for a file that has no totals.
    fn without_totals(mut self) -> Self {
        self.totals = false;
        for column in &mut self.columns {
            column.total = None;
        }
        self
    }

    /// A number that a workbook has below the table's rows, in the first of these rows that has some, in the second, ...: that of the
    /// totals, then those of subtotals. False where the table has no more.
    fn below(&mut self, place: usize, at: usize, value: f64) -> bool {
        let has_totals = usize::from(self.columns.iter().any(|column| column.total.is_some()));
        let Some(place) = place.checked_sub(has_totals) else {
            self.total(at, value);
            return true;
        };
        let number = self.places.get(at).copied().flatten();
        let cell = self.subtotals.get_mut(place).zip(number).and_then(|(of, number)| of.seen.get_mut(number));
        cell.map(|cell| *cell = Some(value)).is_some()
    }

    fn judge_subtotals(&self) -> Result<(), String> {
        let said = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        for Subtotal { name, expected, seen } in &self.subtotals {
            for ((column, expected), seen) in self.columns.iter().zip(expected).zip(seen) {
                if !same(*expected, *seen) {
                    return Err(format!(
                        "table `{}`, column `{}`: the subtotal of `{name}` is {} in the file, {} in the report",
                        self.name,
                        column.label,
                        said(*seen),
                        said(*expected)
                    ));
                }
            }
        }
        Ok(())
    }

    fn judge(&self) -> Result<(), String> {
        let Self { name, rows, filled, seen, .. } = self;
        if !(*filled..=*rows).contains(seen) {
            return Err(format!("table `{name}`: {seen} rows in the file, {rows} in the report"));
        }
        self.columns.iter().try_for_each(|column| column.judge(name))
    }
}

impl<'d> Numbers<'d> {
    fn new(at: usize, label: &'d str, values: Cow<'d, [Option<f64>]>, total: Option<f64>) -> Self {
        Self { at, label, values, total, seen: Sum::default(), seen_total: None, differs: None }
    }

    fn number(&mut self, row: usize, value: f64) {
        self.seen.add(value);
        let expected = self.values.get(row).copied().flatten();
        if self.differs.is_none() && !same(expected.and_then(|it| finite(Some(it))), Some(value)) {
            self.differs = Some(row);
        }
    }

    fn judge(&self, table: &str) -> Result<(), String> {
        let mut own = Sum::default();
        self.values.iter().filter_map(|value| finite(*value)).for_each(|value| own.add(value));
        let Self { label, seen, .. } = self;
        if let Some(row) = self.differs {
            return Err(format!(
                "table `{table}`, column `{label}`: {seen} in the file, {own} in the report; the first difference is in row {}",
                row + 1
            ));
        }
        if seen.count != own.count || !same(Some(own.sum), Some(seen.sum)) {
            return Err(format!(
                "table `{table}`, column `{label}`: {seen} in the file, {own} in the report"
            ));
        }
        if !same(self.total, self.seen_total) {
            let said =
                |total: Option<f64>| total.map_or_else(|| "none".to_owned(), |total| total.to_string());
            return Err(format!(
                "table `{table}`, column `{label}`: its total is {} in the file, {} in the report",
                said(self.seen_total),
                said(self.total)
            ));
        }
        Ok(())
    }
}

/// Digits that a file has stand for the same number: a difference in the last place shown is many times as large.
fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 4.0 * f64::EPSILON * one.abs().max(other.abs()),
        (None, None) => true,
        _ => false,
    }
}

/// What is no number leaves an empty cell.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn columns(table: &Table) -> Vec<Numbers<'_>> {
    let numbers = table.columns.iter().enumerate().filter_map(|(at, column)| {
        let Values::Number(values) = &column.values else { return None };
        let total = match table.totals.as_ref().and_then(|totals| totals.get(at)?.as_ref()) {
            Some(Value::Number(total)) => finite(Some(*total)),
            _ => None,
        };
        Some(Numbers::new(at, &column.label, values.into(), total))
    });
    numbers.collect()
}

/// The subtotals of a table that have numbers, the outer ones first.
fn subtotals(table: &Table, columns: &[Numbers<'_>]) -> Vec<Subtotal> {
    let mut groups: Vec<_> = table.groups.iter().collect();
    groups.sort_by_key(|group| group.level);
    let one = |group: &&RowGroup| {
        let number = |at: usize| match group.cells.get(at).and_then(Option::as_ref) {
            Some(Value::Number(number)) => finite(Some(*number)),
            _ => None,
        };
        let name = match group.cells.get(group.level).and_then(Option::as_ref) {
            Some(Value::Text(text)) => text.clone(),
            other => format!("{other:?}"),
        };
        let expected: Vec<Option<f64>> = columns.iter().map(|column| number(column.at)).collect();
        Subtotal { name, seen: vec![None; expected.len()], expected }
    };
    let has_numbers = |subtotal: &Subtotal| subtotal.expected.iter().any(Option::is_some);
    groups.iter().map(one).filter(has_numbers).collect()
}

/// Rows with a value in some column.
fn filled(table: &Table) -> usize {
    let is_there = |values: &Values, row: usize| match values {
        Values::Text(values) => values.get(row).is_some_and(Option::is_some),
        Values::Number(values) => values.get(row).is_some_and(Option::is_some),
        Values::Date(values) => values.get(row).is_some_and(Option::is_some),
        Values::DateTime(values) => values.get(row).is_some_and(Option::is_some),
        Values::Boolean(values) => values.get(row).is_some_and(Option::is_some),
    };
    (0..table.len()).filter(|row| table.columns.iter().any(|column| is_there(&column.values, *row))).count()
}

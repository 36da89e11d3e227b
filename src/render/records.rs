//! What CSV and Parquet have in common: the rows of a section in columns, each with a name for people and one for programs.
//! Never: a format's bytes.

use super::tabular::{Grid, unique_headings};
use crate::definition::Language;
use crate::document::{Body, Display, Section, Table, Value, Values};
use std::borrow::Cow;

/// The rows of a section.
pub(super) struct Records<'d> {
    pub(super) columns: Vec<RecordColumn<'d>>,
    /// One value a column, where the section has totals.
    pub(super) totals: Option<&'d [Option<Value>]>,
}

/// A column of them.
pub(super) struct RecordColumn<'d> {
    /// What programs call it; unique.
    pub(super) id: String,
    /// What people call it; unique.
    pub(super) label: String,
    /// How its values are shown; `None`: each in a way of its own.
    pub(super) display: Option<&'d Display>,
    pub(super) is_dimension: bool,
    pub(super) values: Cow<'d, Values>,
}

impl<'d> Records<'d> {
    /// What a section has in rows; `None` for charts and texts.
    pub(super) fn of(section: &'d Section, language: Language) -> Option<Self> {
        match &section.body {
            Body::Kpis(tiles) => Some(Self::of_tiles(&Grid::with_ids(tiles, language))),
            Body::Table(table) => Some(Self::of_table(table)),
            Body::Chart(_) | Body::Text(_) => None,
        }
    }

    fn of_table(table: &'d Table) -> Self {
        let labels = unique_headings(table.columns.iter().map(|column| column.label.as_str()));
        let ids = unique_headings(table.columns.iter().map(|column| column.id.as_str()));
        let columns = table.columns.iter().zip(ids).zip(labels).map(|((column, id), label)| RecordColumn {
            id,
            label,
            display: Some(&column.display),
            is_dimension: column.is_dimension,
            values: Cow::Borrowed(&column.values),
        });
        Self { columns: columns.collect(), totals: table.totals.as_deref() }
    }

    fn of_tiles(grid: &Grid) -> Self {
        let column = |(at, (id, label)): (usize, (&String, &String))| {
            let cells = || grid.rows.iter().filter_map(|row| row.get(at));
            // What a column holds follows from which it is, never from the values that happen to be there.
            let is_text = ["label", "unit", "id"].contains(&id.as_str());
            let values = if is_text {
                Values::Text(cells().map(|cell| text(cell.value.as_ref())).collect())
            } else {
                Values::Number(cells().map(|cell| number(cell.value.as_ref())).collect())
            };
            RecordColumn {
                id: id.clone(),
                label: label.clone(),
                display: None,
                is_dimension: is_text,
                values: Cow::Owned(values),
            }
        };
        let names = grid.ids.iter().zip(&grid.headings);
        Self { columns: names.enumerate().map(column).collect(), totals: None }
    }

    /// How many there are, without the totals.
    pub(super) fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    if let Some(Value::Text(text)) = value { Some(text.clone()) } else { None }
}

fn number(value: Option<&Value>) -> Option<f64> {
    if let Some(Value::Number(number)) = value { Some(*number) } else { None }
}

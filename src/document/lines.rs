//! A table line by line, as it is read: rows, the subtotals of the groups that end with them, and totals. Never: how a line looks.

use super::{Column, Table, Value};
use std::ops::Range;

/// Rows that follow each other and have the same leading values, with what they come to.
#[derive(Debug, Clone, PartialEq)]
pub struct RowGroup {
    /// How many columns more than the first tell it from others: 0 where the first alone does.
    pub level: usize,
    /// Its rows.
    pub rows: Range<usize>,
    /// Are all rows of the group shown? Else its subtotals are of more than these.
    pub is_whole: bool,
    /// Its subtotals, recomputed from rows of the source: one value a column; in the columns that tell the group their values.
    pub cells: Vec<Option<Value>>,
}

impl RowGroup {
    /// A single row is its own subtotal.
    #[must_use]
    pub fn repeats_its_row(&self) -> bool {
        self.is_whole && self.rows.len() == 1
    }
}

/// A line of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// One of the rows.
    Row(usize),
    /// The subtotals of a group, by its place among the groups.
    Subtotal(usize),
    /// The totals.
    Total,
}

impl Table {
    /// Rows and subtotals in the order in which people read them, each group's subtotals behind its last row; without the totals. A
    /// group of one row has no subtotals here, nor has one whose subtotals the next line says again, of the group around it.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let mut groups = self.groups.iter().enumerate().peekable();
        (0..self.len()).flat_map(move |row| {
            let mut lines = vec![Line::Row(row)];
            while let Some((at, group)) = groups.next_if(|(_, group)| group.rows.end <= row + 1) {
                if !group.repeats_its_row() && !self.is_said_by_the_next(at) {
                    lines.push(Line::Subtotal(at));
                }
            }
            lines
        })
    }

    /// Does the group around this one hold it alone, with the same numbers and signs? Two lines under each other would say one thing.
    fn is_said_by_the_next(&self, at: usize) -> bool {
        let (Some(group), Some(around)) = (self.groups.get(at), self.groups.get(at + 1)) else {
            return false;
        };
        // Rows that a limit or a condition leaves out, or a target of its own, make it another line.
        let (own, of_around) = (Line::Subtotal(at), Line::Subtotal(at + 1));
        let is_same = |(place, column): (usize, &Column)| {
            column.is_dimension
                || (group.cells.get(place) == around.cells.get(place)
                    && column.verdict(own) == column.verdict(of_around))
        };
        around.level < group.level
            && around.rows == group.rows
            && self.columns.iter().enumerate().all(is_same)
    }

    /// The value of a column in a line.
    #[must_use]
    pub fn value(&self, column: usize, line: Line) -> Option<Value> {
        match line {
            Line::Row(row) => self.columns.get(column)?.values.get(row),
            Line::Subtotal(group) => self.groups.get(group)?.cells.get(column)?.clone(),
            Line::Total => self.totals.as_ref()?.get(column)?.clone(),
        }
    }

    /// For each row, how many of the leading columns have the same values as in the row before: these need not be said again.
    #[must_use]
    pub fn repeated(&self) -> Vec<usize> {
        let levels = self.groups.iter().map(|group| group.level + 1).max().unwrap_or(0);
        let mut repeated = vec![levels; self.len()];
        for group in &self.groups {
            if let Some(first) = repeated.get_mut(group.rows.start) {
                *first = group.level.min(*first);
            }
        }
        repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Bound, Side, ValueFormat};
    use crate::document::marks::{Judged, Mark, Rule};
    use crate::document::{Display, Values, Verdict};

    fn texts(id: &str, values: &[&str]) -> Column {
        let values = values.iter().map(|text| Some((*text).to_owned())).collect();
        Column::new(id, id, Display::Text, true, Values::Text(values))
    }

    fn group(level: usize, rows: Range<usize>) -> RowGroup {
        RowGroup { level, rows, is_whole: true, cells: vec![None, None, None] }
    }

    #[test]
    fn inner_subtotals_stand_before_outer_ones_and_a_group_of_one_row_has_none() {
        let columns = vec![
            texts("region", &["A", "A", "A", "B", "B"]),
            texts("team", &["x", "x", "y", "z", "z"]),
            texts("seller", &["1", "2", "3", "4", "5"]),
        ];
        let groups = vec![group(1, 0..2), group(1, 2..3), group(0, 0..3), group(1, 3..5), group(0, 3..5)];
        let table = Table { groups, ..Table::new(columns, None) };
        let lines: Vec<Line> = table.lines().collect();
        use Line::{Row, Subtotal};
        assert_eq!(
            lines,
            [Row(0), Row(1), Subtotal(0), Row(2), Subtotal(2), Row(3), Row(4), Subtotal(4)],
            "the only team of a region has the region's subtotals"
        );
        assert_eq!(table.repeated(), [0, 2, 1, 0, 2]);
    }

    #[test]
    fn the_only_group_of_another_has_subtotals_of_its_own_where_they_or_their_signs_differ() {
        let number = |value: f64| Some(Value::Number(value));
        let column = |mark: Option<Mark>| {
            let display = Display::Number { format: ValueFormat::Integer, currency: None };
            let values = Values::Number(vec![Some(3.0), Some(4.0)]);
            Column { mark, ..Column::new("n", "N", display, false, values) }
        };
        let table = |inner: f64, outer: f64, mark: Option<Mark>| {
            let columns = vec![
                texts("region", &["A", "A"]),
                texts("team", &["x", "x"]),
                texts("seller", &["1", "2"]),
                column(mark),
            ];
            let of = |level: usize, value: f64| RowGroup {
                cells: vec![None, None, None, number(value)],
                ..group(level, 0..2)
            };
            Table { groups: vec![of(1, inner), of(0, outer)], ..Table::new(columns, None) }
        };
        let subtotals = |table: &Table| -> Vec<Line> {
            table.lines().filter(|line| matches!(line, Line::Subtotal(_))).collect()
        };
        assert_eq!(subtotals(&table(7.0, 7.0, None)), [Line::Subtotal(1)]);
        // A limit leaves out another team of the region.
        assert_eq!(subtotals(&table(7.0, 9.0, None)), [Line::Subtotal(0), Line::Subtotal(1)]);
        let judged = Mark::Judged(Judged {
            by: Rule::Bounds(vec![Bound { side: Side::From, at: 1.0, is_good: true }]),
            rows: vec![Verdict::Neutral; 2],
            subtotals: vec![Verdict::Good, Verdict::Bad],
            total: Verdict::Neutral,
        });
        assert_eq!(subtotals(&table(7.0, 7.0, Some(judged))), [Line::Subtotal(0), Line::Subtotal(1)]);
    }
}

//! What stands below the rows of a table: totals and subtotals, as formulas where they are sums of these rows, else as values. The
//! value that a formula is written with is the document's own, so that every reader shows the same.

use super::marks::judged_format;
use super::names::letters;
use super::widths::{make_room_for, set_heading_height};
use super::writer::{Writer, col, row};
use crate::document::{Column, Display, Line, RowGroup, Table, Value, Values, Word};
use rust_xlsxwriter::{Formula, XlsxError};
use std::collections::HashSet;
use std::ops::Range;

/// How near a sum of rows comes to a total that it is the same as: binary fractions do not sum to the last digit.
const SAME: f64 = 1e-12;

/// Where the rows of a table stand on its sheet.
pub(super) struct Placed<'a> {
    pub(super) table: &'a Table,
    /// The first row, from 0.
    pub(super) first: usize,
    /// All rows of the table stand on this sheet, and are few enough for formulas that look at each.
    pub(super) is_whole: bool,
    pub(super) is_small: bool,
}

/// What was written.
#[derive(Default)]
pub(super) struct Below {
    /// The first free row.
    pub(super) next: usize,
    /// Columns that have a total, each with its row.
    pub(super) totals: Vec<(usize, usize)>,
    /// Some total is no sum of the rows that are shown.
    pub(super) has_values: bool,
}

impl Placed<'_> {
    /// Writes the totals in a row.
    pub(super) fn totals(&self, to: &mut Writer<'_>, at: usize) -> Result<Below, XlsxError> {
        let mut below = Below { next: at, ..Below::default() };
        let Some(totals) = &self.table.totals else { return Ok(below) };
        below.next += 1;
        for (number, column) in self.table.columns.iter().enumerate() {
            let total = totals.get(number).and_then(Option::as_ref);
            if total.is_none() && number == 0 && column.is_dimension {
                let label = to.word(Word::Total);
                to.out.write_string_with_format(row(at)?, 0, label, &to.styles.total(&Display::Text))?;
                continue;
            }
            let format = to.styles.total(&column.display);
            let format = judged_format(format, &column.display, column.verdict(Line::Total), to.styles);
            match total {
                Some(Value::Number(total))
                    if self.is_whole && sums_to(column, 0..self.table.len(), *total) =>
                {
                    let (top, bottom) = (self.first + 1, self.first + self.table.len());
                    let letters = letters(number);
                    // 109: of the rows that a filter leaves.
                    let formula = Formula::new(format!("SUBTOTAL(109,{letters}{top}:{letters}{bottom})"));
                    let formula = formula.set_result((total + 0.0).to_string());
                    to.out.write_formula_with_format(row(at)?, col(number)?, formula, &format)?;
                    below.totals.push((number, at));
                }
                value => {
                    to.value((row(at)?, col(number)?), value, &format)?;
                    if matches!(value, Some(Value::Number(_))) {
                        below.totals.push((number, at));
                        below.has_values |= !self.table.is_empty();
                    }
                }
            }
        }
        Ok(below)
    }

    /// Writes the subtotals of all groups under each other, the outer ones first, below a heading.
    pub(super) fn subtotals(
        &self,
        to: &mut Writer<'_>,
        at: usize,
        (headings, widths): (&[String], &[usize]),
    ) -> Result<Below, XlsxError> {
        let table = self.table;
        let mut below = Below { next: at, ..Below::default() };
        let depth = table.groups.iter().map(|group| group.level + 1).max().unwrap_or(0);
        if depth == 0 {
            return Ok(below);
        }
        let heading = to.word(Word::Subtotals);
        to.out.write_string_with_format(row(at)?, 0, heading, &to.styles.block)?;
        for (number, column) in table.columns.iter().enumerate() {
            let format =
                if column.display.is_number() { &to.styles.header_number } else { &to.styles.header };
            let is_told = number < depth || !column.is_dimension;
            let text = headings.get(number).filter(|_| is_told).map_or("", String::as_str);
            to.out.write_string_with_format(row(at + 1)?, col(number)?, text, format)?;
        }
        set_heading_height(to.out, at + 1, headings, widths)?;
        below.next = at + 2;
        for level in 0..depth {
            let names_differ = self.names_differ(level);
            for (number, group) in table.groups.iter().enumerate().filter(|(_, group)| group.level == level) {
                let by_rows = names_differ && self.is_whole && self.is_small;
                below.has_values |= self.subtotal(to, below.next, (number, group), by_rows)?;
                make_room_for(to.out, below.next, &group.cells, widths)?;
                below.next += 1;
            }
        }
        Ok(below)
    }

    /// Writes one; tells whether some of it is no sum of the rows that are shown.
    fn subtotal(
        &self,
        to: &mut Writer<'_>,
        at: usize,
        (number, group): (usize, &RowGroup),
        by_rows: bool,
    ) -> Result<bool, XlsxError> {
        let mut has_values = false;
        for (column_number, column) in self.table.columns.iter().enumerate() {
            let format = to.styles.subtotal(&column.display);
            let verdict = column.verdict(Line::Subtotal(number));
            let format = judged_format(format, &column.display, verdict, to.styles);
            let value = group.cells.get(column_number).and_then(Option::as_ref);
            match value {
                Some(Value::Number(sum)) if by_rows && sums_to(column, group.rows.clone(), *sum) => {
                    let formula = Formula::new(self.sum_by_names(column_number, group.level, at));
                    let formula = formula.set_result((sum + 0.0).to_string());
                    to.out.write_formula_with_format(row(at)?, col(column_number)?, formula, &format)?;
                }
                value => {
                    to.value((row(at)?, col(column_number)?), value, &format)?;
                    has_values |= matches!(value, Some(Value::Number(_)));
                }
            }
        }
        Ok(has_values)
    }

    /// The rows whose leading values are those that stand in the subtotals' own row: it holds however rows are sorted.
    fn sum_by_names(&self, column: usize, level: usize, at: usize) -> String {
        let (top, bottom) = (self.first + 1, self.first + self.table.len());
        let range = |column: usize| format!("{0}${top}:{0}${bottom}", letters(column));
        let names: Vec<String> =
            (0..=level).map(|name| format!("{},{}{}", range(name), letters(name), at + 1)).collect();
        format!("SUMIFS({},{})", range(column), names.join(","))
    }

    /// Does a comparison of names, as Excel makes it, find each group's own rows and no others? It knows no case, and some signs
    /// stand for others in it.
    fn names_differ(&self, level: usize) -> bool {
        let mut seen = HashSet::new();
        let is_plain = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => {
                let first = text.chars().next();
                // What has digits may be read as a number or as a date: `nov 2026`.
                first.is_some_and(|c| c.is_alphabetic() || c == '(')
                    && !text.contains(char::is_numeric)
                    && !text.contains(['*', '?', '~'])
                    && text.chars().count() < 200
                    && text.trim() == text
                    && !matches!(text.to_lowercase().as_str(), "true" | "false")
            }
            Some(Value::Date(_)) => true,
            _ => false,
        };
        self.table.groups.iter().filter(|group| group.level == level).all(|group| {
            let names: Vec<Option<&Value>> =
                (0..=level).map(|at| group.cells.get(at).and_then(Option::as_ref)).collect();
            let folded: Vec<String> = names
                .iter()
                .map(|name| match name {
                    Some(Value::Text(text)) => text.to_lowercase(),
                    other => format!("{other:?}"),
                })
                .collect();
            names.iter().all(|name| is_plain(*name)) && seen.insert(folded)
        })
    }
}

/// Is a total the sum of these rows as they are shown? Only then a formula would say the same.
fn sums_to(column: &Column, rows: Range<usize>, total: f64) -> bool {
    let Values::Number(values) = &column.values else { return false };
    if !column.is_sum {
        return false;
    }
    let there = || values.get(rows.clone()).into_iter().flatten().copied().flatten();
    let sum: f64 = there().sum();
    there().next().is_some() && (sum - total).abs() <= SAME * total.abs().max(there().map(f64::abs).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Option<f64>], is_sum: bool) -> Column {
        let display = Display::Number { format: crate::definition::ValueFormat::Currency(2), currency: None };
        Column { is_sum, ..Column::new("v", "v", display, false, Values::Number(values.to_vec())) }
    }

    #[test]
    fn a_total_is_a_formula_only_where_it_is_the_sum_of_the_rows_shown() {
        let cents = vec![Some(0.1); 1000];
        assert!(sums_to(&column(&cents, true), 0..1000, 100.0), "binary fractions");
        assert!(!sums_to(&column(&cents, true), 0..1000, 100.01), "a cent is a difference");
        assert!(!sums_to(&column(&cents, false), 0..1000, 100.0), "a ratio is no sum");
        assert!(!sums_to(&column(&cents, true), 0..999, 100.0), "a row is cut");
        assert!(!sums_to(&column(&[None, None], true), 0..2, 0.0), "of nothing there is no sum");
        assert!(sums_to(&column(&[Some(5.0), None, Some(-5.0)], true), 0..3, 0.0));
    }

    #[test]
    fn subtotals_are_found_by_name_only_where_excel_tells_the_names_apart_as_they_are() {
        let by_name = |names: &[&str]| {
            let texts = names.iter().map(|name| Some((*name).to_owned())).collect();
            let dimension = Column::new("team", "Equipo", Display::Text, true, Values::Text(texts));
            let group = |(row, name): (usize, &&str)| RowGroup {
                level: 0,
                rows: row..row + 1,
                is_whole: true,
                cells: vec![Some(Value::Text((*name).to_owned()))],
            };
            let groups = names.iter().enumerate().map(group).collect();
            let table = Table { groups, ..Table::new(vec![dimension], None) };
            Placed { table: &table, first: 1, is_whole: true, is_small: true }.names_differ(0)
        };
        assert!(by_name(&["Norte", "Peñalolén–Ñuñoa", "(sin equipo)"]));
        for names in [
            ["Norte", "NORTE"],
            ["A*", "Sur"],
            ["¿Qué?", "Sur"],
            [">5", "Sur"],
            ["nov 2026", "dic 2026"],
            ["12", "Sur"],
            ["", "Sur"],
        ] {
            assert!(!by_name(&names), "{names:?}");
        }
    }
}

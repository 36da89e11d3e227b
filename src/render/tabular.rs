//! What CSV, Excel and Parquet share: tiles as rows, and headings that are unique. Never: a format's bytes.

use crate::definition::{Comparison, Language, ValueFormat};
use crate::document::{Display, Kpi, Value, Word};
use std::collections::HashSet;

/// Rows whose cells are each shown in a way of their own.
pub(super) struct Grid {
    /// Unique headings, one a column.
    pub(super) headings: Vec<String>,
    /// What programs call the columns.
    pub(super) ids: Vec<String>,
    /// Rows, each as long as the headings.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell.
pub(super) struct Cell {
    pub(super) value: Option<Value>,
    pub(super) display: Display,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: (!text.is_empty()).then_some(Value::Text(text)), display: Display::Text }
    }
    fn number(number: Option<f64>, display: &Display) -> Self {
        Self { value: number.map(Value::Number), display: display.clone() }
    }
}

impl Grid {
    /// One row a tile: label, value, and for each thing it is held against the reference, the difference and the
    /// relative change. The columns depend on what the tiles are held against, not on the values.
    pub(super) fn of(tiles: &[Kpi], language: Language) -> Self {
        Self::build(tiles, language, false)
    }

    /// The same with what a program needs: the unit of the numbers and, last, the metric's id.
    pub(super) fn with_ids(tiles: &[Kpi], language: Language) -> Self {
        Self::build(tiles, language, true)
    }

    fn build(tiles: &[Kpi], language: Language, ids: bool) -> Self {
        let mut against: Vec<(Comparison, &str)> = Vec::new();
        for change in tiles.iter().flat_map(|tile| &tile.changes) {
            if against.iter().all(|(with, _)| *with != change.with) {
                against.push((change.with, &change.against));
            }
        }
        let mut headings =
            vec![Word::Metric.in_language(language).to_owned(), Word::Value.in_language(language).to_owned()];
        let mut names = vec!["label".to_owned(), "value".to_owned()];
        if ids {
            headings.push(Word::Unit.in_language(language).to_owned());
            names.push("unit".to_owned());
        }
        for (with, other) in &against {
            headings.push(capitalized(other));
            headings.push(format!("{} ({other})", Word::Difference.in_language(language)));
            headings.push(format!("{} ({other})", Word::RelativeChange.in_language(language)));
            // As the columns of a table that are compared are called.
            let with_word = with.word();
            names.extend([
                with_word.to_owned(),
                format!("{with_word}_change"),
                format!("{with_word}_relative"),
            ]);
            if *with == Comparison::Target {
                headings.push(capitalized(Word::Attainment.in_language(language)));
                names.push("attainment".to_owned());
            }
        }
        if ids {
            headings.push("id".to_owned());
            names.push("id".to_owned());
        }
        let rows = tiles.iter().map(|tile| row(tile, &against, ids)).collect();
        Self { headings: unique_headings(headings.iter().map(String::as_str)), ids: names, rows }
    }
}

fn row(tile: &Kpi, against: &[(Comparison, &str)], ids: bool) -> Vec<Cell> {
    let difference = match &tile.display {
        Display::Number { format, currency } => {
            Display::Difference { format: *format, currency: currency.clone() }
        }
        other => other.clone(),
    };
    let percent = Display::Number { format: ValueFormat::Percent(1), currency: None };
    let mut cells = vec![Cell::text(tile.label.as_str()), Cell::number(tile.value, &tile.display)];
    if ids {
        cells.push(Cell::text(unit(&tile.display)));
    }
    for (with, _) in against {
        let change = tile.changes.iter().find(|c| c.with == *with);
        cells.push(Cell::number(change.and_then(|c| c.reference), &tile.display));
        cells.push(Cell::number(change.and_then(|c| c.absolute), &difference));
        cells.push(Cell::number(change.and_then(|c| c.relative), &Display::Relative));
        if *with == Comparison::Target {
            cells.push(Cell::number(change.and_then(|c| c.attainment), &percent));
        }
    }
    if ids {
        cells.push(Cell::text(tile.metric.as_str()));
    }
    cells
}

/// The unit of bare numbers, the same in every language: empty for counts, an ISO 4217 code, `ratio`, `h`, `min`, `d`.
/// A difference has that of what it is a difference of.
pub(super) fn unit(display: &Display) -> &str {
    let (format, currency) = match display {
        Display::Number { format, currency } | Display::Difference { format, currency } => (format, currency),
        Display::Relative => return "ratio",
        Display::Text | Display::Date | Display::DateTime | Display::Boolean => return "",
    };
    match format {
        ValueFormat::Currency(_) => currency.as_deref().unwrap_or(""),
        ValueFormat::Percent(_) => "ratio",
        ValueFormat::Hours(_) => "h",
        ValueFormat::Minutes(_) => "min",
        ValueFormat::Days(_) => "d",
        ValueFormat::Integer | ValueFormat::Decimal(_) => "",
    }
}

/// How many decimals its numbers have at most, as numbers: a share of 85.3 % is 0.853. `None` for what is no number.
pub(super) fn decimals(display: &Display) -> Option<u8> {
    match display {
        Display::Number { format, .. } | Display::Difference { format, .. } => Some(match format {
            ValueFormat::Integer => 0,
            ValueFormat::Percent(n) => n.saturating_add(2),
            ValueFormat::Decimal(n)
            | ValueFormat::Currency(n)
            | ValueFormat::Hours(n)
            | ValueFormat::Minutes(n)
            | ValueFormat::Days(n) => *n,
        }),
        Display::Relative => Some(3),
        Display::Text | Display::Date | Display::DateTime | Display::Boolean => None,
    }
}

/// The text with its first letter in upper case.
pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Headings in order, none empty and none equal to another in any case: readers that take rows as maps lose a column
/// otherwise, and Excel refuses a table.
pub(super) fn unique_headings<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    labels
        .enumerate()
        .map(|(at, label)| {
            let base = if label.trim().is_empty() { format!("#{}", at + 1) } else { label.to_owned() };
            let mut heading = base.clone();
            let mut copy = 1;
            while !seen.insert(heading.to_lowercase()) {
                copy += 1;
                heading = format!("{base} ({copy})");
            }
            heading
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unique_headings;

    #[test]
    fn headings_that_are_equal_in_any_case_are_numbered_and_empty_ones_named() {
        let headings = unique_headings(["Total", "total", "", "Total (2)", "Ñandú"].into_iter());
        assert_eq!(headings, ["Total", "total (2)", "#3", "Total (2) (2)", "Ñandú"]);
    }
}

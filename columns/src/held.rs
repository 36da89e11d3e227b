//! A column as it is held: row by row, or each different value once.

use crate::Grouping;
use polars::prelude::*;

/// A column: its values row by row, or each different value once and for each row the number of its own.
#[derive(Debug, Clone)]
pub enum Held {
    /// Row by row.
    Plain(Column),
    /// The values under the numbers of the rows.
    Numbered {
        /// Of each row, the place of its value.
        numbers: Vec<u32>,
        /// The values, absence among them if some row has none. None of them need be different from all others.
        values: Column,
    },
}

impl Held {
    /// The same column, of these rows and of those that follow them.
    ///
    /// # Errors
    /// Columns of two types.
    pub fn followed_by(self, other: Self) -> PolarsResult<Self> {
        let (mut numbers, values, more, their_values) = match (self, other) {
            (Self::Numbered { numbers, values }, Self::Numbered { numbers: more, values: their_values }) => {
                (numbers, values, more, their_values)
            }
            (one, other) => {
                let mut all = one.spelled()?;
                all.append_owned(other.spelled()?)?;
                return Ok(Self::Plain(all.as_materialized_series().rechunk().into_column()));
            }
        };
        let mut all = values.clone();
        all.append(&their_values)?;
        let same = Grouping::of_column(&all)?;
        let of_values = same.numbers().unwrap_or_default();
        // The first part's own values come first, and are all different: their numbers stay.
        let theirs = of_values.get(values.len()..).unwrap_or_default();
        numbers.extend(more.iter().map(|number| theirs.get(*number as usize).copied().unwrap_or_default()));
        Ok(Self::Numbered { numbers, values: same.firsts(&all)? })
    }

    /// The column, row by row.
    pub(crate) fn spelled(self) -> PolarsResult<Column> {
        match self {
            Self::Plain(column) => Ok(column),
            Self::Numbered { numbers, values } => values.take(&IdxCa::from_vec(PlSmallStr::EMPTY, numbers)),
        }
    }
}

/// Do so many different values repeat in so many rows often enough for numbers to be less than the texts?
pub(crate) fn repeats(values: usize, rows: usize) -> bool {
    values.saturating_mul(2) <= rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;
    use crate::frame::tests::table;

    #[test]
    fn a_table_read_in_parts_is_the_table() {
        let table = table().vstack(&table()).expect("a table").vstack(&table()).expect("a table");
        for name in ["city", "task", "score"] {
            for at in 0..=table.height() {
                let part = |from: usize, rows: usize| {
                    let part = Frame::numbered(&table.slice(i64::try_from(from).expect("few"), rows))
                        .expect("a part");
                    match part.values(name) {
                        Some(values) => Held::Numbered {
                            numbers: part.numbers(name).expect("numbers").iter().flatten().collect(),
                            values: values.clone(),
                        },
                        None => Held::Plain(part.column(name).expect("a column")),
                    }
                };
                let whole = part(0, at).followed_by(part(at, table.height() - at)).expect("one column");
                let whole = Frame::new(table.height(), vec![whole]).expect("a frame");
                let same = whole.column(name).expect("a column");
                assert!(same.equals_missing(table.column(name).expect("a column")), "{name} at {at}");
            }
        }
    }
}

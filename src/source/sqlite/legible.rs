//! Refuses a column of a SQLite file of which most values are not what it is said to hold. Never: which share that is.

use super::Reader;
use crate::definition::FrameName;
use crate::source::legible::{Judgement, Reading, judge, own_days, words};
use crate::source::select::SourceColumn;
use crate::source::{Need, SourceError};
use parte_columns::{Held, within};

impl Reader<'_> {
    /// An error when the values that could not be read are more than a remark; `example` is one of them.
    pub(super) fn hold_legible(
        &self,
        frame: FrameName,
        (from, column): (&str, &SourceColumn),
        (reading, example): (Reading, &str),
        values: &Held,
        need: &Need,
    ) -> Result<(), SourceError> {
        let Reading { readable, unreadable, .. } = reading;
        let of_period = own_days(frame, need).map_or(0, |own| within(values, &own.micros, &own.days));
        let (lost, values) = match judge(frame, &column.name, reading, of_period) {
            Judgement::Few => (false, 0),
            Judgement::Lost => (true, readable + unreadable),
            Judgement::AskWhole => {
                let whole = self
                    .values_of(from, column)
                    .map_err(|e| self.sqlite(&format!("counting {}", frame.as_str()), &e))?;
                (unreadable.saturating_mul(2) > whole, whole)
            }
        };
        if lost {
            let (what, hint) = words(frame, &column.name, (unreadable, example), values);
            return Err(self.error(what, hint.to_owned()));
        }
        Ok(())
    }

    /// How many values a column has, in rows of all times.
    fn values_of(&self, from: &str, column: &SourceColumn) -> Result<usize, rusqlite::Error> {
        let sql = format!("select count(*) from {from} where {0} is not null and {0} <> ''", column.sql);
        let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

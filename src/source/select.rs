//! The one query a frame is read with: only the columns asked for, and a range of rows that surely holds those of the periods.
//!
//! SQLite keeps instants as text in several spellings or as numbers, so the query compares only what all spellings share
//! (their leading date, the size of an epoch) with a margin of two days, and takes what does not look like an instant at all, so that
//! it can be reported. Which rows belong to a period is decided afterwards, on typed instants.

use super::Need;
use super::rows::{first_state, shifted};
use crate::calendar::Period;
use crate::definition::{FrameName, Rows};
use chrono::NaiveDate;
use rusqlite::types::Value;

/// A column of the source, ready for SQL.
#[derive(Debug, Clone)]
pub(super) struct SourceColumn {
    /// The frame's name for it.
    pub(super) name: String,
    /// The source's name, quoted.
    pub(super) sql: String,
    /// Declared as text: numbers in it are stored as digits.
    pub(super) is_text: bool,
}

/// A condition with its bound values.
#[derive(Default)]
pub(super) struct Condition {
    terms: Vec<String>,
    values: Vec<Value>,
}

/// Quotes a name for SQLite.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows of a frame that the periods can need; `finished` are status values (as written) of finished tasks.
/// `keyless`: days that are absent are asked for too. An empty condition means all rows.
pub(super) fn rows_needed(
    frame: FrameName,
    columns: &[SourceColumn],
    need: &Need,
    finished: &[&str],
    keyless: bool,
) -> Condition {
    let mut condition = Condition::default();
    let find = |name: &str| columns.iter().find(|c| c.name == name);
    match frame {
        FrameName::Tasks => {
            for rows in &need.rows {
                for period in &need.periods {
                    condition.tasks(*rows, period, &find, finished);
                }
            }
            for name in ["scheduled_at", "completed_at", "created_at"] {
                if let Some(column) = find(name) {
                    condition.odd(column);
                }
            }
        }
        FrameName::UserStates => {
            if let Some(date) = find("date") {
                for period in &need.periods {
                    let before = shifted(period.from(), -1);
                    let in_a_row =
                        need.rows.iter().any(|rows| *rows == Rows::Days || rows.window().is_some());
                    if in_a_row {
                        condition.days(date, before.min(first_state(need, period)), period.to());
                    } else {
                        condition.days(date, before, period.from());
                        condition.days(date, period.last(), period.to());
                    }
                }
                condition.odd(date);
                if keyless {
                    condition.terms.push(format!("{0} is null or {0} = ''", date.sql));
                }
            }
        }
        FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {}
    }
    condition
}

/// Rows with an instant or a day in one of these columns from two days before the first of two days to two days after the second.
pub(super) fn rows_between(columns: &[SourceColumn], (first, last): (NaiveDate, NaiveDate)) -> Condition {
    let mut condition = Condition::default();
    for column in columns {
        let ranges = condition.between(column, shifted(first, -2), shifted(last, 2));
        condition.terms.extend(ranges);
    }
    condition
}

impl Condition {
    /// The SQL after `where`, and its values.
    pub(super) fn into_parts(self) -> (Option<String>, Vec<Value>) {
        let sql = (!self.terms.is_empty()).then(|| self.terms.join(" or "));
        (sql, self.values)
    }

    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn tasks<'a>(
        &mut self,
        rows: Rows,
        period: &Period,
        find: &impl Fn(&str) -> Option<&'a SourceColumn>,
        finished: &[&str],
    ) {
        let (lo, hi) = (shifted(period.from(), -2), shifted(period.to(), 2));
        let within = match rows {
            Rows::Planned | Rows::Scheduled => "scheduled_at",
            Rows::Completed => "completed_at",
            Rows::Created => "created_at",
            Rows::Open => return self.open(shifted(period.to(), -2), hi, find, finished),
            Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days | Rows::Assigned => return,
        };
        if let Some(column) = find(within) {
            let ranges = self.between(column, lo, hi);
            self.terms.extend(ranges);
        }
    }

    /// Created before the end (or, without that, scheduled before it), and not known to be finished by then.
    fn open<'a>(
        &mut self,
        end: NaiveDate,
        hi: NaiveDate,
        find: &impl Fn(&str) -> Option<&'a SourceColumn>,
        finished: &[&str],
    ) {
        let born = match (find("created_at"), find("scheduled_at")) {
            (Some(created), Some(scheduled)) => {
                let (at, else_at) = (self.before(created, hi), self.before(scheduled, hi));
                format!("({at} or ({} is null or {} = '') and {else_at})", created.sql, created.sql)
            }
            (Some(one), None) | (None, Some(one)) => self.before(one, hi),
            (None, None) => return,
        };
        let unfinished = find("status").map(|status| {
            let list: Vec<String> = finished.iter().map(|v| self.value((*v).to_owned())).collect();
            format!("({0} is null or {0} not in ({1}))", status.sql, list.join(", "))
        });
        let term = match (find("completed_at"), unfinished) {
            (Some(completed), unfinished) => {
                let later = self.from(completed, end);
                let not_completed = format!("({0} is null or {0} = '')", completed.sql);
                let not_completed =
                    unfinished.map_or(not_completed.clone(), |u| format!("{not_completed} and {u}"));
                format!("({born} and ({later} or {not_completed}))")
            }
            (None, Some(unfinished)) => format!("({born} and {unfinished})"),
            (None, None) => born,
        };
        self.terms.push(term);
    }

    /// One range for each way of writing an instant; an index on the column serves each.
    fn between(&mut self, column: &SourceColumn, lo: NaiveDate, hi: NaiveDate) -> Vec<String> {
        let c = &column.sql;
        let (a, b) = (self.value(lo.to_string()), self.value(hi.to_string()));
        let mut ranges = vec![format!("{c} >= {a} and {c} < {b}")];
        let (lo, hi) = (seconds(lo), seconds(hi));
        // Digits in a text column: seconds and milliseconds share their first ten digits.
        let (a, b) = (self.value(lo.to_string()), self.value(hi.to_string()));
        ranges.push(format!("{c} >= {a} and {c} < {b}"));
        if !column.is_text {
            for scale in [1, 1000] {
                let (a, b) = (self.value(lo * scale), self.value(hi * scale));
                ranges.push(format!("{c} >= {a} and {c} < {b}"));
            }
        }
        ranges
    }

    fn before(&mut self, column: &SourceColumn, hi: NaiveDate) -> String {
        // Numbers sort before any text, and digits of an epoch before any year from 2013 to 2033: a superset at most.
        let date = self.value(hi.to_string());
        format!("{} < {date}", column.sql)
    }

    fn from(&mut self, column: &SourceColumn, lo: NaiveDate) -> String {
        let c = &column.sql;
        let (date, digits) = (self.value(lo.to_string()), self.value(seconds(lo).to_string()));
        if column.is_text {
            format!("({c} >= {date} or {c} >= {digits})")
        } else {
            let number = self.value(seconds(lo));
            format!("({c} >= {date} or {c} >= {digits} or {c} >= {number})")
        }
    }

    fn days(&mut self, column: &SourceColumn, from: NaiveDate, to: NaiveDate) {
        let c = &column.sql;
        let (a, b) = (self.value(from.to_string()), self.value(to.to_string()));
        self.terms.push(format!("{c} >= {a} and {c} < {b}"));
        if !column.is_text {
            let (lo, hi) = (seconds(shifted(from, -1)), seconds(shifted(to, 1)));
            for scale in [1, 1000] {
                let (a, b) = (self.value(lo * scale), self.value(hi * scale));
                self.terms.push(format!("{c} >= {a} and {c} < {b}"));
            }
        }
    }

    /// Values that begin with no year of 1900 to 2199 (`04/03/2013`, words) and numbers too small for an epoch. Ranges, so that an
    /// index still serves; digits of an epoch in a text column fall into the first and are read too.
    fn odd(&mut self, column: &SourceColumn) {
        let c = &column.sql;
        self.terms.push(format!("{c} > '' and {c} < '190'"));
        self.terms.push(format!("{c} >= '19:' and {c} < '200'"));
        self.terms.push(format!("{c} >= '20:' and {c} < '210'"));
        self.terms.push(format!("{c} >= '21:'"));
        if !column.is_text {
            self.terms.push(format!("{c} < 100000000"));
        }
    }
}

/// Epoch seconds of a date's midnight in UTC.
fn seconds(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

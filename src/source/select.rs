//! The one query a frame is read with: only the columns asked for, and a range of rows that surely holds those of the periods.
//!
//! Texts spell instants in several ways and SQLite keeps them as numbers too, so the query compares only what all spellings share
//! (their leading date, the size of an epoch) with a margin of two days, and takes what does not look like an instant at all, so that
//! it can be reported. Columns that a server has as instants or days are compared as such. Which rows belong to a period is decided
//! afterwards, on typed instants.

use super::Need;
use super::rows::{first_state, shifted};
use crate::calendar::Period;
use crate::definition::{FrameName, Rows};
use chrono::NaiveDate;

/// What a column's values are where they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Each value has a type of its own (SQLite).
    Any,
    /// Texts; numbers in it are stored as digits.
    Text,
    /// Numbers.
    Number,
    /// Instants, or civil times.
    Instant,
    /// Civil days.
    Day,
}

/// A column of the source, ready for SQL.
#[derive(Debug, Clone)]
pub(super) struct SourceColumn {
    /// The frame's name for it.
    pub(super) name: String,
    /// The source's name, quoted, or what it is read as.
    pub(super) sql: String,
    /// What its values are.
    pub(super) form: Form,
}

/// A value that is bound to a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// The beginning of a day in UTC.
    Instant(NaiveDate),
    /// A civil day.
    Day(NaiveDate),
}

impl Bound {
    /// As it would stand in SQL.
    pub(super) fn literal(&self) -> String {
        match self {
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Whole(number) => number.to_string(),
            Self::Instant(day) => format!("'{day} 00:00:00+00'"),
            Self::Day(day) => format!("'{day}'"),
        }
    }
}

/// How a database wants its SQL.
pub(super) trait Dialect {
    /// A name, quoted.
    fn quoted(&self, name: &str) -> String;
    /// What stands in the SQL for the value of this number, counted from 1.
    fn place_of(&self, number: usize, value: &Bound) -> String;
    /// A column of texts, compared byte by byte and not as a dictionary would.
    fn bytewise(&self, sql: &str) -> String;
    /// A column of something else, as text.
    fn as_text(&self, sql: &str) -> String {
        format!("cast({sql} as text)")
    }
    /// The values of a condition that stands in the SQL twice.
    fn of_both(&self, values: Vec<Bound>) -> Vec<Bound> {
        values
    }
}

/// A condition with its bound values.
pub(super) struct Condition<'a> {
    dialect: &'a dyn Dialect,
    terms: Vec<String>,
    values: Vec<Bound>,
}

/// The rows of a frame that the periods can need; `finished` are status values (as written) of finished tasks.
/// `keyless`: days that are absent are asked for too. An empty condition means all rows.
pub(super) fn rows_needed<'a>(
    dialect: &'a dyn Dialect,
    frame: FrameName,
    columns: &[SourceColumn],
    need: &Need,
    finished: &[&str],
    keyless: bool,
) -> Condition<'a> {
    let mut condition = Condition::new(dialect);
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
                    let absent = condition.absent(date);
                    condition.terms.push(absent);
                }
            }
        }
        FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {}
    }
    condition
}

/// Rows with an instant or a day in one of these columns from two days before the first of two days to two days after the second.
pub(super) fn rows_between<'a>(
    dialect: &'a dyn Dialect,
    columns: &[SourceColumn],
    (first, last): (NaiveDate, NaiveDate),
) -> Condition<'a> {
    let mut condition = Condition::new(dialect);
    for column in columns {
        let ranges = condition.between(column, shifted(first, -2), shifted(last, 2));
        condition.terms.extend(ranges);
    }
    condition
}

impl<'a> Condition<'a> {
    fn new(dialect: &'a dyn Dialect) -> Self {
        Self { dialect, terms: Vec::new(), values: Vec::new() }
    }

    /// The SQL after `where`, and its values.
    pub(super) fn into_parts(self) -> (Option<String>, Vec<Bound>) {
        let sql = (!self.terms.is_empty()).then(|| self.terms.join(" or "));
        (sql, self.values)
    }

    fn value(&mut self, value: Bound) -> String {
        let place = self.dialect.place_of(self.values.len() + 1, &value);
        self.values.push(value);
        place
    }

    fn text(&mut self, value: impl ToString) -> String {
        self.value(Bound::Text(value.to_string()))
    }

    /// A column as its texts are compared with others.
    fn compared(&self, column: &SourceColumn) -> String {
        if column.form == Form::Text { self.dialect.bytewise(&column.sql) } else { column.sql.clone() }
    }

    /// The row has no value there.
    fn absent(&self, column: &SourceColumn) -> String {
        let c = &column.sql;
        match column.form {
            Form::Any | Form::Text => format!("({c} is null or {c} = '')"),
            Form::Number | Form::Instant | Form::Day => format!("({c} is null)"),
        }
    }

    fn tasks<'c>(
        &mut self,
        rows: Rows,
        period: &Period,
        find: &impl Fn(&str) -> Option<&'c SourceColumn>,
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
    fn open<'c>(
        &mut self,
        end: NaiveDate,
        hi: NaiveDate,
        find: &impl Fn(&str) -> Option<&'c SourceColumn>,
        finished: &[&str],
    ) {
        let born = match (find("created_at"), find("scheduled_at")) {
            (Some(created), Some(scheduled)) => {
                let (at, else_at) = (self.before(created, hi), self.before(scheduled, hi));
                format!("({at} or {} and {else_at})", self.absent(created))
            }
            (Some(one), None) | (None, Some(one)) => self.before(one, hi),
            (None, None) => return,
        };
        // In the order in which they stand in the SQL, since not every database numbers its values.
        let later = find("completed_at").map(|completed| (completed, self.from(completed, end)));
        let unfinished = find("status").map(|status| {
            let list: Vec<String> = finished.iter().map(|value| self.text(value)).collect();
            let said = match status.form {
                Form::Any | Form::Text => self.compared(status),
                Form::Number | Form::Instant | Form::Day => self.dialect.as_text(&status.sql),
            };
            format!("({} is null or {said} not in ({}))", status.sql, list.join(", "))
        });
        let term = match (later, unfinished) {
            (Some((completed, later)), unfinished) => {
                let not_completed = self.absent(completed);
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
        let c = &self.compared(column);
        let typed = match column.form {
            Form::Instant => Some((Bound::Instant(lo), Bound::Instant(hi))),
            Form::Day => Some((Bound::Day(lo), Bound::Day(hi))),
            Form::Any | Form::Text | Form::Number => None,
        };
        let mut ranges = Vec::new();
        let mut range = |it: &mut Self, lo: Bound, hi: Bound| {
            let (a, b) = (it.value(lo), it.value(hi));
            ranges.push(format!("{c} >= {a} and {c} < {b}"));
        };
        if let Some((lo, hi)) = typed {
            range(self, lo, hi);
            return ranges;
        }
        let (first, last) = (seconds(lo), seconds(hi));
        if column.form != Form::Number {
            range(self, Bound::Text(lo.to_string()), Bound::Text(hi.to_string()));
            // Digits in a text column: seconds and milliseconds share their first ten digits.
            range(self, Bound::Text(first.to_string()), Bound::Text(last.to_string()));
        }
        if column.form != Form::Text {
            for scale in [1, 1000] {
                range(self, Bound::Whole(first * scale), Bound::Whole(last * scale));
            }
        }
        ranges
    }

    fn before(&mut self, column: &SourceColumn, hi: NaiveDate) -> String {
        let c = self.compared(column);
        let end = match column.form {
            // Numbers sort before any text, and digits of an epoch before any year from 2013 to 2033: a superset at most.
            Form::Any | Form::Text => self.text(hi),
            Form::Instant => self.value(Bound::Instant(hi)),
            Form::Day => self.value(Bound::Day(hi)),
            Form::Number => {
                let (whole, thousandths) =
                    (self.value(Bound::Whole(seconds(hi))), self.value(Bound::Whole(seconds(hi) * 1000)));
                // A second of the year 5138 is a thousandth of 1973.
                let split = 100_000_000_000_i64;
                return format!("({c} < {whole} or {c} >= {split} and {c} < {thousandths})");
            }
        };
        format!("{c} < {end}")
    }

    fn from(&mut self, column: &SourceColumn, lo: NaiveDate) -> String {
        let c = self.compared(column);
        match column.form {
            Form::Instant => format!("{c} >= {}", self.value(Bound::Instant(lo))),
            Form::Day => format!("{c} >= {}", self.value(Bound::Day(lo))),
            Form::Number => format!("{c} >= {}", self.value(Bound::Whole(seconds(lo)))),
            Form::Text => format!("({c} >= {} or {c} >= {})", self.text(lo), self.text(seconds(lo))),
            Form::Any => {
                let (date, digits) = (self.text(lo), self.text(seconds(lo)));
                let number = self.value(Bound::Whole(seconds(lo)));
                format!("({c} >= {date} or {c} >= {digits} or {c} >= {number})")
            }
        }
    }

    fn days(&mut self, column: &SourceColumn, from: NaiveDate, to: NaiveDate) {
        let c = self.compared(column);
        let range = |it: &mut Self, lo: Bound, hi: Bound| {
            let (a, b) = (it.value(lo), it.value(hi));
            it.terms.push(format!("{c} >= {a} and {c} < {b}"));
        };
        match column.form {
            // An instant's day is that of its zone.
            Form::Instant => {
                range(self, Bound::Instant(shifted(from, -1)), Bound::Instant(shifted(to, 1)));
            }
            Form::Day => range(self, Bound::Day(from), Bound::Day(to)),
            Form::Any | Form::Text => {
                range(self, Bound::Text(from.to_string()), Bound::Text(to.to_string()));
            }
            Form::Number => {}
        }
        if matches!(column.form, Form::Any | Form::Number) {
            let (lo, hi) = (seconds(shifted(from, -1)), seconds(shifted(to, 1)));
            for scale in [1, 1000] {
                range(self, Bound::Whole(lo * scale), Bound::Whole(hi * scale));
            }
        }
    }

    /// Values that begin with no year of 1900 to 2199 (`04/03/2013`, words) and numbers too small for an epoch. Ranges, so that an
    /// index still serves; digits of an epoch in a text column fall into the first and are read too.
    fn odd(&mut self, column: &SourceColumn) {
        let c = &self.compared(column);
        if matches!(column.form, Form::Any | Form::Text) {
            self.terms.push(format!("{c} > '' and {c} < '190'"));
            self.terms.push(format!("{c} >= '19:' and {c} < '200'"));
            self.terms.push(format!("{c} >= '20:' and {c} < '210'"));
            self.terms.push(format!("{c} >= '21:'"));
        }
        if matches!(column.form, Form::Any | Form::Number) {
            self.terms.push(format!("{c} < 100000000"));
        }
    }
}

/// Epoch seconds of a date's midnight in UTC.
fn seconds(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

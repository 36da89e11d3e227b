//! Decides when so many values of a column cannot be read that the source is at fault, and not single rows. Never: what is told of few.
//!
//! A column whose type changed reads as nothing at all: without this a report of it would be empty, and sent.

use super::Need;
use super::shape::{column_type, kind_of};
use crate::definition::FrameName;
use parte_columns::Kind;
use polars::prelude::DataType;

/// What of a column was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Values that are what the column holds.
    pub(super) readable: usize,
    /// Values that are not; those that are absent are neither.
    pub(super) unreadable: usize,
    /// Rows read.
    pub(super) rows: usize,
}

/// What follows from values that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// They are counted, and the rest is used.
    Few,
    /// The column is not what it is said to be.
    Lost,
    /// Rows of all times were read for their odd values: it depends on how many values the whole column has.
    AskWhole,
}

/// Whether a frame's rows are found by this column: what of it does not look like an instant is read from the whole table, of whatever
/// time it may be.
fn finds_rows(frame: FrameName, column: &str) -> bool {
    match frame {
        FrameName::Tasks => matches!(column, "scheduled_at" | "completed_at" | "created_at"),
        FrameName::UserStates => column == "date",
        FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => false,
    }
}

/// Whether a period has no row but by this column.
pub(super) fn places_rows(frame: FrameName, column: &str) -> bool {
    matches!((frame, column), (FrameName::Tasks, "scheduled_at") | (FrameName::UserStates, "date"))
}

/// Judges a column of which some values could not be read; `of_period` is how many of the readable ones lie in the report's own period.
pub(super) fn judge(frame: FrameName, column: &str, read: Reading, of_period: usize) -> Judgement {
    let Reading { readable, unreadable, rows } = read;
    if readable >= unreadable || matches!(kind_of(frame, column), Kind::Text | Kind::Key) {
        Judgement::Few
    } else if finds_rows(frame, column) {
        // Old rows that somebody typed must not stop reports of rows that are well.
        let nothing_left = places_rows(frame, column) && of_period == 0;
        if nothing_left { Judgement::Lost } else { Judgement::AskWhole }
    } else if unreadable.saturating_mul(10) >= rows {
        Judgement::Lost
    } else {
        // One odd value in a column that is nearly always empty.
        Judgement::Few
    }
}

/// The days of the report's own period as the source may have rows of it: states of the day before are looked at too.
pub(super) fn own_days(frame: FrameName, need: &Need) -> Option<OwnDays> {
    let period = need.periods.first()?;
    let first = if frame == FrameName::UserStates { -1 } else { 0 };
    let day = |day: chrono::NaiveDate| (day - chrono::NaiveDate::default()).num_days();
    Some(OwnDays {
        micros: period.start().timestamp_micros()..period.end().timestamp_micros(),
        days: day(period.from()) + first..day(period.to()),
    })
}

/// A period as a column of instants or of days would hold it.
#[derive(Debug, Clone)]
pub(super) struct OwnDays {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub(super) micros: std::ops::Range<i64>,
    /// Days since 1970-01-01.
    pub(super) days: std::ops::Range<i64>,
}

/// What is wrong with a column of so many values, and what to do.
pub(super) fn words(
    frame: FrameName,
    column: &str,
    (count, example): (usize, &str),
    values: usize,
) -> (String, &'static str) {
    let kind = match column_type(frame, column) {
        DataType::Date => "a day",
        DataType::Datetime(..) => "an instant",
        DataType::String => "text",
        _ => "a number",
    };
    let what = format!(
        "{count} of {values} values of {}.{column} cannot be read as {kind}, for example `{example}`",
        frame.as_str()
    );
    let hint = match kind {
        "a day" | "an instant" if is_written_by_hand(example) => {
            "days and instants are ISO 8601 (2026-03-13T07:00:00Z); in a source of CSV files dates = \"dmy\" reads 13/03/2026 too, and \
             \"mdy\" 03/13/2026; elsewhere convert it in a `query`"
        }
        "a day" => {
            "days are written 2026-03-13; name another column under `columns`, or convert it in a `query`"
        }
        "an instant" => {
            "instants are ISO 8601 (2026-03-13T07:00:00Z) or an epoch; name another column under `columns`, or convert it \
             in a `query`"
        }
        _ => "name another column under `columns`, or convert it in a `query`; such a value counts as absent",
    };
    (what, hint)
}

/// Does it look like `13/03/2026`?
fn is_written_by_hand(example: &str) -> bool {
    let mut parts = example.splitn(3, ['/', '-', '.']);
    let mut is_number = |digits: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| {
            let count = part.bytes().take_while(u8::is_ascii_digit).count();
            digits.contains(&count)
        })
    };
    is_number(1..=2) && is_number(1..=2) && is_number(4..=4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(column: &str, readable: usize, unreadable: usize, rows: usize, of_period: usize) -> Judgement {
        judge(FrameName::Tasks, column, Reading { readable, unreadable, rows }, of_period)
    }

    #[test]
    fn a_column_most_of_whose_values_cannot_be_read_is_lost_and_a_few_of_many_are_not() {
        assert_eq!(judged("sales_amount", 400, 3, 1000, 0), Judgement::Few);
        assert_eq!(judged("sales_amount", 300, 300, 1000, 0), Judgement::Few);
        assert_eq!(judged("sales_amount", 299, 300, 1000, 0), Judgement::Lost);
        assert_eq!(judged("attempts", 0, 1, 1000, 0), Judgement::Few, "one word in an empty column");
        assert_eq!(judged("attempts", 0, 100, 1000, 0), Judgement::Lost);
    }

    #[test]
    fn a_period_without_a_readable_row_is_lost_and_old_odd_rows_are_held_against_the_whole_table() {
        assert_eq!(judged("scheduled_at", 0, 40, 40, 0), Judgement::Lost);
        assert_eq!(judged("scheduled_at", 30, 40, 70, 0), Judgement::Lost);
        assert_eq!(judged("scheduled_at", 30, 40, 70, 30), Judgement::AskWhole);
        assert_eq!(judged("scheduled_at", 40, 40, 80, 0), Judgement::Few);
        assert_eq!(judged("completed_at", 0, 40, 100, 0), Judgement::AskWhole);
    }

    #[test]
    fn text_is_never_lost() {
        assert_eq!(judged("outcome", 0, 40, 40, 0), Judgement::Few);
    }
}

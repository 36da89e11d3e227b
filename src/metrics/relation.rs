//! The relations that metrics look at: which rows of the frames belong to the period, and what is known of each.
//! Everything stays a lazy plan here.

use super::columns;
use super::held_rows::Marked;
use crate::calendar::Period;
use crate::definition::{FrameName, MetricDefinition, Rows};
use crate::source::Frames;
use chrono::Weekday;
use parte_columns::{Frame, Grouping, by_number_in, number_name};
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Instants inside metrics are UTC without a zone tag: a bound or an analyst's literal compares with them as it stands.
pub(super) const INSTANT: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

/// The frames of a source and the period they are looked at for.
pub(super) struct Relations {
    pub(super) frames: BTreeMap<FrameName, Frame>,
    pub(super) period: Period,
    pub(super) week_start: Weekday,
    /// Does a user have more than one row on some day?
    pub(super) has_repeated_states: bool,
    /// What is known of the people that a frame's numbered keys stand for, by frame and column: one value for each key.
    pub(super) people: Mutex<BTreeMap<(FrameName, String), Column>>,
}

impl Relations {
    pub(super) fn new(frames: &Frames, period: &Period, week_start: Weekday) -> PolarsResult<Self> {
        let frames: BTreeMap<FrameName, Frame> = frames
            .frames
            .iter()
            // Instants lose the tag UTC, not their value.
            .map(|(name, data)| Ok((*name, without_replaced(*name, data.without_zone_tags()?)?)))
            .collect::<PolarsResult<_>>()?;
        let has_repeated_states = match frames.get(&FrameName::UserStates) {
            Some(states) => has_repeated_states(states, period)?,
            None => false,
        };
        Ok(Self { frames, period: period.clone(), week_start, has_repeated_states, people: Mutex::default() })
    }

    /// Does the source have this column?
    pub(super) fn has(&self, (frame, column): (FrameName, &str)) -> bool {
        self.frames.get(&frame).is_some_and(|data| data.has(column))
    }

    /// What rows of this kind lack: nothing when they can be told.
    pub(super) fn missing_rows(&self, rows: Rows) -> Vec<String> {
        self.missing_of(columns::essential(rows))
    }

    /// What a column of these rows lacks: nothing when it is there.
    pub(super) fn missing_column(&self, rows: Rows, column: &str) -> Vec<String> {
        if columns::is_hidden(rows, column) {
            return vec![column.to_owned()];
        }
        match columns::ways(rows, column) {
            Some(ways) => self.missing_of(ways),
            None if self.has((columns::frame_of(rows), column)) => Vec::new(),
            None => vec![format!("{}.{column}", columns::frame_of(rows).as_str())],
        }
    }

    /// The definition by which a metric is computed over this source: its own, or the one that it has for a source without what its
    /// rows cannot be told without. A frame that is read whole and has no row is none.
    pub(super) fn way_of<'m>(&self, metric: &'m MetricDefinition) -> &'m MetricDefinition {
        let Some(otherwise) = &metric.otherwise else { return metric };
        let frame = columns::frame_of(metric.rows);
        let is_whole = !matches!(frame, FrameName::Tasks | FrameName::UserStates);
        let is_empty = is_whole && self.frames.get(&frame).is_some_and(|data| data.height() == 0);
        if is_empty || !self.missing_rows(metric.rows).is_empty() { otherwise } else { metric }
    }

    fn missing_of(&self, ways: &[&[columns::Base]]) -> Vec<String> {
        let lacks = |way: &&[columns::Base]| -> Vec<String> {
            way.iter()
                .filter(|base| !self.has(**base))
                .map(|(frame, column)| format!("{}.{column}", frame.as_str()))
                .collect()
        };
        // Of several ways, the one that lacks least is named.
        ways.iter().map(lacks).min_by_key(Vec::len).unwrap_or_default()
    }

    /// Every column that these rows can have.
    pub(super) fn all_columns(&self, rows: Rows) -> BTreeSet<String> {
        let own = self
            .frames
            .get(&columns::frame_of(rows))
            .into_iter()
            .flat_map(|data| data.names().map(ToString::to_string).collect::<Vec<_>>());
        let own = own.filter(|name| !columns::is_hidden(rows, name));
        let derived = columns::derived_names(rows)
            .filter(|name| self.missing_column(rows, name).is_empty())
            .map(str::to_owned);
        // A user has two states at the edges, and no day.
        let at_edges = |name: &String| rows == Rows::Edges && ["state", "date"].contains(&name.as_str());
        own.chain(derived).filter(|name| !at_edges(name)).collect()
    }

    /// The rows, with these columns (those that can be had), row by row.
    pub(super) fn rows(&self, rows: Rows, wanted: &BTreeSet<String>) -> PolarsResult<LazyFrame> {
        let columns = self.there(rows, wanted.iter().cloned());
        let mut plan = self.plan_of(rows, &columns, None)?;
        // A relation always has a column, so that its rows can be counted.
        if columns.is_empty() {
            plan = plan.with_row_index(ROW, None);
        }
        let list: Vec<Expr> = columns.iter().map(|name| col(name.as_str())).collect();
        Ok(plan.select(if list.is_empty() { vec![col(ROW)] } else { list }))
    }

    /// Those of the columns that can be had.
    pub(super) fn there(&self, rows: Rows, wanted: impl Iterator<Item = String>) -> BTreeSet<String> {
        wanted.filter(|name| self.missing_column(rows, name).is_empty()).collect()
    }

    /// A plan for the rows with these columns.
    pub(super) fn plan_of(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
        marked: Option<&Marked>,
    ) -> PolarsResult<LazyFrame> {
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        match rows {
            Rows::Edges => self.edges(&wanted),
            Rows::Days => self.days(&wanted, marked),
            Rows::Last7Days => self.last_days(7, &wanted),
            Rows::Last28Days => self.last_days(28, &wanted),
            Rows::Assigned => self.assigned(&wanted),
            _ => self.tasks(rows, &wanted, marked),
        }
    }

    /// A frame row by row.
    pub(super) fn frame(&self, name: FrameName) -> PolarsResult<LazyFrame> {
        let frame = self.held_frame(name)?;
        Ok(frame.plan()?.select(frame.names().map(col).collect::<Vec<_>>()))
    }

    /// A frame, with the numbers of what it holds once beside it.
    pub(super) fn numbered(&self, name: FrameName) -> PolarsResult<LazyFrame> {
        self.held_frame(name)?.plan()
    }

    pub(super) fn held_frame(&self, name: FrameName) -> PolarsResult<&Frame> {
        self.frames
            .get(&name)
            .ok_or_else(|| polars_err!(ComputeError: "the source has no frame {}", name.as_str()))
    }

    /// The values of a column of a frame, or of what is known of its people, that is held once.
    pub(super) fn values_of(&self, frame: FrameName, column: &str) -> PolarsResult<Column> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let of_people = people.get(&(frame, column.to_owned()));
        let values = of_people.or(self.held_frame(frame)?.values(column)).cloned();
        values.ok_or_else(|| polars_err!(ColumnNotFound: "{}", column))
    }

    /// What follows from one column of a frame, for each row of a plan that still has its numbers; found out once for each value.
    pub(super) fn of_value(
        &self,
        frame: FrameName,
        column: &str,
        of: impl FnOnce(&str) -> Expr,
    ) -> PolarsResult<Expr> {
        let Some(values) = self.held_frame(frame)?.values(column) else { return Ok(of(column)) };
        let table = DataFrame::new(values.len(), vec![values.clone().with_name(column.into())])?;
        // Beside the column, so that what does not depend on it is as long as it is.
        let found = table.lazy().select([col(column), of(column).alias(FOUND)]).collect()?;
        Ok(by_number_in(col(number_name(column)), found.column(FOUND)?.clone()))
    }

    /// First instant, and first one after the period, as literals.
    pub(super) fn bounds(&self) -> (Expr, Expr) {
        let instant = |at: chrono::DateTime<chrono::Utc>| lit(at.timestamp_micros()).cast(INSTANT);
        (instant(self.period.start()), instant(self.period.end()))
    }

    /// The civil day of an instant in the report's zone.
    pub(super) fn day_of(&self, instant: Expr) -> Expr {
        parte_columns::day_of(instant, self.period.zone())
    }

    /// First day of the week of a civil day, by the report's week.
    pub(super) fn week_of(&self, day: Expr) -> Expr {
        // 1970-01-01 was a Thursday, the third day after a Monday.
        let number = day.cast(DataType::Int32);
        let first = i32::try_from(self.week_start.num_days_from_monday()).unwrap_or(0);
        let since = (number.clone() + lit(10 - first)) % lit(7);
        (number - since).cast(DataType::Date)
    }

    /// First day of the month of a civil day.
    pub(super) fn month_of(day: Expr) -> Expr {
        (day.clone().cast(DataType::Int32) - day.dt().day().cast(DataType::Int32) + lit(1))
            .cast(DataType::Date)
    }
}

/// Under which a row knows its place.
pub(super) const ROW: &str = "row";
/// What was found out for a value.
const FOUND: &str = "found";

/// What a relation puts in place of a column of the frame must not find the numbers of what stood there: such a column stands row by row.
fn without_replaced(name: FrameName, frame: Frame) -> PolarsResult<Frame> {
    let is_replaced = |column: &str| {
        let is_own =
            |way: &&&[columns::Base]| matches!(**way, [(frame, own)] if *frame == name && *own == column);
        let rows = Rows::ALL.into_iter().filter(|rows| columns::frame_of(*rows) == name);
        // Where a seller has no name, the key takes its place.
        column == "seller_name"
            || rows
                .filter_map(|rows| columns::ways(rows, column))
                .any(|ways| !ways.iter().any(|way| is_own(&way)))
    };
    let replaced: Vec<String> =
        frame.all_values().keys().filter(|column| is_replaced(column)).map(ToString::to_string).collect();
    replaced.iter().try_fold(frame, |frame, column| frame.spelled(column))
}

/// Does a user have two rows on a day of the period, on the day before it, or on one of the stretches that end with it?
fn has_repeated_states(states: &Frame, period: &Period) -> PolarsResult<bool> {
    let key = ["user_id", "date"];
    if !key.iter().all(|name| states.has(name)) || !Grouping::has_repeats(states, &key)? {
        return Ok(false);
    }
    let number = |day: chrono::NaiveDate| {
        i32::try_from((day - chrono::NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
    };
    let day = || col("date").cast(DataType::Int32);
    let longest = Rows::ALL.iter().filter_map(|rows| rows.window()).max().unwrap_or(0);
    let longest = i32::try_from(longest).unwrap_or(0);
    let first = (number(period.from()) - 1).min(number(period.to()) - longest);
    let looked_at = states
        .plan()?
        .filter(day().gt_eq(lit(first)).and(day().lt(lit(number(period.to())))))
        .select([col("user_id"), col("date")])
        .collect()?;
    let all = looked_at.height();
    Ok(looked_at.lazy().unique(None, UniqueKeepStrategy::Any).collect()?.height() != all)
}

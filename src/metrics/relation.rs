//! The relations that metrics look at: which rows of the frames belong to the period, and what is known of each.
//! Everything stays a lazy plan here.

use super::columns::{self, OF_SELLER, OF_USER};
use crate::calendar::Period;
use crate::definition::{FrameName, MetricDefinition, Rows};
use crate::source::Frames;
use chrono::Weekday;
use parte_columns::Grouping;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Instants inside metrics are UTC without a zone tag: a bound or an analyst's literal compares with them as it stands.
pub(super) const INSTANT: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

/// The frames of a source and the period they are looked at for.
pub(super) struct Relations {
    pub(super) frames: BTreeMap<FrameName, DataFrame>,
    pub(super) period: Period,
    pub(super) week_start: Weekday,
    /// Does a user have more than one row on some day?
    pub(super) has_repeated_states: bool,
}

impl Relations {
    pub(super) fn new(frames: &Frames, period: &Period, week_start: Weekday) -> PolarsResult<Self> {
        let frames: BTreeMap<FrameName, DataFrame> = frames
            .frames
            .iter()
            .map(|(name, data)| Ok((*name, without_zone_tags(data)?)))
            .collect::<PolarsResult<_>>()?;
        let has_repeated_states = match frames.get(&FrameName::UserStates) {
            Some(states) => has_repeated_states(states, period)?,
            None => false,
        };
        Ok(Self { frames, period: period.clone(), week_start, has_repeated_states })
    }

    /// Does the source have this column?
    pub(super) fn has(&self, (frame, column): (FrameName, &str)) -> bool {
        self.frames.get(&frame).is_some_and(|data| data.get_column_index(column).is_some())
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
        let own = self.frames.get(&columns::frame_of(rows)).into_iter().flat_map(|data| {
            data.get_column_names().into_iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        let own = own.filter(|name| !columns::is_hidden(rows, name));
        let derived = columns::derived_names(rows)
            .filter(|name| self.missing_column(rows, name).is_empty())
            .map(str::to_owned);
        // A user has two states at the edges, and no day.
        let at_edges = |name: &String| rows == Rows::Edges && ["state", "date"].contains(&name.as_str());
        own.chain(derived).filter(|name| !at_edges(name)).collect()
    }

    /// The rows, with these columns (those that can be had).
    pub(super) fn rows(&self, rows: Rows, wanted: &BTreeSet<String>) -> PolarsResult<LazyFrame> {
        let wanted: BTreeSet<&str> = wanted
            .iter()
            .map(String::as_str)
            .filter(|name| self.missing_column(rows, name).is_empty())
            .collect();
        let plan = match rows {
            Rows::Edges => self.edges(&wanted)?,
            Rows::Days => self.days(&wanted)?,
            Rows::Last7Days => self.last_days(7, &wanted)?,
            Rows::Last28Days => self.last_days(28, &wanted)?,
            Rows::Assigned => self.assigned(&wanted)?,
            _ => self.tasks(rows, &wanted)?,
        };
        // A relation always has a column, so that its rows can be counted.
        let list: Vec<Expr> = wanted.iter().map(|name| col(*name)).collect();
        Ok(if list.is_empty() {
            plan.with_row_index("row", None).select([col("row")])
        } else {
            plan.select(list)
        })
    }

    pub(super) fn frame(&self, name: FrameName) -> PolarsResult<LazyFrame> {
        self.frames
            .get(&name)
            .map(|data| data.clone().lazy())
            .ok_or_else(|| polars_err!(ComputeError: "the source has no frame {}", name.as_str()))
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

    /// Adds what is known of the user, where it is asked for and not a column already.
    pub(super) fn with_user(&self, plan: LazyFrame, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        self.joined(plan, FrameName::Users, "user_id", &OF_USER, wanted)
    }

    /// Adds what is known of the seller, where it is asked for and not a column already.
    pub(super) fn with_seller(&self, plan: LazyFrame, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        self.joined(plan, FrameName::Sellers, "seller_id", &OF_SELLER, wanted)
    }

    /// Adds what is known of the seller and the user, and the seller's name as tables show it.
    pub(super) fn with_people(&self, plan: LazyFrame, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let mut all = wanted.clone();
        if wanted.contains("seller") {
            all.insert("seller_name");
        }
        let plan = self.with_user(self.with_seller(plan, &all)?, &all)?;
        if all.contains("seller_name") { self.with_seller_label(plan) } else { Ok(plan) }
    }

    fn joined(
        &self,
        plan: LazyFrame,
        from: FrameName,
        key: &str,
        columns: &[(&str, &str)],
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        let mut plan = plan;
        let own = plan.collect_schema()?;
        let taken: Vec<Expr> = columns
            .iter()
            .filter(|(name, written)| {
                wanted.contains(name) && !own.contains(name) && self.has((from, written))
            })
            .map(|(name, written)| col(*written).alias(*name))
            .collect();
        if taken.is_empty() || !self.has((from, key)) || !own.contains(key) {
            return Ok(plan);
        }
        // A key that occurs twice must not multiply rows: the first one counts.
        let other = self
            .frame(from)?
            .filter(col(key).is_not_null())
            .unique_stable(Some(by_name([key], true, false)), UniqueKeepStrategy::First)
            .select(std::iter::once(col(key)).chain(taken).collect::<Vec<_>>());
        Ok(plan.join(other, [col(key)], [col(key)], JoinArgs::new(JoinType::Left)))
    }
}

/// Does a user have two rows on a day of the period, on the day before it, or on one of the stretches that end with it?
fn has_repeated_states(states: &DataFrame, period: &Period) -> PolarsResult<bool> {
    let key = ["user_id", "date"];
    if !key.iter().all(|name| states.get_column_index(name).is_some()) {
        return Ok(false);
    }
    let keys = key.iter().map(|name| states.column(name).cloned()).collect::<PolarsResult<Vec<_>>>()?;
    if !Grouping::has_repeats(&keys, states.height())? {
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
        .clone()
        .lazy()
        .select([col("user_id"), col("date")])
        .filter(day().gt_eq(lit(first)).and(day().lt(lit(number(period.to())))))
        .collect()?;
    let all = looked_at.height();
    Ok(looked_at.lazy().unique(None, UniqueKeepStrategy::Any).collect()?.height() != all)
}

/// Instants lose the tag UTC, not their value.
fn without_zone_tags(data: &DataFrame) -> PolarsResult<DataFrame> {
    let columns = data
        .columns()
        .iter()
        .map(|column| match column.dtype() {
            DataType::Datetime(..) => column.cast(&DataType::Int64)?.cast(&INSTANT),
            _ => Ok(column.clone()),
        })
        .collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(data.height(), columns)
}

//! The relations that metrics look at: which rows of the frames belong to the period, and what is known of each.
//! Everything stays a lazy plan here.

use super::aggregated::as_condition;
use super::by_value::computed;
use super::columns::{self, OF_SELLER, OF_USER};
use super::query::where_;
use super::sql::OfRow;
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
    people: Mutex<BTreeMap<(FrameName, String), Column>>,
}

impl Relations {
    pub(super) fn new(frames: &Frames, period: &Period, week_start: Weekday) -> PolarsResult<Self> {
        let frames: BTreeMap<FrameName, Frame> = frames
            .frames
            .iter()
            // Instants lose the tag UTC, not their value.
            .map(|(name, data)| Ok((*name, data.without_zone_tags()?)))
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

    /// The same as far as a condition holds, with numbers in place of what is held once. Where most rows of the frame belong, all of them
    /// are given, and which ones belong: those columns need not be copied.
    pub(super) fn held_rows(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
        condition: Option<&OfRow>,
    ) -> PolarsResult<HeldRows> {
        let Some(marked) = self.marked(rows)? else {
            return self.chosen_rows(rows, wanted, condition, None);
        };
        if marked.most {
            let mut all = wanted.clone();
            all.extend(condition.iter().flat_map(|condition| condition.columns.iter().cloned()));
            let data = self.collected(
                rows,
                &all,
                self.plan_of(rows, &self.there(rows, all.iter().cloned()), Some(&marked))?,
            )?;
            match condition.map(|condition| computed(&data, &[condition])) {
                None => return Ok(HeldRows { data, belong: Some(marked.belong) }),
                Some(Ok(found)) => {
                    let holds = found.first().map(as_condition).transpose()?;
                    let belong = holds.map_or(marked.belong.clone(), |holds| &marked.belong & &holds);
                    let extra: Vec<&str> = all.difference(wanted).map(String::as_str).collect();
                    return Ok(HeldRows { data: data.without(&extra), belong: Some(belong) });
                }
                // It may fail on a row that does not belong.
                Some(Err(_)) => {}
            }
        }
        self.chosen_rows(rows, wanted, condition, Some(&Marked { most: false, ..marked }))
    }

    /// The rows alone.
    fn chosen_rows(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
        condition: Option<&OfRow>,
        marked: Option<&Marked>,
    ) -> PolarsResult<HeldRows> {
        let more = condition.iter().flat_map(|condition| &condition.columns);
        let columns = self.there(rows, wanted.iter().chain(more).cloned());
        let plan = self.plan_of(rows, &columns, marked)?;
        let plan = match condition {
            None => plan,
            Some(condition) => where_(plan, &condition.text)?,
        };
        Ok(HeldRows { data: self.collected(rows, wanted, plan)?, belong: None })
    }

    /// The columns of a plan, with numbers in place of what is held once.
    fn collected(&self, rows: Rows, wanted: &BTreeSet<String>, plan: LazyFrame) -> PolarsResult<Frame> {
        let mut plan = plan;
        let schema = plan.collect_schema()?;
        let columns = self.there(rows, wanted.iter().cloned());
        let is_numbered = |name: &&String| schema.contains(&number_name(name));
        let list: Vec<Expr> = columns
            .iter()
            .map(|name| if is_numbered(&name) { col(number_name(name)) } else { col(name.as_str()) })
            .collect();
        let plan = if list.is_empty() {
            plan.with_row_index(ROW, None).select([col(ROW)])
        } else {
            plan.select(list)
        };
        let values = columns
            .iter()
            .filter(is_numbered)
            .map(|name| Ok((name.as_str().into(), self.values_of(columns::frame_of(rows), name)?)))
            .collect::<PolarsResult<BTreeMap<PlSmallStr, Column>>>()?;
        // A join leaves rows in pieces, and Polars may take such rows apart again together with an aggregate that it has computed once
        // for several metrics: one row against many, which ends in a panic or in wrong numbers.
        let mut table = plan.collect()?;
        table.rechunk_mut_par();
        Frame::planned(table, &values)
    }

    /// Those of the columns that can be had.
    fn there(&self, rows: Rows, wanted: impl Iterator<Item = String>) -> BTreeSet<String> {
        wanted.filter(|name| self.missing_column(rows, name).is_empty()).collect()
    }

    /// A plan for the rows with these columns.
    fn plan_of(
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

    /// The frame with a mark at the rows that belong, where it depends on each row alone whether it does.
    fn marked(&self, rows: Rows) -> PolarsResult<Option<Marked>> {
        let frame = columns::frame_of(rows);
        let belongs = match rows {
            Rows::Days if !self.has_repeated_states => {
                self.between(self.period.from(), self.period.last())?
            }
            Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days | Rows::Assigned => {
                return Ok(None);
            }
            _ => self.belongs(rows),
        };
        let found = self.numbered(frame)?.select([belongs.alias(BELONGS)]).collect()?;
        let belong = as_condition(found.column(BELONGS)?)?;
        let mut frame = self.held_frame(frame)?.clone();
        frame.with_column(belong.clone().with_name(BELONGS.into()).into_series().into_column())?;
        let most = belong.sum().unwrap_or(0) as usize * 2 >= frame.height();
        Ok(Some(Marked { frame, belong, most }))
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
    fn values_of(&self, frame: FrameName, column: &str) -> PolarsResult<Column> {
        if let Some(values) = self.held_frame(frame)?.values(column) {
            return Ok(values.clone());
        }
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let values = people.get(&(frame, column.to_owned())).cloned();
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

    /// Adds what is known of the user, where it is asked for and not a column already. `frame`: the one whose rows the plan has.
    pub(super) fn with_user(
        &self,
        plan: LazyFrame,
        frame: FrameName,
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        let names: Vec<&str> = OF_USER.iter().map(|(name, _)| *name).collect();
        let joined =
            |plan, wanted: &BTreeSet<&str>| self.joined(plan, FrameName::Users, "user_id", &OF_USER, wanted);
        self.by_key(plan, (frame, "user_id"), &names, wanted, joined)
    }

    /// Adds what is known of the seller, and the seller's name as tables show it.
    fn with_seller(
        &self,
        plan: LazyFrame,
        frame: FrameName,
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        let mut all = wanted.clone();
        if wanted.contains("seller") {
            all.insert("seller_name");
        }
        let names: Vec<&str> = OF_SELLER.iter().map(|(name, _)| *name).chain(["seller"]).collect();
        let joined = |plan, wanted: &BTreeSet<&str>| {
            let plan = self.joined(plan, FrameName::Sellers, "seller_id", &OF_SELLER, wanted)?;
            if wanted.contains("seller_name") { self.with_seller_label(plan) } else { Ok(plan) }
        };
        self.by_key(plan, (frame, "seller_id"), &names, &all, joined)
    }

    /// Adds what is known of the seller and the user. `frame`: the one whose rows the plan has.
    pub(super) fn with_people(
        &self,
        plan: LazyFrame,
        frame: FrameName,
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        self.with_user(self.with_seller(plan, frame, wanted)?, frame, wanted)
    }

    /// Adds columns that follow from a key. Where the plan has the numbers of keys, and none of the columns itself, they are found out
    /// once for each key, and have the key's numbers.
    fn by_key(
        &self,
        plan: LazyFrame,
        (frame, key): (FrameName, &str),
        names: &[&str],
        wanted: &BTreeSet<&str>,
        joined: impl FnOnce(LazyFrame, &BTreeSet<&str>) -> PolarsResult<LazyFrame>,
    ) -> PolarsResult<LazyFrame> {
        let mut plan = plan;
        let own = plan.collect_schema()?;
        let numbers = number_name(key);
        // What a row itself says of its seller's name stands above what the key says.
        if !own.contains(&numbers) || names.contains(&LABELLED) && own.contains(LABELLED) {
            return joined(plan, wanted);
        }
        let wanted: BTreeSet<&str> = wanted.iter().filter(|name| !own.contains(name)).copied().collect();
        let keys = self.values_of(frame, key)?;
        let table = DataFrame::new(keys.len(), vec![keys.with_name(key.into())])?;
        let known = joined(table.lazy().with_row_index(ROW, None), &wanted)?;
        // A join says nothing of the order.
        let known = known.sort([ROW], SortMultipleOptions::default()).collect()?;
        let mut added = Vec::new();
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names.iter().filter(|name| wanted.contains(*name)) {
            let Ok(values) = known.column(name) else { continue };
            let mut values = values.clone();
            values = values.as_materialized_series().rechunk().into_column();
            added.push(col(numbers.clone()).alias(number_name(name)));
            added.push(by_number_in(col(numbers.clone()), values.clone()).alias(*name));
            people.insert((frame, (*name).to_owned()), values);
        }
        Ok(plan.with_columns(added))
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

/// The rows of a relation.
pub(super) struct HeldRows {
    pub(super) data: Frame,
    /// Which of them belong to it; `None`: all.
    pub(super) belong: Option<BooleanChunked>,
}

/// A frame in which the rows that belong to a relation are marked.
pub(super) struct Marked {
    frame: Frame,
    belong: BooleanChunked,
    /// Do the others stay in the plan, since they are few?
    most: bool,
}

impl Marked {
    pub(super) fn plan(&self) -> PolarsResult<LazyFrame> {
        let plan = self.frame.plan()?;
        Ok(if self.most { plan } else { plan.filter(col(BELONGS)) })
    }
}

/// Under which a row knows whether it belongs.
const BELONGS: &str = "\u{1}belongs";
/// Under which a row knows its place.
const ROW: &str = "row";
/// The name by which a seller is shown, with the key where it is needed to tell two apart.
const LABELLED: &str = "seller_name";
/// What was found out for a value.
const FOUND: &str = "found";

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

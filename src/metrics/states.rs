//! Relations over user states: each day of the period, and the two edges at which movements are read.

use super::columns::{ABSENT, ACTIVATED, AT_RISK, ENGAGED, STEPS};
use super::relation::{Marked, Relations};
use crate::definition::{FrameName, Rows};
use chrono::NaiveDate;
use parte_columns::{by_number_in, number_name};
use polars::prelude::*;
use std::collections::BTreeSet;

impl Relations {
    /// One row a user and day of the period.
    pub(super) fn days(&self, wanted: &BTreeSet<&str>, marked: Option<&Marked>) -> PolarsResult<LazyFrame> {
        let mut plan = match marked {
            Some(marked) => self.states_of(marked.plan()?, wanted)?,
            None => self.states_between(self.period.from(), self.period.last(), wanted)?,
        };
        plan = plan.with_columns([
            col("date").alias("day"),
            self.of_state(&ENGAGED)?.alias("is_engaged"),
            self.of_state(&AT_RISK)?.alias("is_at_risk"),
            self.of_state(&ACTIVATED)?.alias("is_activated"),
        ]);
        plan = plan.with_columns([
            self.week_of(col("day")).alias("week"),
            Self::month_of(col("day")).alias("month"),
        ]);
        if wanted.contains("engaged_days") {
            plan = plan.join(
                self.engaged_days()?,
                [col("user_id")],
                [col("user_id")],
                JoinArgs::new(JoinType::Left),
            );
            plan = plan.with_column(col("engaged_days").fill_null(lit(0_i64)));
        }
        self.with_user_columns(plan, wanted)
    }

    /// One row a user present on the day before the period or on its last day.
    pub(super) fn edges(&self, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let before = self.period.from().pred_opt().unwrap_or(self.period.from());
        let own = self.own_columns(wanted);
        let edge = |day: NaiveDate, suffix: &str| -> PolarsResult<LazyFrame> {
            let renamed = own.iter().map(|name| col(*name).alias(format!("{name}{suffix}")));
            let list: Vec<Expr> = [col("user_id"), col("state").alias(format!("state{suffix}"))]
                .into_iter()
                .chain(renamed)
                .collect();
            Ok(self.states_between(day, day, wanted)?.select(list))
        };
        let both = JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns);
        let mut plan = edge(before, "_start")?.join(
            edge(self.period.last(), "_end")?,
            [col("user_id")],
            [col("user_id")],
            both,
        );
        plan = plan.with_columns([
            col("state_start").fill_null(lit(ABSENT)),
            col("state_end").fill_null(lit(ABSENT)),
        ]);
        let mut more = vec![
            is_one_of("state_start", &ENGAGED).alias("is_engaged_start"),
            is_one_of("state_end", &ENGAGED).alias("is_engaged_end"),
            is_one_of("state_start", &AT_RISK).alias("is_at_risk_start"),
            is_one_of("state_end", &AT_RISK).alias("is_at_risk_end"),
            (step("state_end") - step("state_start")).cast(DataType::Int64).alias("steps"),
        ];
        more.extend(
            own.iter().map(|name| {
                coalesce(&[col(format!("{name}_end")), col(format!("{name}_start"))]).alias(*name)
            }),
        );
        plan = plan.with_columns(more);
        for (name, found) in [
            ("engaged_days", Self::engaged_days as fn(&Self) -> PolarsResult<LazyFrame>),
            ("reached_aha", Self::reached_aha),
            ("was_contacted", Self::contacted),
        ] {
            if wanted.contains(name) {
                plan = plan.join(
                    found(self)?,
                    [col("user_id")],
                    [col("user_id")],
                    JoinArgs::new(JoinType::Left),
                );
                let absent = if name == "engaged_days" { lit(0_i64) } else { lit(false) };
                plan = plan.with_column(col(name).fill_null(absent));
            }
        }
        self.with_user_columns(plan, wanted)
    }

    /// Columns of `user_states` beyond the documented three that are asked for.
    fn own_columns<'a>(&self, wanted: &BTreeSet<&'a str>) -> Vec<&'a str> {
        wanted
            .iter()
            .filter(|name| !["user_id", "date", "state"].contains(name))
            .filter(|name| self.has((FrameName::UserStates, name)))
            .copied()
            .collect()
    }

    /// States of these days (both included), one row a user and day. A source that says a user's state once for each segment, or
    /// twice, says it once here: the highest step counts, whatever the order of the rows.
    fn states_between(
        &self,
        first: NaiveDate,
        last: NaiveDate,
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        let plan = self.numbered(FrameName::UserStates)?.filter(self.between(first, last)?);
        let plan = self.states_of(plan, wanted)?;
        if !self.has_repeated_states {
            return Ok(plan);
        }
        let order = [self.of_value(FrameName::UserStates, "state", step)?, col("state")];
        let options = SortMultipleOptions::default().with_order_descending(true).with_nulls_last(true);
        Ok(plan
            .sort_by_exprs(order, options)
            .unique_stable(Some(by_name(["user_id", "date"], true, false)), UniqueKeepStrategy::First))
    }

    /// Does a row tell the state of a user on one of these days, both included?
    pub(super) fn between(&self, first: NaiveDate, last: NaiveDate) -> PolarsResult<Expr> {
        let number = |day: NaiveDate| {
            lit(i32::try_from((day - NaiveDate::default()).num_days()).unwrap_or(0)).cast(DataType::Date)
        };
        let mut these = col("date").gt_eq(number(first)).and(col("date").lt_eq(number(last)));
        for name in ["user_id", "state"] {
            if !self.held_frame(FrameName::UserStates)?.is_whole(name)? {
                these =
                    these.and(self.of_value(FrameName::UserStates, name, |name| col(name).is_not_null())?);
            }
        }
        Ok(these)
    }

    /// The columns of states that are asked for, each with its numbers where it is held once.
    fn states_of(&self, plan: LazyFrame, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let frame = self.held_frame(FrameName::UserStates)?;
        let own = ["user_id", "date", "state"].into_iter().chain(self.own_columns(wanted));
        let with_numbers = |name: &str| {
            let numbers = frame.values(name).map(|_| col(number_name(name)));
            std::iter::once(col(name)).chain(numbers)
        };
        Ok(plan.select(own.flat_map(with_numbers).collect::<Vec<_>>()))
    }

    fn days_of_period(&self) -> PolarsResult<LazyFrame> {
        self.states_between(self.period.from(), self.period.last(), &BTreeSet::new())
    }

    /// On how many days of the period each user was engaged.
    fn engaged_days(&self) -> PolarsResult<LazyFrame> {
        let engaged = self.days_of_period()?.filter(self.of_state(&ENGAGED)?);
        let days = self.by_user(engaged, &[len().cast(DataType::Int64).alias("engaged_days")])?;
        Ok(days.select([col("user_id"), col("engaged_days")]))
    }

    /// One row a user with a state on some of so many days that end with the period, whatever its own length.
    pub(super) fn last_days(&self, days: u32, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let first = self.period.to().checked_sub_days(chrono::Days::new(u64::from(days)));
        let states = self.states_between(first.unwrap_or(self.period.from()), self.period.last(), wanted)?;
        let engaged = self.of_state(&ENGAGED)?.cast(DataType::Int64).sum();
        // Of what else the source says of a user each day, the latest counts.
        let latest = |name: &&str| col(*name).sort_by([col("date")], SortMultipleOptions::default()).last();
        let mut known: Vec<Expr> = self.own_columns(wanted).iter().map(latest).collect();
        known.push(engaged.alias("engaged_days"));
        known.push(len().cast(DataType::Int64).alias("days_with_state"));
        let plan = self.by_user(states, &known)?;
        self.with_user_columns(plan, wanted)
    }

    /// Is a row's state one of these? Of a plan that has the numbers of states.
    fn of_state(&self, states: &[&str]) -> PolarsResult<Expr> {
        self.of_value(FrameName::UserStates, "state", |state| is_one_of(state, states))
    }

    /// Aggregates by user, of a plan that has the numbers of users: numbers are compared in place of their names.
    fn by_user(&self, states: LazyFrame, aggregates: &[Expr]) -> PolarsResult<LazyFrame> {
        let Some(users) = self.held_frame(FrameName::UserStates)?.values("user_id") else {
            return Ok(states.group_by([col("user_id")]).agg(aggregates));
        };
        let number = || col(number_name("user_id"));
        let user = by_number_in(number(), users.clone()).alias("user_id");
        Ok(states.group_by([number()]).agg(aggregates).with_column(user))
    }

    /// Users who were at aha or beyond on some day of the period.
    fn reached_aha(&self) -> PolarsResult<LazyFrame> {
        let reached = self.days_of_period()?.filter(self.of_state(&ACTIVATED)?);
        Ok(distinct_users(reached, "reached_aha"))
    }

    /// Users with a task done in the period.
    pub(super) fn contacted(&self) -> PolarsResult<LazyFrame> {
        let done = self.tasks(Rows::Completed, &BTreeSet::new(), None)?.filter(col("is_done"));
        Ok(distinct_users(done, "was_contacted"))
    }

    fn with_user_columns(&self, plan: LazyFrame, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let mut all = wanted.clone();
        let since_signup = wanted.contains("weeks_since_signup") || wanted.contains("months_since_signup");
        let by_signup = since_signup || wanted.contains("signup_week") || wanted.contains("signup_month");
        if by_signup {
            all.insert("signup_at");
        }
        let mut plan = self.with_user(plan, FrameName::UserStates, &all)?;
        if by_signup {
            let day = self.day_of(col("signup_at"));
            plan = plan.with_columns([
                self.week_of(day.clone()).alias("signup_week"),
                Self::month_of(day.clone()).alias("signup_month"),
            ]);
            if since_signup {
                plan = plan.with_columns([
                    weeks_between(day.clone(), col("day")).alias("weeks_since_signup"),
                    months_between(day, col("day")).alias("months_since_signup"),
                ]);
            }
        }
        Ok(plan)
    }
}

/// Whole weeks from one civil day to another; null when the other is earlier.
fn weeks_between(first: Expr, day: Expr) -> Expr {
    let days = day.cast(DataType::Int32) - first.cast(DataType::Int32);
    when(days.clone().gt_eq(lit(0))).then(days / lit(7)).otherwise(lit(NULL)).cast(DataType::Int64)
}

/// Whole months from one civil day to another: the same day of a later month completes one. Null when the other is earlier.
fn months_between(first: Expr, day: Expr) -> Expr {
    let month = |day: &Expr| {
        day.clone().dt().year().cast(DataType::Int32) * lit(12)
            + day.clone().dt().month().cast(DataType::Int32)
    };
    let of_month = |day: &Expr| day.clone().dt().day().cast(DataType::Int32);
    let incomplete = of_month(&day).lt(of_month(&first)).cast(DataType::Int32);
    let months = month(&day) - month(&first) - incomplete;
    let earlier = day.cast(DataType::Int32).lt(first.cast(DataType::Int32));
    when(earlier).then(lit(NULL)).otherwise(months).cast(DataType::Int64)
}

pub(super) fn distinct_users(plan: LazyFrame, flag: &str) -> LazyFrame {
    plan.select([col("user_id")])
        .filter(col("user_id").is_not_null())
        .unique(None, UniqueKeepStrategy::Any)
        .with_column(lit(true).alias(flag))
}

fn is_one_of(column: &str, values: &[&str]) -> Expr {
    values.iter().fold(lit(false), |any, value| any.or(col(column).eq(lit(*value)))).fill_null(lit(false))
}

/// The step of a state; null for none and for states outside the nine.
fn step(column: &str) -> Expr {
    STEPS.iter().fold(lit(NULL).cast(DataType::Int32), |otherwise, (state, step)| {
        when(col(column).eq(lit(*state))).then(lit(*step)).otherwise(otherwise)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_since_sign_up_is_complete_on_the_same_day_of_the_next_and_a_week_after_seven_days() {
        let day = |text: &str| {
            let day: NaiveDate = text.parse().expect("a date");
            i32::try_from((day - NaiveDate::default()).num_days()).expect("a near day")
        };
        for (first, then, weeks, months) in [
            ("2026-01-31", "2026-01-31", Some(0), Some(0)),
            ("2026-01-31", "2026-02-06", Some(0), Some(0)),
            ("2026-01-31", "2026-02-07", Some(1), Some(0)),
            ("2026-01-31", "2026-02-28", Some(4), Some(0)),
            ("2026-01-31", "2026-03-01", Some(4), Some(1)),
            ("2025-12-15", "2026-12-14", Some(52), Some(11)),
            ("2025-12-15", "2026-12-15", Some(52), Some(12)),
            ("2026-02-01", "2026-01-31", None, None),
        ] {
            let frame = df!("first" => [day(first)], "then" => [day(then)]).expect("a frame").lazy();
            let date = |name: &str| col(name).cast(DataType::Date);
            let found = frame
                .select([
                    weeks_between(date("first"), date("then")).alias("weeks"),
                    months_between(date("first"), date("then")).alias("months"),
                ])
                .collect()
                .expect("values");
            let value =
                |name: &str| found.column(name).expect("a column").i64().expect("whole numbers").get(0);
            assert_eq!((value("weeks"), value("months")), (weeks, months), "{first} to {then}");
        }
    }
}

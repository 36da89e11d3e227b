//! Relations over tasks: planned, scheduled, completed, created and open, with the columns derived for each task.

use super::columns::{self, AGE_BANDS};
use super::relation::{Marked, Relations};
use crate::calendar::instant_of;
use crate::definition::{FrameName, Rows};
use chrono::NaiveDate;
use parte_columns::{Zone, end_of};
use polars::prelude::*;
use std::collections::BTreeSet;

impl Relations {
    /// Tasks of this kind of rows, with the derived columns asked for.
    pub(super) fn tasks(
        &self,
        rows: Rows,
        wanted: &BTreeSet<&str>,
        marked: Option<&Marked>,
    ) -> PolarsResult<LazyFrame> {
        let plan = match marked {
            Some(marked) => marked.plan()?,
            None => self.numbered(FrameName::Tasks)?.filter(self.belongs(rows)),
        };
        self.with_task_columns(plan, rows, wanted)
    }

    fn has_task(&self, column: &str) -> bool {
        self.has((FrameName::Tasks, column))
    }

    /// Which tasks these rows are.
    pub(super) fn belongs(&self, rows: Rows) -> Expr {
        let (from, to) = self.bounds();
        let within = |name: &str| {
            // An instant that is absent lies in no period.
            col(name).gt_eq(from.clone()).and(col(name).lt(to.clone())).fill_null(lit(false))
        };
        match rows {
            Rows::Planned => {
                within("scheduled_at").and(col("is_cancelled").not()).and(col("is_rescheduled").not())
            }
            Rows::Completed => within("completed_at"),
            Rows::Created => within("created_at"),
            Rows::Open => {
                let existed = self.born().lt(to.clone()).fill_null(lit(false));
                let given_up = col("is_failed").or(col("is_cancelled")).or(col("is_rescheduled"));
                // Done at an unknown time is not open; done after the period's end was open at its end.
                let finished = if self.has_task("completed_at") {
                    col("completed_at").lt(to).fill_null(col("is_done"))
                } else {
                    col("is_done")
                };
                existed.and(given_up.or(finished).not())
            }
            _ => within("scheduled_at"),
        }
    }

    /// When a task came to be: its creation, or where that is unknown the time it was scheduled for.
    fn born(&self) -> Expr {
        match (self.has_task("created_at"), self.has_task("scheduled_at")) {
            (true, true) => coalesce(&[col("created_at"), col("scheduled_at")]),
            (true, false) => col("created_at"),
            _ => col("scheduled_at"),
        }
    }

    fn with_task_columns(
        &self,
        plan: LazyFrame,
        rows: Rows,
        wanted: &BTreeSet<&str>,
    ) -> PolarsResult<LazyFrame> {
        let asks = |name: &str| wanted.contains(name);
        let mut plan = plan;
        if ["day", "week", "month", "hour"].into_iter().any(asks) {
            let at = col(columns::instant_of(rows));
            let hour = parte_columns::hour_of(at.clone(), self.period.zone());
            plan = plan.with_columns([self.day_of(at).alias("day"), hour.alias("hour")]);
            plan = plan.with_columns([
                self.week_of(col("day")).alias("week"),
                Self::month_of(col("day")).alias("month"),
            ]);
        }
        if asks("scheduled_day") || asks("scheduled_day_end") {
            plan = plan.with_column(self.day_of(col("scheduled_at")).alias("scheduled_day"));
        }
        if asks("scheduled_day_end") {
            plan = plan.with_column(
                end_of(col("scheduled_day"), Zone::new(self.period.zone(), instant_of))
                    .alias("scheduled_day_end"),
            );
        }
        if asks("completed_day") {
            plan = plan.with_column(self.day_of(col("completed_at")).alias("completed_day"));
        }
        if asks("hours_to_complete") {
            let micros = |name: &str| col(name).cast(DataType::Int64);
            let hours =
                (micros("completed_at") - micros("scheduled_at")).cast(DataType::Float64) / lit(3.6e9);
            plan = plan.with_column(hours.alias("hours_to_complete"));
        }
        if asks("age_days") || asks("age_band") {
            // Civil days from the day it was created to the last day of the period: 0 on that day itself.
            let last =
                i32::try_from((self.period.last() - NaiveDate::default()).num_days()).unwrap_or(i32::MAX);
            let born = self.day_of(self.born()).cast(DataType::Int32);
            plan = plan.with_column((lit(last) - born).cast(DataType::Int64).alias("age_days"));
            plan = plan.with_column(age_band(col("age_days")).alias("age_band"));
        }
        self.with_people(plan, FrameName::Tasks, wanted)
    }

    /// `seller_name` falls back to the id; `seller` is the name, with the id behind it where two sellers share a name.
    pub(super) fn with_seller_label(&self, plan: LazyFrame) -> PolarsResult<LazyFrame> {
        let mut plan = plan;
        if !plan.collect_schema()?.contains("seller_name") {
            return Ok(
                plan.with_columns([col("seller_id").alias("seller_name"), col("seller_id").alias("seller")])
            );
        }
        let plan = plan.with_column(coalesce(&[col("seller_name"), col("seller_id")]).alias("seller_name"));
        let sellers_known =
            self.has((FrameName::Sellers, "seller_id")) && self.has((FrameName::Sellers, "full_name"));
        if !sellers_known {
            return Ok(plan.with_column(col("seller_name").alias("seller")));
        }
        let shared = self
            .frame(FrameName::Sellers)?
            .filter(col("full_name").is_not_null())
            .group_by([col("full_name")])
            .agg([col("seller_id").n_unique().alias("bearers")])
            .filter(col("bearers").gt(lit(1)))
            .select([col("full_name").alias("seller_name"), lit(true).alias("is_shared")]);
        let plan = plan
            .join(shared, [col("seller_name")], [col("seller_name")], JoinArgs::new(JoinType::Left))
            .with_column(
                when(col("is_shared").fill_null(lit(false)))
                    .then(concat_str([col("seller_name"), lit(" ("), col("seller_id"), lit(")")], "", false))
                    .otherwise(col("seller_name"))
                    .alias("seller"),
            );
        Ok(plan.select([all().exclude_cols(["is_shared"]).as_expr()]))
    }
}

fn age_band(days: Expr) -> Expr {
    AGE_BANDS.iter().rev().fold(lit(NULL).cast(DataType::String), |otherwise, (band, last)| {
        when(days.clone().lt_eq(lit(i64::from(*last)))).then(lit(*band)).otherwise(otherwise)
    })
}

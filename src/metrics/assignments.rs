//! The relation over assignments: who was in charge of whom in the period, and whether the user was reached in it.

use super::relation::Relations;
use super::states::distinct_users;
use crate::definition::{FrameName, Rows};
use chrono::NaiveDate;
use polars::prelude::*;
use std::collections::BTreeSet;

/// What says of an assignment that it still holds.
const ACTIVE: &str = "active";

impl Relations {
    /// Assignments that held on some day of the period, with the derived columns asked for. A user with two sellers is there twice.
    pub(super) fn assigned(&self, wanted: &BTreeSet<&str>) -> PolarsResult<LazyFrame> {
        let mut plan = self.numbered(FrameName::Assignments)?.filter(self.held());
        let mut renamed = Vec::new();
        for (written, name) in [
            ("type", "assignment_type"),
            ("status", "assignment_status"),
            ("from", "assigned_from"),
            ("to", "assigned_to"),
        ] {
            if wanted.contains(name) && self.has((FrameName::Assignments, written)) {
                renamed.push(col(written).alias(name));
            }
        }
        plan = plan.with_columns(renamed);
        for (name, found) in [
            ("was_visited", Self::visited as fn(&Self) -> PolarsResult<LazyFrame>),
            ("was_contacted", Self::contacted),
        ] {
            if wanted.contains(name) {
                let on = [col("user_id")];
                plan = plan.join(found(self)?, on.clone(), on, JoinArgs::new(JoinType::Left));
                plan = plan.with_column(col(name).fill_null(lit(false)));
            }
        }
        self.with_people(plan, FrameName::Assignments, wanted)
    }

    /// From its first day to its last one, both included; without a first day it has always held. What is no longer active held until
    /// its last day, and where that is not known it is not told when: then it does not count.
    fn held(&self) -> Expr {
        let has = |name: &str| self.has((FrameName::Assignments, name));
        let mut held = col("user_id").is_not_null();
        if has("from") {
            held = held.and(col("from").lt_eq(day(self.period.last())).fill_null(lit(true)));
        }
        if has("to") {
            held = held.and(col("to").gt_eq(day(self.period.from())).fill_null(lit(true)));
        }
        if has("status") {
            let active = col("status").str().to_lowercase().eq(lit(ACTIVE)).fill_null(lit(true));
            held = held.and(if has("to") { active.or(col("to").is_not_null()) } else { active });
        }
        held
    }

    /// Users with a visit done in the period, whoever made it and whenever it was planned.
    fn visited(&self) -> PolarsResult<LazyFrame> {
        let visits = self.tasks(Rows::Completed, &BTreeSet::new(), None)?;
        Ok(distinct_users(visits.filter(col("is_done").and(col("type").eq(lit("visit")))), "was_visited"))
    }
}

fn day(day: NaiveDate) -> Expr {
    let number = i32::try_from((day - NaiveDate::default()).num_days()).unwrap_or(i32::MAX);
    lit(number).cast(DataType::Date)
}

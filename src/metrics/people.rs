//! What relations know of the seller and the user of each row. Never: which rows.

use super::columns::{OF_SELLER, OF_USER};
use super::relation::{ROW, Relations};
use crate::definition::FrameName;
use parte_columns::{by_number_in, number_name};
use polars::prelude::*;
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// The name by which a seller is shown, with the key where it is needed to tell two apart.
const LABELLED: &str = "seller_name";
/// What tables call a seller, whatever a source has under that name.
const SHOWN: &str = "seller";

impl Relations {
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
        if wanted.contains(SHOWN) {
            all.insert("seller_name");
        }
        let names: Vec<&str> = OF_SELLER.iter().map(|(name, _)| *name).chain([SHOWN]).collect();
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
        let is_derived = |name: &&&str| !own.contains(name) || **name == SHOWN;
        let wanted: BTreeSet<&str> = wanted.iter().filter(is_derived).copied().collect();
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

    /// `seller_name` falls back to the id; `seller` is the name, with the id behind it where two sellers share a name.
    fn with_seller_label(&self, plan: LazyFrame) -> PolarsResult<LazyFrame> {
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

//! What follows from a group's values: a seller's team, and what the report's own condition says of all its rows. Never: targets.

use super::holding::Group;
use super::said::{Said, Values};
use crate::definition::{FrameName, Rows};
use crate::metrics::columns::OF_SELLER;
use crate::metrics::engine::Engine;
use crate::metrics::query::where_;
use crate::metrics::sql::Expression;
use crate::metrics::{MetricsError, readable};
use parte_columns::Frame;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const SELLER: &str = "seller_id";
/// Under which a row knows its number.
const NUMBER: &str = "number of the row";

/// What is known of groups over the rows of one metric.
#[derive(Debug)]
pub(super) struct Follows {
    /// By seller: the columns that are known of each.
    sellers: HashMap<String, Values>,
    /// By what tables call a seller: which one it is; `None`: several.
    named: HashMap<String, Option<String>>,
    /// What the report's condition says of every row.
    always: Vec<(String, Option<String>)>,
    /// What else it asks for, of columns that targets have.
    conditions: Vec<Expression>,
}

impl Follows {
    /// `groups`: the columns that targets are said for.
    pub(super) fn new(engine: &Engine, rows: Rows, groups: &[String]) -> Result<Self, MetricsError> {
        let subject = "the groups of targets";
        let fault = |e: PolarsError| readable(subject, &e, &BTreeSet::new());
        let mut follows = Self {
            sellers: HashMap::new(),
            named: HashMap::new(),
            always: Vec::new(),
            conditions: Vec::new(),
        };
        let mut columns: BTreeSet<String> = groups.iter().cloned().collect();
        if columns.contains(SELLER) {
            follows.sellers = sellers(engine, rows).map_err(fault)?;
            follows.named = names(engine, rows).map_err(fault)?;
            columns.extend(follows.sellers.values().flat_map(|known| known.keys().cloned()));
        }
        let filter = engine.filter.as_ref().filter(|_| engine.filter_applies(rows));
        for condition in filter.into_iter().flat_map(Expression::conditions) {
            match condition.equality(&engine.bounds, "the report's filter")? {
                Some((column, value)) => {
                    let (column, value) = follows.told((column, Some(value)));
                    if columns.contains(&column) {
                        follows.always.push((column, value));
                    }
                }
                None if condition.columns().is_subset(&columns) => follows.conditions.push(condition),
                None => {}
            }
        }
        Ok(follows)
    }

    /// A seller is told by the key, whatever tables call it.
    fn told(&self, (column, value): (String, Option<String>)) -> (String, Option<String>) {
        if !matches!(column.as_str(), "seller" | "seller_name") {
            return (column, value);
        }
        let key = value.and_then(|name| self.named.get(&name).cloned().flatten());
        (SELLER.to_owned(), key)
    }

    /// A group with these values of dimensions, within the report's own condition.
    pub(super) fn group(&self, values: impl IntoIterator<Item = (String, Option<String>)>) -> Group {
        let mut is: Vec<(String, Option<String>)> = values.into_iter().map(|pair| self.told(pair)).collect();
        is.extend(self.always.iter().cloned());
        let said = is.iter().filter_map(|(column, value)| Some((column.clone(), value.clone()?)));
        let mut known: Values = said.collect();
        self.complete(&mut known);
        Group { is, known, is_of_time: false }
    }

    fn complete(&self, known: &mut Values) {
        let of_seller = known.get(SELLER).and_then(|seller| self.sellers.get(seller));
        for (column, value) in of_seller.into_iter().flatten() {
            known.entry(column.clone()).or_insert_with(|| value.clone());
        }
    }

    /// Completes what is known of rows, and leaves out those that the report's condition leaves out.
    pub(super) fn complete_rows(&self, engine: &Engine, rows: Vec<Said>) -> Result<Vec<Said>, MetricsError> {
        let mut rows = rows;
        rows.iter_mut().for_each(|row| self.complete(&mut row.known));
        for condition in &self.conditions {
            let columns = condition.columns();
            let subject = "the report's filter over targets";
            let bound = condition.bound(&engine.bounds, subject)?;
            let found = |condition: &str| {
                fulfilling(&rows, &columns, condition).map_err(|e| readable(subject, &e, &columns))
            };
            let (inside, outside) = (found(&bound)?, found(&format!("not ({bound})"))?);
            let judged = rows.into_iter().enumerate().filter(|(number, _)| !outside.contains(number));
            rows = judged
                .map(|(number, row)| Said { inside: row.inside && inside.contains(&number), ..row })
                .collect();
        }
        Ok(rows)
    }
}

/// The rows of which a condition is true, over what is known of them.
fn fulfilling(rows: &[Said], columns: &BTreeSet<String>, condition: &str) -> PolarsResult<BTreeSet<usize>> {
    let texts = columns.iter().map(|name| {
        let texts: StringChunked = rows.iter().map(|row| row.known.get(name).map(String::as_str)).collect();
        texts.with_name(name.as_str().into()).into_series().into_column()
    });
    let frame = DataFrame::new(rows.len(), texts.collect())?;
    let found = where_(frame.lazy().with_row_index(NUMBER, None), condition)?.collect()?;
    let numbers = found.column(NUMBER)?.cast(&DataType::UInt64)?;
    Ok(numbers.u64()?.iter().flatten().filter_map(|number| usize::try_from(number).ok()).collect())
}

/// What is known of each seller: what the sellers say, else what the rows say, where they say one thing.
fn sellers(engine: &Engine, rows: Rows) -> PolarsResult<HashMap<String, Values>> {
    let mut known: HashMap<String, Values> = HashMap::new();
    let columns = || OF_SELLER.into_iter().filter(|(name, _)| *name != "seller_name");
    let mut of_sellers = BTreeSet::new();
    if let Some(frame) = engine.relations.frames.get(&FrameName::Sellers) {
        let there: Vec<(&str, &str)> = columns().filter(|(_, written)| frame.has(written)).collect();
        if frame.has(SELLER) {
            for (name, written) in there {
                of_sellers.insert(name);
                for (seller, value) in pairs(frame, SELLER, written)? {
                    let Some(seller) = seller else { continue };
                    let of = known.entry(seller).or_default();
                    // A key that occurs twice: the first one counts, as in relations.
                    if let Some(value) = value {
                        of.entry(name.to_owned()).or_insert(value);
                    }
                }
            }
        }
    }
    if let Some(frame) = engine.relations.frames.get(&rows.frame()).filter(|frame| frame.has(SELLER)) {
        for (name, _) in columns().filter(|(name, _)| !of_sellers.contains(name) && frame.has(name)) {
            let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (seller, value) in pairs(frame, SELLER, name)? {
                if let (Some(seller), Some(value)) = (seller, value) {
                    said.entry(seller).or_default().insert(value);
                }
            }
            for (seller, mut values) in said {
                if let (Some(value), true) = (values.pop_first(), values.is_empty()) {
                    known.entry(seller).or_default().insert(name.to_owned(), value);
                }
            }
        }
    }
    Ok(known)
}

/// What tables call each seller of the rows.
fn names(engine: &Engine, rows: Rows) -> PolarsResult<HashMap<String, Option<String>>> {
    let mut named: HashMap<String, Option<String>> = HashMap::new();
    let own = engine.relations.frames.get(&rows.frame()).filter(|frame| frame.has(SELLER));
    let Some(own) = own else { return Ok(named) };
    let mut keys = vec![col(SELLER)];
    keys.extend(own.has("seller_name").then(|| col("seller_name")));
    let distinct = own.plan()?.select(keys).unique(None, UniqueKeepStrategy::Any);
    let people = engine
        .relations
        .with_people(distinct, rows.frame(), &BTreeSet::from(["seller", "seller_name"]))?
        .collect()?;
    for column in ["seller", "seller_name"] {
        for (name, seller) in pairs(&Frame::from(people.clone()), column, SELLER)? {
            let (Some(name), Some(seller)) = (name, seller) else { continue };
            named
                .entry(name)
                .and_modify(|known| {
                    if known.as_ref() != Some(&seller) {
                        *known = None;
                    }
                })
                .or_insert(Some(seller));
        }
    }
    Ok(named)
}

type Pair = (Option<String>, Option<String>);

/// Two columns as texts, each pair once, in the order of the rows.
fn pairs(frame: &Frame, one: &str, other: &str) -> PolarsResult<Vec<Pair>> {
    let distinct = frame
        .plan()?
        .select([
            col(one).cast(DataType::String).alias("one"),
            col(other).cast(DataType::String).alias("other"),
        ])
        .unique_stable(None, UniqueKeepStrategy::First)
        .collect()?;
    let (one, other) = (distinct.column("one")?.str()?, distinct.column("other")?.str()?);
    let text = |text: Option<&str>| text.map(str::to_owned);
    Ok(one.iter().zip(other.iter()).map(|(one, other)| (text(one), text(other))).collect())
}

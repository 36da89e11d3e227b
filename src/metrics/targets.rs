//! What metrics are to reach, of the report as a whole and of its groups: what the definition says, or the row of the frame `targets`
//! that holds. Never: what part of it was reached.

mod follows;
mod holding;
mod said;

use super::engine::{Engine, subject_of};
use super::sql::Expression;
use super::trace::Place;
use super::{MetricsError, readable};
use crate::definition::{FrameName, MetricDefinition, Rows};
use crate::source::{Frames, Remark, TargetFault};
use follows::Follows;
use holding::{Entry, Group, Held, Holding, Meaning};
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A target, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAt {
    /// What is to be reached; `None`: nothing is said.
    pub value: Option<f64>,
    /// What says so.
    pub origin: TargetOrigin,
    /// The rows of the source that say so, or that are at odds.
    pub rows: Vec<TargetRow>,
}

/// What says what is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetOrigin {
    /// Nothing does.
    Nothing,
    /// The definition.
    Definition,
    /// A row of the source.
    Row,
    /// Rows of the source, summed.
    Sum,
    /// The definition, where no row says anything.
    Otherwise,
    /// Rows that say different numbers.
    AtOdds,
    /// Rows that would be summed overlap.
    Overlap,
}

/// A row of the frame `targets`.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRow {
    /// The group that it is said for; empty: everything.
    pub group: Vec<(String, String)>,
    /// The days: `each month from 2026-01-01`.
    pub days: String,
    /// The number.
    pub value: f64,
}

/// What a source lacks that has no targets at all.
pub const TARGETS: &str = "targets";

/// How many rows say what a metric is to reach, by what they call it.
///
/// # Errors
/// What the frames lack for any row to say it.
pub fn targets_said(frames: &Frames) -> Result<BTreeMap<String, usize>, Vec<String>> {
    let lacking = || vec![TARGETS.to_owned()];
    let frame = frames.frames.get(&FrameName::Targets).ok_or_else(lacking)?;
    let missing = said::missing(frame);
    if missing.is_empty() { said::by_metric(frame).map_err(|_| lacking()) } else { Err(missing) }
}

/// What was read of the frame so far, and what was odd about it.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// By metric.
    read: Mutex<BTreeMap<String, Arc<OfMetric>>>,
    /// What is known of groups, by the rows that metrics look at.
    follows: Mutex<BTreeMap<Rows, Arc<Follows>>>,
    /// Groups, values or columns, by metric and fault, each with the number of rows or groups.
    faults: Mutex<BTreeMap<(String, TargetFault), BTreeMap<String, usize>>>,
}

impl Targets {
    fn fault(&self, metric: &str, fault: TargetFault, example: String, count: usize) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry((metric.to_owned(), fault)).or_default().insert(example, count);
    }

    /// What was odd so far.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let remark = |((metric, fault), found): (&(String, TargetFault), &BTreeMap<String, usize>)| {
            let (metric, fault, count) = (metric.clone(), *fault, found.values().sum());
            let example = found.keys().next().cloned().unwrap_or_default();
            Remark::Targets { metric, fault, count, example }
        };
        faults.iter().map(remark).collect()
    }
}

/// The rows of a metric that hold for the period.
#[derive(Debug)]
struct OfMetric {
    holding: Holding,
    follows: Arc<Follows>,
    meaning: Meaning,
}

impl Engine {
    /// What each metric of the report is to reach as a whole, where rows of the source say it.
    ///
    /// # Errors
    /// Rows that cannot be looked at.
    pub fn whole_targets(&self) -> Result<BTreeMap<String, Option<f64>>, MetricsError> {
        let ids: Vec<&str> = self.metrics_used().collect();
        let from_table = |m: &&MetricDefinition| m.target.is_some_and(|target| target.is_from_table());
        let chosen = self.chosen(&ids)?.into_iter().filter(from_table);
        chosen.map(|metric| Ok((metric.id.clone(), self.whole(metric)?.value))).collect()
    }

    /// What metrics are to reach by groups: `values` of [`Engine::values`] with targets in the place of numbers.
    ///
    /// # Errors
    /// An unknown metric.
    pub fn targets(
        &self,
        metrics: &[&str],
        values: &DataFrame,
        dimensions: &[String],
    ) -> Result<DataFrame, MetricsError> {
        let chosen = self.chosen(metrics)?;
        let subject = subject_of(&chosen);
        let fault = |e: PolarsError| readable(&subject, &e, &BTreeSet::new());
        let mut columns: Vec<Column> = values.select(dimensions).map_err(fault)?.columns().to_vec();
        for metric in chosen {
            let targets = self.of_groups(metric, values, dimensions)?;
            let targets: Vec<Option<f64>> = targets.into_iter().map(|target| target.value).collect();
            columns.push(Column::new(metric.id.as_str().into(), targets));
        }
        DataFrame::new(values.height(), columns).map_err(fault)
    }

    /// What metrics are to reach as a whole: one row.
    ///
    /// # Errors
    /// An unknown metric.
    pub fn target_totals(&self, metrics: &[&str]) -> Result<DataFrame, MetricsError> {
        self.in_one_row(metrics, |metric| Ok(self.whole(metric)?.value))
    }

    /// What metrics are to reach in some groups together: one row. What is summed is summed over them; a share that all are to reach,
    /// these are to reach too.
    ///
    /// # Errors
    /// An unknown metric.
    pub fn targets_together(
        &self,
        metrics: &[&str],
        dimensions: &[String],
        groups: &DataFrame,
    ) -> Result<DataFrame, MetricsError> {
        self.in_one_row(metrics, |metric| {
            let said = metric.target.and_then(|target| target.of(&self.relations.period));
            let Some(of_metric) = self.of_metric(metric)? else { return Ok(said) };
            Ok(match of_metric.meaning {
                Meaning::Sum => {
                    let parts = self.of_groups(metric, groups, dimensions)?;
                    let told: Vec<f64> = parts
                        .iter()
                        .filter(|part| part.is_from_rows())
                        .filter_map(|part| part.value)
                        .collect();
                    let are_sure = parts.iter().all(|part| part.value.is_some() || !part.is_doubtful());
                    if told.is_empty() { said } else { are_sure.then(|| told.iter().sum()) }
                }
                Meaning::Each => self.whole(metric)?.value,
                Meaning::Itself => said,
            })
        })
    }

    /// What a metric is to reach at a place, and what says so.
    ///
    /// # Errors
    /// An unknown metric.
    pub fn target_at(&self, metric: &str, place: &Place) -> Result<TargetAt, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        let Some(of) = chosen.first() else { return Ok(TargetAt::nothing()) };
        if place.dimensions.is_empty() {
            return self.whole(of);
        }
        let groups = self.of_groups(of, &place.groups, &place.dimensions)?;
        // A place is one group, unless it is told by something that several share.
        let [one] = groups.as_slice() else { return Ok(TargetAt::nothing()) };
        Ok(one.clone())
    }

    fn in_one_row(
        &self,
        metrics: &[&str],
        target: impl Fn(&MetricDefinition) -> Result<Option<f64>, MetricsError>,
    ) -> Result<DataFrame, MetricsError> {
        let chosen = self.chosen(metrics)?;
        let column =
            |metric: &&MetricDefinition| Ok(Column::new(metric.id.as_str().into(), vec![target(metric)?]));
        let columns = chosen.iter().map(column).collect::<Result<Vec<_>, MetricsError>>()?;
        DataFrame::new(1, columns).map_err(|e| readable(&subject_of(&chosen), &e, &BTreeSet::new()))
    }

    fn whole(&self, metric: &MetricDefinition) -> Result<TargetAt, MetricsError> {
        let Some(of_metric) = self.of_metric(metric)? else { return Ok(self.said(metric)) };
        Ok(self.told(metric, &of_metric, &of_metric.follows.group([])))
    }

    fn of_groups(
        &self,
        metric: &MetricDefinition,
        values: &DataFrame,
        dimensions: &[String],
    ) -> Result<Vec<TargetAt>, MetricsError> {
        let Some(of_metric) = self.of_metric(metric)? else {
            return Ok(vec![self.said(metric); values.height()]);
        };
        let keys = dimensions.iter().map(|name| {
            let column = values.column(name)?;
            let is_time = matches!(column.dtype(), DataType::Date | DataType::Datetime(..)) || name == "hour";
            Ok((name, is_time, column.cast(&DataType::String)?))
        });
        let keys = keys.collect::<PolarsResult<Vec<_>>>();
        let keys = keys.map_err(|e| readable(&subject_of(&[metric]), &e, &BTreeSet::new()))?;
        let is_of_time = keys.iter().any(|(_, is_time, _)| *is_time);
        let target = |row: usize| {
            let values = keys.iter().map(|(name, is_time, column)| {
                let text = column.str().ok().and_then(|texts| texts.get(row)).filter(|_| !is_time);
                ((*name).clone(), text.map(str::to_owned))
            });
            let group = Group { is_of_time, ..of_metric.follows.group(values) };
            self.told(metric, &of_metric, &group)
        };
        Ok((0..values.height()).map(target).collect())
    }

    /// What the definition says, where it is the definition that says it.
    fn said(&self, metric: &MetricDefinition) -> TargetAt {
        let value = metric.target.and_then(|target| target.of(&self.relations.period));
        let origin = match (value, metric.target.is_some_and(|target| target.is_from_table())) {
            (None, _) => TargetOrigin::Nothing,
            (Some(_), true) => TargetOrigin::Otherwise,
            (Some(_), false) => TargetOrigin::Definition,
        };
        TargetAt { value, origin, rows: Vec::new() }
    }

    fn told(&self, metric: &MetricDefinition, of: &OfMetric, group: &Group) -> TargetAt {
        let one = |value: f64, origin, rows: Vec<&Entry>| TargetAt {
            value: Some(value),
            origin,
            rows: rows.into_iter().map(row).collect(),
        };
        let doubtful = |fault: TargetFault, origin: TargetOrigin| {
            let name: Vec<String> = group
                .is
                .iter()
                .map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("–")))
                .collect();
            self.targets.fault(&metric.id, fault, name.join(", "), 1);
            TargetAt { value: None, origin, rows: Vec::new() }
        };
        match of.holding.of(group, of.meaning) {
            Held::Nothing => self.said(metric),
            Held::One(entry) => one(entry.said.value, TargetOrigin::Row, vec![entry]),
            Held::Sum(parts) => one(parts.iter().map(|part| part.said.value).sum(), TargetOrigin::Sum, parts),
            Held::AtOdds => doubtful(TargetFault::AtOdds, TargetOrigin::AtOdds),
            Held::Overlap => doubtful(TargetFault::Overlap, TargetOrigin::Overlap),
        }
    }

    /// The rows of a metric; `None`: no row of the source says what it is to reach.
    fn of_metric(&self, metric: &MetricDefinition) -> Result<Option<Arc<OfMetric>>, MetricsError> {
        if !metric.target.is_some_and(|target| target.is_from_table()) {
            return Ok(None);
        }
        let mut read = self.targets.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&metric.id) {
            return Ok(Some(Arc::clone(known)));
        }
        let frame = self.relations.frames.get(&FrameName::Targets);
        let missing = frame.map_or_else(|| vec![TARGETS.to_owned()], said::missing);
        let (Some(frame), true) = (frame, missing.is_empty()) else {
            self.targets.fault(&metric.id, TargetFault::Absent, missing.join(", "), 0);
            return Ok(None);
        };
        let rows = said::read(frame, &metric.id)
            .map_err(|e| readable(&format!("the targets of metric `{}`", metric.id), &e, &BTreeSet::new()))?;
        for (word, count) in rows.strange {
            self.targets.fault(&metric.id, TargetFault::Period, word, count);
        }
        let follows = {
            let mut known = self.targets.follows.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(&metric.rows) {
                Some(follows) => Arc::clone(follows),
                None => {
                    let follows = Arc::new(Follows::new(self, metric.rows, &said::groups(frame))?);
                    known.insert(metric.rows, Arc::clone(&follows));
                    follows
                }
            }
        };
        let rows = follows.complete_rows(self, rows.rows)?;
        let holding = Holding::new(rows, &self.relations.period);
        let known = Arc::new(OfMetric { holding, follows, meaning: meaning(metric)? });
        read.insert(metric.id.clone(), Arc::clone(&known));
        Ok(Some(known))
    }
}

impl TargetAt {
    fn nothing() -> Self {
        Self { value: None, origin: TargetOrigin::Nothing, rows: Vec::new() }
    }

    fn is_from_rows(&self) -> bool {
        matches!(self.origin, TargetOrigin::Row | TargetOrigin::Sum)
    }

    fn is_doubtful(&self) -> bool {
        matches!(self.origin, TargetOrigin::AtOdds | TargetOrigin::Overlap)
    }
}

fn row(entry: &Entry) -> TargetRow {
    let said = &entry.said;
    TargetRow {
        group: said.group.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        days: said.days.to_string(),
        value: said.value,
    }
}

/// What groups sum to the whole is summed. Of what is divided by something that is counted, and of means, what all are to reach each is.
fn meaning(metric: &MetricDefinition) -> Result<Meaning, MetricsError> {
    const MEANS: [&str; 4] = ["avg(", "median(", "quantile_cont(", "quantile_disc("];
    if metric.additive {
        return Ok(Meaning::Sum);
    }
    let expression = Expression::of_metric(metric)?;
    let is_share = match expression.part_of() {
        Ok(None) => false,
        Ok(Some(below)) => !Expression::parse(&below, &subject_of(&[metric]))?.aggregates().is_empty(),
        Err(()) => true,
    };
    let aggregates = expression.aggregates();
    let is_mean = !aggregates.is_empty()
        && aggregates.iter().all(|text| MEANS.iter().any(|mean| text.to_lowercase().starts_with(mean)));
    Ok(if is_share || is_mean { Meaning::Each } else { Meaning::Itself })
}

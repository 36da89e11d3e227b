//! Runs metrics and queries over the frames of one period.

use super::aggregated::{Known, aggregated};
use super::columns;
use super::groups::Groups;
use super::identity;
use super::need::{Usage, filter_of, usage};
use super::relation::{HeldRows, Relations};
use super::sql::{Bounds, Expression, quoted};
use super::targets::Targets;
use super::values::{absent_column, as_number, as_numbers, no_values};
use super::{MetricsError, readable, shown};
use crate::calendar::Period;
use crate::definition::{MetricDefinition, Report, Rows};
use crate::source::{Frames, Remark};
use parte_columns::{Frame, rows_of_groups};
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The frames of one period, ready for questions.
pub struct Engine {
    /// Each as it is computed over this source.
    metrics: Vec<MetricDefinition>,
    /// The rows that each could look at, whatever the source.
    possible: BTreeMap<String, Vec<Rows>>,
    pub(super) relations: Relations,
    pub(super) bounds: Bounds,
    pub(super) filter: Option<Expression>,
    usage: Usage,
    /// Relations computed so far, with the columns they have been asked for.
    prepared: Mutex<BTreeMap<Rows, Arc<Prepared>>>,
    source_remarks: Vec<Remark>,
    /// Additive metrics whose groups did not sum to their total, by metric.
    breaches: Mutex<BTreeMap<String, Remark>>,
    /// Identities of the relations that do not hold, once they have been looked at.
    identities: OnceLock<Vec<Remark>>,
    /// What rows of the source say is to be reached.
    pub(super) targets: Targets,
}

/// The rows of a relation, and what has been found out about them.
pub(super) struct Prepared {
    data: Frame,
    /// Which rows of the data belong to the relation; `None`: all.
    belong: Option<BooleanChunked>,
    known: Known,
}

impl Prepared {
    fn new(rows: HeldRows) -> Self {
        Self { data: rows.data, belong: rows.belong, known: Known::default() }
    }

    fn of(data: Frame) -> Self {
        Self::new(HeldRows { data, belong: None })
    }

    /// The rows of the relation, and no others.
    pub(super) fn rows(&self) -> PolarsResult<Frame> {
        match &self.belong {
            None => Ok(self.data.clone()),
            Some(belong) => self.data.filter(belong),
        }
    }
}

/// A metric that can be computed for these dimensions.
struct Ready<'a> {
    metric: &'a MetricDefinition,
    expression: Expression,
}

impl Engine {
    /// Prepares the relations (planned, completed, open, edges, days, ...) of a period.
    ///
    /// # Errors
    /// The report's filter does not run over the frames.
    pub fn new(
        report: &Report,
        metrics: &[MetricDefinition],
        frames: &Frames,
        period: &Period,
    ) -> Result<Self, MetricsError> {
        tell_polars_warnings_to_the_log();
        let filter = filter_of(report)?;
        let relations = Relations::new(frames, period, report.week_start)
            .map_err(|e| readable("the relations of the period", &e, &BTreeSet::new()))?;
        let possible =
            metrics.iter().map(|m| (m.id.clone(), m.ways().map(|way| way.rows).collect())).collect();
        let used = |m| MetricDefinition { otherwise: None, ..relations.way_of(m).clone() };
        let metrics: Vec<MetricDefinition> = metrics.iter().map(used).collect();
        let usage = usage(report, &metrics, filter.as_ref())?;
        let engine = Self {
            metrics,
            possible,
            relations,
            bounds: Bounds::of(period, &report.params),
            filter,
            usage,
            prepared: Mutex::default(),
            source_remarks: frames.remarks.clone(),
            breaches: Mutex::default(),
            identities: OnceLock::new(),
            targets: Targets::default(),
        };
        engine.check_filter(report)?;
        Ok(engine)
    }

    /// A filter that no relation of the report has the columns for would silently let everything through.
    fn check_filter(&self, report: &Report) -> Result<(), MetricsError> {
        let Some(filter) = &self.filter else { return Ok(()) };
        let rows: Vec<Rows> = self.usage.relations.keys().copied().collect();
        let runs = rows.iter().any(|rows| self.filter_applies(*rows)) || rows.is_empty();
        if runs {
            return Ok(());
        }
        let missing: BTreeSet<String> = rows
            .iter()
            .flat_map(|rows| {
                filter.columns().into_iter().flat_map(|c| self.relations.missing_column(*rows, &c))
            })
            .collect();
        Err(MetricsError {
            subject: format!("the filter of report `{}`", report.id),
            what: format!("no frame has its columns; missing: {}", missing.into_iter().collect::<Vec<_>>().join(", ")),
            hint: "a filter names columns of tasks or user_states, or what is derived for them (team, seller, city, ...)"
                .to_owned(),
        })
    }

    pub(super) fn filter_applies(&self, rows: Rows) -> bool {
        self.filter.as_ref().is_some_and(|filter| {
            self.relations.missing_rows(rows).is_empty()
                && filter.columns().iter().all(|c| self.relations.missing_column(rows, c).is_empty())
        })
    }

    /// Every metric as it is computed over this source: where one has a definition for sources that lack what its own rows need, the one
    /// of the two that is used.
    #[must_use]
    pub fn metrics(&self) -> &[MetricDefinition] {
        &self.metrics
    }

    /// Metric values by dimensions: the dimension columns in the order given (text or date), then one column a metric
    /// (integer or float; an empty denominator is null, never NaN or inf). One row when `by` is empty. Sorted by the
    /// dimensions (states in order of engagement, nulls last). A metric's own `by` columns are appended to the dimensions.
    /// A metric that is unavailable is a column of nulls and told in [`Engine::remarks`].
    ///
    /// # Errors
    /// An unknown dimension, an expression that Polars refuses.
    pub fn values(&self, metrics: &[&str], by: &[&str]) -> Result<DataFrame, MetricsError> {
        let chosen = self.chosen(metrics)?;
        let mut dimensions: Vec<String> = Vec::new();
        let own = chosen.iter().flat_map(|m| m.by.iter().map(String::as_str));
        for dimension in by.iter().copied().chain(own) {
            if !dimensions.iter().any(|d| d == dimension) {
                dimensions.push(dimension.to_owned());
            }
        }
        let values = self.grouped(&chosen, &dimensions, None)?;
        if !dimensions.is_empty() {
            self.check_totals(&chosen, &values, &dimensions)?;
        }
        Ok(values)
    }

    /// The same metrics over all rows: one row without dimensions, a metric's own ones neither. Recomputed from rows.
    ///
    /// # Errors
    /// An expression that Polars refuses.
    pub fn totals(&self, metrics: &[&str]) -> Result<DataFrame, MetricsError> {
        self.grouped(&self.chosen(metrics)?, &[], None)
    }

    pub(super) fn chosen(&self, metrics: &[&str]) -> Result<Vec<&MetricDefinition>, MetricsError> {
        let mut seen = BTreeSet::new();
        metrics
            .iter()
            .filter(|id| seen.insert(**id))
            .map(|id| {
                self.metrics
                    .iter()
                    .find(|m| m.id == **id)
                    .ok_or_else(|| super::unknown_metric(id, self.metrics.iter().map(|m| m.id.as_str())))
            })
            .collect()
    }

    /// `within` keeps to the rows of some groups of other dimensions.
    pub(super) fn grouped(
        &self,
        chosen: &[&MetricDefinition],
        dimensions: &[String],
        within: Option<&Groups<'_>>,
    ) -> Result<DataFrame, MetricsError> {
        self.check_dimensions(chosen, dimensions)?;
        let needed: Vec<String> =
            dimensions.iter().chain(within.into_iter().flat_map(Groups::dimensions)).cloned().collect();
        let mut of_rows: BTreeMap<Rows, Vec<Ready<'_>>> = BTreeMap::new();
        for metric in chosen {
            if self.missing(metric, &needed)?.is_empty() {
                let expression = Expression::of_metric(metric)?;
                of_rows.entry(metric.rows).or_default().push(Ready { metric, expression });
            }
        }
        let mut joined: Option<LazyFrame> = None;
        for (rows, ready) in &of_rows {
            let part = self.one_relation(*rows, ready, dimensions, within)?;
            joined = Some(match joined {
                None => part,
                Some(all) if dimensions.is_empty() => all.cross_join(part, None),
                Some(all) => {
                    let on: Vec<Expr> = dimensions.iter().map(|d| col(d.as_str())).collect();
                    let args = JoinArgs {
                        nulls_equal: true,
                        ..JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns)
                    };
                    all.join(part, on.clone(), on, args)
                }
            });
        }
        let computed: BTreeSet<&str> = of_rows.values().flatten().map(|r| r.metric.id.as_str()).collect();
        let unavailable = |metric: &&&MetricDefinition| !computed.contains(metric.id.as_str());
        let nulls: Vec<Expr> = chosen
            .iter()
            .filter(unavailable)
            .map(|m| lit(NULL).cast(DataType::Float64).alias(m.id.as_str()))
            .collect();
        let plan = match joined {
            Some(plan) => plan.with_columns(nulls),
            None => no_values(chosen, dimensions).lazy(),
        };
        let plan = if dimensions.is_empty() { plan } else { own_values_only(plan, chosen) };
        let plan = super::order::sorted(plan, dimensions);
        let order: Vec<Expr> = dimensions
            .iter()
            .map(|d| col(d.as_str()))
            .chain(chosen.iter().map(|m| col(m.id.as_str())))
            .collect();
        let subject = subject_of(chosen);
        let known = self.known_columns(chosen);
        let table = plan.select(order).collect().map_err(|e| readable(&subject, &e, &known))?;
        let table = super::order::dimensions_as_text(table, dimensions)
            .and_then(|table| as_numbers(table, chosen))
            .map_err(|e| readable(&subject, &e, &known))?;
        if dimensions.is_empty() && table.height() != 1 {
            return Err(MetricsError {
                subject,
                what: format!("it gives {} values instead of one", table.height()),
                hint: "an expression must aggregate: sum(...), count(...), median(...)".to_owned(),
            });
        }
        Ok(table)
    }

    /// The metrics of one relation as one query of the engine.
    fn one_relation(
        &self,
        rows: Rows,
        ready: &[Ready<'_>],
        dimensions: &[String],
        within: Option<&Groups<'_>>,
    ) -> Result<LazyFrame, MetricsError> {
        let subject = subject_of(&ready.iter().map(|r| r.metric).collect::<Vec<_>>());
        let mut wanted: BTreeSet<String> = dimensions.iter().cloned().collect();
        wanted.extend(ready.iter().flat_map(|r| r.expression.columns()));
        wanted.extend(within.into_iter().flat_map(Groups::dimensions).cloned());
        let prepared = self.prepared(rows, &wanted)?;
        let known: BTreeSet<String> = wanted.iter().cloned().collect();
        let fault = |e: PolarsError| readable(&subject, &e, &known);
        let chosen = match within {
            None => prepared,
            Some(groups) => {
                let rows = prepared.rows().and_then(|rows| groups.rows_of(&rows));
                Arc::new(Prepared::of(rows.map_err(fault)?))
            }
        };
        let optional: BTreeSet<&String> = ready
            .iter()
            .flat_map(|r| &r.metric.optional)
            .filter(|c| wanted.contains(*c) && !self.relations.missing_column(rows, c).is_empty())
            .collect();
        let mut aggregates = Vec::new();
        // A metric may be named like a dimension of its rows; its value has a name of its own until it is computed.
        let mut list: Vec<String> = dimensions.iter().map(|d| quoted(d)).collect();
        for (number, metric) in ready.iter().enumerate() {
            let outside = metric.expression.apart(&self.bounds, &mut aggregates, &subject)?;
            list.push(format!("{outside} as {}", quoted(&value_name(number))));
        }
        let values = |of: &Prepared| -> PolarsResult<DataFrame> {
            let mut relation = of.data.clone();
            for column in &optional {
                relation.with_column(absent_column(rows, column, relation.height()))?;
            }
            let groups = of.known.groupings.of(&relation, dimensions)?;
            let table = aggregated(&relation, of.belong.as_ref(), &groups, &of.known, &aggregates)?;
            let keys = relation.keys(&groups, dimensions)?;
            let mut table = DataFrame::new(
                groups.count(),
                keys.into_columns().into_iter().chain(table.into_columns()).collect(),
            )?;
            if of.belong.is_some() && !dimensions.is_empty() {
                // A group of rows none of which belongs is none.
                let counts = rows_of_groups(&groups, relation.height(), &of.belong);
                table = table.filter(&counts.i64()?.gt(0_i64))?;
            }
            let mut context = SQLContext::new();
            context.register(RELATION, table.lazy().with_row_index(PLACE, None));
            // Beside a column of the table a number that stands alone is as long as the table is.
            context.execute(&format!("select \"{PLACE}\", {} from {RELATION}", list.join(", ")))?.collect()
        };
        let values = match values(&chosen) {
            // It may fail on a row that does not belong.
            Err(_) if chosen.belong.is_some() => chosen.rows().and_then(|rows| values(&Prepared::of(rows))),
            other => other,
        };
        let values = values.map_err(fault)?;
        let numbers = ready.iter().enumerate().map(|(number, r)| {
            let name = value_name(number);
            as_number(r.metric, &name, values.schema().get(name.as_str()))
        });
        let keys = dimensions.iter().map(|d| Ok(col(d.as_str())));
        let numbers = keys.chain(numbers).collect::<Result<Vec<_>, _>>()?;
        Ok(values.lazy().select(numbers))
    }

    /// The metrics that the report names, with the dimensions it shows them by.
    pub(super) fn metrics_used(&self) -> impl Iterator<Item = &str> {
        self.usage.metrics.keys().map(String::as_str)
    }

    /// The relations that the report looks at.
    pub(super) fn relations_used(&self) -> impl Iterator<Item = Rows> {
        self.usage.relations.keys().copied()
    }

    /// The rows of a relation with these columns, filtered; computed once and kept.
    pub(super) fn prepared(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
    ) -> Result<Arc<Prepared>, MetricsError> {
        let there = |wanted: &BTreeSet<String>| -> BTreeSet<String> {
            wanted.iter().filter(|c| self.relations.missing_column(rows, c).is_empty()).cloned().collect()
        };
        let mut kept = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut columns = there(wanted);
        if let Some(prepared) = kept.get(&rows) {
            if columns.iter().all(|c| prepared.data.has(c)) {
                return Ok(Arc::clone(prepared));
            }
            columns.extend(prepared.data.names().map(ToString::to_string));
        }
        if let Some(used) = self.usage.relations.get(&rows) {
            columns.extend(there(used));
        }
        let prepared = Arc::new(Prepared::new(self.held_rows(rows, &columns)?));
        kept.insert(rows, Arc::clone(&prepared));
        Ok(prepared)
    }

    /// The rows of a relation with these columns, filtered.
    pub(super) fn filtered(&self, rows: Rows, columns: &BTreeSet<String>) -> Result<Frame, MetricsError> {
        let rows_of = Prepared::new(self.held_rows(rows, columns)?).rows();
        rows_of.map_err(|e| readable("the rows of the period", &e, &self.relations.all_columns(rows)))
    }

    fn held_rows(&self, rows: Rows, columns: &BTreeSet<String>) -> Result<HeldRows, MetricsError> {
        let filter = self.filter.as_ref().filter(|_| self.filter_applies(rows));
        let condition =
            filter.map(|filter| filter.of_row(&self.bounds, "the report's filter")).transpose()?;
        self.relations
            .held_rows(rows, columns, condition.as_ref())
            .map_err(|e| readable("the rows of the period", &e, &self.relations.all_columns(rows)))
    }

    /// What a metric lacks for these dimensions: nothing when it can be computed.
    pub(super) fn missing(
        &self,
        metric: &MetricDefinition,
        dimensions: &[String],
    ) -> Result<Vec<String>, MetricsError> {
        let expression = Expression::of_metric(metric)?;
        let mut missing = BTreeSet::new();
        missing.extend(self.relations.missing_rows(metric.rows));
        for column in expression.columns().iter().filter(|c| !metric.optional.contains(c)) {
            missing.extend(self.relations.missing_column(metric.rows, column));
        }
        for dimension in dimensions {
            missing.extend(self.relations.missing_column(metric.rows, dimension));
        }
        // A condition that assignments cannot be held against would leave everybody in the denominator.
        if metric.rows == Rows::Assigned
            && let Some(filter) = &self.filter
        {
            for column in filter.columns() {
                missing.extend(self.relations.missing_column(metric.rows, &column));
            }
        }
        Ok(missing.into_iter().collect())
    }

    /// A dimension that is neither a column of any of the metrics' rows nor a documented one is a mistake.
    fn check_dimensions(
        &self,
        chosen: &[&MetricDefinition],
        dimensions: &[String],
    ) -> Result<(), MetricsError> {
        for dimension in dimensions {
            if chosen.iter().any(|m| m.id == *dimension) {
                return Err(MetricsError {
                    subject: subject_of(chosen),
                    what: format!("`{dimension}` is both a metric and a dimension of one table"),
                    hint: "give the metric another name".to_owned(),
                });
            }
            let possible = chosen.iter().filter_map(|m| self.possible.get(&m.id)).flatten();
            let is_known = possible.copied().any(|rows| {
                columns::ways(rows, dimension).is_some()
                    || self.relations.missing_column(rows, dimension).is_empty()
                    || crate::source::documented_columns(columns::frame_of(rows)).any(|c| c == dimension)
            });
            if !is_known {
                let mut known = self.known_columns(chosen);
                known.extend(chosen.iter().flat_map(|m| columns::derived_names(m.rows)).map(str::to_owned));
                return Err(MetricsError {
                    subject: subject_of(chosen),
                    what: format!("no dimension `{dimension}`"),
                    hint: shown(dimension, &known),
                });
            }
        }
        Ok(())
    }

    fn known_columns(&self, chosen: &[&MetricDefinition]) -> BTreeSet<String> {
        chosen.iter().flat_map(|m| self.relations.all_columns(m.rows)).collect()
    }

    /// Groups of an additive metric must sum to the total that is computed from rows.
    fn check_totals(
        &self,
        chosen: &[&MetricDefinition],
        values: &DataFrame,
        dimensions: &[String],
    ) -> Result<(), MetricsError> {
        let additive: Vec<&MetricDefinition> = chosen
            .iter()
            .filter(|m| m.additive && self.missing(m, dimensions).is_ok_and(|missing| missing.is_empty()))
            .copied()
            .collect();
        if additive.is_empty() {
            return Ok(());
        }
        let totals = self.grouped(&additive, &[], None)?;
        for metric in additive {
            let Some((groups, total)) = identity::sums(values, &totals, &metric.id) else { continue };
            if !identity::equal(groups, total) {
                let identity = format!("{}: sum over {} = total", metric.id, dimensions.join(", "));
                let remark = Remark::Identity { identity, left: groups, right: total };
                self.breaches
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(metric.id.clone(), remark);
            }
        }
        Ok(())
    }

    /// What was odd: the source's remarks, unavailable metrics among the report's, identities that do not hold.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = self.source_remarks.clone();
        for (id, by) in &self.usage.metrics {
            let Some(metric) = self.metrics.iter().find(|m| m.id == *id) else { continue };
            let dimensions: Vec<String> = by.iter().chain(&metric.by).cloned().collect();
            match self.missing(metric, &dimensions) {
                Ok(missing) if !missing.is_empty() => {
                    remarks.push(Remark::Unavailable { metric: id.clone(), missing });
                }
                _ => {}
            }
        }
        remarks.extend(self.targets.remarks());
        remarks.extend(self.breaches.lock().unwrap_or_else(PoisonError::into_inner).values().cloned());
        remarks.extend(self.identities.get_or_init(|| self.broken_identities()).iter().cloned());
        remarks
    }

    fn broken_identities(&self) -> Vec<Remark> {
        let rows: BTreeSet<Rows> = self.usage.relations.keys().copied().collect();
        identity::check(&self.relations, &rows).unwrap_or_else(|e| {
            tracing::warn!(error = %e, "the identities could not be checked");
            Vec::new()
        })
    }
}

/// Polars writes its warnings to the terminal otherwise, in words that mean nothing to the reader of a report.
fn tell_polars_warnings_to_the_log() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        polars::error::set_warning_function(|text, kind| tracing::debug!(?kind, text, "polars"));
    });
}

/// The name under which a relation is asked.
pub(super) const RELATION: &str = "relation";

/// Under which a group knows its place.
const PLACE: &str = "place of the group";

/// A metric's value inside a query.
fn value_name(number: usize) -> String {
    format!("value {number}")
}

pub(super) fn subject_of(metrics: &[&MetricDefinition]) -> String {
    let ids: Vec<&str> = metrics.iter().map(|m| m.id.as_str()).collect();
    match ids.as_slice() {
        [one] => format!("metric `{one}`"),
        _ => format!("metrics `{}`", ids.join("`, `")),
    }
}

/// A metric's own columns list only values that it has a value for: a row of nulls says nothing.
fn own_values_only(plan: LazyFrame, chosen: &[&MetricDefinition]) -> LazyFrame {
    if chosen.iter().all(|m| m.by.is_empty()) {
        return plan;
    }
    let any = chosen.iter().fold(lit(false), |any, m| any.or(col(m.id.as_str()).is_not_null()));
    plan.filter(any)
}

//! What a report needs of its source: the columns and rows behind its metrics, dimensions, queries and filter.

use super::MetricsError;
use super::columns::{self, OF_SELLER};
use super::sql::{Expression, Select};
use crate::calendar::Period;
use crate::definition::{FrameName, KpiSection, MetricDefinition, Report, Rows, SectionBody, Text};
use crate::source::{Need, documented_columns};
use std::collections::{BTreeMap, BTreeSet};

/// What a report needs of its source for these periods: the union over its sections.
///
/// # Errors
/// An expression or query that does not parse.
pub fn need(report: &Report, metrics: &[MetricDefinition], periods: &[Period]) -> Result<Need, MetricsError> {
    let filter = filter_of(report)?;
    let usage = usage(report, metrics, filter.as_ref())?;
    let mut asked = Asked::default();
    for (rows, wanted) in &usage.relations {
        asked.relation(*rows, wanted);
    }
    for metric in usage.with_targets(metrics) {
        asked.targets(metric);
    }
    for sql in &usage.queries {
        asked.query(sql, filter.as_ref());
    }
    Ok(Need { columns: asked.columns, periods: periods.to_vec(), rows: asked.rows, made: None })
}

/// The metrics of a report of which rows of the source say what they are to reach.
///
/// # Errors
/// An expression or query that does not parse.
pub fn with_targets(report: &Report, metrics: &[MetricDefinition]) -> Result<Vec<String>, MetricsError> {
    let usage = usage(report, metrics, filter_of(report)?.as_ref())?;
    Ok(usage.with_targets(metrics).map(|metric| metric.id.clone()).collect())
}

/// Which relations a report looks at, with which columns, and its queries.
pub(super) struct Usage {
    pub(super) relations: BTreeMap<Rows, BTreeSet<String>>,
    pub(super) queries: Vec<Select>,
    /// Metrics that sections name, with the dimensions they are shown by.
    pub(super) metrics: BTreeMap<String, BTreeSet<String>>,
}

impl Usage {
    /// Tiles are shown by the time of their sparks too, those that have a value for each of it.
    fn sparks(&mut self, kpis: &KpiSection, metrics: &[MetricDefinition]) {
        let Some(spark) = &kpis.spark else { return };
        let tiles = metrics.iter().filter(|metric| kpis.metrics.contains(&metric.id));
        for way in tiles.flat_map(MetricDefinition::ways).filter(|way| way.rows.unfold_in_time()) {
            self.relations.entry(way.rows).or_default().insert(spark.clone());
        }
    }

    fn with_targets<'m>(
        &self,
        metrics: &'m [MetricDefinition],
    ) -> impl Iterator<Item = &'m MetricDefinition> {
        let used = metrics.iter().filter(|metric| self.metrics.contains_key(&metric.id));
        used.filter(|metric| metric.target.is_some_and(|target| target.is_from_table()))
    }
}

/// The report's own condition.
pub(super) fn filter_of(report: &Report) -> Result<Option<Expression>, MetricsError> {
    let subject = format!("the filter of report `{}`", report.id);
    report.filter.as_deref().map(|text| Expression::parse(text, &subject)).transpose()
}

/// What the sections of a report look at.
pub(super) fn usage(
    report: &Report,
    metrics: &[MetricDefinition],
    filter: Option<&Expression>,
) -> Result<Usage, MetricsError> {
    let mut usage = Usage { relations: BTreeMap::new(), queries: Vec::new(), metrics: BTreeMap::new() };
    for section in &report.sections {
        let (ids, by): (Vec<String>, Vec<String>) = match &section.body {
            SectionBody::Kpis(kpis) => {
                usage.sparks(kpis, metrics);
                (kpis.metrics.clone(), Vec::new())
            }
            SectionBody::Table(table) => (table.metrics.clone(), table.by.clone()),
            SectionBody::Chart(chart) => (chart.metrics.clone(), chart.dimensions()),
            SectionBody::Text(text) => (named_in(text, metrics), Vec::new()),
            SectionBody::Sql(query) => {
                usage.queries.push(Select::parse(&query.sql, &format!("section `{}`", section.id))?);
                continue;
            }
        };
        for id in ids {
            let Some(metric) = metrics.iter().find(|m| m.id == id) else {
                return Err(super::unknown_metric(&id, metrics.iter().map(|m| m.id.as_str())));
            };
            for metric in metric.ways() {
                let wanted = usage.relations.entry(metric.rows).or_default();
                wanted.extend(Expression::of_metric(metric)?.columns());
                wanted.extend(metric.by.iter().chain(&by).cloned());
                if let Some(filter) = filter {
                    wanted.extend(filter.columns());
                }
            }
            usage.metrics.entry(id).or_default().extend(by.iter().cloned());
        }
    }
    Ok(usage)
}

/// Metrics whose id stands as a word in a text of any language.
fn named_in(text: &Text, metrics: &[MetricDefinition]) -> Vec<String> {
    let texts: Vec<&str> = match text {
        Text::Plain(text) => vec![text],
        Text::Translated(all) => all.values().map(String::as_str).collect(),
    };
    let words: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .collect();
    metrics.iter().filter(|m| words.contains(m.id.as_str())).map(|m| m.id.clone()).collect()
}

#[derive(Default)]
struct Asked {
    columns: BTreeMap<FrameName, BTreeSet<String>>,
    rows: BTreeSet<Rows>,
}

impl Asked {
    fn base(&mut self, (frame, column): (FrameName, &str)) {
        self.columns.entry(frame).or_default().insert(column.to_owned());
    }

    /// The source's columns and rows behind a relation.
    fn relation(&mut self, rows: Rows, wanted: &BTreeSet<String>) {
        self.rows.insert(rows);
        let behind = columns::essential(rows).iter().copied().flatten().chain(columns::decisive(rows));
        behind.for_each(|base| self.base(*base));
        for column in wanted {
            self.column(rows, column);
            let more = columns::rows_behind(rows, column);
            self.rows.extend(more);
            more.iter().flat_map(|r| columns::decisive(*r)).for_each(|base| self.base(*base));
        }
    }

    fn column(&mut self, rows: Rows, column: &str) {
        if columns::is_hidden(rows, column) {
            return;
        }
        match columns::ways(rows, column) {
            Some(ways) => {
                ways.iter().copied().flatten().for_each(|base| self.base(*base));
                if column == "seller" {
                    self.column(rows, "seller_name");
                }
            }
            None => self.base((columns::frame_of(rows), column)),
        }
    }

    /// What the source says is to be reached, and what tells the groups that a seller belongs to.
    fn targets(&mut self, metric: &MetricDefinition) {
        for column in documented_columns(FrameName::Targets) {
            self.base((FrameName::Targets, column));
        }
        let of_seller = OF_SELLER.into_iter().filter(|(name, _)| *name != "seller_name");
        for (name, written) in std::iter::once(("seller_id", "seller_id")).chain(of_seller) {
            self.base((FrameName::Sellers, written));
            // Where there are no sellers, rows themselves may say whose they are.
            for way in metric.ways().filter(|way| way.rows.frame() != FrameName::UserStates) {
                if matches!(name, "seller_id" | "team") {
                    self.base((way.rows.frame(), name));
                }
            }
        }
    }

    /// The frames that a query names, with those of its columns that may be theirs.
    fn query(&mut self, sql: &Select, filter: Option<&Expression>) {
        let tables = sql.tables();
        let mut named = sql.columns();
        named.extend(filter.into_iter().flat_map(Expression::columns));
        for frame in FrameName::ALL.into_iter().filter(|f| tables.contains(f.as_str())) {
            let rows = match frame {
                FrameName::Tasks => Some(Rows::Scheduled),
                FrameName::UserStates => Some(Rows::Days),
                FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => None,
            };
            let mut wanted = named.clone();
            if sql.has_wildcard() {
                self.base((frame, "*"));
                wanted.extend(documented_columns(frame).map(str::to_owned));
                wanted.extend(rows.into_iter().flat_map(columns::derived_names).map(str::to_owned));
            }
            match rows {
                Some(rows) => self.relation(rows, &wanted),
                None => wanted.iter().for_each(|column| self.base((frame, column))),
            }
        }
    }
}

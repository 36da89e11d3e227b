//! What the sections of a report would show: their columns and how each is computed. Computes nothing.

use super::words;
use crate::definition::{Language, MetricDefinition, Report, Section, SectionBody, Text};
use crate::document::dimension_label;

/// A section to come.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SectionPlan {
    /// Unique in the report.
    pub id: String,
    /// Its heading, in the report's language.
    pub title: Option<String>,
    /// `kpis`, `table`, `chart`, `sql`, `text`.
    pub kind: &'static str,
    /// The formats that show it.
    pub formats: Vec<&'static str>,
    /// What it shows, in order.
    pub columns: Vec<ColumnPlan>,
    /// What else is said about it: how a chart is drawn, how a table is sorted, a query, a text.
    pub detail: Option<String>,
}

/// A column, tile or series to come.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ColumnPlan {
    /// The dimension's or metric's name.
    pub name: String,
    /// Its heading, in the report's language.
    pub label: String,
    /// The metric's format; `None` for a dimension.
    pub format: Option<String>,
    /// The metric's formula in words.
    pub formula: Option<String>,
    /// Which rows it looks at: `planned of tasks`.
    pub rows: Option<String>,
    /// Its expression.
    pub expr: Option<String>,
}

pub(super) fn sections(report: &Report, metrics: &[MetricDefinition]) -> Vec<SectionPlan> {
    let language = Language::of_locale(&report.locale).unwrap_or(Language::Es);
    report.sections.iter().map(|section| plan(section, report, metrics, language)).collect()
}

fn plan(section: &Section, report: &Report, metrics: &[MetricDefinition], language: Language) -> SectionPlan {
    let measures = |ids: &[String]| ids.iter().map(|id| metric(id, metrics, language)).collect::<Vec<_>>();
    let (columns, detail) = match &section.body {
        SectionBody::Kpis(kpis) => {
            (measures(&kpis.metrics), kpis.spark.as_ref().map(|spark| format!("sparks by {spark}")))
        }
        SectionBody::Table(table) => {
            let mut columns: Vec<_> = table.by.iter().map(|name| dimension(name, language)).collect();
            columns.extend(measures(&table.metrics));
            let mut detail = Vec::new();
            if let Some((column, descending)) = &table.sort {
                detail.push(format!("sorted by {column}{}", if *descending { ", descending" } else { "" }));
            }
            if !table.compare.is_empty() {
                detail.push(format!("compared with {}", words::comparisons(&table.compare)));
            }
            if table.totals {
                detail.push("totals".to_owned());
            }
            if !table.subtotals.is_empty() {
                detail.push(format!("subtotals by {}", table.subtotals.join(", ")));
            }
            if !table.marks.is_empty() {
                let marks = table.marks.iter().map(|(metric, mark)| format!("{metric} ({mark})"));
                detail.push(format!("marks {}", marks.collect::<Vec<_>>().join(", ")));
            }
            if let Some(having) = &table.having {
                detail.push(format!("having {}", having.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
            if let Some(limit) = table.limit {
                let others = if table.others { ", the others in one" } else { "" };
                let each = if table.subtotals.is_empty() { "" } else { " a group" };
                detail.push(format!("at most {limit} rows{each}{others}"));
            }
            (columns, (!detail.is_empty()).then(|| detail.join(", ")))
        }
        SectionBody::Chart(chart) => {
            let mut columns: Vec<_> =
                chart.dimensions().iter().map(|name| dimension(name, language)).collect();
            columns.extend(measures(&chart.metrics));
            let stacked = if chart.stacked { ", stacked" } else { "" };
            (columns, Some(format!("{}{stacked}", chart.kind.word())))
        }
        SectionBody::Sql(query) => {
            let sql = query.sql.trim();
            let limit = query.limit.map(|limit| format!("\nat most {limit} rows")).unwrap_or_default();
            (Vec::new(), Some(format!("{sql}{limit}")))
        }
        SectionBody::Text(text) => (Vec::new(), Some(text.in_language(language).to_owned())),
    };
    let shown =
        |format: &&crate::definition::Format| section.only.is_empty() || section.only.contains(format);
    SectionPlan {
        id: section.id.clone(),
        title: section.title.as_ref().map(|title| title.in_language(language).to_owned()),
        kind: words::kind(&section.body),
        formats: report.formats.iter().filter(shown).map(|format| format.extension()).collect(),
        columns,
        detail,
    }
}

fn dimension(name: &str, language: Language) -> ColumnPlan {
    ColumnPlan {
        name: name.to_owned(),
        label: dimension_label(name, language),
        format: None,
        formula: None,
        rows: None,
        expr: None,
    }
}

fn metric(id: &str, metrics: &[MetricDefinition], language: Language) -> ColumnPlan {
    let Some(metric) = metrics.iter().find(|metric| metric.id == id) else { return dimension(id, language) };
    let text = |text: &Text| Some(text.in_language(language).to_owned()).filter(|text| !text.is_empty());
    ColumnPlan {
        name: id.to_owned(),
        label: metric.label.in_language(language).to_owned(),
        format: Some(metric.format.to_string()),
        formula: text(&metric.formula),
        rows: Some(format!("{} of {}", metric.rows.as_str(), metric.of)),
        expr: Some(metric.expr.trim().to_owned()),
    }
}

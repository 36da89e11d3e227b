//! Puts a report's document together from the numbers of its period and of those that it is compared with.

mod alt;
mod bullet;
mod chart;
mod charts;
mod compared;
mod cut;
mod flaws;
mod flow;
mod frame;
mod funnel;
mod grouped;
mod headline;
mod heatmap;
mod kpis;
mod marks;
mod matrix;
mod pairs;
mod query;
mod remarks;
mod rows;
mod spark;
mod summary;
mod table;
mod table_columns;
mod targets;
mod text;
mod totals;

pub(super) use frame::Key;

use super::against::Against;
use super::change::Pair;
use super::labels::value_label;
use super::parameters::{self, Parameter};
use super::totals::History;
use super::words::pick;
use super::{Body, Display, Document, DocumentError, Locale, Section};
use crate::calendar::Period;
use crate::definition::{
    self, ChartKind, Comparison, Definitions, FrameName, Language, MetricDefinition, Report, SectionBody,
    ValueFormat,
};
use crate::metrics::{Engine, MetricsError};
use crate::source::Remark;
use crate::suggest;
use chrono::{DateTime, Utc};
use compared::Compared;
use headline::Headline;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// What a document is made from.
pub struct Sources<'a> {
    /// All definitions: brand and metric labels.
    pub definitions: &'a Definitions,
    /// The report.
    pub report: &'a Report,
    /// Its period.
    pub period: &'a Period,
    /// Numbers of the period.
    pub current: &'a Engine,
    /// Numbers of the periods that it is compared with.
    pub compared: &'a [(Comparison, Engine)],
    /// Metrics in earlier periods of the same kind, as far as they are known.
    pub earlier: &'a [History],
    /// When it is made.
    pub generated: DateTime<Utc>,
}

/// Puts the document together.
///
/// # Errors
/// A metric, query or text template that fails; the message names its section.
pub fn build(from: &Sources<'_>) -> Result<Document, DocumentError> {
    let report = from.report;
    let setting = Setting::new(from)?;
    let compared = Compared::all(from);
    let mut headline = Headline::default();
    let mut sections = Vec::with_capacity(report.sections.len());
    for section in &report.sections {
        let (body, notes) = body(section, from, &compared, &setting, &mut headline)
            .map_err(|fault| fault.of(format!("section `{}` of report `{}`", section.id, report.id)))?;
        sections.push(Section {
            id: section.id.clone(),
            title: section.title.as_ref().map(|t| t.in_language(setting.language).to_owned()),
            only: section.only.clone(),
            body,
            notes,
        });
    }
    let (summary, rule) = summary::found(from, &setting, &compared, &mut headline)
        .map_err(|fault| fault.of(format!("the summary of report `{}`", report.id)))?;
    // Asked last: totals are checked while sections are computed.
    let remarks = remarks::sentences(&from.current.remarks(), &setting);
    let totals = totals::of_report(from, &setting, &headline)
        .map_err(|fault| fault.of(format!("the totals of report `{}`", report.id)))?;
    let mut definitions = definitions(report, &setting, &headline);
    definitions.extend(rule);
    let document = without_sections(from.definitions, setting, from.generated);
    Ok(Document { summary, sections, remarks, definitions, totals, ..document })
}

/// What heads a report, with nothing computed in it: for what is planned, and for the subject of its mail.
///
/// # Errors
/// A title that fails as a template, or an unknown locale.
pub fn heading(
    definitions: &Definitions,
    report: &Report,
    period: &Period,
    generated: DateTime<Utc>,
) -> Result<Document, DocumentError> {
    let brand = &definitions.brand.name;
    let setting = Setting::of(report, brand, &definitions.metrics, period, Vec::new())
        .map_err(|fault| fault.of(format!("report `{}`", report.id)))?;
    Ok(without_sections(definitions, setting, generated))
}

fn without_sections(definitions: &Definitions, setting: Setting<'_>, generated: DateTime<Utc>) -> Document {
    let (report, period, brand) = (setting.report, setting.period, &definitions.brand);
    Document {
        report: report.id.as_str().to_owned(),
        brand: brand.name.clone(),
        color: brand.color,
        footer: brand.footer.clone(),
        logo: brand.logo.clone(),
        period: setting.period_text(),
        days: (period.from(), period.last()),
        zone: report.zone,
        generated: generated.with_timezone(&report.zone).naive_local(),
        generated_utc: generated,
        title: setting.title,
        subtitle: setting.subtitle,
        parameters: setting.parameters,
        summary: Vec::new(),
        sections: Vec::new(),
        warnings: Vec::new(),
        remarks: Vec::new(),
        definitions: Vec::new(),
        totals: Vec::new(),
        locale: setting.locale,
    }
}

fn body(
    section: &definition::Section,
    from: &Sources<'_>,
    compared: &[Compared<'_>],
    setting: &Setting<'_>,
    headline: &mut Headline,
) -> Result<(Body, Vec<String>), Fault> {
    let current = from.current;
    Ok(match &section.body {
        SectionBody::Kpis(kpis) => {
            headline.ask(&kpis.metrics, setting, current, compared)?;
            let sparks = spark::of_tiles(kpis, setting, current)?;
            (Body::Kpis(kpis::tiles(&kpis.metrics, sparks, setting, headline)?), Vec::new())
        }
        SectionBody::Table(table) => {
            let (body, notes) = match matrix::metric(table, setting)? {
                Some(metric) => {
                    let ids = refs(&table.metrics);
                    let values = current.values(&ids, &[])?;
                    let totals = if table.totals { Some(current.totals(&ids)?) } else { None };
                    let mut matrix = matrix::build(metric, setting, &values, totals.as_ref())?;
                    marks::mark_matrix(&mut matrix, table, metric);
                    let signs = marks::explained(&matrix, table, setting);
                    (matrix, signs)
                }
                None => table::ask(table, setting, current, compared)?,
            };
            (Body::Table(body), notes)
        }
        SectionBody::Chart(section) => {
            let (chart, notes) = charts::ask(section, setting, current, compared, headline)?;
            (Body::Chart(chart), notes)
        }
        SectionBody::Sql(query) => {
            let (answer, all) = current.query(&query.sql, query.limit)?;
            let notes = cut::of_rows(answer.height(), all, setting).into_iter().collect();
            (Body::Table(query::build(&answer, setting)?), notes)
        }
        SectionBody::Text(template) => {
            let template = text::Template::parse(template.in_language(setting.language))?;
            headline.ask(&template.metrics(setting)?, setting, current, compared)?;
            (Body::Text(template.render(setting, headline)?), Vec::new())
        }
    })
}

/// Label and formula of every metric that the report shows, in the order of first use.
fn definitions(report: &Report, setting: &Setting<'_>, headline: &Headline) -> Vec<(String, String)> {
    shown(report, headline)
        .into_iter()
        .filter_map(|id| setting.metric(id).ok())
        .map(|m| {
            (
                m.label.in_language(setting.language).to_owned(),
                m.formula.in_language(setting.language).to_owned(),
            )
        })
        .collect()
}

/// Every metric that the report shows, in the order of first use.
fn shown<'a>(report: &'a Report, headline: &'a Headline) -> Vec<&'a str> {
    let mut used: Vec<&str> = Vec::new();
    for section in &report.sections {
        match &section.body {
            SectionBody::Kpis(kpis) => used.extend(kpis.metrics.iter().map(String::as_str)),
            SectionBody::Table(table) => used.extend(table.metrics.iter().map(String::as_str)),
            SectionBody::Chart(chart) => used.extend(chart.metrics.iter().map(String::as_str)),
            SectionBody::Sql(_) | SectionBody::Text(_) => {}
        }
    }
    used.extend(headline.metrics());
    let mut seen = std::collections::BTreeSet::new();
    used.retain(|id| seen.insert(*id));
    used
}

/// Does a report show what is to be reached? A text may, and bullets do.
fn are_targets_shown(report: &Report) -> bool {
    let may_be_in = |section: &definition::Section| match &section.body {
        SectionBody::Text(_) => true,
        SectionBody::Chart(chart) => chart.kind == ChartKind::Bullet,
        _ => false,
    };
    report.comparisons().contains(&Comparison::Target) || report.sections.iter().any(may_be_in)
}

/// What all sections of a document share.
pub(super) struct Setting<'a> {
    locale: Locale,
    language: Language,
    report: &'a Report,
    brand: &'a str,
    metrics: &'a [MetricDefinition],
    period: &'a Period,
    /// What its numbers are compared with: the report's own comparisons first, then those of its tables.
    against: Vec<Against>,
    /// Frames without a row in the period: a count of nothing is shown as absent.
    empty: Vec<FrameName>,
    /// What metrics are to reach as a whole, where rows of the source say it.
    targets: BTreeMap<String, Option<f64>>,
    parameters: Vec<Parameter>,
    /// Title and subtitle with their parameters put in.
    title: String,
    subtitle: Option<String>,
}

impl<'a> Setting<'a> {
    fn new(from: &Sources<'a>) -> Result<Self, DocumentError> {
        let empty = from.current.remarks().into_iter().filter_map(|remark| match remark {
            Remark::Empty { frame } => Some(frame),
            _ => None,
        });
        let brand = &from.definitions.brand.name;
        let of = || {
            // Where nothing is held against them, nothing is told of them either.
            let targets = match are_targets_shown(from.report) {
                true => from.current.whole_targets()?,
                false => BTreeMap::new(),
            };
            let setting = Self::of(from.report, brand, from.current.metrics(), from.period, empty.collect())?;
            Ok(Self { targets, ..setting })
        };
        of().map_err(|fault: Fault| fault.of(format!("report `{}`", from.report.id)))
    }

    /// The same without an engine.
    fn of(
        report: &'a Report,
        brand: &'a str,
        metrics: &'a [MetricDefinition],
        period: &'a Period,
        empty: Vec<FrameName>,
    ) -> Result<Self, Fault> {
        let locale = Locale::parse(&report.locale).ok_or_else(|| {
            Fault::new(
                format!("unknown locale `{}`", report.locale),
                "write a tag such as es-CO, en-US or pt-BR",
            )
        })?;
        let language = locale.language();
        let against = Against::all(&report.comparisons(), period, language);
        let parameters = parameters::of_report(report, &locale);
        let (title, subtitle) = (String::new(), None);
        let mut setting = Self {
            locale,
            language,
            report,
            brand,
            metrics,
            period,
            against,
            empty,
            targets: BTreeMap::new(),
            parameters,
            title,
            subtitle,
        };
        setting.title = text::heading(report.title.in_language(language), &setting)?;
        let subtitle = report.subtitle.as_ref();
        setting.subtitle =
            subtitle.map(|words| text::heading(words.in_language(language), &setting)).transpose()?;
        Ok(setting)
    }

    fn metric(&self, id: &str) -> Result<&'a MetricDefinition, Fault> {
        self.metrics.iter().find(|m| m.id == id).ok_or_else(|| {
            let ids = self.metrics.iter().map(|m| m.id.as_str());
            Fault::new(
                format!("there is no metric `{id}`"),
                suggest::did_you_mean(id, ids, "`parte metrics` lists them"),
            )
        })
    }

    fn metrics_of(&self, ids: &[String]) -> Result<Vec<&'a MetricDefinition>, Fault> {
        ids.iter().map(|id| self.metric(id)).collect()
    }

    /// What a metric is to reach in the report's period, as a whole.
    fn target(&self, metric: &MetricDefinition) -> Option<f64> {
        match self.targets.get(&metric.id) {
            Some(of_rows) => *of_rows,
            None => metric.target.and_then(|target| target.of(self.period)),
        }
    }

    /// Is there to be a target? Where rows of the source say it, one that they do not say is shown as absent.
    fn has_target(&self, metric: &MetricDefinition) -> bool {
        self.target(metric).is_some() || metric.target.is_some_and(|target| target.is_from_table())
    }

    fn label(&self, metric: &MetricDefinition) -> String {
        metric.label.in_language(self.language).to_owned()
    }

    fn display(&self, format: ValueFormat) -> Display {
        let currency = match format {
            ValueFormat::Currency(_) => self.report.currency.clone(),
            _ => None,
        };
        Display::Number { format, currency }
    }

    /// What tiles and texts are held against, the main comparison first.
    fn compared_with(&self) -> &[Against] {
        self.against.get(..self.report.compare.len()).unwrap_or_default()
    }

    /// How one comparison is called.
    fn against(&self, with: Comparison) -> Option<&Against> {
        self.against.iter().find(|against| against.with == with)
    }

    fn pair(&self, metric: &MetricDefinition, value: Option<f64>, reference: Option<f64>) -> Pair<'_> {
        Pair {
            value,
            reference,
            format: metric.format,
            currency: self.report.currency.as_deref(),
            better: metric.better,
        }
    }

    fn period_text(&self) -> String {
        self.locale.period(self.period.from(), self.period.last())
    }

    fn pick(&self, words: super::words::Words) -> &'static str {
        pick(words, self.language)
    }

    /// A whole number, grouped.
    fn count(&self, count: usize) -> String {
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        self.locale.number(count as f64, 0)
    }

    /// A value of a dimension as people read it in a table.
    fn value_label(&self, dimension: &str, key: &Key) -> String {
        match key {
            Key::Text(text) => value_label(dimension, Some(text), self.language),
            Key::Absent => value_label(dimension, None, self.language),
            Key::Date(day) => match dimension {
                "month" | "signup_month" => self.locale.short_month(*day),
                _ => self.locale.date(*day),
            },
        }
    }

    /// A value of the report's own period, where the source has anything for it.
    fn known(&self, metric: &MetricDefinition, value: Option<f64>) -> Option<f64> {
        compared::known(&self.empty, metric, value)
    }
}

/// Why a section could not be put together; [`Fault::of`] says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    what: String,
    hint: String,
}

impl Fault {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    fn of(self, subject: String) -> DocumentError {
        DocumentError { subject, what: self.what, hint: self.hint }
    }
}

impl From<MetricsError> for Fault {
    fn from(e: MetricsError) -> Self {
        Self::new(format!("{}: {}", e.subject, e.what), e.hint)
    }
}

/// The one value of a metric in a table of totals.
fn first(table: &DataFrame, id: &str) -> Result<Option<f64>, Fault> {
    Ok(frame::numbers(table, id)?.first().copied().flatten())
}

fn refs(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests;

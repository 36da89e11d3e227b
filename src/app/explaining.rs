//! A number of a run explained from what was kept of it, in the words and numbers of its report.

use super::made_again::KeptRun;
use super::{Failure, told};
use crate::definition::{Language, Report, ValueFormat};
use crate::document::{Display, Locale, Value};
use crate::pipeline::{self, Explained, Question};
use crate::render::without_formula;
use chrono::{DateTime, SecondsFormat};
use polars::prelude::{AnyValue, DataFrame};

/// A number, and how its report shows numbers.
pub struct Number {
    /// Where it comes from.
    pub explained: Explained,
    /// The report.
    pub report: Report,
    locale: Locale,
}

/// Explains a number of a run.
///
/// # Errors
/// What is asked for is not there, or was not read by the run.
pub fn explain(run: &KeptRun, question: &Question<'_>) -> Result<Number, Failure> {
    run.as_ordered(None, |order| {
        let explained = pipeline::explain(order, &run.kept.inputs, question).map_err(|error| told(&error))?;
        let locale = Locale::parse(&order.report.locale)
            .ok_or_else(|| Failure::Unforeseen(format!("there is no locale `{}`", order.report.locale)))?;
        Ok(Number { explained, report: order.report.clone(), locale })
    })
}

impl Number {
    /// A value of the metric as the report shows it; a dash where there is none.
    #[must_use]
    pub fn shown(&self, value: Option<f64>) -> String {
        let (format, currency) = (self.explained.metric.format, self.currency());
        self.locale.show(value.map(Value::Number).as_ref(), &Display::Number { format, currency })
    }

    /// A change of the metric, with its sign.
    #[must_use]
    pub fn shown_change(&self, change: Option<f64>) -> String {
        let (format, currency) = (self.explained.metric.format, self.currency());
        self.locale.show(change.map(Value::Number).as_ref(), &Display::Difference { format, currency })
    }

    /// A value of a part of the expression: whole, or with a few decimals.
    #[must_use]
    pub fn shown_part(&self, value: Option<f64>) -> String {
        value.map_or_else(
            || "–".to_owned(),
            |value| self.locale.number(value, if value.fract() == 0.0 { 0 } else { 3 }),
        )
    }

    /// What the metric is called in the report.
    #[must_use]
    pub fn label(&self) -> &str {
        self.explained.metric.label.in_language(self.locale.language())
    }

    /// Its formula in English, as `parte metrics` says it.
    #[must_use]
    pub fn formula(&self) -> &str {
        self.explained.metric.formula.in_language(Language::En)
    }

    fn currency(&self) -> Option<String> {
        match self.explained.metric.format {
            ValueFormat::Currency(_) => self.report.currency.clone(),
            _ => None,
        }
    }

    /// Headings and the first rows behind the number.
    #[must_use]
    pub fn sample(&self, columns: usize, rows: usize) -> (Vec<String>, Vec<Vec<String>>) {
        let frame = &self.explained.rows;
        let names = frame.get_column_names().iter().take(columns).map(ToString::to_string).collect();
        let row =
            |row: usize| frame.columns().iter().take(columns).map(|it| cell(it.get(row).ok())).collect();
        (names, (0..frame.height().min(rows)).map(row).collect())
    }
}

/// Every row behind a number as CSV: commas, decimal points, instants in UTC; cells that a spreadsheet would take for a formula are led
/// by an apostrophe.
///
/// # Errors
/// None but that of a writer into memory.
pub fn rows_as_csv(frame: &DataFrame) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: csv::Error| Failure::Unforeseen(format!("the rows cannot be written as CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(frame.get_column_names().iter().map(|name| name.as_str())).map_err(failed)?;
    for row in 0..frame.height() {
        let cells = frame.columns().iter().map(|column| {
            let value = column.get(row).ok();
            let is_text = matches!(value, Some(AnyValue::String(_) | AnyValue::StringOwned(_)));
            let text = cell(value);
            if is_text { without_formula(&text).into_owned() } else { text }
        });
        writer.write_record(cells.collect::<Vec<_>>()).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Failure::Unforeseen(format!("the rows cannot be written as CSV: {error}")))
}

fn cell(value: Option<AnyValue<'_>>) -> String {
    match value {
        None | Some(AnyValue::Null) => String::new(),
        Some(AnyValue::String(text)) => text.to_owned(),
        Some(AnyValue::StringOwned(text)) => text.to_string(),
        Some(AnyValue::Datetime(micros, ..) | AnyValue::DatetimeOwned(micros, ..)) => {
            DateTime::from_timestamp_micros(micros)
                .map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        Some(other) => other.to_string(),
    }
}

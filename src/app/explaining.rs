//! A number of a run explained from what was kept of it, in the words and numbers of its report.

use super::made_again::KeptRun;
use super::{Failure, suggestion, told};
use crate::definition::{Language, Report, ValueFormat};
use crate::document::{Display, Locale, Value};
use crate::pipeline::{self, Explained, Question};

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
        let ids: Vec<&str> = order.definitions.metrics.iter().map(|metric| metric.id.as_str()).collect();
        if !ids.contains(&question.metric) {
            return Err(Failure::Unknown {
                kind: "metric",
                name: question.metric.to_owned(),
                place: format!("the definitions that run {} was made by", run.detail.run.id),
                hint: suggestion(question.metric, &ids),
            });
        }
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
        let all = &self.explained.rows;
        let names = all.names().take(columns).map(str::to_owned).collect();
        let row = |number| all.row(number).take(columns).map(|(cell, _)| cell).collect();
        (names, (0..all.len().min(rows)).map(row).collect())
    }

    /// Every row behind the number as CSV.
    #[must_use]
    pub fn rows_as_csv(&self) -> Vec<u8> {
        self.explained.rows_as_csv()
    }
}

//! What a manager would want to read first, found in the numbers of a report: changes beyond chance with the groups that moved most,
//! records among earlier periods, targets that are not met, groups that lie apart from the others. Each sentence keeps the numbers it was made of. Never: asks an
//! engine, or says of a change more than how large it is.

mod facts;
mod headline;
mod movers;
mod notable;
mod outliers;
mod records;
mod targets;
#[cfg(test)]
mod tests;
mod words;

pub use facts::{Fact, Finding, Group, Quantity, Sentence};

use super::against::Against;
use super::change::Pair;
use super::totals::Past;
use super::{Display, Locale, Value, rounding};
use crate::calendar::PeriodKind;
use crate::definition::{Better, MetricDefinition};
use chrono::NaiveDate;

/// How many changes are told at most.
const MOST_CHANGES: usize = 2;

/// What all sentences of a summary share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice<'a> {
    pub(super) locale: &'a Locale,
    /// ISO 4217 code, for amounts.
    pub(super) currency: Option<&'a str>,
    /// The main of the periods that the report is compared with, and its first and last day.
    pub(super) before: Option<(&'a Against, Days)>,
    /// Is the report held against targets?
    pub(super) targets: bool,
    /// First and last day of the report's own period.
    pub(super) days: Days,
    /// What that period is among those that it may be held against over years; `None`: nothing.
    pub(super) kind: Option<PeriodKind>,
}

/// First and last civil day, both included.
pub(super) type Days = (NaiveDate, NaiveDate);

/// A metric as a whole, as computed.
#[derive(Debug, Clone)]
pub(super) struct Reading<'a> {
    pub(super) metric: &'a MetricDefinition,
    pub(super) label: String,
    pub(super) value: Option<f64>,
    /// The same in the period that it is compared with.
    pub(super) before: Option<f64>,
    /// What it is to reach in the period.
    pub(super) target: Option<f64>,
    /// Rows behind the value and behind the one before, where they can be counted.
    pub(super) rows: (Option<f64>, Option<f64>),
    /// Its values in earlier periods of the same kind, computed and shown in the same way.
    pub(super) earlier: &'a [Past],
}

/// A metric by the groups of a table.
#[derive(Debug, Clone)]
pub(super) struct Breakdown<'a> {
    pub(super) metric: &'a MetricDefinition,
    pub(super) label: String,
    /// The dimension's name for people.
    pub(super) dimension: String,
    /// In the table's own order.
    pub(super) parts: Vec<Part>,
}

/// A metric of one group, as computed.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) group: Group,
    pub(super) value: Option<f64>,
    pub(super) before: Option<f64>,
    /// Rows behind the value, where they can be counted.
    pub(super) rows: Option<f64>,
}

/// The sentences that these numbers give, in the order in which they are read. `by_groups` is asked for a metric's groups, where a
/// table of the report has them; `breakdowns` are the shares of the report's tables.
///
/// # Errors
/// Those of `by_groups`.
pub(super) fn sentences<'a, E>(
    voice: &Voice<'_>,
    readings: &[Reading<'a>],
    breakdowns: &[Breakdown<'_>],
    mut by_groups: impl FnMut(&'a MetricDefinition) -> Result<Option<Breakdown<'a>>, E>,
) -> Result<Vec<Sentence>, E> {
    let mut sentences = Vec::new();
    let chosen = headline::chosen(voice, readings);
    let records = records::found(voice, readings);
    let mut told: Vec<&str> = Vec::new();
    for reading in &chosen {
        let moved = if reading.metric.additive { by_groups(reading.metric)? } else { None };
        let record = records.iter().find(|(of, _)| of.metric.id == reading.metric.id);
        let record = record.map(|(_, record)| record);
        sentences.extend(headline::sentence(voice, reading, moved.as_ref(), record));
        told.push(&reading.metric.id);
    }
    for (reading, record) in &records {
        if !told.contains(&reading.metric.id.as_str()) {
            sentences.push(records::sentence(voice, reading, record));
            told.push(&reading.metric.id);
        }
    }
    // What has been said of a metric's target is not said again.
    sentences.extend(targets::sentence(voice, readings, &told));
    sentences.extend(outliers::sentence(voice, breakdowns));
    Ok(sentences)
}

/// By which rule a group lies apart, for the report's definitions; `None` where no sentence uses it.
pub(super) fn rule(sentences: &[Sentence], voice: &Voice<'_>) -> Option<(String, String)> {
    sentences
        .iter()
        .any(|sentence| sentence.finding == Finding::Outlier)
        .then(|| words::outlier_rule(voice.locale))
}

impl Voice<'_> {
    fn show(&self, metric: &MetricDefinition, value: f64) -> String {
        let display = Display::Number { format: metric.format, currency: self.currency.map(str::to_owned) };
        self.locale.show(rounding::rounded(value, metric.format).map(Value::Number).as_ref(), &display)
    }

    fn show_change(&self, metric: &MetricDefinition, value: f64) -> String {
        let display =
            Display::Difference { format: metric.format, currency: self.currency.map(str::to_owned) };
        self.locale.show(Some(&Value::Number(value)), &display)
    }

    fn pair(&self, metric: &MetricDefinition, value: Option<f64>, reference: Option<f64>) -> Pair<'_> {
        Pair { value, reference, format: metric.format, currency: self.currency, better: metric.better }
    }

    /// A fact about a metric as a whole, with its number as it is shown.
    fn fact(&self, metric: &MetricDefinition, quantity: Quantity, value: f64) -> Fact {
        let days = match quantity {
            Quantity::Before => self.before.map(|(_, days)| days),
            Quantity::Target => None,
            _ => Some(self.days),
        };
        let value = match quantity {
            Quantity::Change | Quantity::Relative => value,
            _ => rounding::rounded(value, metric.format).unwrap_or(value),
        };
        Fact { metric: metric.id.clone(), group: None, days, quantity, value }
    }
}

/// Does a direction of it matter to anybody?
fn is_judged(metric: &MetricDefinition) -> bool {
    metric.better != Better::Neither
}

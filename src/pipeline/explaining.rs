//! One number of a run, explained: what it is made of, the rows behind it, and why it changed. Never: how that is told.

use super::{Engines, Inputs, Order, PipelineError};
use crate::calendar::Period;
use crate::definition::{Comparison, MetricDefinition, SectionBody};
use crate::document::PlainRows;
use crate::metrics::{self, Movement, TargetAt};
use crate::render::plain_rows_csv;

/// Cut by these where the report does not say by what.
const USUAL: [&str; 8] = ["team", "seller", "type", "channel", "city", "region", "category", "day"];
/// More dimensions than these are a list, no explanation.
const MOST_CUTS: usize = 4;

/// What somebody asks about a number.
pub struct Question<'a> {
    /// The metric.
    pub metric: &'a str,
    /// Of which group: dimensions with their values as texts; all rows without any.
    pub at: &'a [(String, String)],
    /// Cut its change by these dimensions; those of the report's own tables, and usual ones, without any.
    pub by: &'a [String],
}

/// A number and where it comes from.
pub struct Explained {
    /// The metric.
    pub metric: MetricDefinition,
    /// Its value, before rounding; `None`: there is none.
    pub value: Option<f64>,
    /// The aggregates that it is made of, with their values.
    pub parts: Vec<(String, Option<f64>)>,
    /// The rows it looks at, the columns that matter first.
    pub rows: PlainRows,
    /// What is to be reached here; `None`: the metric has no target.
    pub target: Option<TargetAt>,
    /// Against the report's comparisons.
    pub changes: Vec<Changed>,
}

impl Explained {
    /// Every row behind the number as CSV; cells that a spreadsheet would take for a formula are led by an apostrophe.
    #[must_use]
    pub fn rows_as_csv(&self) -> Vec<u8> {
        plain_rows_csv(&self.rows)
    }
}

/// A number against another period.
pub struct Changed {
    /// Which comparison.
    pub with: Comparison,
    /// The other period.
    pub period: Period,
    /// The number then.
    pub before: Option<f64>,
    /// What moved it, by dimension.
    pub movements: Vec<Movement>,
}

/// Explains a number from what a run was made from.
///
/// # Errors
/// An unknown metric or dimension, a group without rows, a metric for which the run did not read the columns.
pub fn explain(
    order: &Order<'_>,
    inputs: &Inputs,
    question: &Question<'_>,
) -> Result<Explained, PipelineError> {
    let Engines { current, compared } = Engines::new(order, inputs)?;
    let Question { metric, at, by } = question;
    let place = current.place(metric, at)?;
    // As it is computed over this source.
    let definition = current.metrics().iter().find(|known| known.id == *metric);
    let definition = definition.ok_or_else(|| PipelineError::Compose {
        what: format!("there is no metric `{metric}`"),
        hint: "`parte metrics` lists them".to_owned(),
    })?;
    let lacking = current.lacking(metric)?;
    if !lacking.is_empty() {
        return Err(metrics::MetricsError {
            subject: format!("metric `{metric}`"),
            what: format!("the run did not read what it is computed from: {}", lacking.join(", ")),
            hint: "explain a number that the report shows, or add it to the report and run it again"
                .to_owned(),
        }
        .into());
    }
    // What somebody asks for by name is an error where it is none.
    let cuts: Vec<String> = match by.is_empty() {
        true => {
            let own_and_usual = own_and_usual(order, metric, at);
            current.cut_by(metric, &own_and_usual).into_iter().take(MOST_CUTS).collect()
        }
        false => by.to_vec(),
    };
    let periods = order.report.compared_periods(&order.period);
    let mut changes = Vec::new();
    for ((with, engine), (_, period)) in compared.iter().zip(periods) {
        // A group that the other period lacks is nothing there.
        let then = engine.place_if_there(metric, at)?;
        let before = then.as_ref().map(|place| engine.value_at(metric, place)).transpose()?.flatten();
        let movements = cuts.iter().map(|cut| current.movement(&place, (engine, then.as_ref()), metric, cut));
        changes.push(Changed {
            with: *with,
            period,
            before,
            movements: movements.collect::<Result<_, _>>()?,
        });
    }
    Ok(Explained {
        metric: definition.clone(),
        value: current.value_at(metric, &place)?,
        parts: current.parts_at(metric, &place)?,
        target: definition.target.map(|_| current.target_at(metric, &place)).transpose()?,
        rows: PlainRows::new(current.rows_at(metric, &place)?),
        changes,
    })
}

/// The dimensions of the report's tables that show the metric, then usual ones.
fn own_and_usual(order: &Order<'_>, metric: &str, at: &[(String, String)]) -> Vec<String> {
    let tables = order.report.sections.iter().filter_map(|section| match &section.body {
        SectionBody::Table(table) if table.metrics.iter().any(|id| id == metric) => Some(&table.by),
        _ => None,
    });
    let own = tables.flatten().cloned();
    let usual = USUAL.into_iter().map(str::to_owned);
    own.chain(usual).filter(|name| at.iter().all(|(taken, _)| taken != name)).collect()
}

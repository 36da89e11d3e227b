//! The columns that a metric takes in a table: its value, and what it is compared with: the change in value and in percent
//! (of shares in points), and what part of its target it is.

use super::{Fault, Setting};
use crate::definition::{Comparison, Language, MetricDefinition, TableSection, ValueFormat};
use crate::document::{Column, Display, Values, Word, change, rounding};
use std::collections::BTreeMap;

/// What the periods say of one row, and what is to be reached in it: for each the numbers of all metrics, in their order.
pub(super) type Line = BTreeMap<Option<Comparison>, Vec<Option<f64>>>;

/// What a column shows of its metric.
#[derive(Debug, Clone, Copy)]
enum Shows {
    Value,
    /// The difference to another period.
    Difference(Comparison),
    /// The same as part of what it was.
    Relative(Comparison),
    Attainment,
}

/// A column of a metric, still without values.
pub(super) struct MetricColumn<'a> {
    metric: &'a MetricDefinition,
    shows: Shows,
    head: Column,
}

/// The columns of a metric: its own first.
pub(super) fn columns_of<'a>(
    metric: &'a MetricDefinition,
    compare: &[Comparison],
    setting: &Setting<'_>,
) -> Vec<MetricColumn<'a>> {
    let of_shares = matches!(metric.format, ValueFormat::Percent(_));
    let mut shows = vec![Shows::Value];
    for with in compare {
        match with {
            Comparison::Target if setting.has_target(metric) => shows.push(Shows::Attainment),
            Comparison::Target => {}
            with if of_shares => shows.push(Shows::Difference(*with)),
            with => shows.extend([Shows::Difference(*with), Shows::Relative(*with)]),
        }
    }
    shows
        .into_iter()
        .map(|shows| MetricColumn { metric, shows, head: head(metric, shows, setting) })
        .collect()
}

fn head(metric: &MetricDefinition, shows: Shows, setting: &Setting<'_>) -> Column {
    let label = setting.label(metric);
    let than = |with: Comparison, sign: &str| {
        let name = setting.against(with).map_or(with.word(), |against| against.short);
        format!("{label}, {sign} {name}")
    };
    let Display::Number { format, currency } = setting.display(metric.format) else {
        return Column::new(metric.id.clone(), label, Display::Text, false, Values::Number(Vec::new()));
    };
    // Parts of a whole sum to it, and so do their changes; shares do not.
    let is_sum = metric.additive && !matches!(format, ValueFormat::Percent(_));
    let column = |id: String, label: String, display: Display| {
        let is_sum = is_sum && matches!(shows, Shows::Value | Shows::Difference(_));
        Column { is_sum, ..Column::new(id, label, display, false, Values::Number(Vec::new())) }
    };
    match shows {
        Shows::Value => column(metric.id.clone(), label, Display::Number { format, currency }),
        Shows::Difference(with) => {
            let id = format!("{}_{}_change", metric.id, with.word());
            column(id, than(with, "Δ"), Display::Difference { format, currency })
        }
        Shows::Relative(with) => {
            column(format!("{}_{}_relative", metric.id, with.word()), than(with, "Δ %"), Display::Relative)
        }
        Shows::Attainment => {
            let label = format!("{label}, {}", Word::Attainment.in_language(setting.language));
            let display = Display::Number { format: ValueFormat::Percent(1), currency: None };
            column(format!("{}_attainment", metric.id), label, display)
        }
    }
}

/// What the words in the headings stand for, in a sentence for each period; nothing where there is no comparison.
pub(super) fn explained(compare: &[Comparison], setting: &Setting<'_>) -> Option<String> {
    let periods = compare.iter().filter(|with| with.is_period());
    let said: Vec<String> =
        periods.filter_map(|with| setting.against(*with)).map(|against| against.explained()).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// Why there is no part of a target where there are a value and a target; nothing where there is no such cell.
pub(super) fn without_attainment<'l>(
    section: &TableSection,
    lines: impl Iterator<Item = &'l Line>,
    setting: &Setting<'_>,
) -> Result<Option<String>, Fault> {
    if !section.compare.contains(&Comparison::Target) {
        return Ok(None);
    }
    let metrics = setting.metrics_of(&section.metrics)?;
    let is_none = |line: &Line, at: usize| {
        let of = |with| line.get(&with).and_then(|all| all.get(at).copied().flatten());
        let (value, target) = (of(None), of(Some(Comparison::Target)));
        value.is_some() && target.is_some() && change::attainment(value, target).is_none()
    };
    let has_target: Vec<usize> = (0..metrics.len()).filter(|at| setting.has_target(metrics[*at])).collect();
    let is_there = lines.into_iter().any(|line| has_target.iter().any(|at| is_none(line, *at)));
    let said = match setting.language {
        Language::Es => {
            "El % del objetivo se muestra como «–» donde el valor es negativo o el objetivo no es mayor que 0."
        }
        Language::En => {
            "The % of target is shown as “–” where the value is negative or the target is not above 0."
        }
        Language::Pt => {
            "O % da meta é mostrado como “–” onde o valor é negativo ou a meta não é maior que 0."
        }
    };
    Ok(is_there.then(|| said.to_owned()))
}

impl MetricColumn<'_> {
    /// Its value in a row; `at` is the metric's place.
    pub(super) fn cell(&self, at: usize, line: &Line, setting: &Setting<'_>) -> Option<f64> {
        let number =
            |with: Option<Comparison>| line.get(&with).and_then(|all| all.get(at).copied().flatten());
        let value = number(None);
        let against = |with| change::difference(setting.pair(self.metric, value, number(Some(with))));
        match self.shows {
            Shows::Value => value.and_then(|value| rounding::rounded(value, self.metric.format)),
            Shows::Difference(with) => against(with).0,
            Shows::Relative(with) => against(with).1,
            Shows::Attainment => change::attainment(value, number(Some(Comparison::Target))),
        }
    }

    /// The column with a value for each row.
    pub(super) fn filled(self, at: usize, lines: &[Line], setting: &Setting<'_>) -> Column {
        let values = lines.iter().map(|line| self.cell(at, line, setting)).collect();
        Column { values: Values::Number(values), ..self.head }
    }
}

//! Tables of metrics by dimensions: sorted, cut with a word about it, totals and the rest from rows.

use super::compared::{Compared, known};
use super::frame::{self, Dimension, Key};
use super::table_columns::{Line, columns_of, explained};
use super::{Fault, Setting, cut, refs};
use crate::definition::{Comparison, FrameName, MetricDefinition, TableSection};
use crate::document::ordering::Place;
use crate::document::{Column, Display, Table, Value, Values, Word, dimension_label, rounding};
use crate::metrics::Engine;
use polars::prelude::{DataFrame, IdxCa, IdxSize};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Each metric of a table with its values.
type Numbers<'s> = Vec<(&'s MetricDefinition, Vec<Option<f64>>)>;

/// What one period answers about a table, or what is to be reached.
pub(super) struct Side {
    /// `None`: the report's own period.
    pub(super) with: Option<Comparison>,
    pub(super) empty: Vec<FrameName>,
    pub(super) values: DataFrame,
    pub(super) totals: Option<DataFrame>,
    /// The groups beyond the limit, together.
    pub(super) others: Option<DataFrame>,
}

/// Which groups a table shows, in which order.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) shown: Vec<usize>,
    /// Beyond the limit.
    pub(super) beyond: Vec<usize>,
    /// How many the condition leaves out.
    pub(super) left_out: usize,
}

/// Asks the engines for a table and puts it together; and notes on what was cut.
pub(super) fn ask(
    section: &TableSection,
    setting: &Setting<'_>,
    current: &Engine,
    compared: &[Compared<'_>],
) -> Result<(Table, Vec<String>), Fault> {
    let (ids, by) = (refs(&section.metrics), refs(&section.by));
    let values = current.values(&ids, &by)?;
    let fulfilling = match &section.having {
        Some(condition) => Some(current.fulfilling(&values, condition)?),
        None => None,
    };
    let choice = choose(section, setting, &values, fulfilling)?;
    let dimensions = frame::dimensions(&values, &section.metrics);
    let beyond = if section.others && !choice.beyond.is_empty() && !dimensions.is_empty() {
        Some(groups(&values, &dimensions, &choice.beyond)?)
    } else {
        None
    };
    let side = |with: Option<Comparison>, engine: &Engine, empty: &[FrameName], values: DataFrame| {
        Ok::<Side, Fault>(Side {
            with,
            empty: empty.to_vec(),
            values,
            totals: if section.totals { Some(engine.totals(&ids)?) } else { None },
            others: match &beyond {
                Some(groups) => Some(engine.together(&ids, &dimensions, groups)?),
                None => None,
            },
        })
    };
    let targets = match section.compare.contains(&Comparison::Target) {
        false => None,
        true => Some(Side {
            with: Some(Comparison::Target),
            // What is to be reached is not counted.
            empty: Vec::new(),
            values: current.targets(&ids, &values, &dimensions)?,
            totals: if section.totals { Some(current.target_totals(&ids)?) } else { None },
            others: match &beyond {
                Some(groups) => Some(current.targets_together(&ids, &dimensions, groups)?),
                None => None,
            },
        }),
    };
    let mut sides = vec![side(None, current, &setting.empty, values)?];
    sides.extend(targets);
    for other in compared.iter().filter(|other| section.compare.contains(&other.with)) {
        let values = other.engine.values(&ids, &by)?;
        sides.push(side(Some(other.with), other.engine, &other.empty, values)?);
    }
    build(section, setting, &choice, &sides)
}

/// The groups at these places, by their dimensions.
fn groups(values: &DataFrame, dimensions: &[String], places: &[usize]) -> Result<DataFrame, Fault> {
    let places: Vec<IdxSize> = places.iter().filter_map(|place| IdxSize::try_from(*place).ok()).collect();
    let taken =
        values.select(dimensions).and_then(|keys| keys.take(&IdxCa::from_vec("place".into(), places)));
    taken.map_err(|e| Fault::new(e.to_string(), "delete `others` from the table"))
}

/// Sorts the groups, leaves out those that do not fulfil the condition, and cuts at the limit.
pub(super) fn choose(
    section: &TableSection,
    setting: &Setting<'_>,
    values: &DataFrame,
    fulfilling: Option<Vec<usize>>,
) -> Result<Choice, Fault> {
    let dimensions = dimensions_of(section, values)?;
    let metrics = numbers_of(section, setting, values, &setting.empty)?;
    let mut shown = ordered(section, &dimensions, &metrics)?;
    let all = shown.len();
    if let Some(fulfilling) = fulfilling {
        let mut kept = vec![false; all];
        for row in fulfilling {
            if let Some(kept) = kept.get_mut(row) {
                *kept = true;
            }
        }
        shown.retain(|row| kept.get(*row).copied().unwrap_or_default());
    }
    let left_out = all - shown.len();
    let beyond = shown.split_off(section.limit.unwrap_or(shown.len()).min(shown.len()));
    Ok(Choice { shown, beyond, left_out })
}

/// A table, and notes on what was cut. The first side is the report's own period.
pub(super) fn build(
    section: &TableSection,
    setting: &Setting<'_>,
    choice: &Choice,
    sides: &[Side],
) -> Result<(Table, Vec<String>), Fault> {
    let Some(own) = sides.first() else {
        return Err(Fault::new("there are no numbers", "please report this"));
    };
    let dimensions = dimensions_of(section, &own.values)?;
    let names: Vec<String> = dimensions.iter().map(|(name, _)| name.clone()).collect();
    let answers =
        sides.iter().map(|side| Answers::of(section, setting, side)).collect::<Result<Vec<_>, _>>()?;
    let own_keys = keys(&dimensions);

    let mut lines: Vec<Line> = choice
        .shown
        .iter()
        .map(|row| {
            let key = own_keys.get(*row).cloned().unwrap_or_default();
            answers.iter().map(|answer| (answer.with, answer.group(&key))).collect()
        })
        .collect();
    let has_others = own.others.is_some();
    if has_others {
        lines.push(answers.iter().map(|answer| (answer.with, answer.others.clone())).collect());
    }
    let mut columns: Vec<Column> = dimensions
        .iter()
        .enumerate()
        .map(|(at, (name, of))| {
            let column = dimension_column(name, of, &choice.shown, setting);
            let word = if at == 0 { Word::Others.in_language(setting.language) } else { "" };
            if has_others { with_last(column, word, setting) } else { column }
        })
        .collect();
    let mut totals: Option<Vec<Option<Value>>> = own.totals.as_ref().map(|_| vec![None; dimensions.len()]);
    let total: Line = answers.iter().map(|answer| (answer.with, answer.totals.clone())).collect();
    for (at, id) in section.metrics.iter().enumerate() {
        let metric = setting.metric(id)?;
        for column in columns_of(metric, &section.compare, setting) {
            if let Some(totals) = &mut totals {
                totals.push(column.cell(at, &total, setting).map(Value::Number));
            }
            columns.push(column.filled(at, &lines, setting));
        }
    }
    let (shown, beyond) = (choice.shown.len(), choice.beyond.len());
    let notes = [
        explained(&section.compare, setting),
        cut::of_groups(section, &names, shown, shown + beyond, setting),
        cut::of_condition(section, &names, choice.left_out, setting),
    ];
    Ok((Table { columns, totals }, notes.into_iter().flatten().collect()))
}

/// What one period answers, by groups: the numbers of all metrics, in their order.
struct Answers {
    with: Option<Comparison>,
    places: HashMap<Vec<Key>, usize>,
    metrics: Vec<Vec<Option<f64>>>,
    others: Vec<Option<f64>>,
    totals: Vec<Option<f64>>,
}

impl Answers {
    fn of(section: &TableSection, setting: &Setting<'_>, side: &Side) -> Result<Self, Fault> {
        let dimensions = dimensions_of(section, &side.values)?;
        let one_row = |table: Option<&DataFrame>| -> Result<Vec<Option<f64>>, Fault> {
            let Some(table) = table else { return Ok(vec![None; section.metrics.len()]) };
            let numbers = numbers_of(section, setting, table, &side.empty)?;
            Ok(numbers.into_iter().map(|(_, numbers)| numbers.first().copied().flatten()).collect())
        };
        let metrics = numbers_of(section, setting, &side.values, &side.empty)?;
        let places = match dimensions.is_empty() {
            true => HashMap::from([(Vec::new(), 0)]),
            false => keys(&dimensions).into_iter().enumerate().map(|(row, key)| (key, row)).collect(),
        };
        Ok(Self {
            with: side.with,
            places,
            metrics: metrics.into_iter().map(|(_, numbers)| numbers).collect(),
            others: one_row(side.others.as_ref())?,
            totals: one_row(side.totals.as_ref())?,
        })
    }

    /// The numbers of a group; absent where this period has no such group.
    fn group(&self, key: &[Key]) -> Vec<Option<f64>> {
        let row = self.places.get(key);
        let number = |numbers: &Vec<Option<f64>>| row.and_then(|row| numbers.get(*row).copied().flatten());
        self.metrics.iter().map(number).collect()
    }
}

fn dimensions_of(section: &TableSection, values: &DataFrame) -> Result<Vec<(String, Dimension)>, Fault> {
    let names = frame::dimensions(values, &section.metrics).into_iter();
    names.map(|name| frame::dimension(values, &name).map(|of| (name, of))).collect()
}

fn numbers_of<'s>(
    section: &TableSection,
    setting: &Setting<'s>,
    values: &DataFrame,
    empty: &[FrameName],
) -> Result<Numbers<'s>, Fault> {
    let of = |id: &String| {
        let metric = setting.metric(id)?;
        let numbers = frame::numbers(values, id)?;
        Ok((metric, numbers.into_iter().map(|value| known(empty, metric, value)).collect()))
    };
    section.metrics.iter().map(of).collect()
}

/// The groups row by row.
fn keys(dimensions: &[(String, Dimension)]) -> Vec<Vec<Key>> {
    let rows = dimensions.first().map_or(0, |(_, of)| of.len());
    (0..rows).map(|row| dimensions.iter().map(|(_, of)| of.key(row)).collect()).collect()
}

/// The rows in the order asked for, else in that of the dimensions.
fn ordered(
    section: &TableSection,
    dimensions: &[(String, Dimension)],
    metrics: &Numbers<'_>,
) -> Result<Vec<usize>, Fault> {
    let count = dimensions
        .first()
        .map(|(_, of)| of.len())
        .or_else(|| metrics.first().map(|(_, numbers)| numbers.len()))
        .unwrap_or(0);
    let places: Vec<Vec<Place>> = dimensions
        .iter()
        .map(|(name, of)| of.keys().iter().map(|key| Place::of(name, key)).collect())
        .collect();
    let by_dimensions = |a: usize, b: usize| -> Ordering {
        places.iter().fold(Ordering::Equal, |so_far, of| so_far.then_with(|| of[a].compare(&of[b], false)))
    };
    let mut rows: Vec<usize> = (0..count).collect();
    rows.sort_by(|a, b| by_dimensions(*a, *b));
    let Some((column, descending)) = &section.sort else { return Ok(rows) };
    if let Some(at) = dimensions.iter().position(|(name, _)| name == column) {
        let of = &places[at];
        rows.sort_by(|a, b| of[*a].compare(&of[*b], *descending));
    } else if let Some((_, numbers)) = metrics.iter().find(|(metric, _)| metric.id == *column) {
        rows.sort_by(|a, b| by_size(numbers[*a], numbers[*b], *descending));
    } else {
        let there = dimensions
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(metrics.iter().map(|(m, _)| m.id.as_str()));
        let there: Vec<_> = there.collect();
        return Err(Fault::new(
            format!("it is sorted by `{column}`, which is none of its columns"),
            super::nearest(column, there.iter().copied(), &format!("its columns: {}", there.join(", "))),
        ));
    }
    Ok(rows)
}

/// Absent numbers last, whatever the direction.
fn by_size(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// A dimension's column: days as dates, everything else in words.
pub(super) fn dimension_column(name: &str, of: &Dimension, rows: &[usize], setting: &Setting<'_>) -> Column {
    let months = matches!(name, "month" | "signup_month");
    let (display, values) = match of {
        Dimension::Date(days) if !months => {
            (Display::Date, Values::Date(rows.iter().map(|row| days.get(*row).copied().flatten()).collect()))
        }
        _ => {
            let text = |row: &usize| Some(setting.value_label(name, &of.key(*row)));
            (Display::Text, Values::Text(rows.iter().map(text).collect()))
        }
    };
    Column {
        id: name.to_owned(),
        label: dimension_label(name, setting.language),
        display,
        is_dimension: true,
        values,
    }
}

/// The column with one more value at its end, which makes dates texts.
fn with_last(column: Column, word: &str, setting: &Setting<'_>) -> Column {
    let mut texts = match column.values {
        Values::Text(texts) => texts,
        values => {
            let shown = |row| values.get(row).map(|value| setting.locale.show(Some(&value), &column.display));
            (0..values.len()).map(shown).collect()
        }
    };
    texts.push(Some(word.to_owned()));
    Column { display: Display::Text, values: Values::Text(texts), ..column }
}

/// A metric's value, rounded.
pub(super) fn number(metric: &MetricDefinition, value: Option<f64>) -> Option<Value> {
    value.and_then(|v| rounding::rounded(v, metric.format)).map(Value::Number)
}

/// The distinct values of a dimension, in order.
pub(super) fn distinct(name: &str, keys: &[Key]) -> Vec<Key> {
    let mut seen = std::collections::HashSet::new();
    let mut all: Vec<Key> = keys.iter().filter(|k| seen.insert(*k)).cloned().collect();
    all.sort_by(|a, b| Place::of(name, a).compare(&Place::of(name, b), false));
    all
}

//! Tables of metrics by dimensions: totals, subtotals and the rest from rows, and a word about what is not shown.

use super::compared::{Compared, known};
use super::frame::{self, Dimension, Key};
use super::grouped::{self, Choice};
use super::marks::{self, Lines};
use super::table_columns::{Line, columns_of, explained, without_attainment};
use super::{Fault, Setting, cut, refs};
use crate::definition::{Comparison, FrameName, MetricDefinition, TableSection};
use crate::document::ordering::Place;
use crate::document::{Column, Display, Table, Value, Values, Word, dimension_label, rounding};
use crate::metrics::Engine;
use polars::prelude::{DataFrame, IdxCa, IdxSize};
use std::collections::HashMap;

/// Each metric of a table with its values.
pub(super) type Numbers<'s> = Vec<(&'s MetricDefinition, Vec<Option<f64>>)>;

/// What one period answers about a table, or what is to be reached.
pub(super) struct Side {
    /// `None`: the report's own period.
    pub(super) with: Option<Comparison>,
    pub(super) empty: Vec<FrameName>,
    pub(super) values: DataFrame,
    pub(super) totals: Option<DataFrame>,
    /// The groups that have subtotals, by one leading dimension, by two, ...
    pub(super) subtotals: Vec<DataFrame>,
    /// What is beyond the limit, together: one row, with subtotals one for each group that they are of.
    pub(super) others: Option<DataFrame>,
}

/// Asks the engines for a table and puts it together; and notes on what was cut.
pub(super) fn ask(
    section: &TableSection,
    setting: &Setting<'_>,
    current: &Engine,
    compared: &[Compared<'_>],
) -> Result<(Table, Vec<String>), Fault> {
    let (ids, by) = (refs(&section.metrics), refs(&section.by));
    let levels = || (1..=section.subtotals.len()).map(|depth| &section.subtotals[..depth]);
    let subtotals = |engine: &Engine| {
        levels().map(|level| engine.subtotals(&ids, level)).collect::<Result<Vec<DataFrame>, _>>()
    };
    let values = current.values(&ids, &by)?;
    let of_groups = subtotals(current)?;
    let fulfilling = match &section.having {
        Some(condition) => Some(current.fulfilling(&values, condition)?),
        None => None,
    };
    let choice = choose(section, setting, &values, &of_groups, fulfilling.as_deref())?;
    let dimensions = frame::dimensions(&values, &section.metrics);
    let beyond = choice.beyond();
    let beyond = if section.others && !beyond.is_empty() && !dimensions.is_empty() {
        Some(groups(&values, &dimensions, &beyond)?)
    } else {
        None
    };
    let targets = match section.compare.contains(&Comparison::Target) || marks::needs_targets(section) {
        false => None,
        true => Some(Side {
            with: Some(Comparison::Target),
            // What is to be reached is not counted.
            empty: Vec::new(),
            totals: if section.totals { Some(current.target_totals(&ids)?) } else { None },
            subtotals: of_groups
                .iter()
                .zip(levels())
                .map(|(of_level, level)| current.targets(&ids, of_level, level))
                .collect::<Result<_, _>>()?,
            others: match &beyond {
                Some(_) => Some(targets_beyond(section, &choice, current, &values, &dimensions)?),
                None => None,
            },
            values: current.targets(&ids, &values, &dimensions)?,
        }),
    };
    let side = |with, engine: &Engine, empty: &[FrameName], values, subtotals| {
        Ok::<Side, Fault>(Side {
            with,
            empty: empty.to_vec(),
            values,
            totals: if section.totals { Some(engine.totals(&ids)?) } else { None },
            subtotals,
            others: match &beyond {
                Some(groups) => Some(engine.together(&ids, &dimensions, groups, &section.subtotals)?),
                None => None,
            },
        })
    };
    let mut sides = vec![side(None, current, &setting.empty, values, of_groups)?];
    sides.extend(targets);
    for other in compared.iter().filter(|other| section.compare.contains(&other.with)) {
        let (values, of_groups) = (other.engine.values(&ids, &by)?, subtotals(other.engine)?);
        sides.push(side(Some(other.with), other.engine, &other.empty, values, of_groups)?);
    }
    build(section, setting, &choice, &sides)
}

/// What is to be reached in what is beyond the limit, for each group that has subtotals.
fn targets_beyond(
    section: &TableSection,
    choice: &Choice,
    current: &Engine,
    values: &DataFrame,
    dimensions: &[String],
) -> Result<DataFrame, Fault> {
    let failed =
        |e: polars::prelude::PolarsError| Fault::new(e.to_string(), "delete `others` from the table");
    let mut all: Option<DataFrame> = None;
    for part in choice.parts.iter().filter(|part| !part.beyond.is_empty()) {
        let beyond = groups(values, dimensions, &part.beyond)?;
        let mut one = beyond.select(&section.subtotals).map_err(failed)?.head(Some(1));
        let targets = current.targets_together(&refs(&section.metrics), dimensions, &beyond)?;
        if section.subtotals.is_empty() {
            one = targets;
        } else {
            one.hstack_mut(targets.columns()).map_err(failed)?;
        }
        all = Some(match all {
            Some(all) => all.vstack(&one).map_err(failed)?,
            None => one,
        });
    }
    Ok(all.unwrap_or_default())
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
    subtotals: &[DataFrame],
    fulfilling: Option<&[usize]>,
) -> Result<Choice, Fault> {
    let dimensions = dimensions_of(section, values)?;
    let metrics = numbers_of(section, setting, values, &setting.empty)?;
    let subtotals = subtotals.iter().map(|of_level| Keyed::of(section, setting, of_level, &setting.empty));
    let subtotals = subtotals.collect::<Result<Vec<_>, _>>()?;
    grouped::choose(section, &dimensions, &metrics, &subtotals, fulfilling)
}

/// What stands in a row of a table: a group, or the others of the part that this one belongs to.
#[derive(Clone, Copy)]
enum Stands {
    Group(usize),
    Others(usize),
}

impl Stands {
    /// A group whose leading values are those of the row.
    fn place(self) -> usize {
        match self {
            Self::Group(place) | Self::Others(place) => place,
        }
    }
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
    let line = |of: &dyn Fn(&Answers) -> Vec<Option<f64>>| -> Line {
        answers.iter().map(|answer| (answer.with, of(answer))).collect()
    };

    let (mut lines, mut stand, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for part in &choice.parts {
        for row in &part.shown {
            let key = own_keys.get(*row).cloned().unwrap_or_default();
            lines.push(line(&|answer| answer.values.get(&key)));
            stand.push(Stands::Group(*row));
        }
        if let (true, Some(row)) = (own.others.is_some(), part.beyond.first()) {
            lines.push(line(&|answer| answer.others.get(&part.key)));
            stand.push(Stands::Others(*row));
        }
        ends.push(lines.len());
    }
    let mut columns: Vec<Column> = dimensions
        .iter()
        .enumerate()
        .map(|(at, (name, of))| named(name, of, at.checked_sub(section.subtotals.len()), &stand, setting))
        .collect();
    let mut groups = grouped::row_groups(section, &choice.parts, &ends);
    let mut subtotals = Vec::with_capacity(groups.len());
    for group in &mut groups {
        let place = stand.get(group.rows.start).map_or(0, |stands| stands.place());
        let key: Vec<Key> =
            own_keys.get(place).into_iter().flatten().take(group.level + 1).cloned().collect();
        let nothing = vec![None; section.metrics.len()];
        subtotals.push(line(&|answer| {
            answer.subtotals.get(group.level).map_or_else(|| nothing.clone(), |of_level| of_level.get(&key))
        }));
        let value = |(at, column): (usize, &Column)| {
            if at <= group.level { column.values.get(group.rows.start) } else { None }
        };
        group.cells = columns.iter().enumerate().map(value).collect();
    }
    let mut totals: Option<Vec<Option<Value>>> = own.totals.as_ref().map(|_| vec![None; dimensions.len()]);
    let total = line(&|answer| answer.totals.clone());
    let all = Lines { rows: &lines, subtotals: &subtotals, total: &total };
    for (at, id) in section.metrics.iter().enumerate() {
        let metric = setting.metric(id)?;
        for column in columns_of(metric, &section.compare, setting) {
            if let Some(totals) = &mut totals {
                totals.push(column.cell(at, &total, setting).map(Value::Number));
            }
            for (group, line) in groups.iter_mut().zip(&subtotals) {
                group.cells.push(column.cell(at, line, setting).map(Value::Number));
            }
            let mut column = column.filled(at, &lines, setting);
            if let (true, Some((_, marking))) =
                (column.id == *id, section.marks.iter().find(|(marked, _)| marked == id))
            {
                marks::mark(&mut column, marking, (at, metric), &all);
            }
            columns.push(column);
        }
    }
    let table = Table { columns, totals, groups };
    let (shown, beyond) = (choice.shown(), choice.beyond().len());
    let notes = [
        explained(&section.compare, setting),
        without_attainment(section, lines.iter().chain(&subtotals).chain([&total]), setting)?,
        cut::of_groups(section, &names, shown, shown + beyond, setting),
        cut::of_condition(section, &names, choice.left_out(), setting),
    ];
    let signs = marks::explained(&table, section, setting);
    Ok((table, notes.into_iter().flatten().chain(signs).collect()))
}

/// What one period answers.
struct Answers {
    with: Option<Comparison>,
    values: Keyed,
    subtotals: Vec<Keyed>,
    others: Keyed,
    totals: Vec<Option<f64>>,
}

impl Answers {
    fn of(section: &TableSection, setting: &Setting<'_>, side: &Side) -> Result<Self, Fault> {
        let keyed = |table: &DataFrame| Keyed::of(section, setting, table, &side.empty);
        let maybe = |table: Option<&DataFrame>| match table {
            Some(table) => keyed(table),
            None => Ok(Keyed::nothing(section.metrics.len())),
        };
        Ok(Self {
            with: side.with,
            values: keyed(&side.values)?,
            subtotals: side.subtotals.iter().map(keyed).collect::<Result<_, _>>()?,
            others: maybe(side.others.as_ref())?,
            totals: maybe(side.totals.as_ref())?.get(&[]),
        })
    }
}

/// The numbers of all metrics, in their order, by groups.
pub(super) struct Keyed {
    places: HashMap<Vec<Key>, usize>,
    metrics: Vec<Vec<Option<f64>>>,
}

impl Keyed {
    fn nothing(metrics: usize) -> Self {
        Self { places: HashMap::new(), metrics: vec![Vec::new(); metrics] }
    }

    fn of(
        section: &TableSection,
        setting: &Setting<'_>,
        table: &DataFrame,
        empty: &[FrameName],
    ) -> Result<Self, Fault> {
        let dimensions = dimensions_of(section, table)?;
        let metrics = numbers_of(section, setting, table, empty)?;
        let places = match dimensions.is_empty() {
            true => HashMap::from([(Vec::new(), 0)]),
            false => keys(&dimensions).into_iter().enumerate().map(|(row, key)| (key, row)).collect(),
        };
        Ok(Self { places, metrics: metrics.into_iter().map(|(_, numbers)| numbers).collect() })
    }

    /// The numbers of a group; absent where there is no such group.
    fn get(&self, key: &[Key]) -> Vec<Option<f64>> {
        (0..self.metrics.len()).map(|metric| self.number(key, metric)).collect()
    }

    /// That of one metric, by its place.
    pub(super) fn number(&self, key: &[Key], metric: usize) -> Option<f64> {
        self.metrics.get(metric)?.get(*self.places.get(key)?).copied().flatten()
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

/// A dimension's column. `after` is how many columns it comes after those that have subtotals; there the others of a part, which are
/// no group, are called by a word, which makes dates texts.
fn named(
    name: &str,
    of: &Dimension,
    after: Option<usize>,
    stand: &[Stands],
    setting: &Setting<'_>,
) -> Column {
    let places: Vec<usize> = stand.iter().map(|stands| stands.place()).collect();
    let column = dimension_column(name, of, &places, setting);
    let has_others = stand.iter().any(|stands| matches!(stands, Stands::Others(_)));
    let Some(after) = after.filter(|_| has_others) else { return column };
    let word = if after == 0 { Word::Others.in_language(setting.language) } else { "" };
    let text = |(row, stands): (usize, &Stands)| match (stands, &column.values) {
        (Stands::Others(_), _) => Some(word.to_owned()),
        (Stands::Group(_), Values::Text(texts)) => texts.get(row).cloned().flatten(),
        (Stands::Group(_), values) => {
            values.get(row).map(|value| setting.locale.show(Some(&value), &column.display))
        }
    };
    let texts = stand.iter().enumerate().map(text).collect();
    Column { display: Display::Text, values: Values::Text(texts), ..column }
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
    Column::new(name, dimension_label(name, setting.language), display, true, values)
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

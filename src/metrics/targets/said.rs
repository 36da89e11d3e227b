//! Rows of the frame `targets`: each says a number for a group and for days. Never: which of them holds.

use crate::calendar::{Period, Unit};
use crate::definition::unit_of;
use chrono::{Datelike as _, NaiveDate};
use parte_columns::Frame;
use polars::prelude::*;
use std::collections::BTreeMap;

/// Columns that are no group.
const OWN: [&str; 5] = ["metric", "period", "from", "to", "value"];

/// Columns with their values.
pub(super) type Values = BTreeMap<String, String>;

/// What one row says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// The group as it is written; empty: everything.
    pub(super) group: Values,
    /// The group, and what follows from it: a seller's team.
    pub(super) known: Values,
    pub(super) days: Days,
    pub(super) value: f64,
    /// Does it keep within the report's own condition? One that leaves open what the condition asks for goes beyond it.
    pub(super) inside: bool,
}

/// The days that a row is said for; a day that is absent is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Days {
    /// These days as a whole, both included.
    Exactly(NaiveDate, NaiveDate),
    /// Each whole unit within these days.
    Each(Unit, Within),
    /// Any period within these days.
    Any(Within),
}

/// Days between which something holds, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Within {
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
}

impl Within {
    fn bounds(self) -> (NaiveDate, NaiveDate) {
        (self.from.unwrap_or(NaiveDate::MIN), self.to.unwrap_or(NaiveDate::MAX))
    }

    fn holds(self, period: &Period) -> bool {
        let (from, to) = self.bounds();
        from <= period.from() && period.last() <= to
    }

    fn is_part_of(self, other: Self) -> bool {
        let ((from, to), (since, until)) = (self.bounds(), other.bounds());
        since <= from && to <= until && self != other
    }
}

impl Said {
    /// Is it said without any period or very days?
    pub(super) fn is_for_any_period(&self) -> bool {
        matches!(self.days, Days::Any(_))
    }
}

impl Days {
    /// Is a row of these days said for this period?
    pub(super) fn hold(self, period: &Period) -> bool {
        match self {
            Self::Exactly(from, to) => (from, to) == (period.from(), period.last()),
            Self::Each(unit, within) => unit_of(period) == Some(unit) && within.holds(period),
            Self::Any(within) => within.holds(period),
        }
    }

    /// Is it said for fewer days than another that holds as well? The very days are closer than each month, and each month of this
    /// year is closer than each month.
    pub(super) fn closer_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exactly(..), Self::Exactly(..)) => false,
            (Self::Exactly(..), _) => true,
            (_, Self::Exactly(..)) => false,
            (Self::Each(..), Self::Any(_)) => true,
            (Self::Any(_), Self::Each(..)) => false,
            (Self::Each(_, one), Self::Each(_, other)) | (Self::Any(one), Self::Any(other)) => {
                one.is_part_of(other)
            }
        }
    }
}

/// `2026-03-01 to 2026-03-31`, `each month from 2026-01-01`, `any period`.
impl std::fmt::Display for Days {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let within = match self {
            Self::Exactly(from, to) => return write!(f, "{from} to {to}"),
            Self::Each(unit, within) => {
                let word = UNITS.iter().find(|(_, known)| known == unit).map_or("", |(word, _)| word);
                write!(f, "each {word}")?;
                within
            }
            Self::Any(within) => {
                f.write_str("any period")?;
                within
            }
        };
        if let Some(from) = within.from {
            write!(f, " from {from}")?;
        }
        if let Some(to) = within.to {
            write!(f, " to {to}")?;
        }
        Ok(())
    }
}

const UNITS: [(&str, Unit); 5] = [
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("quarter", Unit::Quarter),
    ("year", Unit::Year),
];

/// The rows of a metric, and the kinds of periods in them that are none, each with the number of its rows.
pub(super) struct Read {
    pub(super) rows: Vec<Said>,
    pub(super) strange: BTreeMap<String, usize>,
}

/// The columns without which no row says anything.
pub(super) const NEEDED: [&str; 2] = ["metric", "value"];

/// Those of them that the frame lacks.
pub(super) fn missing(frame: &Frame) -> Vec<String> {
    let lacks = |name: &&str| !frame.has(name);
    NEEDED.iter().filter(|name| lacks(name)).map(|name| format!("targets.{name}")).collect()
}

/// How many rows there are of each metric, by what the rows call it.
pub(super) fn by_metric(frame: &Frame) -> PolarsResult<BTreeMap<String, usize>> {
    let metrics = frame.column("metric")?.cast(&DataType::String)?;
    let mut counts = BTreeMap::new();
    for metric in metrics.str()?.iter().flatten() {
        *counts.entry(metric.trim().to_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// The groups that rows of this frame can be said for.
pub(super) fn groups(frame: &Frame) -> Vec<String> {
    let names = frame.names().map(ToString::to_string);
    names.filter(|name| !OWN.contains(&name.as_str())).collect()
}

/// Reads the rows of a metric. A row without a number says nothing.
pub(super) fn read(frame: &Frame, metric: &str) -> PolarsResult<Read> {
    let mut read = Read { rows: Vec::new(), strange: BTreeMap::new() };
    let metrics = frame.column("metric")?.cast(&DataType::String)?;
    let values = frame.column("value")?.cast(&DataType::Float64)?;
    let (metrics, values) = (metrics.str()?, values.f64()?);
    let names = groups(frame);
    let texts = names.iter().map(|name| frame.column(name)?.cast(&DataType::String));
    let texts = texts.collect::<PolarsResult<Vec<Column>>>()?;
    let texts = texts.iter().map(Column::str).collect::<PolarsResult<Vec<&StringChunked>>>()?;
    let periods = match frame.column("period") {
        Ok(periods) => Some(periods.cast(&DataType::String)?),
        Err(_) => None,
    };
    let periods = periods.as_ref().map(Column::str).transpose()?;
    let (from, to) = (days(frame, "from")?, days(frame, "to")?);
    for row in 0..frame.height() {
        let is_of = metrics.get(row).is_some_and(|of| of.trim() == metric);
        let Some(value) = values.get(row).filter(|value| is_of && value.is_finite()) else { continue };
        let day = |days: &Option<Vec<Option<NaiveDate>>>| days.as_ref()?.get(row).copied().flatten();
        let within = Within { from: day(&from), to: day(&to) };
        let word =
            periods.and_then(|periods| periods.get(row)).map(str::trim).filter(|word| !word.is_empty());
        let days = match (word, within) {
            (Some(word), within) => match UNITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                Some((_, unit)) => Days::Each(*unit, within),
                None => {
                    *read.strange.entry(word.to_owned()).or_default() += 1;
                    continue;
                }
            },
            (None, Within { from: Some(from), to: Some(to) }) => Days::Exactly(from, to),
            (None, within) => Days::Any(within),
        };
        let group: Values = names
            .iter()
            .zip(&texts)
            .filter_map(|(name, texts)| {
                Some((name.clone(), texts.get(row).filter(|text| !text.is_empty())?.to_owned()))
            })
            .collect();
        read.rows.push(Said { known: group.clone(), group, days, value, inside: true });
    }
    Ok(read)
}

fn days(frame: &Frame, name: &str) -> PolarsResult<Option<Vec<Option<NaiveDate>>>> {
    let Ok(column) = frame.column(name) else { return Ok(None) };
    let numbers = column.cast(&DataType::Date)?.cast(&DataType::Int32)?;
    let epoch = NaiveDate::default().num_days_from_ce();
    let day = |number: Option<i32>| NaiveDate::from_num_days_from_ce_opt(epoch.checked_add(number?)?);
    Ok(Some(numbers.i32()?.iter().map(day).collect()))
}

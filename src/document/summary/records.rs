//! Records: a value beyond those of every period of its kind before it, or of every one since a period that was further still.

use super::{Fact, Finding, Quantity, Reading, Sentence, Voice, notable, targets, words};
use crate::calendar::PeriodKind;
use crate::definition::Better;
use crate::document::rounding;
use crate::document::totals::Past;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A value is no record that lies beyond fewer earlier periods: of nine equal ones each is the highest every ninth time.
pub(super) const LEAST_BEATEN: usize = 8;
/// How many are told at most.
const MOST: usize = 2;
/// What has set a record in each of so many periods before grows by itself: the next one is no news.
const GROWING: usize = 4;

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// As it is shown.
    value: f64,
    pub(super) rank: Rank,
    pub(super) span: Span,
    /// The periods that it lies beyond, the latest first.
    beaten: Vec<Past>,
    /// How far beyond the nearest of them, in widths of all of them.
    margin: f64,
}

/// What the value is among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Best,
    Worst,
    /// Of a metric of which neither direction is better.
    Highest,
    Lowest,
}

/// Among which periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Span {
    /// So many in a row, its own included.
    Last(usize),
    /// All in a row after one that was further still, with the value of then.
    Since(Past),
    /// So many that are known from this day on, its own included; between them there are others.
    Known(usize, NaiveDate),
}

/// A side of the other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

impl Side {
    fn is_beyond(self, value: f64, other: f64) -> bool {
        match self {
            Self::Above => value > other,
            Self::Below => value < other,
        }
    }
}

/// The records among these readings: the one beyond the most periods first, of equals the one that lies farther beyond them.
pub(super) fn found<'r, 'a>(
    voice: &Voice<'_>,
    readings: &'r [Reading<'a>],
) -> Vec<(&'r Reading<'a>, Record)> {
    let Some(kind) = voice.kind else { return Vec::new() };
    let mut records: Vec<(&Reading<'_>, Record)> = readings
        .iter()
        .filter(|reading| notable::has_rows(reading.metric, reading.rows.0))
        .filter_map(|reading| Some((reading, of(voice, kind, reading)?)))
        .collect();
    // Stable: of equals the report's order holds.
    records.sort_by(|(_, a), (_, b)| b.beaten.len().cmp(&a.beaten.len()).then(b.margin.total_cmp(&a.margin)));
    records.truncate(MOST);
    records
}

fn of(voice: &Voice<'_>, kind: PeriodKind, reading: &Reading<'_>) -> Option<Record> {
    let raw = reading.value?;
    let value = rounding::rounded(raw, reading.metric.format)?;
    let before = periods_before(kind, voice.days.0, reading.earlier);
    [Side::Above, Side::Below].into_iter().find_map(|side| {
        let (beaten, span) = beaten(value, side, &before)?;
        if is_growing(side, &before) {
            return None;
        }
        let rank = match (side, reading.metric.better) {
            (Side::Above, Better::Higher) | (Side::Below, Better::Lower) => Rank::Best,
            (Side::Above, Better::Lower) | (Side::Below, Better::Higher) => Rank::Worst,
            (Side::Above, Better::Neither) => Rank::Highest,
            (Side::Below, Better::Neither) => Rank::Lowest,
        };
        let margin = margin(raw, &beaten);
        Some(Record { value, rank, span, beaten, margin })
    })
}

/// The periods before the one that begins with `own`, the latest first; `None` where one is not known. Those that lie askew to it
/// or after it are no such periods.
fn periods_before(kind: PeriodKind, own: NaiveDate, earlier: &[Past]) -> Vec<Option<Past>> {
    let known: BTreeMap<NaiveDate, Past> = earlier.iter().map(|past| (past.from, *past)).collect();
    let Some(first) = known.keys().next() else { return Vec::new() };
    let before = std::iter::successors(kind.before(own), |from| kind.before(*from));
    before.take_while(|from| from >= first).map(|from| known.get(&from).copied()).collect()
}

/// The periods, from the latest on, that a value lies beyond, and what they are; `None` where they are too few. An equal value
/// ends them, and is no record of the one nor of the other.
fn beaten(value: f64, side: Side, before: &[Option<Past>]) -> Option<(Vec<Past>, Span)> {
    let mut beaten: Vec<Past> = Vec::new();
    let (mut gaps, mut gap, mut further) = (false, false, None);
    for past in before {
        match past {
            None => gap = true,
            Some(past) if side.is_beyond(value, past.value) => {
                gaps |= gap;
                beaten.push(*past);
            }
            Some(past) => {
                further = (!gap && side.is_beyond(past.value, value)).then_some(*past);
                break;
            }
        }
    }
    let oldest = beaten.last().filter(|_| beaten.len() >= LEAST_BEATEN)?.from;
    let count = beaten.len() + 1;
    let span = match further {
        _ if gaps => Span::Known(count, oldest),
        Some(past) => Span::Since(past),
        None => Span::Last(count),
    };
    Some((beaten, span))
}

/// Was each of the periods just before beyond those before it?
fn is_growing(side: Side, before: &[Option<Past>]) -> bool {
    let known: Vec<f64> = before.iter().flatten().map(|past| past.value).collect();
    known.len() >= GROWING + LEAST_BEATEN
        && known
            .windows(LEAST_BEATEN + 1)
            .take(GROWING)
            .all(|of| of.iter().skip(1).all(|other| side.is_beyond(of[0], *other)))
}

fn margin(raw: f64, beaten: &[Past]) -> f64 {
    let values = || beaten.iter().map(|past| past.raw);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let nearest = if raw > high { raw - high } else { low - raw };
    if high > low { nearest / (high - low) } else { f64::INFINITY }
}

/// `Cumplimiento: 78,2 %, el peor resultado de las últimas 27 semanas.`
pub(super) fn sentence(voice: &Voice<'_>, reading: &Reading<'_>, record: &Record) -> Sentence {
    let metric = reading.metric;
    let language = voice.locale.language();
    let mut text = format!("{}: {}", reading.label, voice.show(metric, record.value));
    let mut facts = vec![voice.fact(metric, Quantity::Value, record.value)];
    add(voice, reading, record, &mut text, &mut facts);
    if let Some(missed) = targets::missed(voice, reading) {
        facts.push(voice.fact(metric, Quantity::Target, missed.target));
        text.push_str(", ");
        text.push_str(&words::off_target(missed.side, &voice.show(metric, missed.target), language));
    }
    text.push('.');
    Sentence { text, finding: Finding::Record, facts }
}

/// Says the record of a value that has been said: `, el peor resultado de las últimas 27 semanas`.
pub(super) fn add(
    voice: &Voice<'_>,
    reading: &Reading<'_>,
    record: &Record,
    text: &mut String,
    facts: &mut Vec<Fact>,
) {
    let Some(kind) = voice.kind else { return };
    let metric = reading.metric;
    text.push_str(", ");
    text.push_str(&words::record(record.rank, record.span, kind, voice.locale, |value| {
        voice.show(metric, value)
    }));
    let first = record.beaten.last().map_or(voice.days.0, |past| past.from);
    #[expect(clippy::cast_precision_loss, reason = "counts of periods")]
    let periods = (record.beaten.len() + 1) as f64;
    let fact = |quantity, value, days| Fact {
        metric: metric.id.clone(),
        group: None,
        days: Some(days),
        quantity,
        value,
    };
    facts.push(fact(Quantity::Periods, periods, (first, voice.days.1)));
    let earlier = |past: &Past| fact(Quantity::Earlier, past.value, (past.from, kind.last(past.from)));
    if let Span::Since(past) = &record.span {
        facts.push(earlier(past));
    }
    facts.extend(record.beaten.iter().map(earlier));
}

#[cfg(test)]
mod tests;

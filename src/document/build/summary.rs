//! Asks the engines for what a summary is found in: the tiles' metrics as a whole, and by the groups of the report's tables.

use super::compared::{Compared, known};
use super::frame::{self, Dimension, Key};
use super::headline::Headline;
use super::{Fault, Setting, Sources, totals};
use crate::calendar::PeriodKind;
use crate::definition::{Comparison, FrameName, MetricDefinition, SectionBody, TableSection, ValueFormat};
use crate::document::dimension_label;
use crate::document::summary::{self, Breakdown, Group, Part, Reading, Sentence, Voice};
use crate::document::totals::Past;
use crate::metrics::Engine;
use polars::prelude::DataFrame;
use std::collections::{BTreeSet, HashMap};

/// The sentences of a summary, and by which rule some of them were found.
pub(super) type Found = (Vec<Sentence>, Option<(String, String)>);

/// The summary of a report; empty where it wants none or has nothing to say.
pub(super) fn found<'a>(
    from: &Sources<'a>,
    setting: &Setting<'a>,
    compared: &[Compared<'_>],
    headline: &mut Headline,
) -> Result<Found, Fault> {
    if !setting.report.summary {
        return Ok((Vec::new(), None));
    }
    let metrics = metrics_told(setting);
    headline.ask(&metrics, setting, from.current, compared)?;
    let before = main_comparison(setting, compared);
    let voice = Voice {
        locale: &setting.locale,
        currency: setting.report.currency.as_deref(),
        before: before.and_then(|before| {
            let periods = setting.report.compared_periods(setting.period);
            let (_, period) = periods.into_iter().find(|(with, _)| *with == before.with)?;
            Some((setting.against(before.with)?, (period.from(), period.last())))
        }),
        targets: setting.report.compare.contains(&Comparison::Target),
        days: (setting.period.from(), setting.period.last()),
        kind: PeriodKind::of(setting.period),
    };
    let readings = readings(&metrics, from, before, setting, headline)?;
    let shares = shares(from.current, setting)?;
    let sentences = summary::sentences(&voice, &readings, &shares, |metric| {
        moved(metric, from.current, before, setting)
    })?;
    let rule = summary::rule(&sentences, &voice);
    Ok((sentences, rule))
}

/// The metrics of tiles; of tables where there are no tiles. Those with a value for each of their own groups have none as a whole.
fn metrics_told(setting: &Setting<'_>) -> Vec<String> {
    let bodies = || setting.report.sections.iter().map(|section| &section.body);
    let tiles = bodies().filter_map(|body| match body {
        SectionBody::Kpis(kpis) => Some(&kpis.metrics),
        _ => None,
    });
    let mut all: Vec<&String> = tiles.flatten().collect();
    if all.is_empty() {
        all = tables(setting).flat_map(|table| &table.metrics).collect();
    }
    let mut seen = BTreeSet::new();
    let whole = |id: &&String| setting.metric(id).is_ok_and(|metric| metric.by.is_empty());
    all.into_iter().filter(|id| seen.insert(*id)).filter(whole).cloned().collect()
}

fn tables<'s>(setting: &'s Setting<'_>) -> impl Iterator<Item = &'s TableSection> {
    setting.report.sections.iter().filter_map(|section| match &section.body {
        SectionBody::Table(table) => Some(table),
        _ => None,
    })
}

/// The first period that tiles are compared with.
fn main_comparison<'c, 'a>(setting: &Setting<'_>, compared: &'c [Compared<'a>]) -> Option<&'c Compared<'a>> {
    let main = setting.compared_with().iter().find(|against| against.with.is_period())?;
    compared.iter().find(|other| other.with == main.with)
}

fn readings<'a>(
    metrics: &[String],
    from: &Sources<'a>,
    before: Option<&Compared<'_>>,
    setting: &Setting<'a>,
    headline: &Headline,
) -> Result<Vec<Reading<'a>>, Fault> {
    let count = |engine: &Engine, id: &str| -> Result<Option<f64>, Fault> {
        let Some(table) = engine.rows_behind(id, &[])? else { return Ok(None) };
        Ok(frame::numbers(&table, id)?.first().copied().flatten())
    };
    metrics
        .iter()
        .map(|id| {
            let metric = setting.metric(id)?;
            let pair = headline.pair(id, before.map(|before| before.with), setting)?;
            let earlier = pair.value.map_or(&[][..], |value| earlier(from, setting, metric, value));
            // Nobody asks for them where nothing is held against anything, or a count speaks for itself.
            let is_count = metric.additive && metric.format == ValueFormat::Integer;
            let before = before.filter(|_| pair.value.is_some() && pair.reference.is_some() && !is_count);
            let rows = match before {
                Some(before) => (count(from.current, id)?, count(before.engine, id)?),
                None if !is_count && !earlier.is_empty() => (count(from.current, id)?, None),
                None => (None, None),
            };
            Ok(Reading {
                metric,
                label: setting.label(metric),
                value: pair.value,
                before: pair.reference,
                target: setting.target(metric),
                rows,
                earlier,
            })
        })
        .collect()
}

/// A metric in earlier periods, where it was computed and shown in the same way.
fn earlier<'a>(
    from: &Sources<'a>,
    setting: &Setting<'_>,
    metric: &MetricDefinition,
    value: f64,
) -> &'a [Past] {
    let total = totals::total(from, setting, metric, value);
    let history = total.and_then(|total| from.earlier.iter().find(|history| history.is_of(&total)));
    history.map_or(&[], |history| &history.values)
}

/// A metric by the groups of the first table that shows it by one dimension, in both periods.
fn moved<'a>(
    metric: &'a MetricDefinition,
    current: &Engine,
    before: Option<&Compared<'_>>,
    setting: &Setting<'_>,
) -> Result<Option<Breakdown<'a>>, Fault> {
    let Some(before) = before else { return Ok(None) };
    for table in tables(setting) {
        let [by] = table.by.as_slice() else { continue };
        if !table.metrics.contains(&metric.id) {
            continue;
        }
        let ids = [metric.id.as_str()];
        let now = current.values(&ids, &[by])?;
        // Days of one period are none of another.
        let Dimension::Text(_) = frame::dimension(&now, by)? else { continue };
        let now = numbers(&now, by, metric, &setting.empty)?;
        let then = numbers(&before.engine.values(&ids, &[by])?, by, metric, &before.empty)?;
        let values: HashMap<&Key, Option<f64>> = now.iter().map(|(key, value)| (key, *value)).collect();
        let earlier: HashMap<&Key, Option<f64>> = then.iter().map(|(key, value)| (key, *value)).collect();
        let gone = then.iter().filter(|(key, _)| !values.contains_key(key));
        let parts = now.iter().chain(gone).map(|(key, _)| Part {
            group: group(by, key, setting),
            value: values.get(key).copied().flatten(),
            before: earlier.get(key).copied().flatten(),
            rows: None,
        });
        return Ok(Some(Breakdown {
            metric,
            label: setting.label(metric),
            dimension: dimension_label(by, setting.language),
            parts: parts.collect(),
        }));
    }
    Ok(None)
}

/// The shares of every table that shows them by one dimension, with the rows behind each.
fn shares<'a>(current: &Engine, setting: &Setting<'a>) -> Result<Vec<Breakdown<'a>>, Fault> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for table in tables(setting) {
        let [by] = table.by.as_slice() else { continue };
        let mut asked: Vec<&MetricDefinition> = Vec::new();
        for id in &table.metrics {
            let metric = setting.metric(id)?;
            let share = matches!(metric.format, ValueFormat::Percent(_)) && metric.by.is_empty();
            if share && seen.insert((by, id)) {
                asked.push(metric);
            }
        }
        if asked.is_empty() {
            continue;
        }
        let ids: Vec<&str> = asked.iter().map(|metric| metric.id.as_str()).collect();
        let values = current.values(&ids, &[by])?;
        let Dimension::Text(_) = frame::dimension(&values, by)? else { continue };
        for metric in asked {
            let Some(behind) = current.rows_behind(&metric.id, &[by])? else { continue };
            let rows: HashMap<Key, Option<f64>> = numbers(&behind, by, metric, &[])?.into_iter().collect();
            let shares = numbers(&values, by, metric, &setting.empty)?;
            let parts = shares.into_iter().map(|(key, value)| Part {
                group: group(by, &key, setting),
                value,
                before: None,
                rows: rows.get(&key).copied().flatten(),
            });
            all.push(Breakdown {
                metric,
                label: setting.label(metric),
                dimension: dimension_label(by, setting.language),
                parts: parts.collect(),
            });
        }
    }
    Ok(all)
}

fn group(by: &str, key: &Key, setting: &Setting<'_>) -> Group {
    let text = match key {
        Key::Text(text) => Some(text.clone()),
        Key::Date(day) => Some(day.to_string()),
        Key::Absent => None,
    };
    Group { dimension: by.to_owned(), key: text, label: setting.value_label(by, key) }
}

/// Each group with its number.
fn numbers(
    values: &DataFrame,
    by: &str,
    metric: &MetricDefinition,
    empty: &[FrameName],
) -> Result<Vec<(Key, Option<f64>)>, Fault> {
    let keys = frame::dimension(values, by)?.keys();
    let numbers = frame::numbers(values, &metric.id)?;
    Ok(keys.into_iter().zip(numbers.into_iter().map(|number| known(empty, metric, number))).collect())
}

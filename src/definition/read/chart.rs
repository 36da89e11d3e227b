//! `chart` of a section: metrics drawn.

use super::civil::word;
use super::file::Known;
use super::frames::Frames;
use super::metric;
use super::problems::Read;
use super::section::{CHARTS, dimensions, metrics};
use super::table::{Spot, Table};
use crate::definition::{ChartKind, ChartSection};

/// Kinds of charts that are planned.
const LATER: [&str; 5] = ["area", "stacked", "flow", "funnel", "spark"];

fn chart_kind(inner: &Table<'_>, spot: &Spot<String>) -> Read<ChartKind> {
    if !LATER.contains(&spot.value.as_str()) {
        return word(inner.page(), spot, "kind of chart", &CHARTS);
    }
    let what = format!("charts of the kind `{}` are not there yet", spot.value);
    let hint = match spot.value.as_str() {
        "stacked" => "write kind = \"bars\" and stacked = true",
        "area" | "spark" => "write kind = \"line\"",
        "flow" => "show it as a table: table = { by = [...], metrics = [...] }",
        _ => "write kind = \"bars\"",
    };
    Err(inner.problems().add("unknown-value", &spot.place, what, "not there yet", hint))
}

/// Reads `chart = { kind = "bars", x = "day", metrics = ["tasks_completed"] }`.
pub(super) fn read(inner: &Table<'_>, known: &Known<'_>, frames: &Frames) -> Read<ChartSection> {
    let kind = inner
        .need("kind", inner.string("kind"), "write kind = \"bars\", \"line\" or \"heatmap\"")
        .and_then(|spot| chart_kind(inner, &spot));
    let x = inner
        .need("x", inner.string("x"), "write x = \"day\", or another column: week, team, type, state_end")
        .and_then(|spot| metric::column_name(inner, "x", &spot).map(|()| spot));
    let metrics = metrics(inner, "metrics", "write metrics = [\"tasks_completed\"]", known);
    let by = match inner.string("by") {
        Ok(Some(spot)) => metric::column_name(inner, "by", &spot).map(|()| Some(spot)),
        other => other,
    };
    let stacked = inner.boolean("stacked");
    let mut fault = None;
    if let Ok(ChartKind::Heatmap) = &kind {
        fault = heatmap(inner, &x, &by, &metrics, known).err();
    }
    let named: Vec<Spot<String>> = x.iter().chain(by.iter().flatten()).cloned().collect();
    if let Err(reported) = dimensions(inner, &named, &metrics, known, frames) {
        fault = Some(reported);
    }
    if let (Ok(Some(by)), Ok(metrics)) = (&by, &metrics)
        && metrics.len() > 1
        && !matches!(kind, Ok(ChartKind::Heatmap))
    {
        let what = "a chart with `by` shows one metric, a series for each value";
        let hint = "keep one metric, or delete `by` to get a series for each metric";
        fault = Some(inner.problems().add("conflicting-keys", &by.place, what, "with several metrics", hint));
    }
    if let (Ok(Some(true)), Ok(kind @ (ChartKind::Line | ChartKind::Heatmap))) = (&stacked, &kind) {
        let what = "only bars can be stacked";
        let hint = "write kind = \"bars\", or delete `stacked`";
        let place = inner.key_place("stacked");
        let label = if *kind == ChartKind::Line { "on lines" } else { "on a heatmap" };
        fault = Some(inner.problems().add("conflicting-keys", &place, what, label, hint));
    }
    match fault {
        Some(reported) => Err(reported),
        None => Ok(ChartSection {
            kind: kind?,
            x: x?.value,
            metrics: metrics?.into_iter().map(|spot| spot.value).collect(),
            by: by?.map(|spot| spot.value),
            stacked: stacked?.unwrap_or(false),
        }),
    }
}

/// A heatmap has one metric, and two dimensions: `x`, and `by` or a column of the metric's own.
fn heatmap(
    inner: &Table<'_>,
    x: &Read<Spot<String>>,
    by: &Read<Option<Spot<String>>>,
    metrics: &Read<Vec<Spot<String>>>,
    known: &Known<'_>,
) -> Read<()> {
    let (Ok(x), Ok(by), Ok(metrics)) = (x, by, metrics) else { return Ok(()) };
    let [metric] = metrics.as_slice() else {
        let what = "a heatmap shows one metric";
        let hint = "keep one metric, and draw a heatmap for each of the others";
        let place = inner.key_place("metrics");
        return Err(inner.problems().add("conflicting-keys", &place, what, "several metrics", hint));
    };
    let Some(definition) = known.metric(&metric.value) else { return Ok(()) };
    let mut dimensions: Vec<&str> = Vec::new();
    let own = definition.by.iter().map(String::as_str);
    for name in std::iter::once(x.value.as_str()).chain(by.iter().map(|by| by.value.as_str())).chain(own) {
        if !dimensions.contains(&name) {
            dimensions.push(name);
        }
    }
    match dimensions.as_slice() {
        [_, _] => Ok(()),
        [] | [_] => {
            let what = format!("a heatmap has columns and rows, and this one has only `{}`", x.value);
            let hint = "add the column whose values become rows: by = \"team\"";
            Err(inner.problems().add("missing-key", &inner.place(), what, "no rows", hint))
        }
        several => {
            let what = format!("a heatmap has two dimensions, this one has `{}`", several.join("`, `"));
            let hint = match definition.by.is_empty() {
                true => "delete `by`, or take another `x`".to_owned(),
                false => format!(
                    "`{}` has `{}` of its own: leave out `by`, or let `x` be one of them",
                    metric.value,
                    definition.by.join("`, `")
                ),
            };
            Err(inner.problems().add("conflicting-keys", &metric.place, what, "too many columns", hint))
        }
    }
}

//! `chart` of a section: metrics drawn.

mod shape;

use super::civil::word;
use super::file::Known;
use super::frames::Frames;
use super::metric;
use super::problems::Read;
use super::section::{CHARTS, dimensions, metrics};
use super::table::{Spot, Table};
use crate::definition::{ChartKind, ChartSection};
use shape::Shape;

/// A kind that was meant by another word.
const MEANT: [(&str, &str); 5] = [
    ("stacked", "write kind = \"bars\" or \"area\", and stacked = true"),
    ("sankey", "write kind = \"flow\""),
    ("cohorts", "write kind = \"cohort\""),
    ("column", "write kind = \"bars\""),
    ("pie", "write kind = \"bars\": lengths are compared better than angles"),
];

fn chart_kind(inner: &Table<'_>, spot: &Spot<String>) -> Read<ChartKind> {
    let Some((_, hint)) = MEANT.iter().find(|(word, _)| *word == spot.value) else {
        return word(inner.page(), spot, "kind of chart", &CHARTS);
    };
    let what = format!("there is no chart of the kind `{}`", spot.value);
    Err(inner.problems().add("unknown-value", &spot.place, what, "called otherwise here", *hint))
}

/// Reads `chart = { kind = "bars", x = "day", metrics = ["tasks_completed"] }`.
pub(super) fn read(inner: &Table<'_>, known: &Known<'_>, frames: &Frames) -> Read<ChartSection> {
    let kind = inner
        .need(
            "kind",
            inner.string("kind"),
            "write kind = \"bars\", \"line\", \"area\", \"heatmap\" or another",
        )
        .and_then(|spot| chart_kind(inner, &spot));
    let metrics = metrics(inner, "metrics", "write metrics = [\"tasks_completed\"]", known);
    let column = |key: &'static str| match inner.string(key) {
        Ok(Some(spot)) => metric::column_name(inner, key, &spot).map(|()| Some(spot)),
        other => other,
    };
    let (x, by) = (column("x"), column("by"));
    let stacked = inner.boolean("stacked");
    let mut fault = None;
    let named: Vec<Spot<String>> = x.iter().flatten().chain(by.iter().flatten()).cloned().collect();
    if let Err(reported) = dimensions(inner, &named, &metrics, known, frames) {
        fault = Some(reported);
    }
    let axis = match (&kind, &x, &by, &metrics) {
        (Ok(kind), Ok(x), Ok(by), Ok(metrics)) => {
            Shape { kind: *kind, x: x.as_ref(), by: by.as_ref(), metrics }.axis(inner, known)
        }
        // Without a kind, or with one that nobody knows, the axis of most is asked for.
        (Err(_), Ok(None), ..) => shape::no_axis(inner).map(Some),
        _ => x.clone().map(|x| x.map(|spot| spot.value)),
    };
    if let (Ok(Some(true)), Ok(kind)) = (&stacked, &kind)
        && !matches!(kind, ChartKind::Bars | ChartKind::Area)
    {
        let what = "only bars and areas can be stacked";
        let hint = "write kind = \"bars\" or \"area\", or delete `stacked`";
        let place = inner.key_place("stacked");
        let label = format!("on a chart of the kind `{}`", kind.word());
        fault = Some(inner.problems().add("conflicting-keys", &place, what, label, hint));
    }
    match fault {
        Some(reported) => Err(reported),
        None => Ok(ChartSection {
            kind: kind?,
            x: axis?,
            metrics: metrics?.into_iter().map(|spot| spot.value).collect(),
            by: by?.map(|spot| spot.value),
            stacked: stacked?.unwrap_or(false),
        }),
    }
}

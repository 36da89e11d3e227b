//! `kpis` of a section: metrics as tiles, in a list, or with what their sparks run over.

use super::civil::word;
use super::file::Known;
use super::frames::Frames;
use super::problems::Read;
use super::section::{dimensions, metrics};
use super::table::{Spot, Table};
use crate::definition::KpiSection;

const HINT: &str = "write kpis = [\"tasks_planned\", \"completion_rate\"]";

/// What sparks run over: days of the calendar, and what is made of them.
pub(super) const SPARKS: [(&str, &str); 3] = [("day", "day"), ("week", "week"), ("month", "month")];

/// Reads `kpis = [...]` or `kpis = { metrics = [...], spark = "day" }`.
pub(super) fn read(table: &Table<'_>, known: &Known<'_>, frames: &Frames) -> Read<KpiSection> {
    if !table.holds_a_table("kpis") {
        let spots = metrics(table, "kpis", HINT, known)?;
        single_values(table, &spots, known)?;
        return Ok(spots.into_iter().map(|spot| spot.value).collect::<Vec<_>>().into());
    }
    let inner = table.need("kpis", table.table("kpis", "kpis", HINT, &[]), HINT)?;
    let metrics =
        metrics(&inner, "metrics", "write metrics = [\"tasks_planned\", \"completion_rate\"]", known);
    let spark = match inner.string("spark") {
        Ok(None) => Ok(None),
        Ok(Some(spot)) => word(inner.page(), &spot, "time of a spark", &SPARKS).and_then(|word| {
            over_time(&inner, &spot, &metrics, known, frames).map(|()| Some(word.to_owned()))
        }),
        Err(reported) => Err(reported),
    };
    if let Ok(metrics) = &metrics {
        single_values(&inner, metrics, known)?;
    }
    let (metrics, spark) = (metrics?, spark?);
    Ok(KpiSection { metrics: metrics.into_iter().map(|spot| spot.value).collect(), spark })
}

/// A tile holds one number.
fn single_values(table: &Table<'_>, spots: &[Spot<String>], known: &Known<'_>) -> Read<()> {
    let mut fault = None;
    for spot in spots {
        if let Some(definition) = known.metric(&spot.value)
            && !definition.by.is_empty()
        {
            let by = definition.by.join("`, `");
            let what = format!("`{}` has no single value: it has one for each `{by}`", spot.value);
            let hint = format!("show it in a table or chart: table = {{ metrics = [\"{}\"] }}", spot.value);
            fault = Some(table.problems().add("not-a-single-value", &spot.place, what, "many values", hint));
        }
    }
    fault.map_or(Ok(()), Err)
}

/// Some tile must have a spark: one whose rows say when in the period something happened.
fn over_time(
    inner: &Table<'_>,
    spark: &Spot<String>,
    metrics: &Read<Vec<Spot<String>>>,
    known: &Known<'_>,
    frames: &Frames,
) -> Read<()> {
    let Ok(spots) = metrics else { return Ok(()) };
    let mut unfolds = false;
    for spot in spots {
        let Some(definition) = known.metric(&spot.value) else { return Ok(()) };
        unfolds |= definition.ways().any(|way| way.rows.unfold_in_time());
    }
    if unfolds || spots.is_empty() {
        return dimensions(inner, std::slice::from_ref(spark), metrics, known, frames);
    }
    let what = format!("no metric here has a value for each {}", spark.value);
    let hint = "delete `spark`: these metrics look at the end of the period, or at its two edges";
    Err(inner.problems().add("conflicting-keys", &spark.place, what, "nothing to draw", hint))
}

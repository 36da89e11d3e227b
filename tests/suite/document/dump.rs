//! A document as readable text: what every renderer is given.

use parte::document::{Body, Change, Document, Table, Value};
use std::fmt::Write as _;

/// Everything in it, as shown, with the values behind; no-break spaces as `~`.
pub(super) fn dump(document: &Document) -> String {
    let mut out = String::new();
    write_all(&mut out, document).expect("a text");
    out.replace('\u{a0}', "~")
}

fn write_all(out: &mut String, document: &Document) -> std::fmt::Result {
    let locale = &document.locale;
    writeln!(
        out,
        "{} | {} | {}",
        document.brand,
        document.title,
        document.subtitle.as_deref().unwrap_or("-")
    )?;
    writeln!(out, "{} ({} .. {})", document.period, document.days.0, document.days.1)?;
    writeln!(out, "{} = {}", locale.date_time(document.generated), document.generated_utc)?;
    for sentence in &document.summary {
        writeln!(out, "summary: {}", sentence.text)?;
    }
    for section in &document.sections {
        writeln!(out, "\n## {} [{}]", section.title.as_deref().unwrap_or("-"), section.id)?;
        match &section.body {
            Body::Kpis(kpis) => {
                for kpi in kpis {
                    let value = kpi.value.map(Value::Number);
                    writeln!(
                        out,
                        "{}: {} ({:?})",
                        kpi.label,
                        locale.show(value.as_ref(), &kpi.display),
                        kpi.value
                    )?;
                    if let Some(spark) = &kpi.spark {
                        writeln!(out, "  spark: {:?} | {}", spark.values, spark.alt)?;
                    }
                    for change in &kpi.changes {
                        write_change(out, change)?;
                    }
                }
            }
            Body::Table(table) => write_table(out, table, document)?,
            Body::Chart(chart) => {
                writeln!(out, "{:?} along {}: {}", chart.style, chart.x_label, chart.categories.join(" | "))?;
                for series in &chart.series {
                    let shown: Vec<_> = series
                        .values
                        .iter()
                        .map(|v| locale.show(v.map(Value::Number).as_ref(), chart.display_of(series)))
                        .collect();
                    writeln!(out, "{}: {}", series.label, shown.join(" | "))?;
                    if let Some(target) = &series.target {
                        write_change(out, target)?;
                    }
                    if !series.moves.is_empty() {
                        writeln!(out, "  {:?}", series.moves)?;
                    }
                }
                writeln!(out, "alt: {}", chart.alt)?;
            }
            Body::Text(text) => writeln!(out, "{text}")?,
        }
        for note in &section.notes {
            writeln!(out, "note: {note}")?;
        }
    }
    writeln!(out)?;
    for remark in &document.remarks {
        writeln!(out, "remark: {remark}")?;
    }
    for (label, formula) in &document.definitions {
        writeln!(out, "definition: {label} = {formula}")?;
    }
    Ok(())
}

fn write_change(out: &mut String, change: &Change) -> std::fmt::Result {
    writeln!(
        out,
        "  {:?} {:?}: {} | {} | {:?} {:?} {:?}",
        change.direction,
        change.verdict,
        change.text,
        change.against,
        change.reference,
        change.absolute,
        change.relative
    )
}

fn write_table(out: &mut String, table: &Table, document: &Document) -> std::fmt::Result {
    let heads: Vec<_> = table.columns.iter().map(|c| format!("{} <{}>", c.label, c.id)).collect();
    writeln!(out, "{}", heads.join(" | "))?;
    for row in 0..table.len() {
        let cells: Vec<_> = table
            .columns
            .iter()
            .map(|c| document.locale.show(c.values.get(row).as_ref(), &c.display))
            .collect();
        writeln!(out, "{}", cells.join(" | "))?;
    }
    if let Some(totals) = &table.totals {
        let cells: Vec<_> = totals
            .iter()
            .zip(&table.columns)
            .map(|(v, c)| document.locale.show(v.as_ref(), &c.display))
            .collect();
        writeln!(out, "= {}", cells.join(" | "))?;
    }
    Ok(())
}

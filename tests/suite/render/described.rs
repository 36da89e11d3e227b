//! What a document holds, as JSON for readers in another language.

use super::STEM;
use parte::definition::{
    CsvDates, CsvDialect, CsvEncoding, CsvFormulas, CsvHeadings, CsvLineEnd, CsvQuotes, ValueFormat,
};
use parte::document::{Body, Column, Display, Document, Value, Word};
use serde_json::{Value as Json, json};

/// What a document holds, for readers in another language.
pub(super) fn described(document: &Document) -> Json {
    let language = document.language();
    let sections: Vec<Json> = document
        .sections
        .iter()
        .map(|section| {
            let mut described = match &section.body {
                Body::Table(table) => json!({
                    "kind": "table",
                    "columns": table.columns.iter().map(described_column).collect::<Vec<_>>(),
                    "shown": table.columns.iter().map(|c| (0..table.len().min(15))
                        .map(|row| document.locale.show(c.values.get(row).as_ref(), &c.display))
                        .collect::<Vec<_>>()).collect::<Vec<_>>(),
                    "totals": table.totals.as_ref().map(|t| t.iter().map(|v| described_value(v.as_ref())).collect::<Vec<_>>()),
                }),
                Body::Kpis(tiles) => json!({
                    "kind": "kpis",
                    "tiles": tiles.iter().map(|t| json!({
                        "metric": t.metric, "direction": format!("{:?}", t.changes.first().map(|c| c.direction)), "label": t.label, "value": t.value,
                        "display": described_display(&t.display),
                        "shown": document.locale.show(t.value.map(Value::Number).as_ref(), &t.display),
                        "changes": t.changes.iter().map(|c| json!({
                            "with": c.with.word(), "attainment": c.attainment, "against": c.against, "reference": c.reference, "absolute": c.absolute,
                            "relative": c.relative, "text": c.text,
                        })).collect::<Vec<_>>(),
                    })).collect::<Vec<_>>(),
                }),
                Body::Chart(chart) => json!({
                    "kind": "chart",
                    "style": format!("{:?}", chart.style),
                    "x_label": chart.x_label,
                    "series_label": chart.series_label,
                    "categories": chart.categories,
                    "series": chart.series.iter().map(|s| json!({"label": s.label, "values": s.values})).collect::<Vec<_>>(),
                    "display": described_display(&chart.display),
                    "alt": chart.alt,
                }),
                Body::Text(text) => json!({"kind": "text", "text": text}),
            };
            described["id"] = json!(section.id);
            described["title"] = json!(section.title);
            described["only"] = json!(section.only.iter().map(|f| f.extension()).collect::<Vec<_>>());
            described["notes"] = json!(section.notes);
            described
        })
        .collect();
    json!({
        "stem": STEM,
        "report": document.report,
        "subtitle": document.subtitle,
        "first_day": document.days.0.to_string(),
        "last_day": document.days.1.to_string(),
        "zone": document.zone.name(),
        "csv": described_dialect(&CsvDialect::EXCEL, document),
        "locale": document.locale.tag(),
        "decimal_mark": document.locale.decimal_mark().to_string(),
        "title": document.title,
        "brand": document.brand,
        "period": document.period,
        "created": document.generated_utc.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "generated": document.generated.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "remarks": document.remarks,
        "definitions": document.definitions,
        "words": {
            "total": Word::Total.in_language(language),
            "no_data": Word::NoData.in_language(language),
            "summary": Word::Summary.in_language(language),
        },
        "sections": sections,
    })
}

/// A dialect of CSV, each point said.
pub(super) fn described_dialect(dialect: &CsvDialect, document: &Document) -> Json {
    let (separator, decimal) = dialect.marks(document.locale.decimal_mark());
    json!({
        "separator": separator.to_string(),
        "decimal": decimal.to_string(),
        "quotes": match dialect.quotes {
            CsvQuotes::Needed => "needed",
            CsvQuotes::Texts => "texts",
            CsvQuotes::All => "all",
        },
        "line_end": if dialect.line_end == CsvLineEnd::Lf { "\n" } else { "\r\n" },
        "bom": dialect.bom,
        "encoding": if dialect.encoding == CsvEncoding::Utf8 { "utf-8" } else { "cp1252" },
        "headings": if dialect.headings == CsvHeadings::Ids { "id" } else { "label" },
        "null": dialect.null,
        "dates": if dialect.dates == CsvDates::Iso { "iso" } else { "locale" },
        "totals": dialect.totals,
        "neutral": dialect.formulas == CsvFormulas::Neutral,
    })
}

fn described_column(column: &Column) -> Json {
    json!({
        "id": column.id,
        "label": column.label,
        "is_dimension": column.is_dimension,
        "display": described_display(&column.display),
        "values": (0..column.values.len()).map(|row| described_value(column.values.get(row).as_ref())).collect::<Vec<_>>(),
    })
}

fn described_display(display: &Display) -> Json {
    match display {
        Display::Text => json!({"type": "text"}),
        Display::Date => json!({"type": "date"}),
        Display::DateTime => json!({"type": "datetime"}),
        Display::Boolean => json!({"type": "boolean"}),
        // To a reader that knows nothing of signs they are numbers like others.
        Display::Relative => {
            json!({"type": "number", "format": "percent", "decimals": 1, "currency": null})
        }
        Display::Difference { format, currency } | Display::Number { format, currency } => {
            let (name, decimals) = match format {
                ValueFormat::Integer => ("integer", 0),
                ValueFormat::Decimal(n) => ("decimal", *n),
                ValueFormat::Percent(n) => ("percent", *n),
                ValueFormat::Currency(n) => ("currency", *n),
                ValueFormat::Hours(n) => ("hours", *n),
                ValueFormat::Minutes(n) => ("minutes", *n),
                ValueFormat::Days(n) => ("days", *n),
            };
            json!({"type": "number", "format": name, "decimals": decimals, "currency": currency})
        }
    }
}

fn described_value(value: Option<&Value>) -> Json {
    match value {
        None => Json::Null,
        Some(Value::Text(text)) => json!(text),
        Some(Value::Number(number)) => json!(number),
        Some(Value::Date(day)) => json!(day.to_string()),
        Some(Value::DateTime(at)) => json!(at.format("%Y-%m-%dT%H:%M:%S").to_string()),
        Some(Value::Boolean(yes)) => json!(yes),
    }
}

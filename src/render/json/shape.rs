//! The shape of the JSON document: what is written, and what its schema says, are these types.
//!
//! A key that is there keeps its name and meaning within a version; new ones may come.

use super::values::{Cells, Day, Instant, Number, Numbers, ParameterValue, Scalar, Totals};
use crate::document::{
    self, Body, Chart, ChartStyle, Column, Direction, Display, Document, Kpi, Table, Values, Verdict,
};
use crate::render::tabular::{decimals, unique_headings, unit};
use schemars::JsonSchema;
use serde::Serialize;

/// Goes up when a key goes or comes to mean something else.
const VERSION: u32 = 1;

/// A report as data: everything that it says, each number as a number, rounded as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "a report made by Parte")]
pub(super) struct Report<'a> {
    /// The version of this shape. Within a version keys may be added; none goes or changes its meaning.
    version: u32,
    /// The report's id.
    report: &'a str,
    /// The company.
    brand: &'a str,
    /// The title, in the report's language.
    title: &'a str,
    /// A sentence under the title.
    subtitle: Option<&'a str>,
    /// BCP 47 tag of the language and country whose words these are.
    locale: &'a str,
    /// What it covers.
    period: Period<'a>,
    /// When it was made: an instant in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    generated: Instant,
    /// The values that it was made with.
    parameters: Vec<Parameter<'a>>,
    /// What was expected of its data and is not so, in sentences.
    warnings: &'a [String],
    /// What is worth reading first, in sentences.
    summary: Vec<&'a str>,
    /// What it shows, in order.
    sections: Vec<Section<'a>>,
    /// What was odd in its data, in sentences.
    remarks: &'a [String],
    /// How each metric is defined.
    definitions: Vec<Definition<'a>>,
}

/// The days that a report covers.
#[derive(Serialize, JsonSchema)]
struct Period<'a> {
    /// The first civil day.
    first_day: Day,
    /// The last civil day, included.
    last_day: Day,
    /// IANA name of the zone whose days these are; instants in the sections are civil times of this zone.
    zone: &'a str,
    /// The same in words.
    text: &'a str,
}

/// A parameter with its value.
#[derive(Serialize, JsonSchema)]
struct Parameter<'a> {
    /// Its name in the definition.
    name: &'a str,
    /// Its name for people.
    label: &'a str,
    /// The value: a text, a number, a day (ISO 8601) or true or false.
    #[schemars(with = "Scalar")]
    value: ParameterValue<'a>,
    /// The value as people read it.
    text: &'a str,
}

/// How a metric is defined.
#[derive(Serialize, JsonSchema)]
struct Definition<'a> {
    /// Its name for people.
    label: &'a str,
    /// The formula in words.
    definition: &'a str,
}

/// One thing that a report shows.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Section<'a> {
    /// Metrics with one value each.
    Kpis(Kpis<'a>),
    /// Rows and columns.
    Table(Rows<'a>),
    /// A drawing, by its numbers.
    Chart(Drawing<'a>),
    /// A paragraph.
    Text(Paragraph<'a>),
}

/// Metrics with one value each.
#[derive(Serialize, JsonSchema)]
struct Kpis<'a> {
    /// Unique in the report.
    id: &'a str,
    /// Its heading.
    title: Option<&'a str>,
    /// One for each metric.
    tiles: Vec<Tile<'a>>,
    /// Sentences under it.
    notes: &'a [String],
}

/// A metric with its value.
#[derive(Serialize, JsonSchema)]
struct Tile<'a> {
    /// The metric's id.
    id: &'a str,
    /// Its name for people.
    label: &'a str,
    /// The value; null where there is none.
    #[schemars(with = "Option<f64>")]
    value: Number,
    /// What it is counted in: a code of ISO 4217, "ratio" (0.853 is 85.3 %), "h", "min", "d". Null for counts.
    unit: Option<&'a str>,
    /// How many decimals it was rounded to.
    decimals: Option<u8>,
    /// What it is held against, the main one first.
    changes: Vec<Change<'a>>,
    /// A value for each day (week, month) of the period, null where there is none; null for a tile without a small line.
    #[schemars(with = "Option<Vec<Option<f64>>>")]
    spark: Option<Numbers<'a>>,
}

/// A value against another.
#[derive(Serialize, JsonSchema)]
struct Change<'a> {
    /// What it is held against.
    #[schemars(extend("enum" = ["previous", "year", "target"]))]
    with: &'static str,
    /// The same for people.
    label: &'a str,
    /// The other value.
    #[schemars(with = "Option<f64>")]
    reference: Number,
    /// Value minus reference, in the tile's unit.
    #[schemars(with = "Option<f64>")]
    difference: Number,
    /// The difference as part of the reference; null for shares, and where the reference is 0.
    #[schemars(with = "Option<f64>")]
    relative: Number,
    /// What part of its target the value is; null for other comparisons.
    #[schemars(with = "Option<f64>")]
    attainment: Number,
    /// Where the value went.
    #[schemars(extend("enum" = ["up", "down", "level"]))]
    direction: &'static str,
    /// Whether that is welcome.
    #[schemars(extend("enum" = ["good", "bad", "neutral"]))]
    verdict: &'static str,
    /// The change in words.
    text: &'a str,
}

/// Rows and columns.
#[derive(Serialize, JsonSchema)]
struct Rows<'a> {
    /// Unique in the report.
    id: &'a str,
    /// Its heading.
    title: Option<&'a str>,
    /// What the values of each row are, in their order.
    columns: Vec<Head<'a>>,
    /// A list for each row, with a value for each column.
    rows: Cells<'a>,
    /// A value for each column, computed from all rows of the source; null where the table has none.
    totals: Option<Totals<'a>>,
    /// Sentences under it.
    notes: &'a [String],
}

/// A column.
#[derive(Serialize, JsonSchema)]
struct Head<'a> {
    /// The id of its dimension or metric; unique in the table, the same in every language.
    id: String,
    /// Its name for people.
    label: &'a str,
    /// What its values are. Days are YYYY-MM-DD, times YYYY-MM-DDTHH:MM:SS.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["text", "number", "date", "datetime", "boolean"]))]
    kind: &'static str,
    /// Whether rows are grouped by it, it measures them, or it tells how a measure changed (in its unit, or as part of what it was).
    #[schemars(extend("enum" = ["dimension", "value", "difference", "relative"]))]
    role: &'static str,
    /// What numbers are counted in: a code of ISO 4217, "ratio" (0.853 is 85.3 %), "h", "min", "d". Null for counts and for what is no number.
    unit: Option<&'a str>,
    /// How many decimals numbers were rounded to; null for what is no number.
    decimals: Option<u8>,
}

/// A drawing, by its numbers.
#[derive(Serialize, JsonSchema)]
struct Drawing<'a> {
    /// Unique in the report.
    id: &'a str,
    /// Its heading.
    title: Option<&'a str>,
    /// How it is drawn.
    #[schemars(extend("enum" = STYLES))]
    style: &'static str,
    /// What stands along the axis.
    x_label: &'a str,
    /// What the series are values of; null where they are metrics, or there is one.
    series_label: Option<&'a str>,
    /// Labels along the axis.
    categories: &'a [String],
    /// A value for each category.
    series: Vec<Series<'a>>,
    /// The chart in words.
    alt: &'a str,
    /// Sentences under it.
    notes: &'a [String],
}

/// The ways of drawing, in the order of [`ChartStyle::ALL`].
const STYLES: [&str; ChartStyle::ALL.len()] = [
    "bars",
    "stacked_bars",
    "line",
    "area",
    "stacked_area",
    "heatmap",
    "cohort",
    "flow",
    "funnel",
    "bullet",
    "spark",
];

/// One series of a chart.
#[derive(Serialize, JsonSchema)]
struct Series<'a> {
    /// Its name for people.
    label: &'a str,
    /// A value for each category; null where there is none.
    #[schemars(with = "Vec<Option<f64>>")]
    values: Numbers<'a>,
    /// What they are counted in.
    unit: Option<&'a str>,
    /// How many decimals they were rounded to.
    decimals: Option<u8>,
    /// What its value is held against, of bullets; null for other charts and without a target.
    target: Option<Change<'a>>,
}

/// A paragraph.
#[derive(Serialize, JsonSchema)]
struct Paragraph<'a> {
    /// Unique in the report.
    id: &'a str,
    /// Its heading.
    title: Option<&'a str>,
    /// The paragraph.
    text: &'a str,
    /// Sentences under it.
    notes: &'a [String],
}

impl<'a> Report<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let (first, last) = document.days;
        Self {
            version: VERSION,
            report: &document.report,
            brand: &document.brand,
            title: &document.title,
            subtitle: document.subtitle.as_deref(),
            locale: document.locale.tag(),
            period: Period {
                first_day: Day(first),
                last_day: Day(last),
                zone: document.zone.name(),
                text: &document.period,
            },
            generated: Instant(document.generated_utc),
            parameters: document.parameters.iter().map(parameter).collect(),
            warnings: &document.warnings,
            summary: document.summary.iter().map(|sentence| sentence.text.as_str()).collect(),
            sections: document.sections_in(crate::definition::Format::Json).map(section).collect(),
            remarks: &document.remarks,
            definitions: document
                .definitions
                .iter()
                .map(|(label, definition)| Definition { label, definition })
                .collect(),
        }
    }
}

fn parameter(parameter: &document::Parameter) -> Parameter<'_> {
    Parameter {
        name: &parameter.name,
        label: &parameter.label,
        value: ParameterValue(&parameter.value),
        text: &parameter.shown,
    }
}

fn section(section: &document::Section) -> Section<'_> {
    let (id, title, notes) = (section.id.as_str(), section.title.as_deref(), section.notes.as_slice());
    match &section.body {
        Body::Kpis(tiles) => {
            Section::Kpis(Kpis { id, title, tiles: tiles.iter().map(tile).collect(), notes })
        }
        Body::Table(table) => Section::Table(Rows {
            id,
            title,
            columns: heads(table),
            rows: Cells(table),
            totals: table.totals.as_deref().map(Totals),
            notes,
        }),
        Body::Chart(chart) => Section::Chart(drawing(chart, id, title, notes)),
        Body::Text(text) => Section::Text(Paragraph { id, title, text, notes }),
    }
}

fn tile(tile: &Kpi) -> Tile<'_> {
    Tile {
        id: &tile.metric,
        label: &tile.label,
        value: Number(tile.value),
        unit: some(unit(&tile.display)),
        decimals: decimals(&tile.display),
        changes: tile.changes.iter().map(change).collect(),
        spark: tile.spark.as_ref().map(|spark| Numbers(&spark.values)),
    }
}

fn change(change: &document::Change) -> Change<'_> {
    Change {
        with: change.with.word(),
        label: &change.against,
        reference: Number(change.reference),
        difference: Number(change.absolute),
        relative: Number(change.relative),
        attainment: Number(change.attainment),
        direction: match change.direction {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Level => "level",
        },
        verdict: match change.verdict {
            Verdict::Good => "good",
            Verdict::Bad => "bad",
            Verdict::Neutral => "neutral",
        },
        text: &change.text,
    }
}

fn heads(table: &Table) -> Vec<Head<'_>> {
    let ids = unique_headings(table.columns.iter().map(|column| column.id.as_str()));
    table.columns.iter().zip(ids).map(|(column, id)| head(column, id)).collect()
}

fn head(column: &Column, id: String) -> Head<'_> {
    Head {
        id,
        label: &column.label,
        kind: match column.values {
            Values::Text(_) => "text",
            Values::Number(_) => "number",
            Values::Date(_) => "date",
            Values::DateTime(_) => "datetime",
            Values::Boolean(_) => "boolean",
        },
        role: match &column.display {
            _ if column.is_dimension => "dimension",
            Display::Difference { .. } => "difference",
            Display::Relative => "relative",
            _ => "value",
        },
        unit: some(unit(&column.display)),
        decimals: decimals(&column.display),
    }
}

fn drawing<'a>(chart: &'a Chart, id: &'a str, title: Option<&'a str>, notes: &'a [String]) -> Drawing<'a> {
    Drawing {
        id,
        title,
        style: ChartStyle::ALL.iter().position(|it| *it == chart.style).map_or("", |at| STYLES[at]),
        x_label: &chart.x_label,
        series_label: chart.series_label.as_deref(),
        categories: &chart.categories,
        series: chart
            .series
            .iter()
            .map(|series| Series {
                label: &series.label,
                values: Numbers(&series.values),
                unit: some(unit(chart.display_of(series))),
                decimals: decimals(chart.display_of(series)),
                target: series.target.as_ref().map(change),
            })
            .collect(),
        alt: &chart.alt,
        notes,
    }
}

fn some(unit: &str) -> Option<&str> {
    (!unit.is_empty()).then_some(unit)
}

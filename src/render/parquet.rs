//! Parquet: one file for each kpis and table section, its columns typed and called by their ids, which are the same in every language.
//! Never: charts and texts, and no record that is no row: totals stand in what the file says of itself.

use super::records::{RecordColumn, Records};
use super::tabular::{decimals, unit};
use super::{Artifact, RenderError};
use crate::definition::{Format, ValueFormat};
use crate::document::{Display, Document, Section, Value, Values};
use chrono::{NaiveDate, NaiveDateTime, SecondsFormat};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_parquet::read::{FallibleStreamingIterator, ParquetError};
use polars_parquet::write::{
    CompressionOptions, Compressor, DynIter, DynStreamingIterator, FileWriter, KeyValue, StatisticsOptions,
    Version, WriteOptions, ZstdLevel, array_to_columns, get_dtype_encoding, schema_to_metadata_key,
};
use serde_json::{Map, Value as Json, json};

/// Rows of a group: readers look at groups one by one.
const ROWS: usize = 1 << 18;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for section in document.sections_in(Format::Parquet) {
        let Some(records) = Records::of(section, document.language()) else { continue };
        artifacts.push(Artifact {
            name: format!("{stem}_{}.parquet", section.id),
            format: Format::Parquet.extension().to_owned(),
            section: Some(section.id.clone()),
            media_type: Format::Parquet.media_type().to_owned(),
            bytes: file(document, section, &records)?,
        });
    }
    if artifacts.is_empty() {
        return Err(RenderError {
            format: "parquet",
            what: "the report has no section with rows".to_owned(),
            hint: "give it a kpis, table or sql section for parquet, or take parquet out of its formats"
                .to_owned(),
        });
    }
    Ok(artifacts)
}

fn file(document: &Document, section: &Section, records: &Records<'_>) -> Result<Vec<u8>, RenderError> {
    let failed = |cause: String| RenderError {
        format: "parquet",
        what: format!("section {:?}: {cause}", section.id),
        hint: "run the report again; if it fails again, tell us this message".to_owned(),
    };
    let options = WriteOptions {
        // What is said of a group of rows is read by who looks for some of many; these are read whole.
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(ZstdLevel::try_new(3).ok()),
        data_page_size: None,
    };
    for column in &records.columns {
        fits(section, column)?;
    }
    let said: Vec<(String, String)> =
        about(document, section, records).map(|(key, value)| (format!("parte.{key}"), value)).collect();
    let mut schema: ArrowSchema = records.columns.iter().map(field).collect();
    // Readers that know Arrow look here, all others at what is said of the file below.
    *schema.metadata_mut() =
        said.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
    let mut bytes = Vec::new();
    let mut writer =
        FileWriter::try_new(&mut bytes, schema.clone(), options).map_err(|e| failed(e.to_string()))?;
    let types = writer.parquet_schema().fields().to_vec();
    for from in (0..records.len()).step_by(ROWS) {
        let to = records.len().min(from + ROWS);
        let mut columns = Vec::new();
        for (column, kind) in records.columns.iter().zip(&types) {
            let array = array(column, from..to);
            let encoding = get_dtype_encoding(array.dtype());
            let pages = array_to_columns(array, kind.clone(), options, &encoding)
                .map_err(|e| failed(e.to_string()))?;
            for pages in pages {
                let pages =
                    pages.map(|page| page.map_err(|e| ParquetError::FeatureNotSupported(e.to_string())));
                let compressed = Compressor::new_from_vec(pages, options.compression, Vec::new());
                columns.push(Ok(DynStreamingIterator::new(FallibleStreamingIterator::map_err(
                    compressed,
                    Into::into,
                ))));
            }
        }
        let rows = u64::try_from(to - from).unwrap_or_default();
        writer.write(rows, DynIter::new(columns.into_iter())).map_err(|e| failed(e.to_string()))?;
    }
    let said = said.into_iter().map(|(key, value)| KeyValue { key, value: Some(value) });
    let said = std::iter::once(schema_to_metadata_key(&schema)).chain(said).collect();
    writer.end(Some(said)).map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

/// What the file says of itself: what it is of, and what stands beside the rows of a table.
fn about<'d>(
    document: &'d Document,
    section: &'d Section,
    records: &'d Records<'_>,
) -> impl Iterator<Item = (&'static str, String)> {
    let (first, last) = document.days;
    let some = [
        ("report", Some(document.report.clone())),
        ("title", Some(document.title.clone())),
        ("section", Some(section.id.clone())),
        ("section_title", section.title.clone()),
        ("first_day", Some(first.to_string())),
        ("last_day", Some(last.to_string())),
        ("zone", Some(document.zone.name().to_owned())),
        ("generated", Some(document.generated_utc.to_rfc3339_opts(SecondsFormat::Secs, true))),
        ("totals", records.totals.map(|totals| totals_of(records, totals).to_string())),
        ("notes", (!section.notes.is_empty()).then(|| json!(section.notes).to_string())),
    ];
    some.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

/// `{"tasks_planned": 4310, "completion_rate": 0.853}`: the totals that there are.
fn totals_of(records: &Records<'_>, totals: &[Option<Value>]) -> Json {
    let total = |(column, value): (&RecordColumn<'_>, &Option<Value>)| {
        let value = match value.as_ref()? {
            Value::Text(text) => json!(text),
            Value::Number(number) => json!(number),
            Value::Date(day) => json!(day.to_string()),
            Value::DateTime(at) => json!(at.format("%Y-%m-%dT%H:%M:%S").to_string()),
            Value::Boolean(yes) => json!(yes),
        };
        Some((column.id.clone(), value))
    };
    Json::Object(records.columns.iter().zip(totals).filter_map(total).collect::<Map<_, _>>())
}

/// The column with its type; what it is for people is said beside it.
fn field(column: &RecordColumn<'_>) -> Field {
    let mut said = vec![("label", column.label.clone())];
    if let Some(display) = column.display {
        let unit = unit(display);
        said.extend((!unit.is_empty()).then(|| ("unit", unit.to_owned())));
        said.extend(decimals(display).map(|decimals| ("decimals", decimals.to_string())));
    }
    Field::new(column.id.as_str().into(), kind(column), true)
        .with_metadata(said.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
}

/// Follows from what the column is, never from the values that happen to be there: the files of two weeks have one schema.
fn kind(column: &RecordColumn<'_>) -> ArrowDataType {
    match column.values.as_ref() {
        Values::Text(_) => ArrowDataType::LargeUtf8,
        Values::Number(_) if is_whole(column) => ArrowDataType::Int64,
        Values::Number(_) => ArrowDataType::Float64,
        Values::Date(_) => ArrowDataType::Date32,
        Values::DateTime(_) => ArrowDataType::Timestamp(TimeUnit::Microsecond, None),
        Values::Boolean(_) => ArrowDataType::Boolean,
    }
}

fn is_whole(column: &RecordColumn<'_>) -> bool {
    let format = |display: &Display| match display {
        Display::Number { format, .. } | Display::Difference { format, .. } => Some(*format),
        _ => None,
    };
    column.display.and_then(format) == Some(ValueFormat::Integer)
}

/// Whole numbers have 64 bits.
fn fits(section: &Section, column: &RecordColumn<'_>) -> Result<(), RenderError> {
    const MOST: f64 = 9_223_372_036_854_775_808.0;
    let Values::Number(values) = column.values.as_ref() else { return Ok(()) };
    let outside = |value: &&f64| value.is_finite() && (value.fract() != 0.0 || value.abs() >= MOST);
    match values.iter().flatten().find(outside).filter(|_| is_whole(column)) {
        None => Ok(()),
        Some(value) => Err(RenderError {
            format: "parquet",
            what: format!(
                "section {:?}, column `{}`: {value} is no whole number of 64 bits",
                section.id, column.id
            ),
            hint: "give its metric the format \"decimal\"".to_owned(),
        }),
    }
}

fn array(column: &RecordColumn<'_>, rows: std::ops::Range<usize>) -> Box<dyn Array> {
    match column.values.as_ref() {
        Values::Text(values) => Utf8Array::<i64>::from(&values[rows]).boxed(),
        Values::Number(values) => {
            // What is no number is absent.
            let finite = values[rows].iter().map(|value| value.filter(|value| value.is_finite()));
            if is_whole(column) {
                finite.map(|value| value.map(|value| value as i64)).collect::<PrimitiveArray<i64>>().boxed()
            } else {
                finite.collect::<PrimitiveArray<f64>>().boxed()
            }
        }
        Values::Date(values) => {
            let days = values[rows].iter().map(|day| day.map(days_since_1970));
            days.collect::<PrimitiveArray<i32>>().to(kind(column)).boxed()
        }
        Values::DateTime(values) => {
            let micros =
                values[rows].iter().map(|at| at.map(|at: NaiveDateTime| at.and_utc().timestamp_micros()));
            micros.collect::<PrimitiveArray<i64>>().to(kind(column)).boxed()
        }
        Values::Boolean(values) => values[rows].iter().copied().collect::<BooleanArray>().boxed(),
    }
}

fn days_since_1970(day: NaiveDate) -> i32 {
    i32::try_from((day - NaiveDate::default()).num_days()).unwrap_or_default()
}

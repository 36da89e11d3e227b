//! Values of the JSON document as they are written, and what the schema says of them. Rows are put together while they are written:
//! a table stands in memory once.

use crate::definition::ParamValue;
use crate::document::{Table, Value, Values};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// A text, a number, a day, a time, true or false; null where there is none.
pub(super) struct Scalar;

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean", "null"] })
    }
}

/// The rows of a table, put together as they are written.
pub(super) struct Cells<'a>(pub(super) &'a Table);

impl JsonSchema for Cells<'_> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Cells".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Vec<Vec<Scalar>>>()
    }
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut rows = out.serialize_seq(Some(self.0.len()))?;
        for row in 0..self.0.len() {
            rows.serialize_element(&Row { table: self.0, row })?;
        }
        rows.end()
    }
}

struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut cells = out.serialize_seq(Some(self.table.columns.len()))?;
        for column in &self.table.columns {
            match &column.values {
                Values::Text(values) => cells.serialize_element(&there(values, self.row)),
                Values::Number(values) => cells.serialize_element(&Number(*there(values, self.row))),
                Values::Date(values) => cells.serialize_element(&there(values, self.row).map(Day)),
                Values::DateTime(values) => cells.serialize_element(&there(values, self.row).map(Time)),
                Values::Boolean(values) => cells.serialize_element(there(values, self.row)),
            }?;
        }
        cells.end()
    }
}

fn there<T>(values: &[Option<T>], row: usize) -> &Option<T> {
    values.get(row).unwrap_or(&None)
}

/// The totals of a table.
pub(super) struct Totals<'a>(pub(super) &'a [Option<Value>]);

impl JsonSchema for Totals<'_> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Totals".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Vec<Scalar>>()
    }
}

impl Serialize for Totals<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut cells = out.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            match value {
                None => cells.serialize_element(&()),
                Some(Value::Text(text)) => cells.serialize_element(text),
                Some(Value::Number(number)) => cells.serialize_element(&Number(Some(*number))),
                Some(Value::Date(day)) => cells.serialize_element(&Day(*day)),
                Some(Value::DateTime(at)) => cells.serialize_element(&Time(*at)),
                Some(Value::Boolean(yes)) => cells.serialize_element(yes),
            }?;
        }
        cells.end()
    }
}

/// A number; null where there is none, or where it is not finite. Whole ones have no decimal point.
pub(super) struct Number(pub(super) Option<f64>);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        // Every whole number up to here is one of its own.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        match self.0.filter(|number| number.is_finite()) {
            None => out.serialize_none(),
            Some(number) if number.fract() == 0.0 && number.abs() < WHOLE => out.serialize_i64(number as i64),
            Some(number) => out.serialize_f64(number),
        }
    }
}

/// Numbers of a series.
pub(super) struct Numbers<'a>(pub(super) &'a [Option<f64>]);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.0.iter().map(|number| Number(*number)))
    }
}

/// `2026-03-13`
pub(super) struct Day(pub(super) NaiveDate);

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0.format("%Y-%m-%d"))
    }
}

/// `2026-03-13T07:00:00`
struct Time(NaiveDateTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S"))
    }
}

/// `2026-03-13T12:00:00Z`
pub(super) struct Instant(pub(super) DateTime<Utc>);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

pub(super) struct ParameterValue<'a>(pub(super) &'a ParamValue);

impl Serialize for ParameterValue<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ParamValue::Text(text) => out.serialize_str(text),
            ParamValue::Integer(whole) => out.serialize_i64(*whole),
            ParamValue::Number(number) => Number(Some(*number)).serialize(out),
            ParamValue::Date(day) => Day(*day).serialize(out),
            ParamValue::Boolean(truth) => out.serialize_bool(*truth),
        }
    }
}

//! `csv` of a report, of `[defaults]` and of a delivery, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{one_of, value};
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

value! {
    /// A dialect by its name.
    inline Named = one_of(vocabulary::csv_dialects());
    /// Within numbers.
    inline Decimal = one_of(vocabulary::csv_decimals());
    /// What stands in quotes.
    inline Quotes = one_of(vocabulary::csv_quotes());
    /// What ends a record.
    inline LineEnd = one_of(vocabulary::csv_line_ends());
    /// How letters become bytes.
    inline Encoding = one_of(vocabulary::csv_encodings());
    /// What the first record says.
    inline Headings = one_of(vocabulary::csv_headings());
    /// How days and instants are written.
    inline DatesAs = one_of(vocabulary::csv_dates());
    /// What becomes of formulas.
    inline Formulas = one_of(vocabulary::csv_formulas());
    /// Between fields.
    inline Separator = json_schema!({
        "type": "string", "minLength": 1, "maxLength": 1, "pattern": "^[^A-Za-z0-9\"'\\-+. \r\n]$", "examples": [";", ",", "|", "\t"]
    });
    /// For an absent value.
    inline NullText = json_schema!({
        "type": "string", "maxLength": vocabulary::csv_null(), "pattern": "^[^0-9\"\r\n]*$", "examples": ["", "NULL", "\\N"]
    });
}

/// How CSV files are written: the name of a dialect, or what differs from one.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Csv {
    /// What a spreadsheet opens, what RFC 4180 says, or what a database loads.
    Named(Named),
    /// What differs.
    Differs(CsvKeys),
}

/// How CSV files are written: what differs from a dialect that has a name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "CsvDialect")]
pub(super) struct CsvKeys {
    /// The dialect that holds for whatever is not said here.
    #[schemars(extend("default" = "excel"))]
    like: Option<Named>,
    /// The sign between fields. Without it a semicolon where the decimal mark is a comma, else a comma.
    separator: Option<Separator>,
    /// The sign within numbers. Without it that of the locale, and a point where fields are separated by commas.
    decimal: Option<Decimal>,
    /// Which fields stand in quotes: those that need it, every text, or every field. Absent values never do.
    #[schemars(extend("default" = "needed"))]
    quotes: Option<Quotes>,
    /// What ends a record.
    #[schemars(extend("default" = "crlf"))]
    line_end: Option<LineEnd>,
    /// Whether UTF-8 begins with a byte order mark, without which Excel misreads accents.
    #[schemars(extend("default" = true))]
    bom: Option<bool>,
    /// How letters become bytes. A letter that windows-1252 has not is an error of the run.
    #[schemars(extend("default" = "utf-8"))]
    encoding: Option<Encoding>,
    /// What the first record says: names for people, or the ids of metrics and columns.
    #[schemars(extend("default" = "labels"))]
    headings: Option<Headings>,
    /// What stands for an absent value, never in quotes. A text that reads the same always is.
    #[schemars(extend("default" = ""))]
    null: Option<NullText>,
    /// Days and instants as ISO 8601, or as the locale has them.
    #[schemars(extend("default" = "iso"))]
    dates: Option<DatesAs>,
    /// Whether the totals of a table are its last record.
    #[schemars(extend("default" = true))]
    totals: Option<bool>,
    /// Whether texts that a spreadsheet would run as a formula are led by an apostrophe, or stay as they are.
    #[schemars(extend("default" = "neutral"))]
    formulas: Option<Formulas>,
    /// Whether the files travel in one ZIP.
    #[schemars(extend("default" = false))]
    zip: Option<bool>,
}

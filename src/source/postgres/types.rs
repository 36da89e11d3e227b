//! PostgreSQL's types: how each is compared, and how its values are sent.

use super::binary::Sent;
use crate::source::chosen::There;
use crate::source::select::Form;
use sqlx::postgres::{PgColumn, PgTypeInfo, PgTypeKind};
use sqlx::{Column as _, TypeInfo as _};

/// A column of a table or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) sent: Sent,
    form: Form,
    /// What it is made first; `None`: it is read as it is.
    cast: Option<&'static str>,
}

impl Column {
    pub(super) fn of(column: &PgColumn) -> Self {
        let (sent, form, cast) = of_type(column.type_info());
        Self { name: column.name().to_owned(), sent, form, cast }
    }

    pub(super) fn there(&self, quoted: &str) -> There {
        let read_as = self.cast.map(|kind| format!("{quoted}::{kind}"));
        There { name: self.name.clone(), form: self.form, read_as }
    }
}

fn of_type(info: &PgTypeInfo) -> (Sent, Form, Option<&'static str>) {
    if let PgTypeKind::Domain(base) = info.kind() {
        return of_type(base);
    }
    match info.name() {
        "INT2" | "INT4" | "INT8" => (Sent::Whole, Form::Number, None),
        "FLOAT4" | "FLOAT8" => (Sent::Float, Form::Number, None),
        "NUMERIC" => (Sent::Decimal, Form::Number, None),
        // 1 and 0, as databases without the type have it.
        "BOOL" => (Sent::Whole, Form::Number, Some("int4")),
        "TEXT" | "VARCHAR" | "NAME" => (Sent::Text, Form::Text, None),
        "TIMESTAMPTZ" => (Sent::Instant, Form::Instant, None),
        "TIMESTAMP" => (Sent::Civil, Form::Instant, None),
        "DATE" => (Sent::Day, Form::Day, None),
        "BYTEA" => (Sent::Bytes, Form::Text, None),
        // Enumerations, uuid, json, arrays, intervals, and char(n) without the blanks that fill it.
        _ => (Sent::Text, Form::Text, Some("text")),
    }
}

//! PostgreSQL's types: how each is compared, and how its values are sent.

use crate::source::chosen::There;
use crate::source::select::Form;
use parte_columns::Copyable;
use sqlx::postgres::{PgColumn, PgTypeInfo, PgTypeKind};
use sqlx::{Column as _, TypeInfo as _};

/// A column of a table or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) sent: Copyable,
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

fn of_type(info: &PgTypeInfo) -> (Copyable, Form, Option<&'static str>) {
    if let PgTypeKind::Domain(base) = info.kind() {
        return of_type(base);
    }
    match info.name() {
        "INT2" | "INT4" | "INT8" => (Copyable::Whole, Form::Number, None),
        "FLOAT4" | "FLOAT8" => (Copyable::Float, Form::Number, None),
        "NUMERIC" => (Copyable::Decimal, Form::Number, None),
        // 1 and 0, as databases without the type have it.
        "BOOL" => (Copyable::Whole, Form::Number, Some("int4")),
        "TEXT" | "VARCHAR" | "NAME" => (Copyable::Text, Form::Text, None),
        "TIMESTAMPTZ" => (Copyable::Instant, Form::Instant, None),
        "TIMESTAMP" => (Copyable::Civil, Form::Instant, None),
        "DATE" => (Copyable::Day, Form::Day, None),
        "BYTEA" => (Copyable::Bytes, Form::Text, None),
        // Enumerations, uuid, json, arrays, intervals, and char(n) without the blanks that fill it.
        _ => (Copyable::Text, Form::Text, Some("text")),
    }
}

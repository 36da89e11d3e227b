//! MySQL's types: how each is compared, and how its values are sent.

use crate::source::chosen::There;
use crate::source::select::Form;
use parte_columns::Prepared;
use sqlx::mysql::MySqlColumn;
use sqlx::{Column as _, TypeInfo as _};

/// A column of a table or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) sent: Prepared,
    form: Form,
    /// What it is read as instead, around its name.
    around: Option<(&'static str, &'static str)>,
}

impl Column {
    pub(super) fn of(column: &MySqlColumn) -> Self {
        let (sent, form, around) = match column.type_info().name() {
            "BOOLEAN" | "TINYINT" | "SMALLINT" | "INT" | "MEDIUMINT" | "BIGINT" => {
                (Prepared::Whole, Form::Number, None)
            }
            name if name.ends_with(" UNSIGNED") || name == "YEAR" => (Prepared::Unsigned, Form::Number, None),
            "FLOAT" | "DOUBLE" => (Prepared::Float, Form::Number, None),
            "DECIMAL" => (Prepared::Decimal, Form::Number, None),
            "TIMESTAMP" => (Prepared::Instant, Form::Instant, None),
            "DATETIME" => (Prepared::Civil, Form::Instant, None),
            "DATE" => (Prepared::Day, Form::Day, None),
            "BIT" => (Prepared::Unsigned, Form::Number, Some(("(", " + 0)"))),
            "TIME" => (Prepared::Text, Form::Text, Some(("cast(", " as char)"))),
            // Texts, also those whose collation is binary; sets, enumerations, JSON.
            _ => (Prepared::Text, Form::Text, None),
        };
        Self { name: column.name().to_owned(), sent, form, around }
    }

    pub(super) fn there(&self, quoted: &str) -> There {
        let read_as = self.around.map(|(before, behind)| format!("{before}{quoted}{behind}"));
        There { name: self.name.clone(), form: self.form, read_as }
    }
}

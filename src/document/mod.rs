//! What a report says, in no format: texts, tiles, tables and charts with their final (rounded) values, and the one
//! place where numbers and dates become text in a locale. Never: PDF, Excel, CSV, SMTP.

mod against;
mod build;
mod change;
mod chart;
mod labels;
mod lines;
mod listing;
mod locale;
mod marks;
mod ordering;
mod parameters;
mod plain_rows;
mod rounding;
mod sample;
mod summary;
mod totals;
mod unmet;
mod words;

pub use build::{Sources as BuildInput, build, heading};
pub use chart::{Chart, ChartStyle, Series, Spark};
pub use labels::{dimension_label, state_label};
pub use lines::{Line, RowGroup};
pub use locale::Locale;
pub use marks::{Judged, Mark, Rule, Span};
pub use parameters::{Parameter, variables};
pub use plain_rows::PlainRows;
pub use sample::{sample, stress, stress_tables};
pub use summary::{Fact, Finding, Group, Quantity, Sentence};
pub use totals::{History, Past, Total};
pub use unmet::Unmet;
pub use words::Word;

use crate::definition::{Comparison, Format, Language, Logo, ValueFormat};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

/// Why a report could not be put together.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("failed to put together {subject}: {what}")]
#[diagnostic(help("{hint}"))]
pub struct DocumentError {
    /// Which section.
    pub subject: String,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// A report, ready to be rendered. Every number in it is already rounded as it is shown.
#[derive(Debug, Clone)]
pub struct Document {
    /// The report's id: file names come from it.
    pub report: String,
    /// Company name.
    pub brand: String,
    /// Main colour.
    pub color: [u8; 3],
    /// A line at the foot of each page.
    pub footer: Option<String>,
    /// A picture that heads every page.
    pub logo: Option<Logo>,
    /// Title.
    pub title: String,
    /// A sentence under it.
    pub subtitle: Option<String>,
    /// What it was made with, in the order declared.
    pub parameters: Vec<Parameter>,
    /// Numbers, dates and fixed words in the report's language.
    pub locale: Locale,
    /// The period as people write it: `2–8 de marzo de 2026`.
    pub period: String,
    /// First and last civil day (both included).
    pub days: (NaiveDate, NaiveDate),
    /// The zone whose days and times these are.
    pub zone: Tz,
    /// When it was made, in the report's zone.
    pub generated: NaiveDateTime,
    /// The same instant in UTC.
    pub generated_utc: DateTime<Utc>,
    /// What is worth reading first, in sentences, each with the numbers it was made of.
    pub summary: Vec<Sentence>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// What was expected of the data and is not so, in sentences: shown before anything else.
    pub warnings: Vec<String>,
    /// What was odd in the data, in sentences.
    pub remarks: Vec<String>,
    /// How each metric used is defined: label and formula in words.
    pub definitions: Vec<(String, String)>,
    /// Every metric that it shows, as a whole: no format shows these, later reports are held against them.
    pub totals: Vec<Total>,
}

impl Document {
    /// The language of its words.
    #[must_use]
    pub fn language(&self) -> Language {
        self.locale.language()
    }
    /// The parameters in one line, `Equipo: sur · Desde: 01/01/2026`; `None` without any.
    #[must_use]
    pub fn parameters_line(&self) -> Option<String> {
        parameters::line(&self.parameters)
    }
    /// The summary as one paragraph; `None` where there is nothing to say.
    #[must_use]
    pub fn summary_text(&self) -> Option<String> {
        let sentences: Vec<&str> = self.summary.iter().map(|sentence| sentence.text.as_str()).collect();
        Some(sentences.join(" ")).filter(|text| !text.is_empty())
    }
    /// The sections that a format shows.
    pub fn sections_in(&self, format: Format) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |s| s.only.is_empty() || s.only.contains(&format))
    }
}

/// One section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Unique in the document; lower-case ASCII letters, digits and `-`.
    pub id: String,
    /// Heading.
    pub title: Option<String>,
    /// Only in these formats; empty: in all.
    pub only: Vec<Format>,
    /// Content.
    pub body: Body,
    /// Sentences under it (what was cut, what is missing).
    pub notes: Vec<String>,
}

/// The content of a section.
#[derive(Debug, Clone)]
pub enum Body {
    /// Tiles.
    Kpis(Vec<Kpi>),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// A paragraph.
    Text(String),
}

/// How a value is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Display {
    /// Text as it is.
    Text,
    /// A number of a metric; the currency code is resolved.
    Number {
        /// Its format.
        format: ValueFormat,
        /// ISO 4217 code, for amounts.
        currency: Option<String>,
    },
    /// A change of such a number, with its sign; of shares in percentage points.
    Difference {
        /// Its format.
        format: ValueFormat,
        /// ISO 4217 code, for amounts.
        currency: Option<String>,
    },
    /// A change as part of what it was, in percent with one decimal and its sign.
    Relative,
    /// A civil day.
    Date,
    /// A civil date and time in the report's zone.
    DateTime,
    /// Yes or no.
    Boolean,
}

impl Display {
    /// Is it a number that stands right in its column?
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number { .. } | Self::Difference { .. } | Self::Relative)
    }

    /// Is it a difference of shares?
    #[must_use]
    pub fn is_points(&self) -> bool {
        matches!(self, Self::Difference { format: ValueFormat::Percent(_), .. })
    }
}

/// A value; `None` wherever it is absent is shown as a dash, never as 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number, rounded as it is shown (a share of 85.3 % is 0.853).
    Number(f64),
    /// A civil day.
    Date(NaiveDate),
    /// A civil date and time.
    DateTime(NaiveDateTime),
    /// Yes or no.
    Boolean(bool),
}

/// A tile.
#[derive(Debug, Clone)]
pub struct Kpi {
    /// Metric id.
    pub metric: String,
    /// Its name for people.
    pub label: String,
    /// The value; `None`: a dash.
    pub value: Option<f64>,
    /// How it is shown.
    pub display: Display,
    /// Against other periods and the target, as asked for, the main one first.
    pub changes: Vec<Change>,
    /// What it was over the period, where the section asks for it and that is known for each day.
    pub spark: Option<Spark>,
}

/// A value against another.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which comparison it is.
    pub with: Comparison,
    /// What it is held against, for people: `semana anterior`, `objetivo`.
    pub against: String,
    /// The other value.
    pub reference: Option<f64>,
    /// Value minus reference; percentage points for shares (0.012 = 1.2 p. p.).
    pub absolute: Option<f64>,
    /// Relative change (0.084 = 8.4 %); `None` when the reference is 0 or absent, and for shares.
    pub relative: Option<f64>,
    /// What part of its target the value is (1.003 = 100.3 %); `None` for other comparisons, without a target above 0 and for a value below 0.
    pub attainment: Option<f64>,
    /// The change in words: `8,4 % frente a la semana anterior`, without sign or arrow when up or down says it.
    pub text: String,
    /// Up, down or level.
    pub direction: Direction,
    /// Is that good?
    pub verdict: Verdict,
}

/// Where a value went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// The same, or not comparable.
    Level,
}

/// Whether a change is welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Good,
    /// No.
    Bad,
    /// Neither.
    Neutral,
}

/// A table, column by column.
#[derive(Debug, Clone)]
pub struct Table {
    /// Columns of equal length.
    pub columns: Vec<Column>,
    /// The totals' row, recomputed from rows: one value a column, `None` where there is none.
    pub totals: Option<Vec<Option<Value>>>,
    /// Rows that belong together, each with its subtotals, in the order in which they end, inner ones first; empty where rows are
    /// not grouped.
    pub groups: Vec<RowGroup>,
}

impl Table {
    /// A table without groups.
    #[must_use]
    pub fn new(columns: Vec<Column>, totals: Option<Vec<Option<Value>>>) -> Self {
        Self { columns, totals, groups: Vec::new() }
    }
    /// Number of rows, without the totals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }
    /// No rows?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Dimension or metric id.
    pub id: String,
    /// Heading.
    pub label: String,
    /// How its values are shown.
    pub display: Display,
    /// Dimensions stand left and group, metrics are numbers.
    pub is_dimension: bool,
    /// Its values.
    pub values: Values,
    /// Do its rows sum to its total, as far as they are all there?
    pub is_sum: bool,
    /// How its values are marked.
    pub mark: Option<Mark>,
}

impl Column {
    /// A column of which nothing more is known than its values.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        label: impl Into<String>,
        display: Display,
        is_dimension: bool,
        values: Values,
    ) -> Self {
        Self { id: id.into(), label: label.into(), display, is_dimension, values, is_sum: false, mark: None }
    }
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Texts.
    Text(Vec<Option<String>>),
    /// Numbers, rounded as shown.
    Number(Vec<Option<f64>>),
    /// Civil days.
    Date(Vec<Option<NaiveDate>>),
    /// Civil dates and times.
    DateTime(Vec<Option<NaiveDateTime>>),
    /// Yes or no.
    Boolean(Vec<Option<bool>>),
}

impl Values {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Number(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::DateTime(v) => v.len(),
            Self::Boolean(v) => v.len(),
        }
    }
    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// One of them.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<Value> {
        match self {
            Self::Text(v) => v.get(row)?.clone().map(Value::Text),
            Self::Number(v) => v.get(row)?.map(Value::Number),
            Self::Date(v) => v.get(row)?.map(Value::Date),
            Self::DateTime(v) => v.get(row)?.map(Value::DateTime),
            Self::Boolean(v) => v.get(row)?.map(Value::Boolean),
        }
    }
}

//! Files that are a source of data: how they are written, where they lie, and which of several are read. Never: reading them.

use super::Store;
use std::path::PathBuf;
use std::time::Duration;

/// `csv:FOLDER`, `ndjson+s3://bucket/prefix` and the like.
#[derive(Debug, Clone)]
pub struct FilesSource {
    /// How they are written.
    pub format: FilesFormat,
    /// Where they lie.
    pub place: FilesPlace,
}

/// How files are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesFormat {
    /// Delimited text, with names in the first record.
    Csv(CsvReading),
    /// One JSON object a line.
    NdJson,
    /// Parquet.
    Parquet,
}

impl FilesFormat {
    /// How urls of it begin.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::NdJson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

/// What is known of CSV files before they are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvReading {
    /// Between values; `None`: it is found out from the first line.
    pub separator: Option<u8>,
    /// Around values that hold separators or line ends.
    pub quote: u8,
    /// Within numbers.
    pub decimal: char,
    /// How bytes become letters.
    pub encoding: FileEncoding,
    /// How days and instants are written, beside ISO 8601.
    pub dates: DateOrder,
}

impl Default for CsvReading {
    fn default() -> Self {
        Self {
            separator: None,
            quote: b'"',
            decimal: '.',
            encoding: FileEncoding::Utf8,
            dates: DateOrder::Iso,
        }
    }
}

/// How bytes of CSV files become letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, or what a byte order mark says: UTF-16 in either order.
    Utf8,
    /// UTF-16, in the order that its mark says; without one as its first letter shows.
    Utf16,
    /// What programs of Windows in western Europe and America write.
    Windows1252,
}

impl FileEncoding {
    /// Its word in the definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Windows1252 => "windows-1252",
        }
    }
}

/// In which order people write the parts of a day in CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// ISO 8601 and epochs alone.
    Iso,
    /// `04/03/2026` is the fourth of March.
    DayFirst,
    /// `04/03/2026` is the third of April.
    MonthFirst,
}

/// Where files lie.
#[derive(Debug, Clone)]
pub enum FilesPlace {
    /// A folder of this machine, or one file.
    Local(PathBuf),
    /// A part of an S3-compatible store.
    Store(Box<StoredFiles>),
}

/// Objects of a store.
#[derive(Debug, Clone)]
pub struct StoredFiles {
    /// The store.
    pub store: Store,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// How long one answer may take, without what its bytes take.
    pub timeout: Duration,
}

/// Which of a frame's files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Take {
    /// The newest.
    #[default]
    Newest,
    /// All, one after the other.
    All,
    /// All, the latest row of each key alone.
    Merge,
}

impl Take {
    /// Its word in the definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::All => "all",
            Self::Merge => "merge",
        }
    }
}

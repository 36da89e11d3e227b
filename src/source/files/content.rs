//! A file of any kind whose columns are known.

use super::cell::Cell;
use super::csv::Csv;
use super::ndjson::NdJson;
use super::parquet::Parquet;
use super::place::LocalFile;
use super::problem::Problem;
use crate::definition::FilesFormat;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// A file whose columns are known.
pub(super) enum Content {
    Csv(Csv),
    NdJson(NdJson),
    Parquet(Box<Parquet>),
}

impl Content {
    /// Opens it; `wanted` are the columns that somebody will ask for, by the names in the file, and `timed` those of days and instants.
    pub(super) fn open(
        file: LocalFile,
        format: &FilesFormat,
        wanted: &BTreeSet<String>,
        timed: &BTreeSet<String>,
    ) -> Result<Self, Problem> {
        Ok(match format {
            FilesFormat::Csv(reading) => Self::Csv(Csv::open(file, reading, timed)?),
            FilesFormat::NdJson => Self::NdJson(NdJson::open(file, wanted)?),
            FilesFormat::Parquet => Self::Parquet(Box::new(Parquet::open(file, wanted)?)),
        })
    }

    /// Its columns.
    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::Csv(csv) => csv.names(),
            Self::NdJson(json) => json.names(),
            Self::Parquet(parquet) => parquet.names(),
        }
    }

    pub(super) fn file(&self) -> &LocalFile {
        match self {
            Self::Csv(csv) => csv.file(),
            Self::NdJson(json) => json.file(),
            Self::Parquet(parquet) => parquet.file(),
        }
    }

    /// Passes every row: of each the values in these places (`None`: the file has no such column), until somebody has seen enough.
    pub(super) fn pass(
        &self,
        places: &[Option<usize>],
        each: &mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>,
    ) -> Result<(), Problem> {
        let passed = match self {
            Self::Csv(csv) => csv.pass(places, each),
            Self::NdJson(json) => json.pass(places, each),
            Self::Parquet(parquet) => parquet.pass(places, each),
        };
        self.file().held_still(passed)
    }
}

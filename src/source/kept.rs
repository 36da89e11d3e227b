//! Frames as they are kept: one Parquet file (zstd) for each, and what is known beside their rows. Never: where they are kept.

use super::{Frames, Remark, parquet};
use crate::definition::FrameName;
use parte_columns::Frame;
use polars::prelude::PolarsResult;
use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// What is known of frames beside their rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Columns asked for that the source lacks.
    pub missing: BTreeMap<FrameName, BTreeSet<String>>,
    /// What was odd in the rows read.
    pub remarks: Vec<Remark>,
    /// Rows of the report's own period.
    pub rows: BTreeMap<FrameName, u64>,
}

impl Frames {
    /// What is known beside the rows.
    #[must_use]
    pub fn known(&self) -> Known {
        Known { missing: self.missing.clone(), remarks: self.remarks.clone(), rows: self.rows.clone() }
    }

    /// Each frame as a Parquet file.
    ///
    /// # Errors
    /// A column of a type that Parquet has not.
    pub fn to_parquet(&self) -> PolarsResult<Vec<(FrameName, Vec<u8>)>> {
        let file = |(name, frame): (&FrameName, &Frame)| Ok((*name, parquet::written(frame)?));
        self.frames.iter().map(file).collect()
    }

    /// The frames of such files. Rows stand in the order in which they stood.
    ///
    /// # Errors
    /// A file that is none, or of another program's types.
    pub fn from_parquet(files: Vec<(FrameName, Vec<u8>)>, known: Known) -> PolarsResult<Self> {
        let frame = |(name, bytes): (FrameName, Vec<u8>)| {
            let mut frame = ParquetReader::new(Cursor::new(bytes)).finish()?;
            frame.rechunk_mut();
            Ok((name, Frame::numbered(&frame)?))
        };
        let Known { missing, remarks, rows } = known;
        let frames = files.into_iter().map(frame).collect::<PolarsResult<_>>()?;
        Ok(Self { frames, missing, remarks, rows, ..Self::default() })
    }
}

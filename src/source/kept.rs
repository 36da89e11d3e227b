//! Frames as they are kept: one Parquet file (zstd) for each, and what is known beside their rows. Never: where they are kept.

use super::{Frames, Remark};
use crate::definition::FrameName;
use parte_columns::Frame;
use polars::prelude::PolarsResult;
use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter, StatisticsOptions};
use polars_parquet::write::ZstdLevel;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// Rows of a group of a file, which are written at once.
const ROWS: usize = 1 << 18;

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
        // The fastest level: files are a twentieth larger than at the usual one. Nobody looks for rows by their least and greatest values.
        let compression = ParquetCompression::Zstd(ZstdLevel::try_new(1).ok());
        let file = |(name, frame): (&FrameName, &Frame)| {
            let mut bytes = Vec::new();
            let schema = frame.slice(0, 0).whole()?.schema().clone();
            let mut writer = ParquetWriter::new(&mut bytes)
                .with_compression(compression)
                .with_statistics(StatisticsOptions::empty())
                .batched(&schema)?;
            // Texts that are held once stand row by row in the file, but not all of them at a time in memory.
            for from in (0..frame.height().max(1)).step_by(ROWS) {
                writer.write_batch(&frame.slice(from, ROWS).whole()?)?;
            }
            writer.finish()?;
            Ok((*name, bytes))
        };
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

//! Parquet files: only the columns needed are read, of the groups of rows that may hold a row needed, and of these only its rows are
//! decoded.

mod bounds;
mod types;
mod values;

use super::cell::Cell;
use super::needed::{Between, Share};
use super::place::LocalFile;
use super::problem::Problem;
use super::threads;
use crate::source::chosen::lower;
use bounds::Bounds;
use parte_columns::shared;
use polars::prelude::{ArrowField, ArrowSchema, PlSmallStr, PolarsError};
use polars_arrow::array::Array;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, DTYPE_CATEGORICAL_NEW, IntegerType};
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, Filter, PageReader, RowGroupMetadata, column_iter_to_arrays,
    infer_schema, read_metadata,
};
use polars_parquet::write::CompressedPage;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
pub(super) use values::push_all;

/// A Parquet file whose columns are known.
pub(super) struct Parquet {
    file: LocalFile,
    open: File,
    facts: FileMetadata,
    fields: Vec<ArrowField>,
    names: Vec<String>,
}

/// Pieces of a column, one after the other.
pub(super) type Pieces = Vec<Box<dyn Array>>;

/// The rows of a group that are kept.
pub(super) struct Kept<'a> {
    group: &'a RowGroupMetadata,
    /// How many they are.
    pub(super) rows: usize,
    /// Which they are; `None`: all.
    mask: Option<Bitmap>,
    /// Columns that were looked at to tell, and need not be read again.
    known: Vec<(Option<usize>, Pieces)>,
}

impl Parquet {
    /// Reads what the file says of itself at its end; `wanted` are the columns that somebody will ask for.
    pub(super) fn open(file: LocalFile, wanted: &BTreeSet<String>) -> Result<Self, Problem> {
        let mut open = file.open()?;
        if open.metadata().is_ok_and(|facts| facts.len() == 0) {
            return Err(Problem::new(
                format!("{} is empty: it has no byte in it", file.shown),
                "something made the file and wrote nothing; see what exports it",
            ));
        }
        let read = || -> Result<(FileMetadata, ArrowSchema), PolarsError> {
            let facts = read_metadata(&mut open)?;
            let schema = infer_schema(&facts)?;
            Ok((facts, schema))
        };
        let (facts, schema) = whole(&file.shown, read)?;
        let (fields, others): (Vec<ArrowField>, Vec<ArrowField>) =
            schema.iter_values().cloned().partition(|field| types::is_held(field.dtype()));
        // What no column can hold is as good as not there, as long as nobody needs it.
        if let Some(other) = others.iter().find(|field| wanted.contains(field.name.as_str())) {
            return Err(Problem::new(
                format!("`{}` of {} holds {}", other.name, file.shown, types::in_words(other.dtype())),
                "let it have numbers, texts, instants or days, one in each row, or read another column in its place: columns = { ... }",
            ));
        }
        let names = fields.iter().map(|field| field.name.to_string()).collect();
        Ok(Self { file, open, facts, fields, names })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn file(&self) -> &LocalFile {
        &self.file
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.facts.row_groups.iter().map(|group| group.num_rows() as u64).sum()
    }

    /// Passes every row, as with CSV.
    pub(super) fn pass(
        &self,
        places: &[Option<usize>],
        each: &mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>,
    ) -> Result<(), Problem> {
        for group in &self.facts.row_groups {
            let arrays = self.decoded(group, places)?;
            let columns: Vec<Vec<Cell<'_>>> = arrays.iter().map(|parts| values::cells(parts)).collect();
            let mut cells = vec![Cell::Absent; places.len()];
            for row in 0..group.num_rows() {
                for (cell, column) in cells.iter_mut().zip(&columns) {
                    *cell = column.get(row).copied().unwrap_or(Cell::Absent);
                }
                if each(&cells).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The rows that are kept, by group: `tests` are the places of the columns by which `keeps` tells (by their values and the number of
    /// the row in the file), and `share` says how many rows of a group with these least and greatest values may be such.
    pub(super) fn kept(
        &self,
        tests: &[Option<usize>],
        keeps: &(dyn Fn(&[Cell<'_>], u64) -> bool + Sync),
        share: &dyn Fn(&[Between<'_>]) -> Share,
    ) -> Result<Vec<Kept<'_>>, Problem> {
        let mut before = 0;
        let mut groups = Vec::new();
        for group in &self.facts.row_groups {
            let bounds: Vec<Bounds> = tests.iter().map(|place| self.bounds(group, *place)).collect();
            let bounds: Vec<_> = bounds.iter().map(Bounds::cells).collect();
            let share = if tests.is_empty() { Share::All } else { share(&bounds) };
            if share != Share::None {
                groups.push((group, before, share));
            }
            before += group.num_rows() as u64;
        }
        tracing::debug!(
            file = self.file.shown,
            groups = groups.len(),
            of = self.facts.row_groups.len(),
            "reading"
        );
        let kept = threads::each(groups.len(), &|at| match groups.get(at) {
            Some((group, _, Share::All)) => {
                Ok(Some(Kept { group, rows: group.num_rows(), mask: None, known: Vec::new() }))
            }
            Some((group, before, _)) => self.kept_of(group, *before, tests, keeps),
            None => Ok(None),
        });
        kept.into_iter().filter_map(Result::transpose).collect()
    }

    fn kept_of<'a>(
        &'a self,
        group: &'a RowGroupMetadata,
        before: u64,
        tests: &[Option<usize>],
        keeps: &dyn Fn(&[Cell<'_>], u64) -> bool,
    ) -> Result<Option<Kept<'a>>, Problem> {
        let arrays = self.decoded(group, tests)?;
        let columns: Vec<Vec<Cell<'_>>> = arrays.iter().map(|parts| values::cells(parts)).collect();
        let mut cells = vec![Cell::Absent; tests.len()];
        let mask = (0..group.num_rows()).map(|row| {
            for (cell, column) in cells.iter_mut().zip(&columns) {
                *cell = column.get(row).copied().unwrap_or(Cell::Absent);
            }
            keeps(&cells, before + row as u64)
        });
        let mask: Bitmap = mask.collect();
        Ok(match mask.set_bits() {
            0 => None,
            rows if rows == group.num_rows() => {
                let known = tests.iter().copied().zip(arrays).collect();
                Some(Kept { group, rows, mask: None, known })
            }
            rows => Some(Kept { group, rows, mask: Some(mask), known: Vec::new() }),
        })
    }

    /// A column of the rows kept; no piece where the file has no such column.
    pub(super) fn column_of(&self, kept: &Kept<'_>, place: Option<usize>) -> Result<Pieces, Problem> {
        match kept.known.iter().find(|(known, _)| *known == place) {
            Some((_, pieces)) => Ok(pieces.clone()),
            None => self.column(kept.group, place, kept.mask.clone().map(Filter::new_masked)),
        }
    }

    fn decoded(&self, group: &RowGroupMetadata, places: &[Option<usize>]) -> Result<Vec<Pieces>, Problem> {
        places.iter().map(|place| self.column(group, *place, None)).collect()
    }

    /// A column of a group, read by itself: a file that is written to meanwhile gives wrong bytes at worst, and never none at all.
    fn column(
        &self,
        group: &RowGroupMetadata,
        place: Option<usize>,
        filter: Option<Filter>,
    ) -> Result<Pieces, Problem> {
        let shown = &self.file.shown;
        let Some(field) = place.and_then(|place| self.fields.get(place)) else { return Ok(Vec::new()) };
        let chunk = group.columns_under_root_iter(&field.name).and_then(|mut chunks| chunks.next());
        let Some(chunk) = chunk else { return Ok(Vec::new()) };
        let range = chunk.byte_range();
        let length = self.open.metadata().map_err(|error| Problem::of_io(shown, error))?.len();
        if range.start > range.end || range.end > length {
            return Err(damaged(shown, "a column lies beyond the end of the file"));
        }
        let size =
            usize::try_from(range.end - range.start).map_err(|_| damaged(shown, "a column is too large"))?;
        let mut bytes = vec![0; size];
        self.open.read_exact_at(&mut bytes, range.start).map_err(|error| Problem::of_io(shown, error))?;
        let bytes = shared(bytes);
        let pages = || PageReader::new(Cursor::new(bytes.clone()), chunk, Vec::new(), usize::MAX);
        whole(shown, || {
            let primitive = &chunk.descriptor().descriptor.primitive_type;
            let is_text = *field.dtype() == ArrowDataType::Utf8View;
            let field = if is_text && is_numbered(pages()) { numbered(field) } else { field.clone() };
            let pages = BasicDecompressor::new(pages(), Vec::new());
            let (arrays, _) = column_iter_to_arrays(vec![pages], vec![primitive], field, filter)?;
            Ok(if types::is_uuid(chunk.descriptor()) { types::texts_of_uuids(arrays) } else { arrays })
        })
    }

    fn bounds(&self, group: &RowGroupMetadata, place: Option<usize>) -> Bounds {
        let Some(field) = place.and_then(|place| self.fields.get(place)) else { return Bounds::default() };
        let chunk = group.columns_under_root_iter(&field.name).and_then(|mut chunks| chunks.next());
        let said = chunk.and_then(|chunk| chunk.statistics(&self.facts.footer_buf)).and_then(Result::ok);
        said.map_or_else(Bounds::default, |said| Bounds::new(field.dtype(), said))
    }
}

/// Has every page of a column in a group numbers, of values that stand once before them? A writer may change its mind from a page on.
fn is_numbered(mut pages: PageReader) -> bool {
    let is_numbers = |page| match page {
        CompressedPage::Data(page) => page.header().is_dictionary_encoded(),
        CompressedPage::Dict(_) => false,
    };
    matches!(pages.next(), Some(Ok(CompressedPage::Dict(_)))) && pages.all(|page| page.is_ok_and(is_numbers))
}

/// The field whose numbers the decoder gives as they are: this it does for what Polars has written of its own categories, which are such.
fn numbered(field: &ArrowField) -> ArrowField {
    let texts = Box::new(ArrowDataType::Utf8View);
    let dtype = ArrowDataType::Dictionary(IntegerType::UInt32, texts, false);
    let mark = [(DTYPE_CATEGORICAL_NEW.into(), PlSmallStr::EMPTY)];
    ArrowField::new(field.name.clone(), dtype, field.is_nullable).with_metadata(mark.into_iter().collect())
}

/// What the decoder makes of the bytes. It holds them against little, and may stumble over what is damaged.
fn whole<T>(shown: &str, read: impl FnOnce() -> Result<T, PolarsError>) -> Result<T, Problem> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(damaged(shown, &lower(&error.to_string()))),
        Err(_) => Err(damaged(shown, "its bytes are not what it says of them")),
    }
}

fn damaged(shown: &str, what: &str) -> Problem {
    let what = what.lines().next().unwrap_or_default();
    Problem::new(
        format!("{shown} is no Parquet file, or a damaged one: {what}"),
        "it may still be being written, or was not copied to its end; bring it again, and let files take their names only when they are whole",
    )
}

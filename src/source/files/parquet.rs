//! Parquet files: only the columns needed are read, of the groups of rows that may hold a row needed, and of these only its rows are
//! decoded.

mod bounds;
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

/// Arrays of columns, one list for each.
pub(super) type Arrays = Vec<Vec<Box<dyn Array>>>;

/// So many rows, and their columns.
type Rows = (usize, Arrays);

impl Parquet {
    /// Reads what the file says of itself at its end.
    pub(super) fn open(file: LocalFile) -> Result<Self, Problem> {
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
        // What no column can hold is as good as not there: a list, an object, a length of time.
        let fields: Vec<ArrowField> =
            schema.iter_values().filter(|field| values::is_held(field.dtype())).cloned().collect();
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
            let arrays = self.decoded(group, places, None)?;
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

    /// The rows that are kept: `tests` are the places of the columns by which `keeps` tells (by their values and the number of the row
    /// in the file), and `share` says how many rows of a group with these least and greatest values may be such.
    pub(super) fn rows_kept(
        &self,
        tests: &[Option<usize>],
        chosen: &[Option<usize>],
        keeps: &(dyn Fn(&[Cell<'_>], u64) -> bool + Sync),
        share: &dyn Fn(&[Between<'_>]) -> Share,
    ) -> Result<Rows, Problem> {
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
        let parts = threads::each(groups.len(), &|at| match groups.get(at) {
            Some((group, _, Share::All)) => Ok((group.num_rows(), self.decoded(group, chosen, None)?)),
            Some((group, before, _)) => self.group_kept(group, *before, tests, chosen, keeps),
            None => Ok((0, Vec::new())),
        });
        let mut height = 0;
        let mut all: Arrays = chosen.iter().map(|_| Vec::new()).collect();
        for part in parts {
            let (rows, arrays) = part?;
            height += rows;
            all.iter_mut().zip(arrays).for_each(|(all, more)| all.extend(more));
        }
        Ok((height, all))
    }

    fn group_kept(
        &self,
        group: &RowGroupMetadata,
        before: u64,
        tests: &[Option<usize>],
        chosen: &[Option<usize>],
        keeps: &dyn Fn(&[Cell<'_>], u64) -> bool,
    ) -> Result<Rows, Problem> {
        let rows = group.num_rows();
        let arrays = self.decoded(group, tests, None)?;
        let columns: Vec<Vec<Cell<'_>>> = arrays.iter().map(|parts| values::cells(parts)).collect();
        let mut cells = vec![Cell::Absent; tests.len()];
        let mask = (0..rows).map(|row| {
            for (cell, column) in cells.iter_mut().zip(&columns) {
                *cell = column.get(row).copied().unwrap_or(Cell::Absent);
            }
            keeps(&cells, before + row as u64)
        });
        let mask: Bitmap = mask.collect();
        let kept = mask.set_bits();
        if kept == 0 {
            return Ok((0, chosen.iter().map(|_| Vec::new()).collect()));
        }
        if kept < rows {
            return Ok((kept, self.decoded(group, chosen, Some(Filter::new_masked(mask)))?));
        }
        // What was looked at is read already.
        let known = |place: &Option<usize>| tests.iter().position(|test| test == place);
        let column = |place: &Option<usize>| -> Result<_, Problem> {
            match known(place).and_then(|at| arrays.get(at)) {
                Some(arrays) => Ok(arrays.clone()),
                None => Ok(self.decoded(group, &[*place], None)?.pop().unwrap_or_default()),
            }
        };
        Ok((kept, chosen.iter().map(column).collect::<Result<_, Problem>>()?))
    }

    fn decoded(
        &self,
        group: &RowGroupMetadata,
        places: &[Option<usize>],
        filter: Option<Filter>,
    ) -> Result<Arrays, Problem> {
        let column = |place: &Option<usize>| match place.and_then(|place| self.fields.get(place)) {
            Some(field) => self.column(group, field, filter.clone()),
            None => Ok(Vec::new()),
        };
        places.iter().map(column).collect()
    }

    /// A column of a group, read by itself: a file that is written to meanwhile gives wrong bytes at worst, and never none at all.
    fn column(
        &self,
        group: &RowGroupMetadata,
        field: &ArrowField,
        filter: Option<Filter>,
    ) -> Result<Vec<Box<dyn Array>>, Problem> {
        let shown = &self.file.shown;
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
            let types = &chunk.descriptor().descriptor.primitive_type;
            let is_text = *field.dtype() == ArrowDataType::Utf8View;
            let field = if is_text && is_numbered(pages()) { numbered(field) } else { field.clone() };
            let pages = BasicDecompressor::new(pages(), Vec::new());
            column_iter_to_arrays(vec![pages], vec![types], field, filter).map(|(arrays, _)| arrays)
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

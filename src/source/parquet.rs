//! Frames as Parquet files (zstd). What a frame holds once stands once in each group of rows of the file, and the rows have its numbers: any
//! reader of Parquet takes them for texts.

use parte_columns::Frame;
use polars::prelude::{
    ArrowField, ArrowSchema, BooleanChunked, Column, CompatLevel, DataType, PolarsError, PolarsResult,
    SchemaExt as _,
};
use polars_arrow::array::{Array, DictionaryArray};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_parquet::read::ParquetError;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Compressor, DynIter, DynStreamingIterator, Encoding, FileWriter,
    ParquetType, StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, get_dtype_encoding,
};

/// Rows of a group, which are put together at once.
const ROWS: usize = 1 << 18;

type Pages = DynStreamingIterator<'static, CompressedPage, PolarsError>;

/// The file.
///
/// # Errors
/// A column of a type that Parquet has not.
pub(super) fn written(frame: &Frame) -> PolarsResult<Vec<u8>> {
    let options = WriteOptions {
        // Nobody looks for rows by their least and greatest values.
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        // The fastest level: files are a twentieth larger than at the usual one.
        compression: CompressionOptions::Zstd(ZstdLevel::try_new(1).ok()),
        data_page_size: None,
    };
    let schema: ArrowSchema = frame.slice(0, 0).whole()?.schema().to_arrow(CompatLevel::newest());
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, schema.clone(), options)?;
    let types = writer.parquet_schema().fields().to_vec();
    for from in (0..frame.height()).step_by(ROWS) {
        let rows = frame.slice(from, ROWS);
        let mut columns: Vec<PolarsResult<Pages>> = Vec::new();
        for (field, kind) in schema.iter_values().zip(&types) {
            columns.extend(pages(&rows, field, kind.clone(), options)?.into_iter().map(Ok));
        }
        writer.write(rows.height() as u64, DynIter::new(columns.into_iter()))?;
    }
    writer.end(None)?;
    Ok(bytes)
}

fn pages(
    rows: &Frame,
    field: &ArrowField,
    kind: ParquetType,
    options: WriteOptions,
) -> PolarsResult<Vec<Pages>> {
    let (array, encoding) = match rows.values(&field.name) {
        Some(values) => (numbered(rows, values)?, vec![Encoding::RleDictionary]),
        None => {
            let column = rows.column(&field.name)?;
            // What hardly repeats is not tried to be held once.
            let encoding = match column.dtype() {
                DataType::Datetime(..) => vec![Encoding::DeltaBinaryPacked],
                DataType::String => vec![Encoding::Plain],
                _ => get_dtype_encoding(field.dtype()),
            };
            (in_one_piece(&column), encoding)
        }
    };
    let columns = array_to_columns(array, kind, options, &encoding)?;
    let compressed = |pages: DynIter<'static, PolarsResult<polars_parquet::write::Page>>| {
        let pages = pages.map(|page| page.map_err(|e| ParquetError::FeatureNotSupported(e.to_string())));
        let compressor = Compressor::new_from_vec(pages, options.compression, Vec::new());
        DynStreamingIterator::new(polars_parquet::read::FallibleStreamingIterator::map_err(
            compressor,
            PolarsError::from,
        ))
    };
    Ok(columns.into_iter().map(compressed).collect())
}

/// The numbers of the rows and their values, as Arrow has them.
fn numbered(rows: &Frame, values: &Column) -> PolarsResult<Box<dyn Array>> {
    let numbers = rows.numbers(values.name())?.rechunk();
    // An absent value has no place among the values of a file: it is the number that is absent.
    let present = if rows.is_whole(values.name())? {
        None
    } else {
        let present: BooleanChunked = !rows.absent(values.name())?;
        Some(present.rechunk().downcast_as_array().values().clone())
    };
    let numbers = numbers.downcast_as_array().clone().with_validity(present);
    let values = in_one_piece(values).with_validity(None);
    let kind = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(values.dtype().clone()), false);
    Ok(DictionaryArray::try_new(kind, numbers, values)?.boxed())
}

fn in_one_piece(column: &Column) -> Box<dyn Array> {
    column.as_materialized_series().rechunk().to_arrow(0, CompatLevel::newest())
}

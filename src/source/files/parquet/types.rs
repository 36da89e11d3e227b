//! Which types of columns are read, and those whose values are turned into others as soon as they are decoded.

use polars_arrow::array::{Array, FixedSizeBinaryArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_parquet::read::{ColumnDescriptor, PrimitiveLogicalType};

/// Are the values of such a column single ones, of a type that a column of a frame can hold? A list is none, nor a length of time.
pub(super) fn is_held(dtype: &ArrowDataType) -> bool {
    match dtype {
        ArrowDataType::Dictionary(key, values, _) => {
            !matches!(values.as_ref(), ArrowDataType::Dictionary(..))
                && is_held(values)
                && !matches!(key, IntegerType::UInt64 | IntegerType::Int128 | IntegerType::UInt128)
        }
        ArrowDataType::Utf8View
        | ArrowDataType::BinaryView
        | ArrowDataType::Boolean
        | ArrowDataType::Int8
        | ArrowDataType::Int16
        | ArrowDataType::Int32
        | ArrowDataType::Int64
        | ArrowDataType::UInt8
        | ArrowDataType::UInt16
        | ArrowDataType::UInt32
        | ArrowDataType::UInt64
        | ArrowDataType::Float32
        | ArrowDataType::Float64
        | ArrowDataType::Timestamp(..)
        | ArrowDataType::Date32
        | ArrowDataType::Date64
        | ArrowDataType::Decimal(..)
        | ArrowDataType::Decimal256(..)
        | ArrowDataType::FixedSizeBinary(_)
        | ArrowDataType::Null => true,
        _ => false,
    }
}

/// What a column holds that is not read, in words.
pub(super) fn in_words(dtype: &ArrowDataType) -> String {
    match dtype {
        ArrowDataType::List(_) | ArrowDataType::LargeList(_) | ArrowDataType::FixedSizeList(..) => {
            "lists".to_owned()
        }
        ArrowDataType::Struct(_) | ArrowDataType::Map(..) => "objects".to_owned(),
        ArrowDataType::Duration(_) | ArrowDataType::Interval(_) => "lengths of time".to_owned(),
        ArrowDataType::Time32(_) | ArrowDataType::Time64(_) => "times of a day".to_owned(),
        other => format!("values of the type {other:?}"),
    }
}

/// Is it a column of UUIDs? They are 16 bytes each.
pub(super) fn is_uuid(column: &ColumnDescriptor) -> bool {
    matches!(column.descriptor.primitive_type.logical_type, Some(PrimitiveLogicalType::Uuid))
}

/// UUIDs as they are written everywhere else.
pub(super) fn texts_of_uuids(pieces: Vec<Box<dyn Array>>) -> Vec<Box<dyn Array>> {
    let text = |bytes: &[u8]| {
        <[u8; 16]>::try_from(bytes).ok().map(|bytes| uuid::Uuid::from_bytes(bytes).to_string())
    };
    let texts = |piece: Box<dyn Array>| match piece.as_any().downcast_ref::<FixedSizeBinaryArray>() {
        Some(uuids) => {
            Utf8ViewArray::from_slice(uuids.iter().map(|uuid| uuid.and_then(text)).collect::<Vec<_>>())
                .boxed()
        }
        None => piece,
    };
    pieces.into_iter().map(texts).collect()
}

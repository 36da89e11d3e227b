//! Columns of texts that come whole, row by row or each different text once with the rows' numbers, which are taken over.

use crate::buffer::Kind;
use crate::grouping::ByText;
use crate::held::repeats;
use crate::{Grouping, Held};
use polars::prelude::*;
use polars_arrow::array::{Array, DictionaryArray, DictionaryKey, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};

/// From so many rows on it is asked whether texts repeat: fewer say little of those that follow.
const MANY: usize = 1 << 14;

/// Does it hold texts, or numbers of texts?
pub(crate) fn is_text(part: &dyn Array) -> bool {
    match part.dtype() {
        ArrowDataType::Utf8View => true,
        ArrowDataType::Dictionary(key, values, _) => {
            let is_wide = matches!(key, IntegerType::Int128 | IntegerType::UInt128);
            **values == ArrowDataType::Utf8View && !is_wide
        }
        _ => false,
    }
}

/// The column of the parts, one after the other; what repeats is held once. An empty text is absent where the column is documented.
///
/// # Errors
/// A part that does not hold texts.
pub(crate) fn texts(name: PlSmallStr, kind: Kind, parts: &[Box<dyn Array>]) -> PolarsResult<Held> {
    if kind != Kind::Key {
        let mut all = Different::new(kind, parts.iter().map(|part| part.len()).sum());
        for part in parts {
            all.add(part.as_ref())?;
            if all.rows.len() >= MANY && !all.repeats() {
                break;
            }
        }
        if all.repeats() {
            return Ok(all.held(name));
        }
    }
    // As many pieces as there are parts: who needs one puts them together, and what is never looked at is never copied.
    let mut all: Option<Column> = None;
    for part in parts {
        let more = spelled(name.clone(), kind, part.as_ref())?;
        match &mut all {
            None => all = Some(more),
            Some(all) => {
                all.append_owned(more)?;
            }
        }
    }
    Ok(Held::Plain(all.unwrap_or_else(|| Column::new_empty(name, &DataType::String))))
}

/// A part, row by row.
fn spelled(name: PlSmallStr, kind: Kind, part: &dyn Array) -> PolarsResult<Column> {
    let Some(texts) = part.as_any().downcast_ref::<Utf8ViewArray>() else {
        let mut different = Different::new(kind, part.len());
        different.add(part)?;
        return different.held(name).spelled();
    };
    let has_empty = match texts.null_count() {
        0 => texts.views().iter().any(|view| view.length == 0),
        _ => texts.iter().any(|text| text == Some("")),
    };
    let all = if kind != Kind::Inferred && has_empty {
        let kept: StringChunked = texts.iter().map(|text| text.filter(|text| !text.is_empty())).collect();
        kept.with_name(name)
    } else {
        StringChunked::with_chunk(name, texts.clone())
    };
    Ok(all.into_series().into_column())
}

/// The different texts of parts, in the order of the rows, and the rows' numbers.
struct Different<'a> {
    kind: Kind,
    rows: Vec<u32>,
    texts: Vec<Option<&'a str>>,
    known: ByText<'a>,
    absent: u32,
}

impl<'a> Different<'a> {
    fn new(kind: Kind, rows: usize) -> Self {
        Self {
            kind,
            rows: Vec::with_capacity(rows),
            texts: Vec::new(),
            known: ByText::default(),
            absent: u32::MAX,
        }
    }

    fn repeats(&self) -> bool {
        repeats(self.texts.len(), self.rows.len())
    }

    fn held(self, name: PlSmallStr) -> Held {
        let values: StringChunked = self.texts.into_iter().collect();
        Held::Numbered { numbers: self.rows, values: values.with_name(name).into_series().into_column() }
    }

    /// The number of the text in a row of these; none where it is absent.
    fn number_of(&mut self, texts: &'a Utf8ViewArray, row: Option<usize>) -> u32 {
        let text = row.and_then(|row| Some((row, texts.get(row)?)));
        let text = text.filter(|(_, text)| self.kind == Kind::Inferred || !text.is_empty());
        let slot = match text {
            Some((row, _)) => self.known.slot(texts, row),
            None => &mut self.absent,
        };
        if *slot == u32::MAX {
            *slot = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
            self.texts.push(text.map(|(_, text)| text));
        }
        *slot
    }

    fn add(&mut self, part: &'a dyn Array) -> PolarsResult<()> {
        match part.dtype() {
            ArrowDataType::Dictionary(IntegerType::Int8, ..) => self.add_keyed::<i8>(part),
            ArrowDataType::Dictionary(IntegerType::Int16, ..) => self.add_keyed::<i16>(part),
            ArrowDataType::Dictionary(IntegerType::Int32, ..) => self.add_keyed::<i32>(part),
            ArrowDataType::Dictionary(IntegerType::Int64, ..) => self.add_keyed::<i64>(part),
            ArrowDataType::Dictionary(IntegerType::UInt8, ..) => self.add_keyed::<u8>(part),
            ArrowDataType::Dictionary(IntegerType::UInt16, ..) => self.add_keyed::<u16>(part),
            ArrowDataType::Dictionary(IntegerType::UInt32, ..) => self.add_keyed::<u32>(part),
            ArrowDataType::Dictionary(IntegerType::UInt64, ..) => self.add_keyed::<u64>(part),
            _ => self.add_plain(part),
        }
    }

    fn add_keyed<K: DictionaryKey>(&mut self, part: &'a dyn Array) -> PolarsResult<()> {
        let unfit = || polars_err!(SchemaMismatch: "not numbers of texts");
        let part = part.as_any().downcast_ref::<DictionaryArray<K>>().ok_or_else(unfit)?;
        let texts = part.values().as_any().downcast_ref::<Utf8ViewArray>().ok_or_else(unfit)?;
        // Only what a row has counts: a dictionary may hold more.
        let mut numbers = vec![u32::MAX; texts.len()];
        let numbers = numbers.as_mut_slice();
        let mut rows = std::mem::take(&mut self.rows);
        let mut number_of = |key: Option<&K>| {
            let at: Option<usize> = key.and_then(|key| (*key).try_into().ok());
            let known = at.and_then(|at| numbers.get(at)).copied().unwrap_or(u32::MAX);
            if known != u32::MAX {
                return known;
            }
            let number = self.number_of(texts, at);
            if let Some(known) = at.and_then(|at| numbers.get_mut(at)) {
                *known = number;
            }
            number
        };
        if part.null_count() == 0 {
            rows.extend(part.keys().values().iter().map(|key| number_of(Some(key))));
        } else {
            rows.extend(part.keys().iter().map(number_of));
        }
        self.rows = rows;
        Ok(())
    }

    fn add_plain(&mut self, part: &'a dyn Array) -> PolarsResult<()> {
        let unfit = || polars_err!(SchemaMismatch: "not texts");
        let texts = part.as_any().downcast_ref::<Utf8ViewArray>().ok_or_else(unfit)?;
        let column = StringChunked::with_chunk(PlSmallStr::EMPTY, texts.clone()).into_series().into_column();
        let groups = Grouping::of_column(&column)?;
        let first_rows = groups.first_rows();
        let numbers: Vec<u32> =
            first_rows.iter().map(|row| self.number_of(texts, row.map(|row| row as usize))).collect();
        let number_of = |group: &u32| numbers.get(*group as usize).copied().unwrap_or_default();
        self.rows.extend(groups.numbers().unwrap_or_default().iter().map(number_of));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;
    use polars_arrow::array::{PrimitiveArray, UInt32Array};

    fn plain(texts: &[Option<&str>]) -> Box<dyn Array> {
        Utf8ViewArray::from_slice(texts).boxed()
    }

    fn keyed(keys: &[Option<u32>], texts: &[Option<&str>]) -> Box<dyn Array> {
        let keys: UInt32Array = PrimitiveArray::from(keys);
        DictionaryArray::try_from_keys(keys, Utf8ViewArray::from_slice(texts).boxed(), false)
            .expect("keys of texts")
            .boxed()
    }

    fn column(held: &Held) -> Vec<Option<String>> {
        let rows = match held {
            Held::Plain(column) => column.len(),
            Held::Numbered { numbers, .. } => numbers.len(),
        };
        let frame = Frame::new(rows, vec![held.clone()]).expect("a frame");
        let column = frame.column("it").expect("a column");
        column.str().expect("texts").iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn numbers_of_several_parts_become_those_of_one_column_whichever_way_each_part_has_its_texts() {
        let long = "a name that is longer than twelve bytes";
        let parts = [
            keyed(&[Some(1), Some(0), None, Some(1)], &[Some(""), Some("visit"), Some("nobody has it")]),
            plain(&[Some("call"), Some("visit"), Some(""), None, Some(long), Some(long)]),
            keyed(&[Some(2), Some(0), Some(1), Some(0)], &[Some(long), Some("call"), Some(long)]),
        ];
        let empty = |kind| (kind == Kind::Inferred).then_some("");
        for kind in [Kind::Text, Kind::Inferred, Kind::Key] {
            let held = texts("it".into(), kind, &parts).expect("a column");
            let expected = [
                Some("visit"),
                empty(kind),
                None,
                Some("visit"),
                Some("call"),
                Some("visit"),
                empty(kind),
                None,
                Some(long),
                Some(long),
                Some(long),
                Some(long),
                Some("call"),
                Some(long),
            ];
            let expected: Vec<Option<String>> = expected.iter().map(|text| text.map(str::to_owned)).collect();
            assert_eq!(column(&held), expected, "{kind:?}");
            match (kind, &held) {
                (Kind::Key, Held::Plain(_)) => {}
                (Kind::Text | Kind::Inferred, Held::Numbered { values, .. }) => {
                    let different = if kind == Kind::Inferred { 5 } else { 4 };
                    assert_eq!(values.len(), different, "a text that no row has, or one twice");
                }
                _ => panic!("{kind:?} is held the other way"),
            }
        }
    }

    #[test]
    fn texts_that_hardly_repeat_stand_row_by_row() {
        let parts = [keyed(&[Some(0), Some(1)], &[Some("a"), Some("b")]), plain(&[Some("c"), Some("c")])];
        let held = texts("it".into(), Kind::Text, &parts).expect("a column");
        assert!(matches!(held, Held::Plain(_)));
        assert_eq!(column(&held), ["a", "b", "c", "c"].map(|text| Some(text.to_owned())));
    }
}

//! Texts while they are read: each different one is held once, as long as texts repeat.

use crate::Held;
use crate::held::repeats;
use polars::prelude::*;

/// From so many different texts on it is asked whether they repeat at all: days may follow each other, each with all of the users.
const MANY: usize = 1 << 20;

/// A column of texts that grows.
pub(crate) enum Texts {
    /// Each different text once.
    Numbered(Numbered),
    /// Row by row.
    Plain(StringChunkedBuilder),
}

/// Short texts that were seen last, each at the one place that it can have: most columns have few texts, and rows that follow each other
/// often the same.
struct Recent(Vec<(u128, u32)>);

/// Bits of the number of a place.
const PLACE: u32 = 10;

impl Default for Recent {
    fn default() -> Self {
        // No text has this key: its length would be 255.
        Self(vec![(u128::MAX, u32::MAX); 1 << PLACE])
    }
}

impl Recent {
    fn at(&mut self, key: u128) -> Option<&mut (u128, u32)> {
        #[expect(clippy::cast_possible_truncation, reason = "both halves are looked at")]
        let (low, high) = (key as u64, (key >> 64) as u64);
        let mixed = low.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ high.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        self.0.get_mut((mixed >> (64 - PLACE)) as usize)
    }
}

/// Different texts, and the rows' numbers of them.
#[derive(Default)]
pub(crate) struct Numbered {
    recent: Recent,
    numbers: Vec<u32>,
    /// The texts in the order in which they came.
    values: Vec<Option<Box<str>>>,
    /// Numbers of texts of up to fifteen bytes, which are compared and hashed at once.
    short: PlHashMap<u128, u32>,
    /// Numbers of longer ones.
    long: PlHashMap<Box<str>, u32>,
    /// The number that stands for no text.
    absent: Option<u32>,
}

impl Texts {
    /// None yet; `unique`: hardly one will repeat.
    pub(crate) fn new(unique: bool) -> Self {
        if unique {
            Self::Plain(StringChunkedBuilder::new(PlSmallStr::EMPTY, 0))
        } else {
            Self::Numbered(Numbered::default())
        }
    }

    /// The next row has this text; where it is none (not UTF-8), the row has no text and the answer is no.
    pub(crate) fn push(&mut self, text: &[u8]) -> bool {
        match self {
            Self::Plain(all) => {
                let text = std::str::from_utf8(text).ok();
                all.append_option(text);
                text.is_some()
            }
            Self::Numbered(all) => {
                let before = all.values.len();
                let is_text = all.push(text);
                let (values, rows) = (all.values.len(), all.numbers.len());
                if values > before && values >= MANY && values.is_power_of_two() && !repeats(values, rows) {
                    *self = Self::Plain(std::mem::take(all).spelled());
                }
                is_text
            }
        }
    }

    /// The next row has no text.
    pub(crate) fn push_absent(&mut self) {
        match self {
            Self::Plain(all) => all.append_null(),
            Self::Numbered(all) => all.push_absent(),
        }
    }

    /// The column.
    pub(crate) fn finish(self, name: PlSmallStr) -> Held {
        match self {
            Self::Numbered(all) if repeats(all.values.len(), all.numbers.len()) => {
                let values: StringChunked = all.values.iter().map(Option::as_deref).collect();
                let values = values.with_name(name).into_series().into_column();
                Held::Numbered { numbers: all.numbers, values }
            }
            Self::Numbered(all) => Self::Plain(all.spelled()).finish(name),
            Self::Plain(all) => Held::Plain(all.finish().with_name(name).into_series().into_column()),
        }
    }
}

impl Numbered {
    fn push(&mut self, text: &[u8]) -> bool {
        let key = short(text);
        if let Some(key) = key {
            let recent = self.recent.at(key);
            if let Some((_, number)) = recent.as_ref().filter(|(known, _)| *known == key) {
                self.numbers.push(*number);
                return true;
            }
            if let Some(number) = self.short.get(&key) {
                self.numbers.push(*number);
                if let Some(recent) = recent {
                    *recent = (key, *number);
                }
                return true;
            }
        }
        // What has been seen needs not be looked at again whether it is text.
        let Ok(text) = std::str::from_utf8(text) else {
            self.push_absent();
            return false;
        };
        if key.is_none()
            && let Some(number) = self.long.get(text)
        {
            self.numbers.push(*number);
            return true;
        }
        let number = self.add(Some(text.into()));
        match key {
            Some(key) => self.short.insert(key, number),
            None => self.long.insert(text.into(), number),
        };
        self.numbers.push(number);
        true
    }

    fn push_absent(&mut self) {
        let number = match self.absent {
            Some(number) => number,
            None => self.add(None),
        };
        self.absent = Some(number);
        self.numbers.push(number);
    }

    fn add(&mut self, value: Option<Box<str>>) -> u32 {
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value);
        number
    }

    fn spelled(self) -> StringChunkedBuilder {
        let mut all = StringChunkedBuilder::new(PlSmallStr::EMPTY, self.numbers.len());
        for number in self.numbers {
            all.append_option(self.values.get(number as usize).and_then(Option::as_deref));
        }
        all
    }
}

/// A text of up to fifteen bytes, and its length, as one number.
fn short(text: &[u8]) -> Option<u128> {
    let length = text.len();
    // Its first and its last bytes, which may be the same: those that are looked at twice are shifted out.
    let (low, high) = if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let both = length.checked_sub(8).filter(|more| *more < 8)?;
        let last = if both == 0 { 0 } else { u64::from_le_bytes(*last) >> (64 - 8 * both) };
        (u64::from_le_bytes(*first), last)
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let last = if length == 4 { 0 } else { u32::from_le_bytes(*last) >> (64 - 8 * length) };
        (u64::from(u32::from_le_bytes(*first)) | u64::from(last) << 32, 0)
    } else {
        (text.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0)
    };
    Some(u128::from(low) | u128::from(high) << 64 | (length as u128) << 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[Option<&[u8]>], unique: bool) -> Held {
        let mut all = Texts::new(unique);
        for text in texts {
            match text {
                Some(text) => assert_eq!(all.push(text), std::str::from_utf8(text).is_ok()),
                None => all.push_absent(),
            }
        }
        all.finish("text".into())
    }

    #[test]
    fn texts_of_any_length_come_back_as_they_were() {
        let long = "a name that is longer than fifteen bytes, ñandú".as_bytes();
        let rows: Vec<Option<&[u8]>> = [
            Some(b"visit".as_slice()),
            None,
            Some(long),
            Some(b"exactly fifteen"),
            Some(b"sixteen bytes ok"),
            Some(b""),
            Some(b"\xff\xfe"),
        ]
        .repeat(3);
        let expected: Vec<Option<&str>> =
            rows.iter().map(|row| row.and_then(|bytes| std::str::from_utf8(bytes).ok())).collect();
        for unique in [false, true] {
            let held = read(&rows, unique);
            assert_eq!(matches!(held, Held::Plain(_)), unique);
            let frame = crate::Frame::new(rows.len(), vec![held]).expect("a frame");
            let column = frame.column("text").expect("a column");
            assert_eq!(column.str().expect("texts").iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn the_key_of_a_short_text_is_its_bytes_and_their_number() {
        let text = b"0123456789abcde";
        for length in 0..=15 {
            let mut bytes = [0; 16];
            bytes[..length].copy_from_slice(&text[..length]);
            bytes[15] = u8::try_from(length).expect("few");
            assert_eq!(short(&text[..length]), Some(u128::from_le_bytes(bytes)), "{length}");
        }
        assert_eq!(short(b"0123456789abcdef"), None);
    }

    #[test]
    fn texts_that_hardly_repeat_stand_row_by_row() {
        assert!(matches!(read(&[Some(b"a"), Some(b"b"), Some(b"c"), Some(b"c")], false), Held::Plain(_)));
        assert!(matches!(
            read(&[Some(b"a"), Some(b"b"), Some(b"b"), Some(b"b")], false),
            Held::Numbered { .. }
        ));
    }
}

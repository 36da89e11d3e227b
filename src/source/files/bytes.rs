//! The bytes of a text file as UTF-8: unpacked where they are packed, decoded where they are of another encoding. Never: what they say.

use super::place::LocalFile;
use super::problem::Problem;
use crate::definition::FileEncoding;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Cursor, Read};

/// What a value or a record may have, in bytes.
pub(super) const LONGEST: u64 = 16 << 20;

/// Opens a file of text of this encoding; `None`: of a kind that is UTF-8 and nothing else. Gives how its bytes became letters too, which
/// its first bytes may say. What is no letter comes out as a byte that UTF-8 has not.
pub(super) fn text(
    file: &LocalFile,
    said: Option<FileEncoding>,
) -> Result<(Box<dyn Read>, FileEncoding), Problem> {
    let shown = &file.shown;
    let mut packed = file.open()?;
    let begins = beginning(&mut packed).map_err(|error| Problem::of_io(shown, error))?;
    let whole = Cursor::new(begins.clone()).chain(packed);
    let mut bytes: Box<dyn Read> = match begins.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(Unpacked { inner: MultiGzDecoder::new(whole), shown: shown.clone() }),
        [b'P', b'K', 3, 4] => {
            return Err(Problem::new(
                format!("{shown} is a ZIP archive or an Excel workbook, not text"),
                "save it as CSV, or unpack it",
            ));
        }
        [b'P', b'A', b'R', b'1'] => {
            return Err(Problem::new(
                format!("{shown} is a Parquet file, not text"),
                "write url = \"parquet:...\"",
            ));
        }
        _ => Box::new(whole),
    };
    let begins = beginning(&mut bytes).map_err(|error| Problem::of_io(shown, error))?;
    if begins.is_empty() {
        return Err(Problem::new(
            format!("{shown} is empty: it has no byte in it"),
            "something made the file and wrote nothing; see what exports it",
        ));
    }
    let marked = Marked::of(&begins);
    let rest = begins.get(marked.map_or(0, |marked| marked.length)..).unwrap_or_default().to_vec();
    let is_le = begins.first() != Some(&0);
    let bytes = Cursor::new(rest).chain(bytes);
    let decoder = match (marked, said) {
        (Some(Marked { encoding: FileEncoding::Utf16, .. }), None) => {
            return Err(Problem::new(
                format!("{shown} is UTF-16, as its first bytes say"),
                "export it as UTF-8: files of this kind are nothing else",
            ));
        }
        (Some(marked), Some(said)) if said != FileEncoding::Utf8 && said != marked.encoding => {
            return Err(Problem::new(
                format!(
                    "{shown} is {}, as its first bytes say, and not {}",
                    marked.encoding.as_str().to_uppercase(),
                    said.as_str()
                ),
                "delete the line `encoding`",
            ));
        }
        (Some(Marked { utf16: Some(utf16), .. }), _) => utf16,
        (Some(_), _) | (None, None | Some(FileEncoding::Utf8)) => {
            return Ok((Box::new(bytes), FileEncoding::Utf8));
        }
        (None, Some(FileEncoding::Utf16)) if begins.iter().all(|byte| (b' '..=b'~').contains(byte)) => {
            return Err(Problem::new(
                format!("{shown} is not UTF-16: its first bytes are letters one by one"),
                "delete the line `encoding`",
            ));
        }
        // A header begins with a letter of ASCII, as good as always: its zero says which of its bytes is the first.
        (None, Some(FileEncoding::Utf16)) => {
            if is_le {
                UTF_16LE
            } else {
                UTF_16BE
            }
        }
        (None, Some(FileEncoding::Windows1252)) => WINDOWS_1252,
    };
    let encoding = if decoder == WINDOWS_1252 { FileEncoding::Windows1252 } else { FileEncoding::Utf16 };
    Ok((Box::new(Decoded::new(bytes, decoder, shown.clone())), encoding))
}

/// What the mark at a file's beginning says.
#[derive(Clone, Copy)]
struct Marked {
    encoding: FileEncoding,
    /// Of UTF-16, in which order its bytes stand.
    utf16: Option<&'static Encoding>,
    /// How many bytes the mark has.
    length: usize,
}

impl Marked {
    fn of(begins: &[u8]) -> Option<Self> {
        let (encoding, utf16, length) = match begins {
            [0xff, 0xfe, ..] => (FileEncoding::Utf16, Some(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (FileEncoding::Utf16, Some(UTF_16BE), 2),
            [0xef, 0xbb, 0xbf, ..] => (FileEncoding::Utf8, None, 3),
            _ => return None,
        };
        Some(Self { encoding, utf16, length })
    }
}

/// The first four bytes, or as many as there are.
fn beginning(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4);
    from.take(4).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What was packed with gzip.
struct Unpacked {
    inner: MultiGzDecoder<io::Chain<Cursor<Vec<u8>>, File>>,
    shown: String,
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into).map_err(|error| {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    format!("{} ends in the middle of its packed bytes", self.shown)
                }
                _ => format!("{} is packed with gzip and damaged: {error}", self.shown),
            };
            Problem::new(what, "it was not written or copied to its end; bring it again").into()
        })
    }
}

/// Letters of another encoding as UTF-8. In windows-1252 every byte is one; in UTF-16 half a letter is none.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    shown: String,
    /// Letters of UTF-16 have an even number of bytes.
    is_wide: bool,
    is_odd: bool,
    raw: Vec<u8>,
    /// What has been decoded and not been given out.
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

const CHUNK: usize = 64 << 10;
/// A byte that UTF-8 has not, in the place of what is no letter: whoever reads it tells where it is.
const NO_LETTER: u8 = 0xff;

impl<R: Read> Decoded<R> {
    fn new(inner: R, of: &'static Encoding, shown: String) -> Self {
        Self {
            inner,
            decoder: of.new_decoder_without_bom_handling(),
            shown,
            is_wide: of != WINDOWS_1252,
            is_odd: false,
            raw: vec![0; CHUNK],
            ready: Vec::new(),
            given: 0,
            is_over: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.inner.read(&mut self.raw)?;
        self.is_over = count == 0;
        self.is_odd ^= count % 2 == 1;
        if self.is_over && self.is_wide && self.is_odd {
            return Err(Problem::new(
                format!(
                    "{} is UTF-16 and ends in the middle of a letter: its bytes are odd in number",
                    self.shown
                ),
                "it was not written or copied to its end; bring it again",
            )
            .into());
        }
        // One byte of these encodings is three of UTF-8 at most.
        self.ready.resize(3 * count + 16, 0);
        let (mut from, mut written) = (0, 0);
        loop {
            let raw = self.raw.get(from..count).unwrap_or_default();
            let room = self.ready.get_mut(written..).unwrap_or_default();
            let (result, read, more) =
                self.decoder.decode_to_utf8_without_replacement(raw, room, self.is_over);
            from += read;
            written += more;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => self.ready.resize(self.ready.len() + CHUNK, 0),
                DecoderResult::Malformed(..) => {
                    if written == self.ready.len() {
                        self.ready.push(NO_LETTER);
                    } else if let Some(byte) = self.ready.get_mut(written) {
                        *byte = NO_LETTER;
                    }
                    written += 1;
                }
            }
        }
        self.ready.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.is_over {
            self.fill()?;
        }
        let left = self.ready.get(self.given..).unwrap_or_default();
        let count = left.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces of one size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(into.len());
            self.0.read(into.get_mut(..most).unwrap_or_default())
        }
    }

    fn decoded(bytes: &[u8], piece: usize, of: &'static Encoding) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Decoded::new(Pieces(bytes, piece), of, "it.csv".to_owned()).read_to_end(&mut all)?;
        Ok(all)
    }

    #[test]
    fn letters_of_utf16_are_the_same_in_whatever_pieces_they_come() {
        let text = "id\tseñal 😀\r\n".repeat(CHUNK / 10);
        let low: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for piece in [1, 3, CHUNK - 1, CHUNK, usize::MAX] {
            assert!(decoded(&low, piece, UTF_16LE).expect("letters") == text.as_bytes(), "{piece}");
            assert!(decoded(&high, piece, UTF_16BE).expect("letters") == text.as_bytes(), "{piece}");
        }
    }

    #[test]
    fn half_a_letter_of_utf16_is_one_byte_that_utf8_has_not_and_half_a_unit_is_an_error() {
        let units = [0x61, 0xd83d, 0x62, 0xde00, 0xd83d, 0xd83d, 0xde00, 0x63, 0xd83d];
        let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
        let expected = [b"a\xffb\xff\xff".as_slice(), "😀c".as_bytes(), b"\xff"].concat();
        for piece in [1, 2, 3, 64] {
            assert_eq!(decoded(&bytes, piece, UTF_16LE).expect("bytes"), expected, "{piece}");
            let cut = decoded(bytes.get(..7).expect("a part"), piece, UTF_16LE).expect_err("it is cut");
            assert!(cut.to_string().contains("it.csv is UTF-16 and ends in the middle of a letter"), "{cut}");
        }
        let halves: Vec<u8> = std::iter::repeat_n(0xd83d_u16, CHUNK).flat_map(u16::to_le_bytes).collect();
        assert!(decoded(&halves, CHUNK, UTF_16LE).expect("bytes") == vec![NO_LETTER; CHUNK]);
    }
}

//! The bytes of a text file as UTF-8: unpacked where they are packed, decoded where they are of another encoding. Never: what they say.

use super::place::LocalFile;
use super::problem::Problem;
use crate::definition::CsvEncoding;
use encoding_rs::{CoderResult, Decoder, WINDOWS_1252};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Cursor, Read};

/// What a value or a record may have, in bytes.
pub(super) const LONGEST: u64 = 16 << 20;

/// Opens a file of text.
pub(super) fn text(file: &LocalFile, encoding: CsvEncoding) -> Result<Box<dyn Read>, Problem> {
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
    let rest = match (begins.as_slice(), encoding) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => {
            return Err(Problem::new(
                format!("{shown} is UTF-16, as its first bytes say"),
                "export it as UTF-8 (in Excel: CSV UTF-8)",
            ));
        }
        ([0xef, 0xbb, 0xbf, ..], CsvEncoding::Windows1252) => {
            return Err(Problem::new(
                format!("{shown} is UTF-8, as its first bytes say, and not windows-1252"),
                "delete the line `encoding`",
            ));
        }
        ([0xef, 0xbb, 0xbf, rest @ ..], _) => rest.to_vec(),
        (all, _) => all.to_vec(),
    };
    let bytes = Cursor::new(rest).chain(bytes);
    Ok(match encoding {
        CsvEncoding::Utf8 => Box::new(bytes),
        CsvEncoding::Windows1252 => Box::new(Decoded::new(bytes)),
    })
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

/// Letters of windows-1252 as UTF-8; every byte is one.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What has been decoded and not been given out.
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

const CHUNK: usize = 64 << 10;

impl<R: Read> Decoded<R> {
    fn new(inner: R) -> Self {
        let decoder = WINDOWS_1252.new_decoder_without_bom_handling();
        Self { inner, decoder, raw: vec![0; CHUNK], ready: Vec::new(), given: 0, is_over: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.inner.read(&mut self.raw)?;
        self.is_over = count == 0;
        // One byte of windows-1252 is three of UTF-8 at most.
        self.ready.resize(3 * count + 16, 0);
        let raw = self.raw.get(..count).unwrap_or_default();
        let (result, _, written, _) = self.decoder.decode_to_utf8(raw, &mut self.ready, self.is_over);
        debug_assert!(result == CoderResult::InputEmpty, "there is room for all");
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

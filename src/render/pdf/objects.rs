//! The objects of a PDF on their way into the file: numbered, small ones packed into compressed streams, streams written at once, so
//! that a file of thousands of pages is never held as a tree. Never: what an object says.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::content::{Content, Operation};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;

/// Small objects that are packed together.
const PACKED: usize = 200;

/// The predictor of PNG that takes the row above.
const UP: u8 = 2;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Reserved, not yet written.
    Nowhere,
    /// At a byte of the file.
    Byte(u32),
    /// In a stream of objects, by its place there.
    Packed { stream: u32, at: u16 },
}

/// A file being written.
pub(super) struct Objects {
    file: Vec<u8>,
    places: Vec<Place>,
    /// Objects that wait to be packed: their numbers and where each begins.
    waiting: Vec<(u32, usize)>,
    packed: Vec<u8>,
}

impl Objects {
    pub(super) fn new() -> Self {
        // Four bytes above 127 tell programs that the file is no text.
        let file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { file, places: vec![Place::Nowhere], waiting: Vec::new(), packed: Vec::new() }
    }

    /// The number of an object that is written later.
    pub(super) fn reserve(&mut self) -> u32 {
        self.places.push(Place::Nowhere);
        self.places.len() as u32 - 1
    }

    /// The number that the next object will have.
    pub(super) fn next(&self) -> u32 {
        self.places.len() as u32
    }

    /// Writes an object that is no stream.
    pub(super) fn put(&mut self, number: u32, object: &[u8]) {
        self.waiting.push((number, self.packed.len()));
        self.packed.extend_from_slice(object);
        self.packed.push(b'\n');
        if self.waiting.len() == PACKED {
            self.pack();
        }
    }

    /// The same, under a number of its own.
    pub(super) fn add(&mut self, object: &[u8]) -> u32 {
        let number = self.reserve();
        self.put(number, object);
        number
    }

    /// Writes a stream; `keys` are those beside its length and filter.
    pub(super) fn stream(&mut self, number: u32, keys: &str, data: &[u8]) {
        self.compressed(number, keys, &compressed(data));
    }

    /// Writes a stream that is compressed already.
    pub(super) fn compressed(&mut self, number: u32, keys: &str, data: &[u8]) {
        self.raw(number, &format!("{keys}/Filter/FlateDecode"), data);
    }

    /// Writes a stream as it is.
    pub(super) fn raw(&mut self, number: u32, keys: &str, data: &[u8]) {
        self.places[number as usize] = Place::Byte(self.file.len() as u32);
        let head = format!("{number} 0 obj\n<<{keys}/Length {}>>stream\r\n", data.len());
        self.file.extend_from_slice(head.as_bytes());
        self.file.extend_from_slice(data);
        self.file.extend_from_slice(b"\r\nendstream\nendobj\n");
    }

    fn pack(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let stream = self.reserve();
        let mut content = String::new();
        for (at, (number, begins)) in self.waiting.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(content, "{number} {begins} ");
            self.places[*number as usize] = Place::Packed { stream, at: at as u16 };
        }
        let (count, first) = (self.waiting.len(), content.len());
        let mut content = content.into_bytes();
        content.append(&mut self.packed);
        self.waiting.clear();
        self.stream(stream, &format!("/Type/ObjStm/N {count}/First {first}"), &content);
    }

    /// The whole file, with its table of objects.
    pub(super) fn finish(mut self, catalog: u32, info: u32) -> Vec<u8> {
        self.pack();
        // The identity is made from the content, so it is the same for the same content.
        let digest: String = Sha256::digest(&self.file)[..16].iter().map(|b| format!("{b:02x}")).collect();
        let table = self.reserve();
        let begins = self.file.len();
        self.places[table as usize] = Place::Byte(begins as u32);
        let mut rows = Vec::with_capacity(self.places.len() * 8);
        let mut above = [0; 7];
        for (number, place) in self.places.iter().enumerate() {
            let (kind, second, third) = match place {
                // The head of the list of free objects is the only one of generation 65535.
                Place::Nowhere => (0, 0, if number == 0 { u16::MAX } else { 0 }),
                Place::Byte(at) => (1, *at, 0),
                Place::Packed { stream, at } => (2, *stream, *at),
            };
            let [a, b, c, d] = second.to_be_bytes();
            let [e, f] = third.to_be_bytes();
            let row = [kind, a, b, c, d, e, f];
            // What differs from the row above: neighbours are alike, and so a tenth remains.
            rows.push(UP);
            rows.extend(row.iter().zip(above).map(|(byte, above): (&u8, u8)| byte.wrapping_sub(above)));
            above = row;
        }
        let keys = format!(
            "/Type/XRef/Size {}/W[1 4 2]/DecodeParms<</Predictor 12/Columns 7>>/Root {catalog} 0 R/Info {info} 0 R/ID[<{digest}><{digest}>]",
            self.places.len()
        );
        self.stream(table, &keys, &rows);
        self.file.extend_from_slice(format!("startxref\n{begins}\n%%EOF\n").as_bytes());
        self.file
    }
}

/// A fifth faster than the usual level, 6, and 0.3 % larger.
const LEVEL: u32 = 5;

/// Bytes as the filter of streams wants them.
pub(super) fn compressed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 4 + 64), Compression::new(LEVEL));
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// An object of lopdf as it stands in a file.
pub(super) fn written(object: lopdf::Object) -> Vec<u8> {
    let content = Content { operations: vec![Operation::new("", vec![object])] };
    content.encode().unwrap_or_default()
}

/// A text in an object: ASCII as it is, else UTF-16 with its mark.
pub(super) fn text(words: &str) -> String {
    if words.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) {
        let escaped = words.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        return format!("({escaped})");
    }
    let mut hex = String::from("<FEFF");
    for unit in words.encode_utf16() {
        let _ = write!(hex, "{unit:04X}");
    }
    hex.push('>');
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_found_again_where_the_table_says() {
        let mut objects = Objects::new();
        let catalog = objects.reserve();
        let pages = objects.add(b"<</Type/Pages/Kids[]/Count 0>>");
        let many: Vec<u32> = (0..450).map(|n| objects.add(format!("[{n}]").as_bytes())).collect();
        let stream = objects.reserve();
        objects.stream(stream, "", b"words");
        objects.put(catalog, format!("<</Type/Catalog/Pages {pages} 0 R>>").as_bytes());
        let info = objects.add(format!("<</Title{}>>", text("Año (1) \\")).as_bytes());
        let file = lopdf::Document::load_mem(&objects.finish(catalog, info)).unwrap();
        for (n, number) in many.iter().enumerate() {
            let array = file.get_object((*number, 0)).unwrap().as_array().unwrap().clone();
            assert_eq!(array[0].as_i64().unwrap(), n as i64);
        }
        let content = file.get_object((stream, 0)).unwrap().as_stream().unwrap().decompressed_content();
        assert_eq!(content.unwrap(), b"words");
        let info = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
        let title = file.get_dictionary(info).unwrap().get(b"Title").unwrap();
        assert_eq!(lopdf::decode_text_string(title).unwrap(), "Año (1) \\");
    }

    #[test]
    fn texts_of_ascii_are_escaped() {
        assert_eq!(text("a (b) \\ c"), "(a \\(b\\) \\\\ c)");
        assert_eq!(text("ñ\n"), "<FEFF00F1000A>");
    }
}

//! Files in a ZIP, for mails that have no room for them as they are. Never: which files go into which mail.

use crate::render::Artifact;
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use zip::result::{ZipError, ZipResult};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Files, each of them compressed once, however many ZIPs it is tried in.
pub(super) struct Packed {
    files: Vec<File>,
}

type Alone = ZipArchive<Cursor<Arc<[u8]>>>;

struct File {
    /// As the artifact is called.
    name: String,
    /// Alone in a ZIP, from which its compressed bytes are taken.
    alone: Alone,
    /// How many those are.
    size: u64,
}

impl Packed {
    /// Compresses these.
    pub(super) fn of(files: &[&Artifact]) -> Result<Self, String> {
        let files = files.iter().map(|file| pack(file)).collect::<ZipResult<_>>();
        Ok(Self { files: files.map_err(|error| failed(&error))? })
    }

    /// One ZIP of these files, in this order: equal files give equal bytes.
    pub(super) fn zip(&self, name: String, files: &[&Artifact]) -> Result<Artifact, String> {
        let bytes = self.zipped(files).map_err(|error| failed(&error))?;
        Ok(Artifact {
            name,
            format: "zip".to_owned(),
            section: None,
            media_type: "application/zip".to_owned(),
            bytes,
        })
    }

    fn zipped(&self, files: &[&Artifact]) -> ZipResult<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            let packed = self.find(file).ok_or(ZipError::FileNotFound)?;
            // reading moves an archive's cursor; a copy shares its bytes
            writer.raw_copy_file(packed.alone.clone().by_index_raw(0)?)?;
        }
        Ok(writer.finish()?.into_inner())
    }

    /// How many bytes a file takes in a ZIP, about.
    pub(super) fn size(&self, file: &Artifact) -> u64 {
        self.find(file).map_or(0, |packed| packed.size)
    }

    fn find(&self, file: &Artifact) -> Option<&File> {
        self.files.iter().find(|packed| packed.name == file.name)
    }
}

/// What does not get smaller by it (a PDF, a workbook) is stored as it is.
fn pack(file: &Artifact) -> ZipResult<File> {
    // no time of ours: the same file is packed into the same bytes whenever that is
    let plain = SimpleFileOptions::default().last_modified_time(DateTime::DEFAULT).unix_permissions(0o644);
    let deflated = plain.compression_method(CompressionMethod::Deflated).compression_level(Some(6));
    let (mut alone, mut size) = packed_as(file, deflated)?;
    if size >= file.bytes.len() as u64 {
        (alone, size) = packed_as(file, plain.compression_method(CompressionMethod::Stored))?;
    }
    Ok(File { name: file.name.clone(), alone, size })
}

fn packed_as(file: &Artifact, options: SimpleFileOptions) -> ZipResult<(Alone, u64)> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(entry_name(&file.name), options)?;
    writer.write_all(&file.bytes)?;
    let bytes: Arc<[u8]> = writer.finish()?.into_inner().into();
    let mut alone = ZipArchive::new(Cursor::new(bytes))?;
    let size = alone.by_index_raw(0)?.compressed_size();
    Ok((alone, size))
}

/// The name of an entry: a visible file of the folder that the ZIP is unpacked in, on every system.
fn entry_name(name: &str) -> String {
    let name = name.trim_start_matches('.');
    let safe = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(safe).collect() }
}

fn failed(error: &ZipError) -> String {
    format!("its files cannot be put into a ZIP: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn file(name: &str, bytes: Vec<u8>) -> Artifact {
        Artifact {
            name: name.to_owned(),
            format: "csv".to_owned(),
            section: None,
            media_type: "text/csv".to_owned(),
            bytes,
        }
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_u32;
        let mut next = || {
            for shift in [13, -17, 5_i32] {
                state ^= if shift > 0 { state << shift } else { state >> -shift };
            }
            (state >> 11) as u8
        };
        std::iter::repeat_with(&mut next).take(bytes).collect()
    }

    #[test]
    fn a_zip_holds_some_of_the_files_the_same_way_each_time() {
        let files = [
            file("año.csv", b"a;b\r\n".repeat(10_000)),
            file("b.pdf", noise(5_000)),
            file("c.csv", b"c".to_vec()),
        ];
        let all: Vec<&Artifact> = files.iter().collect();
        let packed = Packed::of(&all).unwrap();
        let zip = packed.zip("all.zip".to_owned(), &all[..2]).unwrap();
        assert_eq!(zip.bytes, Packed::of(&all).unwrap().zip("all.zip".to_owned(), &all[..2]).unwrap().bytes);
        assert!(zip.bytes.len() < 6_000, "{}", zip.bytes.len());
        assert_eq!(packed.size(all[1]), 5_000, "noise is stored as it is");

        let mut read = ZipArchive::new(Cursor::new(zip.bytes)).unwrap();
        assert_eq!(read.len(), 2);
        for (at, file) in files[..2].iter().enumerate() {
            let mut entry = read.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            assert_eq!((entry.name().unwrap().as_ref(), &bytes), (file.name.as_str(), &file.bytes));
            assert_eq!(entry.last_modified(), Some(DateTime::DEFAULT));
        }
        assert!(packed.zip("other.zip".to_owned(), &[&file("other.csv", Vec::new())]).is_err());
    }

    #[test]
    fn the_name_of_an_entry_leads_nowhere_else() {
        for (name, entry) in [
            ("ventas_20260302.csv", "ventas_20260302.csv"),
            ("año.csv", "año.csv"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\x.csv", "_x.csv"),
            ("C:x\r\n.csv", "C_x__.csv"),
            ("..", "_"),
        ] {
            assert_eq!(entry_name(name), entry);
        }
    }
}

//! Files of an S3-compatible store: listed there, brought here one by one to be read, and taken away again.

use super::brought::{Brought, Key, once};
use super::place::{Listed, LocalFile};
use super::problem::Problem;
use crate::definition::{Source, StoredFiles};
use crate::source::sql::Waiting;
use crate::web::store::{Fault, Object, Reader};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// A store whose objects have been listed.
pub(super) struct Stored<'a> {
    source: String,
    files: &'a StoredFiles,
    reader: Reader<'a>,
    waiting: Waiting,
    objects: BTreeMap<String, Object>,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(fault.what, fault.hint)
    }
}

impl<'a> Stored<'a> {
    /// Asks what is there, as many folders within each other as somebody names.
    pub(super) fn open(
        source: &Source,
        files: &'a StoredFiles,
        depth: usize,
    ) -> Result<(Self, Vec<Listed>), Problem> {
        let reader = Reader::new(files, format!("[sources.{}]", source.id))?;
        let waiting = Waiting::new()
            .map_err(|error| Problem::new(format!("no store can be waited for: {error}"), "run it again"))?;
        let prefix = &files.store.prefix;
        let beginning = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let objects = waited(&waiting, reader.list(&beginning))?;
        let mut by_name = BTreeMap::new();
        for object in objects {
            let Some(name) = object.key.strip_prefix(&beginning) else { continue };
            // What ends with a slash is how programs show a folder that is empty.
            if name.is_empty() || name.ends_with('/') || name.matches('/').count() > depth {
                continue;
            }
            by_name.insert(name.to_owned(), object);
        }
        let listed = |(name, object): (&String, &Object)| Listed {
            name: name.clone(),
            modified: object.modified.map(SystemTime::from),
            is_named: false,
        };
        let there = by_name.iter().map(listed).collect();
        Ok((Self { source: source.id.to_string(), files, reader, waiting, objects: by_name }, there))
    }

    /// As people call it.
    pub(super) fn shown(&self) -> String {
        let store = &self.files.store;
        if store.prefix.is_empty() {
            format!("bucket {}", store.bucket)
        } else {
            format!("s3://{}/{}", store.bucket, store.prefix)
        }
    }

    /// Brings an object here, unless it is.
    pub(super) fn fetch(&self, file: &Listed) -> Result<LocalFile, Problem> {
        let shown = format!("{}/{}", self.shown(), file.name);
        let Some(object) = self.objects.get(&file.name) else {
            return Err(Problem::new(format!("{shown} is not there"), "run the report again"));
        };
        let room = |error: std::io::Error| {
            Problem::new(
                format!("there is no room to bring {shown} here: {error}"),
                "make room for temporary files",
            )
        };
        let store = &self.files.store;
        let key = Key {
            source: self.source.clone(),
            store: format!("{} {}", store.endpoint, store.bucket),
            name: object.key.clone(),
            tag: object.tag.clone(),
            size: object.size,
        };
        let brought = once(&key, || {
            let kept = tempfile::NamedTempFile::new().map_err(room)?;
            waited(&self.waiting, self.reader.get(object, kept.as_file()))?;
            Ok(Brought::new(kept))
        });
        Ok(LocalFile::brought(shown, brought?))
    }
}

fn waited<T: Send>(
    waiting: &Waiting,
    work: impl Future<Output = Result<T, Fault>> + Send,
) -> Result<T, Problem> {
    match waiting.wait(work) {
        Some(done) => done.map_err(Problem::from),
        None => Err(Problem::new("the store was waited for in vain", "run the report again")),
    }
}

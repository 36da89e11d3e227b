//! What is kept of a run so that it can be made again: the frames it read, the definition as it was, and the circumstances. From
//! these the same files come out, byte for byte, as long as the program is the same. Never: where it is kept, and how long.

use super::{Earlier, EarlierRows, Inputs, Order};
use crate::definition::{Definitions, Diagnostics, FrameName, MetricDefinition, Texts, load_again};
use crate::document::History;
use crate::render::Templates;
use crate::source::{Frames, Known};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its name: `tasks.parquet`, `definition.json`, `circumstances.json`.
    pub name: String,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

/// The same for every run until somebody changes it.
const DEFINITION: &str = "definition.json";
const CIRCUMSTANCES: &str = "circumstances.json";
const PARQUET: &str = ".parquet";

#[derive(Serialize, Deserialize)]
struct Definition {
    texts: Texts,
    templates: Templates,
}

#[derive(Serialize, Deserialize)]
struct Circumstances {
    version: String,
    generated: DateTime<Utc>,
    earlier: Vec<EarlierRows>,
    /// Absent in what was kept before there were any.
    #[serde(default)]
    totals: Vec<History>,
    newest: BTreeMap<FrameName, Option<DateTime<Utc>>>,
    known: Known,
}

/// A run as it was made.
pub struct Kept {
    /// The version of the program that made it.
    pub version: String,
    /// When.
    pub generated: DateTime<Utc>,
    /// What earlier runs had, as far as it was asked for.
    pub earlier: Earlier,
    /// The definition as it was.
    pub definitions: Definitions,
    /// What it was made from.
    pub inputs: Inputs,
}

/// Why a run cannot be made again.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// A file is not there.
    #[error("`{0}` is not among what was kept")]
    Absent(&'static str),
    /// A file cannot be read.
    #[error("`{name}` cannot be read: {what}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        what: String,
    },
    /// The definition of then is none for this version.
    #[error("its definition of then is refused by this version of the program: {0}")]
    Definition(Box<Diagnostics>),
}

/// The files to keep.
///
/// # Errors
/// A frame that cannot be written as Parquet.
pub(super) fn pack(order: &Order<'_>, inputs: &Inputs) -> Result<Vec<KeptFile>, String> {
    let text = |error: serde_json::Error| error.to_string();
    let definition =
        Definition { texts: Texts::clone(&order.definitions.texts), templates: inputs.templates.clone() };
    let circumstances = Circumstances {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        generated: order.generated,
        earlier: order.earlier.rows.clone(),
        totals: order.earlier.totals.clone(),
        newest: inputs.newest.clone(),
        known: inputs.frames.known(),
    };
    let file = |name: String, content: Vec<u8>| KeptFile { name, content: content.into() };
    let frames = inputs.frames.to_parquet().map_err(|error| error.to_string())?;
    let mut files: Vec<KeptFile> = frames
        .into_iter()
        .map(|(frame, bytes)| file(format!("{}{PARQUET}", frame.as_str()), bytes))
        .collect();
    files.push(file(DEFINITION.to_owned(), serde_json::to_vec(&definition).map_err(text)?));
    files.push(file(CIRCUMSTANCES.to_owned(), serde_json::to_vec(&circumstances).map_err(text)?));
    Ok(files)
}

impl Kept {
    /// Reads what was kept, files by name.
    ///
    /// # Errors
    /// A file that is absent or cannot be read, a definition that this version refuses.
    pub fn unpack(
        mut files: BTreeMap<String, Vec<u8>>,
        builtin: &[MetricDefinition],
    ) -> Result<Self, KeptError> {
        let unreadable = |name: &str, what: String| KeptError::Unreadable { name: name.to_owned(), what };
        let mut json = |name: &'static str| files.remove(name).ok_or(KeptError::Absent(name));
        let (definition, circumstances) = (json(DEFINITION)?, json(CIRCUMSTANCES)?);
        let definition: Definition =
            serde_json::from_slice(&definition).map_err(|e| unreadable(DEFINITION, e.to_string()))?;
        let circumstances: Circumstances =
            serde_json::from_slice(&circumstances).map_err(|e| unreadable(CIRCUMSTANCES, e.to_string()))?;
        let frame = |(name, bytes): (String, Vec<u8>)| {
            let known = name.strip_suffix(PARQUET);
            let known = FrameName::ALL.into_iter().find(|frame| known == Some(frame.as_str()));
            known
                .map(|frame| (frame, bytes))
                .ok_or_else(|| unreadable(&name, "no frame has this name".to_owned()))
        };
        let frames: Vec<(FrameName, Vec<u8>)> = files.into_iter().map(frame).collect::<Result<_, _>>()?;
        let frames = Frames::from_parquet(frames, circumstances.known)
            .map_err(|error| unreadable("a frame", error.to_string()))?;
        let definitions = load_again(&definition.texts, builtin)
            .map_err(|problems| KeptError::Definition(Box::new(problems)))?;
        Ok(Self {
            version: circumstances.version,
            generated: circumstances.generated,
            earlier: Earlier { rows: circumstances.earlier, totals: circumstances.totals },
            definitions,
            inputs: Inputs { frames, newest: circumstances.newest, templates: definition.templates },
        })
    }
}

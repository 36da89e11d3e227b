//! The PDF: a document laid out on A4 pages as scenes, and the scenes written with only the glyphs they use.
//! Never: numbers of its own, charts of its own (they are scenes of [`super::chart`]).

mod breaks;
mod columns;
mod compose;
mod file;
mod flow;
mod fonts;
mod frame;
mod operators;
mod prose;
mod table;
mod tiles;

use super::text::Typesetter;
use super::{Artifact, RenderError};
use crate::document::Document;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let set = Typesetter::default();
    let pages = compose::pages(&set, document);
    let bytes = file::write(&pages, document)?;
    Ok(vec![Artifact {
        name: format!("{stem}.pdf"),
        format: "pdf".to_owned(),
        section: None,
        media_type: "application/pdf".to_owned(),
        bytes,
    }])
}

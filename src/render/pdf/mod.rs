//! The PDF: a document laid out on A4 pages as scenes, and the scenes written with only the glyphs they use.
//! Never: numbers of its own, charts of its own (they are scenes of [`super::chart`]).

mod breaks;
mod columns;
mod compose;
mod contents;
mod file;
mod flow;
mod fonts;
mod frame;
mod missing;
mod objects;
mod operators;
mod outline;
mod prose;
mod structure;
mod table;
mod tags;
mod tiles;
mod xmp;

use super::text::Typesetter;
use super::{Artifact, RenderError};
use crate::document::Document;
use file::File;
use flow::OutlineEntry;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let set = Typesetter::default();
    let mut file = File::new(document);
    let outline = match compose::short(&set, document) {
        Some(pages) => {
            file.add(pages.batch)?;
            pages.outline
        }
        None => long(&set, document, &mut file)?,
    };
    let feet = frame::feet(&set, document, &file.sizes());
    let bytes = file.finish(&feet, &outline)?;
    Ok(vec![Artifact {
        name: format!("{stem}.pdf"),
        format: "pdf".to_owned(),
        section: None,
        media_type: "application/pdf".to_owned(),
        bytes,
    }])
}

/// A report of many pages: written on a second thread while it is laid out, so that only few pages are held.
fn long(
    set: &Typesetter,
    document: &Document,
    file: &mut File<'_>,
) -> Result<Vec<OutlineEntry>, RenderError> {
    let (to, from) = std::sync::mpsc::sync_channel(2);
    let pages = std::thread::scope(|scope| {
        let writer = scope.spawn(|| from.into_iter().try_for_each(|batch| file.add(batch)));
        let pages = compose::long(set, document, &to);
        drop(to);
        writer.join().map_err(|_| file::failed("the writer of pages has stopped".to_owned()))??;
        Ok::<_, RenderError>(pages)
    })?;
    file.add(pages.batch)?;
    let front = compose::front(set, document, file.len(), &pages.outline);
    file.add_front(front.batch)?;
    Ok(pages.outline)
}

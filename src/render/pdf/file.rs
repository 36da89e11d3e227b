//! The PDF file: pages, fonts, outline and metadata; equal input gives equal bytes. Never: what stands on a page.

use super::super::RenderError;
use super::flow::{OutlineEntry, Pages};
use super::fonts::Fonts;
use super::operators::operators;
use crate::document::Document;
use lopdf::{Dictionary, Object, ObjectId, SaveOptions, StringFormat, dictionary};
use printpdf::{PdfDocument, PdfPage, PdfSaveOptions, Pt, Rect};
use sha2::{Digest, Sha256};

/// Writes the pages as a PDF.
///
/// # Errors
/// A font that cannot be cut, a file that cannot be put together.
pub(super) fn write(pages: &Pages, document: &Document) -> Result<Vec<u8>, RenderError> {
    let failed = |what: String| RenderError {
        format: "pdf",
        what,
        hint: "this is a fault of the program: keep the report's definition and data, and report it"
            .to_owned(),
    };
    let fonts = Fonts::of(&pages.scenes).map_err(failed)?;
    let mut pdf = PdfDocument::new(&document.title);
    for scene in &pages.scenes {
        let frame = Rect::from_wh(Pt(scene.width), Pt(scene.height));
        pdf.pages.push(PdfPage {
            media_box: frame.clone(),
            trim_box: frame.clone(),
            crop_box: frame,
            ops: operators(scene, &fonts),
        });
    }
    pdf.resources.fonts.map = fonts.embedded;
    let options = PdfSaveOptions { subset_fonts: false, ..PdfSaveOptions::default() };
    let mut warnings = Vec::new();
    let mut file = pdf.to_lopdf_document(&options, &mut warnings);
    for warning in &warnings {
        tracing::warn!(report = %document.report, "pdf: {}", warning.msg);
    }
    finish(&mut file, pages, document)
        .map_err(|error| failed(format!("the file cannot be put together: {error}")))?;
    let mut bytes = Vec::new();
    let options = SaveOptions::builder().use_object_streams(true).use_xref_streams(true).build();
    file.save_with_options(&mut bytes, options)
        .map_err(|error| failed(format!("the file cannot be written: {error}")))?;
    Ok(bytes)
}

/// What printpdf leaves out or writes differently each time: language, outline, dates, the file's identity.
fn finish(file: &mut lopdf::Document, pages: &Pages, document: &Document) -> Result<(), lopdf::Error> {
    file.version = "1.7".to_owned();
    let info = file.add_object(info(document));
    file.trailer.set("Info", info);

    let outline = add_outline(file, &pages.outline);
    let catalog = file.catalog_mut()?;
    catalog.set("Lang", text(document.locale.tag()));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    if let Some(outline) = outline {
        catalog.set("Outlines", outline);
    }
    file.prune_objects();
    file.compress();

    // The identity is made from the content, so it is the same for the same content.
    let mut digest = Sha256::new();
    for object in file.objects.values() {
        digest.update(format!("{object:?}"));
    }
    let id = Object::String(digest.finalize()[..16].to_vec(), StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![id.clone(), id]);
    Ok(())
}

fn info(document: &Document) -> Dictionary {
    let made = Object::string_literal(document.generated_utc.format("D:%Y%m%d%H%M%SZ").to_string());
    let mut info = dictionary! {
        "Title" => text(&document.title),
        "Author" => text(&document.brand),
        "Creator" => text("Parte"),
        "Producer" => text(concat!("Parte ", env!("CARGO_PKG_VERSION"))),
        "CreationDate" => made.clone(),
        "ModDate" => made,
    };
    info.set("Subject", text(&document.period));
    info
}

/// A text in a dictionary: ASCII as it is, else UTF-16 with its mark.
fn text(words: &str) -> Object {
    if words.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) {
        return Object::string_literal(words);
    }
    let units = std::iter::once(0xFEFF).chain(words.encode_utf16());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

/// One entry for each heading; `None` when there are none.
fn add_outline(file: &mut lopdf::Document, entries: &[OutlineEntry]) -> Option<ObjectId> {
    let pages: Vec<ObjectId> = file.get_pages().into_values().collect();
    let known: Vec<(&OutlineEntry, ObjectId)> =
        entries.iter().filter_map(|e| pages.get(e.page).map(|page| (e, *page))).collect();
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = known.iter().map(|_| file.new_object_id()).collect();
    let (first, last) = (*ids.first()?, *ids.last()?);
    for (index, (entry, page)) in known.iter().enumerate() {
        let height = page_height(file, *page);
        let top = Object::Real((height - entry.y).round());
        let mut item = dictionary! {
            "Title" => text(&entry.title),
            "Parent" => root,
            "Dest" => vec![Object::Reference(*page), "XYZ".into(), Object::Null, top, Object::Null],
        };
        if index > 0 {
            item.set("Prev", ids[index - 1]);
        }
        if let Some(next) = ids.get(index + 1) {
            item.set("Next", *next);
        }
        file.objects.insert(ids[index], Object::Dictionary(item));
    }
    let root_entry =
        dictionary! { "Type" => "Outlines", "First" => first, "Last" => last, "Count" => ids.len() as i64 };
    file.objects.insert(root, Object::Dictionary(root_entry));
    Some(root)
}

fn page_height(file: &lopdf::Document, page: ObjectId) -> f32 {
    file.get_dictionary(page)
        .and_then(|p| p.get(b"MediaBox")?.as_array())
        .ok()
        .and_then(|b| b.get(3)?.as_float().ok())
        .unwrap_or(842.0)
}

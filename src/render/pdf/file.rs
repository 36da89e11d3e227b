//! The PDF file: pages as they are done, then fonts, outline and metadata; equal input gives equal bytes. Never: what stands on
//! a page.

use super::super::RenderError;
use super::super::scene::Scene;
use super::flow::{Batch, Link, OutlineEntry};
use super::fonts::Fonts;
use super::frame;
use super::objects::{Objects, compressed, text, written};
use super::operators::{LOGO, operators};
use super::outline;
use super::tags::{LinkPlace, TaggedPage, Tags};
use super::xmp;
use crate::document::Document;
use lopdf::{Object, ObjectId};
use printpdf::ops::PdfFontHandle;
use printpdf::{Codepoint, Op, PdfDocument, PdfPage, PdfSaveOptions, Pt, Rect, TextItem};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What colours mean: sRGB, in the smallest profile that says so.
static SRGB: &[u8] = include_bytes!("../../../assets/color/sRGB-v2-micro.icc");

/// Links are found by numbers from here on, pages by those before.
const FIRST_LINK: u32 = 1 << 20;
/// Feet of so many pages are written together.
const FEET: usize = 64;

/// A file being written.
pub(super) struct File<'a> {
    document: &'a Document,
    objects: Objects,
    tags: Tags,
    fonts: Fonts,
    pages: Vec<Page>,
    /// The number of the object that all pages are in.
    tree: u32,
    /// The number of the object that says what pages use.
    resources: u32,
    /// How many pages, written last, come before all others.
    front: usize,
    /// How many links there are.
    links: u32,
}

/// A page, as far as it is written.
struct Page {
    tagged: TaggedPage,
    width: f32,
    content: u32,
    /// The objects of its links.
    links: String,
}

impl<'a> File<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let mut objects = Objects::new();
        let (tree, resources) = (objects.reserve(), objects.reserve());
        let tags = Tags::new(&mut objects);
        Self {
            document,
            objects,
            tags,
            fonts: Fonts::default(),
            pages: Vec::new(),
            tree,
            resources,
            front: 0,
            links: 0,
        }
    }

    /// Writes pages that are done but for their feet, and the structure up to their end.
    ///
    /// # Errors
    /// Pages that printpdf gives no content for.
    pub(super) fn add(&mut self, batch: Batch) -> Result<(), RenderError> {
        // A page on which nothing stands is a fault of the layout: better no file than one that somebody has to ask about.
        if let Some(blank) = batch.scenes.iter().position(|scene| scene.marks.is_empty()) {
            return Err(failed(format!("page {} is blank", self.pages.len() + blank + 1)));
        }
        let contents = self.contents(&batch.scenes)?;
        for (scene, content) in batch.scenes.iter().zip(contents) {
            let tagged = TaggedPage { object: self.objects.reserve(), height: scene.height };
            let number = self.objects.reserve();
            self.objects.compressed(number, "", &content);
            self.pages.push(Page { tagged, width: scene.width, content: number, links: String::new() });
        }
        let links = batch.links.iter().filter_map(|link| self.add_link(link)).collect();
        let pages: Vec<TaggedPage> = self.pages.iter().map(|page| page.tagged).collect();
        self.tags.go(&mut self.objects, batch.steps, &pages, links);
        self.tags.end_pages(&mut self.objects, pages.len());
        Ok(())
    }

    /// The same, for pages that come before all others.
    ///
    /// # Errors
    /// As of [`File::add`].
    pub(super) fn add_front(&mut self, batch: Batch) -> Result<(), RenderError> {
        let (held, count) = (self.tags.held(), batch.scenes.len());
        self.add(batch)?;
        self.tags.bring_forward(held);
        self.front = count;
        Ok(())
    }

    fn add_link(&mut self, link: &Link) -> Option<LinkPlace> {
        let (page, to) = (self.pages.get(link.page)?.tagged, self.pages.get(link.to.page)?.tagged);
        let key = FIRST_LINK + self.links;
        self.links += 1;
        let [left, top, right, bottom] = link.bounds;
        let object = format!(
            "<</Type/Annot/Subtype/Link/Rect[{left:.1} {:.1} {right:.1} {:.1}]/Border[0 0 0]/F 4\
             /Dest[{} 0 R/XYZ null {} null]/Contents{}/StructParent {key}>>",
            page.height - bottom,
            page.height - top,
            to.object,
            (to.height - link.to.y).round(),
            text(&link.to.title)
        );
        let object = self.objects.add(object.as_bytes());
        // Writing to a String cannot fail.
        let _ = write!(self.pages.get_mut(link.page)?.links, "{object} 0 R ");
        Some(LinkPlace { page: page.object, object, key })
    }

    /// Widths and heights of all pages, in the order in which they are read.
    pub(super) fn sizes(&self) -> Vec<(f32, f32)> {
        self.in_order().map(|(_, page)| (page.width, page.tagged.height)).collect()
    }

    /// How many pages there are so far.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Pages in the order in which they are read, with the number under which each was written.
    fn in_order(&self) -> impl Iterator<Item = (usize, &Page)> {
        let body = self.pages.len() - self.front;
        (body..self.pages.len()).chain(0..body).map(|index| (index, &self.pages[index]))
    }

    /// Writes the rest and gives the file; `feet` are what stands at the foot of each page.
    ///
    /// # Errors
    /// A font that cannot be cut.
    pub(super) fn finish(mut self, feet: &[Scene], outline: &[OutlineEntry]) -> Result<Vec<u8>, RenderError> {
        let mut kids = String::new();
        let feet: Vec<Vec<u8>> = feet
            .chunks(FEET)
            .map(|feet| self.contents(feet))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        let mut written = Vec::with_capacity(feet.len());
        for ((key, page), foot) in self.in_order().zip(feet) {
            let annotations = match page.links.as_str() {
                "" => String::new(),
                links => format!("/Annots[{links}]"),
            };
            let head = format!(
                "<</Type/Page/Parent {} 0 R/MediaBox[0 0 {} {}]/Resources {} 0 R/StructParents {key}/Tabs/S{annotations}",
                self.tree, page.width, page.tagged.height, self.resources
            );
            written.push((page.tagged.object, head, page.content, foot));
        }
        for (object, head, content, foot) in written {
            let number = self.objects.reserve();
            self.objects.compressed(number, "", &foot);
            self.objects.put(object, format!("{head}/Contents[{content} 0 R {number} 0 R]>>").as_bytes());
            let _ = write!(kids, "{object} 0 R ");
        }
        let tree = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", self.pages.len());
        self.objects.put(self.tree, tree.as_bytes());
        self.write_fonts()?;

        let tagged: Vec<TaggedPage> = self.pages.iter().map(|page| page.tagged).collect();
        let structure = self.tags.finish(&mut self.objects, &tagged);
        let outline = outline::write(&mut self.objects, outline, &tagged);
        let metadata = self.objects.reserve();
        // As it is: programs that know nothing of PDF look for it in the file's bytes.
        let packet = xmp::packet(self.document);
        self.objects.raw(metadata, "/Type/Metadata/Subtype/XML", packet.as_bytes());
        let profile = self.objects.reserve();
        self.objects.stream(profile, "/N 3", SRGB);
        let mut catalog = format!(
            "<</Type/Catalog/Pages {} 0 R/Metadata {metadata} 0 R/StructTreeRoot {structure} 0 R\
             /MarkInfo<</Marked true>>/Lang{}/ViewerPreferences<</DisplayDocTitle true>>\
             /OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)\
             /Info(sRGB IEC61966-2.1)/DestOutputProfile {profile} 0 R>>]",
            self.tree,
            text(self.document.locale.tag())
        );
        if let Some(outline) = outline {
            let _ = write!(catalog, "/Outlines {outline} 0 R");
            // A long report opens with them beside it.
            if self.front > 0 {
                catalog.push_str("/PageMode/UseOutlines");
            }
        }
        catalog.push_str(">>");
        let catalog = self.objects.add(catalog.as_bytes());
        let info = self.objects.add(info(self.document).as_bytes());
        Ok(self.objects.finish(catalog, info))
    }

    /// The compressed contents of pages.
    fn contents(&mut self, scenes: &[Scene]) -> Result<Vec<Vec<u8>>, RenderError> {
        let mut pdf = PdfDocument::new("");
        for scene in scenes {
            let frame = Rect::from_wh(Pt(scene.width), Pt(scene.height));
            let ops = operators(scene, &mut self.fonts);
            pdf.pages.push(PdfPage {
                media_box: frame.clone(),
                trim_box: frame.clone(),
                crop_box: frame,
                ops,
            });
        }
        for font in self.fonts.all() {
            let known =
                font.for_pages().ok_or_else(|| failed("a shipped font is not readable".to_owned()))?;
            pdf.resources.fonts.map.insert(font.id.clone(), known);
        }
        let file = self.converted(&pdf);
        let pages: Vec<ObjectId> = file.page_iter().collect();
        let content = |page: &ObjectId| {
            let stream = file.get_dictionary(*page)?.get(b"Contents")?.as_reference()?;
            Ok(compressed(&file.get_object(stream)?.as_stream()?.content))
        };
        pages
            .iter()
            .map(content)
            .collect::<Result<_, lopdf::Error>>()
            .map_err(|error| failed(format!("the content of a page is not there: {error}")))
    }

    fn converted(&self, pdf: &PdfDocument) -> lopdf::Document {
        let options = PdfSaveOptions { subset_fonts: false, ..PdfSaveOptions::default() };
        let mut warnings = Vec::new();
        let file = pdf.to_lopdf_document(&options, &mut warnings);
        for warning in &warnings {
            tracing::warn!(report = %self.document.report, "pdf: {}", warning.msg);
        }
        file
    }

    /// Writes the logo, as its pixels are on white.
    fn write_logo(&mut self) -> Option<u32> {
        let pixels = self.document.logo.as_ref()?.drawn((frame::LOGO_HEIGHT * FINE) as u32)?;
        let colors: Vec<u8> =
            pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        let keys = format!(
            "/Type/XObject/Subtype/Image/Width {}/Height {}/ColorSpace/DeviceRGB/BitsPerComponent 8",
            pixels.width(),
            pixels.height()
        );
        let number = self.objects.reserve();
        self.objects.stream(number, &keys, &colors);
        Some(number)
    }

    /// Writes the fonts, cut to the glyphs that all pages use, and what pages find them by.
    fn write_fonts(&mut self) -> Result<(), RenderError> {
        let mut pdf = PdfDocument::new("");
        let mut ops = vec![Op::StartTextSection];
        for font in self.fonts.all() {
            pdf.resources.fonts.map.insert(font.id.clone(), font.cut().map_err(failed)?);
            // A page with every glyph: so printpdf knows what each stands for.
            ops.push(Op::SetFont { font: PdfFontHandle::External(font.id.clone()), size: Pt(1.0) });
            let glyph = |glyph: &super::fonts::Embedded| Codepoint {
                gid: glyph.id,
                offset: 0.0,
                cid: Some(glyph.characters.clone()),
            };
            ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(font.glyphs().map(glyph).collect())] });
        }
        ops.push(Op::EndTextSection);
        let frame = Rect::from_wh(Pt(10.0), Pt(10.0));
        pdf.pages.push(PdfPage { media_box: frame.clone(), trim_box: frame.clone(), crop_box: frame, ops });
        let mut file = self.converted(&pdf);
        file.renumber_objects_with(self.objects.next());
        while self.objects.next() <= file.max_id {
            self.objects.reserve();
        }
        let mut resources = String::from("<</Font<<");
        let missing = |error: lopdf::Error| failed(format!("a font is not in the file: {error}"));
        let mut copied = BTreeSet::new();
        for font in self.fonts.all() {
            let number = font_object(&file, &font.id.0).map_err(missing)?;
            copy(&mut self.objects, &file, number, &mut copied).map_err(missing)?;
            let _ = write!(resources, "/{} {} 0 R", font.id.0, number.0);
        }
        resources.push_str(">>");
        if let Some(logo) = self.write_logo() {
            let _ = write!(resources, "/XObject<</{LOGO} {logo} 0 R>>");
        }
        resources.push_str(">>");
        self.objects.put(self.resources, resources.as_bytes());
        Ok(())
    }
}

/// Pixels a point at which the logo is kept: finer than office printers print.
const FINE: f32 = 8.0;

/// Where printpdf put a font.
fn font_object(file: &lopdf::Document, name: &str) -> Result<ObjectId, lopdf::Error> {
    let page = file.page_iter().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let resources = file.get_dictionary(page)?.get(b"Resources")?.as_reference()?;
    let fonts = file.get_dictionary(resources)?.get(b"Font")?.as_reference()?;
    file.get_dictionary(fonts)?.get(name.as_bytes())?.as_reference()
}

/// Copies an object, and all that it speaks of, under the numbers that they have.
fn copy(
    objects: &mut Objects,
    file: &lopdf::Document,
    id: ObjectId,
    copied: &mut BTreeSet<ObjectId>,
) -> Result<(), lopdf::Error> {
    if !copied.insert(id) {
        return Ok(());
    }
    let object = file.get_object(id)?;
    let mut within = vec![object];
    let mut spoken_of = Vec::new();
    while let Some(object) = within.pop() {
        match object {
            Object::Reference(other) => spoken_of.push(*other),
            Object::Array(items) => within.extend(items),
            Object::Dictionary(entries) => within.extend(entries.iter().map(|(_, value)| value)),
            Object::Stream(stream) => within.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    match object {
        Object::Stream(stream) => {
            let mut keys = stream.dict.clone();
            keys.remove(b"Length");
            let keys = written(Object::Dictionary(keys));
            let keys = String::from_utf8_lossy(&keys);
            let keys = keys.trim().trim_start_matches("<<").trim_end_matches(">>");
            objects.stream(id.0, keys, &stream.content);
        }
        object => objects.put(id.0, &written(object.clone())),
    }
    spoken_of.into_iter().try_for_each(|other| copy(objects, file, other, copied))
}

pub(super) fn failed(what: String) -> RenderError {
    RenderError {
        format: "pdf",
        what,
        hint: "this is a fault of the program: keep the report's definition and data, and report it"
            .to_owned(),
    }
}

fn info(document: &Document) -> String {
    let made = document.generated_utc.format("D:%Y%m%d%H%M%SZ");
    format!(
        "<</Title{}/Author{}/Subject{}/Creator(Parte)/Producer(Parte {})/CreationDate({made})/ModDate({made})>>",
        text(&document.title),
        text(&document.brand),
        text(&document.period),
        env!("CARGO_PKG_VERSION")
    )
}

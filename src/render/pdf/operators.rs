//! Scenes as PDF operators: colours and fonts are named only when they change, text keeps its kerning.

use super::super::scene::{Color, Item, Outline, Point, Scene, Shape, Step, Text};
use super::super::text::{Run, UNITS_PER_EM};
use super::fonts::{Font, Fonts};
use printpdf::ops::PdfFontHandle;
use printpdf::xobject::DictItem;
use printpdf::{
    Codepoint, Line, LineCapStyle, LineJoinStyle, LinePoint, Op, PaintMode, Polygon, PolygonRing, Pt, Rect,
    Rgb, TextItem, TextMatrix, WindingOrder,
};
use printpdf::{XObjectId, XObjectTransform};
use std::collections::BTreeMap;
use std::ops::Range;

/// Thousandths of an em that the pen may be off before it is corrected: less than the eye sees.
const PEN_TOLERANCE: f32 = 3.0;

/// What pages call the logo.
pub(super) const LOGO: &str = "L0";

/// The operators of a page.
pub(super) fn operators(scene: &Scene, fonts: &mut Fonts) -> Vec<Op> {
    let mut writer = Writer {
        height: scene.height,
        ops: Vec::new(),
        fill: None,
        stroke: None,
        line: None,
        font: None,
        in_text: false,
        said: false,
        within: Within::Nothing,
    };
    writer.ops.push(Op::SetLineCapStyle { cap: LineCapStyle::Round });
    writer.ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
    let mut marks = scene.marks.iter().peekable();
    for (at, item) in scene.items.iter().enumerate() {
        while let Some(mark) = marks.next_if(|mark| mark.item <= at) {
            writer.mark(mark.begins);
        }
        writer.adorn();
        match item {
            Item::Shape(shape) => writer.shape(shape),
            Item::Text(text) => writer.text(text, fonts),
        }
    }
    marks.for_each(|mark| writer.mark(mark.begins));
    if let Some((corner, width, height)) = scene.logo {
        writer.logo(corner, width, height);
    }
    writer.end();
    writer.ops
}

/// What is being drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    /// Content of a number.
    Content,
    /// What adorns the page.
    Adornment,
}

struct Writer {
    height: f32,
    ops: Vec<Op>,
    fill: Option<Color>,
    stroke: Option<Color>,
    line: Option<f32>,
    font: Option<(String, f32)>,
    in_text: bool,
    /// Has the text that is being drawn said something? What is said next in it is another line.
    said: bool,
    within: Within,
}

/// Hundredths of a point are finer than any printer.
fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

impl Writer {
    fn fill(&mut self, color: Color) {
        if self.fill != Some(color) {
            self.fill = Some(color);
            self.ops.push(Op::SetFillColor { col: rgb(color) });
        }
    }

    fn end_text(&mut self) {
        if self.in_text {
            self.in_text = false;
            self.said = false;
            self.ops.push(Op::EndTextSection);
        }
    }

    /// Ends what is being drawn: no text goes over such a boundary.
    fn end(&mut self) {
        self.end_text();
        if self.within != Within::Nothing {
            self.within = Within::Nothing;
            self.ops.push(Op::EndMarkedContent);
        }
    }

    /// A content begins, or the one that has begun ends.
    fn mark(&mut self, begins: Option<u32>) {
        self.end();
        if let Some(number) = begins {
            self.within = Within::Content;
            let map = BTreeMap::from([("MCID".to_owned(), DictItem::Int(i64::from(number)))]);
            // The element has the meaning; readers that know no structure are told nothing by a type here.
            let (tag, properties) = ("P".to_owned(), DictItem::Dict { map });
            self.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
        }
    }

    /// What is drawn next adorns the page, unless a content has begun.
    fn adorn(&mut self) {
        if self.within == Within::Nothing {
            self.end_text();
            self.within = Within::Adornment;
            self.ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
        }
    }

    fn point(&self, point: Point, bezier: bool) -> LinePoint {
        let p = printpdf::Point { x: Pt(rounded(point.x)), y: Pt(rounded(self.height - point.y)) };
        LinePoint { p, bezier }
    }

    fn shape(&mut self, shape: &Shape) {
        self.end_text();
        if let Some(color) = shape.fill {
            self.fill(color);
        }
        if let Some(stroke) = shape.stroke {
            if self.stroke != Some(stroke.color) {
                self.stroke = Some(stroke.color);
                self.ops.push(Op::SetOutlineColor { col: rgb(stroke.color) });
            }
            if self.line != Some(stroke.width) {
                self.line = Some(stroke.width);
                self.ops.push(Op::SetOutlineThickness { pt: Pt(rounded(stroke.width)) });
            }
        }
        let mode = match (shape.fill, shape.stroke) {
            (Some(_), Some(_)) => PaintMode::FillStroke,
            (Some(_), None) => PaintMode::Fill,
            (None, Some(_)) => PaintMode::Stroke,
            (None, None) => return,
        };
        match &shape.outline {
            Outline::Rect { corner, width, height } => {
                let rectangle = Rect {
                    x: Pt(rounded(corner.x)),
                    y: Pt(rounded(self.height - corner.y - height)),
                    width: Pt(rounded(*width)),
                    height: Pt(rounded(*height)),
                    mode: Some(mode),
                    winding_order: None,
                };
                self.ops.push(Op::DrawRectangle { rectangle });
            }
            Outline::Path(steps) => self.path(steps, mode),
        }
    }

    fn path(&mut self, steps: &[Step], mode: PaintMode) {
        let mut rings: Vec<PolygonRing> = Vec::new();
        for step in steps {
            if let Step::Move(p) = step {
                rings.push(PolygonRing { points: vec![self.point(*p, false)] });
                continue;
            }
            let points: Vec<LinePoint> = match step {
                Step::Move(_) | Step::Close => Vec::new(),
                Step::Line(p) => vec![self.point(*p, false)],
                Step::Curve(a, b, p) => {
                    vec![self.point(*a, true), self.point(*b, true), self.point(*p, false)]
                }
            };
            if let Some(ring) = rings.last_mut() {
                ring.points.extend(points);
            }
        }
        if mode == PaintMode::Stroke {
            let is_closed = matches!(steps.last(), Some(Step::Close));
            self.ops.extend(
                rings.into_iter().map(|ring| Op::DrawLine { line: Line { points: ring.points, is_closed } }),
            );
        } else {
            let polygon = Polygon { rings, mode, winding_order: WindingOrder::NonZero };
            self.ops.push(Op::DrawPolygon { polygon });
        }
    }

    fn text(&mut self, text: &Text, fonts: &mut Fonts) {
        self.fill(text.color);
        if !self.in_text {
            self.in_text = true;
            self.ops.push(Op::StartTextSection);
        }
        if self.said && self.within == Within::Content {
            self.space(text, fonts);
        }
        self.said = true;
        let (x, y) = (rounded(text.start.x), rounded(self.height - text.start.y));
        let (sin, cos) = text.turn.to_radians().sin_cos();
        let matrix = match text.turn {
            0.0 => TextMatrix::Translate(Pt(x), Pt(y)),
            _ => TextMatrix::Raw([cos, sin, -sin, cos, x, y]),
        };
        self.ops.push(Op::SetTextMatrix { matrix });
        let mut pen = Pen::default();
        let run = &text.run;
        let mut from = 0;
        while let Some(first) = run.glyphs.get(from) {
            // Glyphs that, one by one, do not say what they stand for are told in words.
            let together = run.together(from);
            let is_told = first.is_missing || together > 1;
            let plain = |at: &usize| {
                let glyph = &run.glyphs[*at];
                glyph.font == first.font && !glyph.is_missing && run.together(*at) == 1
            };
            let count = match is_told {
                true => together,
                false => (from..run.glyphs.len()).take_while(plain).count(),
            };
            let font = fonts.get(first.font);
            self.set_font(font, text.size);
            let items = text_items(run, from..from + count, font, &mut pen);
            if is_told {
                self.say(run.characters(from));
            }
            self.ops.push(Op::ShowText { items });
            if is_told {
                self.ops.push(Op::EndMarkedContent);
            }
            from += count;
        }
    }

    /// A space where a line ends: who reads by the structure knows no lines, and would join its last word to the next one.
    fn space(&mut self, next: &Text, fonts: &mut Fonts) {
        let shipped = next.run.face.weight.font();
        let Some(glyph) = shipped.space() else { return };
        let font = fonts.get(shipped);
        self.set_font(font, next.size);
        let embedded = font.glyph(glyph, " ");
        let item = match embedded.character {
            Some(c) => TextItem::Text(c.to_string()),
            None => {
                let cid = Some(embedded.characters.clone());
                TextItem::GlyphIds(vec![Codepoint { gid: embedded.id, offset: 0.0, cid }])
            }
        };
        self.ops.push(Op::ShowText { items: vec![item] });
    }

    /// The logo; no reader is told of it: the company's name stands beside it.
    fn logo(&mut self, corner: Point, width: f32, height: f32) {
        self.adorn();
        self.end_text();
        let transform = XObjectTransform {
            translate_x: Some(Pt(rounded(corner.x))),
            translate_y: Some(Pt(rounded(self.height - corner.y - height))),
            scale_x: Some(rounded(width)),
            scale_y: Some(rounded(height)),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        self.ops.push(Op::UseXobject { id: XObjectId(LOGO.to_owned()), transform });
    }

    fn set_font(&mut self, font: &Font, size: f32) {
        let size = rounded(size);
        if self.font.as_ref().is_none_or(|(id, s)| *id != font.id.0 || *s != size) {
            self.font = Some((font.id.0.clone(), size));
            self.ops.push(Op::SetFont { font: PdfFontHandle::External(font.id.clone()), size: Pt(size) });
        }
    }

    /// What is shown next is read as these words.
    fn say(&mut self, words: &str) {
        let units = std::iter::once(0xFEFF).chain(words.encode_utf16());
        let data = units.flat_map(u16::to_be_bytes).collect();
        let map = BTreeMap::from([("ActualText".to_owned(), DictItem::String { data, literal: false })]);
        let (tag, properties) = ("Span".to_owned(), DictItem::Dict { map });
        self.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
    }
}

fn rgb(color: Color) -> printpdf::Color {
    let [r, g, b] = color.0.map(|c| (f32::from(c) / 255.0 * 1000.0).round() / 1000.0);
    printpdf::Color::Rgb(Rgb { r, g, b, icc_profile: None })
}

/// Where the pen is and where it should be, in thousandths of an em from the start of a run.
#[derive(Debug, Default)]
struct Pen {
    at: f32,
    wanted: f32,
}

/// Glyphs of a run as pieces of text with corrections of the pen: the file's widths are whole thousandths, and know no kerning.
fn text_items(run: &Run, range: Range<usize>, font: &mut Font, pen: &mut Pen) -> Vec<TextItem> {
    let mut items = Vec::new();
    let mut piece = String::new();
    let flush = |piece: &mut String, items: &mut Vec<TextItem>| {
        if !piece.is_empty() {
            items.push(TextItem::Text(std::mem::take(piece)));
        }
    };
    for index in range {
        let glyph = &run.glyphs[index];
        let ahead: f32 = pen.wanted + glyph.offset.0 as f32 * 1000.0 / UNITS_PER_EM - pen.at;
        if ahead.abs() > PEN_TOLERANCE {
            flush(&mut piece, &mut items);
            // Positive numbers move the pen back.
            items.push(TextItem::Offset(-ahead.round()));
            pen.at += ahead.round();
        }
        let said = if glyph.is_missing { "□" } else { run.characters(index) };
        let embedded = font.glyph(glyph.id, said);
        match embedded.character {
            Some(c) => piece.push(c),
            None => {
                flush(&mut piece, &mut items);
                let cid = Some(embedded.characters.clone());
                items.push(TextItem::GlyphIds(vec![Codepoint { gid: embedded.id, offset: 0.0, cid }]));
            }
        }
        pen.at += embedded.width as f32;
        pen.wanted += glyph.advance as f32 * 1000.0 / UNITS_PER_EM;
    }
    flush(&mut piece, &mut items);
    items
}

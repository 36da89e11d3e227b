//! Scenes as PDF operators: colours and fonts are named only when they change, text keeps its kerning.

use super::super::scene::{Color, Item, Outline, Point, Scene, Shape, Step, Text};
use super::super::text::UNITS_PER_EM;
use super::fonts::{Font, Fonts};
use printpdf::ops::PdfFontHandle;
use printpdf::{
    Codepoint, Line, LineCapStyle, LineJoinStyle, LinePoint, Op, PaintMode, Polygon, PolygonRing, Pt, Rect,
    Rgb, TextItem, TextMatrix, WindingOrder,
};

/// Thousandths of an em that the pen may be off before it is corrected: less than the eye sees.
const PEN_TOLERANCE: f32 = 3.0;

/// The operators of a page.
pub(super) fn operators(scene: &Scene, fonts: &Fonts) -> Vec<Op> {
    let mut writer = Writer {
        height: scene.height,
        ops: Vec::new(),
        fill: None,
        stroke: None,
        line: None,
        font: None,
        in_text: false,
    };
    writer.ops.push(Op::SetLineCapStyle { cap: LineCapStyle::Round });
    writer.ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
    for item in &scene.items {
        match item {
            Item::Shape(shape) => writer.shape(shape),
            Item::Text(text) => {
                if let Some(font) = fonts.get(text.run.face.weight) {
                    writer.text(text, font);
                }
            }
        }
    }
    writer.end_text();
    writer.ops
}

struct Writer {
    height: f32,
    ops: Vec<Op>,
    fill: Option<Color>,
    stroke: Option<Color>,
    line: Option<f32>,
    font: Option<(String, f32)>,
    in_text: bool,
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
            self.ops.push(Op::EndTextSection);
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

    fn text(&mut self, text: &Text, font: &Font) {
        self.fill(text.color);
        if !self.in_text {
            self.in_text = true;
            self.ops.push(Op::StartTextSection);
        }
        let size = rounded(text.size);
        if self.font.as_ref().is_none_or(|(id, s)| *id != font.id.0 || *s != size) {
            self.font = Some((font.id.0.clone(), size));
            self.ops.push(Op::SetFont { font: PdfFontHandle::External(font.id.clone()), size: Pt(size) });
        }
        let (x, y) = (rounded(text.start.x), rounded(self.height - text.start.y));
        let (sin, cos) = text.turn.to_radians().sin_cos();
        let matrix = match text.turn {
            0.0 => TextMatrix::Translate(Pt(x), Pt(y)),
            _ => TextMatrix::Raw([cos, sin, -sin, cos, x, y]),
        };
        self.ops.push(Op::SetTextMatrix { matrix });
        self.ops.push(Op::ShowText { items: text_items(text, font) });
    }
}

fn rgb(color: Color) -> printpdf::Color {
    let [r, g, b] = color.0.map(|c| (f32::from(c) / 255.0 * 1000.0).round() / 1000.0);
    printpdf::Color::Rgb(Rgb { r, g, b, icc_profile: None })
}

/// A run as pieces of text with corrections of the pen: the file's widths are whole thousandths, and know no kerning.
fn text_items(text: &Text, font: &Font) -> Vec<TextItem> {
    let mut items = Vec::new();
    let mut piece = String::new();
    let mut wanted = 0.0;
    let mut pen = 0.0;
    let flush = |piece: &mut String, items: &mut Vec<TextItem>| {
        if !piece.is_empty() {
            items.push(TextItem::Text(std::mem::take(piece)));
        }
    };
    for glyph in &text.run.glyphs {
        let ahead: f32 = wanted + glyph.offset.0 as f32 * 1000.0 / UNITS_PER_EM - pen;
        if ahead.abs() > PEN_TOLERANCE {
            flush(&mut piece, &mut items);
            // Positive numbers move the pen back.
            items.push(TextItem::Offset(-ahead.round()));
            pen += ahead.round();
        }
        match font.character(glyph.id) {
            Some(c) => piece.push(c),
            None => {
                flush(&mut piece, &mut items);
                let characters = font.characters(glyph.id).to_owned();
                let code = Codepoint { gid: font.id(glyph.id), offset: 0.0, cid: Some(characters) };
                items.push(TextItem::GlyphIds(vec![code]));
            }
        }
        pen += font.width(glyph.id) as f32;
        wanted += glyph.advance as f32 * 1000.0 / UNITS_PER_EM;
    }
    flush(&mut piece, &mut items);
    items
}

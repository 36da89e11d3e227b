//! Draws a scene to PNG (for the mail). Never: what the scene shows.

use super::chart::{chart_heights, chart_scene};
use super::scene::{Color, Item, Outline, Scene, Shape, Step, Text};
use super::text::{Typesetter, UNITS_PER_EM};
use crate::document::{Chart, Locale};
use rustybuzz::ttf_parser::OutlineBuilder;
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// A chart as PNG, `width` points wide and about `height` high, at `scale` pixels a point; empty where that is no size.
pub(super) fn chart_png(
    chart: &Chart,
    locale: &Locale,
    color: [u8; 3],
    width: f32,
    height: f32,
    scale: f32,
) -> Vec<u8> {
    let set = Typesetter::default();
    let (height, _) = chart_heights(&set, chart, width, (height, height));
    scene_png(&chart_scene(&set, chart, locale, color, width, height), scale)
}

/// A scene as PNG on white.
pub(super) fn scene_png(scene: &Scene, scale: f32) -> Vec<u8> {
    let (width, height) = ((scene.width * scale).ceil() as u32, (scene.height * scale).ceil() as u32);
    let Some(mut pixels) = Pixmap::new(width, height) else { return Vec::new() };
    pixels.fill(tiny_skia::Color::WHITE);
    let transform = Transform::from_scale(scale, scale);
    for item in &scene.items {
        match item {
            Item::Shape(shape) => draw_shape(&mut pixels, shape, transform),
            Item::Text(text) => draw_text(&mut pixels, text, transform),
        }
    }
    pixels.encode_png().unwrap_or_default()
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    let [r, g, b] = color.0;
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn draw_shape(pixels: &mut Pixmap, shape: &Shape, transform: Transform) {
    let Some(path) = path(&shape.outline) else { return };
    if let Some(color) = shape.fill {
        pixels.fill_path(&path, &paint(color), FillRule::Winding, transform, None);
    }
    if let Some(stroke) = shape.stroke {
        let round = Stroke {
            width: stroke.width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        pixels.stroke_path(&path, &paint(stroke.color), &round, transform, None);
    }
}

fn path(outline: &Outline) -> Option<Path> {
    let steps = match outline {
        Outline::Rect { corner, width, height } => {
            return Some(PathBuilder::from_rect(Rect::from_xywh(corner.x, corner.y, *width, *height)?));
        }
        Outline::Path(steps) => steps,
    };
    let mut builder = PathBuilder::new();
    for step in steps {
        match step {
            Step::Move(p) => builder.move_to(p.x, p.y),
            Step::Line(p) => builder.line_to(p.x, p.y),
            Step::Curve(a, b, p) => builder.cubic_to(a.x, a.y, b.x, b.y, p.x, p.y),
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}

fn draw_text(pixels: &mut Pixmap, text: &Text, transform: Transform) {
    let mut pen = Pen { builder: PathBuilder::new(), x: 0.0, y: 0.0, scale: 1.0 };
    let mut advance = 0;
    for glyph in &text.run.glyphs {
        pen.x = (advance + glyph.offset.0) as f32;
        pen.y = glyph.offset.1 as f32;
        pen.scale = UNITS_PER_EM / glyph.font.units_per_em();
        glyph.font.outline(glyph.id, &mut pen);
        advance += glyph.advance;
    }
    let Some(path) = pen.builder.finish() else { return };
    // Font units have y upwards.
    let size = text.size / UNITS_PER_EM;
    let placed = transform
        .pre_translate(text.start.x, text.start.y)
        .pre_concat(Transform::from_rotate(-text.turn))
        .pre_scale(size, -size);
    pixels.fill_path(&path, &paint(text.color), FillRule::Winding, placed, None);
}

/// Takes a glyph's outline into the path of its run.
struct Pen {
    builder: PathBuilder,
    x: f32,
    y: f32,
    /// Of the units of the glyph's font to those of the run.
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.builder.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::scene::{Anchor, at};
    use crate::render::text::Face;

    #[test]
    fn a_scene_becomes_pixels_of_its_size_and_colours() {
        let set = Typesetter::default();
        let mut scene = Scene::new(40.0, 20.0);
        scene.fill_rect(at(0.0, 0.0), 10.0, 20.0, Color([200, 0, 0]));
        scene.text(at(14.0, 15.0), Anchor::Start, &set.run(Face::BOLD, "Ñ"), 16.0, Color([0, 0, 90]));
        let png = scene_png(&scene, 2.0);
        let pixels = Pixmap::decode_png(&png).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (80, 40));
        let color = |x, y| pixels.pixel(x, y).map(|p| (p.red(), p.green(), p.blue())).unwrap();
        assert_eq!(color(5, 20), (200, 0, 0));
        assert_eq!(color(79, 39), (255, 255, 255));
        let inked =
            (24..79).flat_map(|x| (0..40).map(move |y| (x, y))).filter(|(x, y)| color(*x, *y) == (0, 0, 90));
        assert!(inked.count() > 60, "the letter is drawn");
        assert_eq!(png, scene_png(&scene, 2.0));
    }

    #[test]
    fn a_scene_without_size_is_no_picture() {
        assert!(scene_png(&Scene::new(0.0, 10.0), 2.0).is_empty());
        assert!(scene_png(&Scene::new(f32::NAN, f32::NAN), 2.0).is_empty());
    }
}

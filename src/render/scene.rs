//! The drawing that charts and pages are made of, in no back end: paths, rectangles and measured text in points,
//! origin top left, y downwards. Never: PDF operators, pixels.

use super::text::Run;
use std::sync::Arc;

/// An opaque colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

impl Color {
    pub(super) const WHITE: Self = Self([255, 255, 255]);
}

/// A place on the drawing, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

/// Shorthand for a [`Point`].
pub(super) const fn at(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// A drawing of a size; later items cover earlier ones.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) items: Vec<Item>,
    /// Where content that has a meaning begins and ends, in order; what stands outside of it adorns.
    pub(super) marks: Vec<Mark>,
    /// Where the company's logo stands on a page, over everything: its top left corner and its size.
    pub(super) logo: Option<(Point, f32, f32)>,
}

/// A boundary of content, before the item of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) item: usize,
    /// The number of the content that begins here; `None`: the one that has begun ends.
    pub(super) begins: Option<u32>,
}

/// Something drawn.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Text(Text),
    Shape(Shape),
}

/// A shaped run of text.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// Where its baseline begins.
    pub(super) start: Point,
    /// Points an em.
    pub(super) size: f32,
    pub(super) color: Color,
    /// Degrees that the text is turned by around `start`; positive climbs to the right.
    pub(super) turn: f32,
    pub(super) run: Arc<Run>,
}

/// An outline, filled, stroked or both.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) outline: Outline,
    pub(super) fill: Option<Color>,
    pub(super) stroke: Option<Stroke>,
}

/// The line of a shape.
#[derive(Debug, Clone)]
pub(super) enum Outline {
    /// A rectangle by its top left corner and size.
    Rect { corner: Point, width: f32, height: f32 },
    /// One or more sub-paths.
    Path(Vec<Step>),
}

/// A step of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Move(Point),
    Line(Point),
    /// A cubic Bézier curve: two control points and its end.
    Curve(Point, Point, Point),
    Close,
}

/// How a line is drawn; joins and caps are round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) color: Color,
    pub(super) width: f32,
}

/// Which part of a text stands at the given place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The share of a circle's radius at which Bézier handles stand so that four curves look like it.
const CIRCLE: f32 = 0.552_284_8;

impl Scene {
    pub(super) fn new(width: f32, height: f32) -> Self {
        Self { width, height, items: Vec::new(), marks: Vec::new(), logo: None }
    }

    /// Content of a number begins with what is drawn next.
    pub(super) fn begin(&mut self, content: u32) {
        self.marks.push(Mark { item: self.items.len(), begins: Some(content) });
    }

    /// The content that has begun ends with what was drawn last.
    pub(super) fn end(&mut self) {
        self.marks.push(Mark { item: self.items.len(), begins: None });
    }

    /// A rectangle filled with a colour; nothing where it has no area.
    pub(super) fn fill_rect(&mut self, corner: Point, width: f32, height: f32, color: Color) {
        if width > 0.0 && height > 0.0 {
            let outline = Outline::Rect { corner, width, height };
            self.items.push(Item::Shape(Shape { outline, fill: Some(color), stroke: None }));
        }
    }

    /// A rectangle with round corners.
    pub(super) fn round_rect(
        &mut self,
        corner: Point,
        (width, height): (f32, f32),
        radius: f32,
        fill: Color,
        stroke: Option<Stroke>,
    ) {
        let r = radius.min(width / 2.0).min(height / 2.0).max(0.0);
        let k = r * (1.0 - CIRCLE);
        let (left, top, right, bottom) = (corner.x, corner.y, corner.x + width, corner.y + height);
        let path = vec![
            Step::Move(at(left + r, top)),
            Step::Line(at(right - r, top)),
            Step::Curve(at(right - k, top), at(right, top + k), at(right, top + r)),
            Step::Line(at(right, bottom - r)),
            Step::Curve(at(right, bottom - k), at(right - k, bottom), at(right - r, bottom)),
            Step::Line(at(left + r, bottom)),
            Step::Curve(at(left + k, bottom), at(left, bottom - k), at(left, bottom - r)),
            Step::Line(at(left, top + r)),
            Step::Curve(at(left, top + k), at(left + k, top), at(left + r, top)),
            Step::Close,
        ];
        self.items.push(Item::Shape(Shape { outline: Outline::Path(path), fill: Some(fill), stroke }));
    }

    /// A filled circle.
    pub(super) fn circle(&mut self, center: Point, radius: f32, fill: Color, stroke: Option<Stroke>) {
        let corner = at(center.x - radius, center.y - radius);
        self.round_rect(corner, (2.0 * radius, 2.0 * radius), radius, fill, stroke);
    }

    /// An open line through points.
    pub(super) fn line(&mut self, points: &[Point], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        self.items.push(Item::Shape(Shape {
            outline: Outline::Path(steps(points)),
            fill: None,
            stroke: Some(stroke),
        }));
    }

    /// A filled polygon.
    pub(super) fn polygon(&mut self, points: &[Point], fill: Color) {
        if points.len() < 3 {
            return;
        }
        let mut path = steps(points);
        path.push(Step::Close);
        self.items.push(Item::Shape(Shape { outline: Outline::Path(path), fill: Some(fill), stroke: None }));
    }

    /// A text whose start, middle or end stands at a place on its baseline.
    pub(super) fn text(&mut self, place: Point, anchor: Anchor, run: &Arc<Run>, size: f32, color: Color) {
        let shift = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => run.width(size) / 2.0,
            Anchor::End => run.width(size),
        };
        self.turned_text(at(place.x - shift, place.y), 0.0, run, size, color);
    }

    /// A text turned around the start of its baseline.
    pub(super) fn turned_text(&mut self, start: Point, turn: f32, run: &Arc<Run>, size: f32, color: Color) {
        if !run.is_empty() {
            self.items.push(Item::Text(Text { start, size, color, turn, run: Arc::clone(run) }));
        }
    }

    /// Draws another scene into this one, its top left corner at a place.
    pub(super) fn place(&mut self, other: Self, corner: Point) {
        self.items.extend(other.items.into_iter().map(|item| item.moved(corner.x, corner.y)));
    }
}

fn steps(points: &[Point]) -> Vec<Step> {
    points.iter().enumerate().map(|(i, p)| if i == 0 { Step::Move(*p) } else { Step::Line(*p) }).collect()
}

impl Point {
    fn moved(self, dx: f32, dy: f32) -> Self {
        at(self.x + dx, self.y + dy)
    }
}

impl Item {
    fn moved(self, dx: f32, dy: f32) -> Self {
        match self {
            Self::Text(text) => Self::Text(Text { start: text.start.moved(dx, dy), ..text }),
            Self::Shape(shape) => {
                let outline = match shape.outline {
                    Outline::Rect { corner, width, height } => {
                        Outline::Rect { corner: corner.moved(dx, dy), width, height }
                    }
                    Outline::Path(path) => Outline::Path(path.into_iter().map(|s| s.moved(dx, dy)).collect()),
                };
                Self::Shape(Shape { outline, ..shape })
            }
        }
    }
}

impl Step {
    fn moved(self, dx: f32, dy: f32) -> Self {
        match self {
            Self::Move(p) => Self::Move(p.moved(dx, dy)),
            Self::Line(p) => Self::Line(p.moved(dx, dy)),
            Self::Curve(a, b, p) => Self::Curve(a.moved(dx, dy), b.moved(dx, dy), p.moved(dx, dy)),
            Self::Close => Self::Close,
        }
    }
}

//! The marks of points: each series has a shape of its own, so that lines are told apart without colour too.

use super::super::scene::{Color, Point, Scene, Shape, Stroke, at};
use super::super::scene::{Item, Outline, Step};

/// Shapes, the first for the first series; after the last they begin again.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
    Ring,
    Inverted,
    Box,
    Hollow,
}

const MARKS: [Mark; 8] = [
    Mark::Circle,
    Mark::Square,
    Mark::Triangle,
    Mark::Diamond,
    Mark::Ring,
    Mark::Inverted,
    Mark::Box,
    Mark::Hollow,
];

/// Draws the mark of a series at a point, about as large as a circle of this radius.
pub(super) fn mark(scene: &mut Scene, center: Point, radius: f32, of: usize, color: Color) {
    let edge = Stroke { color: Color::WHITE, width: radius * 0.4 };
    let line = Stroke { color, width: radius * 0.55 };
    let mark = MARKS[of % MARKS.len()];
    let (fill, stroke) = match mark {
        Mark::Ring | Mark::Box | Mark::Hollow => (Color::WHITE, line),
        _ => (color, edge),
    };
    let corners = |points: &[(f32, f32)]| -> Vec<Point> {
        points.iter().map(|(x, y)| at(center.x + x * radius, center.y + y * radius)).collect()
    };
    let points = match mark {
        Mark::Circle => return scene.circle(center, radius, fill, Some(stroke)),
        Mark::Ring => return scene.circle(center, radius * 0.85, fill, Some(stroke)),
        Mark::Square => corners(&[(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]),
        Mark::Box => corners(&[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]),
        Mark::Triangle => corners(&[(0.0, -1.3), (1.2, 0.85), (-1.2, 0.85)]),
        Mark::Inverted => corners(&[(0.0, 1.3), (1.2, -0.85), (-1.2, -0.85)]),
        Mark::Diamond => corners(&[(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)]),
        Mark::Hollow => corners(&[(0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)]),
    };
    let mut path: Vec<Step> = points
        .iter()
        .enumerate()
        .map(|(i, p)| if i == 0 { Step::Move(*p) } else { Step::Line(*p) })
        .collect();
    path.push(Step::Close);
    scene.items.push(Item::Shape(Shape {
        outline: Outline::Path(path),
        fill: Some(fill),
        stroke: Some(stroke),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_first_eight_series_has_a_mark_that_is_told_apart_without_colour() {
        let drawn: Vec<String> = (0..MARKS.len())
            .map(|of| {
                let mut scene = Scene::new(10.0, 10.0);
                mark(&mut scene, at(5.0, 5.0), 2.0, of, Color([0, 0, 0]));
                format!("{:?}", scene.items)
            })
            .collect();
        for (index, one) in drawn.iter().enumerate() {
            assert!(drawn[..index].iter().all(|other| other != one), "{index}");
        }
    }
}

//! Charts of any shape: every text stays inside the scene, and no text lies over another.

use super::super::scene::{Item, Outline, Scene, Step, Text};
use super::super::text::{CAP_HEIGHT, Typesetter};
use super::chart_scene;
use crate::definition::ValueFormat;
use crate::document::{Chart, ChartStyle, Display, Locale, Series};

/// Numbers that look random and are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    fn words(&mut self) -> String {
        let words = [
            "Norte",
            "Ñuñoa",
            "Centro histórico",
            "7",
            "supercalifragilístico",
            "y",
            "lun 2",
            "Íñiguez",
            "W",
            "sem. 23",
        ];
        (0..=self.below(4)).map(|_| words[self.below(words.len())]).collect::<Vec<_>>().join(" ")
    }
}

fn display(kind: usize) -> Display {
    let (format, currency) = match kind % 3 {
        0 => (ValueFormat::Integer, None),
        1 => (ValueFormat::Percent(1), None),
        _ => (ValueFormat::Currency(0), Some("COP".to_owned())),
    };
    Display::Number { format, currency }
}

/// The corners of a text's letters.
fn corners(text: &Text) -> [(f32, f32); 4] {
    let (sin, cos) = text.turn.to_radians().sin_cos();
    let width = text.run.width(text.size);
    let (up, down) = (-text.size * CAP_HEIGHT, text.size * 0.16);
    [(0.0, up), (width, up), (width, down), (0.0, down)]
        .map(|(x, y)| (text.start.x + x * cos + y * sin, text.start.y - x * sin + y * cos))
}

/// Do two rectangles overlap, however they are turned? (No axis separates them.)
fn overlap(a: &[(f32, f32); 4], b: &[(f32, f32); 4]) -> bool {
    let axes = [a, b]
        .into_iter()
        .flat_map(|r| [(r[1].0 - r[0].0, r[1].1 - r[0].1), (r[2].0 - r[1].0, r[2].1 - r[1].1)]);
    for (dx, dy) in axes {
        let range = |r: &[(f32, f32); 4]| {
            let along = r.map(|(x, y)| x * dx + y * dy);
            (along.iter().copied().fold(f32::MAX, f32::min), along.iter().copied().fold(f32::MIN, f32::max))
        };
        let ((a0, a1), (b0, b1)) = (range(a), range(b));
        if a1 <= b0 + 1e-3 || b1 <= a0 + 1e-3 {
            return false;
        }
    }
    true
}

fn check(scene: &Scene, what: &str) {
    let texts: Vec<(&str, [(f32, f32); 4])> = scene
        .items
        .iter()
        .filter_map(|i| match i {
            Item::Text(text) => Some((text.run.text.as_str(), corners(text))),
            Item::Shape(_) => None,
        })
        .collect();
    for (index, (text, frame)) in texts.iter().enumerate() {
        for (x, y) in frame {
            let inside = *x >= -0.6 && *x <= scene.width + 0.6 && *y >= -0.6 && *y <= scene.height + 0.6;
            assert!(inside, "{text:?} leaves the scene at {x},{y}: {what}");
        }
        for (other, beside) in &texts[..index] {
            assert!(!overlap(frame, beside), "{text:?} lies over {other:?}: {what}");
        }
    }
    for item in &scene.items {
        let Item::Shape(shape) = item else { continue };
        let points = match &shape.outline {
            Outline::Rect { corner, width, height } => {
                vec![(corner.x, corner.y), (corner.x + width, corner.y + height)]
            }
            Outline::Path(steps) => steps
                .iter()
                .filter_map(|s| match s {
                    Step::Move(p) | Step::Line(p) | Step::Curve(_, _, p) => Some((p.x, p.y)),
                    Step::Close => None,
                })
                .collect(),
        };
        for (x, y) in points {
            let inside = x >= -3.0 && x <= scene.width + 3.0 && y >= -3.0 && y <= scene.height + 3.0;
            assert!(inside, "a shape leaves the scene at {x},{y}: {what}");
        }
    }
}

#[test]
fn no_text_leaves_the_scene_or_lies_over_another() {
    let set = Typesetter::default();
    let locale = Locale::parse("es-CO").unwrap();
    let mut random = Random(7);
    for count in 1..=60 {
        for round in 0..3 {
            let styles = [ChartStyle::Bars, ChartStyle::StackedBars, ChartStyle::Line, ChartStyle::Heatmap];
            let style = styles[(count + round) % 4];
            let categories: Vec<String> = (0..count)
                .map(|i| {
                    if round == 0 {
                        format!("{} {}", ["lun", "mar", "mié"][i % 3], i + 1)
                    } else {
                        random.words()
                    }
                })
                .collect();
            let display = display(random.below(3));
            let scale = 10_f64.powi(random.below(8) as i32 - 1);
            let series: Vec<Series> = (0..=random.below(5))
                .map(|_| Series {
                    label: random.words(),
                    values: (0..count)
                        .map(|_| match random.below(8) {
                            0 => None,
                            1 => Some(-scale * random.below(900) as f64 / 1000.0),
                            _ => Some(scale * random.below(1000) as f64 / 999.0),
                        })
                        .collect(),
                })
                .collect();
            let (width, height) = [(523.0, 212.0), (560.0, 220.0), (300.0, 140.0)][random.below(3)];
            let what = format!(
                "{style:?}, {count} categories, {} series, {width}x{height}, {display:?}",
                series.len()
            );
            let series_label = (random.below(2) == 0).then(|| random.words());
            let x_label = random.words();
            let chart =
                Chart { style, x_label, series_label, categories, series, display, alt: String::new() };
            check(&chart_scene(&set, &chart, &locale, [0x0b, 0x7a, 0x75], width, height), &what);
        }
    }
}

#[test]
fn odd_values_and_sizes_give_a_scene_too() {
    let set = Typesetter::default();
    let locale = Locale::parse("en-US").unwrap();
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-300, 0.0, -0.0];
    for style in [ChartStyle::Bars, ChartStyle::StackedBars, ChartStyle::Line, ChartStyle::Heatmap] {
        for (width, height) in [(523.0, 212.0), (60.0, 60.0), (0.0, 0.0), (10.0, 400.0), (2000.0, 61.0)] {
            for labels in [0, 1, 8, 500] {
                let values: Vec<Option<f64>> = (0..8).map(|i| Some(odd[i])).collect();
                let short = Series { label: "corta".to_owned(), values: vec![Some(1.0)] };
                let chart = Chart {
                    style,
                    x_label: String::new(),
                    series_label: None,
                    categories: (0..labels).map(|i| format!("\u{202e}categoría\n{i} 😀")).collect(),
                    series: vec![Series { label: "x".repeat(10_000), values }, short],
                    display: display(labels),
                    alt: String::new(),
                };
                let scene = chart_scene(&set, &chart, &locale, [255, 255, 255], width, height);
                let finite = scene.items.iter().all(|i| match i {
                    Item::Text(t) => t.start.x.is_finite() && t.start.y.is_finite(),
                    Item::Shape(s) => match &s.outline {
                        Outline::Rect { corner, width, height } => {
                            [corner.x, corner.y, *width, *height].iter().all(|v| v.is_finite())
                        }
                        Outline::Path(steps) => steps.iter().all(|s| match s {
                            Step::Move(p) | Step::Line(p) | Step::Curve(_, _, p) => {
                                p.x.is_finite() && p.y.is_finite()
                            }
                            Step::Close => true,
                        }),
                    },
                });
                assert!(finite, "{style:?} {width}x{height} {labels}");
            }
        }
    }
}

#[test]
fn without_data_the_scene_says_so() {
    let set = Typesetter::default();
    let locale = Locale::parse("es-CO").unwrap();
    let series = vec![Series { label: "Ventas".to_owned(), values: vec![None; 3] }];
    let categories = ["a", "b", "c"].map(str::to_owned).to_vec();
    let chart = Chart {
        style: ChartStyle::Line,
        x_label: String::new(),
        series_label: None,
        categories,
        series,
        display: display(0),
        alt: String::new(),
    };
    let scene = chart_scene(&set, &chart, &locale, [0, 0, 0], 500.0, 200.0);
    let says =
        scene.items.iter().any(|i| matches!(i, Item::Text(t) if t.run.text == "Sin datos en este periodo"));
    assert!(says);
}

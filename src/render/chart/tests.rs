//! Charts of any shape: every text stays inside the scene, and no text lies over another.

mod random;

use super::super::palette::{INK, Palette};
use super::super::scene::{Color, Item, Outline, Scene, Shape, Step, Text};
use super::super::text::{CAP_HEIGHT, Typesetter};
use super::{chart_heights, chart_scene};
use crate::document::{Chart, ChartStyle, Direction, Locale, Series};
use random::{Random, chart_of, display, target};

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
        for style in ChartStyle::ALL {
            let chart = chart_of(style, count, (count + random.below(3)).is_multiple_of(3), &mut random);
            let usual = [(523.0, 212.0), (560.0, 220.0), (300.0, 140.0), (270.0, 200.0)][random.below(4)];
            // Sometimes as high as it is read best, sometimes as low as a page asks for.
            let height = match random.below(3) {
                0 => usual.1,
                1 => chart_heights(&set, &chart, usual.0, (usual.1, usual.1)).0,
                _ => chart_heights(&set, &chart, usual.0, (usual.1, usual.1)).1,
            };
            let what = format!(
                "{style:?}, {count} categories or rows, {} series, {}x{height}, {:?}",
                chart.series.len(),
                usual.0,
                chart.display
            );
            check(&chart_scene(&set, &chart, &locale, [0x0b, 0x7a, 0x75], usual.0, height), &what);
        }
    }
}

#[test]
fn odd_values_and_sizes_give_a_scene_too() {
    let set = Typesetter::default();
    let locale = Locale::parse("en-US").unwrap();
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-300, 0.0, -0.0];
    let mut random = Random(11);
    for style in ChartStyle::ALL {
        for (width, height) in [(523.0, 212.0), (60.0, 60.0), (0.0, 0.0), (10.0, 400.0), (2000.0, 61.0)] {
            for labels in [0, 1, 8, 500] {
                let values: Vec<Option<f64>> = (0..8).map(|i| Some(odd[i])).collect();
                let long = Series {
                    label: "x".repeat(10_000),
                    values,
                    target: target(odd[labels % 8], &mut random),
                    display: None,
                    moves: vec![Direction::Up],
                };
                let mut series = vec![long, Series::new("corta", vec![Some(1.0)]), Series::default()];
                series.extend(odd.map(|v| Series {
                    target: target(v, &mut random),
                    display: Some(display(labels)),
                    ..Series::new("", vec![Some(v), Some(f64::MAX), Some(f64::MIN)])
                }));
                let chart = Chart {
                    style,
                    x_label: String::new(),
                    series_label: None,
                    categories: (0..labels).map(|i| format!("\u{202e}categoría\n{i} 😀")).collect(),
                    series,
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
fn without_data_the_scene_says_so_whatever_the_style() {
    let set = Typesetter::default();
    let locale = Locale::parse("es-CO").unwrap();
    for style in ChartStyle::ALL {
        let chart = Chart {
            style,
            x_label: String::new(),
            series_label: None,
            categories: ["a", "b", "c"].map(str::to_owned).to_vec(),
            series: vec![Series::new("Ventas", vec![None; 3])],
            display: display(0),
            alt: String::new(),
        };
        let scene = chart_scene(&set, &chart, &locale, [0, 0, 0], 500.0, 200.0);
        assert_eq!(texts_of(&scene), ["Sin datos en este periodo"], "{style:?}");
    }
}

fn texts_of(scene: &Scene) -> Vec<String> {
    let text = |item: &'_ Item| match item {
        Item::Text(text) => Some(text.run.text.clone()),
        Item::Shape(_) => None,
    };
    scene.items.iter().filter_map(text).collect()
}

/// The rectangles of a colour.
fn rects(scene: &Scene, color: Color) -> Vec<[f32; 4]> {
    let rect = |item: &Item| match item {
        Item::Shape(Shape { outline: Outline::Rect { corner, width, height }, fill, .. })
            if *fill == Some(color) =>
        {
            Some([corner.x, corner.y, *width, *height])
        }
        _ => None,
    };
    scene.items.iter().filter_map(rect).collect()
}

fn plain(style: ChartStyle, categories: &[&str], series: Vec<Series>) -> Chart {
    Chart {
        style,
        x_label: "Día".to_owned(),
        series_label: None,
        categories: categories.iter().map(|name| (*name).to_owned()).collect(),
        series,
        display: display(0),
        alt: String::new(),
    }
}

fn drawn(chart: &Chart) -> Scene {
    let locale = Locale::parse("es-CO").unwrap();
    chart_scene(&Typesetter::default(), chart, &locale, [0x0b, 0x7a, 0x75], 523.0, 200.0)
}

#[test]
fn ribbons_are_as_wide_as_their_values_and_never_wider_than_a_hair_beyond() {
    let rows = vec![
        Series::new("Hábito", vec![Some(900.0), Some(1.0)]),
        Series::new("Dormido", vec![Some(0.01), Some(99.0)]),
    ];
    let scene = drawn(&plain(ChartStyle::Flow, &["Hábito", "Dormido"], rows));
    let widths: Vec<f32> = scene
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Shape(Shape { outline: Outline::Path(steps), .. }) => match steps.as_slice() {
                [Step::Move(top), Step::Curve(..), Step::Line(_), Step::Curve(_, _, bottom), Step::Close] => {
                    Some(bottom.y - top.y)
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(widths.len(), 4);
    let unit = widths.iter().copied().fold(0.0, f32::max) / 900.0;
    for value in [900.0, 1.0, 0.01, 99.0] {
        let true_width = value * unit;
        let near =
            widths.iter().any(|w| (*w - true_width).abs() < 0.02 || *w >= 0.5 && *w <= true_width + 0.51);
        assert!(near, "{value} should be {true_width} wide: {widths:?}");
    }
    assert!(widths.iter().all(|width| *width >= 0.49), "small flows are seen: {widths:?}");
}

#[test]
fn a_gap_in_a_stack_of_areas_is_no_zero() {
    let whole = plain(
        ChartStyle::StackedArea,
        &["1", "2", "3", "4"],
        vec![Series::new("a", vec![Some(1.0); 4]), Series::new("b", vec![Some(1.0); 4])],
    );
    let mut broken = whole.clone();
    broken.series[1].values[1] = None;
    let areas = |chart: &Chart| {
        let filled = |item: &&Item| {
            matches!(item, Item::Shape(Shape { outline: Outline::Path(_), fill: Some(_), .. }))
        };
        drawn(chart).items.iter().filter(filled).count()
    };
    assert_eq!((areas(&whole), areas(&broken)), (2, 2), "before the gap there is a single point");
    let points = |chart: &Chart| {
        let scene = drawn(chart);
        let color = Palette::of_brand([0x0b, 0x7a, 0x75]).of_chart(chart, 1);
        rects(&scene, color).iter().filter(|[_, _, width, _]| (*width - 9.0).abs() < 0.01).count()
    };
    assert_eq!((points(&whole), points(&broken)), (0, 1));
}

#[test]
fn the_bar_of_a_bullet_ends_at_its_mark_when_the_target_is_met_exactly() {
    let mut random = Random(3);
    let goal = loop {
        if let Some(goal) = target(80.0, &mut random) {
            break goal;
        }
    };
    let row = |value: f64| Series {
        target: Some(goal.clone()),
        ..Series::new(format!("con {value}"), vec![Some(value)])
    };
    let alone = Series::new("sin objetivo", vec![Some(40.0)]);
    let chart = plain(ChartStyle::Bullet, &["Valor"], vec![row(80.0), row(60.0), alone]);
    let (scene, palette) = (drawn(&chart), Palette::of_brand([0x0b, 0x7a, 0x75]));
    let (bars, marks) = (rects(&scene, palette.accent), rects(&scene, INK));
    assert_eq!((bars.len(), marks.len()), (2, 2), "two are held against a target");
    let end = |[x, _, width, _]: [f32; 4]| x + width;
    assert!((end(bars[0]) - (marks[0][0] + 1.0)).abs() < 0.1, "{bars:?} {marks:?}");
    assert!((bars[1][2] / bars[0][2] - 0.75).abs() < 0.01, "{bars:?}");
    let soft = rects(&scene, palette.soft);
    assert!(soft.len() == 1 && (soft[0][2] / bars[0][2] - 0.5).abs() < 0.01, "on the same scale: {soft:?}");
}

#[test]
fn a_line_is_filled_down_to_zero_or_not_at_all() {
    let tint = Palette::of_brand([0x0b, 0x7a, 0x75]).tint;
    let is_filled = |values: [f64; 3]| {
        let series = vec![Series::new("ventas", values.map(Some).to_vec())];
        let scene = drawn(&plain(ChartStyle::Line, &["lun", "mar", "mié"], series));
        scene.items.iter().any(|item| matches!(item, Item::Shape(shape) if shape.fill == Some(tint)))
    };
    assert!(is_filled([10.0, 30.0, 20.0]) && is_filled([-10.0, 30.0, -20.0]));
    assert!(!is_filled([2041.0, 2058.0, 2064.0]) && !is_filled([-2041.0, -2058.0, -2064.0]));
}

#[test]
fn few_lines_are_named_at_their_ends_and_many_in_a_legend() {
    let series = |count: usize| {
        (0..count).map(|of| Series::new(format!("serie {of}"), vec![Some(1.0), Some(of as f64)])).collect()
    };
    let place = |count: usize| {
        let scene = drawn(&plain(ChartStyle::Line, &["lun", "mar"], series(count)));
        let found = scene.items.iter().find_map(|item| match item {
            Item::Text(text) if text.run.text == "serie 0" => Some(text.start.x),
            _ => None,
        });
        found.expect("named once")
    };
    assert!(place(4) > 400.0, "at the end");
    assert!(place(5) < 100.0, "in the legend");
}

#[test]
fn what_a_cohort_has_still_to_come_or_had_before_is_blank_and_what_it_lacks_between_is_a_dash() {
    let rows = vec![
        Series::new("mayo", vec![Some(1.0), None, Some(0.5)]),
        Series::new("junio", vec![Some(1.0), Some(0.7), None]),
        Series::new("de antes", vec![None, None, Some(0.4)]),
        Series::new("nadie", vec![None, None, None]),
    ];
    let dashes = |style| {
        texts_of(&drawn(&plain(style, &["0", "1", "2"], rows.clone()))).iter().filter(|t| **t == "–").count()
    };
    assert_eq!((dashes(ChartStyle::Heatmap), dashes(ChartStyle::Cohort)), (7, 1));
}

#[test]
fn no_figure_of_rows_is_cut_on_paper_in_a_mail_or_on_a_telephone_and_no_name_on_the_last() {
    let set = Typesetter::default();
    let document = crate::document::stress();
    let mut seen = 0;
    for section in &document.sections {
        let crate::document::Body::Chart(chart) = &section.body else { continue };
        if !matches!(chart.style, ChartStyle::Funnel | ChartStyle::Bullet | ChartStyle::Spark) {
            continue;
        }
        for width in [523.0, 400.0, 270.0] {
            let (height, _) = chart_heights(&set, chart, width, (200.0, 200.0));
            let scene = chart_scene(&set, chart, &document.locale, document.color, width, height);
            let cut: Vec<String> = texts_of(&scene).into_iter().filter(|text| text.ends_with('…')).collect();
            let figures = cut.iter().filter(|text| text.contains(|c: char| c.is_ascii_digit())).count();
            assert!(figures == 0 && (width > 300.0 || cut.is_empty()), "{} at {width}: {cut:?}", section.id);
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

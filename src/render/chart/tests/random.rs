//! Charts of any shape: names, values and targets that look random and are the same on every machine.

use crate::definition::{Comparison, ValueFormat};
use crate::document::{Change, Chart, ChartStyle, Direction, Display, Series, Verdict};

/// Numbers that look random and are the same on every machine.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    pub(super) fn words(&mut self) -> String {
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

pub(super) fn display(kind: usize) -> Display {
    let (format, currency) = match kind % 3 {
        0 => (ValueFormat::Integer, None),
        1 => (ValueFormat::Percent(1), None),
        _ => (ValueFormat::Currency(0), Some("COP".to_owned())),
    };
    Display::Number { format, currency }
}

/// A chart of a style, with as many categories or rows.
pub(super) fn chart_of(style: ChartStyle, count: usize, ordered: bool, random: &mut Random) -> Chart {
    let (columns, rows) = match style {
        ChartStyle::Bullet => (1, count),
        ChartStyle::Funnel => (count, 3),
        ChartStyle::Flow => (1 + random.below(20), 1 + count % 20),
        ChartStyle::Spark => (count, 1 + random.below(14)),
        _ => (count, 1 + random.below(6)),
    };
    let categories: Vec<String> = (0..columns)
        .map(|i| match ordered {
            true => format!("{} {}", ["lun", "mar", "mié"][i % 3], i + 1),
            false => random.words(),
        })
        .collect();
    let scale = 10_f64.powi(random.below(8) as i32 - 1);
    let kinds = random.below(2) == 0;
    let directions = random.below(2) == 0;
    let series: Vec<Series> = (0..rows)
        .map(|_| Series {
            label: random.words(),
            values: (0..columns)
                .map(|_| match random.below(8) {
                    0 => None,
                    1 => Some(-scale * random.below(900) as f64 / 1000.0),
                    _ => Some(scale * random.below(1000) as f64 / 999.0),
                })
                .collect(),
            display: kinds.then(|| display(random.below(3))),
            target: target(scale * (random.below(1400) as f64 - 200.0) / 1000.0, random),
            moves: (0..if directions { columns } else { 0 })
                .map(|_| [Direction::Up, Direction::Down, Direction::Level][random.below(3)])
                .collect(),
        })
        .collect();
    let series_label = (random.below(2) == 0).then(|| random.words());
    let display = display(random.below(3));
    Chart { style, x_label: random.words(), series_label, categories, series, display, alt: String::new() }
}

pub(super) fn target(reference: f64, random: &mut Random) -> Option<Change> {
    (random.below(4) > 0).then(|| Change {
        with: Comparison::Target,
        against: "objetivo".to_owned(),
        reference: Some(reference),
        absolute: None,
        relative: None,
        attainment: None,
        text: format!("98,4\u{a0}% del objetivo ({reference})"),
        direction: Direction::Down,
        verdict: [Verdict::Good, Verdict::Bad, Verdict::Neutral][random.below(3)],
    })
}
